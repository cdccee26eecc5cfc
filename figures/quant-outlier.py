"""One activation channel that is 60 times as large spoils int8 for the others; int4 weights by group size."""

import _style
from _quant import QUANT_AXES, group_error, group_outlier_error, int8_error, product_error

GROUPS = (512, 256, 128, 64, 32, 16)
REMEDIES = {"tensor": "per tensor", "token": "per token", "smooth": "smoothed", "decomposed": "8 + 16 bit"}
SHOWS = ("outlier", "remedy", "group")


def percent(x):
    """0.746 -> 0.75%, 13.57 -> 13.6%."""
    return f"{_style.number(x, 3 if x >= 10 else 2)}%"


def outlier_rows():
    """Error of int8 X in per cent -> {scale: (no outlier, all channels, all but the outlier)}."""
    return {
        scale: (
            100 * int8_error(scale, outlier=1, rest=True),
            100 * int8_error(scale),
            100 * int8_error(scale, rest=True),
        )
        for scale in QUANT_AXES
    }


def remedy_rows():
    """Per cent of error of the int8 product, over the ordinary channels' part of it -> {remedy: error}."""
    return {remedy: 100 * product_error(remedy) for remedy in REMEDIES}


def frame(ax, names, labels):
    """A log axis of per cent, and a row for each name."""
    ax.set_xscale("log")
    ax.set_xlim(0.45, 100)
    ax.set_ylim(len(names) - 0.45, -0.6)
    ax.set_yticks(range(len(names)), names if labels else [str(i + 1) for i in range(len(names))])
    ax.tick_params(axis="y", length=0)
    ax.grid(axis="y")
    _style.plain_ticks(ax.xaxis, [0.5, 1, 2, 5, 10, 20, 50])


def outlier(fig, labels):
    """Relative error of X, of its ordinary channels, and of X without an outlier."""
    ax = fig.subplots()
    blue, orange, green, *_ = _style.colours()
    rows = outlier_rows()
    marks = ((green, "^", "no outlier"), (blue, "o", "all of X"), (orange, "s", "other 511"))
    for index, (colour, marker, text) in enumerate(marks):
        values = [row[index] for row in rows.values()]
        ax.plot(values, range(len(rows)), marker, color=colour, markersize=7, label=text)
        for place, value in enumerate(values if labels else ()):
            if index and value < 1:
                continue  # lies on the first
            ax.annotate(percent(value), (value, place), (0, -7), textcoords="offset points", color=colour,
                        ha="center", va="top")  # fmt: skip
    frame(ax, [f"per {scale}" for scale in rows], labels)
    ax.set_xlabel("relative error of X (%)")
    if labels:
        ax.legend(loc="lower center", bbox_to_anchor=(0.4, 1), ncols=3, handletextpad=0.1, columnspacing=0.9)


def remedy(fig, labels):
    """Error of the int8 product for each remedy; the line is the error without an outlier."""
    ax = fig.subplots()
    blue, *_ = _style.colours()
    rows = remedy_rows()
    ax.axvline(100 * product_error("token", outlier=1), color=_style.muted(), linestyle=_style.LINES[1], linewidth=1)
    ax.plot(list(rows.values()), range(len(rows)), "o", color=blue, markersize=7)
    for place, value in enumerate(rows.values() if labels else ()):
        ax.annotate(percent(value), (value, place), (4, -5), textcoords="offset points", color=blue, ha="left",
                    va="top")  # fmt: skip
    if labels:
        _style.name(ax, 100 * product_error("token", outlier=1) * 1.12, 0.5, "no outlier", _style.muted(), va="center")
    frame(ax, list(REMEDIES.values()), labels)
    ax.set_xlabel("error of XW (%)")


def group(fig, labels):
    """Error of int4 weights against the group size, Gaussian and with a large weight in each row."""
    ax = fig.subplots()
    blue, orange, *_ = _style.colours()
    curves = (
        ("Gaussian", [100 * group_error(g) for g in GROUPS], blue, "-", "o"),
        (
            "one weight in 512: $\\times$20",
            [100 * group_outlier_error(g) for g in GROUPS],
            orange,
            _style.LINES[1],
            "s",
        ),
    )
    for text, values, colour, line, marker in curves:
        ax.plot(GROUPS, values, color=colour, linestyle=line, marker=marker)
        if labels:
            first = colour == blue
            for g, value in zip(GROUPS, values, strict=True):
                if g in (512, 128, 32):
                    ax.annotate(percent(value), (g, value), (0, -8) if first else (4, 5), textcoords="offset points",
                                color=colour, ha="center" if first else "left",
                                va="top" if first else "bottom")  # fmt: skip
            at = (400, 7.5) if first else (13, 75)
            _style.name(ax, *at, text, colour, ha="left" if first else "right", va="center")
    ax.set_xscale("log", base=2)
    ax.set_yscale("log")
    ax.set_xlim(11, 800)
    ax.set_ylim(5.5, 110)
    ax.invert_xaxis()
    _style.plain_ticks(ax.xaxis, GROUPS)
    _style.plain_ticks(ax.yaxis, [10, 20, 50, 100])
    ax.set_xlabel("group size g")
    ax.set_ylabel("relative error (%)")


def draw(fig, *, labels=True, show="outlier"):
    """``show`` is "outlier", "remedy" or "group"."""
    if show not in SHOWS:
        raise ValueError(f"show must be one of {', '.join(SHOWS)}, not {show!r}")
    {"outlier": outlier, "remedy": remedy, "group": group}[show](fig, labels)
