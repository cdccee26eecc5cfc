"""Gradients by central finite differences, to hold hand-written ones against."""

import numpy as np
import pytest


def numeric(loss, x, step=1e-6):
    """d loss / d x; ``loss`` takes no argument and reads x, which is changed and put back."""
    gradient = np.zeros_like(x)
    for index in np.ndindex(x.shape):
        kept = x[index]
        x[index] = kept + step
        above = loss()
        x[index] = kept - step
        below = loss()
        x[index] = kept
        gradient[index] = (above - below) / (2 * step)
    return gradient


def check(function, arguments, rng):
    """Compare what the pull of ``function`` gives with finite differences, for every argument."""
    y, pull = function(*arguments)
    probe = rng.normal(size=y.shape)
    for given, argument in zip(pull(probe), arguments, strict=True):
        expected = numeric(lambda: (probe * function(*arguments)[0]).sum(), argument)
        assert given == pytest.approx(expected, abs=1e-6)
