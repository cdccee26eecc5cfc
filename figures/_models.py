"""The parameters of published models, counted part by part from their shapes.

A count of weights and nothing else; what a layer costs in FLOPs, bytes and time is in _cost. Shapes
are the published ones: a vocabulary has as many rows as the released matrix, which may be more than
the tokeniser knows.

    Vaswani et al. 2017   arXiv 1706.03762, Table 3 (V17); about 37,000 BPE tokens (§5.1)
    Devlin et al. 2019    BERT, arXiv 1810.04805, §3; bert_config.json of google-research/bert
    Radford et al. 2019   GPT-2, §2.2 and §2.3; hparams.json of openai/gpt-2
    Brown et al. 2020     GPT-3, arXiv 2005.14165, Table 2.1
    Touvron et al. 2023   LLaMA, arXiv 2302.13971, §2; Llama 2, arXiv 2307.09288, §2.2
    Grattafiori et al. 2024  The Llama 3 Herd of Models, arXiv 2407.21783, Table 3

Symbols: d model width, h heads of width d_head, g of them with keys and values of their own, L layers,
V rows of the vocabulary.
"""

from __future__ import annotations

from dataclasses import dataclass

from _cost import GPT3, LLAMA2_7B, LLAMA3_8B, LLAMA3_70B, KVHeads, Model, attention_parameters


@dataclass(frozen=True, slots=True)
class Shape(Model):
    """A model as far as its parameters depend on it; a ``Model``, so that its cache is known as well.

    ``d`` width, ``d_ff`` hidden width of the FFN, ``vocabulary`` rows of the embedding. ``rows`` counts
    the other learned embeddings (positions, segments). ``gated`` is an FFN of three matrices.
    ``biases`` says where there are any: "", "ffn" (V17) or "all". ``norm_vectors`` is 2 for LayerNorm
    (gain and bias), 1 for RMSNorm, and ``extra_norms`` stand outside of the layers. ``sides`` is 2 for
    an encoder and a decoder of ``layers`` each, the decoder with cross-attention.
    """

    d: int
    d_ff: int
    vocabulary: int
    rows: int = 0
    gated: bool = False
    biases: str = ""
    norm_vectors: int = 1
    extra_norms: int = 1
    tied: bool = True
    pooler: bool = False
    sides: int = 1


def _like(model: Model, d: int, d_ff: int, vocabulary: int, **more: object) -> Shape:
    """The shape of a model whose layers, heads and K/V heads _cost has already."""
    return Shape(model.name, model.layers, model.heads, model.cache, d, d_ff, vocabulary, **more)


def _original(name: str, heads: int, d: int) -> Shape:
    return Shape(name, 6, heads, KVHeads(heads, 64), d, 4 * d, 37_000, biases="ffn", norm_vectors=2, extra_norms=0,
                 sides=2)  # fmt: skip


def _bert(name: str, layers: int, heads: int) -> Shape:
    """512 positions and 2 segments; a LayerNorm over their sum with the token's embedding."""
    return Shape(name, layers, heads, KVHeads(heads, 64), 64 * heads, 256 * heads, 30_522, rows=512 + 2, biases="all",
                 norm_vectors=2, pooler=True)  # fmt: skip


def _gpt2(name: str, layers: int, heads: int) -> Shape:
    return Shape(name, layers, heads, KVHeads(heads, 64), 64 * heads, 256 * heads, 50_257, rows=1024, biases="all",
                 norm_vectors=2)  # fmt: skip


def _llama(model: Model, d: int, d_ff: int, vocabulary: int) -> Shape:
    """RMSNorm, SwiGLU, RoPE (nothing learned), no biases, input and output matrix apart."""
    return _like(model, d, d_ff, vocabulary, gated=True, tied=False)


V17_BASE = _original("V17 base", 8, 512)
V17_BIG = _original("V17 big", 16, 1024)
BERT_BASE = _bert("BERT-base", 12, 12)  # uncased; cased has 28,996 rows
BERT_LARGE = _bert("BERT-large", 24, 16)
GPT2 = _gpt2("GPT-2", 12, 12)  # small; the paper says 117M, see the note of openai/gpt-2
GPT2_XL = _gpt2("GPT-2 XL", 48, 25)
LLAMA2_70B = Model("Llama-2-70B", 80, 64, KVHeads(8, 128))
LLAMA3_405B = Model("Llama-3-405B", 126, 128, KVHeads(8, 128))

