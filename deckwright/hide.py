"""Clozes in an author's text: found, checked and marked, so that Markdown and TeX pass over them.

A cloze is Anki's own `{{c1::hidden::hint}}`. Anki closes it at the first `}}` and begins the hint at the first `::`,
wherever they stand; here braces are counted, so that TeX and code may hold their own.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from deckwright.mark import CLOSE, HIGHEST_CLOZE, HINT, cloze_mark
from deckwright.model import Problem
from deckwright.read import Passage

_CLOZE = re.compile(
    r"(?P<escape>\\[^\n])|(?P<open>\{\{c?(?P<number>[^:{}\s]*)::)|(?P<half>\{\{?[ ]*c\d+:)|(?P<hint>::)|(?P<brace>[{}])"
)


@dataclass(slots=True)
class _Open:
    offset: int
    depth: int = 0
    hinted: bool = False


class Clozes:
    """Works through one passage, piece by piece, and marks its clozes; complaints go to the list it is given."""

    def __init__(self, passage: Passage, meant: bool, problems: list[Problem]) -> None:
        self.numbers: list[int] = []
        self._passage, self._meant, self._problems = passage, meant, problems
        self._opened: list[_Open] = []

    def prose(self, source: str, offset: int) -> str:
        """`source` with its clozes marked; one may stay open over several calls."""
        if not self._opened and "{{" not in source:
            return source
        return self._marked(source, offset, self._opened, hints=True, escapes=False)

    def inside(self, source: str, offset: int, *, tex: bool) -> str:
        """`source`, a formula or code, with its clozes marked; one that opens in it must close in it."""
        if "{{" not in source:
            return source
        opened: list[_Open] = []
        marked = self._marked(source, offset, opened, hints=tex, escapes=tex)
        self._unclosed(opened)
        return marked

    def end(self) -> None:
        """Tells of clozes still open where the passage ends."""
        self._unclosed(self._opened)

    def _marked(self, source: str, offset: int, opened: list[_Open], *, hints: bool, escapes: bool) -> str:
        out: list[str] = []
        at = 0
        while match := _CLOZE.search(source, at):
            out.append(source[at : match.start()])
            at, token = match.end(), match[0]
            if match["escape"] and not escapes:
                at, token = match.start() + 1, token[0]
            elif match["open"]:
                token = self._opening(match, offset, opened)
            elif match["half"]:
                self._half(offset + match.start(), token)
            elif not opened:
                pass
            elif match["hint"] and hints and not opened[-1].depth and not opened[-1].hinted:
                opened[-1].hinted, token = True, HINT
            elif token == "{":
                opened[-1].depth += 1
            elif token == "}" and opened[-1].depth:
                opened[-1].depth -= 1
            elif source.startswith("}}", match.start()):
                self._closing(offset + match.start(), opened.pop())
                at, token = at + 1, CLOSE
            out.append(token)
        return "".join([*out, source[at:]])

    def _opening(self, match: re.Match[str], offset: int, opened: list[_Open]) -> str:
        place, width = self._passage.place(offset + match.start()), len(match[0])
        number = int(match["number"]) if match["number"].isdecimal() else 0
        if not self._meant:
            if match["open"].startswith("{{c"):
                help_ = "add `type: cloze` to the card's settings, or put the braces into `code`"
                self._problems.append(
                    Problem(place, "cloze-in-qa", f"`{match[0]}` on a card that is no cloze", help_, width)
                )
            return match[0]
        if not (1 <= number <= HIGHEST_CLOZE and match["open"].startswith("{{c")):
            help_ = f"write `{{{{c1::`, `{{{{c2::` ... up to {HIGHEST_CLOZE}"
            self._problems.append(
                Problem(place, "cloze-number", f"`{match[0]}` is a cloze without a number", help_, width)
            )
            number = 1
        opened.append(_Open(offset + match.end()))
        self.numbers.append(number)
        return cloze_mark(number)

    def _half(self, offset: int, token: str) -> None:
        if self._meant:
            help_ = "write `{{c1::`, with two braces and two colons"
            self._problems.append(
                Problem(self._passage.place(offset), "cloze-number", f"`{token}` opens no cloze", help_, len(token))
            )

    def _closing(self, offset: int, cloze: _Open) -> None:
        hidden = self._passage.text[cloze.offset : offset].strip()
        if not hidden or hidden.startswith("::"):
            place = self._passage.place(cloze.offset)
            self._problems.append(Problem(place, "empty-cloze", "this cloze hides nothing", "write the answer in it"))

    def _unclosed(self, opened: list[_Open]) -> None:
        for cloze in opened:
            place = self._passage.place(cloze.offset)
            help_ = "add `}}` after what it hides, inside the same formula or code if it began there"
            self._problems.append(Problem(place, "unclosed-cloze", "this cloze is never closed", help_))
