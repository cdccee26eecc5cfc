from math import exp, log

import numpy as np
import pytest
from _attention import softmax
from _dilution import (
    effective_keys,
    entropy_limit,
    gap_for,
    gaussian_entropies,
    largest_weight,
    leading_weight,
    leading_weight_among,
    scaled_gap,
)
from numpy.random import default_rng

NAME = "dilution"
approx = pytest.approx


def test_the_entropy_of_random_logits_is_half_a_nat_below_ln_n(figure):
    dilution = figure(NAME)
    below = np.log(dilution.LENGTHS) - dilution.entropies()
    assert below == approx(0.5, abs=0.03)
    assert below[-4:] == approx(0.5, abs=0.01)


def test_the_limit_is_that_of_n_infinite_for_other_spreads_too():
    for sigma, tolerance in ((0.5, 0.01), (1, 0.01), (2, 0.1)):
        drawn = gaussian_entropies(131_072, 24, default_rng(1), sigma=sigma).mean()
        assert drawn == approx(entropy_limit(131_072, sigma), abs=tolerance)


def test_as_many_keys_count_as_e_to_the_minus_half_of_them():
    assert effective_keys(1000) == approx(606.5, abs=0.1)
    assert log(effective_keys(8192)) == approx(entropy_limit(8192))


@pytest.mark.parametrize(("gap", "at_128", "at_128k"), [(5, 0.539, 0.00113), (8, 0.959, 0.0222)])
def test_the_weight_of_a_leading_logit(figure, gap, at_128, at_128k):
    weights = figure(NAME).weights(gap)
    assert weights[0] == approx(at_128, abs=5e-4)
    assert weights[-1] == approx(at_128k, rel=0.005)
    assert (np.diff(weights) < 0).all()


def test_the_formula_is_the_softmax():
    for n, gap in ((2, 0.3), (128, 5), (1000, -1)):
        logits = np.zeros(n)
        logits[-1] = gap
        assert leading_weight(n, gap) == approx(softmax(logits)[-1], rel=1e-12)


def test_random_rivals_cost_half_a_nat_of_the_lead():
    rng = default_rng(0)
    logits = rng.standard_normal((400, 4096))
    logits[:, 0] = 8
    assert softmax(logits)[:, 0].mean() == approx(leading_weight_among(4096, 8), rel=0.01)
    assert leading_weight_among(4096, 8) == leading_weight(4096, 7.5)


def test_the_lead_that_keeps_a_weight_grows_by_ln_2_with_every_doubling():
    for n in (128, 4096, 131_072):
        for weight in (0.1, 0.5, 0.9):
            assert leading_weight(n, gap_for(n, weight)) == approx(weight)
    assert gap_for(128, 0.5) == approx(4.84, abs=0.005)
    assert gap_for(131_072, 0.5) == approx(11.78, abs=0.005)
    assert gap_for(2**20 + 1, 0.5) - gap_for(2**19 + 1, 0.5) == approx(log(2))


def test_no_weight_exceeds_the_bound_for_its_spread():
    for seed in range(20):
        logits = default_rng(seed).uniform(-2, 2, 500)
        assert softmax(logits).max() <= largest_weight(500, np.ptp(logits))
    assert 1e6 * largest_weight(10**6, 4) == approx(exp(4), rel=1e-3)


def test_logits_scaled_by_ln_n_keep_their_weight(figure):
    dilution = figure(NAME)
    scaled = dilution.weights(5, scaled=True)
    assert scaled[0] == approx(dilution.weights(5)[0])
    assert scaled[-1] == approx(0.589, abs=5e-4)
    assert scaled.min() > 0.53
    assert scaled_gap(128, 5, 128) == 5


@pytest.mark.parametrize("show", ["entropy", "weight", "scaled"])
def test_it_draws(drawn, theme, labels, show):
    assert "<svg" in drawn(NAME, theme, labels=labels, show=show)


def test_an_unknown_show_is_refused(drawn):
    with pytest.raises(ValueError, match="entropy, weight, scaled"):
        drawn(NAME, "light", show="bars")
