"""Activations of the feed-forward network: ReLU, GELU and its approximations, Swish (SiLU), the GLU gate.

Everything acts element by element on arrays of any shape; derivatives are exact, not differences.

    Hendrycks & Gimpel 2016     Gaussian Error Linear Units, arXiv 1606.08415
    Ramachandran et al. 2017    Searching for Activation Functions (Swish), arXiv 1710.05941
    Elfwing et al. 2017         SiLU, arXiv 1702.03118
    Shazeer 2020                GLU Variants Improve Transformer, arXiv 2002.05202
"""

from __future__ import annotations

from collections.abc import Callable
from math import ceil, erf, pi, sqrt

import numpy as np

__all__ = ["activation_error", "activation_minimum", "gelu", "gelu_slope", "gelu_tanh", "largest_slope", "relu",
           "relu_slope", "swiglu_gate", "swiglu_width", "swish", "swish_slope"]  # fmt: skip

Array = np.ndarray
GRID = np.linspace(-8, 8, 160_001)  # where extremes are looked for: 1e-4 apart, then 1e-7


def relu(x: Array) -> Array:
    """max(0, x)."""
    return np.maximum(x, 0)


def relu_slope(x: Array) -> Array:
    """1 above zero, 0 below; at 0, where there is none, 0 by convention."""
    return (np.asarray(x) > 0).astype(float)


def gelu(x: Array) -> Array:
    """x Phi(x), Phi the standard normal distribution function (1606.08415, §2)."""
    return x * (1 + np.vectorize(erf)(x / sqrt(2))) / 2


def gelu_slope(x: Array) -> Array:
    """Phi(x) + x phi(x), phi the standard normal density."""
    return (1 + np.vectorize(erf)(x / sqrt(2))) / 2 + x * np.exp(-(x**2) / 2) / sqrt(2 * pi)


def gelu_tanh(x: Array) -> Array:
    """The tanh approximation of GELU (1606.08415, §2)."""
    return 0.5 * x * (1 + np.tanh(sqrt(2 / pi) * (x + 0.044715 * x**3)))


def swish(x: Array, beta: float = 1) -> Array:
    """x sigmoid(beta x): SiLU at beta = 1, the other approximation of GELU at 1.702."""
    return x / (1 + np.exp(-beta * x))


def swish_slope(x: Array, beta: float = 1) -> Array:
    """s + beta x s (1 - s), s = sigmoid(beta x)."""
    s = 1 / (1 + np.exp(-beta * np.asarray(x)))
    return s + beta * x * s * (1 - s)


def _highest(f: Callable[[Array], Array]) -> tuple[float, float]:
    """The x at which f is highest, and f there."""
    middle = GRID[f(GRID).argmax()]
    near = np.linspace(middle - 1e-4, middle + 1e-4, 2001)
    values = f(near)
    return float(near[values.argmax()]), float(values.max())


def activation_minimum(f: Callable[[Array], Array]) -> tuple[float, float]:
    """The x at which f is lowest, and f there."""
    x, depth = _highest(lambda x: -f(x))
    return x, -depth


def largest_slope(slope: Callable[[Array], Array]) -> tuple[float, float]:
    """The x at which a derivative is largest, and the derivative there."""
    return _highest(slope)


def activation_error(f: Callable[[Array], Array]) -> tuple[float, float]:
    """The |x| at which f is farthest from GELU, and by how much (in absolute value)."""
    x, off = _highest(lambda x: np.abs(f(x) - gelu(x)))
    return abs(x), off


def swiglu_gate(a: Array, b: Array) -> Array:
    """One hidden unit of SwiGLU: Swish(a) b, with a = (xW)_j and b = (xV)_j (Shazeer 2020, Eq. 5)."""
    return swish(a) * b


def swiglu_width(d: int, multiple: int, scale: float = 1) -> int:
    """Hidden width as LLaMA's code has it: two thirds of 4d, times ``scale``, up to a multiple.

    ``multiple_of`` and ``ffn_dim_multiplier`` of params.json (meta-llama/llama, llama/model.py).
    """
    width = int(scale * int(2 * 4 * d / 3))
    return multiple * ceil(width / multiple)
