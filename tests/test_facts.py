"""Every computed number that a card quotes, held against its published or expected value."""

import ast
from importlib import import_module
from pathlib import Path
from types import FunctionType, ModuleType
from typing import get_origin

import _facts as facts
import numpy as np
import pytest
from _attention import (
    additive_bytes,
    additive_flops,
    causal_mask,
    dot_product_bytes,
    dot_product_flops,
    naive_additive_flops,
    scaled_dot_product_attention,
    softmax,
    softmax_jacobian,
)
from _norm import batch_statistic_errors
from _position import dot_products, sinusoid, wavelengths
from _rotary import alibi_slopes, aligned_score, decay_bound, frequencies, rotate
from _rotary import wavelengths as rotary_wavelengths
from _training import inverted_dropout, label_smoothing_optimum, noam
from numpy.random import default_rng

approx = pytest.approx

MIB = 2**20


# ---- Scores and the softmax ---------------------------------------------------------------------


def test_the_variance_of_a_dot_product_is_d_k():
    for d_k in (4, 64, 1024):
        scores = facts.gaussian_scores(500, 500, d_k, default_rng(0))
        assert scores.var() == approx(d_k, rel=0.03)
        assert (scores / np.sqrt(d_k)).var() == approx(1, rel=0.03)


@pytest.mark.parametrize(("a", "largest", "steepest"), [(1, 0.576, 0.244), (10, 0.99991, 9.08e-5), (100, 1, 7.44e-44)])
def test_the_softmax_of_a_a_2a_saturates_as_a_grows(a, largest, steepest):
    p = softmax(np.array([a, a, 2 * a], dtype=float))
    assert p[2] == approx(largest, abs=5e-4 if a == 1 else 5e-6)
    # The steepest entry, p_3 (1 - p_3), rounds to 0 once p_3 is 1. A row sums to 0, so the rest of
    # its row gives it: p_3 (p_1 + p_2), which is 2 e^-a where a is large.
    assert -softmax_jacobian(p)[2, :2].sum() == approx(steepest, rel=0.01)


def test_unscaled_scores_have_the_larger_median_jacobian_and_the_heavier_tail():
    scores = facts.gaussian_scores(2000, 512, 64, default_rng(0))
    raw = np.quantile(facts.jacobian_norms(softmax(scores)), [0.1, 0.5, 0.9])
    scaled = np.quantile(facts.jacobian_norms(softmax(scores / 8)), [0.1, 0.5, 0.9])
    assert raw[1:] == approx([0.28, 0.43], abs=0.02)
    assert scaled == approx([0.063, 0.070, 0.082], abs=0.002)
    assert raw[0] < scaled[0] < scaled[1] < raw[1]


def test_jacobian_norms_agree_with_the_matrix():
    p = softmax(default_rng(0).standard_normal((3, 7)))
    assert facts.jacobian_norms(p) == approx([np.linalg.norm(softmax_jacobian(row)) for row in p])


# ---- Masks --------------------------------------------------------------------------------------

TOY = np.array([1.0, 2.0, 3.0, 4.0], dtype=np.float32)
REAL = np.array([True, True, False, False])
NONE = np.zeros(4, dtype=bool)


def test_masked_keys_get_no_weight_with_minus_infinity_but_some_with_zero():
    assert facts.masked_softmax(TOY, REAL, -np.inf) == approx([0.27, 0.73, 0, 0], abs=0.005)
    assert facts.masked_softmax(TOY, REAL, 0) == approx([0.22, 0.61, 0.08, 0.08], abs=0.005)


def test_a_row_without_any_key_is_nan_with_minus_infinity_and_uniform_with_a_finite_fill():
    assert np.isnan(facts.masked_softmax(TOY, NONE, -np.inf)).all()
    assert facts.masked_softmax(TOY, NONE, -1e9) == approx([0.25] * 4)


def test_minus_1e9_overflows_to_minus_infinity_in_half_precision():
    assert np.finfo(np.float16).max == 65504
    assert np.isnan(facts.masked_softmax(TOY.astype(np.float16), NONE, -1e9)).all()
    lowest = float(np.finfo(np.float16).min)
    assert facts.masked_softmax(TOY.astype(np.float16), NONE, lowest) == approx([0.25] * 4)


