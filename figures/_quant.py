"""Rounding to a few bits: absmax quantisation by tensor, token, channel or group, and what helps outliers.

Activations X are [tokens, channels], weights W [channels, outputs], Y = X W. An axis names what is
reduced to one scale: None the whole tensor, 1 each token (row of X), 0 each channel (column of X),
or each output (column of W).

    Dettmers et al. 2022  LLM.int8(), arXiv 2208.07339
    Xiao et al. 2022      SmoothQuant, arXiv 2211.10438
    Frantar et al. 2022   GPTQ, arXiv 2210.17323
    Lin et al. 2023       AWQ, arXiv 2306.00978
"""

from __future__ import annotations

from functools import cache
from math import sqrt

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating]

OUTLIER_FACTOR, _CHANNEL, _SIZE = 60.0, 7, 512  # one channel is 60 times as large; X and W are 512 x 512


def top_integer(bits: int) -> int:
    """The largest integer of a symmetric grid: 127 for 8 bits, 7 for 4."""
    return 2 ** (bits - 1) - 1


def absmax_step(x: Array, axis: int | None = None, *, bits: int = 8) -> Array:
    """Distance of two grid points: max |x| / (2^(bits-1) - 1) (Dettmers et al. 2022, §2)."""
    return np.abs(x).max(axis=axis, keepdims=True) / top_integer(bits)


def quantised(x: Array, axis: int | None = None, *, bits: int = 8) -> Array:
    """x rounded to its grid and scaled back: what the integers stand for."""
    step = absmax_step(x, axis, bits=bits)
    return np.round(x / step) * step


def quantised_groups(w: Array, group: int, *, bits: int = 4) -> Array:
    """Each ``group`` neighbours of a row of w share a scale. w [rows, columns], group divides columns."""
    return quantised(w.reshape(-1, group), 1, bits=bits).reshape(w.shape)


def relative_error(exact: Array, approximate: Array) -> float:
    """|exact - approximate| / |exact|, Frobenius norms."""
    return float(np.linalg.norm(exact - approximate) / np.linalg.norm(exact))


def uniform_rounding_error(largest: float, *, bits: int = 8) -> float:
    """RMS rounding error of a grid up to ``largest``: step / sqrt(12), the error being uniform."""
    return largest / top_integer(bits) / sqrt(12)


def levels_left(ratio: float, *, bits: int = 8) -> float:
    """Levels of a channel whose largest value is 1 / ratio of the tensor's: 2^bits / ratio (SmoothQuant §3)."""
    return 2**bits / ratio


def bits_per_weight(group: int, *, bits: int = 4, scale_bits: int = 16) -> float:
    """Stored bits of a weight with its share of the group's scale; no zero point."""
    return bits + scale_bits / group


def weight_gigabytes(parameters: float, bits: float) -> float:
    """parameters * bits / 8 in GB of 10^9 bytes."""
    return parameters * bits / 8 / 1e9


# an outlier channel ------------------------------------------------------------------------------


@cache
def outlier_activations(outlier: float = OUTLIER_FACTOR, *, size: int = _SIZE, seed: int = 0) -> Array:
    """N(0, 1) activations [size, size] of which one channel is multiplied with ``outlier``."""
    x = np.random.default_rng(seed).standard_normal((size, size))
    x[:, _CHANNEL] *= outlier
    return x


@cache
def random_weights(*, size: int = _SIZE, seed: int = 1) -> Array:
    """N(0, 1 / size) weights [size, size]."""
    return np.random.default_rng(seed).standard_normal((size, size)) / sqrt(size)


def ordinary_channels(x: Array) -> Array:
    """All channels but the outlier."""
    return np.delete(x, _CHANNEL, axis=1)


QUANT_AXES = {"tensor": None, "token": 1, "channel": 0}


