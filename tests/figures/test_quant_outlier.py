import _quant
import numpy as np
import pytest
from numpy.random import default_rng

NAME = "quant-outlier"
SHOWS = ["outlier", "remedy", "group"]
approx = pytest.approx


def test_absmax_uses_the_whole_grid_and_rounds_by_half_a_step_at_most():
    x = default_rng(0).standard_normal((20, 30))
    for axis in (None, 0, 1):
        step = _quant.absmax_step(x, axis)
        integers = _quant.quantised(x, axis) / step
        assert integers == approx(np.round(integers), abs=1e-9)
        assert np.abs(integers).max() == approx(127)
        assert (np.abs(_quant.quantised(x, axis) - x) <= step / 2 + 1e-12).all()


def test_an_axis_is_one_scale_a_token_or_a_channel():
    x = default_rng(0).standard_normal((20, 30))
    assert _quant.absmax_step(x, _quant.QUANT_AXES["token"]).shape == (20, 1)
    assert _quant.absmax_step(x, _quant.QUANT_AXES["channel"]).shape == (1, 30)


def test_without_an_outlier_one_scale_costs_about_one_per_cent():
    x = _quant.outlier_activations(1.0)
    assert _quant.int8_error("tensor", outlier=1) == approx(0.0108, abs=1e-4)
    assert _quant.uniform_rounding_error(np.abs(x).max()) == approx(_quant.int8_error("tensor", outlier=1), rel=0.01)


def test_one_channel_times_60_costs_18_per_cent_of_all_and_51_of_the_rest(figure):
    rows = figure(NAME).outlier_rows()
    assert rows["tensor"] == approx((1.07, 18.1, 50.9), abs=0.05)
    assert rows["token"] == approx((0.746, 4.81, 13.57), abs=0.01)
    assert rows["channel"] == approx((0.745, 0.862, 0.745), abs=0.01)


def test_most_ordinary_values_become_zero():
    assert _quant.zeroed_share() == approx(0.62, abs=0.005)
    assert _quant.zeroed_share(outlier=1) == approx(0.015, abs=0.001)


def test_the_error_of_the_rest_is_step_over_root_12():
    largest = np.abs(_quant.outlier_activations()).max()
    assert _quant.uniform_rounding_error(largest) == approx(_quant.int8_error("tensor", rest=True), rel=0.01)
    assert _quant.outlier_step_ratio() == approx(47.35, abs=0.01)
    assert _quant.levels_left(60) == approx(4.27, abs=0.01)
    assert 2 < _quant.levels_left(100) < 3


def test_smoothing_leaves_the_product_and_evens_the_maxima():
    x, w = _quant.outlier_activations(), _quant.random_weights()
    a, b = _quant.smoothed_pair(x, w)
    assert a @ b == approx(x @ w)
    assert np.abs(a).max(axis=0) == approx(np.abs(b).max(axis=1))
    assert np.abs(_quant.smoothed_pair(x, w, 1)[0]).max(axis=0) == approx(1)
    assert np.abs(_quant.smoothed_pair(x, w, 0)[1]).max(axis=1) == approx(1)


def test_decomposition_takes_out_the_one_channel_above_6():
    x, w = _quant.outlier_activations(), _quant.random_weights()
    assert (np.abs(x).max(axis=0) > 6).sum() == 1
    left = x @ w - _quant.decomposed_product(x, w, 6.0)
    rest = np.delete(x, 7, axis=1) @ np.delete(w, 7, axis=0)
    assert np.linalg.norm(left) / np.linalg.norm(rest) == approx(_quant.product_error("decomposed"))


def test_what_the_remedies_leave(figure):
    rows = figure(NAME).remedy_rows()
    assert rows == approx({"tensor": 50.5, "token": 13.6, "smooth": 2.57, "decomposed": 1.05}, rel=0.02)
    assert 100 * _quant.product_error("token", outlier=1) == approx(1.06, abs=0.01)


def test_smaller_groups_of_int4_weights():
    assert [_quant.group_error(g) for g in (512, 128, 32)] == approx([0.135, 0.118, 0.097], abs=5e-4)
    assert [_quant.group_outlier_error(g) for g in (512, 128, 32)] == approx([0.624, 0.327, 0.180], abs=5e-4)
    assert [_quant.bits_per_weight(g) for g in (512, 128, 32)] == [4.03125, 4.125, 4.5]


def test_a_group_of_all_is_one_scale_a_row():
    w = default_rng(0).standard_normal((4, 16))
    assert _quant.quantised_groups(w, 16) == approx(_quant.quantised(w, 1, bits=4))


def test_weights_of_seven_billion_parameters():
    assert [_quant.weight_gigabytes(7e9, bits) for bits in (16, 8, 4)] == [14, 7, 3.5]
    assert _quant.weight_gigabytes(7e9, _quant.bits_per_weight(128)) == approx(3.61, abs=0.005)


@pytest.mark.parametrize("show", SHOWS)
def test_it_draws(drawn, theme, labels, show):
    assert "<svg" in drawn(NAME, theme, labels=labels, show=show)


def test_an_unknown_show_is_refused(drawn):
    with pytest.raises(ValueError, match="outlier, remedy, group"):
        drawn(NAME, "light", show="all")
