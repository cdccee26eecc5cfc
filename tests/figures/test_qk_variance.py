import numpy as np
import pytest

NAME = "qk-variance"


@pytest.mark.parametrize("d", [4, 16, 64, 256, 1024])
def test_variance_of_the_dot_product_is_d_and_its_mean_zero(figure, d):
    x = figure(NAME).dot_products(d)
    assert x.var() / d == pytest.approx(1, abs=0.03)
    assert (x / np.sqrt(d)).var() == pytest.approx(1, abs=0.03)
    assert (x / np.sqrt(d)).mean() == pytest.approx(0, abs=0.015)


def test_small_d_is_heavier_in_the_tails_than_a_gaussian(figure):
    script = figure(NAME)
    # 3 + 6/d in the limit; the sample at d = 4 still moves in the first decimal
    assert script.kurtosis(script.dot_products(4)) == pytest.approx(4.5, abs=0.3)
    assert script.kurtosis(script.dot_products(1024)) == pytest.approx(3.0, abs=0.06)


def test_normal_density_integrates_to_one(figure):
    x = np.linspace(-80, 80, 20_001)
    assert np.trapezoid(figure(NAME).normal_density(x, 64), x) == pytest.approx(1)


def test_it_draws(drawn, theme, labels):
    assert "<svg" in drawn(NAME, theme, labels=labels)
