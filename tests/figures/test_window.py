import numpy as np
import pytest

NAME = "window"


def test_each_layer_of_a_window_of_four_adds_three_tokens(figure):
    window = figure(NAME)
    holds = window.reached(window.TOKENS, window.WINDOW, window.LAYERS)
    assert holds.sum(axis=1).tolist() == [1, 4, 7, 10]
    assert holds[:, -1].all()


@pytest.mark.parametrize(("skip", "mean"), [(0.9, 1.6), (0.5, 8), (0, 16)])
def test_the_middle_of_the_contributions_lies_far_short_of_the_reach(figure, skip, mean):
    x, beyond = figure(NAME).farther(skip)
    assert (np.diff(beyond) <= 1e-12).all()
    assert x[np.searchsorted(-beyond, -0.5)] == pytest.approx(mean, abs=0.3)
    assert x[-1] == pytest.approx(32, abs=0.01)


def test_with_a_skip_of_one_half_nearly_nothing_comes_from_beyond_half_the_reach(figure):
    x, beyond = figure(NAME).farther(0.5)
    assert beyond[x > 16].max() < 1e-4


@pytest.mark.parametrize("show", ["reach", "influence"])
def test_it_draws(drawn, theme, labels, show):
    assert "<svg" in drawn(NAME, theme, labels=labels, show=show)


def test_an_unknown_show_is_refused(drawn):
    with pytest.raises(ValueError, match="reach, influence"):
        drawn(NAME, "light", show="mask")
