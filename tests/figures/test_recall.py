import numpy as np
import pytest

NAME = "recall"


def test_softmax_over_all_keys_recalls_everything(figure):
    assert (figure(NAME).softmax_rates() == 1).all()


@pytest.mark.parametrize(("d", "whole", "half"), [(16, 8, 64), (64, 64, 512)])
def test_a_state_loses_most_of_what_far_exceeds_its_width(figure, d, whole, half):
    recall = figure(NAME)
    rates = dict(zip(recall.PAIRS.tolist(), recall.rates(d), strict=True))
    assert rates[whole] == 1
    assert rates[half] < 0.4
    assert rates[2048] < 0.03


def test_a_wider_state_holds_more(figure):
    recall = figure(NAME)
    narrow, middle, wide = (recall.rates(d) for d in recall.WIDTHS)
    assert (np.diff([narrow, middle, wide], axis=0) >= 0).all()
    assert wide[-1] > 0.95


def test_it_draws(drawn, theme, labels):
    assert "<svg" in drawn(NAME, theme, labels=labels)
