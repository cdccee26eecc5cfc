"""Attention block by block: the online softmax, the tiled algorithm, and a count of its HBM traffic.

A row of scores may be cut into blocks; what a block leaves behind is a ``SoftmaxState``, and two states
merge into the state of both blocks together. The HBM functions count the reads and writes that the
published algorithms name, and nothing else: no masks, no dropout, no caches. A model, no measurement.

Symbols: n tokens, d width of a head, M numbers that fit into on-chip SRAM.

    Milakov and Gimelshein 2018  Online normalizer calculation for softmax, arXiv 1805.02867
    Dao et al. 2022              FlashAttention, arXiv 2205.14135 (FA1)
    Dao 2023                     FlashAttention-2, arXiv 2307.08691 (FA2)
    Shah et al. 2024             FlashAttention-3, arXiv 2407.08608 (FA3)
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, exp, log

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating]

SRAM_A100 = 192 * 2**10 // 2  # 16-bit numbers in the 192 KiB of one streaming multiprocessor (FA1 §2.1)
_HALF, _SINGLE = 2, 4  # bytes a number


# the online softmax ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class SoftmaxState:
    """What is kept of the keys seen so far, for each row of queries (FA1 §3.1).

    m (rows,) largest score; l (rows,) sum of exp(s - m); o (rows, d_v) sum of exp(s - m) v, not
    yet divided by l (FA2 §3.1.1).
    """

    m: Array
    l: Array  # noqa: E741
    o: Array

    @property
    def output(self) -> Array:
        """softmax(s) V of all keys seen; (rows, d_v)."""
        return self.o / self.l[:, None]

    @property
    def logsumexp(self) -> Array:
        """m + log l, all that the backward pass needs of the softmax (FA2 §3.1.1); (rows,)."""
        return self.m + np.log(self.l)


def block_state(scores: Array, values: Array) -> SoftmaxState:
    """The state of one block. scores (rows, keys), values (keys, d_v)."""
    m = scores.max(axis=1)
    p = np.exp(scores - m[:, None])
    return SoftmaxState(m, p.sum(axis=1), p @ values)


def merged_state(a: SoftmaxState, b: SoftmaxState) -> SoftmaxState:
    """The state of both blocks: each is rescaled by exp(its m - the common m), then added (FA1 §3.1)."""
    m = np.maximum(a.m, b.m)
    x, y = np.exp(a.m - m), np.exp(b.m - m)
    return SoftmaxState(m, x * a.l + y * b.l, x[:, None] * a.o + y[:, None] * b.o)


def running_softmax(scores: Array) -> tuple[Array, Array]:
    """m and l after each of the scores, one at a time (Milakov and Gimelshein 2018, Algorithm 3).

    scores (n,) -> m (n,), l (n,).
    """
    m, l = -np.inf, 0.0  # noqa: E741
    seen = []
    for s in scores:
        new = max(m, float(s))
        l = l * exp(m - new) + exp(s - new)  # noqa: E741
        m = new
        seen.append((m, l))
    return tuple(np.array(seen).T)


def softmax_rescaling(old: float, new: float) -> float:
    """exp(m_old - m_new): what l and o are multiplied with when the largest score grows."""
    return exp(old - new)


def sum_after(*scores: float) -> float:
    """l of these scores: sum of exp(s - max)."""
    return sum(exp(s - max(scores)) for s in scores)


def log_sum_exp(*scores: float) -> float:
    """m + log l of these scores."""
    return max(scores) + log(sum_after(*scores))


# tiled attention ---------------------------------------------------------------------------------


def tiled_attention(
    q: Array, k: Array, v: Array, *, rows: int = 64, columns: int = 64, causal: bool = False
) -> tuple[Array, Array]:
    """softmax(Q K^T / sqrt(d)) V without ever holding more than ``rows`` x ``columns`` scores.

    The loops stand as in FA2, Algorithm 1: blocks of queries outside, of keys inside. ``causal``
    lets query i see keys 0 to i and skips the blocks of which it sees none (FA2 §3.1.1).
    q (n, d), k (m, d), v (m, d_v) -> output (n, d_v), logsumexp (n,).
    """
    outputs, sums = [], []
    for top in range(0, len(q), rows):
        block = q[top : top + rows] / q.dtype.type(np.sqrt(q.shape[1]))
        end = min(len(k), top + len(block)) if causal else len(k)
        state = None
        for left in range(0, end, columns):
            scores = block @ k[left : left + columns].T
            if causal:
                ahead = np.arange(left, left + scores.shape[1]) > np.arange(top, top + len(block))[:, None]
                scores = np.where(ahead, -np.inf, scores)
            new = block_state(scores, v[left : left + columns])
            state = new if state is None else merged_state(state, new)
        outputs.append(state.output)
        sums.append(state.logsumexp)
    return np.concatenate(outputs), np.concatenate(sums)


def causal_blocks(n: int, size: int) -> tuple[int, int]:
    """Blocks of ``size`` x ``size`` that a causal mask leaves, and all of them."""
    t = ceil(n / size)
    return t * (t + 1) // 2, t * t


# HBM traffic -------------------------------------------------------------------------------------


def key_block(d: int, sram: int = SRAM_A100) -> int:
    """B_c = ceil(M / 4d): keys of a block, so that Q, K, V and O of a block share the SRAM (FA1, Alg. 1, line 1)."""
    return ceil(sram / (4 * d))


def flash_passes(n: int, d: int, sram: int = SRAM_A100) -> int:
    """T_c = ceil(n / B_c): how often FA1's outer loop runs over all of Q and O."""
    return ceil(n / key_block(d, sram))


