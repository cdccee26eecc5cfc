"""Byte-pair encoding, WordPiece and the unigram model, small enough to follow by hand.

A corpus is a list of ``(symbols, count)``: every word once, cut into symbols, with its frequency.
Training repeats one step: pick a pair of neighbouring symbols and merge it everywhere. BPE and
WordPiece differ in how they pick, and in how they cut a new word afterwards. The unigram model (Kudo 2018) does
not merge: it has a probability for every piece and takes the likeliest cut.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from itertools import pairwise
from math import log
from operator import itemgetter

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


# the toy corpus, as cards count on it -------------------------------------------------------------

TOY_CORPUS = spell(TOY_COUNTS, end="</w>")  # what BPE begins with
TOY_LETTERS = spell(TOY_COUNTS)  # letters only, as the scores of WordPiece are shown


def toy_stages(steps: int) -> list[Corpus]:
    """The toy corpus before and after each of BPE's first merges; ``steps`` + 1 of them."""
    stages = [TOY_CORPUS]
    for pair in train(TOY_CORPUS, frequency, steps)[0]:
        stages.append(merge_all(stages[-1], pair))
    return stages


def toy_length(step: int) -> int:
    """Tokens of the toy corpus after that many merges: 95 before any, 28 after ten."""
    return train(TOY_CORPUS, frequency, step)[1][-1]


def toy_count(step: int) -> int:
    """How often the pair of BPE's merge number ``step`` (from 1) occurs when it is merged."""
    pairs, _ = train(TOY_CORPUS, frequency, step)
    return pair_counts(toy_stages(step - 1)[-1])[pairs[-1]]


def toy_score(a: str, b: str) -> float:
    """``association`` of two letters in the toy corpus, without marks."""
    return association(TOY_LETTERS, (a, b))


def toy_gain(a: str, b: str) -> float:
    """``likelihood_gain`` in nats of merging two letters in the toy corpus, without marks."""
    return likelihood_gain(TOY_LETTERS, (a, b))


def information_gain(corpus: Corpus, pair: Pair) -> float:
    """n(ab) log(N n(ab) / (n(a) n(b))) in nats: what is left of ``likelihood_gain`` to first order."""
    total = symbol_counts(corpus).total()
    return pair_counts(corpus)[pair] * log(total * association(corpus, pair))


# the unigram language model ----------------------------------------------------------------------

# Made up for a card: probabilities of some pieces, the rest belongs to pieces that "lowest" has not.
TOY_PIECES = {"low": 0.05, "est": 0.04, "lo": 0.02, "west": 0.01, "lowe": 0.001, "st": 0.02}


def segmentations(word: str, pieces: Mapping[str, float]) -> dict[tuple[str, ...], float]:
    """Every way to write ``word`` in ``pieces``, with the product of their probabilities.

    Kudo 2018 (arXiv 1804.10959), §3.2: pieces are drawn independently. A word of n letters has
    2^(n-1) ways where every substring is a piece.
    """
    if not word:
        return {(): 1.0}
    return {
        (head, *rest): pieces[head] * p
        for size in range(1, len(word) + 1)
        if (head := word[:size]) in pieces
        for rest, p in segmentations(word[size:], pieces).items()
    }


def best_segmentation(word: str, pieces: Mapping[str, float]) -> tuple[tuple[str, ...], float]:
    """The most probable way, by Viterbi: best(j) = max over i of best(i) p(word[i:j]) (Kudo 2018, Eq. 7)."""
    best: list[tuple[tuple[str, ...], float]] = [((), 1.0)]
    for end in range(1, len(word) + 1):
        ways = [
            ((*best[start][0], word[start:end]), best[start][1] * pieces[word[start:end]])
            for start in range(end)
            if word[start:end] in pieces
        ]
        best.append(max(ways, key=itemgetter(1), default=((), 0.0)))
    return best[-1]


def sampling_share(word: str, pieces: Mapping[str, float], cut: tuple[str, ...], alpha: float = 1) -> float:
    """Probability that subword regularisation draws ``cut``: p^alpha, normalised (Kudo 2018, §3.3)."""
    ways = segmentations(word, pieces)
    return float(ways[cut] ** alpha / sum(p**alpha for p in ways.values()))


# bytes -------------------------------------------------------------------------------------------


def utf8_bytes(text: str) -> int:
    """How many bytes UTF-8 makes of a text: 1 to 4 a code point (RFC 3629, §3)."""
    return len(text.encode())


def byte_vocabulary(merges: int, special: int) -> int:
    """Entries of a byte-level BPE vocabulary: 256 bytes, one token a merge, special tokens."""
    return 256 + merges + special
