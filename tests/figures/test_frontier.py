"""figures/_frontier.py: published totals, and small cases by brute force."""

import numpy as np
import pytest
from _attention import causal_mask, scaled_dot_product_attention
from _cost import KIB, LLAMA3_8B, KVHeads, Latent, cache_bytes
from _frontier import (
    DEEPSEEK_67B,
    DEEPSEEK_V2,
    cache_saving,
    cached_bytes_a_token,
    causal_use,
    causal_work,
    gated_pairs,
    gated_steps,
    global_layers,
    indexer_crossover,
    indexer_multiplies,
    latent_share,
    mixed_pairs_share,
    mla_multiplies,
    newton_schulz,
    nsa_keys,
    pushed,
    pushed_range,
    qk_clip_factor,
    ring_attention,
    ring_block,
    sparse_gain,
)
from _models import V17_BASE, V17_BIG, parameters
from numpy.random import default_rng

approx = pytest.approx


# multi-head latent attention ---------------------------------------------------------------------


def test_a_cache_of_16_bits_is_what_cost_counts():
    for model in (DEEPSEEK_67B, DEEPSEEK_V2, LLAMA3_8B):
        assert cached_bytes_a_token(model) == cache_bytes(model, 1)
    assert cached_bytes_a_token(DEEPSEEK_67B) == 380 * KIB


def test_the_published_93_3_percent_are_mla_and_6_bits_against_a_gqa_model():
    assert cache_saving(DEEPSEEK_V2, DEEPSEEK_67B, 6) == approx(0.933, abs=5e-4)
    assert cache_saving(DEEPSEEK_V2, DEEPSEEK_67B) == approx(0.822, abs=5e-4)


def test_against_its_own_full_attention_mla_keeps_one_57th():
    assert latent_share(128, 128, DEEPSEEK_V2.cache) == 576 / 32_768 == approx(0.0176, abs=5e-5)


def test_the_ablations_14_and_4_percent_follow_from_table_9():
    """Table 9: 15.6K of 110.6K numbers a token, 34.6K of 860.2K."""
    small, large = 27 * Latent(512, 64).elements, DEEPSEEK_V2.layers * DEEPSEEK_V2.cache.elements
    assert (small, large) == (15_552, 34_560)
    assert 27 * KVHeads(16, 128).elements == 110_592
    assert small / 110_592 == approx(0.14, abs=0.005)
    assert large / 860.2e3 == approx(0.04, abs=0.005)


# Muon --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", [(6, 9), (9, 6), (7, 7)])
def test_newton_schulz_changes_the_singular_values_and_nothing_else(shape):
    g = default_rng(0).standard_normal(shape)
    u, s, vt = np.linalg.svd(g, full_matrices=False)
    s = s / np.linalg.norm(s)
    expected = u @ np.diag([pushed(x) for x in s]) @ vt
    assert newton_schulz(g) == approx(expected, abs=1e-9)


def test_five_steps_bring_all_but_tiny_singular_values_near_1():
    low, high = pushed_range(0.01)
    assert 0.67 < low < 0.75
    assert 1.1 < high < 1.21
    assert 0.3 < pushed(0.001) < 0.7  # tiny ones lag behind: 3.4445^5 = 485
    assert pushed(0.0001) == approx(3.4445**5 * 0.0001, rel=0.01)


def test_qk_clip_brings_the_largest_logit_to_the_threshold():
    rng = default_rng(0)
    x, w_q, w_k = rng.standard_normal((20, 8)), 9 * rng.standard_normal((8, 4)), rng.standard_normal((8, 4))
    largest = (x @ w_q @ (x @ w_k).T).max() / 2
    factor = qk_clip_factor(largest, 10)
    assert factor < 1
    assert (x @ (factor * w_q) @ (x @ (factor * w_k)).T).max() / 2 == approx(10)
    assert qk_clip_factor(400) == 0.5
    assert qk_clip_factor(50) == 1


# sparse attention --------------------------------------------------------------------------------


def test_the_indexer_is_a_seventeenth_of_the_attention_that_it_saves():
    assert mla_multiplies(128, Latent(512, 64)) == 128 * (512 + 64) + 128 * 512 == 139_264
    assert indexer_multiplies() == 8192
    assert indexer_crossover() == 2048 * 17 == 34_816


