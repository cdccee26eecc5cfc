"""Card + pictures -> Note: Markdown by Python-Markdown, code by Pygments, then made safe for Anki."""

from __future__ import annotations

import hashlib
import html
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from deckwright import convert, fill, measure
from deckwright.identify import content, note_type_id
from deckwright.mark import ATOM_MARKS, BRACE, CHECKED, CLOSE, CLOZE_MARKS, HINT, atom_index, cloze_number
from deckwright.model import Atom, Card, Image, ImageKey, Maths, Media, Note, Picture, Problem, Project, Text

if TYPE_CHECKING:
    import jinja2

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
_FOOTNOTE = re.compile(r'((?:id="|href="#))(fn(?:ref)?\d*:)')
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
class Press:
    """What cards are made into notes with: pictures, partials, and HTML by the digest of all that it is made of.

    `kept` is that of before, `made` that of this time.
    """

    project: Project
    pictures: Mapping[ImageKey, Picture]
    jinja: Callable[[], jinja2.Environment]
    kept: Mapping[bytes, str]
    made: dict[bytes, str]


def press(
    project: Project,
    pictures: Mapping[ImageKey, Picture],
    jinja: Callable[[], jinja2.Environment],
    kept: Mapping[bytes, str],
) -> Press:
    """Yields a press that has made nothing yet; `kept` is what `made` was, with the same partials."""
    return Press(project, pictures, jinja, kept, {})


def notes(press: Press, cards: Iterable[Card]) -> tuple[list[Note], list[Problem]]:
    """Yields the finished note of every card, and what is wrong with the partials that it is made with."""
    found: list[Note] = []
    problems: list[Problem] = []
    for card in cards:
        fields, complaints = _fields(press, card)
        found.append(_note(press, card, fields))
        problems += complaints
    return found, list(dict.fromkeys(problems))


def description(text: Text, press: Press | None = None) -> str:
    """Yields the description of a deck as HTML; with a press, as it made it before."""
    if not press:
        return _finished(text, {})
    key = _digest(press, "description", [text])
    if (html := _known(press, key)) is None:
        html = press.made[key] = _finished(text, {})
    return html


def surroundings(project: Project) -> str:
    """Yields a digest of what else than cards and pictures notes are made of: the partials."""
    digest = hashlib.sha256()
    for path in sorted(project.templates.glob("*.html")):
        digest.update(f"\0{path.name}\0".encode() + path.read_bytes())
    return digest.hexdigest()


def _note(press: Press, card: Card, fields: tuple[str, ...]) -> Note:
    if card.kind == "qa":
        ordinals: tuple[int, ...] = (0, 1) if card.reverse else (0,)
    else:
        ordinals = tuple(number - 1 for number in card.question.clozes)
    number = note_type_id(press.project.namespace, f"{card.language}/{card.kind}", 1)
    return Note(
        card.place,
        card.language,
        card.slug,
        card.kind,
        card.deck,
        fields,
        card.tags,
        ordinals,
        _media(press, card),
        card.fresh,
        content(number, fields, card.tags),
    )


def _media(press: Press, card: Card) -> tuple[Media, ...]:
    """The files that a card shows, each once."""
    found: dict[str, Media] = {}
    for text in (card.question, card.answer, card.details):
        for atom in text.atoms:
            if isinstance(atom, Image) and (picture := press.pictures.get(atom.key)):
                found |= {file.name: file for file in (picture.light, picture.dark) if file}
    return tuple(found.values())


def _fields(press: Press, card: Card) -> tuple[tuple[str, ...], list[Problem]]:
    """A card's fields as HTML, and what is wrong with the partials."""
    found: list[str] = []
    problems: list[Problem] = []
    for part, text in (("question", card.question), ("answer", card.answer), ("details", card.details)):
        if not text.markdown.strip():
            found.append("")
            continue
        key = _digest(press, part, [text])
        if (html := _known(press, key)) is None:
            shown, complaints = _shown(press, text)
            # Question and answer stand on one page: their first footnotes must not have one id.
            html = press.made[key] = _FOOTNOTE.sub(rf"\1{part}-\2", _finished(text, shown))
            problems += complaints
        found.append(html)
    sources = ""
    if card.sources:
        sources, complaints = _sources(press, card.sources)
        problems += complaints
    if card.kind == "qa":
        return (card.slug, *found, sources, "yes" if card.reverse else ""), problems
    return (card.slug, found[0], found[2], sources), problems


