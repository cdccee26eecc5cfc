"""Eight requests in four slots: a batch that waits for its longest, and one that is refilled every iteration."""

import _style
from _serving import continuous_schedule, schedule_iterations, slot_use, static_schedule
from matplotlib.patches import Rectangle

LENGTHS = (3, 9, 5, 2, 6, 4, 8, 3)  # iterations that each request needs
SLOTS = 4
SCHEDULES = {"static": static_schedule, "continuous": continuous_schedule}


def schedule(kind):
    """(slot, first iteration) of each of the eight requests."""
    return SCHEDULES[kind](LENGTHS, SLOTS)


def total(kind):
    """Iterations until all are done."""
    return schedule_iterations(LENGTHS, schedule(kind))


def use(kind):
    """Share of the slots of all iterations that make a token: 0 to 1."""
    return slot_use(LENGTHS, schedule(kind), SLOTS)


def idle(kind):
    """(slot, iteration) of every slot left empty before the last request is done, in order."""
    placed = zip(LENGTHS, schedule(kind), strict=True)
    busy = {(slot, start + i) for length, (slot, start) in placed for i in range(length)}
    return [(slot, i) for slot in range(SLOTS) for i in range(total(kind)) if (slot, i) not in busy]


def draw(fig, *, labels=True):
    """Slots down, iterations across; a bar is a request, a cross an empty slot."""
    fig.set_size_inches(_style.WIDTH, 3.1 if labels else 2.9)
    axes = fig.subplots(2, 1, sharex=True)
    blue, *_ = _style.colours()
    for ax, kind in zip(axes, SCHEDULES, strict=True):
        for name, length, (slot, start) in zip("ABCDEFGH", LENGTHS, schedule(kind), strict=True):
            ax.add_patch(Rectangle((start + 0.06, slot - 0.4), length - 0.12, 0.8, facecolor=blue, linewidth=0))
            if labels:
                _style.name(ax, start + length / 2, slot, name, _style.paper(), ha="center", va="center")
        empty = idle(kind)
        ax.scatter([i + 0.5 for _, i in empty], [slot for slot, _ in empty], marker="x", s=14,
                   color=_style.muted(), linewidths=0.9)  # fmt: skip
        ax.set_xlim(0, 17.2)
        ax.set_ylim(SLOTS - 0.4, -0.6)
        ax.set_xticks([0, 5, 9, 13, 17])
        ax.set_yticks(range(SLOTS), ["1", "2", "3", "4"])
        ax.tick_params(axis="y", length=0)
        ax.set_ylabel("slot")
        if labels:
            ax.set_title(f"{kind}: {total(kind)} iterations, {100 * use(kind):.0f} %")
    axes[-1].set_xlabel("iteration")
