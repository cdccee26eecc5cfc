"""Memory of training: bytes of weights, gradients and Adam's states, and activations of a layer against length."""

import _style
import numpy as np
from _cost import activation_bytes

PARAMETERS = 6_738_415_616  # Llama-2-7B
LAYOUTS = {  # bytes a parameter
    "inference": {"weights": 2},
    "fp32": {"weights": 4, "gradients": 4, "momentum": 4, "variance": 4},
    "mixed": {"weights": 2, "gradients": 2, "fp32 copy": 4, "momentum": 4, "variance": 4},
}
PARTS = ("weights", "gradients", "fp32 copy", "momentum", "variance")
HEAD = 128  # width of a head
GPT3 = (2048, 12_288, 96)  # s, h, a
LENGTHS = 2.0 ** np.linspace(7, 13, 49)
SHOWS = ("states", "activations")


def gigabytes(layout):
    """GB (10^9 bytes) of each part, in the order of the layout."""
    return {part: PARAMETERS * size / 1e9 for part, size in LAYOUTS[layout].items()}


def bracket(s, head=HEAD):
    """34 and 5 a s / h of s b h (34 + 5 a s / h), for heads of width h / a = ``head``."""
    h, a = 32 * head, 32
    linear = activation_bytes(s, 1, h, a, scores=False)
    return linear / (s * h), (activation_bytes(s, 1, h, a) - linear) / (s * h)


def draw_states(fig, labels):
    """One bar a way of keeping the model, stacked from its parts; 80 GB marked."""
    fig.set_size_inches(_style.WIDTH, 2.75 if labels else 2.2)
    ax = fig.subplots()
    hatches = dict(zip(PARTS, ("", "////", "xxxx", "----", "\\\\\\\\"), strict=True))
    *most, _, grey = _style.colours()  # the fifth is too near the second
    colours = dict(zip(PARTS, (*most, grey), strict=True))
    for place, layout in enumerate(LAYOUTS):
        left = 0
        for part, width in gigabytes(layout).items():
            ax.barh(place, width, 0.62, left=left, color=colours[part], hatch=hatches[part], linewidth=0,
                    label=part if layout == "mixed" else "_")  # fmt: skip
            left += width
        if labels:
            _style.name(ax, left + 2, place, _style.number(left, 4), va="center")
    ax.axvline(80, color=grey, linestyle=":", linewidth=1.2)
    ax.set_xlim(0, 132 if labels else 112)
    ax.set_ylim(2.5, -0.5)
    _style.plain_ticks(ax.xaxis, [0, 20, 40, 60, 80, 100])
    ax.set_yticks(range(3), list(LAYOUTS) if labels else ["1", "2", "3"])
    ax.tick_params(axis="y", length=0)
    ax.set_xlabel("GB")
    if labels:
        fig.legend(*ax.get_legend_handles_labels(), loc="outside upper left", ncols=3, handlelength=1.2)


def draw_activations(fig, labels):
    """The two terms in the bracket against the length, heads of width 128; GPT-3's pair marked."""
    ax = fig.subplots()
    blue, orange, *_ = _style.colours()
    linear, quadratic = zip(*(bracket(s) for s in LENGTHS), strict=True)
    ax.plot(LENGTHS, linear, color=blue, linestyle="-")
    ax.plot(LENGTHS, quadratic, color=orange, linestyle=_style.LINES[1])
    s, h, a = GPT3
    ax.plot([s, s], bracket(s, h / a), "o", color=_style.ink(), linestyle="none")
    ax.set_xscale("log", base=2)
    ax.set_xlim(LENGTHS[0], LENGTHS[-1])
    ax.set_ylim(0, 170)
    _style.plain_ticks(ax.xaxis, [128, 512, 2048, 8192], ["128", "512", "2k", "8k"])
    ax.set_xlabel("$s$")
    ax.set_ylabel("bytes / $sbh$")
    if labels:
        _style.name(ax, 150, 43, "34", blue, va="center")
        _style.name(ax, 1900, 88, "80", va="center", ha="right")
        _style.name(ax, 2650, 140, "$5as/h$", orange, va="center", ha="right")


def draw(fig, *, labels=True, show="states"):
    """``show`` is "states" or "activations"."""
    if show not in SHOWS:
        raise ValueError(f"show must be one of {', '.join(SHOWS)}, not {show!r}")
    (draw_states if show == "states" else draw_activations)(fig, labels)
