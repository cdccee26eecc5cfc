import pytest
from _cost import state_bytes

NAME = "memory"
approx = pytest.approx


def test_llama_2_7b_takes_107_8_gb_in_either_kind_of_training(figure):
    memory = figure(NAME)
    totals = {layout: sum(memory.gigabytes(layout).values()) for layout in memory.LAYOUTS}
    assert totals == {"inference": approx(13.48, abs=0.005), "fp32": approx(107.8, abs=0.05),
                      "mixed": approx(107.8, abs=0.05)}  # fmt: skip
    assert totals["mixed"] == approx(state_bytes(memory.PARAMETERS) / 1e9)


def test_mixed_precision_is_2_2_and_12_bytes(figure):
    layout = figure(NAME).LAYOUTS["mixed"]
    assert list(layout.values()) == [2, 2, 4, 4, 4]
    assert set(layout) == set(figure(NAME).PARTS)


def test_gpt_3s_attention_term_is_80_of_114(figure):
    memory = figure(NAME)
    s, h, a = memory.GPT3
    assert memory.bracket(s, h / a) == (34, 80)


def test_the_terms_cross_at_6_8_head_widths(figure):
    memory = figure(NAME)
    below, above = memory.bracket(870), memory.bracket(871)
    assert below[1] < 34 < above[1]
    assert approx(870.4) == 6.8 * memory.HEAD


@pytest.mark.parametrize("show", ["states", "activations"])
def test_it_draws(drawn, theme, labels, show):
    assert "<svg" in drawn(NAME, theme, labels=labels, show=show)


def test_an_unknown_show_is_refused(drawn):
    with pytest.raises(ValueError, match="states, activations"):
        drawn(NAME, "light", show="zero")
