import _speculative as spec
import numpy as np
import pytest

NAME = "speculative"


def distributions(seed, size=8, count=2):
    """``count`` distributions drawn at random -> (count, size)."""
    return np.random.default_rng(seed).dirichlet(np.ones(size), count)


@pytest.mark.parametrize("seed", range(20))
def test_what_is_emitted_is_the_target_s_distribution(seed):
    p, q = distributions(seed)
    assert np.abs(spec.emitted(p, q) - p).max() < 1e-15


def test_what_is_emitted_is_the_target_s_where_the_draft_never_proposes_a_token():
    p, q = np.array([0.5, 0.5, 0.0]), np.array([1.0, 0.0, 0.0])
    assert np.array_equal(spec.emitted(p, q), p)


@pytest.mark.parametrize("gamma", [1, 2, 3, 5])
def test_whole_texts_have_the_target_s_probabilities_whatever_the_draft(gamma):
    """Every path of drafts, acceptances and redraws, summed; the bonus token and cut rounds among them."""
    target, draft = distributions(0, 3, 3), distributions(1, 3, 3)
    plain, found = spec.plain_text(target, 0, 4), spec.speculative_text(target, draft, 0, 4, gamma)
    assert plain.sum() == pytest.approx(1) and np.abs(plain - found).max() < 1e-15


def test_a_simulation_emits_the_target_s_tokens():
    p, q = distributions(3, 4)
    rng = np.random.default_rng(0)
    tries = 200_000
    drafted = rng.choice(4, tries, p=q)
    kept = rng.random(tries) < np.minimum(1, p / q)[drafted]
    tokens = np.where(kept, drafted, rng.choice(4, tries, p=spec.residual_distribution(p, q)))
    assert kept.mean() == pytest.approx(spec.acceptance_rate(p, q), abs=0.005)
    assert np.bincount(tokens, minlength=4) / tries == pytest.approx(p, abs=0.005)


@pytest.mark.parametrize("seed", range(20))
def test_the_acceptance_rate_is_one_minus_the_total_variation(seed):
    p, q = distributions(seed)
    assert spec.acceptance_rate(p, q) == pytest.approx(1 - spec.total_variation(p, q), abs=1e-15)
    assert spec.excess(p, q).sum() == pytest.approx(spec.total_variation(p, q), abs=1e-15)
    assert spec.excess(q, p).sum() == pytest.approx(spec.total_variation(p, q), abs=1e-15)


@pytest.mark.parametrize("seed", range(20))
def test_comparing_samples_accepts_less_often(seed):
    p, q = distributions(seed)
    assert spec.match_probability(p, q) < spec.acceptance_rate(p, q)


def test_the_example_of_the_cards():
    p, q = spec.EXAMPLE_TARGET, spec.EXAMPLE_DRAFT
    assert spec.acceptance_rate(p, q) == pytest.approx(0.6)
    assert spec.residual_distribution(p, q) == pytest.approx([0.75, 0.25, 0])
    assert spec.emitted(p, q, p) == pytest.approx([0.4, 0.32, 0.28])
    assert spec.match_probability(p, q) == pytest.approx(0.28)


@pytest.mark.parametrize(("gamma", "expected"), [(1, 1.8), (2, 2.44), (4, 3.36), (5, 3.69), (8, 4.33)])
def test_tokens_a_round_at_an_acceptance_of_80_percent(gamma, expected):
    assert spec.expected_tokens(0.8, gamma) == pytest.approx(expected, abs=0.005)


@pytest.mark.parametrize("alpha", [0.0, 0.3, 0.6, 0.95, 1.0])
@pytest.mark.parametrize("gamma", [1, 4, 9])
def test_expected_tokens_is_the_mean_of_the_lengths_of_a_round(alpha, gamma):
    lengths = spec.round_lengths(alpha, gamma)
    assert lengths.sum() == pytest.approx(1)
    assert lengths @ np.arange(1, gamma + 2) == pytest.approx(spec.expected_tokens(alpha, gamma))


def test_a_simulation_yields_as_many_tokens():
    runs = np.random.default_rng(0).random((100_000, 5)) < 0.8
    tokens = np.cumprod(runs, axis=1).sum(axis=1) + 1
    assert tokens.mean() == pytest.approx(spec.expected_tokens(0.8, 5), abs=0.02)


@pytest.mark.parametrize(
    ("alpha", "gamma", "operations", "speed"),
    [(0.6, 2, 1.53, 1.96), (0.7, 3, 1.58, 2.53), (0.8, 2, 1.23, 2.44),
     (0.8, 5, 1.63, 3.69), (0.9, 2, 1.11, 2.71), (0.9, 10, 1.60, 6.86)],
)  # fmt: skip
def test_table_1_of_leviathan_et_al(alpha, gamma, operations, speed):
    """Published for c = c_hat = 0."""
    assert spec.speculative_operations(alpha, gamma, 0) == pytest.approx(operations, abs=0.005)
    assert spec.speculative_speedup(alpha, gamma, 0) == pytest.approx(speed, abs=0.005)


@pytest.mark.parametrize(("gamma", "expected"), [(4, 1.92), (8, 1.77)])
def test_more_drafted_tokens_can_be_slower(gamma, expected):
    assert spec.speculative_speedup(0.6, gamma, 0.05) == pytest.approx(expected, abs=0.005)


@pytest.mark.parametrize(("alpha", "c", "best"), [(0.8, 0.05, 8), (0.6, 0.05, 4), (0.6, 0.2, 2), (0.3, 0.4, 0)])
def test_the_best_gamma(alpha, c, best):
    assert spec.best_gamma(alpha, c) == best


@pytest.mark.parametrize("alpha", [0.1, 0.4, 0.7])
def test_drafting_pays_just_where_alpha_is_above_c(alpha):
    """Corollary 3.9; with gamma = 1 the factor is (1 + alpha) / (1 + c)."""
    assert spec.best_gamma(alpha, alpha - 0.01) > 0 and spec.best_gamma(alpha, alpha + 0.01) == 0
    assert spec.speculative_speedup(alpha, 1, 0.2) == pytest.approx((1 + alpha) / 1.2)


def test_the_picture_shows_a_draft_that_is_accepted_at_74_percent():
    p, q = spec.DRAWN_TARGET, spec.DRAWN_DRAFT
    assert p.sum() == pytest.approx(1) and q.sum() == pytest.approx(1)
    assert spec.acceptance_rate(p, q) == pytest.approx(0.74)
    assert spec.emitted(p, q) == pytest.approx(p, abs=1e-15)


@pytest.mark.parametrize("show", ["tokens", "speedup", "exact"])
def test_it_draws(drawn, theme, labels, show):
    assert "<svg" in drawn(NAME, theme, labels=labels, show=show)


def test_an_unknown_show_is_refused(drawn):
    with pytest.raises(ValueError, match="tokens, speedup, exact"):
        drawn(NAME, "light", show="cost")
