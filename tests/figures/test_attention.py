import _attention
import numpy as np
import pytest
from numpy.testing import assert_allclose


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def central_difference(function, x, step=1e-6):
    """The Jacobian of ``function`` at x, one column an input, by central differences."""
    columns = []
    for i in range(len(x)):
        nudge = np.zeros_like(x)
        nudge[i] = step
        columns.append((function(x + nudge) - function(x - nudge)) / (2 * step))
    return np.stack(columns, axis=-1)


def test_softmax_rows_sum_to_one_and_ignore_a_shift(rng):
    scores = rng.standard_normal((3, 5))
    p = _attention.softmax(scores)
    assert_allclose(p.sum(axis=-1), 1)
    assert_allclose(_attention.softmax(scores + 1e4), p)


def test_softmax_of_huge_scores_does_not_overflow():
    assert_allclose(_attention.softmax(np.array([1e6, 0.0, -1e6])), [1, 0, 0])


def test_a_fully_masked_row_is_nan_with_minus_infinity():
    with np.errstate(invalid="ignore"):
        assert np.isnan(_attention.softmax(np.full(3, -np.inf))).all()


def test_softmax_jacobian_agrees_with_finite_differences(rng):
    scores = rng.standard_normal(6)
    expected = central_difference(_attention.softmax, scores)
    assert_allclose(_attention.softmax_jacobian(_attention.softmax(scores)), expected, atol=1e-9)


def test_softmax_jacobian_rows_sum_to_zero_and_no_eigenvalue_is_negative(rng):
    jacobian = _attention.softmax_jacobian(_attention.softmax(rng.standard_normal((4, 6))))
    assert_allclose(jacobian.sum(axis=-1), 0, atol=1e-15)
    assert np.linalg.eigvalsh(jacobian).min() > -1e-15


def test_softmax_backward_is_the_jacobian_times_the_gradient(rng):
    p = _attention.softmax(rng.standard_normal((4, 6)))
    grad = rng.standard_normal((4, 6))
    expected = np.einsum("bij,bj->bi", _attention.softmax_jacobian(p), grad)
    assert_allclose(_attention.softmax_backward(p, grad), expected, atol=1e-15)


def test_trace_and_entropy_run_from_one_hot_to_uniform():
    one_hot, uniform = np.eye(64)[0], np.full(64, 1 / 64)
    assert _attention.jacobian_trace(one_hot) == 0
    assert _attention.jacobian_trace(uniform) == pytest.approx(1 - 1 / 64)
    assert _attention.entropy(one_hot) == 0
    assert _attention.entropy(uniform) == pytest.approx(np.log(64))


def test_trace_is_the_trace_of_the_jacobian(rng):
    p = _attention.softmax(rng.standard_normal((4, 6)))
    jacobian = _attention.softmax_jacobian(p)
    assert_allclose(_attention.jacobian_trace(p), np.trace(jacobian, axis1=-2, axis2=-1))


@pytest.mark.parametrize(("a", "p3", "largest"), [(1, 0.576, 0.244), (10, 0.99991, 9.08e-5), (100, 1.0, 7.44e-44)])
def test_the_jacobian_of_a_a_2a_dies_as_a_grows(a, p3, largest):
    p = _attention.softmax(np.array([a, a, 2.0 * a]))
    assert p[2] == pytest.approx(p3, rel=1e-3)
    # The largest entry is p_3 (1 - p_3) and is lost to rounding once p_3 = 1. Its row sums to 0, so
    # the other two entries of the row give it: p_3 (p_1 + p_2).
    jacobian = _attention.softmax_jacobian(p)
    assert -jacobian[2, :2].sum() == pytest.approx(largest, rel=0.01)


def test_attention_returns_averages_of_the_values(rng):
    q, k = rng.standard_normal((2, 4, 5, 8))
    v = rng.standard_normal((4, 5, 3))
    output, weights = _attention.scaled_dot_product_attention(q, k, v)
    assert output.shape == (4, 5, 3)
    assert weights.shape == (4, 5, 5)
    assert_allclose(weights.sum(axis=-1), 1)
    assert (output <= v.max(axis=1, keepdims=True)).all()
    assert (output >= v.min(axis=1, keepdims=True)).all()


def test_attention_agrees_with_a_loop_over_queries(rng):
    q, k, v = rng.standard_normal((3, 6, 4))
    output, _ = _attention.scaled_dot_product_attention(q, k, v, _attention.causal_mask(6))
    for i in range(6):
        exponentials = np.exp(k[: i + 1] @ q[i] / 2)
        expected = exponentials @ v[: i + 1] / exponentials.sum()
        assert_allclose(output[i], expected)


def test_a_masked_key_has_no_weight_and_no_influence(rng):
    q, k, v = rng.standard_normal((3, 2, 6, 4))
    mask = _attention.padding_mask([6, 4], 6)
    output, weights = _attention.scaled_dot_product_attention(q, k, v, mask)
    assert (weights[1, :, 4:] == 0).all()
    assert (weights[0] > 0).all()
    assert_allclose(weights.sum(axis=-1), 1)
    k[1, 4:], v[1, 4:] = 99, 99
    assert_allclose(_attention.scaled_dot_product_attention(q, k, v, mask)[0], output)


def test_separable_additive_scores_equal_one_layer_on_the_pair(rng):
    q, k = rng.standard_normal((5, 4)), rng.standard_normal((7, 4))
    w_q, w_k, v = *rng.standard_normal((2, 4, 3)), rng.standard_normal(3)
    scores = _attention.additive_scores(q, k, w_q, w_k, v)
    stacked = np.concatenate([w_q, w_k])
    for i in range(5):
        for j in range(7):
            assert scores[i, j] == pytest.approx(np.tanh(np.append(q[i], k[j]) @ stacked) @ v)


def test_additive_scores_stay_below_the_sum_of_absolute_v(rng):
    q, k = rng.standard_normal((2, 9, 4)) * 1000
    w_q, w_k, v = *rng.standard_normal((2, 4, 3)), rng.standard_normal(3)
    assert np.abs(_attention.additive_scores(q, k, w_q, w_k, v)).max() <= np.abs(v).sum() + 1e-12


def test_scores_keep_single_precision(rng):
    q, k = rng.standard_normal((2, 4, 8), dtype=np.float32)
    assert _attention.dot_product_scores(q, k).dtype == np.float32


def test_flops_add_up_to_a_count_by_hand():
    # n = 2, d = 3: two 2x3 @ 3x3 products are 2 * 36 FLOPs; 4 pairs of 2 * 3 (dot), of 4 * 3 (add)
    assert _attention.projection_flops(2, 3) == 72
    assert _attention.dot_product_flops(2, 3) == 72 + 24
    assert _attention.additive_flops(2, 3) == 72 + 48
    assert _attention.naive_additive_flops(2, 3) == 4 * (36 + 9)
