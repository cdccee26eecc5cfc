"""Card + pictures -> Note: its texts as HTML in the fields of its note type."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from deckwright import fill, read, restore
from deckwright.identify import content, note_type_id, sketch
from deckwright.mark import ATOM_MARKS, atom_index
from deckwright.model import Atom, Card, Image, ImageKey, Maths, Media, Note, Picture, Problem, Project, Text
from deckwright.restore import Drawing

if TYPE_CHECKING:
    import jinja2

_ATOM = re.compile(f"[{ATOM_MARKS}]")
_FOOTNOTE = re.compile(r'((?:id="|href="#))(fn(?:ref)?\d*:)')


@dataclass(frozen=True, slots=True)
class Press:
    """What cards are made into notes with: pictures, partials, and HTML by the digest of all that it is made of.

    `kept` is that of before, `made` that of this time; the sketch of a note's words lies there too, by its hash.
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
        return restore.html(text, {})
    key = _digest(press, "description", [text])
    if (html := _known(press, key)) is None:
        html = press.made[key] = restore.html(text, {})
    return html


def surroundings(project: Project) -> str:
    """Yields a digest of what else than cards and pictures notes are made of: the partials."""
    return read.digest_of(project.templates, "*.html")


def _note(press: Press, card: Card, fields: tuple[str, ...]) -> Note:
    if card.kind == "qa":
        ordinals: tuple[int, ...] = (0, 1) if card.reverse else (0,)
    else:
        ordinals = tuple(number - 1 for number in card.question.clozes)
    number = note_type_id(press.project.namespace, f"{card.language}/{card.kind}", 1)
    hashed = content(number, fields, card.tags)
    key = bytes.fromhex(hashed)
    if (like := _known(press, key)) is None:
        like = press.made[key] = sketch(fields)
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
        hashed,
        like,
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
            html = press.made[key] = _FOOTNOTE.sub(rf"\1{part}-\2", restore.html(text, shown))
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
    """What was made before under a digest."""
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
    return restore.html(text, {}).removeprefix("<p>").removesuffix("</p>")


def _shown(press: Press, text: Text) -> tuple[dict[int, Drawing], list[Problem]]:
    """Each picture of `text`, by its atom's index."""
    found: dict[int, Drawing] = {}
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
        found[index] = Drawing(figure, inline)
    return found, problems


def _spoken(caption: Text) -> str:
    """A caption as plain words: what a screen reader says."""

    def tex(mark: re.Match[str]) -> str:
        atom = caption.atoms[atom_index(mark[0])]
        return atom.tex if isinstance(atom, Maths) else ""

    return _ATOM.sub(tex, caption.markdown)
