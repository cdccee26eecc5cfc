"""A file of an author's -> Passage: its text, which knows the place of each of its characters."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from deckwright.model import Place, Problem

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\U000F0000-\U0010FFFF]")
# The bytes of UTF-8 that such a character begins with.
_RARE = bytes([*range(0x09), 0x0B, 0x0C, *range(0x0E, 0x20), 0x7F, 0xF3, 0xF4])


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
        line, column = self._spot(offset)
        return Place(self.path, line, column, self.lines[line - 1])

    def part(self, start: int, end: int) -> Passage:
        """The stretch from `start` to `end`."""
        return Passage(self.text[start:end], self.path, *self._spot(start), self.lines)

    @property
    def whole(self) -> Place:
        """The passage's first character."""
        return self.place(0)

    def _spot(self, offset: int) -> tuple[int, int]:
        """The line and the column of the character at `offset`."""
        start = self.text.rfind("\n", 0, offset) + 1
        if not start:
            return self.line, self.column + offset
        return self.line + self.text.count("\n", 0, start), offset - start + 1


def digest_of(folder: Path, pattern: str) -> str:
    """Yields a digest of the files below a folder that a pattern finds: of their names and of what they hold."""
    digest = hashlib.sha256()
    for path in sorted(path for path in folder.glob(pattern) if path.is_file() and path.suffix != ".pyc"):
        digest.update(f"\0{path.relative_to(folder).as_posix()}\0".encode() + path.read_bytes())
    return digest.hexdigest()


def passage(path: Path, name: str) -> tuple[Passage, list[Problem]]:
    """Yields the text of the file at `path`, told of as `name`: UTF-8, with or without BOM, lines ended by LF or CRLF.

    A file that can't be read or is no UTF-8 yields an empty text; control characters (which Anki drops, or which mark
    things here) are problems.
    """
    problems: list[Problem] = []
    nothing = Passage("", name, 1, 1, ("",))
    try:
        data = path.read_bytes().removeprefix(b"\xef\xbb\xbf")
    except OSError as error:
        found = f"`{path.name}` can't be read: {error.strerror}"
        return nothing, [Problem(Place(name), "unreadable", found, "make it a file that may be read, or delete it")]
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        before = _lines(data[: error.start].decode("utf-8", "replace"))
        line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
        place = Place(name, line, column, _lines(data.decode("utf-8", "replace")).split("\n")[line - 1])
        found = f"byte 0x{data[error.start]:02x} is no UTF-8"
        return nothing, [Problem(place, "not-utf8", found, "save the file as UTF-8")]
    text = _lines(text)
    whole = Passage(text, name, 1, 1, tuple(text.split("\n")))
    # Hardly any file holds one, and to look at each byte is quicker than to ask each character.
    suspect = len(data.translate(None, _RARE)) < len(data)
    for match in _CONTROL.finditer(text) if suspect else ():
        found = f"control or private character U+{ord(match[0]):04X}"
        problems.append(Problem(whole.place(match.start()), "control-character", found, "delete it"))
    return whole, problems


def line(path: Path, number: int) -> str:
    """Yields the line `number` (from 1) of the file at `path`; nothing past its end."""
    lines = _lines(path.read_text("utf-8", "replace")).split("\n")
    return lines[number - 1] if number <= len(lines) else ""


def _lines(text: str) -> str:
    """The text with every line ended by LF alone."""
    return text.replace("\r\n", "\n").replace("\r", "\n")
