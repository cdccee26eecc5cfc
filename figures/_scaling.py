"""Training compute and how scaling laws divide it: 6ND, Kaplan's exponents, Chinchilla's fit.

Published constants put into published formulas; nothing is fitted here. N parameters, D training
tokens, C training FLOPs (a multiply-add as two), L the loss in nats a token.

    Kaplan et al. 2020      Scaling Laws for Neural Language Models, arXiv 2001.08361
    Hoffmann et al. 2022    Training Compute-Optimal LLMs (Chinchilla), arXiv 2203.15556
    Besiroglu et al. 2024   Chinchilla Scaling: A replication attempt, arXiv 2404.10102
    Chowdhery et al. 2022   PaLM, arXiv 2204.02311
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from _cost import Model
from _models import non_embedding, parts, shape
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.floating]

# compute -----------------------------------------------------------------------------------------


def train_flops(parameters: float, tokens: float) -> float:
    """C = 6 N D: 2N forward and 4N backward for each token (Kaplan §2.1)."""
    return 6 * parameters * tokens


def training_days(flops: float, devices: int, peak: float, utilisation: float) -> float:
    """Days of a run on ``devices`` of ``peak`` FLOP/s, of which ``utilisation`` (0 to 1) are used."""
    return flops / (devices * peak * utilisation) / 86_400


def matrix_parameters(model: Model) -> int:
    """Parameters that every token is multiplied with: the layers, and the output matrix once.

    The lookup in the input matrix multiplies nothing. Norms and biases, well under 1 %, are in it.
    """
    return non_embedding(model) + parts(model)["embedding"]


def score_flops(model: Model, n: int, *, causal: bool = False) -> float:
    """Training FLOPs a token of QK^T and AV, forward and backward: 12 L n h d_head.

    PaLM, appendix B. ``causal`` counts the half that the mask leaves, 6 L n h d_head (Kaplan, Table 1,
    has a third of it, for the forward pass).
    """
    m = shape(model)
    return (6 if causal else 12) * m.layers * n * m.heads * m.cache.d_head


def score_surplus(model: Model, n: int, *, causal: bool = False) -> float:
    """What 6N a token leaves out, as a share of it: n / (6d) where N = 12 L d^2, half of it ``causal``."""
    return score_flops(model, n, causal=causal) / (6 * non_embedding(model))


# Kaplan and Chinchilla ---------------------------------------------------------------------------

KAPLAN = 0.73, 0.27  # exponents a, b of N_opt ~ C^a, D_opt ~ C^b: Kaplan, Table 6
CHINCHILLA_1 = 0.50, 0.50  # Hoffmann, Table 2: minimum over training curves
CHINCHILLA_2 = 0.49, 0.51  # IsoFLOP profiles
CHINCHILLA_3 = 0.46, 0.54  # parametric fit

# Hoffmann, Table 3: compute-optimal parameters, FLOPs and tokens by Approach 1
APPROACH_1 = (
    (400e6, 1.92e19, 8.0e9),
    (1e9, 1.21e20, 20.2e9),
    (10e9, 1.23e22, 205.1e9),
    (67e9, 5.76e23, 1.5e12),
    (175e9, 3.85e24, 3.7e12),
    (280e9, 9.90e24, 5.9e12),
)
GOPHER_FLOPS = 5.76e23  # Hoffmann, §3.1: the budget that Chinchilla had as well


def growth(factor: float, exponents: tuple[float, float]) -> tuple[float, float]:
    """By how much the best N and the best D grow when the compute grows by ``factor``."""
    a, b = exponents
    return factor**a, factor**b


@dataclass(frozen=True, slots=True)
class Fit:
    """L(N, D) = E + A / N^alpha + B / D^beta (Hoffmann, Eq. 2)."""

    E: float
    A: float
    B: float
    alpha: float
    beta: float

    def loss(self, parameters: ArrayLike, tokens: ArrayLike) -> Array:
        """Nats a token, as the fit predicts them."""
        return self.E + self.A / np.asarray(parameters) ** self.alpha + self.B / np.asarray(tokens) ** self.beta

    @property
    def exponents(self) -> tuple[float, float]:
        """a = beta / (alpha + beta) and b = alpha / (alpha + beta) (Hoffmann, Eq. 4)."""
        return self.beta / (self.alpha + self.beta), self.alpha / (self.alpha + self.beta)

    def optimum(self, flops: ArrayLike) -> tuple[Array, Array]:
        """The N and D of the smallest loss where 6 N D = C: G (C/6)^a and (C/6)^b / G (Eq. 4)."""
        a, b = self.exponents
        g = (self.alpha * self.A / (self.beta * self.B)) ** (1 / (self.alpha + self.beta))
        c = np.asarray(flops, dtype=float) / 6
        return g * c**a, c**b / g


HOFFMANN = Fit(1.69, 406.4, 410.7, 0.34, 0.28)  # Approach 3, appendix D.2, Eq. 10: rounded
HOFFMANN_UNROUNDED = Fit(1.6934, 406.4, 410.7, 0.3392, 0.2849)  # from the paper's TeX source, in Besiroglu
BESIROGLU = Fit(1.8172, 482.01, 2085.43, 0.3478, 0.3658)  # the same data, read off a figure, fitted anew


def best_size(fit: Fit, flops: float) -> float:
    """N_opt of a budget."""
    return float(fit.optimum(flops)[0])


def best_tokens(fit: Fit, flops: float) -> float:
    """D_opt of a budget."""
    return float(fit.optimum(flops)[1])


def tokens_per_parameter(fit: Fit, flops: float) -> float:
    """D_opt / N_opt of a budget: with these constants, not as measured."""
    return best_tokens(fit, flops) / best_size(fit, flops)


def miss_cost(fit: Fit, flops: float, factor: float) -> float:
    """Nats a token lost at ``factor`` times the best size of a budget, or at that much less: the larger loss."""
    size, lowest = best_size(fit, flops), fit.loss(*fit.optimum(flops))
    return max(float(fit.loss(n, flops / 6 / n) - lowest) for n in (size * factor, size / factor))