def test_a_fill_of_minus_1000_is_enough_in_single_precision_while_scores_are_small():
    assert (facts.masked_softmax(TOY, REAL, -1000)[2:] == 0).all()
    assert facts.masked_softmax(TOY - np.float32(1000), REAL, -1000)[2:].min() > 0.05


def test_adding_minus_10000_to_every_key_keeps_their_order_and_adding_minus_1e9_does_not():
    assert softmax(TOY + np.float32(-1e4)) == approx(softmax(TOY), abs=1e-3)
    assert softmax(TOY + np.float32(-1e9)) == approx([0.25] * 4)


def test_attention_is_permutation_equivariant_until_a_causal_mask_comes_in():
    x = default_rng(0).standard_normal((6, 8))
    order = np.array([3, 0, 5, 1, 4, 2])

    def attend(x, mask=None):
        return scaled_dot_product_attention(x, x, x, mask)[0]

    assert attend(x[order]) == approx(attend(x)[order])
    assert attend(x[order]) != approx(attend(x))  # equivariant is not invariant
    assert attend(x[order], causal_mask(6)) != approx(attend(x, causal_mask(6))[order])


# ---- Dot-product and additive attention ---------------------------------------------------------


def test_additive_attention_counts_less_than_twice_the_flops_of_dot_product_attention():
    assert additive_flops(128, 64) / dot_product_flops(128, 64) == approx(1.5)
    assert additive_flops(1024, 64) / dot_product_flops(1024, 64) == approx(1.9, abs=0.02)
    assert additive_flops(10**7, 64) / dot_product_flops(10**7, 64) == approx(2, abs=1e-4)


def test_projecting_every_pair_anew_is_what_makes_additive_attention_quadratic_in_d():
    assert naive_additive_flops(512, 64) == approx(4.35e9, rel=0.002)
    assert additive_flops(512, 64) == approx(0.076e9, rel=0.01)


def test_additive_scores_need_d_times_the_memory_before_they_are_summed():
    assert dot_product_bytes(1024) == 4 * MIB
    assert additive_bytes(1024, 64) == 256 * MIB


@pytest.mark.parametrize(("d", "dot"), [(16, 4), (64, 8), (256, 16), (1024, 32)])
def test_the_spread_of_additive_scores_does_not_grow_with_d(d, dot):
    rng = default_rng(0)
    spreads = [facts.additive_score_std(100, d, rng) for _ in range(8)]
    assert np.mean(spreads) == approx(0.71, abs=0.05)
    assert facts.gaussian_scores(300, 300, d, rng).std() == approx(dot, rel=0.05)


# ---- Shared and separate query/key matrices -----------------------------------------------------


def mean_shares(n, d_k, *, shared, common=0.0, draws=8):
    rng = default_rng(0)
    scores = (facts.initial_scores(n, 512, d_k, rng, shared=shared, common=common) for _ in range(draws))
    return np.mean([facts.self_attention_share(s) for s in scores], axis=0)


@pytest.mark.parametrize(
    ("n", "d_k", "weight", "first"),
    [(32, 64, 0.966, 1.0), (128, 64, 0.89, 1.0), (512, 64, 0.71, 1.0), (512, 16, 0.10, 0.87)],
)
def test_with_a_shared_matrix_a_token_looks_at_itself_before_training(n, d_k, weight, first):
    assert mean_shares(n, d_k, shared=True) == approx([weight, first], abs=0.02)


def test_with_separate_matrices_a_token_does_not_prefer_itself():
    assert mean_shares(32, 64, shared=False, draws=40) == approx([0.03, 0.03], abs=0.01)


def test_tokens_that_have_much_in_common_look_at_themselves_less():
    assert mean_shares(32, 64, shared=True, common=0.7)[0] == approx(0.25, abs=0.03)


def test_shared_scores_are_symmetric_and_positive_but_their_weights_are_not_symmetric():
    scores = facts.initial_scores(32, 512, 64, default_rng(0), shared=True)
    assert scores == approx(scores.T)
    assert np.linalg.eigvalsh(scores).min() > -1e-9
    assert np.abs(softmax(scores) - softmax(scores).T).max() > 0.01


