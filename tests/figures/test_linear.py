"""figures/_linear.py: windows, and linear attention in its three forms, against brute force."""

import numpy as np
import pytest
from _attention import causal_mask, scaled_dot_product_attention, softmax, window_mask
from _cost import LLAMA3_8B, cache_bytes, layer_flops
from _linear import (
    elu_features,
    far_share,
    linear_attention_by_pairs,
    linear_attention_by_steps,
    linear_attention_by_sums,
    linear_attention_flops,
    mean_distance,
    reached,
    recall_rate,
    receptive_field,
    softmax_recall_rate,
    state_in_tokens,
    state_numbers,
    unit_vectors,
    window_influence,
    window_pairs,
    write_delta,
    write_sums,
)
from numpy.random import default_rng

approx = pytest.approx


@pytest.fixture
def qkv():
    return default_rng(0).standard_normal((3, 40, 8))


# windows -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("layers", "window"), [(1, 3), (2, 3), (3, 4), (5, 2)])
def test_the_receptive_field_is_what_gets_through_stacked_masks(layers, window):
    n = 30
    through = np.linalg.matrix_power(window_mask(n, window).astype(int), layers)[-1] > 0
    assert through.sum() == receptive_field(layers, window)
    assert (reached(n, window, layers)[-1] == through).all()


def test_mistrals_32_windows_of_4096_reach_131_041_tokens():
    assert receptive_field(32, 4096) == 131_041
    assert 32 * 4096 == 131_072


@pytest.mark.parametrize(("n", "window"), [(8, 3), (8, 8), (5, 9), (100, 17)])
def test_pairs_are_the_cells_of_the_mask(n, window):
    assert window_pairs(n, window) == window_mask(n, window).sum()


def test_a_window_of_4096_saves_three_quarters_of_the_scores_at_32k_and_94_percent_at_128k():
    for n, share in ((32_768, 0.234), (131_072, 0.0615)):
        assert window_pairs(n, 4096) / window_pairs(n, n) == approx(share, abs=5e-4)
    assert window_pairs(4096, 4096) == causal_mask(4096).sum()


@pytest.mark.parametrize("skip", [0, 0.5, 0.9])
def test_the_influence_is_the_row_of_the_averaging_matrix(skip):
    n, window, layers = 40, 4, 5
    mask = window_mask(n, window)
    layer = skip * np.eye(n) + (1 - skip) * mask / mask.sum(axis=1, keepdims=True)
    row = np.linalg.matrix_power(layer, layers)[-1][::-1]  # by distance; the last rows have full windows
    assert window_influence(layers, window, skip) == approx(row[: receptive_field(layers, window)], abs=1e-12)
    assert window_influence(layers, window, skip).sum() == approx(1)


def test_hardly_anything_comes_from_the_farther_half_of_the_receptive_field():
    assert far_share(32, 4096) == approx(2.3e-5, rel=0.02)
    assert far_share(32, 4096, 0) == approx(0.5, abs=0.001)
    assert far_share(32, 4096, 0.9) < 1e-9
    for skip in (0, 0.5):
        weights = window_influence(32, 4096, skip)
        assert weights @ np.arange(len(weights)) == approx(mean_distance(32, 4096, skip), rel=1e-6)
    assert mean_distance(32, 4096) == 32_760


# linear attention --------------------------------------------------------------------------------


def test_features_are_positive_and_join_smoothly():
    x = np.linspace(-5, 5, 1001)
    assert (elu_features(x) > 0).all()
    assert elu_features(np.array([-1.0, 0, 2])) == approx([np.exp(-1), 1, 3])
    assert np.diff(elu_features(x)).max() == approx(0.01, rel=1e-6)


def test_steps_of_a_recurrence_give_what_all_pairs_give(qkv):
    assert linear_attention_by_steps(*qkv) == approx(linear_attention_by_pairs(*qkv), abs=1e-12)


def test_the_small_product_first_gives_what_all_pairs_give(qkv):
    assert linear_attention_by_sums(*qkv) == approx(linear_attention_by_pairs(*qkv, causal=False), abs=1e-12)


def test_it_is_another_function_than_softmax_attention(qkv):
    exact, _ = scaled_dot_product_attention(*qkv, causal_mask(40))
    assert np.abs(linear_attention_by_steps(*qkv) - exact).max() > 0.5


def test_no_finite_features_give_the_exponential():
    """exp(x y) on m distinct points is a Gram matrix of full rank m; C features give at most rank C."""
    x = np.linspace(-1, 1, 6)
    assert np.linalg.matrix_rank(np.exp(np.outer(x, x))) == 6
    features = elu_features(x[:, None] * np.ones(2))
    assert np.linalg.matrix_rank(features @ features.T) <= 2


def test_it_saves_flops_from_the_width_of_a_head_on():
    d, head = 4096, 128
    assert linear_attention_flops(head, d, head) == layer_flops(head, d).scores
    for n in (1024, 131_072):
        assert layer_flops(n, d).scores / linear_attention_flops(n, d, head) == n / head


def test_the_state_is_as_large_as_the_cache_of_half_a_head_width_of_tokens():
    assert state_in_tokens(128) == 64
    state = LLAMA3_8B.layers * LLAMA3_8B.cache.kv_heads * state_numbers(128) * 2
    assert state == cache_bytes(LLAMA3_8B, 64) == 8 * 2**20


# recall ------------------------------------------------------------------------------------------


def test_orthogonal_keys_are_recalled_exactly_and_one_more_key_disturbs():
    values = default_rng(0).standard_normal((9, 8))
    keys = np.eye(8)
    assert keys @ write_sums(keys, values[:8]).T == approx(values[:8])
    more = np.vstack([keys, np.ones(8) / np.sqrt(8)])
    assert np.abs(more @ write_sums(more, values).T - values).max() > 0.1
    assert np.linalg.matrix_rank(unit_vectors(100, 8, default_rng(0))) == 8


def test_a_key_written_twice_sums_in_one_rule_and_is_replaced_in_the_other():
    keys = np.array([[1.0, 0], [1, 0]])
    values = np.array([[1.0, 2], [5, 7]])
    assert write_sums(keys, values) @ keys[0] == approx([6, 9])
    assert write_delta(keys, values) @ keys[0] == approx([5, 7])
    assert write_delta(keys, values, rate=0.5) @ keys[0] == approx([2.75, 4])


def test_the_delta_rule_is_the_form_with_a_forgetting_matrix():
    """S (I - b k k^T) + b v k^T, as Gated DeltaNet (arXiv 2412.06464) writes it with alpha = 1."""
    keys, values = unit_vectors(5, 4, default_rng(0)), default_rng(1).standard_normal((5, 3))
    state = np.zeros((3, 4))
    for key, value in zip(keys, values, strict=True):
        state = state @ (np.eye(4) - 0.7 * np.outer(key, key)) + 0.7 * np.outer(value, key)
    assert write_delta(keys, values, 0.7) == approx(state)


def test_a_state_of_64_by_64_holds_64_random_pairs_and_loses_512():
    rates = {pairs: np.mean([recall_rate(pairs, 64, default_rng(s)) for s in range(5)]) for pairs in (64, 512, 2048)}
    assert rates[64] == 1
    assert rates[512] == approx(0.34, abs=0.03)
    assert rates[2048] < 0.04
    assert softmax_recall_rate(2048, 64, default_rng(0)) == 1


def test_the_scores_of_the_softmax_in_that_toy_are_what_they_are_said_to_be():
    keys = unit_vectors(10, 4, default_rng(3))
    assert softmax(30 * keys @ keys.T).argmax(axis=1).tolist() == list(range(10))
