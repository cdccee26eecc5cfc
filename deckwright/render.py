"""Card + pictures -> Note: Markdown by Python-Markdown, code by Pygments, then made safe for Anki."""

from __future__ import annotations

import hashlib
import html
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import jinja2
from markupsafe import Markup

from deckwright import fill, measure
from deckwright.model import (
    ATOM_MARKS,
    BRACE,
    CHECKED,
    CLOSE,
    CLOZE_MARKS,
    HINT,
    Card,
    Deck,
    Image,
    ImageKey,
    Maths,
    Media,
    Note,
    Picture,
    Place,
    Problem,
    Project,
    Text,
    atom_index,
    cloze_number,
)

if TYPE_CHECKING:
    import markdown

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
    r"(?P<before>\b[A-Za-z]{1,9}-|[(\[（【《“‘「\"]+)?"
    rf"(?:[{CLOZE_MARKS}](?P<hidden>[{ATOM_MARKS}]){CLOSE}|(?P<shown>[{ATOM_MARKS}]))"
    r"(?P<after>(?:['’-][a-z]{1,6}|[a-z]{1,2}\b)?[,.;:!?%)\]，。；：！？、）】》”’」\"…]{0,4})"
)


# Of each card by its id: the card, what else it was made of, its note and what is wrong with that.
Kept = dict[int, tuple[Card, str, Note, list[Problem]]]


@dataclass(frozen=True, slots=True)
class Press:
    """What every text is rendered with: pictures, templates, the HTML that was kept, and what is made this time."""

    project: Project
    pictures: Mapping[ImageKey, Picture]
    jinja: jinja2.Environment
    kept: Mapping[str, str]
    made: dict[str, str]
    converters: list[markdown.Markdown]


def press(project: Project, pictures: Mapping[ImageKey, Picture], kept: Mapping[str, str]) -> Press:
    """Yields a press that has made nothing yet; `kept` is HTML by the digest of its text."""
    return Press(project, pictures, fill.environment(project), kept, {}, [])


def notes(press: Press, cards: Iterable[Card], kept: Kept | None = None) -> tuple[list[Note], list[Problem]]:
    """Yields the finished note of every card, and what is wrong with the partials that it is made with.

    `kept` is what was made before of the very same cards; it is brought up to date.
    """
    before, stamp = kept or {}, "" if kept is None else _surroundings(press)
    found: list[Note] = []
    problems: list[Problem] = []
    made: Kept = {}
    for card in cards:
        known = before.get(id(card))
        if not known or known[0] is not card or known[1] != stamp:
            known = (card, stamp, *_note(press, card))
        made[id(card)] = known
        found.append(known[2])
        problems += known[3]
    if kept is not None:
        kept.clear()
        kept.update(made)
    return found, list(dict.fromkeys(problems))


