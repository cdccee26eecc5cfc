"""What serving a decoder costs: FLOPs and bytes of prefill and decode, the roofline, blocks, batches.

Bounds from shapes and data sheets, no measurements: real kernels reach neither peak. A multiply-add
counts as two FLOPs; numbers are 16 bit unless an item size is given; activations are left out of the
bytes of a step, norms and softmax out of its FLOPs.

Symbols: n tokens, t cached tokens, d model width, L layers, h heads of width d_head.

    Vaswani et al. 2017   Attention Is All You Need, arXiv 1706.03762
    Williams et al. 2009  Roofline, CACM 52(4), doi 10.1145/1498765.1498785
    NVIDIA 2021, 2022     A100 80GB data sheet; H100 Tensor Core GPU architecture, tables of the SXM5
    Pope et al. 2022      Efficiently Scaling Transformer Inference, arXiv 2211.05102, §2.1
    Yu et al. 2022        Orca, OSDI 2022, §3
    Kwon et al. 2023      PagedAttention, arXiv 2309.06180, §3 and §4
    Agrawal et al. 2024   Sarathi-Serve, arXiv 2403.02310, §4
    Zhong et al. 2024     DistServe, arXiv 2401.09670, §3.3
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, inf

import numpy as np
from _cost import BF16, KVHeads, Model, cache_bytes, layer_flops
from _models import parameters, parts

# the machine -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Gpu:
    """Peak FLOP/s in bf16 without sparsity, bytes/s of its memory, bytes of memory."""

    name: str
    flops: float
    bandwidth: float
    memory: float

    @property
    def ridge(self) -> float:
        """FLOP/byte at which the two roofs meet (Williams et al. 2009)."""
        return self.flops / self.bandwidth


A100 = Gpu("A100", 312e12, 2.039e12, 80e9)  # SXM, 80 GB; the data sheet's 624 is with 2:4 sparsity
H100 = Gpu("H100", 989.4e12, 3.35e12, 80e9)  # SXM5; 1978.9 is with 2:4 sparsity


def attainable(gpu: Gpu, intensity: float) -> float:
    """FLOP/s that the roofline allows: the smaller of the peak and intensity times bandwidth."""
    return min(gpu.flops, intensity * gpu.bandwidth)


def matmul_intensity(tokens: int, d_in: int, d_out: int | None = None, *, itemsize: float = BF16) -> float:
    """FLOPs for each byte moved by [tokens, d_in] x [d_in, d_out], inputs, weights and outputs once.

    2 tokens d_in d_out FLOPs. For few tokens the weights are nearly all of the bytes: tokens FLOP/byte
    in 16 bit. ``itemsize`` is that of the weights; inputs and outputs have 16 bit.
    """
    d_out = d_out or d_in
    moved = itemsize * d_in * d_out + BF16 * tokens * (d_in + d_out)
    return 2 * tokens * d_in * d_out / moved


def ridge_batch(gpu: Gpu, *, itemsize: float = BF16) -> float:
    """Tokens a pass at which the weights' bytes and the FLOPs on them take equally long."""
    return gpu.ridge * itemsize / 2


# a model on the machine --------------------------------------------------------------------------


def layer_matrices(model: Model) -> int:
    """Numbers in the matrices (and biases) of all layers: attention and FFN."""
    of = parts(model)
    return of["attention"] + of["ffn"]


def output_matrix(model: Model) -> int:
    """Numbers in the matrix that makes the logits, whether or not it is also the embedding."""
    of = parts(model)
    return of["output"] or of["embedding"]


def step_weights(model: Model) -> int:
    """Numbers that one decoding step reads: all matrices; a row of the embedding and the norms not counted."""
    return layer_matrices(model) + output_matrix(model)


def weight_bytes(model: Model) -> int:
    """All parameters in 16 bit."""
    return BF16 * parameters(model)


def attention_flops(model: Model, pairs: int) -> int:
    """Scores and weighted sums of ``pairs`` query-key pairs in all heads and layers: 4 h d_head L each."""
    heads = model.cache
    assert isinstance(heads, KVHeads)
    return 4 * model.heads * heads.d_head * model.layers * pairs


def step_flops(model: Model, context: int, batch: int = 1) -> int:
    """One decoding step: every sequence multiplies one token by all matrices and attends to its cache."""
    return batch * (2 * step_weights(model) + attention_flops(model, context))


def step_bytes(model: Model, context: int, batch: int = 1, *, itemsize: float = BF16) -> float:
    """Bytes that a decoding step reads: the weights once, the cache of every sequence.

    ``itemsize`` is that of the weights.
    """
    return itemsize * step_weights(model) + cache_bytes(model, context, batch=batch)


def step_intensity(model: Model, context: int, batch: int = 1) -> float:
    """FLOP/byte of a whole decoding step."""
    return step_flops(model, context, batch) / step_bytes(model, context, batch)


def intensity_ceiling(model: Model, context: int) -> float:
    """FLOP/byte that a decoding step tends to as the batch grows: each sequence brings its own cache."""
    cache = cache_bytes(model, context)
    return step_flops(model, context) / cache if cache else inf


