"""Counts against published totals, and against the list of a checkpoint's tensors."""

from math import prod

import _models as models
import pytest
from _cost import transformer_parameters

approx = pytest.approx


@pytest.mark.parametrize(("model", "total"), [
    (models.BERT_BASE, 109_482_240),
    (models.BERT_LARGE, 335_141_888),
    (models.GPT2, 124_439_808),
    (models.GPT2_XL, 1_557_611_200),
    (models.LLAMA2_7B, 6_738_415_616),
    (models.LLAMA2_70B, 68_976_648_192),
    (models.LLAMA3_8B, 8_030_261_248),
    (models.LLAMA3_70B, 70_553_706_496),
    (models.LLAMA3_405B, 405_853_388_800),
    (models.V17_BASE, 63_045_632),
])  # fmt: skip
def test_a_released_model_has_exactly_this_many_parameters(model, total):
    assert models.parameters(model) == total


@pytest.mark.parametrize(("model", "paper", "within"), [
    (models.V17_BIG, 213e6, 0.01),  # V17, Table 3
    (models.V17_BASE, 65e6, 0.031),  # the table's number is not reproduced: see there
    (models.BERT_BASE, 110e6, 0.01),  # BERT, §3
    (models.BERT_LARGE, 340e6, 0.015),
    (models.GPT3, 175e9, 0.005),  # GPT-3, Table 2.1
    (models.LLAMA2_7B, 6.7e9, 0.01),  # LLaMA, Table 2
])  # fmt: skip
def test_a_paper_says_about_as_many(model, paper, within):
    assert models.parameters(model) == approx(paper, rel=within)


def test_the_original_is_counted_as_cost_counts_it():
    assert models.parameters(models.V17_BASE) == transformer_parameters(6, 512, 2048, 37_000)
    assert models.parameters(models.V17_BIG) == transformer_parameters(6, 1024, 4096, 37_000)
    assert models.layer_parameters(models.V17_BASE) == 3_150_336


def tensors_of_bert():
    """Shapes of the variables of a google-research/bert checkpoint, as modeling.py makes them."""
    d, ff = 768, 3072
    yield from [(30_522, d), (512, d), (2, d), (d,), (d,)]  # word, position, token type, LayerNorm
    for _ in range(12):
        yield from [(d, d), (d,)] * 4  # query, key, value, attention output
        yield from [(d, ff), (ff,), (ff, d), (d,)]  # intermediate, output
        yield from [(d,)] * 4  # two LayerNorms
    yield from [(d, d), (d,)]  # pooler


def tensors_of_gpt2():
    """Shapes of the variables of openai/gpt-2, src/model.py."""
    d = 768
    yield from [(50_257, d), (1024, d)]  # wte, wpe
    for _ in range(12):
        yield from [(d,)] * 4  # ln_1, ln_2
        yield from [(d, 3 * d), (3 * d,), (d, d), (d,)]  # attn/c_attn, attn/c_proj
        yield from [(d, 4 * d), (4 * d,), (4 * d, d), (d,)]  # mlp/c_fc, mlp/c_proj
    yield from [(d,)] * 2  # ln_f


def tensors_of_llama3():
    """Shapes of the weights of meta-llama/llama3, llama/model.py, at 8B."""
    d, ff, kv = 4096, 14_336, 8 * 128
    yield (128_256, d)  # tok_embeddings
    for _ in range(32):
        yield from [(d, d), (d, kv), (d, kv), (d, d)]  # wq, wk, wv, wo
        yield from [(d, ff), (ff, d), (d, ff)]  # w1, w2, w3
        yield from [(d,)] * 2  # attention_norm, ffn_norm
    yield (d,)  # norm
    yield (128_256, d)  # output


@pytest.mark.parametrize(("model", "tensors"), [
    (models.BERT_BASE, tensors_of_bert),
    (models.GPT2, tensors_of_gpt2),
    (models.LLAMA3_8B, tensors_of_llama3),
])  # fmt: skip
def test_the_parts_sum_to_the_tensors_of_the_checkpoint(model, tensors):
    assert models.parameters(model) == sum(map(prod, tensors()))


def test_bert_base_is_a_third_embeddings_and_twelve_layers_of_seven_million():
    p = models.parts(models.BERT_BASE)
    assert p["embedding"] + p["positions"] == 23_835_648
    assert models.layer_parameters(models.BERT_BASE) == 7_087_872
    assert p["pooler"] == 590_592
    assert 23_835_648 + 1536 + 12 * 7_087_872 + 590_592 == 109_482_240


def test_berts_heads_are_the_rest_of_its_pretraining_checkpoint():
    transform, norm, bias, nsp = 768 * 768 + 768, 2 * 768, 30_522, 768 * 2 + 2
    assert models.bert_heads(models.BERT_BASE) == transform + norm + bias + nsp
    assert models.parameters(models.BERT_BASE) + models.bert_heads(models.BERT_BASE) == 110_106_428


def test_llama_3_8b_is_seven_tenths_ffn():
    p = models.parts(models.LLAMA3_8B)
    assert p["ffn"] == approx(5.64e9, rel=1e-3)
    assert p["attention"] == approx(1.34e9, rel=2e-3)
    assert p["embedding"] == p["output"] == 525_336_576
    assert models.part_share(models.LLAMA3_8B, "ffn") == approx(0.702, abs=5e-4)


def test_what_llama_3_8b_has_more_than_llama_2_7b_is_gained_part_by_part():
    pair = models.LLAMA2_7B, models.LLAMA3_8B
    difference = models.parameters(pair[1]) - models.parameters(pair[0])
    assert models.gained(*pair, *models.parts(pair[0])) == difference == 1_291_845_632
    assert models.gained(*pair, "attention") == -32 * 3 * 4096**2 // 2


def test_shares_of_all_parts_are_one():
    for model in (models.V17_BASE, *models.SHAPES):
        assert models.part_share(model, *models.parts(model)) == approx(1)


@pytest.mark.parametrize("model", [models.V17_BASE, models.GPT2, models.LLAMA3_8B])
def test_what_is_no_embedding_is_in_the_layers_or_between_them(model):
    p = models.parts(model)
    assert models.non_embedding(model) == p["attention"] + p["ffn"] + p["norms"]


def test_twelve_l_d_squared_is_the_weights_of_a_plain_layer():
    assert models.rule_of_thumb(models.GPT2) == 84_934_656
    assert models.non_embedding(models.GPT2) / models.rule_of_thumb(models.GPT2) == approx(1, abs=2e-3)
    assert models.non_embedding(models.GPT3) / models.rule_of_thumb(models.GPT3) == approx(1, abs=2e-3)
    assert models.non_embedding(models.LLAMA2_7B) / models.rule_of_thumb(models.LLAMA2_7B) == approx(1.005, abs=1e-3)
    assert models.non_embedding(models.LLAMA3_8B) / models.rule_of_thumb(models.LLAMA3_8B) == approx(13 / 12, abs=1e-3)