def test_separate_scores_differ_from_their_transpose_as_much_as_independent_matrices_would():
    rng = default_rng(0)
    draws = [facts.initial_scores(32, 512, 64, rng, shared=False) for _ in range(20)]
    relative = np.mean([np.linalg.norm(s - s.T) / np.linalg.norm(s) for s in draws])
    assert relative == approx(np.sqrt(2 * 31 / 32), rel=0.02)  # sqrt(2), less the diagonal's share


@pytest.mark.parametrize("shared", [True, False])
def test_scores_have_rank_at_most_d_k_and_their_softmax_has_full_rank(shared):
    scores = facts.initial_scores(128, 512, 64, default_rng(0), shared=shared)
    assert np.linalg.matrix_rank(scores) == 64
    assert np.linalg.matrix_rank(softmax(scores)) == 128


def test_a_shared_matrix_halves_the_degrees_of_freedom_of_the_score():
    assert facts.score_form_dimension(512, 64, shared=False) == 61_440
    assert facts.score_form_dimension(512, 64, shared=True) == 30_752


@pytest.mark.parametrize("shared", [True, False])
def test_the_degrees_of_freedom_are_the_rank_of_the_derivative(shared):
    d, d_k = 6, 2
    w_q, w_k = default_rng(0).standard_normal((2, d, d_k))
    directions = np.eye(d * d_k).reshape(-1, d, d_k)
    if shared:
        tangents = [e @ w_q.T + w_q @ e.T for e in directions]
    else:
        tangents = [e @ w_k.T for e in directions] + [w_q @ e.T for e in directions]
    rank = np.linalg.matrix_rank(np.reshape(tangents, (-1, d * d)))
    assert rank == facts.score_form_dimension(d, d_k, shared=shared)


# ---- Position -----------------------------------------------------------------------------------


def test_sinusoid_wavelengths_run_from_2_pi_to_60611():
    assert wavelengths(512)[0] == approx(6.28, abs=0.005)
    assert wavelengths(512)[-1] == approx(60_611, abs=1)


@pytest.mark.parametrize(
    ("distance", "product"),
    [(0, 256), (1, 249.1), (5, 189.6), (10, 173.8), (50, 131.1), (100, 112.0), (1000, 45.0)],
)
def test_position_vectors_have_these_dot_products_in_both_directions(distance, product):
    assert dot_products([distance, -distance], 512) == approx([product] * 2, abs=0.05)
    here, there = sinusoid([2000, 2000 + distance], 512)
    assert here @ there == approx(product, abs=0.05)


def test_random_query_and_key_matrices_destroy_the_decay_with_distance():
    rng, near, far = default_rng(0), [], []
    encoded = sinusoid([0, 1, 1000], 512)
    for _ in range(40):
        w_q, w_k = rng.standard_normal((2, 512, 64)) / np.sqrt(512)
        scores = (encoded @ w_q) @ (encoded @ w_k).T
        near.append(scores[0, 1])
        far.append(scores[0, 2])
    assert abs(np.mean(near)) < 3 * np.std(near) / np.sqrt(40)  # the mean is 0 near by ...
    assert np.std(near) == approx(np.std(far), rel=0.3)  # ... and the spread the same far away


def test_embeddings_are_as_long_as_position_vectors_only_after_scaling():
    embedding = default_rng(0).standard_normal((2000, 512)) / np.sqrt(512)
    norm = np.linalg.norm(embedding, axis=1).mean()
    position = np.linalg.norm(sinusoid([123], 512))
    assert norm == approx(1, abs=0.01)
    assert position == approx(16)
    assert np.sqrt(512) * norm == approx(22.6, abs=0.1)
    assert np.sqrt(512) / position == approx(np.sqrt(2))


@pytest.mark.parametrize(("base", "longest", "beyond"), [(1e4, 54_410, 18), (5e5, 2.559e6, 32), (1e6, 5.063e6, 33)])
def test_a_larger_rope_base_makes_waves_longer(base, longest, beyond):
    waves = rotary_wavelengths(frequencies(128, base))
    assert waves[-1] == approx(longest, rel=2e-4)
    assert (waves > 4096).sum() == beyond