def standard_hbm_bytes(n: int, d: int, *, backward: bool = False) -> int:
    """Bytes that one head moves where S and P are written out, in 16 bit.

    Forward (FA1, Alg. 0): Q, K, write S; read S, write P; read P, V, write O: 4 n^2 + 4 n d numbers.
    Backward (FA1, Alg. 3): P, dO, write dV; dO, V, write dP; P, dP, write dS; dS, K, write dQ; dS,
    Q, write dK: 7 n^2 + 8 n d numbers.
    """
    return _HALF * (7 * n**2 + 8 * n * d if backward else 4 * n**2 + 4 * n * d)


def flash_hbm_bytes(n: int, d: int, *, sram: int = SRAM_A100, backward: bool = False) -> int:
    """Bytes that one head moves in FlashAttention (FA1), in 16 bit with m and l in 32.

    Forward (Alg. 1): K and V once; in each pass Q, O and its new value, and m, l twice. Backward
    (Alg. 4): K, V, dK and dV once; in each pass Q, O, dO, dQ and its new value, and m, l. The zeros
    that O, dQ, dK and dV start from are left out.
    """
    once, each, statistics = (4, 5, 2) if backward else (2, 3, 4)
    turns = flash_passes(n, d, sram)
    return _HALF * n * d * (once + turns * each) + _SINGLE * n * statistics * turns


def training_hbm_bytes(n: int, d: int, heads: int, *, flash: bool) -> int:
    """Forward and backward of ``heads`` heads (times sequences) together."""
    count = flash_hbm_bytes if flash else standard_hbm_bytes
    return heads * (count(n, d) + count(n, d, backward=True))


def hbm_gain(n: int, d: int, sram: int = SRAM_A100) -> float:
    """How many times fewer bytes FlashAttention's forward pass moves, in the model."""
    return standard_hbm_bytes(n, d) / flash_hbm_bytes(n, d, sram=sram)


def hbm_gain_limit(d: int, sram: int = SRAM_A100) -> float:
    """Its limit for long sequences, m and l left out: 4 n^2 / (3 n d n 4d / M) = M / (3 d^2)."""
    return sram / (3 * d**2)


def score_matrix_bytes(n: int, heads: int = 1, *, itemsize: int = _HALF) -> int:
    """One n x n matrix for each head."""
    return heads * n**2 * itemsize


def statistics_bytes(n: int, heads: int = 1) -> int:
    """One logsumexp a row and head in 32 bit: all that FA2 keeps beside its output."""
    return heads * n * _SINGLE


# FLOPs -------------------------------------------------------------------------------------------


def attention_products(*, flash: bool) -> int:
    """Products of n x n x d in forward and backward: 2 + 4, and one more where S is recomputed (FA2 §4.1)."""
    return 7 if flash else 6


def product_flops(n: int, d: int, heads: int, count: int) -> int:
    """``count`` such products in each of ``heads`` heads: 2 n^2 d each."""
    return count * 2 * n**2 * d * heads


def exponential_share(d: int, matmul: float, exponentials: float) -> float:
    """Time of the exponentials over time of the matmuls, forward: 4 d FLOPs for each exp (FA3 §3.1).

    ``matmul`` and ``exponentials`` are peak rates in the same unit.
    """
    return matmul / exponentials / (4 * d)


# published ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class FlashMeasured:
    """A column of FA1, Figure 2 (left): one attention layer forward and backward on an A100."""

    gflops: float
    hbm_gb: float
    milliseconds: float


# GPT-2 medium, n = 1024, d = 64, 16 heads, batch 64: the version of NeurIPS 2022 and of arXiv v2.
STANDARD_2022 = FlashMeasured(66.6, 40.3, 41.7)
FLASH_2022 = FlashMeasured(75.2, 4.4, 7.3)
# The first arXiv version (May 2022) has the same rows with other numbers.
STANDARD_MAY_2022 = FlashMeasured(66.6, 35.3, 35.1)
FLASH_MAY_2022 = FlashMeasured(75.2, 4.4, 11.7)

A100_MATMUL, A100_OTHER = 312, 19.5  # TFLOP/s: 16-bit tensor cores; other fp32 (FA2 §3.1)
H100_MATMUL, H100_EXP = 989, 3.9  # TFLOP/s: fp16 tensor cores; special functions (FA3 §3.1)