def int8_error(scale: str, *, outlier: float = OUTLIER_FACTOR, rest: bool = False) -> float:
    """Relative int8 error of X, ``rest``: of its ordinary channels. ``scale`` is a key of QUANT_AXES."""
    x = outlier_activations(outlier)
    rounded = quantised(x, QUANT_AXES[scale])
    return relative_error(ordinary_channels(x), ordinary_channels(rounded)) if rest else relative_error(x, rounded)


def outlier_step_ratio(outlier: float = OUTLIER_FACTOR) -> float:
    """How many times wider the outlier makes the step of one scale for the tensor."""
    with_it, without = (absmax_step(outlier_activations(factor)).item() for factor in (outlier, 1.0))
    return with_it / without


def zeroed_share(scale: str = "tensor", *, outlier: float = OUTLIER_FACTOR) -> float:
    """Share of the ordinary channels' values that int8 rounds to 0."""
    return float((ordinary_channels(quantised(outlier_activations(outlier), QUANT_AXES[scale])) == 0).mean())


def smoothing_factors(x: Array, w: Array, alpha: float = 0.5) -> Array:
    """s_j = max |X_j|^alpha / max |W_j|^(1 - alpha) for each input channel j (SmoothQuant, Eq. 4); [channels]."""
    return np.abs(x).max(axis=0) ** alpha / np.abs(w).max(axis=1) ** (1 - alpha)


def smoothed_pair(x: Array, w: Array, alpha: float = 0.5) -> tuple[Array, Array]:
    """X diag(s)^-1 and diag(s) W, whose product is X W (SmoothQuant, Eq. 3)."""
    s = smoothing_factors(x, w, alpha)
    return x / s, w * s[:, None]


def decomposed_product(x: Array, w: Array, threshold: float) -> Array:
    """X W with the channels that exceed ``threshold`` in full precision, the rest in int8 (LLM.int8, Eq. 8)."""
    large = np.abs(x).max(axis=0) > threshold
    return x[:, large] @ w[large] + quantised(x[:, ~large], 1) @ quantised(w[~large], 0)


def product_error(remedy: str, *, outlier: float = OUTLIER_FACTOR) -> float:
    """Error of int8 Y = X W over the part of Y that the ordinary channels make; weights one scale an output.

    ``remedy``: "tensor" or "token" (one scale of X for each), "smooth" (one a token, after smoothing
    with alpha = 0.5) or "decomposed" (the channels above 6.0 in full precision). Over all of Y the
    outlier, of which most of Y then consists, would hide what happens to the rest.
    """
    x, w = outlier_activations(outlier), random_weights()
    if remedy == "decomposed":
        approximate = decomposed_product(x, w, 6.0)
    else:
        a, b = smoothed_pair(x, w) if remedy == "smooth" else (x, w)
        approximate = quantised(a, None if remedy == "tensor" else 1) @ quantised(b, 0)
    rest = ordinary_channels(x) @ np.delete(w, _CHANNEL, axis=0)
    return float(np.linalg.norm(x @ w - approximate) / np.linalg.norm(rest))


@cache
def group_error(group: int, *, bits: int = 4, size: int = _SIZE, seed: int = 0) -> float:
    """Relative error of N(0, 1) weights [size, size] in groups of ``group``."""
    w = np.random.default_rng(seed).standard_normal((size, size))
    return relative_error(w, quantised_groups(w, group, bits=bits))


def group_outlier_error(group: int, *, outlier: float = 20.0, bits: int = 4, size: int = _SIZE) -> float:
    """The same with one weight in every row ``outlier`` times as large; error of the others."""
    w = np.random.default_rng(0).standard_normal((size, size))
    w[:, _CHANNEL] *= outlier
    return relative_error(ordinary_channels(w), ordinary_channels(quantised_groups(w, group, bits=bits)))


# published ---------------------------------------------------------------------------------------

# SmoothQuant, Table 1, OPT-175B: mean accuracy of WinoGrande, HellaSwag, PIQA and LAMBADA, in per cent.
OPT_175B = {"FP16": 71.6, "tensor": 32.3, "token": 31.7, "channel": 71.4}
