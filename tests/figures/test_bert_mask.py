import numpy as np
import pytest
from _reach import block_mask, first_return, layers_with_own_content, reach, returning_walks

NAME = "bert-mask"
SHOWS = ["full", "diagonal", "key", "mask-token"]
ALL = [0, 1, 2, 3]


def own(script, show):
    """The layers at which position 3 holds its own content: without the residual, and with it."""
    return tuple(np.flatnonzero(each[:, script.TOKEN]).tolist() for each in script.holders(show))


@pytest.mark.parametrize(("show", "attention", "residual"), [
    ("full", ALL, ALL),
    ("diagonal", [0, 2, 3], ALL),
    ("key", [0], ALL),
    ("mask-token", [], []),
])  # fmt: skip
def test_with_the_residual_only_the_mask_token_keeps_the_content_away(figure, show, attention, residual):
    assert own(figure(NAME), show) == (attention, residual)


def test_a_blocked_key_is_seen_by_no_other_position_and_an_open_one_by_all(figure):
    script = figure(NAME)
    others = np.arange(script.TOKENS) != script.TOKEN
    assert not script.holders("key")[1][:, others].any()
    for show in ("full", "diagonal"):
        assert script.holders(show)[1][1:, others].all()
        assert not script.holders(show)[1][0, others].any()


@pytest.mark.parametrize("n", [2, 3, 8])
def test_a_blocked_diagonal_returns_the_content_at_layer_two_by_way_of_any_neighbour(n):
    assert first_return("diagonal", n) == 2
    assert returning_walks(n, 2) == n - 1
    assert first_return("full", n) == first_return("full", n, residual=True) == 1
    assert first_return("key", n) is None
    assert first_return("key", n, residual=True) == 1
    assert first_return("mask-token", n, residual=True) is None


def test_from_three_tokens_on_the_content_stays_once_it_is_back_and_with_two_it_comes_and_goes():
    assert layers_with_own_content(block_mask("diagonal", 3, 0), 0, 5, residual=False) == [0, 2, 3, 4, 5]
    assert layers_with_own_content(block_mask("diagonal", 2, 0), 0, 5, residual=False) == [0, 2, 4]
    assert layers_with_own_content(block_mask("diagonal", 1, 0), 0, 5, residual=False) == [0]


def test_whatever_the_mask_a_residual_keeps_a_tokens_content_at_its_position():
    rng = np.random.default_rng(0)
    for _ in range(50):
        may_attend = rng.random((6, 6)) < rng.random()
        assert reach(may_attend, 2, 7, residual=True)[:, 2].all()


def test_reach_is_the_boolean_power_of_the_mask_joined_with_the_identity():
    rng = np.random.default_rng(1)
    may_attend = rng.random((6, 6)) < 0.3
    walks = np.linalg.matrix_power(may_attend.astype(int) + np.eye(6, dtype=int), 4)
    assert (reach(may_attend, 1, 4, residual=True)[-1] == (walks[:, 1] > 0)).all()


@pytest.mark.parametrize("show", SHOWS)
def test_it_draws(drawn, theme, labels, show):
    assert "<svg" in drawn(NAME, theme, labels=labels, show=show)


def test_an_unknown_show_is_refused(drawn):
    with pytest.raises(ValueError, match="full, diagonal, key, mask-token"):
        drawn(NAME, "light", show="causal")
