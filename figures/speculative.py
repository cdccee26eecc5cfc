"""Speculative decoding: what a round yields, when it pays, and why the text is the target model's own."""

import _style
import numpy as np
from _speculative import (
    DRAWN_DRAFT,
    DRAWN_TARGET,
    accepted_mass,
    best_gamma,
    excess,
    expected_tokens,
    speculative_speedup,
)

ALPHAS = (0.9, 0.8, 0.6)
CASES = ((0.8, 0.05), (0.6, 0.05), (0.6, 0.2))  # alpha, c
MOST = 12  # drafted tokens a round
SHOWS = ("tokens", "speedup", "exact")


def tokens(fig, labels):
    """Expected tokens of a round against gamma, each curve with its limit 1 / (1 - alpha)."""
    ax = fig.subplots()
    gammas = np.arange(MOST + 1)
    for alpha, colour, line, marker in zip(ALPHAS, _style.colours(), _style.LINES, _style.MARKERS, strict=False):
        values = [expected_tokens(alpha, gamma) for gamma in gammas]
        ax.plot(gammas, values, color=colour, linestyle=line, marker=marker)
        if labels:
            text = rf"$\alpha={alpha:g}$"
            _style.name(ax, MOST + 0.4, values[-1], text, colour, va="center", size=_style.FORMULA)
    ax.axhline(1, color=_style.muted(), linestyle="-", linewidth=0.8)
    if labels:
        for gamma in (5, 8):
            value = expected_tokens(0.8, gamma)
            _style.name(ax, gamma, value - 0.2, f"{value:.2f}", _style.colours()[1], ha="left", va="top")
    ax.set_xlim(-0.4, MOST + (3.9 if labels else 0.4))
    ax.set_ylim(0, 8)
    ax.set_xticks(range(0, MOST + 1, 2))
    ax.set_yticks(range(0, 9, 2))
    ax.set_xlabel(r"$\gamma$", fontsize=_style.FORMULA)
    ax.set_ylabel("E[tokens] per target pass")


def speedups(fig, labels):
    """Speed-up against gamma: every curve has a top, marked, and then falls."""
    ax = fig.subplots()
    gammas = np.arange(MOST + 1)
    for (alpha, c), colour, line in zip(CASES, _style.colours(), _style.LINES, strict=False):
        values = [speculative_speedup(alpha, gamma, c) for gamma in gammas]
        ax.plot(gammas, values, color=colour, linestyle=line)
        best = best_gamma(alpha, c)
        ax.plot(best, values[best], "o", color=colour)
        if labels:
            above = values[best] > 1.5  # below the lowest curve there is more room
            y, va = values[best] + (0.08 if above else -0.08), "bottom" if above else "top"
            _style.name(ax, best, y, f"{values[best]:.2f}", colour, ha="center", va=va)
            text = rf"$\alpha={alpha:g},\ c={c:g}$"
            _style.name(ax, MOST + 0.4, values[-1], text, colour, va="center")
    ax.axhline(1, color=_style.muted(), linestyle="-", linewidth=0.8)
    ax.set_xlim(-0.4, MOST + (5.6 if labels else 0.4))
    ax.set_ylim(0, 3.6)
    ax.set_xticks(range(0, MOST + 1, 2))
    ax.set_yticks(range(4))
    ax.set_xlabel(r"$\gamma$", fontsize=_style.FORMULA)
    ax.set_ylabel("speed-up")


def exact(fig, labels):
    """Above: the draft q, accepted and rejected. Below: accepted and redrawn mass add up to p, the stems."""
    colours = _style.colours()
    places = np.arange(1, len(DRAWN_TARGET) + 1)
    kept = accepted_mass(DRAWN_TARGET, DRAWN_DRAFT)
    panels = _style.stacked(fig, 2, height=3.9, sharex=True)
    rows = (
        (DRAWN_DRAFT, excess(DRAWN_DRAFT, DRAWN_TARGET), colours[1], "xxxx", ("$q$", "rejected")),
        (DRAWN_TARGET, excess(DRAWN_TARGET, DRAWN_DRAFT), colours[2], "////", ("$p$", "resampled")),
    )
    for ax, (whole, rest, colour, hatch, (name, text)) in zip(panels, rows, strict=True):
        ax.bar(places, kept, 0.62, color=colours[0], linewidth=0, label="accepted" if labels else None)
        ax.bar(places, rest, 0.62, kept, color=colour, hatch=hatch, linewidth=0, label=text if labels else None)
        ax.vlines(places, 0, whole, color=_style.ink(), linewidth=0.9)
        ax.plot(places, whole, "o", color=_style.ink())
        ax.set_ylim(0, 0.36)
        ax.set_yticks([0, 0.1, 0.2, 0.3])
        if labels:
            ax.set_ylabel(name, fontsize=_style.FORMULA)
            ax.legend(loc="upper right", title=f"{kept.sum():.2f} + {rest.sum():.2f} = 1")
    panels[1].set_xticks(places)
    panels[1].set_xlabel("token")


def draw(fig, *, labels=True, show="tokens"):
    """``show`` is "tokens", "speedup" or "exact"."""
    if show not in SHOWS:
        raise ValueError(f"show must be one of {', '.join(SHOWS)}, not {show!r}")
    {"tokens": tokens, "speedup": speedups, "exact": exact}[show](fig, labels)
