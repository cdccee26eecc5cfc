"""From logits to the next token: temperature, top-k, top-p, and beam search with its length penalty.

Logits and probabilities are (V,). The cuts give a Boolean (V,), True for what is kept.

    Holtzman et al. 2020  The Curious Case of Neural Text Degeneration, arXiv 1904.09751
    Wu et al. 2016        Google's Neural Machine Translation System (GNMT), arXiv 1609.08144
    Vaswani et al. 2017   Attention Is All You Need, arXiv 1706.03762 (V17)
"""

from __future__ import annotations

from collections.abc import Callable
from math import log

import numpy as np
from _attention import entropy, softmax
from numpy.typing import NDArray

Array = NDArray[np.floating]
Kept = NDArray[np.bool_]

# Two made-up next-token distributions over 8 tokens, in descending order: many continuations fit, or one.
FLAT_LOGITS = np.array([2.0, 1.7, 1.5, 1.2, 0.9, 0.5, -0.2, -1.0])
EASY_PROBABILITIES = np.array([0.30, 0.20, 0.17, 0.13, 0.10, 0.06, 0.03, 0.01])  # for sums in one's head
PEAKED_LOGITS = np.array([4.0, 2.0, 0.8, 0.5, 0.1, -0.3, -0.9, -1.5])


# the steps ---------------------------------------------------------------------------------------


def tempered(logits: Array, temperature: float) -> Array:
    """softmax(z / T), T > 0; proportional to p^(1/T) for p = softmax(z)."""
    return softmax(np.asarray(logits, dtype=float) / temperature)


def top_k(scores: Array, k: int) -> Kept:
    """The k largest; (V,). Logits or probabilities: only their order counts."""
    kept = np.zeros(len(scores), dtype=bool)
    kept[np.argsort(-np.asarray(scores), kind="stable")[:k]] = True
    return kept


def top_p(probabilities: Array, p: float) -> Kept:
    """The smallest set of largest probabilities whose sum is at least p (Holtzman et al., §3.1); (V,).

    The token with which the sum reaches p is kept: a token goes only where those before it are enough.
    """
    order = np.argsort(-np.asarray(probabilities), kind="stable")
    before = np.cumsum(probabilities[order]) - probabilities[order]
    kept = np.zeros(len(probabilities), dtype=bool)
    kept[order[before < p]] = True
    return kept


def renormalised(probabilities: Array, kept: Kept) -> Array:
    """Probabilities of what is kept, divided by their sum; 0 elsewhere; (V,)."""
    return np.where(kept, probabilities, 0) / probabilities[kept].sum()


def next_token_distribution(logits: Array, temperature: float = 1, k: int | None = None, p: float = 1) -> Array:
    """Temperature, top-k, softmax, top-p, renormalise: what the next token is drawn from; (V,)."""
    z = np.asarray(logits, dtype=float) / temperature
    probabilities = softmax(np.where(top_k(z, k or len(z)), z, -np.inf))
    return renormalised(probabilities, top_p(probabilities, p))


# what they do ------------------------------------------------------------------------------------


def entropy_at(logits: Array, temperature: float) -> float:
    """Entropy of softmax(z / T) in nats."""
    return float(entropy(tempered(logits, temperature)))


def entropy_slope(logits: Array, temperature: float) -> float:
    """dH/dT of softmax(z / T) = Var(z) / T^3, the variance under that distribution."""
    p = tempered(logits, temperature)
    mean = float(p @ logits)
    return float(p @ (np.asarray(logits) - mean) ** 2) / temperature**3


def tail_risk(tail: float, tokens: int) -> float:
    """P(at least one of ``tokens`` draws falls into a tail of mass ``tail`` a step)."""
    return 1 - (1 - tail) ** tokens


# beam search -------------------------------------------------------------------------------------

# A made-up tree, token -> (probability, what may follow): the best text begins with the least likely token.
BEAM_TREE = {
    "a": (0.40, {"x": (0.55, {}), "y": (0.45, {})}),
    "b": (0.35, {"x": (0.60, {}), "y": (0.40, {})}),
    "c": (0.25, {"x": (0.90, {}), "y": (0.10, {})}),
}


def tree_texts(tree: dict) -> dict[str, float]:
    """Every full text of a tree and its probability."""
    found = {}
    for token, (probability, rest) in tree.items():
        if not rest:
            found[token] = probability
        for ending, share in tree_texts(rest).items():
            found[token + ending] = probability * share
    return found


def beam_search(tree: dict, width: int) -> tuple[str, float]:
    """The text that a beam of ``width`` finds in a tree whose texts are equally long, and its probability.

    A width of 1 is greedy decoding.
    """
    beam = [("", 1.0, tree)]
    while any(rest for *_, rest in beam):
        grown = [
            (text + token, probability * share, below)
            for text, probability, rest in beam
            for token, (share, below) in rest.items()
        ]
        beam = sorted(grown, key=lambda each: -each[1])[:width]
    return beam[0][:2]


def length_penalty(length: float, alpha: float = 0.6) -> float:
    """lp = ((5 + length) / 6)^alpha: a hypothesis scores log P / lp (Wu et al. 2016, Eq. 14)."""
    return ((5 + length) / 6) ** alpha


def beam_score(logs: float, length: float, alpha: float = 0.6) -> float:
    """log P over the length penalty, log P in nats."""
    return logs / length_penalty(length, alpha)


def best_hypothesis(hypotheses: dict[str, tuple[float, int]], score: Callable[[float, int], float]) -> str:
    """The name of the hypothesis (log P, length) with the best score."""
    return max(hypotheses, key=lambda name: score(*hypotheses[name]))


def uniform_log_probability(per_token: float, length: int) -> float:
    """log P of a text of which every token has the probability ``per_token``."""
    return length * log(per_token)
