import numpy as np
import pytest

NAME = "shared-qk"


def test_shared_scores_are_symmetric_and_have_no_negative_eigenvalue(figure):
    script = figure(NAME)
    shared = script.scores(True)
    assert script.asymmetry(shared) < 1e-14
    assert np.linalg.eigvalsh(shared).min() > -1e-10
    assert script.asymmetry(script.scores(False)) > 1.2


def test_weights_are_symmetric_in_neither_case(figure):
    script = figure(NAME)
    assert script.asymmetry(script.weights(True)) > 0.01
    assert script.asymmetry(script.weights(False)) > 0.5


def test_shared_queries_and_keys_make_each_token_look_at_itself(figure):
    script = figure(NAME)
    assert script.self_weight(True, 64) == pytest.approx(0.96, abs=0.01)
    assert script.self_weight(False, 64) == pytest.approx(0.03, abs=0.01)
    argmax = script.scores(True).argmax(axis=-1)
    assert (argmax == np.arange(32)).all()


@pytest.mark.parametrize(("d", "n", "expected"), [(64, 128, 0.89), (64, 512, 0.71), (16, 512, 0.10)])
def test_self_weight_falls_with_more_tokens_and_with_a_narrower_head(figure, d, n, expected):
    assert figure(NAME).self_weight(True, d, n, draws=3) == pytest.approx(expected, abs=0.02)


@pytest.mark.parametrize("shared", [True, False])
def test_rank_of_the_scores_is_d_and_of_the_weights_n(figure, shared):
    script = figure(NAME)
    assert np.linalg.matrix_rank(script.scores(shared, 16)) == 16
    assert np.linalg.matrix_rank(script.weights(shared, 16)) == 32


@pytest.mark.parametrize("show", ["scores", "weights", "self"])
def test_it_draws(drawn, theme, labels, show):
    assert "<svg" in drawn(NAME, theme, labels=labels, show=show)


def test_an_unknown_show_is_refused(drawn):
    with pytest.raises(ValueError, match="scores, weights, self"):
        drawn(NAME, "light", show="rank")
