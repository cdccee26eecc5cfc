"""A card file -> Sheet: the way of its cards from text to finished notes; a file that did not change is not gone over.

Each file is finished by itself, so several are at a time, in processes of their own, where there are many.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from deckwright import digest, draw, fill, lint, parse, read, reckon, render, spread
from deckwright.digest import Scripts
from deckwright.keep import Shelf
from deckwright.model import (
    Card,
    Comment,
    Image,
    Language,
    Media,
    Note,
    Picture,
    Place,
    Problem,
    Project,
    Sheet,
    Text,
)

if TYPE_CHECKING:
    import jinja2

# Bytes of Markdown from which on it pays to start other processes, and that one of them is given at a time.
_MUCH, _BATCH = 1_000_000, 250_000
_Job = tuple[Language, Path]
_Kept = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Finished:
    """A sheet, the digest of what it was made from, and its notes by the digests of what they were made from."""

    made: str
    sheet: Sheet
    notes: Mapping[str, Note]


@dataclass(frozen=True, slots=True)
class Tools:
    """What every file is finished with."""

    project: Project
    scripts: Scripts
    jinja: jinja2.Environment


def tools(project: Project, scripts: Scripts) -> Tools:
    """Yields the tools for a project as it is now, with what was read of its scripts."""
    return Tools(project, scripts, fill.environment(project))


def sheets(
    project: Project, languages: Iterable[Language], shelf: Shelf, memory: dict[str, dict[str, Finished]] | None = None
) -> list[Sheet]:
    """Yields the sheet of every card file of `languages`, in the order of the files.

    Those on the `shelf` whose file and pictures are what they were are taken from it, and new ones put there; `memory`
    is a nearer shelf, that of somebody who goes on, by the mark of this one.
    """
    jobs = {_name(project, *job): job for job in _jobs(project, languages)}
    near = (memory or {}).get(shelf.mark, {})
    kept = {name: near.get(name) or _kept(project, job[0], *shelf.take(name)) for name, job in jobs.items()}
    scripts = digest.scripts(project.figures)
    found = {
        name: known
        for name, known in kept.items()
        if known and known.made == _made(project, *jobs[name]) and _same(project, scripts, known.sheet)
    }
    stale = [name for name in jobs if name not in found]
    anew = _anew(project, scripts, [jobs[name] for name in stale], [kept[name] for name in stale])
    found |= zip(stale, anew, strict=True)
    new = [name for name in stale if not any(not each.warning for each in found[name].sheet.problems)]
    if new:
        things = {name: (found[name].made, _plain(project, found[name])) for name in new}
        everywhere = [_name(project, *job) for job in _jobs(project, project.languages)]
        shelf.put(things, [*everywhere, *(language.key for language in project.languages)])
    if memory is not None:
        memory.clear()
        memory[shelf.mark] = found
    return [found[name].sheet for name in jobs]


def descriptions(languages: Iterable[Language], sheets: Iterable[Sheet], shelf: Shelf) -> dict[str, str]:
    """Yields the description of every deck by its name, as HTML; the decks of whole languages first."""
    found: dict[str, str] = {}
    for language in languages:
        text = Text(Place("pyproject.toml"), language.description)
        made, html = shelf.take(language.key)
        if made != (anew := hashlib.sha256(text.markdown.encode()).hexdigest()):
            html = render.description(text)
            shelf.put({language.key: (anew, html)})
        if html:
            found[language.title] = html
    for sheet in sheets:
        found.setdefault(sheet.deck, sheet.description)
    return found


def sheet(tools: Tools, language: Language, path: Path, before: Mapping[str, Note]) -> Finished:
    """Yields the sheet of one card file: the way of a card, from text to note.

    `before` are notes by the digests of what they were made from: those of the file as it was.
    """
    project = tools.project
    made = _made(project, language, path)
    source, wrong = read.passage(path, project.name(path))
    if wrong and not source.text:
        return Finished(made, Sheet(source.whole, language.key, "", "", (), (), (), tuple(wrong)), {})
    cards, deck, errors = parse.cards(source, path.parent, language)
    pictures = draw.named(project, tools.scripts, _images(cards))
    doubts = lint.cards(project, deck, cards)
    press = render.press(project, {image.key: shown for image, shown in pictures}, tools.jinja, before)
    notes, gaps = render.notes(press, cards)
    problems = (*wrong, *errors, *doubts, *gaps)
    description = render.description(deck.description)
    heading = (deck.place, language.key, deck.name, description)
    comments = tuple(reckon.comments(cards, deck))
    # Who saves while a file is read makes it another: it is gone over again next time.
    made = made if made == _made(project, language, path) else ""
    return Finished(made, Sheet(*heading, tuple(notes), tuple(pictures), comments, problems), press.made)


def _jobs(project: Project, languages: Iterable[Language]) -> Iterator[_Job]:
    return ((language, path) for language in languages for path in project.card_files[language.key])


def _anew(
    project: Project, scripts: Scripts, jobs: list[_Job], before: Iterable[Finished | None]
) -> Iterator[Finished]:
    """The sheets of files that have to be gone over, in their order; `before` is what they were."""
    sizes = [path.stat().st_size if path.is_file() else 0 for _, path in jobs]
    if sum(sizes) < _MUCH or spread.cores() == 1:
        at_hand = tools(project, scripts)
        yield from (sheet(at_hand, *job, known.notes if known else {}) for job, known in zip(jobs, before, strict=True))
        return
    batches: list[list[_Job]] = [[]]
    full = 0
    for job, size in zip(jobs, sizes, strict=True):
        if full > _BATCH:
            batches.append([])
            full = 0
        batches[-1].append(job)
        full += size
    with spread.workers(len(batches)) as pool:
        for batch, done in zip(batches, pool.map(_batch, [project] * len(batches), batches), strict=True):
            for (language, _), (made, plain) in zip(batch, done, strict=True):
                known = _kept(project, language, made, plain)
                assert known
                yield known


def _batch(project: Project, jobs: list[_Job]) -> list[tuple[str, _Kept]]:
    """Runs in a worker: several files, as plain data, which travel faster."""
    at_hand = tools(project, digest.scripts(project.figures))
    done = [sheet(at_hand, language, path, {}) for language, path in jobs]
    return [(each.made, _plain(project, each)) for each in done]


def _name(project: Project, language: Language, path: Path) -> str:
    """What the shelf knows a file by: one may be of several languages."""
    return f"{language.key}/{project.name(path)}"


def _made(project: Project, language: Language, path: Path) -> str:
    """The digest of what a sheet is made from, apart from what its pictures are made from."""
    try:
        data = path.read_bytes()
    except OSError:
        return ""
    heading = f"{project.namespace}\0{language.title}\0{project.name(path)}\0"
    return hashlib.sha256(heading.encode() + data).hexdigest()


def _same(project: Project, scripts: Scripts, sheet: Sheet) -> bool:
    """Whether the pictures of a sheet are still what they were."""
    images = [image for image, _ in sheet.pictures]
    now = {image.key: picture for image, picture in draw.named(project, scripts, images)}
    return all(now.get(image.key) == picture for image, picture in sheet.pictures)


def _images(cards: Iterable[Card]) -> Iterator[Image]:
    for card in cards:
        for text in card.texts:
            yield from (atom for atom in text.atoms if isinstance(atom, Image))


def _plain(project: Project, finished: Finished) -> _Kept:
    """A finished sheet as plain data, paths below the root."""
    sheet, marks = finished.sheet, {note.slug: mark for mark, note in finished.notes.items()}

    def place(one: Place) -> _Kept:
        return one.path, one.line, one.column, one.text

    def media(one: Media | None) -> _Kept | None:
        return (one.name, project.name(one.path)) if one else None

    notes = [
        (
            marks[note.slug],
            place(note.place),
            note.slug,
            note.kind,
            note.fields,
            note.tags,
            note.ordinals,
            tuple(media(one) for one in note.media),
            note.fresh,
            note.hash,
        )
        for note in sheet.notes
    ]
    pictures = [
        (
            place(image.place),
            project.name(image.path),
            image.arguments,
            image.source,
            media(shown.light),
            media(shown.dark),
        )
        for image, shown in sheet.pictures
    ]
    problems = [(place(p.place), p.rule, p.message, p.help, p.width, p.warning) for p in sheet.problems]
    comments = [(place(comment.place), comment.source, comment.before) for comment in sheet.comments]
    return place(sheet.place), sheet.deck, sheet.description, notes, pictures, comments, problems


def _kept(project: Project, language: Language, made: str, plain: _Kept | None) -> Finished | None:
    """The reverse of `_plain`."""
    if plain is None:
        return None

    def media(one: _Kept | None) -> Media | None:
        return Media(one[0], project.root / one[1]) if one else None

    place, deck, description, entries, images, expressions, problems = plain
    notes: list[Note] = []
    for _, where, slug, kind, fields, tags, ordinals, files, fresh, hashed in entries:
        shown = tuple(Media(name, project.root / file) for name, file in files)
        about = (Place(*where), language.key, slug, kind, deck)
        notes.append(Note(*about, fields, tags, ordinals, shown, fresh, hashed))
    pictures = []
    for where, file, arguments, source, light, dark in images:
        image = Image(Place(*where), Text(Place(*where), ""), project.root / file, arguments, source)
        pictures.append((image, Picture(Media(light[0], project.root / light[1]), media(dark))))
    comments = tuple(Comment(Place(*where), *rest) for where, *rest in expressions)
    told = tuple(Problem(Place(*where), *rest) for where, *rest in problems)
    heading = (Place(*place), language.key, deck, description)
    sheet = Sheet(*heading, tuple(notes), tuple(pictures), comments, told)
    return Finished(made, sheet, {entry[0]: note for entry, note in zip(entries, notes, strict=True)})
