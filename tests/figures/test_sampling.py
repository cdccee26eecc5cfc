from math import exp, log

import _sampling as sampling
import numpy as np
import pytest

NAME = "sampling"


def logits(seed, size=12):
    return np.random.default_rng(seed).standard_normal(size) * 2


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("temperature", [0.3, 1, 2.5])
def test_temperature_is_a_power_of_the_probabilities(seed, temperature):
    p = sampling.tempered(logits(seed), 1)
    powers = p ** (1 / temperature)
    assert sampling.tempered(logits(seed), temperature) == pytest.approx(powers / powers.sum())


def test_a_low_temperature_is_greedy_and_a_high_one_uniform():
    z = sampling.FLAT_LOGITS
    assert sampling.tempered(z, 0.01)[0] == pytest.approx(1)
    assert sampling.tempered(z, 1e6) == pytest.approx(1 / 8, abs=1e-6)


@pytest.mark.parametrize("temperature", [0.5, 1, 2])
def test_entropy_rises_with_the_temperature(temperature):
    z, step = sampling.FLAT_LOGITS, 1e-5
    above, below = (sampling.entropy_at(z, temperature + side * step) for side in (1, -1))
    assert sampling.entropy_slope(z, temperature) == pytest.approx((above - below) / (2 * step), rel=1e-6)
    assert sampling.entropy_slope(z, temperature) > 0


@pytest.mark.parametrize(("temperature", "first", "kept"), [(0.5, 0.44, 4), (1, 0.28, 6), (2, 0.20, 7)])
def test_temperature_changes_what_top_p_keeps_but_not_what_top_k_keeps(temperature, first, kept):
    p = sampling.tempered(sampling.FLAT_LOGITS, temperature)
    assert p[0] == pytest.approx(first, abs=0.005)
    assert sampling.top_p(p, 0.9).sum() == kept
    assert np.array_equal(sampling.top_k(p, 3), sampling.top_k(sampling.FLAT_LOGITS, 3))


def test_top_p_keeps_6_of_8_at_90_percent_and_2_where_one_token_fits():
    flat, peaked = (sampling.tempered(z, 1) for z in (sampling.FLAT_LOGITS, sampling.PEAKED_LOGITS))
    assert sampling.top_p(flat, 0.9).sum() == 6 and sampling.top_p(peaked, 0.9).sum() == 2
    assert flat[:5].sum() == pytest.approx(0.891, abs=5e-4) and flat[:6].sum() == pytest.approx(0.954, abs=5e-4)


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("p", [0.1, 0.5, 0.9, 0.99])
def test_top_p_is_the_smallest_set_that_reaches_p(seed, p):
    probabilities = sampling.tempered(logits(seed), 1)
    kept = sampling.top_p(probabilities, p)
    assert probabilities[kept].sum() >= p
    assert probabilities[kept].sum() - probabilities[kept].min() < p
    assert kept.all() or probabilities[kept].min() > probabilities[~kept].max()


def test_the_first_token_is_kept_whatever_p_is_and_all_at_1():
    probabilities = sampling.tempered(sampling.PEAKED_LOGITS, 1)
    assert sampling.top_p(probabilities, 0.01).sum() == 1 and sampling.top_p(probabilities, 1).all()


@pytest.mark.parametrize("seed", range(5))
def test_the_whole_chain_agrees_with_the_steps_one_by_one(seed):
    z = logits(seed)
    order = np.argsort(-z)
    p = np.exp(z[order[:5]] / 0.7)
    p /= p.sum()
    count = 1
    while p[:count].sum() < 0.8:
        count += 1
    expected = np.zeros(len(z))
    expected[order[:count]] = p[:count] / p[:count].sum()
    assert sampling.next_token_distribution(z, 0.7, 5, 0.8) == pytest.approx(expected)


def test_top_p_keeps_fewer_after_top_k_as_it_sees_renormalised_probabilities():
    z = np.log(sampling.EASY_PROBABILITIES)
    kept = [np.count_nonzero(sampling.next_token_distribution(z, k=k, p=0.75)) for k in (None, 4)]
    assert sampling.EASY_PROBABILITIES.sum() == pytest.approx(1)
    assert kept == [4, 3]


def test_a_tail_is_hit_sooner_or_later():
    hits = np.random.default_rng(0).random((20_000, 20)) < 0.05
    assert sampling.tail_risk(0.05, 20) == pytest.approx(hits.any(axis=1).mean(), abs=0.01)
    assert sampling.tail_risk(0.05, 20) == pytest.approx(0.64, abs=0.005)


def test_a_beam_misses_the_most_probable_text_until_it_holds_every_beginning():
    found = sampling.tree_texts(sampling.BEAM_TREE)
    assert sum(found.values()) == pytest.approx(1)
    assert max(found, key=found.get) == "cx" and found["cx"] == pytest.approx(0.225)
    assert [sampling.beam_search(sampling.BEAM_TREE, width)[0] for width in (1, 2, 3)] == ["ax", "ax", "cx"]
    assert sampling.beam_search(sampling.BEAM_TREE, 2)[1] == pytest.approx(0.22)


def test_the_length_penalty_of_gnmt():
    assert sampling.length_penalty(1, 0.6) == 1 and sampling.length_penalty(7, 1) == 2
    assert sampling.length_penalty(25, 0.6) == pytest.approx(exp(0.6 * log(5)))


def test_a_longer_hypothesis_wins_by_its_penalty():
    hypotheses = {"short": (-4.0, 5), "long": (-5.0, 10)}
    assert sampling.best_hypothesis(hypotheses, lambda logs, length: logs) == "short"
    assert sampling.best_hypothesis(hypotheses, sampling.beam_score) == "long"
    assert sampling.beam_score(*hypotheses["short"]) == pytest.approx(-2.94, abs=0.005)
    assert sampling.beam_score(*hypotheses["long"]) == pytest.approx(-2.89, abs=0.005)


@pytest.mark.parametrize("show", ["temperature", "topk", "topp"])
def test_it_draws(drawn, theme, labels, show):
    assert "<svg" in drawn(NAME, theme, labels=labels, show=show)


def test_an_unknown_show_is_refused(drawn):
    with pytest.raises(ValueError, match="temperature, topk, topp"):
        drawn(NAME, "light", show="minp")
