from itertools import pairwise

import pytest

NAME = "bpe"
LENGTHS = [95, 86, 77, 68, 61, 54, 48, 42, 36, 31, 28]


def test_ten_merges_take_the_toy_corpus_from_95_tokens_to_28(figure):
    script = figure(NAME)
    assert script.LENGTHS == LENGTHS == [sum(len(word) * n for word, n in stage) for stage in script.STAGES]


def test_the_first_merges_are_those_of_the_paper_s_corpus(figure):
    made = ["".join(pair) for pair in figure(NAME).MERGES]
    assert made == ["es", "est", "est</w>", "lo", "low", "ne", "new", "newest</w>", "low</w>", "wi"]


def test_at_first_three_pairs_are_tied_and_the_first_met_is_merged(figure):
    counts = {}
    for word, n in {"low·": 5, "lower·": 2, "newest·": 6, "widest·": 3}.items():
        for pair in pairwise(word):
            counts[pair] = counts.get(pair, 0) + n
    tied = [pair for pair, n in counts.items() if n == max(counts.values())]
    assert tied == [("e", "s"), ("s", "t"), ("t", "·")]
    assert figure(NAME).MERGES[0] == tied[0]


def test_counts_make_es_the_first_pair_and_the_score_makes_it_id(figure):
    script = figure(NAME)
    best = {
        score: max(script.PAIRS, key=lambda pair, score=score: score(script.TOY_LETTERS, pair))
        for score in (script.frequency, script.association)
    }
    assert best == {script.frequency: ("e", "s"), script.association: ("i", "d")}
    assert script.association(script.TOY_LETTERS, ("i", "d")) == 3 / (3 * 3)
    assert script.association(script.TOY_LETTERS, ("e", "s")) == 9 / (17 * 9)


def test_every_row_of_the_table_covers_the_same_letters(figure):
    script = figure(NAME)
    covered = [sum(width for _, _, width, _ in script.cells(stage)) for stage in script.STAGES]
    assert covered == [4 + 6 + 7 + 7] * 11


@pytest.mark.parametrize("show", ["counts", "merges", "first"])
def test_it_draws(drawn, theme, labels, show):
    assert "<svg" in drawn(NAME, theme, labels=labels, show=show)


def test_an_unknown_show_is_refused(drawn):
    with pytest.raises(ValueError, match="counts, merges, first"):
        drawn(NAME, "light", show="tree")
