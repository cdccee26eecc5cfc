"""Sheet -> plain data for the shelf, and back; paths are told below the root, and fields apart from all the rest."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

from deckwright.model import Comment, Image, Language, Media, Note, Picture, Place, Problem, Project, Sheet, Text

Plain = tuple[Any, ...]


def plain(project: Project, sheet: Sheet) -> Plain:
    """Yields a sheet as plain data, without the fields of its notes."""

    def media(one: Media | None) -> Plain | None:
        return (one.name, project.name(one.path)) if one else None

    notes = [
        (
            _place(note.place),
            note.slug,
            note.kind,
            note.tags,
            note.ordinals,
            tuple(media(one) for one in note.media),
            note.fresh,
            note.hash,
            note.like,
        )
        for note in sheet.notes
    ]
    pictures = [
        (
            _place(image.place),
            project.name(image.path),
            image.arguments,
            image.source,
            media(shown.light),
            media(shown.dark),
        )
        for image, shown in sheet.pictures
    ]
    problems = [(_place(p.place), p.rule, p.message, p.help, p.width, p.warning) for p in sheet.problems]
    comments = [(_place(comment.place), comment.source, comment.before) for comment in sheet.comments]
    return _place(sheet.place), sheet.deck, sheet.description, notes, pictures, comments, problems


def sheet(project: Project, language: Language, plain: Plain, fields: Callable[[int], Sequence[str]]) -> Sheet:
    """Yields the sheet that was plain data; `fields` yields those of the note of a number."""

    @cache
    def media(name: str, file: str) -> Media:
        return Media(name, project.root / file)

    place, deck, description, entries, images, expressions, problems = plain
    notes: list[Note] = []
    for number, (where, slug, kind, tags, ordinals, files, *rest) in enumerate(entries):
        shown = tuple(media(*file) for file in files) if files else ()
        about = (Place(*where), language.key, slug, kind, deck)
        notes.append(Note(*about, fields(number), tags, ordinals, shown, *rest))
    pictures = []
    for where, file, arguments, source, light, dark in images:
        image = Image(Place(*where), Text(Place(*where), ""), project.root / file, arguments, source)
        pictures.append((image, Picture(media(*light), media(*dark) if dark else None)))
    comments = tuple(Comment(Place(*where), *rest) for where, *rest in expressions)
    told = tuple(Problem(Place(*where), *rest) for where, *rest in problems)
    heading = (Place(*place), language.key, deck, description)
    return Sheet(*heading, tuple(notes), tuple(pictures), comments, told)


def _place(place: Place) -> Plain:
    return place.path, place.line, place.column, place.text
