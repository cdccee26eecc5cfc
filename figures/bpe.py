"""BPE on the toy corpus of Sennrich et al. 2016: what each merge saves, what it builds, and what WordPiece would do.

Of tied pairs the one that is met first in reading order is merged (_tokens.train).
"""

import _style
from _tokens import TOY_CORPUS, TOY_COUNTS, TOY_LETTERS, association, frequency, pair_counts, toy_stages, train
from matplotlib.patches import PathPatch
from matplotlib.path import Path

STEPS = 10
MERGES, LENGTHS = train(TOY_CORPUS, frequency, STEPS)
STAGES = toy_stages(STEPS)
PAIRS = tuple(pair_counts(TOY_LETTERS))  # in the order in which they are met
SHOWS = ("counts", "merges", "first")
GAP = 0.5  # cells between two words


def short(symbol):
    """A symbol as it fits into a cell: the mark of a word's end is a dot."""
    return symbol.replace("</w>", "·")


def counts(fig, labels):
    """Tokens of the whole corpus after each merge, as bars, with the piece that the merge made."""
    ax = fig.subplots()
    blue = _style.colours()[0]
    ax.bar(range(STEPS + 1), LENGTHS, width=0.62, color=blue)
    if labels:
        for step, length in enumerate(LENGTHS):
            _style.name(ax, step, length + 2, str(length), blue, ha="center", va="bottom", size=_style.SMALL)
        for step, pair in enumerate(MERGES, 1):
            _style.name(ax, step, LENGTHS[step] + 15, short("".join(pair)), ha="center", va="bottom", rotation=90,
                        size=_style.SMALL + 1)  # fmt: skip
    ax.set_ylim(0, 112)
    ax.set_xticks(range(STEPS + 1))
    ax.tick_params(axis="x", length=0)
    _style.plain_ticks(ax.yaxis, [0, 25, 50, 75, 100])
    ax.set_xlabel("merges")
    ax.set_ylabel("tokens")


def cells(corpus):
    """Every token of a stage -> (word, place of its first letter, width in letters, token)."""
    start = 0.0
    for word, (symbols, _) in enumerate(corpus):
        for symbol in symbols:
            width = len(short(symbol))
            yield word, start, width, symbol
            start += width
        start += GAP


def frame(start, row, width):
    """The outline of a token that begins at ``start`` and is ``width`` cells wide."""
    left, right, top, low = start + 0.03, start + width - 0.03, row - 0.38, row + 0.38
    return Path([(left, low), (right, low), (right, top), (left, top), (left, low)], closed=True)


def merges(fig, labels):
    """The four words after 0 to 10 merges, a row each; what a merge has just made has a thick frame."""
    fig.set_size_inches(_style.WIDTH, 3.5)
    ax = fig.subplots()
    blue = _style.colours()[0]
    frames = {True: [], False: []}  # of new tokens, and of others: each kind is one path, or the picture is heavy
    for row, stage in enumerate(STAGES):
        new = "".join(MERGES[row - 1]) if row else None
        for _, start, width, symbol in cells(stage):
            frames[symbol == new].append(frame(start, row, width))
            if labels:
                _style.name(ax, start + width / 2, row, short(symbol), ha="center", va="center_baseline",
                            size=_style.SMALL)  # fmt: skip
    for fresh, paths in frames.items():
        ax.add_patch(PathPatch(Path.make_compound_path(*paths), fill=False, linewidth=1.9 if fresh else 0.7,
                               edgecolor=blue if fresh else _style.muted()))  # fmt: skip
    first = {word: start for word, start, *_ in reversed(list(cells(STAGES[0])))}
    if labels:
        for word, count in enumerate(TOY_COUNTS.values()):
            _style.name(ax, first[word] + 0.06, -0.72, f"×{count}", ha="left", va="bottom", size=_style.SMALL)
    end = max(start + width for _, start, width, _ in cells(STAGES[0]))
    ax.set_xlim(-0.1, end + 0.1)
    ax.set_ylim(STEPS + 0.6, -1.5)
    ax.set_yticks(range(STEPS + 1))
    ax.set_xticks([])
    ax.tick_params(axis="y", length=0)
    for side in ("left", "bottom"):
        ax.spines[side].set_visible(False)
    ax.set_ylabel("merges")


def first(fig, labels):
    """Every pair of letters by its count and by WordPiece's score, side by side; the best is hatched."""
    left, right = fig.subplots(1, 2, sharey=True)
    fig.set_size_inches(_style.WIDTH, 3.2)
    blue, orange, *_ = _style.colours()
    for ax, score, name in ((left, frequency, "count"), (right, association, "score")):
        values = [score(TOY_LETTERS, pair) for pair in PAIRS]
        best = values.index(max(values))
        for place, value in enumerate(values):
            ax.barh(place, value, height=0.66, color=orange if place == best else blue,
                    hatch="////" if place == best else "")  # fmt: skip
        if labels:
            ax.set_xlabel(name)
        ax.set_xlim(0, max(values) * 1.06)
        ax.tick_params(axis="y", length=0)
    if labels:
        _style.plain_ticks(left.xaxis, [0, 3, 6, 9])
        _style.plain_ticks(right.xaxis, [0, 1 / 9, 1 / 3], ["0", "1/9", "1/3"])
    else:
        left.set_xticks([])
        right.set_xticks([])
    rows = [" ".join(pair) if labels else str(place) for place, pair in enumerate(PAIRS, 1)]
    left.set_yticks(range(len(PAIRS)), rows)
    left.set_ylim(len(PAIRS) - 0.5, -0.5)


def draw(fig, *, labels=True, show="counts"):
    """``show`` is "counts", "merges" or "first"."""
    if show not in SHOWS:
        raise ValueError(f"show must be one of {', '.join(SHOWS)}, not {show!r}")
    {"counts": counts, "merges": merges, "first": first}[show](fig, labels)
