"""A wing of so many feathers."""


def draw(fig, *, feathers=3):
    """A line a feather."""
    axes = fig.add_subplot()
    for feather in range(feathers):
        axes.plot([0, 1], [0, feather])
