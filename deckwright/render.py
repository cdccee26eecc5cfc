"""Card + pictures -> Note: Markdown by Python-Markdown, code by Pygments, then made safe for Anki."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Mapping

import jinja2
import markdown
from markupsafe import Markup

from deckwright import fill
from deckwright.model import (
    ATOM_MARKS,
    CLOSE,
    CLOZE_MARKS,
    HINT,
    Card,
    Deck,
    Image,
    ImageKey,
    Maths,
    Note,
    Picture,
    Problem,
    Project,
    Text,
    atom_index,
    cloze_number,
)

_EXTENSIONS = ["extra", "sane_lists", "pymdownx.superfences", "pymdownx.highlight"]
_HIGHLIGHT = {"pymdownx.highlight": {"css_class": "code", "pygments_lang_class": True, "guess_lang": False}}

_ATOM = re.compile(f"[{ATOM_MARKS}]")
_MARK = re.compile(f"[{CLOZE_MARKS}{HINT}{CLOSE}]")
_ALONE = re.compile(f"<p>([{ATOM_MARKS}](?:\\s*[{ATOM_MARKS}])*)</p>")
_CODE = re.compile(r"<code[^>]*>.*?</code>", re.DOTALL)
_LEXED_MARK = re.compile(f'<span class="err">([{CLOZE_MARKS}{HINT}{CLOSE}]+)</span>')
# Whatever begins so, Anki plays, runs through LaTeX, asks to type, or reads aloud, even inside code.
_ANKI = re.compile(r"\[(?=sound:|latex\]|/latex\]|\$\$?\]|/\$\$?\]|\[type:|anki:|/anki:)")
# A bracket that the author escaped would begin a formula for MathJax.
_DELIMITER = re.compile(r"<[^>]*>|\\(?=[()\[\]])")


def notes(
    project: Project, cards: Iterable[Card], pictures: Mapping[ImageKey, Picture]
) -> tuple[list[Note], list[Problem]]:
    """Yields the finished note of every card, and what is wrong with the partials that it is made with."""
    jinja = fill.environment(project)
    converter = _converter()
    found: list[Note] = []
    problems: list[Problem] = []
    for card in cards:
        media: dict[str, Picture] = {}

        def html_of(text: Text, seen: dict[str, Picture] = media) -> str:
            finished, complaints = _html(converter, text, _shown(project, jinja, converter, text, pictures, seen))
            problems.extend(complaint for complaint in complaints if complaint not in problems)
            return finished

        question, answer, details = (html_of(text) for text in (card.question, card.answer, card.details))
        source = ""
        if card.sources:
            lines = [Markup(_line(html_of(text))) for text in card.sources]
            source, complaints = fill.template(jinja, project, "sources.html", sources=lines)
            problems.extend(complaint for complaint in complaints if complaint not in problems)
        if card.kind == "qa":
            fields: tuple[str, ...] = (card.slug, question, answer, details, source, "yes" if card.reverse else "")
            ordinals: tuple[int, ...] = (0, 1) if card.reverse else (0,)
        else:
            fields = (card.slug, question, details, source)
            ordinals = tuple(number - 1 for number in card.question.clozes)
        files = tuple(file for picture in media.values() for file in (picture.light, picture.dark) if file)
        found.append(
            Note(card.place, card.language, card.slug, card.kind, card.deck, fields, card.tags, ordinals, files)
        )
    return found, problems


def descriptions(project: Project, decks: Iterable[Deck]) -> Mapping[str, str]:
    """Yields the description of every deck by its name, as HTML; the decks of whole languages first."""
    converter = _converter()
    found = {
        language.title: converter.reset().convert(language.description)
        for language in project.languages
        if language.description
    }
    for deck in decks:
        if deck.name not in found:
            found[deck.name], _ = _html(converter, deck.description, {})
    return found


def _converter() -> markdown.Markdown:
    return markdown.Markdown(extensions=_EXTENSIONS, extension_configs=_HIGHLIGHT)


def _line(finished: str) -> str:
    """One paragraph without its tags."""
    return finished.removeprefix("<p>").removesuffix("</p>")


def _shown(
    project: Project,
    jinja: jinja2.Environment,
    converter: markdown.Markdown,
    text: Text,
    pictures: Mapping[ImageKey, Picture],
    seen: dict[str, Picture],
) -> dict[int, tuple[str, str, list[Problem]]]:
    """Each picture of `text` by its atom's index: as a figure with its caption, and as it stands in a line."""
    found = {}
    for index, image in enumerate(text.atoms):
        if not isinstance(image, Image) or image.key not in pictures:
            continue
        picture = pictures[image.key]
        seen[picture.light.name] = picture
        caption, _ = _html(converter, image.caption, {})
        spoken = re.sub(r"\s+", " ", re.sub(r"[*`]|\\(?=[()])", "", _spoken(image.caption))).strip()
        values = {"light": picture.light.name, "dark": picture.dark and picture.dark.name, "alt": spoken}
        whole, problems = fill.template(jinja, project, "figure.html", caption=Markup(_line(caption)), **values)
        inline, more = fill.template(jinja, project, "figure.html", caption="", **values)
        found[index] = (whole, inline, problems + more)
    return found


