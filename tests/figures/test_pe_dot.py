import numpy as np
import pytest
from _position import dot_products

NAME = "pe-dot"


def test_dot_product_falls_with_the_distance():
    values = dot_products([0, 1, 5, 10, 50, 100, 1000], 512)
    assert values == pytest.approx([256, 249.1, 189.6, 173.8, 131.1, 112.0, 45.0], abs=0.05)


def test_dot_product_does_not_tell_before_from_after():
    k = np.arange(1, 2001)
    assert (dot_products(k, 512) == dot_products(-k, 512)).all()


def test_random_weights_leave_neither_peak_nor_symmetry(figure):
    script = figure(NAME)
    k = np.arange(-100, 101)
    for seed in range(5):
        mixed = script.through_random_weights(k, seed=seed)
        assert np.abs(mixed).max() < 50  # against 256, or 112 and more within 100 positions
        assert abs(np.corrcoef(mixed, dot_products(k, 512))[0, 1]) < 0.6
        assert np.abs(mixed - mixed[::-1]).max() > 5


def test_identity_in_place_of_random_weights_gives_the_dot_product(figure, monkeypatch):
    script = figure(NAME)

    class Identity:
        def normal(self, *mean_std_shape):
            return np.eye(*mean_std_shape[-1])

    monkeypatch.setattr(np.random, "default_rng", lambda _seed: Identity())
    k = np.arange(-5, 6)
    assert script.through_random_weights(k) == pytest.approx(dot_products(k, 512))


@pytest.mark.parametrize("show", ["near", "far"])
def test_it_draws(drawn, theme, labels, show):
    assert "<svg" in drawn(NAME, theme, labels=labels, show=show)


def test_an_unknown_show_is_refused(drawn):
    with pytest.raises(ValueError, match="'near' or 'far'"):
        drawn(NAME, "light", show="middle")
