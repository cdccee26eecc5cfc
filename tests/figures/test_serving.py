"""Serving: data-sheet ridges, published parameter totals, and sums redone step by step."""

import _cost
import numpy as np
import pytest
from _attention import softmax
from _cost import LLAMA2_7B, LLAMA3_8B, LLAMA3_70B
from _models import parameters
from _serving import (
    A100,
    H100,
    attainable,
    attention_flops,
    cache_share,
    cached_attention_flops,
    cached_flops,
    chunk_rereads,
    continuous_schedule,
    handover_rate,
    intensity_ceiling,
    kv_blocks,
    matmul_intensity,
    prefill_flops,
    prefill_seconds,
    prefix_hit,
    resident_sequences,
    ridge_batch,
    schedule_iterations,
    slot_use,
    static_schedule,
    step_bytes,
    step_flops,
    step_intensity,
    step_seconds,
    step_weights,
    tokens_to_match_weights,
    uncached_attention_flops,
    uncached_flops,
    unfilled_slots,
    weight_bytes,
)


@pytest.mark.parametrize(("gpu", "ridge"), [(A100, 153), (H100, 295)])
def test_the_ridge_is_the_data_sheets_flops_by_bandwidth(gpu, ridge):
    assert gpu.ridge == pytest.approx(ridge, abs=0.5)
    assert attainable(gpu, gpu.ridge) == pytest.approx(gpu.flops)
    assert attainable(gpu, 2 * gpu.ridge) == gpu.flops
    assert attainable(gpu, gpu.ridge / 4) == pytest.approx(gpu.flops / 4)


def test_an_h100_gains_more_flops_than_bandwidth_over_an_a100():
    assert H100.flops / A100.flops == pytest.approx(3.17, abs=0.005)
    assert H100.bandwidth / A100.bandwidth == pytest.approx(1.64, abs=0.005)


def test_weights_are_read_once_a_pass_so_intensity_is_nearly_the_number_of_tokens():
    assert matmul_intensity(1, 4096) == pytest.approx(1, abs=1e-3)
    assert matmul_intensity(16, 4096) == pytest.approx(16, rel=0.01)
    assert matmul_intensity(2048, 4096) == pytest.approx(1024)
    assert matmul_intensity(1, 4096, itemsize=0.5) == pytest.approx(4, rel=0.005)
    assert matmul_intensity(10**9, 4096) == pytest.approx(4096 / 2, rel=1e-4)


def test_fewer_bytes_a_weight_lower_the_batch_at_which_computing_takes_over():
    assert ridge_batch(A100) == A100.ridge
    assert ridge_batch(A100, itemsize=0.5) == pytest.approx(38.25, abs=0.01)


@pytest.mark.parametrize(("model", "vocabulary", "d"), [(LLAMA2_7B, 32_000, 4096), (LLAMA3_70B, 128_256, 8192)])
def test_a_step_reads_all_parameters_but_the_embedding_and_the_norms(model, vocabulary, d):
    left_out = parameters(model) - step_weights(model)
    assert left_out == vocabulary * d + (2 * model.layers + 1) * d
    assert weight_bytes(model) == 2 * parameters(model)


def test_one_sequence_decodes_at_one_flop_a_byte():
    assert step_flops(LLAMA3_8B, 0) / step_bytes(LLAMA3_8B, 0) == 1
    assert step_intensity(LLAMA3_8B, 8192) == pytest.approx(1.2, abs=0.005)


def test_the_bandwidth_alone_bounds_the_time_of_a_token():
    assert step_seconds(LLAMA3_8B, A100, 0) == pytest.approx(15.009e9 / 2.039e12, rel=1e-3)
    assert step_seconds(LLAMA3_8B, A100, 0) == pytest.approx(7.36e-3, abs=5e-6)
    assert step_seconds(LLAMA3_8B, H100, 0) == pytest.approx(4.48e-3, abs=5e-6)
    assert step_seconds(LLAMA3_8B, A100, 0, 128) == step_seconds(LLAMA3_8B, A100, 0)
    assert step_seconds(LLAMA3_8B, A100, 0, 306) == pytest.approx(2 * step_seconds(LLAMA3_8B, A100, 0), rel=1e-3)


