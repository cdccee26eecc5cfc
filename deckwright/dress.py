"""templates/ -> NoteType for Anki, and the same templates filled -> a card's two sides, as Anki shows them.

A template is given `field`, `cloze`, `when` and `unless`. For the package these are Anki's own mustache
(`field.Question` is `{{Question}}`); for a preview they are the note's real HTML.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from deckwright import fill, keep, reveal
from deckwright.keep import Shelf
from deckwright.model import FIELDS, Kind, Language, Note, NoteType, Place, Problem, Project, Template
from deckwright.read import digest_of, passage

if TYPE_CHECKING:
    import jinja2
    from markupsafe import Markup

# The cards of a note type, frozen as its fields are: name in Anki, and how its two files begin.
TEMPLATES: Mapping[Kind, tuple[tuple[str, str], ...]] = {
    "qa": (("Forward", ""), ("Reverse", "reverse-")),
    "cloze": (("Cloze", ""),),
}


class Field(dict[str, "Markup"]):
    """A note's fields, as a template names them."""


class Cloze(dict[str, "Markup"]):
    """A cloze note's fields, asked or answered."""


class When(dict[str, Callable[..., "Markup"]]):
    """What stands only where a field is filled."""


class Unless(dict[str, Callable[..., "Markup"]]):
    """What stands only where a field is empty."""


class Labels(dict[str, str]):
    """A language's words."""


_SHELVED = "note types"
_SPECIAL = ("Tags", "Type", "Deck", "Subdeck", "Card", "CardFlag")


def note_types(project: Project, notes: Iterable[Note], shelf: Shelf) -> tuple[list[NoteType], list[Problem]]:
    """Yields the note types that `notes` are of, and what is wrong with their templates.

    Those on the `shelf` are taken from it where they are made of the same, and new ones put there.
    """
    wanted = sorted({(note.language, note.kind) for note in notes})
    made = _made(project, wanted)
    known, kept = shelf.take(_SHELVED)
    if known == made:
        return [_note_type(project, *plain) for plain in kept], []
    found, problems = _anew(project, wanted)
    if not problems:
        plain = [
            (each.language, each.kind, each.name, [(t.name, t.front, t.back) for t in each.templates], each.css)
            for each in found
        ]
        shelf.put([keep.row(_SHELVED, made, plain)])
    return found, problems


def _made(project: Project, wanted: Iterable[tuple[str, Kind]]) -> str:
    """The digest of all that note types are made of."""
    templates = digest_of(project.templates, "**/*")
    return hashlib.sha256(repr((list(wanted), project.languages, templates)).encode()).hexdigest()


def _note_type(
    project: Project, language: str, kind: Kind, name: str, sides: Iterable[tuple[str, str, str]], css: str
) -> NoteType:
    place = Place(project.name(project.templates / kind))
    return NoteType(place, language, kind, name, FIELDS[kind], tuple(Template(*side) for side in sides), css)


def _anew(project: Project, wanted: Iterable[tuple[str, Kind]]) -> tuple[list[NoteType], list[Problem]]:
    jinja = fill.environment(project)
    found: list[NoteType] = []
    problems: list[Problem] = []
    for key, kind in wanted:
        language = next(language for language in project.languages if language.key == key)
        values = _mustache(kind)
        sides = []
        for name, prefix in TEMPLATES[kind]:
            front, complaints = _side(project, jinja, kind, f"{prefix}front", language, values)
            back, more = _side(project, jinja, kind, f"{prefix}back", language, values)
            problems += complaints + more
            sides.append((name, front, back))
        css, complaints = _style(project)
        name = f"{language.title} {'QA' if kind == 'qa' else 'Cloze'}"
        found.append(_note_type(project, key, kind, name, sides, css))
        problems += [*complaints, *_blank(project, kind, found[-1].templates), *_strangers(project, kind)]
    return found, list(dict.fromkeys(problems))


