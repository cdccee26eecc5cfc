"""Attention in numpy, as the pictures compute it: small, checked, and meant to be read.

Names follow the papers. n is the number of queries, m of keys, d the width of a query and of a key
(d_k in the paper), d_v the width of a value; a leading "..." stands for any batch or head axes.
A mask is Boolean and True where a query *may* look at a key.

    Vaswani et al. 2017   Attention Is All You Need, arXiv 1706.03762
    Bahdanau et al. 2014  Neural Machine Translation by Jointly Learning to Align and Translate,
                          arXiv 1409.0473
"""

from __future__ import annotations

from math import sqrt

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating]
Mask = NDArray[np.bool_]


# softmax -----------------------------------------------------------------------------------------


def softmax(scores: Array) -> Array:
    """Softmax over the last axis: exp(s_i) / sum_j exp(s_j).

    scores (..., m) -> weights (..., m), each row positive and summing to 1. The largest score is
    taken off first: the result is the same, because a shared factor exp(-c) cancels, and exp can no
    longer overflow. A row of -inf alone has no softmax and comes out as NaN.
    """
    shifted = scores - scores.max(axis=-1, keepdims=True)
    exponentials = np.exp(shifted)
    return exponentials / exponentials.sum(axis=-1, keepdims=True)


def softmax_jacobian(p: Array) -> Array:
    """d p_i / d s_j = p_i (delta_ij - p_j), that is J = diag(p) - p p^T, for p = softmax(s).

    p (..., m) -> J (..., m, m). J is symmetric and positive semi-definite, and its rows sum to 0,
    since adding a constant to every score changes nothing.
    """
    return p[..., :, None] * (np.eye(p.shape[-1]) - p[..., None, :])


def softmax_backward(p: Array, grad: Array) -> Array:
    """dL/ds = p * (g - <p, g>) for g = dL/dp: the product J g without building J.

    p, grad (..., m) -> (..., m).
    """
    return p * (grad - (p * grad).sum(axis=-1, keepdims=True))


def jacobian_trace(p: Array) -> Array:
    """tr J = sum_i p_i (1 - p_i) = 1 - sum_i p_i^2; 0 for one-hot p, 1 - 1/m for uniform p.

    p (..., m) -> (...). J is positive semi-definite, so a trace of 0 means that all of J is 0.
    """
    return 1 - (p**2).sum(axis=-1)


def entropy(p: Array) -> Array:
    """-sum_i p_i ln p_i in nats, from 0 (one-hot) to ln m (uniform). p (..., m) -> (...)."""
    logs = np.log(p, out=np.zeros_like(p), where=p > 0)
    return -(p * logs).sum(axis=-1)


# attention ---------------------------------------------------------------------------------------


def dot_product_scores(q: Array, k: Array) -> Array:
    """s_ij = q_i . k_j / sqrt(d) (Vaswani et al. 2017, eq. 1).

    q (..., n, d), k (..., m, d) -> (..., n, m).
    """
    return q @ np.swapaxes(k, -1, -2) / sqrt(q.shape[-1])


def additive_scores(q: Array, k: Array, w_q: Array, w_k: Array, v: Array) -> Array:
    """s_ij = v . tanh(W_q q_i + W_k k_j) (Bahdanau et al. 2014, appendix A.1.2).

    q (n, d), k (m, d), w_q and w_k (d, hidden), v (hidden,) -> (n, m). One layer on [q; k] is the
    sum of a layer on q and a layer on k, so that each of the n + m vectors is projected once, not
    once a pair. What remains for a pair is an addition, a tanh and a product with v, all of width
    ``hidden``, and an intermediate of n * m * hidden numbers.
    """
    hidden = np.tanh((q @ w_q)[:, None, :] + (k @ w_k)[None, :, :])
    return hidden @ v


def scaled_dot_product_attention(q: Array, k: Array, v: Array, mask: Mask | None = None) -> tuple[Array, Array]:
    """softmax(Q K^T / sqrt(d)) V (Vaswani et al. 2017, eq. 1).

    q (..., n, d), k (..., m, d), v (..., m, d_v), mask broadcastable to (..., n, m)
    -> output (..., n, d_v), weights (..., n, m). A masked score becomes -inf *before* the softmax,
    so its weight is exactly 0 and the others still sum to 1.
    """
    scores = dot_product_scores(q, k)
    if mask is not None:
        scores = np.where(mask, scores, -np.inf)
    weights = softmax(scores)
    return weights @ v, weights


# masks -------------------------------------------------------------------------------------------


def padding_mask(lengths: list[int] | NDArray[np.integer], m: int) -> Mask:
    """Key j of a sequence may be looked at when j < its length.

    lengths (batch,) -> (batch, 1, m): one row of keys, the same for every query of the sequence.
    The queries at padding get rows too; they are junk and are left out of the loss.
    """
    return np.arange(m) < np.asarray(lengths)[:, None, None]


def causal_mask(n: int) -> Mask:
    """Query i looks at keys 0..i, itself included. -> (n, n), row i has i + 1 True."""
    return np.tri(n, dtype=bool)


def prefix_mask(n: int, prefix: int) -> Mask:
    """Prefix LM: the first ``prefix`` keys are open to all, the others are causal. -> (n, n)."""
    return causal_mask(n) | (np.arange(n) < prefix)


def window_mask(n: int, window: int) -> Mask:
    """Causal sliding window: query i looks at keys i - window + 1 .. i. -> (n, n)."""
    return causal_mask(n) & ~np.tri(n, k=-window, dtype=bool)


# counting ----------------------------------------------------------------------------------------
# n queries and n keys of width d. A multiply-add is 2 FLOPs, any other operation 1, a tanh too.


def projection_flops(n: int, d: int) -> int:
    """Both sides through a d x d matrix, n vectors each: 2 * 2 n d^2, whatever the score."""
    return 4 * n * d**2


def dot_product_flops(n: int, d: int) -> int:
    """Projections, then one product Q K^T: 4 n d^2 + 2 n^2 d."""
    return projection_flops(n, d) + 2 * n**2 * d


def additive_flops(n: int, d: int) -> int:
    """Projections, then n^2 d times add, tanh, multiply-add with v: 4 n d^2 + 4 n^2 d."""
    return projection_flops(n, d) + 4 * n**2 * d


def naive_additive_flops(n: int, d: int) -> int:
    """The same scores with the layer on [q; k] run anew for each pair: n^2 (4 d^2 + 3 d).

    A (d x 2d) product costs 4 d^2 and contains the addition; tanh and v take 3 d more.
    """
    return n**2 * (4 * d**2 + 3 * d)


def dot_product_bytes(n: int, itemsize: int = 4) -> int:
    """Memory of the largest array that dot-product scores need: the (n, n) scores themselves."""
    return n**2 * itemsize


def additive_bytes(n: int, d: int, itemsize: int = 4) -> int:
    """Memory of the largest array of additive scores, unless fused: (n, n, d) before v."""
    return n**2 * d * itemsize