def test_longer_contexts_keep_any_batch_below_the_ridge():
    assert intensity_ceiling(LLAMA3_8B, 0) == np.inf
    assert intensity_ceiling(LLAMA3_8B, 8192) == pytest.approx(17.98, abs=0.005)
    assert intensity_ceiling(LLAMA2_7B, 4096) == pytest.approx(7.15, abs=0.005)
    for context in (512, 8192):
        intensities = [step_intensity(LLAMA3_8B, context, batch) for batch in (1, 8, 64, 10**9)]
        assert intensities == sorted(intensities)
        assert intensities[-1] == pytest.approx(intensity_ceiling(LLAMA3_8B, context), rel=1e-4)


def test_the_ceiling_tends_to_that_of_the_attention_alone():
    assert intensity_ceiling(LLAMA3_8B, 10**9) == pytest.approx(_cost.decode_intensity(32, 8), rel=1e-3)
    assert intensity_ceiling(LLAMA2_7B, 10**9) == pytest.approx(_cost.decode_intensity(32, 32), rel=1e-3)


def test_shares_of_the_cache():
    assert cache_share(LLAMA3_8B, 8192) == pytest.approx(0.067, abs=5e-4)
    assert cache_share(LLAMA3_8B, 131_072) == pytest.approx(0.534, abs=5e-4)
    assert cache_share(LLAMA3_8B, 8192, 14) == pytest.approx(0.5, abs=1e-3)
    assert tokens_to_match_weights(LLAMA3_8B) == pytest.approx(122_532, abs=0.5)
    assert tokens_to_match_weights(LLAMA2_7B) == pytest.approx(25_705, abs=0.5)


def test_what_fits_beside_the_weights():
    assert resident_sequences(LLAMA3_8B, A100, 8192) == 59
    assert resident_sequences(LLAMA2_7B, A100, 4096) == 30


def test_prefill_is_bound_by_computing_and_its_attention_is_small():
    assert prefill_flops(LLAMA3_8B, 2048) == pytest.approx(29.7e12, rel=1e-3)
    assert attention_flops(LLAMA3_8B, 2048 * 2049 // 2) / prefill_flops(LLAMA3_8B, 2048) == pytest.approx(
        0.037, abs=5e-4
    )
    assert prefill_seconds(LLAMA3_8B, A100, 2048) == pytest.approx(0.0952, abs=5e-5)
    assert prefill_seconds(LLAMA3_8B, A100, 2048) == prefill_flops(LLAMA3_8B, 2048) / A100.flops
    assert prefill_seconds(LLAMA3_8B, A100, 1) == pytest.approx(step_seconds(LLAMA3_8B, A100, 1), rel=1e-4)


@pytest.mark.parametrize(("n", "d"), [(1, 8), (7, 64), (300, 4096)])
def test_flops_with_and_without_a_cache_are_the_sums_of_the_steps(n, d):
    assert cached_flops(n, d) == sum(24 * d**2 + 4 * t * d for t in range(1, n + 1))
    every = [[(24 * d**2, 4 * s * d) for s in range(1, t + 1)] for t in range(1, n + 1)]
    assert uncached_flops(n, d) == sum(linear + scores for step in every for linear, scores in step)
    assert uncached_attention_flops(n, d) == sum(scores for step in every for _, scores in step)
    assert cached_attention_flops(n, d) == sum(4 * t * d for t in range(1, n + 1))


def test_a_cache_saves_a_factor_of_about_half_of_n_of_all_and_a_third_of_the_attention():
    assert uncached_flops(1024, 4096) / cached_flops(1024, 4096) == pytest.approx(509, abs=0.5)
    assert uncached_attention_flops(1024, 4096) / cached_attention_flops(1024, 4096) == pytest.approx(342)


def test_blocks():
    assert [kv_blocks(n) for n in (1, 16, 17, 1000)] == [1, 1, 2, 63]
    assert [unfilled_slots(n) for n in (1, 16, 17, 1000)] == [15, 0, 15, 8]
    assert max(unfilled_slots(n) for n in range(1, 200)) == 15
    assert prefix_hit(1000) == 992
    assert prefix_hit(10, 4) == 8  # the example of vLLM's design document


LENGTHS = (3, 9, 5, 2, 6, 4, 8, 3)


def test_a_static_batch_waits_for_its_longest_request():
    placed = static_schedule(LENGTHS, 4)
    assert schedule_iterations(LENGTHS, placed) == 9 + 8
    assert slot_use(LENGTHS, placed, 4) == pytest.approx(40 / 68)


