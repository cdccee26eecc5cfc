"""The tokenisation toy: merges, token counts and cuts that cards quote."""

import numpy as np
import pytest
from _models import GPT2
from _tokens import (
    TOY_CORPUS,
    TOY_COUNTS,
    TOY_LETTERS,
    TOY_PIECES,
    association,
    best_pairs,
    best_segmentation,
    byte_vocabulary,
    encode,
    frequency,
    information_gain,
    likelihood_gain,
    longest_match,
    merge_all,
    pair_counts,
    sampling_share,
    segmentations,
    spell,
    symbol_counts,
    toy_count,
    toy_gain,
    toy_length,
    toy_score,
    train,
    utf8_bytes,
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


# ---- what cards count on the toy corpus ----------------------------------------------------------


def test_every_merge_shortens_the_toy_corpus_by_the_count_of_its_pair():
    counts = [toy_count(step) for step in range(1, 11)]
    assert counts == [9, 9, 9, 7, 7, 6, 6, 6, 5, 3]
    assert [toy_length(step - 1) - toy_length(step) for step in range(1, 11)] == counts


def test_no_merge_is_of_a_more_frequent_pair_than_the_one_before():
    rng = np.random.default_rng(0)
    for _ in range(40):
        words = {"".join(rng.choice(list("abc"), size=rng.integers(2, 9))): int(rng.integers(1, 9)) for _ in range(6)}
        corpus, highest = spell(words, end="_"), np.inf
        while pair_counts(corpus):
            (pair, *_) = best_pairs(corpus, frequency)
            assert pair_counts(corpus)[pair] <= highest
            highest = pair_counts(corpus)[pair]
            corpus = merge_all(corpus, pair)


def test_a_pair_of_one_symbol_with_itself_saves_less_than_it_counts():
    corpus = [(("a", "a", "a"), 1)]
    assert pair_counts(corpus)["a", "a"] == 2
    assert symbol_counts(merge_all(corpus, ("a", "a"))).total() == 3 - 1


def test_the_pieces_of_lowest_are_low_and_est_though_bpe_never_saw_the_word():
    merges, _ = train(TOY_CORPUS, frequency, 10)
    assert "lowest" not in TOY_COUNTS
    assert encode((*"lowest", "</w>"), merges) == ("low", "est</w>")


def test_the_gain_follows_from_counts_alone():
    """f(x) = x ln x: what the pair gets, what its parts lose, and what the shorter corpus costs."""
    counts, pairs, total = symbol_counts(TOY_LETTERS), pair_counts(TOY_LETTERS), 79

    def f(x):
        return x * np.log(x) if x else 0.0

    for (a, b), n in pairs.items():
        parts = sum(f(counts[s] - n) - f(counts[s]) for s in (a, b))
        assert toy_gain(a, b) == pytest.approx(f(n) + parts + f(total) - f(total - n))


def test_of_a_rare_pair_the_gain_is_its_count_times_the_log_of_the_score_less_one():
    corpus = [(("a", "b"), 10), (("a",), 9_990), (("b",), 9_990), (("c",), 1_000_000)]
    first_order = information_gain(corpus, ("a", "b")) - 10
    assert likelihood_gain(corpus, ("a", "b")) == pytest.approx(first_order, rel=0.01)


def test_count_times_log_of_the_score_ranks_four_pairs_as_the_exact_gain_does():
    pairs = [tuple(pair) for pair in ("st", "lo", "es", "id")]
    rough = [information_gain(TOY_LETTERS, pair) for pair in pairs]
    assert rough == sorted(rough, reverse=True)
    exact = [toy_gain(*pair) for pair in pairs]
    assert exact == sorted(exact, reverse=True)
    assert toy_score("i", "d") == 1 / 3 and toy_score("e", "s") == pytest.approx(1 / 17)


# ---- the unigram model ---------------------------------------------------------------------------


def test_the_likeliest_cut_of_lowest_is_low_and_est_and_longest_match_takes_another():
    ways = segmentations("lowest", TOY_PIECES)
    assert ways == pytest.approx({("low", "est"): 2e-3, ("lo", "west"): 2e-4, ("lowe", "st"): 2e-5})
    cut, p = best_segmentation("lowest", TOY_PIECES)
    assert (cut, p) == (("low", "est"), pytest.approx(2e-3))
    assert longest_match(tuple("lowest"), set(TOY_PIECES)) == ("lowe", "st")


def test_viterbi_finds_what_trying_every_cut_finds():
    rng = np.random.default_rng(1)
    for _ in range(30):
        word = "".join(rng.choice(list("ab"), size=7))
        parts = {word[i:j] for i in range(7) for j in range(i + 1, 8)}
        pieces = {part: float(rng.uniform(0.01, 1)) for part in sorted(parts)}
        ways = segmentations(word, pieces)
        assert len(ways) == 2**6
        assert best_segmentation(word, pieces)[1] == pytest.approx(max(ways.values()))


def test_a_word_without_a_cut_has_probability_zero():
    assert segmentations("x", TOY_PIECES) == {}
    assert best_segmentation("x", TOY_PIECES)[1] == 0


def test_a_small_exponent_draws_other_cuts_more_often_and_a_large_one_almost_none():
    best = [sampling_share("lowest", TOY_PIECES, ("low", "est"), alpha) for alpha in (0, 0.5, 1, 5)]
    assert best == pytest.approx([1 / 3, 0.706, 0.901, 1], abs=1e-3)


# ---- bytes ---------------------------------------------------------------------------------------


def test_utf_8_takes_three_bytes_for_every_character_of_the_basic_chinese_block():
    assert {utf8_bytes(chr(point)) for point in range(0x4E00, 0xA000)} == {3}
    assert utf8_bytes("中") == 3 and "中".encode().hex() == "e4b8ad"
    assert [utf8_bytes(each) for each in ("a", "é", "中", "𠮷")] == [1, 2, 3, 4]
    assert {chr(point).encode()[0] for point in range(0x4E00, 0xA000)} == set(range(0xE4, 0xEA))


def test_gpt_2_has_50257_tokens_as_published():
    assert byte_vocabulary(50_000, 1) == GPT2.vocabulary == 50_257


def test_the_same_pieces_learned_in_another_order_cut_a_word_otherwise():
    first = [tuple(pair.split()) for pair in ("l o", "lo w", "s t", "e st", "low e")]
    other = [first[i] for i in (0, 1, 4, 2, 3)]
    assert {"".join(pair) for pair in first} == {"".join(pair) for pair in other}
    assert encode(tuple("lowest"), first) == ("low", "est")
    assert encode(tuple("lowest"), other) == ("lowe", "st")
