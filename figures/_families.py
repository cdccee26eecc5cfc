"""Model families beyond their bare shapes: what their objectives corrupt, how much they train, what they leave out.

Counts from published settings, no measurements. Shapes themselves are in _models.

    Radford et al. 2018   GPT, §4.1; vocabulary of the released encoder_bpe_40000.json
    Devlin et al. 2019    BERT, arXiv 1810.04805, §3.1, A.1 and A.2
    Liu et al. 2019       RoBERTa, arXiv 1907.11692, §4.3, §4.4 and §5
    Raffel et al. 2020    T5, arXiv 1910.10683, §2.1, §3.1 and §3.3.4
    Touvron et al. 2023   LLaMA, arXiv 2302.13971, §2.2; bias=False in llama/model.py
"""

from __future__ import annotations

from typing import NamedTuple

from _cost import KVHeads, Model
from _models import GPT2, Shape, parameters, shape

# 40,000 merges and 478 base symbols; 512 learned positions; a LayerNorm after each sub-layer, none at the end
GPT1 = Shape("GPT-1", 12, 12, KVHeads(12, 64), 768, 3072, 40_478, rows=512, biases="all", norm_vectors=2,
             extra_norms=0)  # fmt: skip
# no biases, norms with a gain alone, one more at the end of each stack; 32,000 pieces and sentinels, padded to 32,128
T5_BASE = Shape("T5-base", 12, 12, KVHeads(12, 64), 768, 3072, 32_128, extra_norms=2, sides=2)


# objectives --------------------------------------------------------------------------------------


def corruption_fractions(selected: float = 0.15) -> dict[str, float]:
    """Shares of all tokens: [MASK], a random token, left unchanged (BERT 1810.04805, §3.1)."""
    return {"[MASK]": 0.8 * selected, "random": 0.1 * selected, "unchanged": 0.1 * selected}


class SpanCorruption(NamedTuple):
    """Tokens of one T5 example: ``corrupted`` of them in ``spans``, the encoder's and the decoder's sequence."""

    corrupted: float
    spans: float
    input: float
    target: float


def span_corruption(tokens: int, rate: float = 0.15, mean_span: float = 3) -> SpanCorruption:
    """Each span becomes one sentinel; the target is sentinel and span for each, and a last sentinel (T5 §3.1.4).

    T5's own example in §3.3.4: 500 tokens, 75 corrupted, 25 spans. No end-of-sequence token is counted.
    """
    corrupted = tokens * rate
    spans = corrupted / mean_span
    return SpanCorruption(corrupted, spans, tokens - corrupted + spans, corrupted + spans + 1)


def independent_corruption(tokens: int, rate: float = 0.15) -> SpanCorruption:
    """The same in expectation if each token is drawn on its own: a span starts where its left neighbour is kept.

    The first token starts one whenever it is drawn: rate (1 + (tokens - 1) (1 - rate)) spans.
    """
    spans = rate * (1 + (tokens - 1) * (1 - rate))
    return span_corruption(tokens, rate, tokens * rate / spans)


# amounts of training -----------------------------------------------------------------------------

BERT_BATCH = 256 * 512  # tokens: the paper prints 128,000 (A.2)
BERT_STEPS = 1_000_000


def roberta_factor(batch: int = 8192, steps: int = 500_000) -> float:
    """Sequences that RoBERTa saw over those that BERT saw, 256 in each of a million steps (RoBERTa §4.3, Table 4)."""
    return batch * steps / (256 * BERT_STEPS)


def bytes_vocabulary_cost(model: Model) -> int:
    """Parameters that GPT-2's byte-level vocabulary adds to a BERT (RoBERTa §4.4): rows gained times d."""
    return (GPT2.vocabulary - shape(model).vocabulary) * shape(model).d


# biases ------------------------------------------------------------------------------------------


def biases_left_out(model: Model) -> int:
    """What biases would add to a model without any, a layer: (h + 2 g) d_head + d, and 2 d_ff + d in a gated FFN."""
    m = shape(model)
    attention = m.cache.d_head * (m.heads + 2 * m.cache.kv_heads) + m.d
    return m.layers * (attention + (2 if m.gated else 1) * m.d_ff + m.d)


def t5_parameters(model: Shape = T5_BASE, buckets: int = 32) -> int:
    """``parameters`` and the relative biases: one scalar a bucket and head in each stack, shared by its layers."""
    return parameters(model) + 2 * buckets * model.heads
