"""templates/ -> NoteType for Anki, and the same templates filled -> a card's two sides, as Anki shows them.

A template is given `field`, `cloze`, `when` and `unless`. For the package these are Anki's own mustache
(`field.Question` is `{{Question}}`); for a preview they are the note's real HTML.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import jinja2
from markupsafe import Markup

from deckwright import fill, reveal
from deckwright.model import FIELDS, Kind, Language, Note, NoteType, Place, Problem, Project, Template

# The cards of a note type, frozen as its fields are: name in Anki, and how its two files begin.
TEMPLATES: Mapping[Kind, tuple[tuple[str, str], ...]] = {
    "qa": (("Forward", ""), ("Reverse", "reverse-")),
    "cloze": (("Cloze", ""),),
}
_SPECIAL = ("Tags", "Type", "Deck", "Subdeck", "Card", "CardFlag")


def note_types(project: Project, notes: Iterable[Note]) -> tuple[list[NoteType], list[Problem]]:
    """Yields the note types that `notes` are of, and what is wrong with their templates."""
    jinja = fill.environment(project)
    found: list[NoteType] = []
    problems: list[Problem] = []
    wanted = sorted({(note.language, note.kind) for note in notes})
    for key, kind in wanted:
        language = next(language for language in project.languages if language.key == key)
        values = _mustache(kind)
        templates = []
        for name, prefix in TEMPLATES[kind]:
            front, complaints = _side(project, jinja, kind, f"{prefix}front", language, values)
            back, more = _side(project, jinja, kind, f"{prefix}back", language, values)
            problems += (complaint for complaint in complaints + more if complaint not in problems)
            templates.append(Template(name, front, back))
        folder = project.templates / kind
        style = project.templates / "style.css"
        if not style.is_file():
            place = Place(project.name(style))
            problems.append(Problem(place, "missing-template", "there is no style.css", "write the file"))
        css = style.read_text("utf-8").strip() if style.is_file() else ""
        name = f"{language.title} {'QA' if kind == 'qa' else 'Cloze'}"
        place = Place(project.name(folder))
        found.append(NoteType(place, key, kind, name, FIELDS[kind], tuple(templates), css))
        problems += (complaint for complaint in _strangers(project, kind) if complaint not in problems)
    return found, problems


def sides(project: Project, note: Note, note_type: NoteType, ordinal: int) -> tuple[str, str, list[Problem]]:
    """Yields front and back of the card `ordinal` of a note: the HTML that Anki shows, without its style."""
    jinja = fill.environment(project)
    language = next(language for language in project.languages if language.key == note.language)
    name, prefix = TEMPLATES[note.kind][0 if note.kind == "cloze" else ordinal]
    special = {
        "Tags": " ".join(note.tags),
        "Type": note_type.name,
        "Deck": note.deck,
        "Subdeck": note.deck.rsplit("::", 1)[-1],
        "Card": f"{name} {ordinal + 1}" if note.kind == "cloze" else name,
        "CardFlag": "",
    }
    front, problems = _side(project, jinja, note.kind, f"{prefix}front", language, _real(note, special, ordinal, None))
    back, more = _side(project, jinja, note.kind, f"{prefix}back", language, _real(note, special, ordinal, front))
    return front, back, problems + more


def _side(
    project: Project, jinja: jinja2.Environment, kind: Kind, side: str, language: Language, values: dict[str, Any]
) -> tuple[str, list[Problem]]:
    return fill.template(
        jinja, project, f"{kind}/{side}.html", lang=language.lang, title=language.title, label=language.labels, **values
    )


def _mustache(kind: Kind) -> dict[str, Any]:
    """What a template is given when the package is made."""
    names = (*FIELDS[kind], *_SPECIAL)

    def section(sign: str, name: str) -> Callable[..., Markup]:
        return lambda caller: Markup(f"{{{{{sign}{name}}}}}{caller()}{{{{/{name}}}}}")

    return {
        "field": {name: Markup(f"{{{{{name}}}}}") for name in (*names, "FrontSide")},
        "cloze": {name: Markup(f"{{{{cloze:{name}}}}}") for name in FIELDS[kind] if kind == "cloze"},
        "when": {name: section("#", name) for name in names},
        "unless": {name: section("^", name) for name in names},
    }


def _real(note: Note, special: Mapping[str, str], ordinal: int, front: str | None) -> dict[str, Any]:
    """What a template is given when a card is shown: on the front, and (with `front`) on the back."""
    values = {**dict(zip(FIELDS[note.kind], note.fields, strict=True)), **special}
    uncover = reveal.question if front is None else reveal.answer

    def section(shown: bool) -> Callable[..., Markup]:
        return lambda caller: Markup(caller() if shown else "")

    return {
        "field": {**{name: Markup(value) for name, value in values.items()}, "FrontSide": Markup(front or "")},
        "cloze": {name: Markup(uncover(values[name], ordinal + 1)) for name in FIELDS[note.kind]}
        if note.kind == "cloze"
        else {},
        "when": {name: section(not reveal.empty(value)) for name, value in values.items()},
        "unless": {name: section(reveal.empty(value)) for name, value in values.items()},
    }


def _strangers(project: Project, kind: Kind) -> Iterable[Problem]:
    """Files that look like a further card of a note type, whose cards are frozen."""
    known = {f"{prefix}{side}.html" for _, prefix in TEMPLATES[kind] for side in ("front", "back")}
    for path in sorted((project.templates / kind).glob("*.html")):
        if path.name not in known and path.name.endswith(("front.html", "back.html")):
            message = f"`{path.name}` would add a card to the note type `{kind}`, whose cards are frozen"
            help_ = "delete it: Anki would refuse every update to the notes that learners have"
            yield Problem(Place(project.name(path)), "changed-schema", message, help_)
