"""What is taken out of a text -> a private character that stands for it, and back; and what marks a checked number."""

from __future__ import annotations

import re

# A comment that gives the expression of the number before it, also in a formula; one that nearly does, there too.
CHECKED = re.compile(r"<!--\s*=.*?-->", re.DOTALL)

# One private character each, so that nothing between the scanner and the finished HTML can take them apart.
_ATOM, _CLOZE, HINT, CLOSE, BRACE = 0xF0000, 0x100000, "\U0010ff00", "\U0010ff01", "\U0010ff02"
# What stands for a comment inside a formula, until its clozes are marked.
SPACE = "\U0010ff03"
MOST_ATOMS, HIGHEST_CLOZE = 0xFF00, 99


def atom_mark(index: int) -> str:
    """The character that stands for `atoms[index]` in a Text's Markdown."""
    return chr(_ATOM + index)


def cloze_mark(number: int) -> str:
    """The character that stands for `{{cN::` in Markdown; HINT, CLOSE and BRACE for `::`, `}}` and a mere `{`."""
    return chr(_CLOZE + number)


def atom_index(mark: str) -> int:
    """The reverse of `atom_mark`."""
    return ord(mark) - _ATOM


def cloze_number(mark: str) -> int:
    """The reverse of `cloze_mark`."""
    return ord(mark) - _CLOZE


ATOM_MARKS = f"{atom_mark(0)}-{atom_mark(MOST_ATOMS)}"
CLOZE_MARKS = f"{cloze_mark(1)}-{cloze_mark(HIGHEST_CLOZE)}"