def test_rope_scores_depend_on_the_distance_alone():
    q, k = default_rng(0).standard_normal((2, 1, 128))
    theta = frequencies(128)
    near = rotate(q, 7, theta) @ rotate(k, 3, theta).T
    far = rotate(q, 1007, theta) @ rotate(k, 1003, theta).T
    assert near == approx(far)
    assert np.linalg.norm(rotate(q, 7, theta)) == approx(np.linalg.norm(q))


@pytest.mark.parametrize(
    ("distance", "score", "bound"),
    [(0, 1, 1), (8, 0.71, 0.61), (64, 0.48, 0.31), (512, 0.22, 0.16), (4096, -0.05, 0.15)],
)
def test_rope_decays_for_equal_queries_and_keys(distance, score, bound):
    q, theta = np.ones((1, 128)), frequencies(128)
    assert (q @ rotate(q, distance, theta).T).item() / 128 == approx(score, abs=0.006)
    assert aligned_score([distance], theta) == approx([score], abs=0.006)
    here, near = decay_bound([distance, 0], theta)
    assert here / near == approx(bound, abs=0.006)


def test_rope_does_not_shrink_the_scores_of_independent_queries_and_keys():
    q, k = default_rng(0).standard_normal((2, 20_000, 128))
    for distance in (0, 8, 512, 4096):
        scores = (q * rotate(k, distance, frequencies(128))).sum(axis=1)
        assert scores.std() == approx(np.sqrt(128), rel=0.02)


def test_alibi_slopes_of_eight_heads_halve_from_one_half_to_1_over_256():
    slopes = alibi_slopes(8)
    assert slopes == approx([1 / 2**k for k in range(1, 9)])
    assert np.exp(-slopes[-1] * np.array([128, 1024])) == approx([0.607, 0.018], abs=5e-4)


# ---- Residuals, normalisation, activations ------------------------------------------------------


def pre_ln_blocks():
    """Stream before a block and update, RMS over ten draws of 24 blocks; [10, 24] each."""
    draws = [facts.pre_ln_updates(24, default_rng(seed)) for seed in range(10)]
    return (np.array(found) for found in zip(*draws, strict=True))


def test_late_pre_ln_blocks_change_the_stream_relatively_less():
    before, added = pre_ln_blocks()
    relative = (added / before).mean(axis=0)
    assert relative[[0, 5, 11, 23]] == approx([0.74, 0.46, 0.33, 0.22], abs=0.005)


def test_pre_ln_updates_keep_their_size_while_the_stream_grows():
    before, added = (found.mean(axis=0) for found in pre_ln_blocks())
    assert before[[0, 1]] == approx([1, 1.25], abs=0.005)
    assert added.min() == approx(0.74, abs=0.005)
    assert added.max() == approx(1.13, abs=0.005)


def test_the_relative_update_falls_as_one_over_the_root_of_depth():
    before, added = pre_ln_blocks()
    late = slice(7, 24)
    slope = np.polyfit(np.log(np.arange(1, 25)[late]), np.log((added / before).mean(axis=0)[late]), 1)[0]
    assert slope == approx(-0.5, abs=0.05)


@pytest.mark.parametrize(("batch", "error"), [(2, 0.71), (8, 0.35), (32, 0.18), (256, 0.06)])
def test_the_noise_of_a_batch_mean_falls_with_the_root_of_the_batch(batch, error):
    x = default_rng(0).standard_normal((10_000, batch))
    assert batch_statistic_errors(batch)[0] == approx(error, abs=0.005)
    assert x.mean(axis=1).std() == approx(error, rel=0.05)


def test_a_batch_of_eight_misses_the_variance_by_more_than_half():
    x = default_rng(0).standard_normal((20_000, 8))
    assert batch_statistic_errors(8)[1] == approx(0.54, abs=0.01)
    assert x.var(axis=1).std() / x.var(axis=1).mean() == approx(0.54, abs=0.01)


GRID = np.linspace(-6, 6, 120_001)


def test_gelu_approximations_err_by_this_much():
    exact = facts.gelu(GRID)
    assert np.abs(facts.gelu_tanh(GRID) - exact).max() == approx(4.73e-4, abs=1e-6)
    assert np.abs(facts.swish(GRID, 1.702) - exact).max() == approx(2.03e-2, abs=1e-4)


