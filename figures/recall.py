"""How many key-value pairs a fixed d x d state gives back: the toy of linear attention's memory, and softmax."""

import _style
import numpy as np
from _linear import recall_rate, softmax_recall_rate

PAIRS = 2 ** np.arange(3, 12)  # 8 to 2048
WIDTHS = (16, 64, 256)
SEEDS = 3


def rates(d):
    """Share of right answers of the d x d sum for each number of pairs, mean of three draws -> (9,)."""
    return np.array([np.mean([recall_rate(int(m), d, np.random.default_rng(s)) for s in range(SEEDS)]) for m in PAIRS])


def softmax_rates(d=64):
    """The same with every key and value kept -> (9,)."""
    return np.array([softmax_recall_rate(int(m), d, np.random.default_rng(0)) for m in PAIRS])


def draw(fig, *, labels=True):
    """Right answers against stored pairs: three widths of the state, and softmax over all keys (d = 64)."""
    fig.set_size_inches(_style.WIDTH, 2.75)
    ax = fig.subplots()
    looks = list(zip(_style.colours(), _style.LINES, _style.MARKERS, strict=True))
    ax.plot(PAIRS, 100 * softmax_rates(), color=_style.ink(), linestyle=_style.LINES[4], marker="P")
    for d, (colour, line, marker) in zip(WIDTHS, looks, strict=False):
        ax.plot(PAIRS, 100 * rates(d), color=colour, linestyle=line, marker=marker)
    ax.set_xscale("log", base=2)
    ax.set_ylim(0, 119 if labels else 104)
    _style.plain_ticks(ax.xaxis, [8, 32, 128, 512, 2048])
    _style.plain_ticks(ax.yaxis, [0, 25, 50, 75, 100])
    ax.set_xlabel("stored pairs")
    ax.set_ylabel("right answers (%)")
    if labels:
        blue, orange, green, *_ = _style.colours()
        _style.name(ax, 2048, 110, "softmax, all keys", ha="right", va="center")
        _style.name(ax, 9, 45, "$d=16$", blue, va="center")
        _style.name(ax, 185, 52, "$d=64$", orange, ha="right", va="center")
        _style.name(ax, 2048, 44, "$d=256$", green, ha="right", va="center")