def sides(
    project: Project, jinja: jinja2.Environment, note: Note, note_type: NoteType, ordinal: int
) -> tuple[str, str, list[Problem]]:
    """Yields front and back of the card `ordinal` of a note: the HTML that Anki shows, without its style.

    `jinja` is `fill.environment(project)`, made once for all cards.
    """
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
        jinja,
        project,
        f"{kind}/{side}.html",
        lang=language.lang,
        title=language.title,
        label=Labels(language.labels),
        **values,
    )


def _mustache(kind: Kind) -> dict[str, Any]:
    """What a template is given when the package is made."""
    names = (*FIELDS[kind], *_SPECIAL)

    def section(sign: str, name: str) -> Callable[..., Markup]:
        return lambda caller: fill.Markup(f"{{{{{sign}{name}}}}}{caller()}{{{{/{name}}}}}")

    return {
        "field": Field({name: fill.Markup(f"{{{{{name}}}}}") for name in (*names, "FrontSide")}),
        "cloze": Cloze({name: fill.Markup(f"{{{{cloze:{name}}}}}") for name in FIELDS[kind] if kind == "cloze"}),
        "when": When({name: section("#", name) for name in names}),
        "unless": Unless({name: section("^", name) for name in names}),
    }


def _real(note: Note, special: Mapping[str, str], ordinal: int, front: str | None) -> dict[str, Any]:
    """What a template is given when a card is shown: on the front, and (with `front`) on the back."""
    values = {**dict(zip(FIELDS[note.kind], note.fields, strict=True)), **special}
    uncover = reveal.question if front is None else reveal.answer

    def section(shown: bool) -> Callable[..., Markup]:
        return lambda caller: fill.Markup(caller() if shown else "")

    hidden = FIELDS["cloze"] if note.kind == "cloze" else ()
    return {
        "field": Field(
            {**{name: fill.Markup(value) for name, value in values.items()}, "FrontSide": fill.Markup(front or "")}
        ),
        "cloze": Cloze({name: fill.Markup(uncover(values[name], ordinal + 1)) for name in hidden}),
        "when": When({name: section(not reveal.empty(value)) for name, value in values.items()}),
        "unless": Unless({name: section(reveal.empty(value)) for name, value in values.items()}),
    }


def _style(project: Project) -> tuple[str, list[Problem]]:
    """The style that all note types share."""
    path = project.templates / "style.css"
    if not path.is_file():
        place = Place(project.name(path))
        return "", [Problem(place, "missing-template", "there is no style.css", "write the file")]
    source, problems = passage(path, project.name(path))
    return source.text.strip(), problems


def _blank(project: Project, kind: Kind, templates: Iterable[Template]) -> Iterable[Problem]:
    """Fronts that show nothing of the note: Anki makes no card of such."""
    for (_, prefix), template in zip(TEMPLATES[kind], templates, strict=True):
        if template.front and not re.search(r"\{\{(?![#/^])", template.front):
            place = Place(project.name(project.templates / kind / f"{prefix}front.html"))
            help_ = "write `{{ cloze.Text }}`" if kind == "cloze" else "write a field, such as `{{ field.Question }}`"
            yield Problem(place, "blank-front", "this front shows nothing of the note", help_)
        if (
            prefix
            and template.front
            and not re.fullmatch(r"\{\{#Reverse\}\}.*\{\{/Reverse\}\}", template.front, re.DOTALL)
        ):
            place = Place(project.name(project.templates / kind / f"{prefix}front.html"))
            help_ = "put all of it into `{% call when.Reverse() %} ... {% endcall %}`"
            message = "this front shows something on notes without `reverse`: Anki would make a card of each"
            yield Problem(place, "always-reverse", message, help_, warning=True)


def _strangers(project: Project, kind: Kind) -> Iterable[Problem]:
    """Files that look like a further card of a note type, whose cards are frozen."""
    known = {f"{prefix}{side}.html" for _, prefix in TEMPLATES[kind] for side in ("front", "back")}
    for path in sorted((project.templates / kind).glob("*.html")):
        if path.name not in known and path.name.endswith(("front.html", "back.html")):
            message = f"`{path.name}` would add a card to the note type `{kind}`, whose cards are frozen"
            help_ = "delete it: Anki would refuse every update to the notes that learners have"
            yield Problem(Place(project.name(path)), "changed-schema", message, help_)