def test_a_continuous_batch_fills_every_slot_as_it_becomes_free():
    placed = continuous_schedule(LENGTHS, 4)
    assert placed == [(0, 0), (1, 0), (2, 0), (3, 0), (3, 2), (0, 3), (2, 5), (0, 7)]
    assert schedule_iterations(LENGTHS, placed) == 13
    busy = [(slot, start + i) for length, (slot, start) in zip(LENGTHS, placed, strict=True) for i in range(length)]
    assert len(busy) == len(set(busy)) == sum(LENGTHS)


def test_chunks_and_hand_overs():
    assert chunk_rereads(4) == 3 + 2 + 1
    assert handover_rate(LLAMA3_70B, 4096, 10) * 8 == pytest.approx(107.4e9, rel=1e-3)


def test_distserves_example_reproduces_in_gib():
    """§3.3: 1.13 GB for 512 tokens of OPT-66B (64 layers of width 9216, arXiv 2205.01068, Table 1)."""
    opt_66b = _cost.Model("OPT-66B", 64, 72, _cost.KVHeads(72, 128))
    assert _cost.cache_bytes(opt_66b, 512) / _cost.GIB == pytest.approx(1.125)


# a decoder small enough to see what a cache holds --------------------------------------------------


class Decoder:
    """Layers of causal single-head attention and a residual path; no positions, so that order alone counts."""

    def __init__(self, layers=3, d=8, vocabulary=11, seed=0):
        rng = np.random.default_rng(seed)
        self.embedding = rng.standard_normal((vocabulary, d))
        self.weights = rng.standard_normal((layers, 3, d, d)) / np.sqrt(d)

    def keys(self, tokens, *, causal=True):
        """Keys of every layer [layers, n, d] and the last layer's outputs [n, d]."""
        x, keys = self.embedding[tokens], []
        hidden = np.triu(np.ones((len(tokens), len(tokens)), bool), 1) & causal
        for w_q, w_k, w_v in self.weights:
            q, k, v = x @ w_q, x @ w_k, x @ w_v
            keys.append(k)
            x = x + softmax(np.where(hidden, -np.inf, q @ k.T / np.sqrt(x.shape[1]))) @ v
        return np.array(keys), x

    def step(self, token, cache):
        """One token's output [d]; ``cache`` holds a list of keys and one of values for each layer."""
        x = self.embedding[token]
        for (w_q, w_k, w_v), (keys, values) in zip(self.weights, cache, strict=True):
            keys.append(x @ w_k)
            values.append(x @ w_v)
            x = x + softmax(np.array(keys) @ (x @ w_q) / np.sqrt(len(x))) @ np.array(values)
        return x


TOKENS = np.array([3, 1, 4, 1, 5, 9, 2, 6])


def test_decoding_with_a_cache_gives_what_the_whole_pass_gives_without_any_mask():
    model = Decoder()
    _, whole = model.keys(TOKENS)
    cache = [([], []) for _ in model.weights]
    stepped = [model.step(token, cache) for token in TOKENS]
    assert np.abs(whole - stepped).max() < 1e-14


def test_keys_of_a_prefix_do_not_depend_on_what_follows_unless_attention_is_bidirectional():
    model = Decoder()
    for causal in (True, False):
        short, _ = model.keys(TOKENS[:5], causal=causal)
        long, _ = model.keys(TOKENS, causal=causal)
        changed = np.abs(short - long[:, :5]).max(axis=(1, 2)) > 1e-3
        assert changed.tolist() == ([False] * 3 if causal else [False, True, True])


def test_one_other_token_in_front_changes_all_keys_behind_it_but_those_of_the_first_layer():
    model = Decoder()
    before, _ = model.keys(TOKENS)
    other = TOKENS.copy()
    other[0] = 7
    after, _ = model.keys(other)
    changed = np.abs(before - after).max(axis=2) > 1e-4
    assert changed[0].tolist() == [True] + [False] * 7
    assert changed[1:].all()


def test_attention_over_scattered_blocks_is_the_same_attention():
    rng = np.random.default_rng(1)
    n, size, d = 37, 16, 8
    keys, values, query = rng.standard_normal((n, d)), rng.standard_normal((n, d)), rng.standard_normal(d)
    table = [5, 0, 3]  # logical block -> physical block
    store = np.zeros((8, size, 2, d))
    for logical, physical in enumerate(table):
        part = slice(logical * size, min((logical + 1) * size, n))
        store[physical, : part.stop - part.start, 0] = keys[part]
        store[physical, : part.stop - part.start, 1] = values[part]
    paged = np.concatenate([store[physical] for physical in table])[:n]
    expected = softmax(keys @ query) @ values
    assert np.array_equal(softmax(paged[:, 0] @ query) @ paged[:, 1], expected)