def _spoken(caption: Text) -> str:
    """A caption as plain words: what a screen reader says."""
    return _ATOM.sub(
        lambda mark: atom.tex if isinstance(atom := caption.atoms[atom_index(mark[0])], Maths) else "", caption.markdown
    )


def _html(
    converter: markdown.Markdown, text: Text, shown: Mapping[int, tuple[str, str, list[Problem]]]
) -> tuple[str, list[Problem]]:
    """`text` as the HTML of a field."""
    if not text.markdown.strip():
        return "", []
    finished = converter.reset().convert(text.markdown)
    finished = _LEXED_MARK.sub(r"\1", finished)
    finished = finished.replace("<table>", '<div class="table"><table>').replace("</table>", "</table></div>")

    def source(code: re.Match[str]) -> str:
        return _ATOM.sub(lambda mark: html.escape(text.atoms[atom_index(mark[0])].source), code[0])

    def figure(mark: re.Match[str]) -> str:
        return shown[atom_index(mark[0])][0] if atom_index(mark[0]) in shown else mark[0]

    def alone(paragraph: re.Match[str]) -> str:
        marks = [atom_index(mark) for mark in _ATOM.findall(paragraph[1])]
        return _ATOM.sub(figure, paragraph[1]) if all(index in shown for index in marks) else paragraph[0]

    def inline(mark: re.Match[str]) -> str:
        index = atom_index(mark[0])
        atom = text.atoms[index]
        if isinstance(atom, Maths):
            tex = html.escape(atom.tex, quote=False)
            return f"\\[{tex}\\]" if atom.display else f"\\({tex}\\)"
        return shown[index][1] if index in shown else ""

    # Code first: there an indented block may hold what is no formula. Then what stands alone, then the rest.
    finished = _CODE.sub(source, finished)
    finished = _DELIMITER.sub(lambda m: m[0] if m[0] != "\\" else "<span>\\</span>", finished)
    finished = _ANKI.sub("&#91;", _ATOM.sub(inline, _ALONE.sub(alone, finished)))
    if text.clozes:
        finished = _clozes(finished)
    return finished, [problem for _, _, problems in shown.values() for problem in problems]


def _clozes(finished: str) -> str:
    """Cloze marks become Anki's `{{cN::`; what would end a cloze or begin its hint too early becomes an entity."""
    out: list[str] = []
    depth = at = 0
    for mark in _MARK.finditer(finished):
        out.append(
            _inside(finished[at : mark.start()], mark[0] == CLOSE) if depth else _outside(finished[at : mark.start()])
        )
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
