import pytest
from _models import BERT_BASE, GPT2, LLAMA2_7B, LLAMA3_8B, LLAMA3_70B, V17_BASE, parameters

NAME = "params"


def test_the_bars_are_of_these_models_with_these_totals(figure):
    assert {model.name: parameters(model) for model in figure(NAME).MODELS} == {
        "V17 base": 63_045_632, "BERT-base": 109_482_240, "GPT-2": 124_439_808, "Llama-2-7B": 6_738_415_616,
        "Llama-3-8B": 8_030_261_248}  # fmt: skip


def test_shares_leave_out_less_than_one_in_a_hundred(figure):
    script = figure(NAME)
    assert all(0.99 < sum(script.shares(model).values()) <= 1 for model in script.MODELS)


@pytest.mark.parametrize(("model", "percent"), [
    (V17_BASE, [30, 30, 40]),
    (BERT_BASE, [22, 26, 52]),
    (GPT2, [32, 23, 46]),
    (LLAMA2_7B, [4, 32, 64]),
    (LLAMA3_8B, [13, 17, 70]),
])  # fmt: skip
def test_embeddings_attention_and_ffn_have_these_shares(figure, model, percent):
    assert [round(100 * share) for share in figure(NAME).shares(model).values()] == percent


@pytest.mark.parametrize(("model", "attention", "ffn"), [
    (V17_BASE, 4, 8),
    (GPT2, 4, 8),
    (LLAMA2_7B, 4, 8),
    (LLAMA3_8B, 2.5, 10.5),
    (LLAMA3_70B, 2.25, 10.5),
])  # fmt: skip
def test_a_layer_is_twelve_squares_of_the_width_but_for_shared_heads_and_a_wider_ffn(figure, model, attention, ffn):
    squares = figure(NAME).in_squares(model)
    assert squares["attention"] == pytest.approx(attention, abs=0.01)
    assert squares["FFN"] == pytest.approx(ffn, abs=0.07)


def test_parts_are_in_millions_and_only_what_the_model_has(figure):
    script = figure(NAME)
    assert {name: round(count, 1) for name, count in script.million(BERT_BASE).items()} == {
        "embedding": 23.4, "positions": 0.4, "attention": 28.3, "ffn": 56.7, "norms": 0.0, "pooler": 0.6}  # fmt: skip
    assert {name: round(count) for name, count in script.million(LLAMA3_8B).items() if name != "norms"} == {
        "embedding": 525, "attention": 1342, "ffn": 5637, "output": 525}  # fmt: skip


def test_sizes_have_three_digits(figure):
    assert [figure(NAME).size(n) for n in (63_045_632, 109_482_240, 8_030_261_248)] == ["63.0M", "109M", "8.03B"]


@pytest.mark.parametrize("arguments", [
    {"show": "models"}, {"show": "layer"}, {"show": "parts"}, {"show": "parts", "model": "bert-base"},
    {"show": "parts", "model": "gpt-2"}])  # fmt: skip
def test_it_draws(drawn, theme, labels, arguments):
    assert "<svg" in drawn(NAME, theme, labels=labels, **arguments)


@pytest.mark.parametrize(("arguments", "known"), [({"show": "tensors"}, "models, layer"), ({"model": "t5"}, "gpt-2")])
def test_what_is_unknown_is_refused(drawn, arguments, known):
    with pytest.raises(ValueError, match=known):
        drawn(NAME, "light", **arguments)
