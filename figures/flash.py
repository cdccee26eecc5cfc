"""FlashAttention: the running softmax, its exactness, a model of its HBM traffic, and what was measured."""

from functools import cache

import _style
import numpy as np
from _attention import scaled_dot_product_attention
from _flash import (
    FLASH_2022,
    STANDARD_2022,
    flash_hbm_bytes,
    hbm_gain,
    running_softmax,
    standard_hbm_bytes,
    tiled_attention,
)

LENGTHS = 2 ** np.arange(10, 17)  # 1k to 64k tokens
BLOCKS = 2 ** np.arange(4, 11)  # 16 to all 1024 keys in one block
WIDTH = 64
ROW = (0.5, 1.0, -0.5, 0.2, 2.0, 0.8, 1.5, -1.0, 0.6, 3.0, 2.2, 1.0, 2.6, 0.4)  # scores of one query, made up
SHOWS = ("rescale", "error", "bytes", "published")


@cache
def inputs(n=1024, seed=0):
    """Q, K and V of one head, N(0, 1), float64 -> three of (n, WIDTH)."""
    return tuple(np.random.default_rng(seed).standard_normal((3, n, WIDTH)))


@cache
def errors(block, kind="float64"):
    """Largest deviation of an output number, blocks of ``block`` queries and keys, from plain float64 attention."""
    exact, _ = scaled_dot_product_attention(*inputs())
    q, k, v = (x.astype(kind) for x in inputs())
    tiled, _ = tiled_attention(q, k, v, rows=block, columns=block)
    return float(np.abs(tiled - exact).max())


@cache
def plain_error(kind="float32"):
    """The same of attention without blocks in another precision."""
    exact, _ = scaled_dot_product_attention(*inputs())
    plain, _ = scaled_dot_product_attention(*(x.astype(kind) for x in inputs()))
    return float(np.abs(plain - exact).max())


def rescale(fig, labels):
    """Above the scores and m, below l, which falls where m rises."""
    scores = np.array(ROW)
    m, l = running_softmax(scores)  # noqa: E741
    steps = np.arange(1, len(scores) + 1)
    rises = steps[1:][np.diff(m) > 0.7]
    blue, orange, green, *_ = _style.colours()
    above, below = _style.stacked(fig, 2, height=3.5, sharex=True)
    above.plot(steps, scores, "o", color=blue)
    above.step(steps, m, where="post", color=orange, linestyle="-")
    below.plot(steps, l, color=green, linestyle=_style.LINES[1], marker="^")
    for step in rises:
        for ax in (above, below):
            ax.axvline(step, color=_style.muted(), linestyle=_style.LINES[2], linewidth=0.8, zorder=0)
    above.set_ylim(-1.6, 4.2)
    below.set_ylim(0, 4.6)
    above.set_yticks([-1, 0, 1, 2, 3])
    below.set_yticks([0, 1, 2, 3])
    below.set_xticks(steps[::3])
    below.set_xlabel("keys seen")
    above.set_xlim(0.4, steps[-1] + 1.6)
    if not labels:
        return
    _style.name(above, steps[-1] + 0.3, m[-1], "$m$", orange, va="center", size=_style.FORMULA)
    _style.name(above, steps[-1] + 0.3, scores[-1], "$s_j$", blue, va="center", size=_style.FORMULA)
    _style.name(below, steps[-1] + 0.3, l[-1], "$l$", green, va="center", size=_style.FORMULA)
    for step in rises:
        text = rf"$\times e^{{{m[step - 2]:.0f}-{m[step - 1]:.0f}}}$"
        _style.name(below, step + 0.2, 4.1, text, va="center", size=_style.FORMULA)


def error(fig, labels):
    """Largest deviation against the size of a block, float64 and float32."""
    ax = fig.subplots()
    blue, orange, *_ = _style.colours()
    for kind, colour, line, marker in (
        ("float64", blue, "-", "o"),
        ("float32", orange, _style.LINES[1], "s"),
    ):
        values = [errors(int(block), kind) for block in BLOCKS]
        ax.plot(BLOCKS, values, color=colour, linestyle=line, marker=marker)
        if labels:
            _style.name(ax, BLOCKS[0], values[0] * 4, f"tiled, {kind}", colour, va="bottom")
    ax.axhline(plain_error(), color=_style.muted(), linestyle=_style.LINES[2])
    if labels:
        _style.name(ax, BLOCKS[-1], plain_error() / 4, "not tiled, float32", _style.muted(), ha="right", va="top")
    ax.set_xscale("log", base=2)
    ax.set_yscale("log")
    ax.set_ylim(1e-17, 1e-3)
    _style.plain_ticks(ax.xaxis, BLOCKS[::2])
    _style.plain_ticks(ax.yaxis, [1e-16, 1e-12, 1e-8, 1e-4], ["1e\u221216", "1e\u221212", "1e\u22128", "1e\u22124"])
    ax.set_xlabel("block size")
    ax.set_ylabel("max |error|")