def test_the_gain_of_sparse_attention_grows_towards_the_indexers_limit():
    assert sparse_gain(2048) == approx(17 / 18)  # nothing is left out: the indexer comes on top
    gains = [sparse_gain(2**i) for i in range(11, 40)]
    assert gains == sorted(gains)
    assert gains[-1] == approx(17, rel=0.01)
    assert sparse_gain(131_072) == approx(17 / (1 + 2048 * 17 / 131_072))


def test_nsa_counts_its_three_branches():
    n, l, d = 65_536, 32, 16  # noqa: E741
    compressed = sum(1 for i in range(n) if i * d + l <= n)
    assert nsa_keys(n) == compressed + 16 * 64 + 512
    assert compressed == 4095


# ring attention ----------------------------------------------------------------------------------


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("devices", [1, 2, 4, 8])
def test_ring_attention_is_exact(devices, causal):
    q, k, v = default_rng(0).standard_normal((3, 24, 5))
    expected, _ = scaled_dot_product_attention(q, k, v, causal_mask(24) if causal else None)
    assert ring_attention(q, k, v, devices, causal=causal) == approx(expected, abs=1e-13)


def test_the_blocks_that_hide_the_sending_are_those_of_table_2():
    """Table 2 prints 1.0 and 24.5 thousand, 6.2 and 149.5 for six times as much; 312/12.5 is 24.96."""
    assert ring_block(312e12, 300e9) == approx(1.0e3, rel=0.05)
    assert ring_block(312e12, 12.5e9) == approx(24.5e3, rel=0.02)
    assert 6 * ring_block(312e12, 300e9) == approx(6.2e3, rel=0.01)
    assert 6 * ring_block(312e12, 12.5e9) == approx(149.5e3, rel=0.005)
    c, d = ring_block(312e12, 300e9), 4096
    assert 4 * d * c**2 / 312e12 == approx(4 * c * d / 300e9)


@pytest.mark.parametrize("paired", [False, True])
def test_causal_work_is_counted_from_the_mask(paired, ranks=4, n=4096):
    pairs = causal_mask(n).sum(axis=1)
    chunks = np.split(pairs, 2 * ranks if paired else ranks)
    work = [chunks[i].sum() + (chunks[-1 - i].sum() if paired else 0) for i in range(ranks)]
    assert causal_work(ranks, paired=paired) == approx(np.array(work) / pairs.sum(), abs=1e-3)
    assert sum(causal_work(ranks, paired=paired)) == approx(1)


def test_contiguous_chunks_leave_the_ranks_half_idle():
    assert causal_use(8) == approx(8 / 15)
    assert causal_use(1000) == approx(0.5, abs=1e-3)
    assert causal_use(8, paired=True) == approx(1)


# mixed layers ------------------------------------------------------------------------------------


def test_a_gated_state_is_masked_attention_without_softmax():
    rng = default_rng(0)
    q, k, v = rng.standard_normal((3, 12, 4))
    a = rng.uniform(0.5, 1, 12)
    assert gated_pairs(q, k, v, a) == approx(gated_steps(q, k, v, a), abs=1e-12)


def test_modern_bert_has_8_global_layers_of_22():
    assert global_layers() == sum(not i % 3 for i in range(22)) == 8
    n, window = 2048, 128
    scored = 8 * n**2 + 14 * n * window
    assert mixed_pairs_share(n, window, 8, 22) == approx(scored / (22 * n**2))


# the original Transformer ------------------------------------------------------------------------


def test_no_single_vocabulary_gives_both_published_totals():
    """V17, Table 3: 65 and 213 million, each rounded to a million."""
    assert parameters(V17_BASE) == 63_045_632
    assert parameters(V17_BIG) == 214_171_648
    base = [(x - parameters(V17_BASE)) / 512 + 37_000 for x in (64.5e6, 65.5e6)]
    big = [(x - parameters(V17_BIG)) / 1024 + 37_000 for x in (212.5e6, 213.5e6)]
    assert base[0] > big[1]
    assert (round(base[0]), round(big[1])) == (39_841, 36_344)
