"""How scaling laws divide compute: tokens a parameter by published fits, IsoFLOP curves, and the two exponents."""

import _style
import numpy as np
from _scaling import (
    APPROACH_1,
    BESIROGLU,
    CHINCHILLA_1,
    HOFFMANN,
    HOFFMANN_UNROUNDED,
    KAPLAN,
    best_size,
    growth,
    tokens_per_parameter,
)

BUDGETS = np.logspace(19, 25.5, 40)  # FLOPs
FITS = {"2022, rounded": HOFFMANN, "2022, unrounded": HOFFMANN_UNROUNDED, "2024 refit": BESIROGLU}
LINES = tuple(_style.LINES[i] for i in (0, 1, 3))  # dotted is the line at 20
CURVES = (1e20, 1e21, 1e22, 1e23)  # FLOPs
FACTORS = np.logspace(0, 4, 9)  # of compute
SHOWS = ("optimum", "isoflop", "growth")


def ratios(fit):
    """D_opt / N_opt of every budget."""
    return np.array([tokens_per_parameter(fit, budget) for budget in BUDGETS])


def optimum(fig, labels):
    """Three lines and the dots of Table 3, on log axes; dotted at 20."""
    ax = fig.subplots()
    for (name, fit), colour, line in zip(FITS.items(), _style.colours(), LINES, strict=False):
        values = ratios(fit)
        ax.plot(BUDGETS, values, color=colour, linestyle=line)
        if labels:
            at = {"2022, rounded": 24, "2022, unrounded": 22, "2024 refit": 24}[name]
            y = tokens_per_parameter(fit, 10.0**at)
            place = {"ha": "right", "va": "bottom"} if name == "2022, rounded" else {"ha": "left", "va": "top"}
            shift = {"2022, rounded": 1.05, "2022, unrounded": 0.9, "2024 refit": 0.93}[name]
            _style.name(ax, 10.0**at if name != "2024 refit" else 3e22, y * shift, name, colour, **place)
    _, budget, tokens = np.array(APPROACH_1).T
    parameters = np.array(APPROACH_1)[:, 0]
    colour = _style.ink()
    ax.plot(budget, tokens / parameters, "D", color=colour)
    ax.axhline(20, color=_style.muted(), linestyle=":", linewidth=1.1)
    if labels:
        _style.name(ax, 1.2e19, 17.2, "approach 1", colour, va="top")
        _style.name(ax, 4e25, 20.7, "20", _style.muted(), ha="left", va="bottom")
    ax.set_xscale("log")
    ax.set_yscale("log")
    ax.set_xlim(1e19, 1.5e26)
    ax.set_ylim(10, 200)
    _style.plain_ticks(ax.xaxis, [1e19, 1e21, 1e23, 1e25], ["0.01", "1", "100", "10k"])
    _style.plain_ticks(ax.yaxis, [10, 20, 50, 100, 200])
    ax.set_xlabel("training compute ($10^{21}$ FLOPs)", size=_style.FORMULA)
    ax.set_ylabel("tokens per parameter")


def sizes(budget):
    """Sizes around the best one of a budget, by the refit."""
    return best_size(BESIROGLU, budget) * np.logspace(-1, 1, 61)


def losses(budget):
    """The refit's loss at those sizes, the tokens being C / (6N)."""
    return BESIROGLU.loss(sizes(budget), budget / 6 / sizes(budget))


def isoflop(fig, labels):
    """Loss against N at four budgets; a dot where it is smallest."""
    ax = fig.subplots()
    for budget, colour, line, marker in zip(CURVES, _style.colours(), _style.LINES, _style.MARKERS, strict=False):
        ax.plot(sizes(budget), losses(budget), color=colour, linestyle=line)
        best = best_size(BESIROGLU, budget)
        ax.plot(best, BESIROGLU.loss(best, budget / 6 / best), marker, color=colour, markersize=6)
        if labels:
            _style.name(ax, sizes(budget)[-1] * 1.25, losses(budget)[-1], f"$10^{{{np.log10(budget):.0f}}}$", colour,
                        va="center", size=_style.FORMULA)  # fmt: skip
    ax.set_xscale("log")
    ax.set_xlim(5e7, 2e12)
    ax.set_ylim(1.95, 2.9)
    _style.plain_ticks(ax.xaxis, [1e8, 1e9, 1e10, 1e11, 1e12], ["0.1", "1", "10", "100", "1k"])
    ax.set_xlabel("parameters (billions)")
    ax.set_ylabel("loss (nats per token)")


def exponents(fig, labels):
    """How N and D grow with the compute: Kaplan's two lines apart, Chinchilla's two one on the other."""
    ax = fig.subplots()
    blue, orange, green = _style.colours()[:3]
    for values, colour, line, marker, name in (
        (growth(FACTORS, KAPLAN)[0], blue, _style.LINES[0], "o", "$N$ (2020)"),
        (growth(FACTORS, CHINCHILLA_1)[0], green, _style.LINES[3], "^", "$N,D$ (2022)"),
        (growth(FACTORS, KAPLAN)[1], orange, _style.LINES[1], "s", "$D$ (2020)"),
    ):
        ax.plot(FACTORS, values, color=colour, linestyle=line, marker=marker, markevery=2)
        if labels:
            _style.name(ax, FACTORS[-1] * 1.3, values[-1], name, colour, va="center")
    ax.set_xscale("log")
    ax.set_yscale("log")
    ax.set_xlim(0.8, FACTORS[-1] * (40 if labels else 1.4))
    _style.plain_ticks(ax.xaxis, [1, 10, 100, 1000, 10_000], ["1", "10", "100", "1k", "10k"])
    _style.plain_ticks(ax.yaxis, [1, 10, 100, 1000], ["1", "10", "100", "1k"])
    ax.set_xlabel("compute (×)")
    ax.set_ylabel("growth (×)")


def draw(fig, *, labels=True, show="optimum"):
    """``show`` is "optimum", "isoflop" or "growth"."""
    if show not in SHOWS:
        raise ValueError(f"show must be one of {', '.join(SHOWS)}, not {show!r}")
    {"optimum": optimum, "isoflop": isoflop, "growth": exponents}[show](fig, labels)
