"""A field as Anki shows it: its clozes hidden or revealed, and whether it counts as empty."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_TOKEN = re.compile(r"\{\{c(\d+)::|\}\}")
_MATHS = re.compile(r"\\[(\[].*?\\[)\]]", re.DOTALL)
_NAMED = {'"': "&quot;", "&": "&amp;", "<": "&lt;", ">": "&gt;"}
_EMPTY = re.compile(r"(?:\s|</?(?:br|div) ?/?>)*")


@dataclass(slots=True)
class _Cloze:
    number: int
    parts: list[str | _Cloze] = field(default_factory=list)


def empty(value: str) -> bool:
    """Whether Anki takes a field for empty, so that `{{#Field}}` hides what it encloses."""
    return _EMPTY.fullmatch(value) is not None


def question(value: str, number: int) -> str:
    """Yields the field with its clozes `number` hidden behind their hints, the others shown."""
    return _plain_maths("".join(_shown(part, number, asked=True) for part in _tree(value)))


def answer(value: str, number: int) -> str:
    """Yields the field with its clozes `number` revealed."""
    return _plain_maths("".join(_shown(part, number, asked=False) for part in _tree(value)))


def hidden(value: str) -> dict[int, str]:
    """Yields what each cloze number of a field hides, hints left out."""
    found: dict[int, list[str]] = {}
    waiting = [part for part in _tree(value) if isinstance(part, _Cloze)]
    while waiting:
        cloze = waiting.pop(0)
        found.setdefault(cloze.number, []).append("".join(_shown(part, 0, asked=False) for part in _inner(cloze)[0]))
        waiting += [part for part in cloze.parts if isinstance(part, _Cloze)]
    return {number: "\0".join(texts) for number, texts in found.items()}


def _tree(value: str) -> list[str | _Cloze]:
    root = _Cloze(0)
    opened = [root]
    at = 0
    for token in _TOKEN.finditer(value):
        opened[-1].parts.append(value[at : token.start()])
        at = token.end()
        if token[1]:
            cloze = _Cloze(int(token[1]))
            opened[-1].parts.append(cloze)
            opened.append(cloze)
        elif len(opened) > 1:
            opened.pop()
        else:
            opened[-1].parts.append(token[0])
    return [*root.parts, value[at:]]


def _shown(part: str | _Cloze, number: int, *, asked: bool) -> str:
    if isinstance(part, str):
        return part
    parts, hint = _inner(part)
    inner = "".join(_shown(piece, number, asked=asked) for piece in parts)
    if part.number != number:
        return f'<span class="cloze-inactive" data-ordinal="{part.number}">{inner}</span>'
    if not asked:
        return f'<span class="cloze" data-ordinal="{number}">{inner}</span>'
    return f'<span class="cloze" data-cloze="{_attribute(inner)}" data-ordinal="{number}">[{hint}]</span>'


def _inner(cloze: _Cloze) -> tuple[list[str | _Cloze], str]:
    """A cloze's text and its hint."""
    parts: list[str | _Cloze] = []
    hint = "..."
    for part in cloze.parts:
        if isinstance(part, str) and "::" in part:
            part, _, hint = part.partition("::")
        parts.append(part)
    return parts, hint


def _attribute(value: str) -> str:
    """As Anki writes text into an attribute: of Latin-1, all but ASCII letters and digits become entities."""
    plain = (c if (c.isascii() and c.isalnum()) or ord(c) > 255 else f"&#x{ord(c):02X};" for c in value)
    return "".join(_NAMED.get(c, shown) for c, shown in zip(value, plain, strict=True))


def _plain_maths(value: str) -> str:
    """Anki takes tags out of formulas: MathJax would stumble over them."""
    return _MATHS.sub(lambda m: re.sub(r"<[^>]*>", "", m[0]), value)
