"""Sinusoidal positions in numpy: the encoding, its wavelengths, and what a shift does to it.

    Vaswani et al. 2017   Attention Is All You Need, arXiv 1706.03762, section 3.5

d is the model width (even); pair i = 0 ... d/2 - 1 owns the features 2i (sine) and 2i + 1 (cosine),
as the paper writes it. Some code puts all sines first and then all cosines: the same numbers in
another order.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.floating]

BASE = 10_000.0


def frequencies(d: int) -> Array:
    """omega_i = 10000^(-2i/d) in radians a position -> (d/2,), from 1 down to almost 1/10000."""
    if d % 2:
        raise ValueError(f"d must be even, since sine and cosine come in pairs; it is {d}")
    return BASE ** (-np.arange(0, d, 2) / d)


def wavelengths(d: int) -> Array:
    """2 pi / omega_i in positions -> (d/2,): a geometric series from 2 pi.

    The last is 2 pi * 10000^(1 - 2/d), a little short of 10000 * 2 pi: i stops at d/2 - 1.
    """
    return 2 * np.pi / frequencies(d)


def sinusoid(positions: ArrayLike, d: int) -> Array:
    """PE(pos, 2i) = sin(pos * omega_i), PE(pos, 2i+1) = cos(pos * omega_i); (n,) -> (n, d)."""
    angles = np.asarray(positions, dtype=float)[:, None] * frequencies(d)
    return np.stack([np.sin(angles), np.cos(angles)], axis=-1).reshape(len(angles), d)


def shift_matrix(k: float, d: int) -> Array:
    """M_k with PE(pos + k) = M_k PE(pos) at *every* pos -> (d, d).

    Block-diagonal: pair i is turned by the angle k * omega_i, since sin(a + b) and cos(a + b) are
    sums of sin a and cos a. M_k is orthogonal, M_j M_k = M_(j+k), and pos does not occur in it.
    """
    angles = k * frequencies(d)
    m = np.zeros((d, d))
    sine, cosine = np.arange(0, d, 2), np.arange(1, d, 2)
    m[sine, sine] = m[cosine, cosine] = np.cos(angles)
    m[sine, cosine] = np.sin(angles)
    m[cosine, sine] = -np.sin(angles)
    return m


def dot_products(offsets: ArrayLike, d: int) -> Array:
    """PE(pos) . PE(pos + k) = sum_i cos(k * omega_i), whatever pos is; (n,) -> (n,).

    Because sin a sin b + cos a cos b = cos(a - b). The cosine is even: k and -k cannot be told
    apart. At k = 0 it is d/2, the squared length of every PE.
    """
    return np.cos(np.asarray(offsets, dtype=float)[:, None] * frequencies(d)).sum(axis=-1)


def log_law(offsets: ArrayLike, d: int) -> Array:
    """About what ``dot_products`` is for 1 << |k| << 10000: d/2 (1 - (ln|k| + gamma) / ln 10000).

    (n,) -> (n,). The sum over i is nearly an integral over ln omega, d/2 / ln B times the integral
    of cos(u)/u from k/B to k. That is Ci(k) - Ci(k/B); the first is about 0, and Ci(x) is about
    gamma + ln x for small x, with Euler's gamma = 0.5772.
    """
    k = np.abs(np.asarray(offsets, dtype=float))
    return d / 2 * (1 - (np.log(k) + np.euler_gamma) / np.log(BASE))
