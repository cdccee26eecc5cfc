"""Notes + what the lock remembers -> ids and places in line: new ones fit among the old, which stay."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

# Room for later notes between two of now, and for the ids of a note's cards behind its own.
POSITION_GAP, BORN_GAP = 100, 100


def births(taken: Iterable[int], count: int, now: int) -> list[int]:
    """Yields `count` milliseconds of birth, which are Anki's note ids: rising, unique, never later than `now` (s)."""
    slots = {born // BORN_GAP for born in taken}
    slot = now * 1000 // BORN_GAP
    found: list[int] = []
    while len(found) < count:
        if slot not in slots:
            found.append(slot * BORN_GAP)
        slot -= 1
    return found[::-1]


def positions(keys: Sequence[str], known: Mapping[str, int]) -> dict[str, int]:
    """Yields where the new cards of each of `keys` stand in line, rising as the sources do.

    What has a position keeps it, where it still rises; a note that came later gets one in the gap that it fills.
    """
    # Mostly all stay: then nothing need be looked for.
    values = [known.get(key, 0) for key in keys]
    if all(before < after for before, after in pairwise([0, *values])):
        return dict(zip(keys, values, strict=True))
    found: dict[str, int] = {}
    stay = _longest_rise([known.get(key) for key in keys])
    at, waiting = 0, list[str]()
    for index, key in enumerate([*keys, ""]):
        if index < len(keys) and index not in stay:
            waiting.append(key)
            continue
        step = (known[key] - at) // (len(waiting) + 1) if key else POSITION_GAP
        for name in waiting:
            at = found[name] = at + max(1, step)
        if key:
            # Where a gap is full, what follows it gives way.
            at = found[key] = max(known[key], at + 1)
        waiting = []
    return found


def _longest_rise(values: Sequence[int | None]) -> set[int]:
    """The indices of the longest strictly rising run of `values`, so that as few as can be must move."""
    tails: list[int] = []
    ends: list[int] = []
    before: dict[int, int | None] = {}
    for index, value in enumerate(values):
        if value is None:
            continue
        slot = bisect_left(tails, value)
        before[index] = ends[slot - 1] if slot else None
        tails[slot : slot + 1], ends[slot : slot + 1] = [value], [index]
    rise: set[int] = set()
    last = ends[-1] if ends else None
    while last is not None:
        rise.add(last)
        last = before[last]
    return rise
