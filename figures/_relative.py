"""Relative positions in numbers that cards quote: T5's distance buckets, RoPE's bound, NTK-aware scaling's overreach.

    Raffel et al. 2020  Exploring the Limits of Transfer Learning with a Unified Text-to-Text Transformer (T5),
                        arXiv 1910.10683, section 2.1; the formula is Mesh TensorFlow's,
                        transformer_layers.py, _relative_position_bucket
    Su et al. 2021      RoFormer, arXiv 2104.09864, section 3.4.3
    Peng et al. 2023    YaRN, arXiv 2309.00071 (version 2), section 3.1

L is the context seen in training, s how many times longer the new one is, d the width of a head.
"""

from __future__ import annotations

import numpy as np
from _rotary import decay_bound, frequencies, ntk_aware_base, wavelengths
from numpy.typing import ArrayLike, NDArray

__all__ = ["ntk_overreach", "rope_bound", "t5_bucket_starts"]

Array = NDArray[np.floating]


def t5_bucket_starts(buckets: int = 32, farthest: int = 128, *, both_ways: bool) -> NDArray[np.intp]:
    """The first distance of each bucket of one direction -> (buckets / 2,) if ``both_ways``, else (buckets,).

    Half of a direction's buckets hold one distance each; a distance n from there on, h, goes to bucket
    h + floor(h ln(n / h) / ln(farthest / h)), and whatever lies past the last bucket's beginning to that one.
    """
    count = buckets // 2 if both_ways else buckets
    half = count // 2
    n = np.arange(farthest + 1)
    far = half + np.log(np.maximum(n, 1) / half) / np.log(farthest / half) * (count - half)
    bucket = np.where(n < half, n, np.minimum(np.floor(far), count - 1))
    return np.unique(bucket, return_index=True)[1]


def rope_bound(distances: ArrayLike, d: int = 128) -> Array:
    """The bound of Su et al. on a score (``decay_bound``) as a share of its value at distance 0; (n,) -> (n,)."""
    theta = frequencies(d)
    return decay_bound(distances, theta) / decay_bound([0], theta)


def ntk_overreach(s: float, context: int, d: int = 128) -> Array:
    """Of each pair that makes no full turn within L: its angle at s L after NTK-aware scaling, over that at L before.

    -> (pairs,), from the fastest of them to the slowest, which alone ends at 1: above it an angle is out of bound.
    """
    theta = frequencies(d)
    slow = wavelengths(theta) > context
    return (s * frequencies(d, ntk_aware_base(d, s)) / theta)[slow]