SHAPES = {
    GPT3: _like(GPT3, 12_288, 4 * 12_288, 50_257, rows=2048, biases="all", norm_vectors=2),
    LLAMA2_7B: _llama(LLAMA2_7B, 4096, 11_008, 32_000),
    LLAMA2_70B: _llama(LLAMA2_70B, 8192, 28_672, 32_000),
    LLAMA3_8B: _llama(LLAMA3_8B, 4096, 14_336, 128_256),
    LLAMA3_70B: _llama(LLAMA3_70B, 8192, 28_672, 128_256),
    LLAMA3_405B: _llama(LLAMA3_405B, 16_384, 53_248, 128_256),
}


def shape(model: Model) -> Shape:
    """What of ``model`` its parameters depend on: itself, or what is published beside its cache."""
    return model if isinstance(model, Shape) else SHAPES[model]


# one layer ---------------------------------------------------------------------------------------


def attention_part(model: Model) -> int:
    """W_Q [d, h d_head], W_K and W_V [d, g d_head], W_O [h d_head, d], and their biases, of one attention."""
    m = shape(model)
    d_head, g = m.cache.d_head, m.cache.kv_heads
    biases = d_head * (m.heads + 2 * g) + m.d if m.biases == "all" else 0
    return attention_parameters(m.d, m.heads, d_head, g) + biases


def ffn_part(model: Model) -> int:
    """Two matrices of d d_ff, three where it is gated, and the biases d_ff + d, of one FFN."""
    m = shape(model)
    return (3 if m.gated else 2) * m.d * m.d_ff + (m.d_ff + m.d if m.biases else 0)


def norm_part(model: Model) -> int:
    """One norm: gain and bias 2d (LayerNorm), gain alone d (RMSNorm)."""
    m = shape(model)
    return m.norm_vectors * m.d


def layer_parameters(model: Model) -> int:
    """One layer: an attention, an FFN and their two norms (V17's encoder layer, not its decoder's)."""
    return attention_part(model) + ffn_part(model) + 2 * norm_part(model)


# the whole ---------------------------------------------------------------------------------------


def parts(model: Model) -> dict[str, int]:
    """Every parameter of the model, by what it belongs to; what the model has not is 0.

    "embedding" is the input matrix V d, "output" a matrix of the same size where the two are not one.
    """
    m = shape(model)
    attentions, ffns, norms = (3, 2, 5) if m.sides == 2 else (1, 1, 2)  # a layer, or one of each side
    return {
        "embedding": m.vocabulary * m.d,
        "positions": m.rows * m.d,
        "attention": m.layers * attentions * attention_part(m),
        "ffn": m.layers * ffns * ffn_part(m),
        "norms": (m.layers * norms + m.extra_norms) * norm_part(m),
        "pooler": (m.d**2 + m.d) * m.pooler,
        "output": 0 if m.tied else m.vocabulary * m.d,
    }


def parameters(model: Model) -> int:
    """All of a model's parameters, a shared matrix once: ``parameters(GPT2)`` is 124,439,808."""
    return sum(parts(model).values())


def gained(model: Model, other: Model, *names: str) -> int:
    """How many more parameters ``other`` has than ``model`` in these ``parts``."""
    return sum(parts(other)[name] - parts(model)[name] for name in names)


def part_share(model: Model, *names: str) -> float:
    """Those of ``parts`` as a share of the whole, 0 to 1: ``part_share(GPT2, "ffn")``."""
    return sum(parts(model)[name] for name in names) / parameters(model)


def bert_heads(model: Model) -> int:
    """BERT's pre-training heads, which are not in ``parts``: a layer and a bias for MLM, a layer of two for NSP.

    MLM: [d, d] and bias, LayerNorm, one bias a token (its matrix is the embedding); NSP: [d, 2] and bias.
    """
    m = shape(model)
    return (m.d**2 + m.d + 2 * m.d + m.vocabulary) + (2 * m.d + 2)


def non_embedding(model: Model) -> int:
    """Without the vocabulary's matrices and learned positions: the N of Kaplan et al. 2020 (§2.1).

    They count 12 L d^2 and leave out biases and norms too, which are here; at most a few in a thousand.
    """
    p = parts(model)
    return parameters(model) - p["embedding"] - p["positions"] - p["output"]


def rule_of_thumb(model: Model) -> int:
    """12 L d^2: four projections and an FFN of two d x 4d matrices, L times."""
    m = shape(model)
    return 12 * m.layers * m.d**2
