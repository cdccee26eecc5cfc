"""How softmax attention thins out as the context grows: entropies and weights, from formulas and from draws.

Nothing here is a trained model: the logits are independent normal numbers, or one that leads and the
others equal. Symbols: n keys, s logits, p = softmax(s), sigma the standard deviation of the logits,
g ("gap") how far the leading logit is ahead of the others, all in nats.

    Velickovic et al. 2025    Softmax is not Enough (for Sharp Size Generalisation), arXiv 2410.01104
    Nakanishi 2025            Scalable-Softmax Is Superior for Attention, arXiv 2501.19399
    Chiang and Cholak 2022    Overcoming a Theoretical Limitation of Self-Attention, arXiv 2202.12172
"""

from __future__ import annotations

from math import exp, log

import numpy as np
from _attention import entropy, softmax

Array = np.ndarray
Rng = np.random.Generator


def gaussian_entropies(n: int, rows: int, rng: Rng, *, sigma: float = 1) -> Array:
    """Entropies in nats of softmax over n independent N(0, sigma^2) logits; one a row -> (rows,)."""
    return entropy(softmax(sigma * rng.standard_normal((rows, n))))


def entropy_limit(n: int, sigma: float = 1) -> float:
    """ln n - sigma^2 / 2, what that entropy tends to for large n.

    H = ln sum exp(s) - sum p s. By the law of large numbers the first is ln n + sigma^2 / 2 (the mean of
    exp(s) is exp(sigma^2 / 2)), and the second, the mean of s weighted by exp(s), is sigma^2.
    """
    return log(n) - sigma**2 / 2


def effective_keys(n: int, sigma: float = 1) -> float:
    """exp(H): as many keys with equal weights would have the same entropy. n exp(-sigma^2 / 2) for large n."""
    return n * exp(-(sigma**2) / 2)


def leading_weight(n: int, gap: float) -> float:
    """Weight of a key whose logit is ``gap`` above those of the n - 1 others: e^g / (e^g + n - 1)."""
    return 1 / (1 + (n - 1) * exp(-gap))


def leading_weight_among(n: int, gap: float, sigma: float = 1) -> float:
    """The same where the others are N(0, sigma^2) and ``gap`` is counted from their mean, for large n.

    The others together weigh (n - 1) exp(sigma^2 / 2): as if the lead were sigma^2 / 2 smaller.
    """
    return leading_weight(n, gap - sigma**2 / 2)


def gap_for(n: int, weight: float) -> float:
    """The lead that gives a key ``weight`` among n: ln(n - 1) + ln(w / (1 - w)), so ln(n - 1) for one half."""
    return log(n - 1) + log(weight / (1 - weight))


def largest_weight(n: int, spread: float) -> float:
    """Upper bound of any weight when all logits lie within ``spread`` of each other.

    The bound is reached by ``leading_weight``: it falls as 1 / n (Velickovic et al. 2025, Lemma 2.1).
    """
    return leading_weight(n, spread)


def scaled_gap(n: int, gap: float, trained: int) -> float:
    """The lead after all logits are multiplied by ln n / ln ``trained``: unchanged at that length.

    Chiang and Cholak 2022 multiply the logits by ln n, Nakanishi 2025 by s ln n with a learned s.
    """
    return gap * log(n) / log(trained)
