"""Pre-LN and Post-LN stacks at initialisation, layer by layer, as functions that a card can quote.

The numbers are those of the network that figures/pre-post.py draws, from its own fixed seeds; its script is loaded
when a number is asked for, since its name has a hyphen. Random weights, synthetic inputs, nothing is trained.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from _simulated import script
from numpy.typing import NDArray

__all__ = ["averaged", "ffn_gradients", "last_gradients", "stream_rms"]

Array = NDArray[np.floating]


def stream_rms(kind: str, layer: int, depth: int = 24) -> float:
    """RMS of the residual stream after layer 1 ... depth, mean of ten draws; ``kind`` is "Pre-LN" or "Post-LN"."""
    return float(script("pre-post").stream(kind, depth)[layer - 1])


def ffn_gradients(kind: str, depth: int) -> Array:
    """Norm of the gradient of each layer's second FFN matrix, mean of ten draws; first layer first -> (depth,)."""
    return script("pre-post").gradients(kind, depth).mean(axis=0)


def last_gradients(kind: str) -> Array:
    """That norm in the last layer, of stacks 6, 12 and 24 layers deep -> (3,). Xiong et al. 2020, Theorem 1."""
    return np.array([ffn_gradients(kind, depth)[-1] for depth in script("pre-post").DEPTHS])


def averaged(draw: Callable[..., tuple[Array, Array]], *arguments: int, seeds: int = 10) -> tuple[Array, Array, Array]:
    """Means over seeds 0, 1, ... of the two arrays that ``draw(*arguments, rng)`` gives, and of second / first."""
    first, second = np.array([draw(*arguments, np.random.default_rng(seed)) for seed in range(seeds)]).swapaxes(0, 1)
    return first.mean(axis=0), second.mean(axis=0), (second / first).mean(axis=0)
