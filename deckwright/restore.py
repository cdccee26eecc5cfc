"""Text -> HTML that Anki leaves alone: formulas, pictures and clozes put back into what Markdown made of the rest."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape

from deckwright import convert, measure
from deckwright.mark import ATOM_MARKS, BRACE, CHECKED, CLOSE, CLOZE_MARKS, HINT, atom_index, cloze_number
from deckwright.model import Atom, Maths, Text

_ATOM = re.compile(f"[{ATOM_MARKS}]")
_MARK = re.compile(f"[{CLOZE_MARKS}{HINT}{CLOSE}]")
_ALONE = re.compile(f"<p>([{ATOM_MARKS}](?:\\s*[{ATOM_MARKS}])*)</p>")
# What a wide formula leaves behind on a line of its own goes along with it.
_STOP = ",.;:!?…)\\]，。；：！？、）】」』”’"
_INLINE = re.compile(
    r"<(?P<kept>table|h[1-6]|a)\b.*?</(?P=kept)>"
    rf"|(?P<mark>[{ATOM_MARKS}])(?P<ends>(?:</\w+>|{CLOSE})*)(?P<stop>[{_STOP}]*)",
    re.DOTALL,
)
_TABLE = re.compile(r"(<table\b.*?</table>)", re.DOTALL)
_CODE = re.compile(r"<code[^>]*>.*?</code>", re.DOTALL)
_LEXED_MARK = re.compile(f'<span class="err">([{CLOZE_MARKS}{HINT}{CLOSE}]+)</span>')
# Whatever begins so, Anki plays, runs through LaTeX, asks to type, or reads aloud, even inside code.
_ANKI = re.compile(r"\[(?=sound:|latex\]|/latex\]|\$\$?\]|/\$\$?\]|\[type:|anki:|/anki:)", re.IGNORECASE)
# A bracket that the author escaped would begin a formula for MathJax.
_DELIMITER = re.compile(r"<[^>]*>|\\(?=[()\[\]])")
# A browser may break the line at either side of a formula, and would leave a comma to begin the next one.
_TIED = re.compile(
    rf"(?:[{CLOZE_MARKS}][{ATOM_MARKS}]{CLOSE}|[{ATOM_MARKS}])"
    r"(?P<after>(?:['’-][a-z]{1,6}|[a-z]{1,2}\b)?[,.;:!?%)\]，。；：！？、）】》”’」\"…]{0,4})"
)
_LEADS = '-([（【《“‘「"'
_BEFORE = re.compile(r"(?:\b[A-Za-z]{1,9}-|[(\[（【《“‘「\"]+)\Z")


@dataclass(frozen=True, slots=True)
class Drawing:
    """A picture as HTML: as a figure with its caption, and as it stands in a line of text."""

    figure: str
    inline: str


def html(text: Text, shown: Mapping[int, Drawing]) -> str:
    """Yields a text as HTML; `shown` are its pictures by their atoms' index."""
    if not text.markdown.strip():
        return ""

    def source(code: re.Match[str]) -> str:
        return _ATOM.sub(lambda mark: escape(CHECKED.sub("", text.atoms[atom_index(mark[0])].source)), code[0])

    def alone(paragraph: re.Match[str]) -> str:
        if any(atom_index(mark) not in shown for mark in _ATOM.findall(paragraph[1])):
            return paragraph[0]
        return _ATOM.sub(lambda mark: shown[atom_index(mark[0])].figure, paragraph[1])

    # Each step only where there is something for it: few texts need many of them.
    finished = convert.html(text.markdown)
    if '<span class="err">' in finished:
        finished = _LEXED_MARK.sub(r"\1", finished)
    finished = finished.replace(BRACE, "{")
    if "<table" in finished:
        finished = _TABLE.sub(r'<div class="table">\1</div>', finished)
    # Code first: there an indented block may hold what is no formula. Then what stands alone, then the rest.
    if "<code" in finished and text.atoms:
        finished = _CODE.sub(source, finished)
    if "\\" in finished:
        finished = _DELIMITER.sub(lambda match: match[0] if match[0] != "\\" else "<span>\\</span>", finished)
    if shown:
        finished = _ALONE.sub(alone, finished)
    if any(_overlong(atom) for atom in text.atoms):
        finished = _INLINE.sub(lambda found: _widened(text, found), finished)
    if text.atoms:
        finished = _filled(text, shown, finished)
    finished = _ANKI.sub("&#91;", finished)
    return _clozes(finished) if text.clozes else finished


def _filled(text: Text, shown: Mapping[int, Drawing], finished: str) -> str:
    """Formulas and pictures in their places; a formula in a line together with what must not be torn from it."""
    out: list[str] = []
    at = since = 0
    for mark in _ATOM.finditer(finished):
        index, where = atom_index(mark[0]), mark.start()
        atom = text.atoms[index]
        if not isinstance(atom, Maths):
            placed = shown[index].inline if index in shown else ""
        else:
            tex = escape(atom.tex, quote=False)
            placed = f"\\[{tex}\\]" if atom.display else f"\\({tex}\\)"
        # One that a cloze hides begins before its mark.
        formula = _TIED.match(finished, where - 1) or _TIED.match(finished, where)
        assert formula
        first, since = since, formula.end()
        start = formula.start()
        before = None
        if finished[start - 1 : start] in _LEADS:
            # Looked for from the formula: to begin at every word of the text takes as long as all the rest.
            before = _BEFORE.search(finished, max(first, start - 20), start)
        if isinstance(atom, Maths) and not atom.display and (before or formula["after"]):
            start = before.start() if before else start
            tied = f"{finished[start:where]}{placed}{finished[where + 1 : since]}"
            out += [finished[at:start], f'<span class="tied">{tied}</span>']
            at = since
        else:
            out += [finished[at:where], placed]
            at = where + 1
    return "".join([*out, finished[at:]])


def _widened(text: Text, found: re.Match[str]) -> str:
    """A formula that is wider than a phone's line, as display: MathJax breaks no line. All else stays."""
    atom = text.atoms[atom_index(found["mark"])] if found["mark"] else None
    if not isinstance(atom, Maths) or not _overlong(atom):
        return found[0]
    stop = rf"\text{{{found['stop']}}}" if found["stop"] else ""
    return rf"\[{escape(atom.tex + stop, quote=False)}\]{found['ends']}"


def _overlong(atom: Atom) -> bool:
    return isinstance(atom, Maths) and not atom.display and measure.wide(atom)


def _clozes(finished: str) -> str:
    """Cloze marks become Anki's `{{cN::`; what would end a cloze or begin its hint too early becomes an entity."""
    out: list[str] = []
    depth = at = 0
    for mark in _MARK.finditer(finished):
        stretch = finished[at : mark.start()]
        out.append(_inside(stretch, mark[0] == CLOSE) if depth else _outside(stretch))
        at = mark.end()
        if mark[0] == CLOSE:
            depth -= 1
            out.append("}}")
        elif mark[0] == HINT:
            out.append("::")
        else:
            depth += 1
            out.append(f"{{{{c{cloze_number(mark[0])}::")
    return "".join([*out, _outside(finished[at:])])


def _inside(stretch: str, closes: bool) -> str:
    stretch = re.sub(r"\}(?=\}|\Z)" if closes else r"\}(?=\})", "&#125;", stretch)
    return _outside(stretch.replace("::", "&#58;&#58;"))


def _outside(stretch: str) -> str:
    return re.sub(r"\{\{(?=c\d+(,\d+)*::)", "&#123;&#123;", stretch)
