"""Lines -> the blocks of fenced code among them: what stands there is code, whatever it looks like."""

from __future__ import annotations

import re
from collections.abc import Iterator

FENCE = re.compile(r"^(?P<indent>[ \t>]*)(?P<ticks>`{3,}|~{3,})(?P<info>[^`\n]*)$")


def fences(lines: list[str] | tuple[str, ...]) -> Iterator[tuple[int, int | None]]:
    """Yields (first, last) index of every fenced block of code; last is None for one that is never closed."""
    opened: tuple[int, str] | None = None
    for index, line in enumerate(lines):
        match = FENCE.match(line) if "```" in line or "~~~" in line else None
        if not match:
            continue
        ticks = match["ticks"]
        if opened is None:
            opened = (index, ticks)
        elif match["indent"] == lines[opened[0]][: len(match["indent"])] and _closes(ticks, opened[1], match["info"]):
            yield opened[0], index
            opened = None
    if opened is not None:
        yield opened[0], None


def _closes(ticks: str, opening: str, info: str) -> bool:
    """Whether a fence ends the code that `opening` began."""
    return ticks[0] == opening[0] and len(ticks) >= len(opening) and not info.strip()
