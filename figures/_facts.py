"""The numbers that cards quote, each as the formula that it comes from.

A card gives the expression of a number in a comment behind it, `128 KiB<!--= cache_bytes(LLAMA3_8B, 1) / KIB -->`, and
`build.py check` evaluates it with the names of this file: its own, which no figure draws, and those of the modules that
it imports whole. So no two of these may offer one name for two things (tests/test_facts.py looks); what would be long
on a card is a function, here or there.

Nothing here is a stored result: tests/test_facts.py holds the published or expected values, and
also holds those of the reference modules beside this one to account: attention is in _attention,
heads in _heads, costs in _cost, positions in _position and _rotary, norms in _norm, schedules and
label smoothing in _training, BPE and WordPiece in _tokens.
Where a number needs a random draw, the generator is an argument: the caller fixes the seed.

Symbols: n tokens, d model width (d_model), d_k width of a head's queries and keys, h heads.
V17 is Vaswani et al. 2017, arXiv 1706.03762. A multiply-add counts as two FLOPs.
"""

from itertools import product
from math import erf, exp, pi, sqrt

import numpy as np
from _activations import *
from _attention import *
from _attention import softmax
from _blocks import block_weights, pre_ln
from _cost import *
from _depth import *
from _dilution import *
from _dropped import *
from _families import *
from _flash import *
from _formats import *
from _frontier import *
from _heads import *
from _linear import *
from _models import *
from _moe import *
from _norm import *
from _position import *
from _quant import *
from _reach import *
from _relative import *
from _rotary import (
    alibi_bias,
    alibi_decay,
    alibi_slopes,
    aligned_score,
    decay_bound,
    interpolated,
    ntk_aware_base,
    rotate,
    yarn_frequencies,
    yarn_magnitude,
    yarn_ramp,
)
from _rotary import frequencies as rotary_frequencies  # those of _position are the sinusoids'
from _rotary import wavelengths as rotary_wavelengths
from _sampling import *
from _scaling import *
from _serving import *
from _simulated import *
from _speculative import *
from _tokens import *
from _training import *

Array = np.ndarray
Rng = np.random.Generator


# ---- Scores and the softmax ---------------------------------------------------------------------


def gaussian_scores(queries: int, keys: int, d_k: int, rng: Rng) -> Array:
    """Unscaled q.k of independent N(0, 1) vectors; [queries, keys]. V17 §3.2.1, footnote 4."""
    return rng.standard_normal((queries, d_k)) @ rng.standard_normal((keys, d_k)).T


def masked_softmax(scores: Array, keep: Array, fill: float) -> Array:
    """Softmax after ``fill`` was written where ``keep`` is False, in the scores' own precision."""
    with np.errstate(over="ignore", invalid="ignore"):
        return softmax(np.where(keep, scores, scores.dtype.type(fill)))


# ---- Shared and separate query/key matrices -----------------------------------------------------


def initial_scores(n: int, d: int, d_k: int, rng: Rng, *, shared: bool, common: float = 0) -> Array:
    """Scaled attention scores before training; [n, n].

    Tokens are N(0, 1) vectors of which the fraction ``common`` of the variance is one vector that
    all share, then layer-normed; W_Q and W_K [d, d_k] are N(0, 1/d), or one and the same matrix.
    """
    x = sqrt(common) * rng.standard_normal(d) + sqrt(1 - common) * rng.standard_normal((n, d))
    x = (x - x.mean(axis=1, keepdims=True)) / x.std(axis=1, keepdims=True)
    w_q = rng.standard_normal((d, d_k)) / sqrt(d)
    w_k = w_q if shared else rng.standard_normal((d, d_k)) / sqrt(d)
    return (x @ w_q) @ (x @ w_k).T / sqrt(d_k)


def self_attention_share(scores: Array) -> tuple[float, float]:
    """Mean weight that a token gives itself, and how often its own score is the largest."""
    own = np.diag(softmax(scores)).mean()
    return float(own), float((scores.argmax(axis=1) == np.arange(len(scores))).mean())


def score_form_dimension(d: int, d_k: int, *, shared: bool) -> int:
    """Free parameters of the bilinear form W_Q W_K^T [d, d], which is all that the scores see.

    Separate: a rank-d_k matrix has 2 d d_k - d_k^2. Shared: W W^T is unchanged by a rotation of W's
    columns, which leaves d d_k - d_k (d_k - 1) / 2.
    """
    return d * d_k - d_k * (d_k - 1) // 2 if shared else 2 * d * d_k - d_k**2


# ---- Residuals, normalisation -------------------------------------------------------------------


def pre_ln_updates(depth: int, rng: Rng, *, d: int = 64, d_ff: int = 128) -> tuple[Array, Array]:
    """RMS of the residual stream before each Pre-LN block, and of what the block adds to it; [depth] each.

    Before training: Xavier weights, 4 sequences of 16 tokens from N(0, 1). It is the network that
    figures/pre-post.py draws, block by block (stream: Xiong et al. 2020, arXiv 2002.04745, Lemma 2).
    """
    x = rng.standard_normal((4, 16, d))
    before, added = [], []
    for w in [block_weights(rng, d, d_ff) for _ in range(depth)]:
        y, _ = pre_ln(x, w)
        before.append(np.sqrt((x**2).mean()))
        added.append(np.sqrt(((y - x) ** 2).mean()))
        x = y
    return np.array(before), np.array(added)


# ---- Training -----------------------------------------------------------------------------------


def noam_peak(d: int, warmup: int) -> float:
    """(d warmup)^-0.5: what both branches of V17 Eq. 3 (§5.3) give at step = warmup."""
    return (d * warmup) ** -0.5


def dropout_noise(terms: Array, p: float) -> float:
    """Standard deviation of a unit's input sum_i w_i x_i under inverted dropout of rate p.

    Each term w_i x_i becomes m_i w_i x_i / (1 - p), of variance (w_i x_i)^2 p / (1 - p).
    """
    return sqrt(p / (1 - p) * float((terms**2).sum()))


def mean_relu_under_dropout(terms: Array, p: float) -> float:
    """E[ReLU(sum_i m_i w_i x_i / (1 - p))], over all 2^n masks; terms w_i x_i [n], n small."""
    masks = np.array(list(product((0, 1), repeat=len(terms))))
    odds = (1 - p) ** masks.sum(axis=1) * p ** (1 - masks).sum(axis=1)
    return float(odds @ np.maximum(masks @ terms / (1 - p), 0))


def rectified_normal_mean(mean: float, std: float) -> float:
    """E[max(0, z)], z ~ N(mean, std^2): what a unit with many dropped inputs tends to."""
    z = mean / std
    return mean * (1 + erf(z / sqrt(2))) / 2 + std * exp(-(z**2) / 2) / sqrt(2 * pi)


def bfloat16(x: float) -> float:
    """The nearest bfloat16, ties to even: a float32 of which the upper 16 bits are kept.

    For normal numbers: 8 bits of exponent, as float32 has, and 8 significant bits.
    """
    bits = int(np.float32(x).view(np.uint32))
    bits += 0x7FFF + (bits >> 16 & 1)
    return float(np.uint32(bits & 0xFFFF0000).view(np.float32))
