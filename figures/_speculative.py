"""Speculative decoding in numbers: what a round accepts, yields and costs, and which text comes out.

Symbols as in Leviathan et al. 2023, arXiv 2211.17192: p is the target's distribution over the next
token and q the draft's, both (V,); gamma drafted tokens a round; alpha the expected acceptance rate;
c the time of one draft step over that of one target step. Chen et al. 2023, arXiv 2302.01318, is the
same rule with the letters the other way round: their q is the target and their p the draft.
"""

from __future__ import annotations

from itertools import product

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating]

EXAMPLE_TARGET = np.array([0.5, 0.3, 0.2])  # p and q of the cards: made up, for sums in one's head
EXAMPLE_DRAFT = np.array([0.2, 0.2, 0.6])
DRAWN_TARGET = np.array([0.30, 0.22, 0.16, 0.12, 0.08, 0.06, 0.04, 0.02])  # those of figures/speculative.py
DRAWN_DRAFT = np.array([0.18, 0.26, 0.08, 0.20, 0.04, 0.12, 0.02, 0.10])


# one token ---------------------------------------------------------------------------------------


def total_variation(p: Array, q: Array) -> float:
    """TV(p, q) = sum |p - q| / 2: the mass that would have to be moved. D_LK of the paper (Def. 3.2)."""
    return float(np.abs(np.asarray(p) - q).sum() / 2)


def accepted_mass(p: Array, q: Array) -> Array:
    """P(x is drafted and accepted) = q min(1, p/q) = min(p, q) (§2.3); (V,), summing to the acceptance rate."""
    return np.minimum(p, q)


def acceptance_rate(p: Array, q: Array) -> float:
    """beta = sum_x min(p, q) = 1 - TV(p, q) (Theorem 3.5 and Lemma 3.3)."""
    return float(accepted_mass(p, q).sum())


def excess(p: Array, q: Array) -> Array:
    """(p - q)_+, what the draft gives too little of; (V,), summing to TV(p, q)."""
    return np.maximum(np.asarray(p) - q, 0)


def residual_distribution(p: Array, q: Array) -> Array:
    """norm(max(0, p - q)): what a rejected token is drawn anew from (§2.3); (V,). For p != q."""
    return excess(p, q) / excess(p, q).sum()


def emitted(p: Array, q: Array, redraw: Array | None = None) -> Array:
    """Distribution of the token that the rule gives out; (V,): p itself (Appendix A.1).

    ``redraw`` is what rejected tokens are drawn from: the residual, unless another is tried.
    """
    redraw = residual_distribution(p, q) if redraw is None else redraw
    return accepted_mass(p, q) + (1 - acceptance_rate(p, q)) * redraw


def match_probability(p: Array, q: Array) -> float:
    """P(a token from q equals an independent one from p) = sum p q: the rate of a rule that compares samples."""
    return float(np.dot(p, q))


# one round ---------------------------------------------------------------------------------------


def expected_tokens(alpha: float, gamma: int) -> float:
    """Tokens per target pass, (1 - alpha^(gamma+1)) / (1 - alpha), for iid acceptance (Eq. 1)."""
    return gamma + 1 if alpha == 1 else (1 - alpha ** (gamma + 1)) / (1 - alpha)


def round_lengths(alpha: float, gamma: int) -> Array:
    """P(a round yields 1, 2, ..., gamma + 1 tokens); (gamma + 1,): geometric, with the rest at the end."""
    return np.array([alpha**k * (1 - alpha) for k in range(gamma)] + [alpha**gamma])


def speculative_speedup(alpha: float, gamma: int, c: float) -> float:
    """Expected tokens over the time of a round in target passes, gamma c + 1 (Theorem 3.8)."""
    return expected_tokens(alpha, gamma) / (gamma * c + 1)


def best_gamma(alpha: float, c: float, most: int = 100) -> int:
    """The gamma from 0 to ``most`` with the largest speed-up; 0 where drafting does not pay."""
    return max(range(most + 1), key=lambda gamma: speculative_speedup(alpha, gamma, c))


def speculative_operations(alpha: float, gamma: int, c_hat: float) -> float:
    """Arithmetic per token against plain decoding; c_hat: draft's over target's per token (Theorem 3.11)."""
    return (gamma * c_hat + gamma + 1) / expected_tokens(alpha, gamma)


# a whole text, by enumeration --------------------------------------------------------------------


def plain_text(target: Array, first: int, length: int) -> Array:
    """P of every text of ``length`` tokens after ``first``; (V, ..., V). target (V, V): row is the last token."""
    size = len(target)
    out = np.zeros((size,) * length)
    for text in product(range(size), repeat=length):
        steps = zip((first, *text), text, strict=False)
        out[text] = np.prod([target[last, token] for last, token in steps])
    return out


def speculative_text(target: Array, draft: Array, first: int, length: int, gamma: int) -> Array:
    """The same for speculative decoding: every draft, acceptance and redraw followed with its probability.

    target, draft (V, V); (V, ..., V). A round that runs past ``length`` is cut there.
    """
    size = len(target)
    out = np.zeros((size,) * length)

    def end(text: tuple[int, ...], weight: float) -> None:
        if len(text) >= length:
            out[text[:length]] += weight
        elif weight > 0:
            extend(text, weight, 0)

    def extend(text: tuple[int, ...], weight: float, drafted: int) -> None:
        last = (first, *text)[-1]
        p, q = target[last], draft[last]
        if drafted == gamma:  # all accepted: one more, from the target itself
            for token in range(size):
                end((*text, token), weight * p[token])
            return
        kept, redrawn = accepted_mass(p, q), excess(p, q)
        for token in range(size):
            extend((*text, token), weight * kept[token], drafted + 1)
            end((*text, token), weight * redrawn[token])

    extend((), 1.0, 0)
    return out