def _surroundings(press: Press) -> str:
    """A digest of what else a note is made of: the partials, and what pictures are called."""
    digest = hashlib.sha256(repr(sorted((str(key), picture) for key, picture in press.pictures.items())).encode())
    for path in sorted(press.project.templates.glob("*.html")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def descriptions(press: Press, decks: Iterable[Deck]) -> Mapping[str, str]:
    """Yields the description of every deck by its name, as HTML; the decks of whole languages first."""
    whole = {each.title: Text(Place("pyproject.toml"), each.description) for each in press.project.languages}
    found = {name: _html(press, text, {}) for name, text in whole.items() if text.markdown}
    for deck in decks:
        found.setdefault(deck.name, _html(press, deck.description, {}))
    return found


def _note(press: Press, card: Card) -> tuple[Note, list[Problem]]:
    fields: list[str] = []
    media: dict[str, Media] = {}
    problems: list[Problem] = []
    for part, text in (("question", card.question), ("answer", card.answer), ("details", card.details)):
        shown, complaints = _shown(press, text)
        # Question and answer stand on one page: their first footnotes must not have one id.
        fields.append(_FOOTNOTE.sub(rf"\1{part}-\2", _html(press, text, shown)))
        media |= {file.name: file for drawing in shown.values() for file in drawing.media}
        problems += complaints
    sources = ""
    if card.sources:
        lines = [Markup(_line(press, text)) for text in card.sources]
        sources, complaints = fill.template(press.jinja, press.project, "sources.html", sources=lines)
        problems += complaints
    if card.kind == "qa":
        fields = [card.slug, *fields, sources, "yes" if card.reverse else ""]
        ordinals: tuple[int, ...] = (0, 1) if card.reverse else (0,)
    else:
        fields = [card.slug, fields[0], fields[2], sources]
        ordinals = tuple(number - 1 for number in card.question.clozes)
    files = tuple(media.values())
    note = Note(
        card.place,
        card.language,
        card.slug,
        card.kind,
        card.deck,
        tuple(fields),
        card.tags,
        ordinals,
        files,
        card.fresh,
    )
    return note, problems


def _line(press: Press, text: Text) -> str:
    """A text of one paragraph, without the paragraph's tags."""
    return _html(press, text, {}).removeprefix("<p>").removesuffix("</p>")


@dataclass(frozen=True, slots=True)
class _Drawing:
    """A picture as HTML: as a figure with its caption, and as it stands in a line of text."""

    figure: str
    inline: str
    media: tuple[Media, ...]


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
        caption = Markup(_line(press, image.caption))
        figure, complaints = fill.template(press.jinja, press.project, "figure.html", caption=caption, **values)
        inline, more = fill.template(press.jinja, press.project, "figure.html", caption="", **values)
        problems += complaints + more
        found[index] = _Drawing(figure, inline, tuple(media for media in (picture.light, picture.dark) if media))
    return found, problems


def _spoken(caption: Text) -> str:
    """A caption as plain words: what a screen reader says."""

    def tex(mark: re.Match[str]) -> str:
        atom = caption.atoms[atom_index(mark[0])]
        return atom.tex if isinstance(atom, Maths) else ""

    return _ATOM.sub(tex, caption.markdown)


def _html(press: Press, text: Text, shown: Mapping[int, _Drawing]) -> str:
    """`text` as the HTML of a field: kept from the last build, or made."""
    atoms = [(atom.source, atom.tex if isinstance(atom, Maths) else shown.get(i)) for i, atom in enumerate(text.atoms)]
    key = hashlib.sha256(repr((text.markdown, atoms)).encode()).hexdigest()
    if key not in press.made:
        press.made[key] = press.kept[key] if key in press.kept else _finished(press, text, shown)
    return press.made[key]


def _converted(press: Press, source: str) -> str:
    """Markdown as HTML; the converter is made when the first text needs it."""
    if not press.converters:
        from deckwright import convert

        press.converters.append(convert.converter())
    return press.converters[0].reset().convert(source)


def _finished(press: Press, text: Text, shown: Mapping[int, _Drawing]) -> str:
    if not text.markdown.strip():
        return ""

    def source(code: re.Match[str]) -> str:
        return _ATOM.sub(lambda mark: html.escape(CHECKED.sub("", text.atoms[atom_index(mark[0])].source)), code[0])

    def alone(paragraph: re.Match[str]) -> str:
        if any(atom_index(mark) not in shown for mark in _ATOM.findall(paragraph[1])):
            return paragraph[0]
        return _ATOM.sub(lambda mark: shown[atom_index(mark[0])].figure, paragraph[1])

    def inline(mark: re.Match[str]) -> str:
        index = atom_index(mark[0])
        atom = text.atoms[index]
        if isinstance(atom, Maths):
            tex = html.escape(atom.tex, quote=False)
            return f"\\[{tex}\\]" if atom.display else f"\\({tex}\\)"
        return shown[index].inline if index in shown else ""

    def tied(formula: re.Match[str]) -> str:
        atom = text.atoms[atom_index(formula["hidden"] or formula["shown"])]
        if isinstance(atom, Maths) and not atom.display and (formula["before"] or formula["after"]):
            return f'<span class="tied">{formula[0]}</span>'
        return formula[0]

    finished = _LEXED_MARK.sub(r"\1", _converted(press, text.markdown)).replace(BRACE, "{")
    finished = _TABLE.sub(r'<div class="table">\1</div>', finished)
    # Code first: there an indented block may hold what is no formula. Then what stands alone, then the rest.
    finished = _CODE.sub(source, finished)
    finished = _DELIMITER.sub(lambda match: match[0] if match[0] != "\\" else "<span>\\</span>", finished)
    finished = _INLINE.sub(lambda found: _widened(text, found), _ALONE.sub(alone, finished))
    finished = _TIED.sub(tied, finished)
    finished = _ANKI.sub("&#91;", _ATOM.sub(inline, finished))
    return _clozes(finished) if text.clozes else finished


def _widened(text: Text, found: re.Match[str]) -> str:
    """A formula that is wider than a phone's line, as display: MathJax breaks no line. All else stays."""
    atom = text.atoms[atom_index(found["mark"])] if found["mark"] else None
    if not isinstance(atom, Maths) or atom.display or not measure.wide(atom):
        return found[0]
    stop = rf"\text{{{found['stop']}}}" if found["stop"] else ""
    return rf"\[{html.escape(atom.tex + stop, quote=False)}\]{found['ends']}"


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
