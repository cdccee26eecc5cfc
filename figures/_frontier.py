"""The numbers of the frontier's cards: MLA's savings, Muon's update, sparse, ring and gated attention.

Counts from published shapes and small exact computations; nothing here is measured. n tokens, k of
them selected, d_k width of keys and queries, c tokens of a block. A multiply is a multiply-add here,
counted once.

    DeepSeek-AI 2024   DeepSeek LLM, arXiv 2401.02954, Table 2; DeepSeek-V2, arXiv 2405.04434
    Jordan et al. 2024 Muon, github.com/KellerJordan/Muon
    Kimi Team 2025     Kimi K2, arXiv 2507.20534, §2.1
    Warner et al. 2024 ModernBERT, arXiv 2412.13663
    DeepSeek-AI 2025   DeepSeek-V3.2, arXiv 2512.02556, §2.1
    Liu et al. 2023    Ring Attention, arXiv 2310.01889, §3
    Grattafiori et al. 2024  The Llama 3 Herd of Models, arXiv 2407.21783, §3.3.2
    Dao and Gu 2024    Transformers are SSMs, arXiv 2405.21060
"""

from __future__ import annotations

import numpy as np
from _cost import KVHeads, Latent, Model
from _flash import block_state, merged_state

Array = np.ndarray

DEEPSEEK_67B = Model("DeepSeek-67B", 95, 64, KVHeads(8, 128))  # arXiv 2401.02954, Table 2: d = 8192
DEEPSEEK_V2 = Model("DeepSeek-V2", 60, 128, Latent(512, 64))  # arXiv 2405.04434, §3.1.2


# multi-head latent attention ---------------------------------------------------------------------


def cached_bytes_a_token(model: Model, bits: float = 16) -> float:
    """Bytes that a token adds to the cache of all layers, at ``bits`` for each number."""
    return model.layers * model.cache.elements * bits / 8


def cache_saving(model: Model, other: Model, bits: float = 16) -> float:
    """How much smaller the cache of ``model`` at ``bits`` is than that of ``other`` at 16, 0 to 1."""
    return 1 - cached_bytes_a_token(model, bits) / cached_bytes_a_token(other)


def latent_share(heads: int, d_head: int, latent: Latent) -> float:
    """MLA's cached numbers as a share of those of full attention with the same heads and layers."""
    return latent.elements / KVHeads(heads, d_head).elements


# Muon --------------------------------------------------------------------------------------------

_COEFFICIENTS = (3.4445, -4.7750, 2.0315)  # muon.py, zeropower_via_newtonschulz5


def newton_schulz(g: Array, steps: int = 5) -> Array:
    """Muon's update of the momentum g [rows, columns]: its singular values are pushed towards 1.

    X <- a X + (b A + c A A) X with A = X X^T, after a division by the Frobenius norm; in 64 bit here,
    in bfloat16 there.
    """
    a, b, c = _COEFFICIENTS
    x = g.T if g.shape[0] > g.shape[1] else g
    x = x / np.linalg.norm(x)
    for _ in range(steps):
        square = x @ x.T
        x = a * x + (b * square + c * square @ square) @ x
    return x.T if g.shape[0] > g.shape[1] else x


def pushed(s: float, steps: int = 5) -> float:
    """What becomes of one singular value s, 0 to 1, in ``newton_schulz``: s <- a s + b s^3 + c s^5."""
    a, b, c = _COEFFICIENTS
    for _ in range(steps):
        s = a * s + b * s**3 + c * s**5
    return s


def pushed_range(least: float, steps: int = 5) -> tuple[float, float]:
    """Smallest and largest result of ``pushed`` for s from ``least`` to 1."""
    results = [pushed(float(s), steps) for s in np.geomspace(least, 1, 20_001)]
    return min(results), max(results)


def qk_clip_factor(largest: float, threshold: float = 100) -> float:
    """What W_q and W_k of a head are each multiplied by: sqrt(min(1, tau / S_max)) (Kimi K2, §2.1)."""
    return min(1, threshold / largest) ** 0.5


# sparse attention --------------------------------------------------------------------------------


def mla_multiplies(heads: int, latent: Latent) -> int:
    """Multiplies for each (query, key) pair of absorbed MLA: scores over c and k^R, mixing over c."""
    return heads * (latent.elements + latent.width)


