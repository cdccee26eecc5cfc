"""Number formats of deep learning: how far they reach, how fine they are, which updates they lose."""

import _style
import numpy as np
from _formats import BFLOAT16, BINARY16, BINARY32, FORMATS, summed_in, ulp

UPDATE, STEPS = 1e-3, 1000
LOW, HIGH = 1e-10, 1e7  # of the picture of spacings
SHOWS = ("range", "spacing", "update")


def looks():
    """Colour, line and marker of each format, by name."""
    *most, _, grey = _style.colours()  # the fifth is too near the second
    each = zip((*most, grey), _style.LINES, _style.MARKERS, strict=False)
    return {form.name: look for form, look in zip(FORMATS, each, strict=False)}


def draw_range(fig, labels):
    """Powers of ten from the smallest to the largest positive number; dotted where digits are missing."""
    ax = fig.subplots()
    blue, *_ = _style.colours()
    for place, form in enumerate(FORMATS):
        smallest, normal, largest = np.log10([form.smallest, form.normal, form.largest])
        ax.plot([normal, largest], [place, place], "|-", color=blue, linewidth=3.2, markersize=9)
        ax.plot([smallest, normal], [place, place], color=blue, linestyle=":", linewidth=1.4)
        if not labels:
            continue
        if form.largest > HIGH:
            ax.annotate(_style.number(form.largest, 2), (largest, place), (0, 6), textcoords="offset points",
                        ha="right", va="bottom", size=_style.FORMULA)  # fmt: skip
        else:
            ax.annotate(f"{form.largest:,.0f}", (largest, place), (9, 0), textcoords="offset points", va="center")
    ax.set_xlim(-47, 41)
    ax.set_ylim(len(FORMATS) - 0.5, -0.8)
    _style.plain_ticks(ax.xaxis, [-40, -20, 0, 20, 40])
    ax.set_xlabel(r"$\log_{10}\,x$", size=_style.FORMULA)
    ax.set_yticks(range(len(FORMATS)), [form.name if labels else str(i) for i, form in enumerate(FORMATS, 1)])
    ax.tick_params(axis="y", length=0)
    ax.grid(axis="x")


def relative_spacings(form):
    """Powers of two of the format within the picture, and the step to the next number there, relative."""
    first, last = np.ceil(np.log2(max(form.smallest, LOW))), np.floor(np.log2(min(form.largest, HIGH)))
    x = 2.0 ** np.arange(first, last + 1)
    return x, np.array([ulp(form, value) / value for value in x])


def draw_spacing(fig, labels):
    """The step to the next number relative to the number: flat, rising among subnormals, ending at the largest."""
    ax = fig.subplots()
    for form in FORMATS:
        colour, line, marker = looks()[form.name]
        x, step = relative_spacings(form)
        ax.plot(x, step, color=colour, linestyle=line)
        if form.largest < HIGH:
            ax.plot(x[-1:], step[-1:], marker, color=colour, linestyle="none")
    ax.set_xscale("log")
    ax.set_yscale("log")
    ax.set_xlim(LOW, HIGH)
    ax.set_ylim(3e-8, 3)
    _style.plain_ticks(ax.xaxis, [1e-8, 1e-4, 1, 1e4], ["1e\u22128", "1e\u22124", "1", "10,000"])
    _style.plain_ticks(ax.yaxis, [1, 1e-2, 1e-4, 1e-6], ["1", "0.01", "1e\u22124", "1e\u22126"])
    ax.set_xlabel("$x$")
    ax.set_ylabel("next step / $x$")
    if not labels:
        return
    places = {"fp32": (3e-7, 2.6e-7, "left"), "bf16": (2e-9, 3.2e-3, "left"), "fp16": (1.5e5, 9.8e-4, "left"),
              "E5M2": (1.7e5, 0.25, "left"), "E4M3": (1.6e3, 0.09, "left")}  # fmt: skip
    for form in FORMATS:
        x, y, ha = places[form.name]
        _style.name(ax, x, y, form.name, looks()[form.name][0], ha=ha, va="center")


def draw_update(fig, labels):
    """A weight of 1 that receives 1000 updates of 0.001, its sums rounded to three formats."""
    ax = fig.subplots()
    for form in (BINARY32, BINARY16, BFLOAT16):
        colour, line, _ = looks()[form.name]
        ax.plot(range(STEPS + 1), summed_in(form, 1, UPDATE, STEPS), color=colour, linestyle=line)
    ax.set_ylim(0.94, 2.05)
    ax.set_xlabel("updates of +0.001")
    ax.set_ylabel("weight")
    if labels:
        for name, x, y, ha in (("fp32", 420, 1.56, "right"), ("fp16", 640, 1.5, "left"), ("bf16", 500, 1.06, "center")):
            _style.name(ax, x, y, name, looks()[name][0], ha=ha, va="center")


def draw(fig, *, labels=True, show="range"):
    """``show`` is "range", "spacing" or "update"."""
    if show not in SHOWS:
        raise ValueError(f"show must be one of {', '.join(SHOWS)}, not {show!r}")
    {"range": draw_range, "spacing": draw_spacing, "update": draw_update}[show](fig, labels)
