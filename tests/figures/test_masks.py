import numpy as np
import pytest
from _attention import softmax

NAME = "masks"
KINDS = ["padding", "causal", "both", "prefix", "window"]


def test_row_i_of_the_causal_mask_sees_i_plus_one_keys(figure):
    mask = figure(NAME).mask("causal")
    assert mask.sum(axis=1).tolist() == [1, 2, 3, 4, 5, 6, 7, 8]
    assert mask.diagonal().all()
    assert not np.triu(mask, 1).any()


def test_padding_hides_columns_and_leaves_padded_query_rows_alive(figure):
    mask = figure(NAME).mask("padding")
    assert mask[:, :6].all()
    assert not mask[:, 6:].any()


def test_both_is_the_intersection_and_leaves_no_row_empty(figure):
    masks = figure(NAME)
    assert (masks.mask("both") == (masks.mask("padding") & masks.mask("causal"))).all()
    assert masks.mask("both").any(axis=1).all()


def test_a_prefix_is_seen_by_all_and_sees_nothing_after_it(figure):
    mask = figure(NAME).mask("prefix")
    assert mask.sum(axis=1).tolist() == [3, 3, 3, 4, 5, 6, 7, 8]
    assert mask[:, :3].all()


def test_a_window_sees_the_token_and_the_two_before_it(figure):
    mask = figure(NAME).mask("window")
    assert mask.sum(axis=1).tolist() == [1, 2, 3, 3, 3, 3, 3, 3]
    assert not np.triu(mask, 1).any()


def test_filling_with_zero_instead_of_minus_infinity_leaks_weight_to_padding():
    scores, visible = np.array([1.0, 2, 3, 4]), np.array([True, True, False, False])
    masked = softmax(np.where(visible, scores, -np.inf))
    assert masked == pytest.approx([0.27, 0.73, 0, 0], abs=0.005)
    assert softmax(scores * visible) == pytest.approx([0.22, 0.61, 0.08, 0.08], abs=0.005)


def test_weights_zeroed_after_the_softmax_no_longer_sum_to_one():
    weights = softmax(np.array([1.0, 2, 3, 4]))
    assert weights[:2].sum() == pytest.approx(0.12, abs=0.005)


@pytest.mark.parametrize("kind", KINDS)
def test_it_draws(drawn, theme, labels, kind):
    assert "<svg" in drawn(NAME, theme, labels=labels, kind=kind)


def test_an_unknown_kind_is_refused(drawn):
    with pytest.raises(ValueError, match="padding, causal, both, prefix, window"):
        drawn(NAME, "light", kind="block")
