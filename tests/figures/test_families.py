"""Objectives, amounts of training and biases, against what the papers print."""

import _families as families
import pytest
from _models import BERT_BASE, BERT_LARGE, LLAMA2_7B, SHAPES, layer_parameters, parameters, parts
from numpy.random import default_rng

approx = pytest.approx


def test_t5s_own_example_has_75_corrupted_tokens_in_25_spans():
    assert families.span_corruption(500) == approx((75, 25, 450, 101))


def test_tokens_drawn_one_by_one_form_as_many_spans_as_a_simulation_says():
    drawn = default_rng(0).random((20_000, 500)) < 0.15
    starts = drawn[:, 0].astype(int) + (drawn[:, 1:] & ~drawn[:, :-1]).sum(axis=1)
    found = families.independent_corruption(500)
    assert found.spans == approx(starts.mean(), rel=0.005)
    assert found.spans == approx(63.8, abs=0.05)
    assert (found.corrupted, found.input, found.target) == approx((75, 488.8, 139.8), abs=0.05)


def test_berts_batch_is_131072_tokens_where_the_paper_prints_128000():
    assert families.BERT_BATCH == 131_072
    tokens, epochs = families.BERT_BATCH * families.BERT_STEPS, 128_000 * families.BERT_STEPS / 3.3e9
    assert tokens == approx(137e9, rel=0.05)  # T5 §3.1.2 says roughly 137B
    assert epochs == approx(40, rel=0.05)  # BERT A.2: about 40 epochs


def test_roberta_saw_sixteen_times_as_many_sequences():
    assert families.roberta_factor() == approx(16, rel=0.03)
    assert families.roberta_factor(2000, 125_000) == approx(1, rel=0.03)  # §4.3: the same cost
    assert families.roberta_factor(8000, 31_000) == approx(1, rel=0.04)


@pytest.mark.parametrize(("model", "paper"), [(BERT_BASE, 15e6), (BERT_LARGE, 20e6)])
def test_a_vocabulary_of_bytes_adds_about_as_much_as_roberta_says(model, paper):
    assert families.bytes_vocabulary_cost(model) == approx(paper, rel=0.02)


def test_gpt_1_is_as_large_as_openai_says():
    assert parameters(families.GPT1) == approx(117e6, rel=0.005)  # GPT-2, §3: the smallest equals the first GPT
    assert layer_parameters(families.GPT1) == layer_parameters(BERT_BASE)


def test_t5_base_is_as_large_as_its_paper_says():
    assert families.t5_parameters() == approx(220e6, rel=0.015)  # §3.1.1
    # its checkpoint, tensor by tensor: 12 layers of both kinds, a norm at the end of each stack, two tables of biases
    d, d_ff = 768, 3072
    encoder, decoder = 4 * d**2 + 2 * d * d_ff + 2 * d, 8 * d**2 + 2 * d * d_ff + 3 * d
    assert families.t5_parameters() == 32_128 * d + 12 * (encoder + decoder) + 2 * d + 2 * 32 * 12 == 222_903_552


def test_the_biases_that_llama_2_7b_goes_without_are_a_fiftieth_of_a_percent_of_it():
    m = SHAPES[LLAMA2_7B]
    tensors = 4 * 4096 + 2 * 11_008 + 4096  # q, k, v, o; gate, up; down
    assert families.biases_left_out(LLAMA2_7B) == 32 * tensors == 1_359_872
    assert families.biases_left_out(LLAMA2_7B) / parameters(LLAMA2_7B) == approx(0.0002, rel=0.02)
    assert m.biases == ""
    assert parts(LLAMA2_7B)["positions"] == 0
