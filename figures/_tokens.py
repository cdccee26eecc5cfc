"""Byte-pair encoding and WordPiece on a corpus small enough to follow by hand.

A corpus is a list of ``(symbols, count)``: every word once, cut into symbols, with its frequency.
Training repeats one step: pick a pair of neighbouring symbols and merge it everywhere. BPE and
WordPiece differ in how they pick, and in how they cut a new word afterwards.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from itertools import pairwise
from math import log

Pair = tuple[str, str]
Corpus = list[tuple[tuple[str, ...], int]]
Score = Callable[[Corpus, Pair], float]

# Sennrich et al. 2016 (arXiv 1508.07909), Algorithm 1: the toy corpus of the paper.
TOY_COUNTS = {"low": 5, "lower": 2, "newest": 6, "widest": 3}


def spell(counts: dict[str, int], *, end: str = "", inside: str = "") -> Corpus:
    """Cut words into characters.

    ``end`` is a symbol of its own after each word (BPE's ``</w>``, Sennrich et al. 2016, §3.2);
    ``inside`` marks every character that does not begin its word (WordPiece's ``##``).
    """
    tail = (end,) if end else ()
    return [
        ((word[0], *(inside + character for character in word[1:]), *tail), count) for word, count in counts.items()
    ]


def symbol_counts(corpus: Corpus) -> Counter[str]:
    """How often each symbol occurs in running text; the sum is the corpus length in tokens."""
    counts: Counter[str] = Counter()
    for symbols, count in corpus:
        for symbol in symbols:
            counts[symbol] += count
    return counts


def pair_counts(corpus: Corpus) -> Counter[Pair]:
    """How often each pair of neighbours occurs, in the order of first occurrence."""
    counts: Counter[Pair] = Counter()
    for symbols, count in corpus:
        for pair in pairwise(symbols):
            counts[pair] += count
    return counts


def merge(symbols: tuple[str, ...], pair: Pair) -> tuple[str, ...]:
    """Join every occurrence of ``pair`` in one word, from left to right; an inner ``##`` goes."""
    merged: list[str] = []
    rest = list(symbols)
    while rest:
        width = 2 if tuple(rest[:2]) == pair else 1
        head, *tail = rest[:width]
        merged.append(head + "".join(symbol.removeprefix("##") for symbol in tail))
        rest = rest[width:]
    return tuple(merged)


def merge_all(corpus: Corpus, pair: Pair) -> Corpus:
    """Join every occurrence of ``pair`` in the corpus."""
    return [(merge(symbols, pair), count) for symbols, count in corpus]


def frequency(corpus: Corpus, pair: Pair) -> float:
    """BPE's criterion: the number of occurrences (Sennrich et al. 2016, §3.2)."""
    return pair_counts(corpus)[pair]


def association(corpus: Corpus, pair: Pair) -> float:
    """count(ab) / (count(a) count(b)): the score usually printed for WordPiece.

    A reconstruction (Hugging Face's course, WordPiece chapter): Google never released its trainer.
    """
    counts = symbol_counts(corpus)
    return pair_counts(corpus)[pair] / (counts[pair[0]] * counts[pair[1]])


def likelihood_gain(corpus: Corpus, pair: Pair) -> float:
    """Nats that a unigram model of the corpus gains from the merge, refitted before and after.

    Schuster and Nakajima 2012 (Japanese and Korean voice search) add the unit that raises the
    likelihood of the training data most. Roughly count(ab) * log(N * association), N the corpus
    length: unlike the association alone it does not forget how often the pair occurs.
    """
    return log_likelihood(merge_all(corpus, pair)) - log_likelihood(corpus)


def log_likelihood(corpus: Corpus) -> float:
    """sum_s count(s) log(count(s) / N), in nats: the best unigram model's log-likelihood."""
    counts = symbol_counts(corpus)
    return sum(count * log(count / counts.total()) for count in counts.values())


def best_pairs(corpus: Corpus, score: Score) -> list[Pair]:
    """The pairs that share the highest score, in the order of first occurrence."""
    scores = {pair: score(corpus, pair) for pair in pair_counts(corpus)}
    highest = max(scores.values())
    return [pair for pair, value in scores.items() if value == highest]


def train(corpus: Corpus, score: Score, steps: int) -> tuple[list[Pair], list[int]]:
    """Merge ``steps`` times. Of tied pairs the one that occurs first in the corpus wins.

    Returns the merges in order, and the corpus length in tokens before and after every merge.
    """
    merges: list[Pair] = []
    lengths = [symbol_counts(corpus).total()]
    for _ in range(steps):
        merges.append(best_pairs(corpus, score)[0])
        corpus = merge_all(corpus, merges[-1])
        lengths.append(symbol_counts(corpus).total())
    return merges, lengths


def encode(symbols: tuple[str, ...], merges: Iterable[Pair]) -> tuple[str, ...]:
    """Cut a new word as BPE does: replay the merges in the order in which they were learned."""
    for pair in merges:
        symbols = merge(symbols, pair)
    return symbols


def longest_match(symbols: tuple[str, ...], vocabulary: set[str]) -> tuple[str, ...]:
    """Cut a new word as WordPiece does: again and again the longest known piece from the left.

    google-research/bert, tokenization.py, WordpieceTokenizer. A symbol that is unknown even alone
    is kept here; BERT would turn the whole word into [UNK].
    """
    pieces: list[str] = []
    while symbols:
        widths = range(len(symbols), 0, -1)
        width = next((w for w in widths if "".join(symbols[:w]) in vocabulary), 1)
        pieces.append("".join(symbols[:width]))
        symbols = symbols[width:]
    return tuple(pieces)