@pytest.mark.parametrize(
    ("activation", "lowest", "where"),
    [(facts.gelu, -0.1700, -0.7518), (facts.swish, -0.2785, -1.278)],
)
def test_smooth_activations_dip_below_zero(activation, lowest, where):
    values = activation(GRID)
    assert values.min() == approx(lowest, abs=5e-5)
    assert GRID[values.argmin()] == approx(where, abs=6e-4)


# ---- Training -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("d", "warmup", "peak"),
    [(512, 4000, 6.99e-4), (512, 8000, 4.94e-4), (1024, 4000, 4.94e-4), (256, 4000, 9.88e-4)],
)
def test_the_noam_schedule_peaks_where_warm_up_ends(d, warmup, peak):
    rates = noam(np.arange(1, 3 * warmup), d, warmup)
    assert facts.noam_peak(d, warmup) == approx(peak, rel=1e-3)
    assert rates.max() == approx(facts.noam_peak(d, warmup))
    assert 1 + rates.argmax() == warmup


def test_the_noam_schedule_forgets_its_warm_up():
    assert noam(1, 512, 4000) == approx(1.75e-7, rel=3e-3)
    assert noam(100_000, 512, 4000) == approx(1.40e-4, rel=3e-3)
    assert noam(100_000, 512, 8000) == noam(100_000, 512, 4000)


def test_inverted_dropout_keeps_the_mean_and_adds_this_variance():
    x, p = 3.0, 0.1
    outcomes, odds = np.array([0, x / (1 - p)]), np.array([p, 1 - p])
    assert odds @ outcomes == approx(x)
    assert odds @ (outcomes - x) ** 2 == approx(x**2 * p / (1 - p))
    assert facts.dropout_noise(np.array([x]), p) ** 2 == approx(x**2 * p / (1 - p))


@pytest.mark.parametrize(("p", "noise"), [(0.1, 1 / 3), (0.5, 1.0)])
def test_dropout_left_on_at_test_time_is_noise_of_this_size(p, noise):
    terms = default_rng(0).standard_normal(64)
    terms /= np.linalg.norm(terms)  # a unit of scale 1: the sum of (w x)^2 is 1
    assert facts.dropout_noise(terms, p) == approx(noise)
    dropped = inverted_dropout(np.broadcast_to(terms, (40_000, 64)), p, default_rng(1))
    assert dropped.sum(axis=1).std() == approx(noise, rel=0.02)


def test_the_mean_of_a_relu_under_dropout_is_not_the_relu_of_the_mean():
    assert facts.mean_relu_under_dropout(np.array([1.0, -1.0]), 0.5) == 0.5  # ReLU(1 - 1) = 0
    assert facts.mean_relu_under_dropout(np.array([1.0, 1.0]), 0.5) == approx(2)  # no sign change
    assert facts.rectified_normal_mean(0.063, 0.94) == approx(0.41, abs=0.005)  # against 0.063


def test_the_normal_limit_of_relu_under_dropout_is_close_with_sixteen_inputs():
    terms = default_rng(0).standard_normal(16) / 4
    limit = facts.rectified_normal_mean(terms.sum(), facts.dropout_noise(terms, 0.5))
    assert facts.mean_relu_under_dropout(terms, 0.5) == approx(limit, rel=0.05)


@pytest.mark.parametrize(("classes", "floor", "gap"), [(37_000, 1.377, 12.72), (10, 0.500, 4.51)])
def test_label_smoothing_has_a_floor_and_a_finite_best_logit_gap(classes, floor, gap):
    assert label_smoothing_optimum(0.1, classes) == approx((floor, gap), abs=0.005)


def test_the_floor_of_label_smoothing_is_a_perplexity_of_nearly_four():
    assert np.exp(label_smoothing_optimum(0.1, 37_000)[0]) == approx(3.96, abs=0.005)


def test_no_other_logit_gap_has_a_lower_smoothed_loss():
    classes, label = 10, 1 - 0.1 + 0.1 / 10
    gaps = np.linspace(0, 10, 10_001)
    loss = np.log(np.exp(gaps) + classes - 1) - label * gaps
    floor, gap = label_smoothing_optimum(0.1, classes)
    assert (loss.min(), gaps[loss.argmin()]) == approx((floor, gap), abs=1e-3)


