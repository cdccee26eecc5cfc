import numpy as np
import pytest

NAME = "dropout"


@pytest.mark.parametrize(("p", "std"), [(0.1, 0.32), (0.5, 0.94)])
def test_training_scatters_around_the_test_value(figure, p, std):
    script = figure(NAME)
    seen = script.trained(p)
    assert seen.mean() == pytest.approx(script.at_test(p), rel=0.01)
    assert seen.std() == pytest.approx(std, abs=0.01)
    x, w = script.unit()
    assert seen.std() == pytest.approx(np.linalg.norm(w * x) * np.sqrt(p / (1 - p)), rel=0.02)


@pytest.mark.parametrize("p", [0.1, 0.5])
def test_without_a_scale_the_mean_is_too_small_by_the_share_kept(figure, p):
    script = figure(NAME)
    seen = script.trained(p, "original")
    assert seen.mean() == pytest.approx((1 - p) * script.at_test(0), rel=0.01)
    assert seen.mean() == pytest.approx(script.at_test(p, "original"), rel=0.01)


def test_the_two_conventions_differ_by_a_factor_and_in_nothing_else(figure):
    script = figure(NAME)
    for p in script.RATES:
        ratio = script.trained(p, "original").std() / script.trained(p).std()
        assert ratio == pytest.approx(1 - p, rel=0.02)


def test_relu_of_the_mean_is_not_the_mean_of_relu(figure):
    script = figure(NAME)
    assert script.mean_relu(0.063, 0.5)[0] == pytest.approx(0.413, abs=0.01)
    y = np.array([-4, 4])
    assert script.mean_relu(y, 0.5) == pytest.approx(np.maximum(y, 0), abs=0.02)


@pytest.mark.parametrize("show", ["train", "relu"])
def test_it_draws(drawn, theme, labels, show):
    assert "<svg" in drawn(NAME, theme, labels=labels, show=show)


def test_an_unknown_show_is_refused(drawn):
    with pytest.raises(ValueError, match="'train' or 'relu'"):
        drawn(NAME, "light", show="test")
