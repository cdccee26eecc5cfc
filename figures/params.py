"""Where the parameters of published models are: shares of five models, one layer in units of d^2, one model's parts."""

import _style
from _models import (
    BERT_BASE,
    GPT2,
    LLAMA2_7B,
    LLAMA3_8B,
    LLAMA3_70B,
    V17_BASE,
    attention_part,
    ffn_part,
    parameters,
    part_share,
    parts,
    shape,
)

MODELS = (V17_BASE, BERT_BASE, GPT2, LLAMA2_7B, LLAMA3_8B)
LAYERS = (V17_BASE, GPT2, LLAMA2_7B, LLAMA3_8B, LLAMA3_70B)
GROUPS = {"embeddings": ("embedding", "positions", "output"), "attention": ("attention",), "FFN": ("ffn",)}
MODEL = {"bert-base": BERT_BASE, "gpt-2": GPT2, "llama-3-8b": LLAMA3_8B}
SHOWS = ("models", "layer", "parts")


def looks():
    """Colour and hatch of each group of parts, by its name."""
    orange, blue, green = (_style.colours()[i] for i in (1, 0, 2))
    return dict(zip(GROUPS, zip((orange, blue, green), ("", "////", "\\\\\\\\"), strict=True), strict=True))


def shares(model):
    """Embeddings, attention and FFN as shares of all parameters; norms and a pooler are what is missing to 1."""
    return {group: part_share(model, *names) for group, names in GROUPS.items()}


def in_squares(model):
    """Attention and FFN of one layer, in units of d^2."""
    square = shape(model).d ** 2
    return {"attention": attention_part(model) / square, "FFN": ffn_part(model) / square}


def million(model):
    """Parameters in millions of everything that the model has, in order."""
    return {name: count / 1e6 for name, count in parts(model).items() if count}


def size(count):
    """63.0M or 8.03B: three significant digits."""
    return f"{_style.number(count / 1e9)}B" if count >= 1e9 else f"{count / 1e6:#.3g}M".replace(".M", "M")


def in_words(millions):
    """0.038, 23.4 or 1,342."""
    return _style.number(millions, 2) if millions < 1 else f"{millions:,.{1 if millions < 100 else 0}f}"


def bars(ax, rows, labels, form):
    """A stacked bar for each of ``rows``, a dict from group to length; its numbers inside, as ``form`` writes them."""
    for place, row in enumerate(rows):
        left = 0
        for group, length in row.items():
            colour, hatch = looks()[group]
            ax.barh(place, length, left=left, height=0.62, color=colour, hatch=hatch, edgecolor=_style.paper(),
                    label=group if place == 0 else None)  # fmt: skip
            if labels and form(length):
                box = {"boxstyle": "round,pad=0.15", "facecolor": _style.paper(), "edgecolor": "none"}
                ax.text(left + length / 2, place, form(length), ha="center", va="center", bbox=box)
            left += length
    ax.set_ylim(len(rows) - 0.5, -0.5)
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
    if labels:
        ax.figure.legend(*ax.get_legend_handles_labels(), loc="outside upper center", ncols=3, handlelength=1.5)


def named(ax, names, labels):
    """``names`` beside the bars, or 1, 2, 3 in their place."""
    ax.set_yticks(range(len(names)), names if labels else [str(i) for i in range(1, len(names) + 1)])


def draw_models(fig, labels):
    """Five bars of length 1: what is embedding, attention and FFN."""
    ax = fig.subplots()
    bars(ax, [shares(model) for model in MODELS], labels, lambda share: f"{share:.0%}" if share > 0.06 else "")
    named(ax, [f"{model.name}\n{size(parameters(model))}" for model in MODELS], labels)
    ax.set_xlim(0, 1)
    _style.plain_ticks(ax.xaxis, [0, 0.5, 1])
    ax.set_xlabel("share of parameters")


def draw_layer(fig, labels):
    """Attention and FFN of one layer over d^2: 12 for the plain ones, 13 and a little less with GQA and SwiGLU."""
    ax = fig.subplots()
    bars(ax, [in_squares(model) for model in LAYERS], labels, lambda squares: f"{squares:.2f}".rstrip("0").rstrip("."))
    named(ax, [model.name for model in LAYERS], labels)
    ax.axvline(12, color=_style.ink(), linestyle=":", linewidth=1.2)
    ax.set_xlim(0, 14)
    _style.plain_ticks(ax.xaxis, [0, 4, 8, 12])
    ax.set_xlabel("parameters of one layer / $d^2$", size=_style.FORMULA)


def draw_parts(fig, labels, model):
    """One model, a bar for every part that it has."""
    ax = fig.subplots()
    blue, *_ = _style.colours()
    counts = million(model)
    longest = max(counts.values())
    for place, count in enumerate(counts.values()):
        ax.barh(place, count, height=0.62, color=blue)
        if labels:
            ax.text(count + longest / 60, place, in_words(count), va="center")
    named(ax, ["FFN" if name == "ffn" else name for name in counts], labels)
    ax.set_ylim(len(counts) - 0.5, -0.5)
    ax.tick_params(axis="y", length=0)
    ax.set_xlim(0, longest * (1.2 if labels else 1.05))
    step = 2000 if longest > 1000 else 20
    _style.plain_ticks(ax.xaxis, range(0, int(longest) + 1, step))
    ax.set_xlabel("parameters (millions)")


def draw(fig, *, labels=True, show="models", model="llama-3-8b"):
    """``show`` is "models", "layer" or "parts"; ``model`` of the last is "bert-base", "gpt-2" or "llama-3-8b"."""
    if show not in SHOWS:
        raise ValueError(f"show must be one of {', '.join(SHOWS)}, not {show!r}")
    if model not in MODEL:
        raise ValueError(f"model must be one of {', '.join(MODEL)}, not {model!r}")
    if show == "parts":
        draw_parts(fig, labels, MODEL[model])
    else:
        (draw_models if show == "models" else draw_layer)(fig, labels)
