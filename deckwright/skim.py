"""A note's field -> the words that a learner reads, and what differs between two versions of them, in short.

Words are Markdown on one line: formulas are their TeX between dollars, code stands in backticks, pictures are named.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from html.parser import HTMLParser
from typing import Literal
from unicodedata import east_asian_width

_MARK = re.compile(r"\{\{c(\d+)::|\}\}")
_MATHS = re.compile(r"\\\((.*?)\\\)|\\\[(.*?)\\\]", re.DOTALL)
# A character of a script that is written without spaces is a word of its own.
_WIDE = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uac00-\ud7af"
_WORD = re.compile(rf"(\s*)([{_WIDE}]|[^\W_{_WIDE}]+(?:['’.,-][^\W_{_WIDE}]+)*|\S)")
_PICTURE = re.compile(r"(?P<stem>.+?)-[0-9a-f]{12}(?:-(?:light|dark))?\.\w+")
_THEME = re.compile(r"-(?:light|dark)(?=\.\w+$)")
# Other tags stand in blocks of their own.
_INLINE = re.compile("a|abbr|b|bdi|bdo|cite|code|del|dfn|em|i|img|ins|kbd|mark|q|s|samp|small|span|strong|su[bp]|u|var")
_RAISED = {"sup": "^", "sub": "\\_"}

# In columns: what stays around a change, what is too short to stand between two, or to be left out, and how much of a
# change and of all changes is shown.
_CONTEXT, _BRIDGE, _SPARED, _LONGEST, _ALL = 28, 7, 12, 160, 640
# Texts that are less alike than this are told as written anew.
_ALIKE = 0.35


@dataclass(frozen=True, slots=True)
class Word:
    """A word, a punctuation mark, a formula, a piece of code or a picture, as Markdown."""

    text: str
    spaced: bool = False
    picture: str = ""


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a difference: the same in both, gone or new. A space before it is its first character."""

    kind: Literal["same", "gone", "new"]
    text: str


def words(field: str, prefix: str, *, links: bool = False) -> tuple[Word, ...]:
    """Yields the words of a field, clozes revealed; `prefix` is what all media names begin with.

    With `links`, the address of a link stands behind it.
    """
    return _words(_unveiled(field)[0], prefix, links=links)


def excerpt(field: str, prefix: str, columns: int = 90) -> str:
    """Yields how a field begins, as one line of at most about `columns`; what a cloze hides stays hidden."""
    return _cut(_words(_unveiled(field, asked=True)[0], prefix), columns, 0)


def hidden(field: str, prefix: str) -> Mapping[int, str]:
    """Yields what each cloze number hides."""
    found = _unveiled(field)[1]
    return {number: " … ".join(_text(_words(part, prefix)) for part in parts) for number, parts in found.items()}


def pictures(read: Iterable[Word]) -> Mapping[str, str]:
    """Yields the pictures among words: their file names, and what to call each."""
    return {word.picture: word.text.removeprefix("[picture: ").removesuffix("]") for word in read if word.picture}


def difference(old: Sequence[Word], new: Sequence[Word]) -> tuple[Piece, ...]:
    """Yields what became of the words, with a little of what stands around; nothing where they are the same.

    Pictures count as the same whatever they are: `pictures` tells them.
    """
    before, after = ([("picture" if word.picture else word.text) for word in side] for side in (old, new))
    if before == after:
        return ()
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    pieces: list[Piece] = []
    if matcher.ratio() < _ALIKE:
        pieces += _changed(old, new)
    else:
        changes = list(_changes(matcher, new))
        at = 0
        for index, (old_start, old_end, new_start, new_end) in enumerate(changes):
            pieces += _kept(new[at:new_start], begins=not index)
            if sum(_width(piece.text) for piece in pieces) > _ALL:
                more = len(changes) - index
                return (*pieces, Piece("same", f" … ({more} more change{'' if more == 1 else 's'})"))
            pieces += _changed(old[old_start:old_end], new[new_start:new_end])
            at = new_end
        pieces += _kept(new[at:], ends=True)
    return tuple(pieces)


def _changes(matcher: SequenceMatcher[str], new: Sequence[Word]) -> Iterator[tuple[int, int, int, int]]:
    """Where the two differ, as slices of old and new; changes with next to nothing between them are one."""
    open_: tuple[int, int, int, int] | None = None
    for tag, *step in matcher.get_opcodes():
        old_start, old_end, new_start, new_end = step
        if tag == "equal":
            continue
        if open_ and _width(_text(new[open_[3] : new_start])) <= _BRIDGE:
            open_ = (open_[0], old_end, open_[2], new_end)
            continue
        if open_:
            yield open_
        open_ = (old_start, old_end, new_start, new_end)
    if open_:
        yield open_


def _changed(old: Sequence[Word], new: Sequence[Word]) -> Iterator[Piece]:
    half = _LONGEST // 2
    if old:
        yield Piece("gone", _cut(old, half, half, leading=True))
    if new:
        yield Piece("new", _cut(new, half, half, leading=True))


def _kept(same: Sequence[Word], *, begins: bool = False, ends: bool = False) -> Iterator[Piece]:
    text = _cut(same, 0 if begins else _CONTEXT, 0 if ends else _CONTEXT, leading=True)
    if text:
        yield Piece("same", text)


