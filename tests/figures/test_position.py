import numpy as np
import pytest
from _position import dot_products, frequencies, log_law, shift_matrix, sinusoid, wavelengths


def test_sine_and_cosine_stand_interleaved():
    pe = sinusoid([0, 3], 8)
    assert pe.shape == (2, 8)
    assert pe[0] == pytest.approx([0, 1] * 4)
    for i in range(4):
        angle = 3 / 10_000 ** (2 * i / 8)
        assert pe[1, 2 * i : 2 * i + 2] == pytest.approx([np.sin(angle), np.cos(angle)])


def test_every_position_has_the_same_length():
    assert np.linalg.norm(sinusoid(np.arange(500), 512), axis=1) == pytest.approx(np.sqrt(256))


def test_wavelengths_are_geometric_and_end_short_of_ten_thousand_turns():
    lengths = wavelengths(512)
    assert lengths[0] == pytest.approx(6.28, abs=0.005)
    assert lengths[-1] == pytest.approx(60_611, abs=1)
    assert lengths[-1] < 20_000 * np.pi
    assert lengths[1:] / lengths[:-1] == pytest.approx(10_000 ** (2 / 512))


def test_one_matrix_shifts_every_position():
    positions = np.arange(2000)
    for k in (1, 7, 1000, -3):
        error = sinusoid(positions, 512) @ shift_matrix(k, 512).T - sinusoid(positions + k, 512)
        assert np.abs(error).max() < 1e-10


def test_shift_matrices_are_rotations_that_add_up():
    two, three, five = (shift_matrix(k, 64) for k in (2, 3, 5))
    assert two @ two.T == pytest.approx(np.eye(64))
    assert two @ three == pytest.approx(five)
    assert np.linalg.det(two) == pytest.approx(1)


def test_dot_product_has_the_same_value_at_every_position():
    pe = sinusoid(np.arange(300), 512)
    for k in (0, 1, 50):
        products = (pe[: 300 - k] * pe[k:]).sum(axis=1)
        assert products == pytest.approx(dot_products([k], 512)[0])


def test_log_law_is_within_three_from_ten_positions_to_a_hundred():
    k = np.arange(10, 150)
    assert np.abs(log_law(k, 512) - dot_products(k, 512)).max() < 3


def test_an_odd_width_is_refused():
    with pytest.raises(ValueError, match="even"):
        frequencies(7)
