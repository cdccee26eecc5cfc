"""Attention that does not look at all pairs: sliding windows, linear attention, the delta rule.

n tokens, d width of queries, keys and values of one head (C features of a key: here C = d), w the
window: a token sees itself and the w - 1 before it. Counting as in _cost: a multiply-add is 2 FLOPs.

    Beltagy et al. 2020        Longformer, arXiv 2004.05150
    Jiang et al. 2023          Mistral 7B, arXiv 2310.06825
    Katharopoulos et al. 2020  Transformers are RNNs, arXiv 2006.16236
    Schlag et al. 2021         Linear Transformers Are Secretly Fast Weight Programmers, arXiv 2102.11174
"""

from __future__ import annotations

import numpy as np
from _attention import causal_mask, softmax, window_mask

Array = np.ndarray
Rng = np.random.Generator


# sliding windows ---------------------------------------------------------------------------------


def receptive_field(layers: int, window: int) -> int:
    """Tokens that can reach the last one through ``layers`` causal windows: L (w - 1) + 1, itself included.

    Each layer adds the w - 1 tokens before; Mistral's paper (§2) rounds this to L w.
    """
    return layers * (window - 1) + 1


def reached(n: int, window: int, layers: int) -> Array:
    """Which tokens can have reached the last of n, after 0, 1, ... ``layers`` layers -> (layers + 1, n) bool."""
    holds = [np.arange(n) == n - 1]
    for _ in range(layers):
        holds.append(holds[-1] @ window_mask(n, window))
    return np.array(holds)


def window_pairs(n: int, window: int) -> int:
    """Scores of a causal window: row i has min(i, w) of them. n w - w (w - 1) / 2 for n >= w."""
    short = min(n, window)
    return n * short - short * (short - 1) // 2


def window_influence(layers: int, window: int, skip: float = 0.5) -> Array:
    """How much a token at each distance contributes after ``layers``, when all average -> (L (w - 1) + 1,).

    A linear toy: every layer keeps the share ``skip`` of its own stream and spreads the rest evenly over
    the window, so the contribution is ``skip`` times 1 at distance 0 plus (1 - skip) / w at 0 .. w - 1,
    convolved L times. Sums to 1. No content, no FFN, nothing trained.
    """
    reach = receptive_field(layers, window)
    kernel = np.zeros(reach)
    kernel[:window] = (1 - skip) / window
    kernel[0] += skip
    return np.clip(np.fft.irfft(np.fft.rfft(kernel, 2 * reach) ** layers, 2 * reach)[:reach], 0, None)


def far_share(layers: int, window: int, skip: float = 0.5) -> float:
    """Share of that contribution which comes from the farther half of the receptive field."""
    weights = window_influence(layers, window, skip)
    return float(weights[len(weights) // 2 :].sum())


def mean_distance(layers: int, window: int, skip: float = 0.5) -> float:
    """How far back that contribution comes from on average: L (1 - skip) (w - 1) / 2."""
    return layers * (1 - skip) * (window - 1) / 2


# linear attention --------------------------------------------------------------------------------


def elu_features(x: Array) -> Array:
    """phi(x) = elu(x) + 1: x + 1 above 0, e^x below, so always positive (Katharopoulos et al., Eq. 7)."""
    return np.where(x > 0, x + 1, np.exp(np.minimum(x, 0)))


def linear_attention_by_pairs(q: Array, k: Array, v: Array, *, causal: bool = True) -> Array:
    """phi(q_i) . phi(k_j) as weights, rows divided by their sums: the n x n way (Eq. 4); (n, d) -> (n, d_v)."""
    weights = elu_features(q) @ elu_features(k).T
    if causal:
        weights = weights * causal_mask(len(q))
    return weights / weights.sum(axis=-1, keepdims=True) @ v


def linear_attention_by_sums(q: Array, k: Array, v: Array) -> Array:
    """Without a mask: phi(Q) (phi(K)^T V), the d x d product first (Eq. 5 and 6); (n, d) -> (n, d_v)."""
    queries, keys = elu_features(q), elu_features(k)
    return queries @ (keys.T @ v) / (queries @ keys.sum(axis=0))[:, None]


def linear_attention_by_steps(q: Array, k: Array, v: Array) -> Array:
    """Causal, as an RNN: S += phi(k) v^T, z += phi(k); o = phi(q)^T S / phi(q)^T z (Eq. 18 to 20)."""
    state, normaliser = np.zeros((k.shape[1], v.shape[1])), np.zeros(k.shape[1])
    outputs = []
    for query, key, value in zip(elu_features(q), elu_features(k), v, strict=True):
        state = state + np.outer(key, value)
        normaliser = normaliser + key
        outputs.append(query @ state / (query @ normaliser))
    return np.array(outputs)


def linear_attention_flops(n: int, d: int, d_head: int) -> int:
    """Writing and reading the state of every head, d / d_head of them: 4 n d d_head.

    For each token and head an outer product and a product with the query, 2 d_head^2 FLOPs each. The
    features and the normaliser are left out, as the softmax is in ``_cost.layer_flops``.
    """
    return 4 * n * d * d_head


def state_numbers(d_head: int) -> int:
    """Numbers of the state of one head, d_head^2 (Katharopoulos et al., §3.4); without the normaliser's d_head."""
    return d_head**2


def state_in_tokens(d_head: int) -> float:
    """The length at which a cache of keys and values, 2 d_head numbers a token, is as large: d_head / 2."""
    return state_numbers(d_head) / (2 * d_head)


# recall ------------------------------------------------------------------------------------------


def write_sums(keys: Array, values: Array) -> Array:
    """S = sum_i v_i k_i^T, the state of linear attention without normaliser; (m, d), (m, d_v) -> (d_v, d)."""
    return values.T @ keys


def write_delta(keys: Array, values: Array, rate: float = 1) -> Array:
    """S += rate (v - S k) k^T: first the old answer to k is taken out (Schlag et al. 2021, §4.2) -> (d_v, d)."""
    state = np.zeros((values.shape[1], keys.shape[1]))
    for key, value in zip(keys, values, strict=True):
        state = state + rate * np.outer(value - state @ key, key)
    return state


def recalled(answers: Array, values: Array) -> float:
    """Share of the answers (m, d_v) that lie nearest, by scalar product, to the value they should be."""
    return float(((answers @ values.T).argmax(axis=1) == np.arange(len(values))).mean())


def unit_vectors(m: int, d: int, rng: Rng) -> Array:
    """Random directions (m, d), each of length 1."""
    x = rng.standard_normal((m, d))
    return x / np.linalg.norm(x, axis=1, keepdims=True)


def recall_rate(pairs: int, d: int, rng: Rng) -> float:
    """Random unit keys and values are stored in one d x d sum; how often does a key get its own value back?

    A toy of the state of linear attention: no features, no normaliser, nothing trained.
    """
    keys, values = unit_vectors(pairs, d, rng), unit_vectors(pairs, d, rng)
    return recalled(keys @ write_sums(keys, values).T, values)


def softmax_recall_rate(pairs: int, d: int, rng: Rng, *, sharpness: float = 30) -> float:
    """The same with all keys and values kept, and a softmax over ``sharpness`` times their products."""
    keys, values = unit_vectors(pairs, d, rng), unit_vectors(pairs, d, rng)
    return recalled(softmax(sharpness * keys @ keys.T) @ values, values)
