"""Published formulas with published constants, against numeric minima and the papers' own tables."""

import _models as models
import _scaling as scaling
import numpy as np
import pytest
from _cost import layer_flops

approx = pytest.approx
FITS = [scaling.HOFFMANN, scaling.HOFFMANN_UNROUNDED, scaling.BESIROGLU]


def test_six_n_d_is_what_papers_say_their_runs_took():
    assert scaling.train_flops(70e9, 1.4e12) == approx(5.88e23)  # Chinchilla; the budget was 5.76e23
    assert scaling.train_flops(174.6e9, 300e9) == approx(3.14e23, rel=2e-3)  # GPT-3, Table D.1
    assert scaling.train_flops(405e9, 15.6e12) == approx(3.8e25, rel=5e-3)  # Llama 3, §3.2
    for parameters, flops, tokens in scaling.APPROACH_1:
        assert scaling.train_flops(parameters, tokens) == approx(flops, rel=0.05)


def test_gpt_3_takes_a_thousand_a100_about_a_month():
    assert scaling.training_days(86_400 * 1000 * 312e12, 1000, 312e12, 1) == 1
    assert scaling.training_days(3.14e23, 1000, 312e12, 0.4) == approx(29, abs=0.2)


def test_what_6n_leaves_out_is_three_times_the_scores_of_a_forward_pass():
    n, model = 2048, models.GPT3
    m = models.shape(model)
    assert scaling.score_flops(model, n) == 3 * m.layers * layer_flops(n, m.d).scores / n
    causal = 3 * m.layers * layer_flops(n, m.d, causal=True).scores / n
    assert scaling.score_flops(model, n, causal=True) == approx(causal, rel=1e-3)


def test_what_6n_leaves_out_is_n_over_6d_of_it():
    for model, n in [(models.GPT3, 2048), (models.GPT2, 1024)]:
        d = models.shape(model).d
        assert scaling.score_surplus(model, n) == approx(n / (6 * d), rel=2e-3)
        assert scaling.score_surplus(model, n, causal=True) == approx(n / (12 * d), rel=2e-3)


def test_every_weight_of_a_layer_is_used_twice_a_token():
    """2N against counting the matrix products of a forward pass (biases and norms left out)."""
    m = models.shape(models.GPT3)
    forward = (layer_flops(1, m.d).linear) * m.layers + 2 * m.d * m.vocabulary
    assert 2 * scaling.matrix_parameters(models.GPT3) == approx(forward, rel=1e-4)


@pytest.mark.parametrize("fit", FITS)
@pytest.mark.parametrize("flops", [1e21, 5.76e23, 1e25])
def test_the_closed_form_is_where_the_loss_is_smallest(fit, flops):
    n, d = fit.optimum(flops)
    assert scaling.train_flops(n, d) == approx(flops)
    sizes = n * np.logspace(-1, 1, 20_001)
    best = sizes[fit.loss(sizes, flops / 6 / sizes).argmin()]
    assert best == approx(n, rel=1e-3)


def test_the_rounded_constants_of_2022_do_not_give_twenty_to_one():
    ratios = [scaling.tokens_per_parameter(scaling.HOFFMANN, c) for c in (1e21, 1e25)]
    assert ratios == [approx(50, abs=0.5), approx(122, abs=0.5)]
    assert scaling.tokens_per_parameter(scaling.HOFFMANN, scaling.GOPHER_FLOPS) == approx(93, abs=0.5)


def test_the_refit_of_2024_does():
    ratios = [scaling.tokens_per_parameter(scaling.BESIROGLU, c) for c in (1e21, 1e25)]
    assert ratios == [approx(22, abs=0.5), approx(17, abs=0.5)]
    assert scaling.tokens_per_parameter(scaling.BESIROGLU, scaling.GOPHER_FLOPS) == approx(18, abs=0.5)


def test_the_unrounded_constants_give_what_the_paper_says_of_approach_3():
    assert scaling.best_size(scaling.HOFFMANN_UNROUNDED, scaling.GOPHER_FLOPS) == approx(40e9, rel=0.02)  # Fig. 4
    assert scaling.best_tokens(scaling.HOFFMANN_UNROUNDED, 1.71e24) == approx(4.1e12, rel=0.06)  # Table A3, 67B
    assert scaling.HOFFMANN_UNROUNDED.exponents == (approx(0.46, abs=0.005), approx(0.54, abs=0.005))
    assert scaling.BESIROGLU.exponents == (approx(0.513, abs=0.001), approx(0.487, abs=0.001))


def test_approach_1_says_twenty_tokens_a_parameter_and_a_few_more():
    assert all(19.9 < tokens / parameters < 22.5 for parameters, _, tokens in scaling.APPROACH_1)


def test_ten_times_the_compute_goes_to_size_by_kaplan_and_evenly_by_chinchilla():
    assert scaling.growth(10, scaling.KAPLAN) == (approx(5.4, abs=0.05), approx(1.9, abs=0.05))
    assert scaling.growth(10, scaling.CHINCHILLA_1) == (approx(3.16, abs=0.005), approx(3.16, abs=0.005))


def test_half_or_twice_the_best_size_costs_little():
    assert scaling.miss_cost(scaling.BESIROGLU, 1e21, 1) == 0
    assert scaling.miss_cost(scaling.BESIROGLU, 1e21, 2) == approx(0.015, abs=5e-4)
    assert scaling.miss_cost(scaling.BESIROGLU, 1e21, 4) > 3 * scaling.miss_cost(scaling.BESIROGLU, 1e21, 2)
