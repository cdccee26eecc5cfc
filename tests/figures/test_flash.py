import _flash
import numpy as np
import pytest
from _attention import causal_mask, scaled_dot_product_attention, softmax
from numpy.random import default_rng

NAME = "flash"
SHOWS = ["rescale", "error", "bytes", "published"]
approx = pytest.approx


def row(n, seed=0):
    """Scores (3, n) and values (n, 5)."""
    rng = default_rng(seed)
    return 4 * rng.standard_normal((3, n)), rng.standard_normal((n, 5))


# the online softmax ------------------------------------------------------------------------------


def test_two_blocks_merge_into_the_state_of_both():
    scores, values = row(11)
    merged = _flash.merged_state(
        _flash.block_state(scores[:, :4], values[:4]), _flash.block_state(scores[:, 4:], values[4:])
    )
    whole = _flash.block_state(scores, values)
    for got, want in ((merged.m, whole.m), (merged.l, whole.l), (merged.o, whole.o)):
        assert got == approx(want, rel=1e-14)
    assert merged.output == approx(softmax(scores) @ values, rel=1e-13)
    assert merged.logsumexp == approx(np.log(np.exp(scores).sum(axis=1)))


def test_blocks_merge_in_any_order_and_grouping():
    scores, values = row(12)
    a, b, c = (_flash.block_state(scores[:, i : i + 4], values[i : i + 4]) for i in (0, 4, 8))
    left = _flash.merged_state(_flash.merged_state(a, b), c)
    right = _flash.merged_state(b, _flash.merged_state(c, a))
    assert left.output == approx(right.output, rel=1e-13)


def test_without_rescaling_the_output_is_wrong():
    scores, values = np.array([[1.0, 3.0, 2.0, 5.0]]), np.array([[1.0], [0.0], [0.0], [0.0]])
    a, b = _flash.block_state(scores[:, :2], values[:2]), _flash.block_state(scores[:, 2:], values[2:])
    right = _flash.merged_state(a, b)
    forgotten = (a.o + b.o) / right.l
    assert right.output.item() == approx(softmax(scores)[0, 0])
    assert forgotten.item() / right.output.item() == approx(np.exp(5 - 3))


def test_an_empty_block_changes_nothing():
    scores, values = row(5)
    state = _flash.block_state(scores, values)
    empty = _flash.SoftmaxState(np.full(3, -np.inf), np.zeros(3), np.zeros((3, 5)))
    assert _flash.merged_state(empty, state).output == approx(state.output)


def test_a_row_masked_out_everywhere_is_nan_unless_it_is_treated():
    with np.errstate(invalid="ignore"):
        assert np.isnan(_flash.block_state(np.full((1, 3), -np.inf), np.ones((3, 1))).l).all()


def test_the_running_softmax_ends_with_m_and_l_of_the_row():
    scores = row(20)[0][0]
    m, l = _flash.running_softmax(scores)  # noqa: E741
    assert m[-1] == scores.max()
    assert l[-1] == approx(np.exp(scores - scores.max()).sum())
    assert (np.diff(m) >= 0).all()


def test_numbers_of_the_worked_example():
    assert _flash.sum_after(1, 3) == approx(1 + np.exp(-2))
    assert _flash.sum_after(1, 3) == approx(1.135, abs=5e-4)
    assert _flash.sum_after(2, 5) == approx(1.050, abs=5e-4)
    assert _flash.sum_after(1, 3, 2, 5) == approx(
        _flash.softmax_rescaling(3, 5) * _flash.sum_after(1, 3) + _flash.sum_after(2, 5)
    )
    assert _flash.log_sum_exp(1, 3, 2, 5) == approx(np.log(np.exp([1, 3, 2, 5]).sum()))


# tiled attention ---------------------------------------------------------------------------------


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("block", [1, 7, 16, 40])
def test_tiled_attention_is_attention(block, causal):
    q, k, v = default_rng(1).standard_normal((3, 40, 8))
    want, p = scaled_dot_product_attention(q, k, v, causal_mask(40) if causal else None)
    got, logsumexp = _flash.tiled_attention(q, k, v, rows=block, columns=block, causal=causal)
    assert np.abs(got - want).max() < 1e-14
    again = np.exp(q @ k.T / np.sqrt(8) - logsumexp[:, None])
    assert (np.tril(again) if causal else again) == approx(p)  # what the backward pass recomputes


@pytest.mark.parametrize("block", [16, 64, 256, 1024])
def test_the_error_is_rounding_and_does_not_depend_on_the_block(figure, block):
    script = figure(NAME)
    assert script.errors(block) <= 1e-14
    assert 0.2 < script.errors(block, "float32") / script.plain_error() < 5


