"""How evenly a router loads its experts: draws, dropped tokens, the bias rule, and what a batch needs of the weights.

All of it is synthetic: routers are drawn at random and learn nothing.
"""

import _style
import numpy as np
from _moe import (
    balance_by_bias,
    binomial_drop,
    dropped_share,
    evenness,
    expert_capacity,
    experts_touched,
    random_loads,
    skewed_load,
)

TOKENS, EXPERTS = 4096, 8
FACTORS = np.linspace(1, 2, 41)
FACTOR = 1.25  # of the bars
DRAWS = 400
SKEWS = (0, 7)  # seeds of the two skewed routers whose bars are shown
BATCHES = 2 ** np.arange(9)  # 1 to 256 tokens
SHAPES = {"8, top-2": (8, 2), "256, top-8": (256, 8)}
STEPS, RATE, BIAS_EXPERTS, BIAS_TOKENS = 600, 0.001, 16, 2048
SHOWS = ("balance", "dropped", "bias", "touched")


def uniform_load(seed=0):
    """Tokens of each expert when every token picks one at random."""
    return random_loads(TOKENS, np.full(EXPERTS, 1 / EXPERTS), np.random.default_rng(seed))


def loads():
    """Of the three routers of the bars: one that picks at random and two skewed ones."""
    return [uniform_load(), *(skewed_load(TOKENS, EXPERTS, seed) for seed in SKEWS)]


def dropped(load, factor):
    """Share of the tokens that find their expert full."""
    return dropped_share(load, expert_capacity(TOKENS, EXPERTS, factor))


def skewed_drops():
    """Dropped share of ``DRAWS`` skewed routers at every capacity factor; (DRAWS, factors)."""
    loads = [skewed_load(TOKENS, EXPERTS, seed) for seed in range(DRAWS)]
    return np.array([[dropped(load, factor) for factor in FACTORS] for load in loads])


def violations(rate):
    """MaxVio at every step, under the bias rule with that rate, of one skewed router; (STEPS,)."""
    logits = np.random.default_rng(1).standard_normal(BIAS_EXPERTS)
    rng = np.random.default_rng(0)
    return balance_by_bias(logits, 2, STEPS, rate, noise=1.0, rng=rng, tokens=BIAS_TOKENS)[0]


def balance(fig, labels):
    """Load of each expert for three routers; what is above the capacity is dropped."""
    panels = _style.stacked(fig, 3, height=4.1, sharex=True)
    kept, lost = _style.colours()[:2]
    room = expert_capacity(TOKENS, EXPERTS, FACTOR)
    for ax, load in zip(panels, loads(), strict=True):
        ax.bar(range(1, EXPERTS + 1), np.minimum(load, room), 0.75, color=kept, linewidth=0)
        over = np.maximum(load - room, 0)
        ax.bar(range(1, EXPERTS + 1), over, 0.75, bottom=room, color=lost, hatch="////", linewidth=0)
        ax.axhline(room, color=_style.muted(), linestyle="--", linewidth=1)
        ax.set_ylim(0, 2150)
        ax.set_yticks([0, 1000, 2000], ["0", "1k", "2k"])
        if labels:
            text = rf"$N\,\sum f^2={evenness(load):.2f}$,  {_style.number(100 * dropped(load, FACTOR), 3)} %"
            _style.name(ax, 0.6, 2120, text, va="top", size=_style.FORMULA)
    panels[1].set_ylabel("tokens")
    panels[-1].set_xticks(range(1, EXPERTS + 1))
    panels[-1].tick_params(axis="x", length=0)
    panels[-1].set_xlabel("expert")


def drops(fig, labels):
    """Share of dropped tokens against the capacity factor: random and skewed routing."""
    ax = fig.subplots()
    even, skew = _style.colours()[:2]
    ax.plot(FACTORS, [100 * binomial_drop(TOKENS, EXPERTS, c) for c in FACTORS], color=even, linestyle=_style.LINES[0])
    low, middle, high = 100 * np.quantile(skewed_drops(), [0.1, 0.5, 0.9], axis=0)
    ax.plot(FACTORS, middle, color=skew, linestyle=_style.LINES[1])
    _style.band(ax, FACTORS, low, high, skew)
    ax.set_xlim(1, 2)
    ax.set_ylim(-1, 55)
    ax.set_xticks([1, 1.25, 1.5, 1.75, 2], ["1", "1.25", "1.5", "1.75", "2"])
    ax.set_yticks([0, 10, 20, 30, 40, 50])
    if labels:
        _style.name(ax, 1.06, 2.2, "uniform", even, va="bottom")
        _style.name(ax, 1.97, 51, "skewed (10, 50, 90 %)", skew, ha="right", va="center")
    ax.set_xlabel("capacity factor")
    ax.set_ylabel("dropped (%)")


def bias(fig, labels):
    """Largest load above the mean over the steps, without and with the bias rule."""
    ax = fig.subplots()
    steps = np.arange(STEPS)
    for i, (rate, name, place) in enumerate(((0.0, "0", (590, 1.66)), (RATE, "0.001", (250, 0.45)))):
        colour = _style.colours()[i]
        ax.plot(steps[::4], violations(rate)[::4], color=colour, linestyle=("-", (0, (5, 0.8)))[i], linewidth=1.2)
        if labels:
            text = rf"$\gamma={name}$"
            _style.name(ax, *place, text, colour, ha=("right", "left")[i], va="center", size=_style.FORMULA)
    ax.set_xlim(0, STEPS)
    ax.set_ylim(0, 1.8)
    ax.set_xticks([0, 200, 400, 600])
    ax.set_yticks([0, 0.5, 1, 1.5], ["0", "0.5", "1", "1.5"])
    ax.set_xlabel("step")
    ax.set_ylabel("MaxVio")


def touched(fig, labels):
    """Share of a layer's experts that a batch needs, for random routing."""
    ax = fig.subplots()
    for i, (name, (experts, k)) in enumerate(SHAPES.items()):
        colour = _style.colours()[i]
        y = [100 * experts_touched(experts, k, int(t)) / experts for t in BATCHES]
        ax.plot(BATCHES, y, color=colour, linestyle=_style.LINES[i], marker=_style.MARKERS[i])
        if labels:
            x, place, ha = ((3.4, 78, "right"), (30, 45, "left"))[i]
            _style.name(ax, x, place, name, colour, ha=ha, va="center")
    ax.set_xscale("log", base=2)
    ax.set_xlim(0.9, 285)
    ax.set_ylim(0, 105)
    _style.plain_ticks(ax.xaxis, [1, 4, 16, 64, 256])
    ax.set_yticks([0, 25, 50, 75, 100])
    ax.set_xlabel("tokens in the batch")
    ax.set_ylabel("experts in use (%)")


def draw(fig, *, labels=True, show="balance"):
    """``show`` is "balance", "dropped", "bias" or "touched"."""
    if show not in SHOWS:
        raise ValueError(f"show must be one of {', '.join(SHOWS)}, not {show!r}")
    {"balance": balance, "dropped": drops, "bias": bias, "touched": touched}[show](fig, labels)
