"""The roofline of a GPU with prefill and decoding on it, and FLOP/byte of a decoding step against the batch."""

import _style
import numpy as np
from _cost import LLAMA3_8B
from _serving import A100, H100, attainable, matmul_intensity, step_intensity

SHOWS = ("roof", "batch")
GPUS = {"a100": (A100,), "h100": (H100,), "both": (A100, H100)}
WIDTH = 4096  # of the square matrix that the tokens of a pass are multiplied by
DECODE = (1, 16, 128)  # sequences, one token of each
PREFILL = 2048  # tokens of one prompt
INTENSITIES = np.geomspace(0.5, 4096, 200)  # FLOP/byte
CONTEXTS = {0: "0", 1024: "1k", 8192: "8k", 32_768: "32k"}  # cached tokens of every sequence
BATCHES = 2 ** np.arange(10)  # 1 to 512 sequences


def points(gpu):
    """{tokens in the pass: (FLOP/byte, TFLOP/s at most)} for one square matrix in 16 bit."""
    at = {tokens: matmul_intensity(tokens, WIDTH) for tokens in (*DECODE, PREFILL)}
    return {tokens: (x, attainable(gpu, x) / 1e12) for tokens, x in at.items()}


def intensities(context):
    """FLOP/byte of a decoding step in the shape of Llama-3-8B for each batch -> (10,)."""
    return np.array([step_intensity(LLAMA3_8B, context, int(batch)) for batch in BATCHES])


def draw_roof(fig, labels, gpus):
    """TFLOP/s against FLOP/byte; with one GPU also the points of decoding and prefill."""
    ax = fig.subplots()
    blue, orange, green, *_ = _style.colours()
    for gpu, colour, line in zip(gpus, (blue, orange), _style.LINES, strict=False):
        roof = [attainable(gpu, x) / 1e12 for x in INTENSITIES]
        ax.plot(INTENSITIES, roof, color=colour, linestyle=line)
        ax.plot([gpu.ridge] * 2, [0.5, gpu.flops / 1e12], color=_style.muted(), linestyle=":", linewidth=1)
        if labels:
            _style.name(ax, gpu.ridge * (0.93 if gpu is A100 else 1.08), 0.6, f"{gpu.ridge:.0f}",
                        ha="right" if gpu is A100 else "left", va="bottom")  # fmt: skip
    if len(gpus) == 1:
        at = points(gpus[0])
        for tokens, (x, y) in at.items():
            decode = tokens in DECODE
            ax.plot(x, y, "o" if decode else "s", color=orange if decode else green, markersize=6, zorder=4)
            if labels and decode:
                _style.name(ax, x * 0.8, y * 1.05, str(tokens), orange, ha="right", va="bottom")
        if labels:
            x, y = at[PREFILL]
            _style.name(ax, x, y * 0.78, f"prefill {PREFILL}", green, ha="center", va="top")
            _style.name(ax, at[16][0] * 1.3, at[16][1] * 0.9, "decode", orange, va="top")
            _style.name(ax, 4096, gpus[0].flops / 1e12 * 1.15, gpus[0].name, blue, ha="right", va="bottom")
    elif labels:
        _style.name(ax, 4096, A100.flops / 1e12 * 0.82, A100.name, blue, ha="right", va="top")
        _style.name(ax, 4096, H100.flops / 1e12 * 1.15, H100.name, orange, ha="right", va="bottom")
    ax.set_xscale("log", base=2)
    ax.set_yscale("log")
    ax.set_xlim(0.5, 4096)
    ax.set_ylim(0.5, 2500)
    _style.plain_ticks(ax.xaxis, [1, 16, 256, 4096], ["1", "16", "256", "4096"])
    _style.plain_ticks(ax.yaxis, [1, 10, 100, 1000], ["1", "10", "100", "1000"])
    ax.set_xlabel("FLOP/byte")
    ax.set_ylabel("TFLOP/s")


def draw_batch(fig, labels):
    """FLOP/byte of a step against the batch, a line for each context, and the ridges of both GPUs."""
    ax = fig.subplots()
    for gpu in (A100, H100):
        ax.axhline(gpu.ridge, color=_style.ink(), linestyle=":", linewidth=1)
        if labels:
            _style.name(ax, 1, gpu.ridge * 1.06, f"{gpu.name} {gpu.ridge:.0f}", va="bottom")
    looks = zip(CONTEXTS.items(), _style.colours(), _style.LINES, _style.MARKERS, strict=False)
    for (context, text), colour, line, marker in looks:
        values = intensities(context)
        ax.plot(BATCHES, values, color=colour, linestyle=line, marker=marker)
        if labels:
            _style.name(ax, BATCHES[-1] * 1.2, values[-1], text, colour, va="center")
    ax.set_xscale("log", base=2)
    ax.set_yscale("log", base=2)
    ax.set_xlim(0.8, BATCHES[-1] * (2.6 if labels else 1.25))
    ax.set_ylim(0.8, 800)
    _style.plain_ticks(ax.xaxis, [1, 8, 64, 512], ["1", "8", "64", "512"])
    _style.plain_ticks(ax.yaxis, [1, 4, 16, 64, 256], ["1", "4", "16", "64", "256"])
    ax.set_xlabel("batch")
    ax.set_ylabel("FLOP/byte")


def draw(fig, *, labels=True, show="roof", gpu="a100"):
    """``show`` is "roof" or "batch"; ``gpu``, of the roof, is "a100", "h100" or "both"."""
    if show not in SHOWS:
        raise ValueError(f"show must be one of {', '.join(SHOWS)}, not {show!r}")
    if gpu not in GPUS:
        raise ValueError(f"gpu must be one of {', '.join(GPUS)}, not {gpu!r}")
    if show == "roof":
        draw_roof(fig, labels, GPUS[gpu])
    else:
        draw_batch(fig, labels)