def indexer_multiplies(heads: int = 64, d_index: int = 128) -> int:
    """Multiplies for each pair of the lightning indexer, a dot product in each head (V3.2, Eq. 1)."""
    return heads * d_index


def sparse_gain(context: int, k: int = 2048) -> float:
    """Dense over sparse multiplies of one query with ``context`` keys: absorbed MLA of V3.2's shape.

    Sparse is the attention to k keys and the indexer over all of them; precision is not in it.
    """
    main, index = mla_multiplies(128, Latent(512, 64)), indexer_multiplies()
    return context * main / (min(k, context) * main + context * index)


def indexer_crossover(k: int = 2048) -> float:
    """The context at which the indexer costs as much as the attention to the k keys that it selects."""
    return k * mla_multiplies(128, Latent(512, 64)) / indexer_multiplies()


def nsa_keys(context: int, *, block: int = 32, stride: int = 16, selected: int = 16, size: int = 64,
             window: int = 512) -> int:  # fmt: skip
    """Keys that a query of NSA looks at, its N_t (Eq. 6): compressed, selected and of the window."""
    return (context - block) // stride + 1 + selected * size + window


# ring attention ----------------------------------------------------------------------------------


def ring_attention(q: Array, k: Array, v: Array, devices: int, *, causal: bool = False) -> Array:
    """Each device keeps a block of queries; the blocks of keys and values travel round. -> (n, d_v).

    ``devices`` divides n. Every device works off the blocks in another order, and merges.
    """
    blocks = np.split(np.arange(len(q)), devices)
    outputs = []
    for device, rows in enumerate(blocks):
        state = None
        for step in range(devices):
            columns = blocks[(device - step) % devices]
            scores = q[rows] @ k[columns].T / np.sqrt(q.shape[1])
            if causal:
                if columns[0] > rows[-1]:
                    continue
                scores = np.where(columns <= rows[:, None], scores, -np.inf)
            new = block_state(scores, v[columns])
            state = new if state is None else merged_state(state, new)
        outputs.append(state.output)
    return np.concatenate(outputs)


def ring_block(flops: float, bandwidth: float) -> float:
    """Tokens of a block from which on sending hides behind computing: 4 d c^2 / F = 4 c d / B (Table 2)."""
    return flops / bandwidth


def causal_work(ranks: int, *, paired: bool) -> list[float]:
    """Share of the causal (query, key) pairs that falls to each rank, for long sequences; sums to 1.

    One contiguous chunk a rank, or ``paired`` as in Llama 3: chunks i and 2 ranks - 1 - i of twice as many.
    """
    chunks = 2 * ranks if paired else ranks
    work = [(2 * i + 1) / chunks**2 for i in range(chunks)]
    return [work[i] + work[-1 - i] for i in range(ranks)] if paired else work


def causal_use(ranks: int, *, paired: bool = False) -> float:
    """Mean over largest share of ``causal_work``: how busy the ranks are if all wait for the last."""
    return 1 / ranks / max(causal_work(ranks, paired=paired))


# mixed layers ------------------------------------------------------------------------------------


def gated_steps(q: Array, k: Array, v: Array, a: Array) -> Array:
    """S_t = a_t S_(t-1) + v_t k_t^T, o_t = S_t q_t; q, k (n, d), v (n, d_v), a (n,) -> (n, d_v)."""
    state = np.zeros((v.shape[1], k.shape[1]))
    outputs = []
    for query, key, value, gate in zip(q, k, v, a, strict=True):
        state = gate * state + np.outer(value, key)
        outputs.append(state @ query)
    return np.array(outputs)


def gated_pairs(q: Array, k: Array, v: Array, a: Array) -> Array:
    """The same as masked attention without softmax: (L * Q K^T) V, L_ts = a_(s+1) ... a_t, 0 above."""
    log = np.cumsum(np.log(a))
    mask = np.tril(np.exp(np.minimum(log[:, None] - log, 0)))
    return (mask * (q @ k.T)) @ v


def global_layers(layers: int = 22, every: int = 3) -> int:
    """Layers 0, every, 2 every, ... that look at the whole context (ModernBERT-base: of 22 every third)."""
    return len(range(0, layers, every))


def mixed_pairs_share(context: int, window: int, full: int, layers: int) -> float:
    """Pairs that are scored if ``full`` of ``layers`` look at everything, the others at ``window`` keys."""
    return (full + (layers - full) * min(window, context) / context) / layers