def test_causal_blocks():
    assert _flash.causal_blocks(2048, 128) == (136, 256)
    done, every = _flash.causal_blocks(2**17, 128)
    assert done / every == approx(0.5, abs=1e-3)


# the model of HBM traffic ------------------------------------------------------------------------


def walked(n, d, sram, *, backward):
    """FlashAttention's traffic in bytes, loop by loop as Algorithms 1 and 4 have it; n a multiple of both blocks."""
    columns = -(-sram // (4 * d))
    rows = min(columns, d)
    moved = 0
    for _ in range(0, n, columns):
        moved += 2 * 2 * columns * d  # K, V
        for _ in range(0, n, rows):
            moved += 2 * 2 * rows * d if not backward else 2 * 4 * rows * d  # Q, O (dO, dQ)
            moved += 2 * 4 * rows  # l, m
            moved += 2 * rows * d  # O or dQ
            moved += 0 if backward else 2 * 4 * rows  # l, m
        moved += 2 * 2 * columns * d if backward else 0  # dK, dV
    return moved


@pytest.mark.parametrize("backward", [False, True])
def test_the_model_counts_what_the_algorithm_moves(backward):
    sram = 4 * 64 * 256  # B_c = 256
    assert _flash.flash_hbm_bytes(1024, 64, sram=sram, backward=backward) == walked(1024, 64, sram, backward=backward)


def test_standard_attention_moves_four_matrices_forward_and_seven_backward():
    n, d = 2**14, 64
    assert _flash.standard_hbm_bytes(n, d) / (2 * n * n) == approx(4, rel=0.005)
    assert _flash.standard_hbm_bytes(n, d, backward=True) / (2 * n * n) == approx(7, rel=0.005)


def test_both_are_quadratic_and_their_ratio_tends_to_m_over_3_d_squared():
    for d, limit in ((64, 8), (128, 2)):
        assert _flash.hbm_gain_limit(d) == limit
        assert _flash.hbm_gain(2**20, d) == approx(limit, rel=0.06)
    for count in (_flash.standard_hbm_bytes, _flash.flash_hbm_bytes):
        assert count(2**17, 64) / count(2**16, 64) == approx(4, rel=0.01)


def test_blocks_of_an_a100():
    assert _flash.SRAM_A100 == 98_304
    assert _flash.key_block(64) == 384
    assert _flash.key_block(128) == 192
    assert _flash.flash_passes(1024, 64) == 3
    assert _flash.hbm_gain(1024, 64) == approx(5.98, abs=0.01)
    assert _flash.hbm_gain(2**16, 64) == approx(7.64, abs=0.01)


def test_the_model_is_not_the_measurement():
    heads = 16 * 64
    assert _flash.training_hbm_bytes(1024, 64, heads, flash=False) / 1e9 == approx(25.2, abs=0.05)
    assert _flash.training_hbm_bytes(1024, 64, heads, flash=True) / 1e9 == approx(4.1, abs=0.01)
    assert _flash.STANDARD_2022.hbm_gb == 40.3
    assert _flash.FLASH_2022.hbm_gb == 4.4


def test_published_ratios():
    standard, flash = _flash.STANDARD_2022, _flash.FLASH_2022
    assert standard.hbm_gb / flash.hbm_gb == approx(9.2, abs=0.05)
    assert standard.milliseconds / flash.milliseconds == approx(5.7, abs=0.05)
    assert flash.gflops / standard.gflops - 1 == approx(0.129, abs=5e-4)
    assert _flash.STANDARD_MAY_2022.milliseconds / _flash.FLASH_MAY_2022.milliseconds == approx(3, abs=1e-9)
    assert _flash.attention_products(flash=True) / _flash.attention_products(flash=False) == approx(7 / 6)


def test_peaks_and_shares_of_them():
    assert _flash.A100_MATMUL / _flash.A100_OTHER == 16
    shares = 230 / _flash.A100_MATMUL, 740 / _flash.H100_MATMUL
    assert shares == approx((0.737, 0.748), abs=5e-4)
    assert _flash.exponential_share(128, _flash.H100_MATMUL, _flash.H100_EXP) == approx(0.5, abs=0.01)
    assert _flash.exponential_share(64, _flash.H100_MATMUL, _flash.H100_EXP) == approx(1, abs=0.01)


def test_memory_of_the_scores():
    assert _flash.score_matrix_bytes(8192, 32) == 4 * 2**30
    assert _flash.statistics_bytes(8192, 32) == 2**20


@pytest.mark.parametrize("show", SHOWS)
def test_it_draws(drawn, theme, labels, show):
    assert "<svg" in drawn(NAME, theme, labels=labels, show=show)


def test_an_unknown_show_is_refused(drawn):
    with pytest.raises(ValueError, match="rescale, error, bytes, published"):
        drawn(NAME, "light", show="speed")
