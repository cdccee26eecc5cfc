"""Mixture of experts: the router, how even its load is, what a full expert drops, and what the models count.

Symbols: T tokens of a batch, N experts (the routed ones), k of them for each token, d model width.
f [N] is the share of the T k assignments that an expert gets, P [N] its mean router probability.

    Fedus et al. 2021           Switch Transformers, arXiv 2101.03961
    Jiang et al. 2024           Mixtral of Experts, arXiv 2401.04088
    Dai et al. 2024             DeepSeekMoE, arXiv 2401.06066
    Wang et al. 2024            Auxiliary-Loss-Free Load Balancing, arXiv 2408.15664
    DeepSeek-AI 2024            DeepSeek-V3, arXiv 2412.19437
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import comb, lgamma, log, log1p, pi, sqrt

import numpy as np

__all__ = [
    "DEEPSEEK_V3_MOE",
    "MISTRAL_7B_SHAPE",
    "MIXTRAL",
    "MoEShape",
    "attention_and_norms",
    "balance_by_bias",
    "balance_gradient",
    "balance_loss",
    "binomial_drop",
    "chosen_experts",
    "drop_share_limit",
    "dropped_share",
    "evenness",
    "expert_capacity",
    "expert_parameters",
    "expert_sets",
    "experts_touched",
    "load_shares",
    "max_violation",
    "moe_active",
    "moe_all_experts",
    "moe_total",
    "random_loads",
    "router_probabilities",
    "skewed_drop",
    "skewed_load",
    "skewed_shares",
    "top_k_gates",
]  # fmt: skip

Array = np.ndarray
Rng = np.random.Generator


# the router --------------------------------------------------------------------------------------


def router_probabilities(logits: Array) -> Array:
    """Softmax over the experts (Switch, Eq. 1); logits [T, N] -> [T, N]."""
    e = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def chosen_experts(scores: Array, k: int) -> Array:
    """The k experts of highest score of each token, best first; [T, N] -> [T, k]."""
    return np.argsort(-scores, axis=-1, kind="stable")[:, :k]


def top_k_gates(logits: Array, k: int) -> Array:
    """Mixtral's gates: the softmax over the k largest logits, 0 elsewhere (§2.1); [T, N] -> [T, N].

    The same as the softmax over all N, of which the k largest are kept and divided by their sum.
    """
    kept = np.full_like(logits, -np.inf)
    rows = np.arange(len(logits))[:, None]
    best = chosen_experts(logits, k)
    kept[rows, best] = logits[rows, best]
    return router_probabilities(kept)


# the load ----------------------------------------------------------------------------------------


def load_shares(chosen: Array, experts: int) -> Array:
    """f: the share of all assignments that each expert gets; chosen [T, k] -> [N], of sum 1."""
    return np.bincount(chosen.ravel(), minlength=experts) / chosen.size


def balance_loss(f: Array, p: Array) -> float:
    """N sum f_i P_i (Switch, Eq. 4, without alpha); 1 where either is uniform."""
    f, p = np.asarray(f), np.asarray(p)
    return float(len(f) * (f @ p))


def balance_gradient(probabilities: Array, f: Array) -> Array:
    """Gradient of ``balance_loss`` with respect to the router's logits, f held fixed; [T, N].

    N / T p_j (f_j - sum_i f_i p_i) for every token, the argmax in f having no gradient.
    """
    tokens, experts = probabilities.shape
    return experts / tokens * probabilities * (f - (probabilities @ f)[:, None])


def max_violation(load: Array) -> float:
    """MaxVio: by how much the largest load exceeds the mean, as a share of the mean (2408.15664, Eq. 4)."""
    return float(load.max() / load.mean() - 1)


def skewed_shares(experts: int, rng: Rng) -> Array:
    """Softmax of N(0, 1) logits: what a router prefers, whatever the token; [N]."""
    return router_probabilities(rng.standard_normal((1, experts)))[0]


def evenness(load: Array) -> float:
    """N sum f^2 of loads in tokens [N]: 1 if they are equal, N if one expert gets everything."""
    f = load / load.sum()
    return balance_loss(f, f)


def random_loads(tokens: int, shares: Array, rng: Rng) -> Array:
    """Tokens that each expert gets, when every token draws its one expert from ``shares``; [N]."""
    return rng.multinomial(tokens, shares)


def skewed_load(tokens: int, experts: int, seed: int) -> Array:
    """``random_loads`` of a router with ``skewed_shares``, both of one seed; [N]."""
    rng = np.random.default_rng(seed)
    return random_loads(tokens, skewed_shares(experts, rng), rng)


def balance_by_bias(
    logits: Array, k: int, steps: int, rate: float, *, noise: float, rng: Rng, tokens: int
) -> tuple[Array, Array]:
    """MaxVio of each step, and the biases at the end, under DeepSeek's bias rule (2408.15664, Algorithm 1).

    Scores are sigmoids of ``logits`` [N], the same for all tokens, plus N(0, noise^2). A token takes
    the k experts of highest score + bias; then each bias moves by ``rate``, up where the load was
    below the mean and down where it was above. The router itself learns nothing.
    """
    bias, found = np.zeros(len(logits)), []
    for _ in range(steps):
        scores = 1 / (1 + np.exp(-(logits + noise * rng.standard_normal((tokens, len(logits))))))
        best = np.argpartition(-(scores + bias), k - 1, axis=1)[:, :k]
        load = np.bincount(best.ravel(), minlength=len(logits))
        found.append(max_violation(load))
        bias += rate * np.sign(load.mean() - load)
    return np.array(found), bias


# capacity ----------------------------------------------------------------------------------------


def expert_capacity(tokens: int, experts: int, factor: float, k: int = 1) -> int:
    """Tokens that an expert has room for: T k / N, times the capacity factor (Switch, Eq. 3)."""
    return int(tokens * k / experts * factor)


def dropped_share(load: Array, capacity: int) -> float:
    """Share of the assignments that find their expert full; load [N], in tokens."""
    return float(np.maximum(load - capacity, 0).sum() / load.sum())


def skewed_drop(tokens: int, experts: int, factor: float, quantile: float = 0.5, *, draws: int = 400) -> float:
    """A quantile of the dropped shares of ``draws`` skewed routers (``skewed_load``, seeds from 0)."""
    room = expert_capacity(tokens, experts, factor)
    shares = [dropped_share(skewed_load(tokens, experts, seed), room) for seed in range(draws)]
    return float(np.quantile(shares, quantile))


def binomial_drop(tokens: int, experts: int, factor: float) -> float:
    """Expected ``dropped_share`` of top-1 routing at random, where a load is Binomial(T, 1/N). Exact."""
    p, room = 1 / experts, expert_capacity(tokens, experts, factor)
    expected = 0.0
    for x in range(room + 1, tokens + 1):
        chance = lgamma(tokens + 1) - lgamma(x + 1) - lgamma(tokens - x + 1) + x * log(p) + (tokens - x) * log1p(-p)
        expected += (x - room) * np.exp(chance)
    return float(experts * expected / tokens)


def drop_share_limit(tokens: int, experts: int) -> float:
    """The same at capacity factor 1, with a normal load: sqrt((N - 1) / (2 pi T))."""
    return sqrt((experts - 1) / (2 * pi * tokens))


def experts_touched(experts: int, k: int, tokens: int) -> float:
    """Expected number of different experts that T tokens need, each drawing k at random: N (1 - (1 - k/N)^T)."""
    return experts * (1 - (1 - k / experts) ** tokens)


def expert_sets(experts: int, k: int) -> int:
    """How many sets of k experts there are (DeepSeekMoE, §3.1)."""
    return comb(experts, k)


# parameters --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class MoEShape:
    """The published shape of a model with SwiGLU experts, RMSNorm, no biases and an untied output layer.

    ``attention`` counts one layer's attention with its own norms, ``routed`` N, ``active`` k,
    ``shared`` the experts that every token takes; ``dense`` layers have one FFN of ``dense_width``.
    """

    name: str
    layers: int
    d: int
    vocabulary: int
    attention: int
    width: int
    routed: int
    active: int
    shared: int = 0
    dense: int = 0
    dense_width: int = 0
    score_bias: bool = False


def grouped_attention(d: int, heads: int, kv_heads: int, d_head: int) -> int:
    """W_Q and W_O [d, heads d_head], W_K and W_V [d, kv_heads d_head]."""
    return 2 * d * d_head * (heads + kv_heads)


def latent_attention(d: int, heads: int, q: int, kv: int, nope: int, rope: int, v: int) -> int:
    """MLA: queries and keys/values through vectors of width q and kv, each normed (DeepSeek-V3, §2.1.1)."""
    queries = d * q + q + q * heads * (nope + rope)
    return queries + d * (kv + rope) + kv + kv * heads * (nope + v) + heads * v * d


MIXTRAL = MoEShape("Mixtral 8x7B", 32, 4096, 32_000, grouped_attention(4096, 32, 8, 128), 14_336, 8, 2)  # Table 1
MISTRAL_7B_SHAPE = replace(MIXTRAL, name="Mistral 7B", routed=1, active=1)  # arXiv 2310.06825, Table 1
DEEPSEEK_V3_MOE = MoEShape(  # §4.2; dense width and vocabulary from its config.json
    "DeepSeek-V3", 61, 7168, 129_280, latent_attention(7168, 128, 1536, 512, 128, 64, 128), 2048, 256, 8,
    shared=1, dense=3, dense_width=18_432, score_bias=True)  # fmt: skip


def expert_parameters(model: MoEShape) -> int:
    """The three matrices of one SwiGLU expert: 3 d times its width."""
    return 3 * model.d * model.width


def attention_and_norms(model: MoEShape) -> int:
    """What every token uses whatever the router says, but for embeddings: attention and two norms a layer, one norm."""
    return model.layers * (model.attention + 2 * model.d) + model.d


def _count(model: MoEShape, experts: int, tables: int) -> int:
    """With ``experts`` experts a layer, shared ones included, and ``tables`` vocabulary matrices."""
    router = (model.d + model.score_bias) * model.routed if model.routed > 1 else 0
    mixed = (model.layers - model.dense) * (experts * expert_parameters(model) + router)
    dense = model.dense * 3 * model.d * model.dense_width
    return attention_and_norms(model) + mixed + dense + tables * model.vocabulary * model.d


def moe_total(model: MoEShape) -> int:
    """All parameters: what must be held in memory."""
    return _count(model, model.routed + model.shared, 2)


def moe_active(model: MoEShape, tables: int = 2) -> int:
    """The parameters that one token uses; ``tables`` is 1 without the input embedding, a look-up."""
    return _count(model, model.active + model.shared, tables)


def moe_all_experts(model: MoEShape) -> int:
    """The routed experts of all layers."""
    return (model.layers - model.dense) * model.routed * expert_parameters(model)
