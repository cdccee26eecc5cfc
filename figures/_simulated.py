"""What figure scripts simulate, from their own fixed seeds, as functions that a card can quote.

The scripts' names have hyphens, so that nothing can import them by name; here they are loaded when a number
is asked for, and the number is the one that the picture shows. Everything is synthetic and before training.
"""

from __future__ import annotations

import runpy
from functools import cache
from pathlib import Path
from types import SimpleNamespace

import numpy as np
from _attention import additive_scores, softmax

__all__ = [
    "additive_score_std",
    "additive_slowdown",
    "additive_spread",
    "aligned_key_weight",
    "heads_demo_weight",
    "jacobian_norms",
    "leading_jacobian",
    "mean_self_weight",
    "median_jacobian",
    "random_rows",
    "row_entropy",
    "saturated_share",
    "token_distance",
]


@cache
def script(name: str) -> SimpleNamespace:
    """The names that figures/NAME.py defines."""
    return SimpleNamespace(**runpy.run_path(str(Path(__file__).with_name(f"{name}.py"))))


# shared-qk.py ------------------------------------------------------------------------------------


def mean_self_weight(n: int, d_k: int, *, shared: bool) -> float:
    """Mean weight that one of n random, layer-normed tokens gives itself, W_Q = W_K or separate; 30 draws."""
    return script("shared-qk").self_weight(shared, d_k, n)


# dot-vs-additive.py ------------------------------------------------------------------------------


def additive_slowdown(n: int) -> float:
    """Measured time of additive over dot-product scores for n queries and keys, d = 64 (the recorded run)."""
    record = script("dot-vs-additive").timing()
    place = record["n"].index(n)
    return record["additive_ms"][place] / record["dot_product_ms"][place]


def additive_score_std(tokens: int, d: int, rng: np.random.Generator) -> float:
    """Spread of v^T tanh(W1 q + W2 k) over all pairs of N(0, 1) vectors, before training.

    W1 and W2 [d, d] and v [d] are N(0, 1/d), so tanh sees N(0, 2) and the spread is about
    sqrt(E tanh^2), whatever d is (form: Bahdanau et al. 2014, A.1.2).
    """
    queries, keys = rng.standard_normal((2, tokens, d))
    w1, w2, v = (rng.standard_normal(shape) / np.sqrt(d) for shape in ((d, d), (d, d), d))
    return float(additive_scores(queries, keys, w1, w2, v).std())


def additive_spread(d: int, *, tokens: int = 25, draws: int = 16) -> float:
    """Standard deviation of v^T tanh(W1 q + W2 k) over all pairs of N(0, 1) tokens, mean of draws with seed 0.

    W1, W2 [d, d] and v [d] are N(0, 1/d), before training; its limit is sqrt(E tanh^2) of N(0, 2), 0.72.
    """
    rng = np.random.default_rng(0)
    return float(np.mean([additive_score_std(tokens, d, rng) for _ in range(draws)]))


# saturation.py -----------------------------------------------------------------------------------


def random_rows(d_k: int, *, scaled: bool, keys: int = 64, seed: int = 0) -> np.ndarray:
    """Attention rows of 4000 random queries, scores q.k or q.k / sqrt(d_k) -> [4000, keys]."""
    scores = script("saturation").dot_products(d_k, keys=keys, seed=seed)
    return softmax(scores / np.sqrt(d_k) if scaled else scores)


def saturated_share(d_k: int, *, scaled: bool = False) -> float:
    """Share of these rows in which one of 64 keys has more than 0.99 of the weight."""
    return script("saturation").saturated_fraction(random_rows(d_k, scaled=scaled))


def row_entropy(d_k: int, *, scaled: bool = False) -> float:
    """Mean entropy of these rows over 64 keys, in nats; at most ln 64."""
    return script("saturation").mean_entropy(random_rows(d_k, scaled=scaled))


def jacobian_norms(p: np.ndarray) -> np.ndarray:
    """Frobenius norms of diag(p) - p p^T, without building it; rows p [m, n] -> [m]."""
    squares, cubes = (p**2).sum(axis=-1), (p**3).sum(axis=-1)
    return np.sqrt(np.maximum(squares - 2 * cubes + squares**2, 0))


def median_jacobian(keys: int, d_k: int, *, scaled: bool = False, draws: int = 3) -> float:
    """Median over the rows of ``draws`` such draws of |J|_F, with J = diag(p) - p p^T."""
    rows = [random_rows(d_k, scaled=scaled, keys=keys, seed=seed) for seed in range(draws)]
    return float(np.median([jacobian_norms(each) for each in rows]))


def leading_jacobian(a: float) -> float:
    """p3 (1 - p3) for p = softmax(a, a, 2a): the largest entry of its Jacobian.

    Written as p3 (p1 + p2), which the rows' sum of 0 allows: 1 - p3 itself rounds to 0 from a = 40 on.
    """
    p = softmax(np.array([a, a, 2 * a], dtype=float))
    return float(p[2] * (p[0] + p[1]))


# rho-alignment.py --------------------------------------------------------------------------------


def aligned_key_weight(d_k: int, *, root: bool) -> float:
    """Mean weight of the one of 64 keys that is correlated with the query (0.3 per component).

    Scores are divided by sqrt(d_k) (``root``) or by d_k; 4000 queries.
    """
    return script("rho-alignment").aligned_weight(d_k, "sqrt" if root else "linear")


# rank-collapse.py --------------------------------------------------------------------------------


def token_distance(kind: str, layer: int, quantile: float = 0.5) -> float:
    """Relative distance of 32 tokens from their mean after so many random layers, a quantile of 20 draws.

    ``kind`` is "attention" (alone), "skip" or "skip+LN"; layer 0 is the input, 8 the last.
    """
    return float(np.quantile(script("rank-collapse").experiment(kind)[:, layer], quantile))


# heads-demo.py -----------------------------------------------------------------------------------


def heads_demo_weight(head: str, offset: int | str) -> float:
    """Weight that a head set by hand gives the key ``offset`` positions from the query, at the query drawn.

    ``head`` is "previous" (made for offset -1), "one" (the best single row for -1 and -3) or "sum" (half the
    sum of the forms of these two). For "content" the offset is a letter: what a token that shows it gives
    each token that does.
    """
    demo = script("heads-demo")
    if head == "content":
        same = [place for place, letter in enumerate(demo.TEXT) if letter == offset]
        return float(demo.weights()[2][np.ix_(same, same)].mean())
    row = {"previous": demo.weights()[0], "one": demo.one_head(), "sum": demo.summed_forms()}[head]
    return float(row[demo.QUERY, demo.QUERY + int(offset)])