@pytest.mark.parametrize(("x", "rounded"), [(1 + 2**-7, 1 + 2**-7), (1 + 2**-8, 1), (1 - 2**-9, 1), (np.pi, 3.140625)])
def test_bfloat16_has_eight_significant_bits(x, rounded):
    assert facts.bfloat16(x) == rounded


def test_small_updates_of_a_bfloat16_weight_are_lost():
    kept, lost = np.float32(1), 1.0
    for _ in range(1000):
        kept += np.float32(0.001)
        lost = facts.bfloat16(lost + 0.001)
    assert kept == approx(2, abs=1e-4)
    assert lost == 1


def test_the_ranges_of_half_precision_and_bfloat16():
    half = np.finfo(np.float16)
    assert (half.max, half.eps) == (65_504, 2**-10)
    assert half.smallest_subnormal == 2**-24
    assert np.float16(1e-8) == 0
    assert np.float16(1e-8 * 1024) == approx(1.02e-5, abs=5e-8)
    largest = (2 - 2**-7) * 2.0**127
    assert facts.bfloat16(largest) == largest == approx(3.39e38, rel=1e-3)
    assert facts.bfloat16(1e-8) == approx(1e-8, rel=2**-8)


# ---- BERT's two masks ---------------------------------------------------------------------------


def test_bert_corrupts_12_and_1_5_and_leaves_1_5_percent_of_all_tokens():
    assert facts.corruption_fractions() == approx({"[MASK]": 0.12, "random": 0.015, "unchanged": 0.015})


N = 4
EVERY_LAYER = list(range(5))
NO_DIAGONAL = ~np.eye(N, dtype=bool)
NO_KEY_0 = np.arange(N) != np.zeros((N, 1))
FULL = np.ones((N, N), dtype=bool)


def own_content(may_attend, **options):
    return facts.layers_with_own_content(may_attend, 0, layers=4, **options)


@pytest.mark.parametrize("may_attend", [FULL, NO_DIAGONAL, NO_KEY_0])
def test_the_residual_path_shows_a_token_itself_whatever_the_attention_mask(may_attend):
    assert own_content(may_attend, residual=True) == EVERY_LAYER


@pytest.mark.parametrize("may_attend", [FULL, NO_DIAGONAL, NO_KEY_0])
def test_only_erasing_the_input_hides_a_token_from_its_own_position(may_attend):
    assert own_content(may_attend, residual=True, erased=True) == []


def test_without_a_residual_path_the_neighbours_return_a_tokens_content_at_layer_two():
    assert own_content(NO_DIAGONAL, residual=False) == [0, 2, 3, 4]
    assert own_content(NO_KEY_0, residual=False) == [0]  # nobody has seen it, nobody returns it


# ---- The names that cards use --------------------------------------------------------------------


def gathered():
    """The modules that _facts imports whole, by name."""
    tree = ast.parse(Path(facts.__file__).read_text("utf-8"))
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    names = [node.module for node in imports if [alias.name for alias in node.names] == ["*"]]
    return {name: import_module(name) for name in names}


def offered(module):
    """What a module adds to the names of cards: its own functions, classes and values, no types of its signatures."""
    public = getattr(module, "__all__", None) or [name for name in vars(module) if not name.startswith("_")]
    for name in public:
        value = vars(module)[name]
        if isinstance(value, type | FunctionType):
            if value.__module__ == module.__name__:
                yield name, value
        elif not (isinstance(value, ModuleType) or get_origin(value)):
            yield name, value


def test_every_module_that_cards_quote_is_gathered_and_the_reference_modules_are_there():
    assert {"_attention", "_cost", "_heads", "_norm", "_position", "_tokens", "_training"} <= gathered().keys()
    assert facts.cache_bytes(facts.LLAMA3_8B, 1) == 128 * facts.KIB


def test_no_two_modules_offer_one_name_for_different_things():
    wrong = []
    for module in gathered().values():
        for name, value in offered(module):
            used = vars(facts)[name]
            if not (used is value or np.array_equal(used, value)):
                wrong.append(f"{module.__name__}.{name} is not what a card gets as {name}")
    assert not wrong
