"""The unit that figures/dropout.py draws, as cards quote it: its terms, and its ReLU under dropout masks."""

from __future__ import annotations

import numpy as np
from dropout import mean_relu as _mean_relu
from dropout import unit as _unit


def drawn_unit_terms() -> np.ndarray:
    """The terms w_i x_i of the linear unit with 64 inputs; (64,). Their squares sum to 0.89."""
    x, w = _unit()
    return w * x


def drawn_unit_relu(y: float, p: float) -> float:
    """Mean of ReLU over 40,000 masks of inverted dropout of rate p, for a test value y of the unit.

    A bias, which dropout leaves alone, moves the unit there.
    """
    return float(_mean_relu(y, p)[0])
