"""ReLU, GELU and SiLU, their derivatives, how far GELU's approximations are off, and SwiGLU's gate."""

import _style
import numpy as np
from _activations import (
    activation_error,
    activation_minimum,
    gelu,
    gelu_slope,
    gelu_tanh,
    relu,
    relu_slope,
    swiglu_gate,
    swish,
    swish_slope,
)

X = np.linspace(-5, 3, 321)
WIDE = np.linspace(-5, 5, 401)
CURVES = {"ReLU": relu, "GELU": gelu, "SiLU": swish}
SLOPES = {"ReLU": relu_slope, "GELU": gelu_slope, "SiLU": swish_slope}
SHOWS = ("curves", "derivatives", "error", "gate")
GATE = np.linspace(-4, 4, 81)  # both inputs of the gate


def sigmoid_form(x):
    """The sigmoid approximation of GELU."""
    return swish(x, 1.702)


FORMS = {"tanh": gelu_tanh, "sigmoid": sigmoid_form}


def pair(x, y):
    """A point, written with three decimals."""
    return f"({x:.3f}, {y:.3f})".replace("-", "\u2212")


def curves(fig, labels):
    """The three activations, with the minima of the two smooth ones."""
    ax = fig.subplots()
    ax.axhline(0, color=_style.muted(), linewidth=0.7)
    places = {"GELU": (-2.35, 0.32), "SiLU": (-2.35, -0.62)}
    for i, (name, f) in enumerate(CURVES.items()):
        colour = _style.colours()[i]
        ax.plot(X, f(X), color=colour, linestyle=_style.LINES[i])
        if labels and name in places:
            x, y = activation_minimum(f)
            ax.plot([x], [y], _style.MARKERS[i], color=colour)
            _style.name(ax, *places[name], f"{name} {pair(x, y)}", colour, ha="center", va="center")
        elif labels:
            _style.name(ax, 1.9, 2.3, name, colour, ha="right", va="center")
    ax.set_xlim(-5, 3)
    ax.set_ylim(-0.85, 3)
    ax.set_yticks([0, 1, 2, 3])
    ax.set_xlabel("$x$", fontsize=_style.FORMULA)
    ax.set_ylabel("$f(x)$", fontsize=_style.FORMULA)


def derivatives(fig, labels):
    """Their derivatives: a step, and two curves that go below 0 and above 1."""
    ax = fig.subplots()
    for level in (0, 1):
        ax.axhline(level, color=_style.muted(), linewidth=0.7)
    names = {"ReLU": (-0.15, 0.88, "right"), "GELU": (1.5, 1.2, "center"), "SiLU": (-3.4, -0.17, "center")}
    for i, (name, slope) in enumerate(SLOPES.items()):
        colour = _style.colours()[i]
        ax.plot(WIDE, slope(WIDE), color=colour, linestyle=_style.LINES[i])
        if labels:
            x, y, ha = names[name]
            _style.name(ax, x, y, name, colour, ha=ha, va="center")
    ax.set_xlim(-5, 5)
    ax.set_ylim(-0.25, 1.32)
    ax.set_yticks([0, 0.5, 1], ["0", "0.5", "1"])
    ax.set_xlabel("$x$", fontsize=_style.FORMULA)
    ax.set_ylabel("$f'(x)$", fontsize=_style.FORMULA)


def error(fig, labels):
    """Approximation less GELU, each form on a scale of its own."""
    panels = _style.stacked(fig, 2, height=3.5, sharex=True)
    limits, ticks = (7e-4, 2.9e-2), (5e-4, 2e-2)
    for i, (ax, (name, f)) in enumerate(zip(panels, FORMS.items(), strict=True)):
        colour = _style.colours()[i]
        ax.axhline(0, color=_style.muted(), linewidth=0.7)
        ax.plot(WIDE, f(WIDE) - gelu(WIDE), color=colour, linestyle=_style.LINES[i])
        ax.set_ylim(-limits[i], limits[i])
        ax.set_yticks([-ticks[i], 0, ticks[i]], [f"\u2212{ticks[i]:g}", "0", f"{ticks[i]:g}"])
        if labels:
            mantissa, exponent = f"{activation_error(f)[1]:.1e}".split("e")
            text = rf"{name}: max $|\Delta|={mantissa}\times10^{{{int(exponent)}}}$"
            _style.name(ax, -4.9, limits[i] * 0.98, text, colour, va="top", size=_style.FORMULA)
    panels[-1].set_xlim(-5, 5)
    panels[-1].set_xlabel("$x$", fontsize=_style.FORMULA)
    for ax in panels:
        ax.set_ylabel(r"$\Delta(x)$", fontsize=_style.FORMULA)


def gate(fig, labels):
    """Swish(a) b over both inputs."""
    fig.set_size_inches(_style.WIDTH, 3.1)
    ax = fig.subplots()
    values = swiglu_gate(GATE[None, :], GATE[:, None])
    image = ax.imshow(
        values,
        origin="lower",
        extent=(-4.05, 4.05, -4.05, 4.05),
        cmap=_style.diverging(),
        vmin=-16,
        vmax=16,
        interpolation="bilinear",
    )
    for axis in (ax.xaxis, ax.yaxis):
        _style.plain_ticks(axis, [-4, -2, 0, 2, 4])
    bar = fig.colorbar(image, ax=ax, shrink=0.9, pad=0.04)
    bar.set_ticks([-16, -8, 0, 8, 16], labels=["\u221216", "\u22128", "0", "8", "16"])
    bar.outline.set_linewidth(0.5)
    if labels:
        ax.set_xlabel(r"$a=(xW)_j$", fontsize=_style.FORMULA)
        ax.set_ylabel(r"$b=(xV)_j$", fontsize=_style.FORMULA)


def draw(fig, *, labels=True, show="curves"):
    """``show`` is "curves", "derivatives", "error" or "gate"."""
    if show not in SHOWS:
        raise ValueError(f"show must be one of {', '.join(SHOWS)}, not {show!r}")
    {"curves": curves, "derivatives": derivatives, "error": error, "gate": gate}[show](fig, labels)
