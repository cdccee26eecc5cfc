"""Stacked sliding windows: which tokens can reach the last one, and how much each contributes in a toy."""

import _style
import numpy as np
from _linear import reached, receptive_field, window_influence
from matplotlib.patches import Rectangle

TOKENS, WINDOW, LAYERS = 12, 4, 3  # reach: 1, 4, 7, 10 tokens
WIDE, DEEP = 4096, 32  # influence: Mistral 7B's window and depth
SKIPS = (0.9, 0.5, 0)
SHOWS = ("reach", "influence")


def draw_reach(fig):
    """Layers up, positions across; a filled cell can have reached the last position of the top layer."""
    fig.set_size_inches(_style.WIDTH, 1.75)
    ax = fig.subplots()
    blue, *_ = _style.colours()
    holds = reached(TOKENS, WINDOW, LAYERS)  # row 0: the last position itself, at the top
    for below, position in zip(*np.nonzero(holds), strict=True):
        layer = LAYERS - below
        ax.add_patch(Rectangle((position - 0.43, layer - 0.43), 0.86, 0.86, facecolor=blue, linewidth=0))
    rows, columns = np.nonzero(~holds)
    ax.scatter(columns, LAYERS - rows, marker="x", s=16, color=_style.muted(), linewidths=0.9)
    ax.set_xlim(-0.6, TOKENS - 0.4)
    ax.set_ylim(-0.6, LAYERS + 0.6)
    ax.set_aspect("equal")
    ax.set_xticks(range(TOKENS), [str(i + 1) for i in range(TOKENS)])
    ax.set_yticks(range(LAYERS + 1), [str(layer) for layer in range(LAYERS + 1)])
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
    ax.set_xlabel("position")
    ax.set_ylabel("layer")


def farther(skip, points=129):
    """Distances in windows, and which share of the contribution comes from farther away -> two (points,)."""
    weights = window_influence(DEEP, WIDE, skip)
    beyond = 1 - np.cumsum(weights)
    places = np.linspace(0, len(weights) - 1, points).astype(int)
    return places / WIDE, np.clip(beyond[places], 0, 1)


def draw_influence(fig, labels):
    """Share that comes from beyond a distance, for three shares of the skip connection; the reach is marked."""
    ax = fig.subplots()
    looks = list(zip(_style.colours(), _style.LINES, strict=True))
    for skip, (colour, line) in zip(SKIPS, looks, strict=False):
        x, y = farther(skip)
        ax.plot(x, 100 * y, color=colour, linestyle=line)
    ax.axvline(receptive_field(DEEP, WIDE) / WIDE, color=_style.muted(), linestyle=":", linewidth=1)
    ax.set_xlim(0, 33.5)
    ax.set_ylim(0, 104)
    _style.plain_ticks(ax.xaxis, [0, 8, 16, 24, 32])
    _style.plain_ticks(ax.yaxis, [0, 25, 50, 75, 100])
    ax.set_xlabel("distance (windows)")
    ax.set_ylabel("from farther away (%)")
    if labels:
        for text, x, y, (colour, _) in zip(("skip 0.9", "skip 0.5", "skip 0"), (3.2, 10, 18.3), (18, 38, 58), looks,
                                           strict=False):  # fmt: skip
            _style.name(ax, x, y, text, colour, va="center")
        _style.name(ax, 31.4, 88, "reach", ha="right", va="center")


def draw(fig, *, labels=True, show="reach"):
    """``show`` is "reach" (4 tokens a window, 3 layers) or "influence" (4096 tokens, 32 layers)."""
    if show not in SHOWS:
        raise ValueError(f"show must be one of {', '.join(SHOWS)}, not {show!r}")
    if show == "reach":
        draw_reach(fig)  # nothing to leave out: its only words are the axes
    else:
        draw_influence(fig, labels)