def _sources(press: Press, texts: tuple[Text, ...]) -> tuple[str, list[Problem]]:
    """The list of a card's sources; many cards have the same."""
    key = _digest(press, "sources", texts)
    if (html := _known(press, key)) is not None:
        return html, []
    marked = [fill.Markup(_line(text)) for text in texts]
    press.made[key], problems = fill.template(press.jinja(), press.project, "sources.html", sources=marked)
    return press.made[key], problems


def _known(press: Press, key: bytes) -> str | None:
    """The HTML that was made before under a digest."""
    if key not in press.made and key in press.kept:
        press.made[key] = press.kept[key]
    return press.made.get(key)


def _digest(press: Press, part: str, texts: Iterable[Text]) -> bytes:
    """The digest of all that a field is made of, partials apart."""
    told = [part]
    for text in texts:
        told.append(text.markdown)
        for atom in text.atoms:
            told += _seen(press, atom)
    # No control character stands in an author's text.
    return hashlib.sha256("\0".join(told).encode()).digest()[:16]


def _seen(press: Press, atom: Atom) -> Iterator[str]:
    """What of a formula or a picture can be seen in a field."""
    yield atom.source
    if isinstance(atom, Maths):
        yield atom.tex
        return
    yield atom.caption.markdown
    for each in atom.caption.atoms:
        yield from _seen(press, each)
    if picture := press.pictures.get(atom.key):
        yield from (file.name for file in (picture.light, picture.dark) if file)


def _line(text: Text) -> str:
    """A text of one paragraph, without the paragraph's tags."""
    return _finished(text, {}).removeprefix("<p>").removesuffix("</p>")


@dataclass(frozen=True, slots=True)
class _Drawing:
    """A picture as HTML: as a figure with its caption, and as it stands in a line of text."""

    figure: str
    inline: str


def _shown(press: Press, text: Text) -> tuple[dict[int, _Drawing], list[Problem]]:
    """Each picture of `text`, by its atom's index."""
    found: dict[int, _Drawing] = {}
    problems: list[Problem] = []
    for index, image in enumerate(text.atoms):
        if not isinstance(image, Image) or image.key not in press.pictures:
            continue
        picture = press.pictures[image.key]
        spoken = re.sub(r"\s+", " ", re.sub(r"[*`]", "", _spoken(image.caption))).strip()
        values = {"light": picture.light.name, "dark": picture.dark and picture.dark.name, "alt": spoken}
        caption = fill.Markup(_line(image.caption))
        figure, complaints = fill.template(press.jinja(), press.project, "figure.html", caption=caption, **values)
        inline, more = fill.template(press.jinja(), press.project, "figure.html", caption="", **values)
        problems += complaints + more
        found[index] = _Drawing(figure, inline)
    return found, problems


def _spoken(caption: Text) -> str:
    """A caption as plain words: what a screen reader says."""

    def tex(mark: re.Match[str]) -> str:
        atom = caption.atoms[atom_index(mark[0])]
        return atom.tex if isinstance(atom, Maths) else ""

    return _ATOM.sub(tex, caption.markdown)


def _finished(text: Text, shown: Mapping[int, _Drawing]) -> str:
    if not text.markdown.strip():
        return ""

    def source(code: re.Match[str]) -> str:
        return _ATOM.sub(lambda mark: html.escape(CHECKED.sub("", text.atoms[atom_index(mark[0])].source)), code[0])

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


def _filled(text: Text, shown: Mapping[int, _Drawing], finished: str) -> str:
    """Formulas and pictures in their places; a formula in a line together with what must not be torn from it."""
    out: list[str] = []
    at = since = 0
    for mark in _ATOM.finditer(finished):
        index, where = atom_index(mark[0]), mark.start()
        atom = text.atoms[index]
        if not isinstance(atom, Maths):
            placed = shown[index].inline if index in shown else ""
        else:
            tex = html.escape(atom.tex, quote=False)
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
    return rf"\[{html.escape(atom.tex + stop, quote=False)}\]{found['ends']}"


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
