"""Softmax attention over ever more keys: entropy of random logits, weight of one logit that leads."""

import _style
import numpy as np
from _dilution import entropy_limit, gaussian_entropies, leading_weight, scaled_gap

LENGTHS = 2 ** np.arange(7, 18)  # 128 to 131,072 keys
TICKS = {128: "128", 1024: "1k", 8192: "8k", 131_072: "128k"}
GAPS = (5, 8)
TRAINED = 128  # the length at which scaled logits are what they were
SHOWS = ("entropy", "weight", "scaled")


def entropies(seed=0):
    """Mean entropy of softmax over n independent N(0, 1) logits, for each length -> (11,)."""
    rng = np.random.default_rng(seed)
    return np.array([gaussian_entropies(int(n), max(16, 2**17 // int(n)), rng).mean() for n in LENGTHS])


def weights(gap, *, scaled=False):
    """Weight of a logit that leads the n - 1 equal others by ``gap``, for each length -> (11,).

    ``scaled`` multiplies all logits by ln n / ln 128.
    """
    return np.array([leading_weight(int(n), scaled_gap(int(n), gap, TRAINED) if scaled else gap) for n in LENGTHS])


def axes(fig):
    """An Axes with the length on a log axis."""
    ax = fig.subplots()
    ax.set_xscale("log", base=2)
    _style.plain_ticks(ax.xaxis, list(TICKS), list(TICKS.values()))
    ax.set_xlabel("$n$")
    return ax


def draw_entropy(fig, labels):
    """Measured entropies, ln n above them, and the limit ln n - 1/2 through them."""
    ax = axes(fig)
    blue, orange, *_ = _style.colours()
    ax.plot(LENGTHS, np.log(LENGTHS), color=orange, linestyle=_style.LINES[1])
    ax.plot(LENGTHS, [entropy_limit(int(n)) for n in LENGTHS], color=blue, linestyle="-", linewidth=1)
    ax.plot(LENGTHS, entropies(), "o", color=blue)
    ax.set_ylim(3, 13)
    ax.set_ylabel("entropy (nats)")
    if labels:
        _style.name(ax, 6000, 10.2, r"uniform: $\ln n$", orange, ha="right", va="center")
        _style.name(ax, 6000, 6.6, r"logits N(0, 1): $\ln n-1/2$", blue, va="center", ha="left", size=9)


def draw_weight(fig, labels, show):
    """The weight for two leads; or for the smaller one, as it is and scaled by ln n."""
    ax = axes(fig)
    blue, orange, green, *_ = _style.colours()
    curves = {"weight": [(weights(5), orange, 1), (weights(8), blue, 0)],
              "scaled": [(weights(5), orange, 1), (weights(5, scaled=True), green, 2)]}[show]  # fmt: skip
    for values, colour, look in curves:
        ax.plot(LENGTHS, values, color=colour, linestyle=_style.LINES[look], marker=_style.MARKERS[look])
    ax.set_ylim(0, 1.02)
    _style.plain_ticks(ax.yaxis, [0, 0.25, 0.5, 0.75, 1])
    ax.set_ylabel("weight of the leading key")
    if not labels:
        return
    if show == "weight":
        _style.name(ax, 700, 0.94, "+8", blue, va="center")
        _style.name(ax, 500, 0.33, "+5", orange, va="center")
    else:
        _style.name(ax, 2048, 0.64, r"logits $\times\ \ln n$", green, va="center", ha="center", size=9)
        _style.name(ax, 700, 0.27, "+5", orange, va="center")


def draw(fig, *, labels=True, show="entropy"):
    """``show`` is "entropy", "weight" or "scaled"."""
    if show not in SHOWS:
        raise ValueError(f"show must be one of {', '.join(SHOWS)}, not {show!r}")
    if show == "entropy":
        draw_entropy(fig, labels)
    else:
        draw_weight(fig, labels, show)
