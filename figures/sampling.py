"""The same logits under temperature, top-k and top-p."""

import _style
import numpy as np
from _sampling import FLAT_LOGITS, PEAKED_LOGITS, tempered, top_k, top_p

TEMPERATURES = (0.5, 1.0, 2.0)
K, P = 3, 0.9
CONTEXTS = (FLAT_LOGITS, PEAKED_LOGITS)
SHOWS = ("temperature", "topk", "topp")


def rows_of_bars(fig, height, rows):
    """``rows`` panels over the 8 tokens, one under another."""
    panels = _style.stacked(fig, rows, height=height, sharex=True)
    places = np.arange(1, len(FLAT_LOGITS) + 1)
    panels[-1].set_xticks(places)
    panels[-1].set_xlabel("token, by rank")
    return panels, places


def temperature(fig, labels):
    """softmax(z / T) at three temperatures, with the share of the first token."""
    panels, places = rows_of_bars(fig, 3.6, len(TEMPERATURES))
    for i, (ax, t) in enumerate(zip(panels, TEMPERATURES, strict=True)):
        probabilities = tempered(FLAT_LOGITS, t)
        colour = _style.colours()[i]
        ax.bar(places, probabilities, 0.68, color=colour, hatch=("", "////", "xxxx")[i], linewidth=0)
        ax.set_ylim(0, 0.56)
        ax.set_yticks([0, 0.2, 0.4])
        if labels:
            _style.name(ax, 8.3, 0.54, f"$T={t:g}$", colour, ha="right", va="top", size=_style.FORMULA)
            _style.name(ax, 1, probabilities[0] + 0.02, f"{probabilities[0]:.2f}", colour, ha="center", va="bottom")
    panels[1].set_ylabel("probability")


def cut(fig, labels, keep, rule):
    """Two distributions under one rule: kept bars are full, the others empty; with count and sum of the kept."""
    panels, places = rows_of_bars(fig, 3.6, len(CONTEXTS))
    kept_colour, cut_colour, *_ = _style.colours()
    for ax, logits in zip(panels, CONTEXTS, strict=True):
        probabilities = tempered(logits, 1)
        kept = keep(probabilities)
        ax.bar(places[kept], probabilities[kept], 0.68, color=kept_colour, linewidth=0)
        ax.bar(places[~kept], probabilities[~kept], 0.68, fill=False, edgecolor=cut_colour, linestyle="--", linewidth=1)
        top = probabilities.max() * 1.12
        ax.set_ylim(0, top)
        ax.set_yticks([0, 0.1, 0.2, 0.3] if top < 0.5 else [0, 0.4, 0.8])
        if labels:
            text = f"{rule}: {kept.sum()}/{len(kept)}, $\\Sigma={probabilities[kept].sum():.2f}$"
            _style.name(ax, 8.3, top, text, kept_colour, ha="right", va="top")
    panels[0].set_ylabel("probability")
    panels[1].set_ylabel("probability")


def draw(fig, *, labels=True, show="temperature"):
    """``show`` is "temperature", "topk" or "topp"."""
    if show == "temperature":
        temperature(fig, labels)
    elif show == "topk":
        cut(fig, labels, lambda p: top_k(p, K), f"$k={K}$")
    elif show == "topp":
        cut(fig, labels, lambda p: top_p(p, P), f"$p={P}$")
    else:
        raise ValueError(f"show must be one of {', '.join(SHOWS)}, not {show!r}")
