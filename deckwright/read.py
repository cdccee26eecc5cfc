"""A file of an author's -> Passage: its text, which knows the place of each of its characters."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from deckwright.model import Place, Problem

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\U000F0000-\U0010FFFF]")


@dataclass(frozen=True, slots=True)
class Passage:
    """A stretch of a file: its text, and where it begins (column counts for its first line only)."""

    text: str
    path: str
    line: int
    column: int
    lines: tuple[str, ...]

    def place(self, offset: int) -> Place:
        """Where the character at `offset` stands in the file."""
        line = self.line + self.text.count("\n", 0, offset)
        start = self.text.rfind("\n", 0, offset) + 1
        column = offset - start + (self.column if line == self.line else 1)
        return Place(self.path, line, column, self.lines[line - 1])

    def part(self, start: int, end: int) -> Passage:
        """The stretch from `start` to `end`."""
        place = self.place(start)
        return Passage(self.text[start:end], self.path, place.line, place.column, self.lines)

    @property
    def whole(self) -> Place:
        """The passage's first character."""
        return self.place(0)


def passage(path: Path, name: str) -> tuple[Passage, list[Problem]]:
    """Yields the text of the file at `path`, told of as `name`: UTF-8, with or without BOM, lines ended by LF or CRLF.

    What is no UTF-8, and control characters (which Anki drops, or which mark things here), become problems.
    """
    data = path.read_bytes()
    problems: list[Problem] = []
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8-sig", "replace")
        line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
        text = data.decode("utf-8-sig", "replace")
        place = Place(name, line, column, text.splitlines()[line - 1])
        found = f"byte 0x{data[error.start]:02x} is no UTF-8"
        problems.append(Problem(place, "not-utf8", found, "save the file as UTF-8"))
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    whole = Passage(text, name, 1, 1, tuple(text.split("\n")))
    for match in _CONTROL.finditer(text):
        found = f"control or private character U+{ord(match[0]):04X}"
        problems.append(Problem(whole.place(match.start()), "control-character", found, "delete it"))
    return whole, problems
