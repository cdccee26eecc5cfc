"""The tokenisation toy: merges, token counts and cuts that cards quote."""

import pytest
from _tokens import (
    TOY_COUNTS,
    association,
    best_pairs,
    encode,
    frequency,
    likelihood_gain,
    longest_match,
    merge_all,
    pair_counts,
    spell,
    symbol_counts,
    train,
)

BPE = spell(TOY_COUNTS, end="</w>")


def test_bpe_merges_the_most_frequent_pair_first():
    merges, _ = train(BPE, frequency, 10)
    assert ["".join(pair) for pair in merges] == [
        "es", "est", "est</w>", "lo", "low", "ne", "new", "newest</w>", "low</w>", "wi",
    ]  # fmt: skip


def test_three_pairs_tie_for_the_first_merge_and_the_first_in_the_corpus_wins():
    tied = best_pairs(BPE, frequency)
    assert tied == [("e", "s"), ("s", "t"), ("t", "</w>")]
    assert {pair_counts(BPE)[pair] for pair in tied} == {9}


def test_ten_merges_shorten_the_corpus_from_95_to_28_tokens():
    _, lengths = train(BPE, frequency, 10)
    assert lengths == [95, 86, 77, 68, 61, 54, 48, 42, 36, 31, 28]


@pytest.mark.parametrize("end", ["", "</w>"])
def test_dividing_by_the_parts_frequencies_merges_i_and_d_first(end):
    corpus = spell(TOY_COUNTS, end=end)
    assert best_pairs(corpus, association) == [("i", "d")]
    assert association(corpus, ("i", "d")) == pytest.approx(3 / (3 * 3))
    assert association(corpus, ("e", "s")) == pytest.approx(9 / (17 * 9))


def test_with_continuation_marks_w_and_i_tie_with_i_and_d():
    corpus = spell(TOY_COUNTS, inside="##")
    assert best_pairs(corpus, association) == [("w", "##i"), ("##i", "##d")]


@pytest.mark.parametrize("marks", [{}, {"end": "</w>"}, {"inside": "##"}])
def test_the_likelihood_of_the_whole_corpus_would_merge_s_and_t_first(marks):
    corpus = spell(TOY_COUNTS, **marks)
    (best,) = best_pairs(corpus, likelihood_gain)
    assert "".join(best).replace("##", "") == "st"
    assert likelihood_gain(corpus, best) == pytest.approx(29.8 if "end" in marks else 28.0, abs=0.1)


def test_the_likelihood_gains_of_the_bare_letters_are_these():
    corpus = spell(TOY_COUNTS)
    gains = {a + b: likelihood_gain(corpus, (a, b)) for a, b in ("st", "lo", "es", "id")}
    assert gains == pytest.approx({"st": 28.0, "lo": 23.6, "es": 16.3, "id": 12.8}, abs=0.05)


@pytest.mark.parametrize("pick", [min, max])
def test_alphabetical_tie_rules_give_the_same_lengths_with_other_pieces(pick):
    corpus, merges, lengths = BPE, [], []
    for _ in range(10):
        merges.append(pick(best_pairs(corpus, frequency)))
        corpus = merge_all(corpus, merges[-1])
        lengths.append(symbol_counts(corpus).total())
    first_come, expected = train(BPE, frequency, 10)
    assert lengths == expected[1:]
    assert set(merges) != set(first_come)


def test_continuation_marks_survive_only_at_the_front_of_a_merged_piece():
    merges, _ = train(spell({"wide": 1}, inside="##"), frequency, 1)
    assert merges == [("w", "##i")]
    assert encode(("w", "##i", "##d", "##e"), merges) == ("wi", "##d", "##e")
    assert encode(("##i", "##d"), [("##i", "##d")]) == ("##id",)


def test_bpe_replays_its_merges_and_so_cuts_differently_from_longest_match():
    merges, _ = train(BPE, frequency, 10)
    word = (*"nest", "</w>")
    vocabulary = {*word, *("".join(pair) for pair in merges)}
    assert encode(word, merges) == ("n", "est</w>")
    assert longest_match(word, vocabulary) == ("ne", "s", "t", "</w>")


def test_bpe_cuts_an_unseen_word_into_known_pieces():
    merges, _ = train(BPE, frequency, 10)
    assert encode((*"lowest", "</w>"), merges) == ("low", "est</w>")
