"""Where a token's content can be, layer by layer, for four ways to hide the token from its own position."""

import _style
from _reach import block_mask, reach
from matplotlib.lines import Line2D

TOKENS, TOKEN, LAYERS = 5, 2, 3  # the third of five tokens
TITLES = {"full": "open", "diagonal": "diagonal blocked", "key": "key 3 blocked", "mask-token": "token 3 = [MASK]"}


def holders(show):
    """Which positions hold the token's content by attention alone, and with the residual: [4, 5] each."""
    may_attend, erased = block_mask(show, TOKENS, TOKEN), show == "mask-token"
    return tuple(reach(may_attend, TOKEN, LAYERS, residual=residual, erased=erased) for residual in (False, True))


def draw(fig, *, labels=True, show="full"):
    """``show`` is "full", "diagonal", "key" or "mask-token"."""
    attended, held = holders(show)
    may_attend = block_mask(show, TOKENS, TOKEN)
    blue, orange, *_ = _style.colours()
    fig.set_size_inches(_style.WIDTH, 3.3)
    ax = fig.subplots()
    ax.axvspan(TOKEN - 0.36, TOKEN + 0.36, facecolor="none", edgecolor=_style.muted(), linestyle=":", linewidth=1)
    for layer in range(LAYERS):
        for key in range(TOKENS):
            if held[layer, key]:
                ax.plot([key, key], [layer, layer + 1], color=orange, linestyle=(0, (3, 1.6)), linewidth=1.5)
            for query in range(TOKENS):
                if held[layer, key] and may_attend[query, key]:
                    ax.plot([key, query], [layer, layer + 1], color=blue, linestyle="-", linewidth=0.8)
    for layer in range(LAYERS + 1):
        for position in range(TOKENS):
            if attended[layer, position]:
                ax.plot(position, layer, "o", color=blue, markersize=11)
            elif held[layer, position]:
                ax.plot(position, layer, "D", color=orange, markersize=10)
            else:
                ax.plot(position, layer, "o", color=_style.muted(), markerfacecolor=_style.paper(), markersize=11)
    names = [str(i + 1) for i in range(TOKENS)]
    if labels and show == "mask-token":
        names[TOKEN] = "[MASK]"
    ax.set_xticks(range(TOKENS), names)
    ax.set_yticks(range(LAYERS + 1))
    ax.set_xlim(-0.5, TOKENS - 0.5)
    ax.set_ylim(-0.4, LAYERS + 0.4)
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
    ax.set_xlabel("position")
    ax.set_ylabel("layer")
    if not labels:
        return
    ax.set_title(TITLES[show])
    looks = (("o", blue, blue, "by attention"), ("D", orange, orange, "residual only"),
             ("o", _style.muted(), _style.paper(), "none"))  # fmt: skip
    fig.legend(
        handles=[
            Line2D([], [], linestyle="", marker=marker, markersize=7, color=colour, markerfacecolor=face, label=text)
            for marker, colour, face, text in looks
        ],
        loc="outside lower center", ncols=3, handlelength=1, handletextpad=0.4,
    )  # fmt: skip
