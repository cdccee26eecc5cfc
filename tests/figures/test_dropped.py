import _dropped
import _facts as facts
import numpy as np
import pytest


def test_the_terms_are_those_of_the_unit_that_the_figure_draws(figure):
    terms = _dropped.drawn_unit_terms()
    assert terms.sum() == pytest.approx(figure("dropout").at_test(0))
    assert (terms**2).sum() == pytest.approx(0.893, abs=5e-4)
    assert facts.dropout_noise(terms, 0.5) == pytest.approx(figure("dropout").trained(0.5).std(), rel=0.02)


@pytest.mark.parametrize("p", [0.1, 0.5])
def test_its_relu_is_nearly_that_of_a_normal_unit_with_the_same_noise(p):
    noise = facts.dropout_noise(_dropped.drawn_unit_terms(), p)
    assert _dropped.drawn_unit_relu(0.063, p) == pytest.approx(facts.rectified_normal_mean(0.063, noise), abs=0.01)
    assert facts.rectified_normal_mean(0, noise) == pytest.approx(noise / np.sqrt(2 * np.pi))