def step_seconds(model: Model, gpu: Gpu, context: int, batch: int = 1, *, itemsize: float = BF16) -> float:
    """Time that a decoding step takes at least, computing and reading overlapped."""
    compute = step_flops(model, context, batch) / gpu.flops
    return max(compute, step_bytes(model, context, batch, itemsize=itemsize) / gpu.bandwidth)


def cache_share(model: Model, context: int, batch: int = 1) -> float:
    """The caches' share of the bytes that a decoding step reads: 0 to 1."""
    return cache_bytes(model, context, batch=batch) / step_bytes(model, context, batch)


def prefill_flops(model: Model, n: int) -> int:
    """A prompt of n tokens: all layers on all tokens, causal attention, logits of the last token only."""
    matrices = 2 * layer_matrices(model) * n + 2 * output_matrix(model)
    return matrices + attention_flops(model, n * (n + 1) // 2)


def prefill_seconds(model: Model, gpu: Gpu, n: int) -> float:
    """Time that a prefill takes at least: its FLOPs, or reading the weights and writing the cache."""
    moved = BF16 * step_weights(model) + cache_bytes(model, n)
    return max(prefill_flops(model, n) / gpu.flops, moved / gpu.bandwidth)


def resident_sequences(model: Model, gpu: Gpu, tokens: int) -> int:
    """Sequences of ``tokens`` whose caches fit beside the weights, with nothing left for activations."""
    return int((gpu.memory - weight_bytes(model)) // cache_bytes(model, tokens))


def tokens_to_match_weights(model: Model) -> float:
    """Cached tokens, of all sequences together, that take as many bytes as the weights."""
    return weight_bytes(model) / cache_bytes(model, 1)


# what a cache saves ------------------------------------------------------------------------------


def cached_flops(n: int, d: int) -> int:
    """FLOPs of one layer to generate n tokens with a KV cache: sum of 24 d^2 + 4 t d, t = 1 to n.

    d_ff = 4d and full multi-head attention, as in Vaswani et al. 2017 (cf. Table 1).
    """
    return 24 * n * d**2 + 2 * n * (n + 1) * d


def uncached_flops(n: int, d: int) -> int:
    """The same without a cache: step t runs all t tokens again, causal attention."""
    return sum(int(f.linear + f.scores) for f in (layer_flops(t, d, causal=True) for t in range(1, n + 1)))


def cached_attention_flops(n: int, d: int) -> int:
    """The part of ``cached_flops`` that grows with n^2: 2 n (n + 1) d."""
    return cached_flops(n, d) - 24 * n * d**2


def uncached_attention_flops(n: int, d: int) -> int:
    """The part of ``uncached_flops`` that grows with n^3: sum of 2 t (t + 1) d = 2 n (n + 1) (n + 2) d / 3."""
    return 2 * n * (n + 1) * (n + 2) * d // 3


# blocks ------------------------------------------------------------------------------------------


def kv_blocks(tokens: int, size: int = 16) -> int:
    """KV blocks that hold so many tokens (Kwon et al. 2023, §4.2; 16 is vLLM's default, §7.2)."""
    return ceil(tokens / size)


def unfilled_slots(tokens: int, size: int = 16) -> int:
    """Slots of the last block that are not yet filled: at most size - 1."""
    return kv_blocks(tokens, size) * size - tokens


def prefix_hit(shared: int, size: int = 16) -> int:
    """Tokens reused by a prefix cache that keeps full blocks only, of ``shared`` equal first tokens."""
    return shared // size * size


# batches -----------------------------------------------------------------------------------------


def static_schedule(lengths: Sequence[int], slots: int) -> list[tuple[int, int]]:
    """(slot, first iteration) of each request when a batch of ``slots`` runs until its longest is done."""
    placed, start = [], 0
    for first in range(0, len(lengths), slots):
        batch = lengths[first : first + slots]
        placed += [(slot, start) for slot in range(len(batch))]
        start += max(batch)
    return placed


def continuous_schedule(lengths: Sequence[int], slots: int) -> list[tuple[int, int]]:
    """(slot, first iteration) of each request when the next one enters as soon as a slot is free.

    Iteration-level scheduling (Yu et al. 2022, §3), first come first model.
    """
    free, placed = [0] * slots, []
    for length in lengths:
        slot = int(np.argmin(free))
        placed.append((slot, free[slot]))
        free[slot] += length
    return placed


def schedule_iterations(lengths: Sequence[int], placed: Sequence[tuple[int, int]]) -> int:
    """Iterations until the last request is done."""
    return max(start + length for length, (_, start) in zip(lengths, placed, strict=True))


def slot_use(lengths: Sequence[int], placed: Sequence[tuple[int, int]], slots: int) -> float:
    """Share of all slots and iterations in which a token is made: 0 to 1."""
    return sum(lengths) / (slots * schedule_iterations(lengths, placed))


# chunks and hand-overs ---------------------------------------------------------------------------


def chunk_rereads(chunks: int) -> int:
    """Loads of earlier chunks' keys and values in a prefill of so many chunks (Agrawal et al. 2024, §4.3).

    The first chunk's cache is loaded chunks - 1 times, the second's chunks - 2 times, and so on.
    """
    return chunks * (chunks - 1) // 2


def handover_rate(model: Model, tokens: int, requests: float) -> float:
    """Bytes/s of cache sent from prefill to decoding machines (Zhong et al. 2024, §3.3)."""
    return cache_bytes(model, tokens) * requests
