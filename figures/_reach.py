"""Where a token's content can get to through layers of attention: boolean reachability, no weights.

A position holds the content of a token once a value or a residual connection has brought it there. What
a query does to the weights is not counted, nor how large they are: True says "can", False says "cannot".

    Devlin et al. 2019    BERT, arXiv 1810.04805, §3.1: a word could indirectly "see itself"
    Yang et al. 2019      XLNet, arXiv 1906.08237, §2.3: position without content
    Vaswani et al. 2017   x + Sublayer(x), arXiv 1706.03762, §3.1
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.bool_]

BLOCKS = ("full", "diagonal", "key", "mask-token")


def block_mask(block: str, n: int, token: int) -> Mask:
    """Who may attend to whom, [n, n], row looks at column, for one way to hide ``token`` from its own position.

    "full" hides nothing, "diagonal" forbids every position to attend to itself, "key" forbids all to
    attend to ``token``. "mask-token" leaves attention open, for there the input has no such token.
    """
    if block not in BLOCKS:
        raise ValueError(f"block must be one of {', '.join(BLOCKS)}, not {block!r}")
    open_to_all = np.ones((n, n), dtype=bool)
    if block == "diagonal":
        return ~np.eye(n, dtype=bool)
    if block == "key":
        open_to_all[:, token] = False
    return open_to_all


def reach(may_attend: Mask, token: int, layers: int, *, residual: bool, erased: bool = False) -> Mask:
    """Which positions hold the content of ``token``, layer by layer: [layers + 1, n], row 0 is the input.

    may_attend [n, n]: row looks at column. ``residual`` carries on what a position has. ``erased``
    replaces the token by [MASK] at the input, so that nobody holds its content.
    """
    holds = [(np.arange(len(may_attend)) == token) & (not erased)]
    for _ in range(layers):
        holds.append(may_attend @ holds[-1] | (holds[-1] & residual))
    return np.array(holds)


def layers_with_own_content(
    may_attend: Mask, token: int, layers: int, *, residual: bool, erased: bool = False
) -> list[int]:
    """Layers (0 is the input) at which ``token``'s position holds the token's own content."""
    own = reach(may_attend, token, layers, residual=residual, erased=erased)[:, token]
    return np.flatnonzero(own).tolist()


def first_return(block: str, n: int, *, residual: bool = False) -> int | None:
    """The first layer after the input at which a token's content is (back) at its own position, or None."""
    found = layers_with_own_content(
        block_mask(block, n, 0), 0, n + 1, residual=residual, erased=block == "mask-token"
    )  # without a return in n layers there is none: a cycle through n positions has at most n steps
    return next((layer for layer in found if layer), None)


def returning_walks(n: int, steps: int) -> int:
    """(A^steps)_ii for A with ones everywhere but on the diagonal [n, n]: n - 1 for two steps, n >= 2."""
    return int(np.linalg.matrix_power(block_mask("diagonal", n, 0).astype(int), steps)[0, 0])
