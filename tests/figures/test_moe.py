import _moe as moe
import numpy as np
import pytest

approx = pytest.approx


def rng(seed=0):
    return np.random.default_rng(seed)


def test_top_k_gates_are_the_renormalised_softmax():
    logits = rng().standard_normal((50, 8))
    gates, p = moe.top_k_gates(logits, 2), moe.router_probabilities(logits)
    assert (gates > 0).sum(axis=1).tolist() == [2] * 50
    kept = np.where(gates > 0, p, 0)
    assert gates == approx(kept / kept.sum(axis=1, keepdims=True))
    assert (gates.argmax(axis=1) == logits.argmax(axis=1)).all()


def test_with_one_expert_the_renormalised_gate_is_one_and_the_plain_one_is_not():
    """So Switch multiplies by p itself: the renormalised gate would have no gradient."""
    logits = rng().standard_normal((50, 8))
    assert moe.top_k_gates(logits, 1).max(axis=1) == approx(1)
    assert moe.router_probabilities(logits).max(axis=1).max() < 0.9


def test_uniform_load_has_a_loss_of_one_whatever_the_other_is():
    other = moe.skewed_shares(8, rng())
    assert moe.balance_loss(np.full(8, 1 / 8), other) == approx(1)
    assert moe.balance_loss(other, np.full(8, 1 / 8)) == approx(1)
    assert moe.balance_loss(other, other) > 1  # Cauchy-Schwarz
    assert moe.balance_loss(np.eye(8)[0], np.eye(8)[0]) == 8


def test_the_loss_can_be_below_one_where_load_and_probability_disagree():
    p = np.array([[0.51, 0.49]] * 6 + [[0, 1]] * 4)
    f = moe.load_shares(moe.chosen_experts(p, 1), 2)
    assert (f, p.mean(axis=0)) == (approx([0.6, 0.4]), approx([0.306, 0.694]))
    assert moe.balance_loss(f, p.mean(axis=0)) == approx(0.9224)


def test_the_gradient_agrees_with_differences():
    logits, h = rng().standard_normal((6, 4)), 1e-6
    f = moe.load_shares(moe.chosen_experts(logits, 1), 4)

    def loss(z):
        return moe.balance_loss(f, moe.router_probabilities(z).mean(axis=0))

    found = moe.balance_gradient(moe.router_probabilities(logits), f)
    for place in np.ndindex(6, 4):
        step = np.zeros((6, 4))
        step[place] = h
        assert found[place] == approx((loss(logits + step) - loss(logits - step)) / (2 * h), abs=1e-8)


def test_the_gradient_pushes_the_busiest_expert_down_and_is_zero_for_even_loads():
    p = moe.router_probabilities(rng().standard_normal((64, 8)) + np.arange(8) / 3)
    f = moe.load_shares(moe.chosen_experts(p, 1), 8)
    assert (moe.balance_gradient(p, f)[:, f.argmax()] > 0).all()
    assert moe.balance_gradient(p, np.full(8, 1 / 8)) == approx(0)


def test_random_routing_drops_1_6_percent_at_capacity_1_and_nothing_at_1_25():
    assert moe.binomial_drop(4096, 8, 1) == approx(0.0165, abs=5e-5)
    assert moe.binomial_drop(4096, 8, 1.25) < 1e-9
    assert moe.drop_share_limit(4096, 8) == approx(moe.binomial_drop(4096, 8, 1), rel=1e-3)
    draws = [moe.random_loads(4096, np.full(8, 1 / 8), rng(seed)) for seed in range(300)]
    assert np.mean([moe.dropped_share(load, 512) for load in draws]) == approx(0.0165, abs=5e-4)


def test_more_tokens_drop_a_smaller_share():
    assert moe.drop_share_limit(4 * 4096, 8) == approx(moe.drop_share_limit(4096, 8) / 2)
    assert moe.binomial_drop(512, 8, 1) == approx(0.0466, abs=5e-4)


def test_capacity_is_an_even_share_times_the_factor():
    assert moe.expert_capacity(4096, 8, 1.25) == 640
    assert moe.expert_capacity(4096, 8, 1.25, k=2) == 1280
    assert moe.dropped_share(np.array([10, 6, 0, 0]), 8) == 2 / 16


def test_eight_tokens_touch_7_2_of_mixtrals_experts_and_57_of_256():
    assert [moe.experts_touched(8, 2, t) for t in (1, 2, 4, 8, 16)] == approx([2, 3.5, 5.47, 7.20, 7.92], abs=0.005)
    assert [moe.experts_touched(256, 8, t) for t in (1, 8, 64)] == approx([8, 57.4, 222.4], abs=0.05)
    draw = [len(set(moe.chosen_experts(rng(s).random((8, 8)), 2).ravel().tolist())) for s in range(2000)]
    assert np.mean(draw) == approx(7.20, abs=0.05)


def test_deepseekmoe_counts_its_combinations():
    assert moe.expert_sets(16, 2) == 120
    assert moe.expert_sets(64, 8) == 4_426_165_368


def test_mixtral_counts_as_published():
    """46.7 B and 12.9 B: Mistral AI's announcement; the exact total is that of the weights."""
    assert moe.moe_total(moe.MIXTRAL) == 46_702_792_704
    assert moe.moe_active(moe.MIXTRAL) == 12_879_925_248
    assert moe.moe_total(moe.MISTRAL_7B_SHAPE) == 7_241_732_096  # the weights of Mistral 7B
    assert moe.expert_parameters(moe.MIXTRAL) == 176_160_768
    assert moe.moe_all_experts(moe.MIXTRAL) == 45_097_156_608


def test_the_two_counts_of_mixtral_are_one_formula_at_k_2_and_k_8():
    per_expert = 32 * moe.expert_parameters(moe.MIXTRAL)
    assert moe.moe_total(moe.MIXTRAL) - moe.moe_active(moe.MIXTRAL) == 6 * per_expert
    rest = moe.moe_active(moe.MIXTRAL) - 2 * per_expert
    assert rest == moe.attention_and_norms(moe.MIXTRAL) + 32 * 4096 * 8 + 2 * 32_000 * 4096


def test_deepseek_v3_counts_as_published():
    """671 B and 37 B: arXiv 2412.19437, §4.2; without the input embedding, which is only looked up."""
    assert moe.moe_total(moe.DEEPSEEK_V3_MOE) == 671_026_419_200
    assert moe.moe_active(moe.DEEPSEEK_V3_MOE, tables=1) == approx(36.63e9, rel=1e-3)
    assert moe.expert_parameters(moe.DEEPSEEK_V3_MOE) == 44_040_192


def test_the_bias_rule_evens_out_a_skewed_router_and_leaves_the_others_alone():
    logits = rng(1).standard_normal(16)
    found, bias = moe.balance_by_bias(logits, 2, 400, 0.001, noise=1, rng=rng(), tokens=1024)
    assert found[:10].mean() > 1.2
    assert found[-100:].mean() < 0.2
    assert np.corrcoef(bias, logits)[0, 1] < -0.9
    same, none = moe.balance_by_bias(logits, 2, 20, 0.0, noise=1, rng=rng(), tokens=1024)
    assert same.min() > 1
    assert not none.any()