def _cut(read: Sequence[Word], head: int, tail: int, *, leading: bool = False) -> str:
    """Words as a line, of which `head` columns of the beginning and `tail` of the end stay where it is longer."""
    first, last = _fitting(read, head), len(read) - _fitting(read[::-1], tail)
    if _width(_text(read[first:last])) < _SPARED:
        return _text(read, leading=leading)
    return f"{_text(read[:first], leading=leading)} … {_text(read[last:])}".rstrip()


def _fitting(read: Sequence[Word], columns: int) -> int:
    """How many of `read` fit into `columns`."""
    for count, word in enumerate(read):
        columns -= _width(word.text) + word.spaced
        if columns < 0:
            return count
    return len(read)


def _text(read: Sequence[Word], *, leading: bool = False) -> str:
    text = "".join(f" {word.text}" if word.spaced else word.text for word in read)
    return text if leading else text.strip()


def _width(text: str) -> int:
    return sum(2 if east_asian_width(character) in "WF" else 1 for character in text)


def _unveiled(field: str, *, asked: bool = False) -> tuple[str, dict[int, list[str]]]:
    """A field without its cloze marks, hints in brackets behind, and what each number hides; `asked`: hints only."""
    out: list[str] = []
    opened: list[tuple[int, int]] = []
    found: dict[int, list[str]] = {}
    at = 0
    for mark in _MARK.finditer(field):
        out.append(field[at : mark.start()])
        at = mark.end()
        if mark[1]:
            opened.append((int(mark[1]), len(out)))
        elif opened:
            number, start = opened.pop()
            inner, _, hint = "".join(out[start:]).partition("::")
            found.setdefault(number, []).append(_delimited(inner, "".join(out[:start])))
            out[start:] = [f"[{hint or '...'}]" if asked else f"{inner} [{hint}]" if hint else inner]
        else:
            out.append(mark[0])
    return "".join([*out, field[at:]]), found


def _delimited(inner: str, before: str) -> str:
    """What a cloze hides, as a formula of its own where it stands inside one."""
    inside = max(before.rfind("\\("), before.rfind("\\[")) > max(before.rfind("\\)"), before.rfind("\\]"))
    return f"\\({inner}\\)" if inside else inner


def _words(markup: str, prefix: str, *, links: bool = False) -> tuple[Word, ...]:
    reader = _Reader(prefix, links)
    reader.feed(markup)
    reader.close()
    return tuple(reader.words)


class _Reader(HTMLParser):
    """Collects the words of HTML."""

    def __init__(self, prefix: str, links: bool) -> None:
        super().__init__()
        self.words: list[Word] = []
        self._prefix, self._links = prefix, links
        self._spaced, self._silent, self._block = False, 0, 0
        self._code: list[str] | None = None
        self._targets: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Names a picture, keeps a link's address, and spaces what stands in blocks of its own."""
        values = dict(attrs)
        self._silent += tag in ("script", "style")
        self._block += tag == "pre"
        if tag == "code" and not self._block and self._code is None:
            self._code = []
        elif tag == "a":
            self._targets.append(values.get("href") or "")
        elif tag == "img":
            self._picture(values.get("src") or "")
        elif tag in _RAISED:
            self._add(_RAISED[tag])
        elif not _INLINE.fullmatch(tag):
            self._spaced = True

    def handle_endtag(self, tag: str) -> None:
        """Closes code and links."""
        self._silent -= tag in ("script", "style")
        self._block -= tag == "pre"
        if tag == "code" and self._code is not None:
            code = " ".join("".join(self._code).split())
            fence = "``" if "`" in code else "`"
            self._code = None
            if code:
                self._add(f"{fence}{code}{fence}")
        elif tag == "a" and self._targets:
            target = self._targets.pop()
            if self._links and target:
                self._spaced = True
                self._add(f"(<{target}>)")
        elif not _INLINE.fullmatch(tag):
            self._spaced = True

    def handle_data(self, data: str) -> None:
        """Takes text apart into words and formulas."""
        if self._code is not None:
            self._code.append(data)
        elif not self._silent:
            at = 0
            for maths in () if self._block else _MATHS.finditer(data):
                self._plain(data[at : maths.start()])
                self._add(f"${' '.join((maths[1] or maths[2] or '').split())}$")
                at = maths.end()
            self._plain(data[at:])

    def _plain(self, data: str) -> None:
        for match in _WORD.finditer(data):
            self._spaced = self._spaced or bool(match[1])
            self._add(f"\\{match[2]}" if match[2] in "\\`*_~<$" else match[2])
        self._spaced = self._spaced or data[-1:].isspace()

    def _picture(self, name: str) -> None:
        named = _PICTURE.fullmatch(name)
        called = named["stem"].removeprefix(f"{self._prefix}-") if named else name
        # The light and the dark one are one picture to a learner.
        name = _THEME.sub("", name)
        if not (self.words and self.words[-1].picture == name):
            self._spaced = True
            self._add(f"[picture: {called}]", name)
            self._spaced = True

    def _add(self, text: str, picture: str = "") -> None:
        self.words.append(Word(text, self._spaced and bool(self.words), picture))
        self._spaced = False