def bytes_moved(fig, labels):
    """MiB that one head moves forward, against the length."""
    ax = fig.subplots()
    blue, orange, green, *_ = _style.colours()
    mib = 2**20
    curves = (
        ("standard", [standard_hbm_bytes(int(n), WIDTH) / mib for n in LENGTHS], blue, "-", "o"),
        ("tiled", [flash_hbm_bytes(int(n), WIDTH) / mib for n in LENGTHS], orange, _style.LINES[1], "s"),
        ("Q, K, V, O", [4 * 2 * n * WIDTH / mib for n in LENGTHS], green, _style.LINES[2], "^"),
    )
    for text, values, colour, line, marker in curves:
        ax.plot(LENGTHS, values, color=colour, linestyle=line, marker=marker)
        if labels:
            _style.name(ax, LENGTHS[-1] * 1.2, values[-1], text, colour, va="center")
    if labels:
        for n, side, up in ((LENGTHS[0], "left", 5), (LENGTHS[-1], "right", 2)):
            low, high = flash_hbm_bytes(int(n), WIDTH) / mib, standard_hbm_bytes(int(n), WIDTH) / mib
            ax.annotate("", (n, low * 1.25), (n, high / 1.25),
                        arrowprops={"arrowstyle": "<->", "color": _style.muted(), "linewidth": 0.9})  # fmt: skip
            text = rf"$\times${hbm_gain(int(n), WIDTH):.1f}"
            _style.name(ax, n * (0.9 if side == "left" else 1.1), high * up, text, _style.muted(), ha=side)
    ax.set_xscale("log", base=2)
    ax.set_yscale("log")
    ax.set_xlim(850, LENGTHS[-1] * (6 if labels else 1.2))
    ax.set_ylim(0.2, 3e5)
    _style.plain_ticks(ax.xaxis, LENGTHS[::2], ["1k", "4k", "16k", "64k"])
    _style.plain_ticks(ax.yaxis, [1, 100, 10_000], ["1", "100", "10,000"])
    ax.set_xlabel("N (tokens)")
    ax.set_ylabel("HBM reads + writes (MiB)")


def published(fig, labels):
    """Three pairs of bars, each with a scale of its own."""
    blue, orange, *_ = _style.colours()
    panels = (
        ("GFLOPs", STANDARD_2022.gflops, FLASH_2022.gflops),
        ("HBM (GB)", STANDARD_2022.hbm_gb, FLASH_2022.hbm_gb),
        ("time (ms)", STANDARD_2022.milliseconds, FLASH_2022.milliseconds),
    )
    axes = _style.stacked(fig, 3, height=3.6)
    for ax, (title, standard, flash) in zip(axes, panels, strict=True):
        for place, (value, colour, hatch) in enumerate(
            ((standard, blue, _style.HATCHES[0]), (flash, orange, _style.HATCHES[1]))
        ):
            ax.barh(place, value, color=colour, hatch=hatch, height=0.7)
            if labels:
                _style.name(ax, value + max(standard, flash) * 0.02, place, f"{value}", colour, va="center")
        ax.set_xlim(0, max(standard, flash) * 1.2)
        ax.set_xticks([])
        ax.spines["bottom"].set_visible(False)
        ax.set_yticks([0, 1], ["standard", "Flash"] if labels else ["", ""])
        ax.tick_params(axis="y", length=0)
        ax.invert_yaxis()
        if labels:
            ax.set_title(title)


def draw(fig, *, labels=True, show="rescale"):
    """``show`` is "rescale", "error", "bytes" or "published"."""
    if show not in SHOWS:
        raise ValueError(f"show must be one of {', '.join(SHOWS)}, not {show!r}")
    {"rescale": rescale, "error": error, "bytes": bytes_moved, "published": published}[show](fig, labels)
