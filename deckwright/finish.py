"""A card file -> Sheet: the way of its cards from text to finished notes; a file that did not change is not gone over.

Each file is finished by itself, so several are at a time, in processes of their own, where there are many.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from deckwright import digest, draw, fill, fold, keep, lint, parse, read, reckon, render, spread
from deckwright.digest import Scripts
from deckwright.keep import GoneError, Row, Shelf, Shelved
from deckwright.model import Card, Image, Language, Place, Project, Sheet, Text

if TYPE_CHECKING:
    import jinja2

# Bytes of Markdown from which on it pays to start other processes, and that one of them is given at a time.
_MUCH, _BATCH = 1_000_000, 250_000
# Files whose fields are held at once when a package is made: about a megabyte for each ten of fifty notes.
_AT_HAND = 256
_Job = tuple[Language, Path]
_Fields = Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True)
class Finished:
    """A sheet, the digest of what it was made from, and HTML by the digests of the texts that it was made from."""

    made: str
    sheet: Sheet
    pieces: Mapping[bytes, str]


@dataclass(frozen=True, slots=True)
class Tools:
    """What every file is finished with."""

    project: Project
    scripts: Scripts
    jinja: Callable[[], jinja2.Environment]


@dataclass(frozen=True, slots=True)
class _Leaf:
    """A finished file as it is kept: the sheet without fields, and fields with pieces; `whole` if without errors."""

    whole: bool
    sheet: Row
    fields: Row


def tools(project: Project, scripts: Scripts) -> Tools:
    """Yields the tools for a project as it is now, with what was read of its scripts."""
    return Tools(project, scripts, cache(lambda: fill.environment(project)))


def sheets(
    project: Project, languages: Iterable[Language], shelf: Shelf, memory: dict[str, dict[str, Finished]] | None = None
) -> list[Sheet]:
    """Yields the sheet of every card file of `languages`, in the order of the files.

    Those on the `shelf` whose file and pictures are what they were are taken from it, and new ones put there; `memory`
    is a nearer shelf, that of somebody who goes on, by the mark of this one.
    """
    jobs = {_name(project, *job): job for job in _jobs(project, languages)}
    near = (memory or {}).get(shelf.mark, {})
    at_hand = tools(project, digest.scripts(project.figures))
    made: dict[str, str] = {}
    # Whoever goes on has all at hand: it is asked for again and again.
    fields = _shelved(at_hand, shelf, jobs, made) if memory is None else None
    found: dict[str, Finished] = {}
    for name, job in jobs.items():
        known = near.get(name) or _kept(project, job[0], name, shelf, fields)
        if known and known.made == _made(project, *job) and _same(at_hand, known.sheet):
            found[name], made[name] = known, known.made
    stale = [name for name in jobs if name not in found]
    for name, leaf in _anew(at_hand, {name: jobs[name] for name in stale}, shelf, near):
        there = leaf.whole and shelf.put([leaf.sheet, leaf.fields])
        made[name] = leaf.sheet[1]
        found[name] = _opened(project, jobs[name][0], leaf, fields if there else None)
    if stale:
        _clear(project, shelf)
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
            shelf.put([keep.row(language.key, anew, html)])
        if html:
            found[language.title] = html
    for sheet in sheets:
        found.setdefault(sheet.deck, sheet.description)
    return found


def sheet(tools: Tools, language: Language, path: Path, before: Mapping[bytes, str]) -> Finished:
    """Yields the sheet of one card file: the way of a card, from text to note.

    `before` are pieces of the file as it was.
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
    description = render.description(deck.description, press)
    heading = (deck.place, language.key, deck.name, description)
    comments = tuple(reckon.comments(cards, deck))
    # Who saves while a file is read makes it another: it is gone over again next time.
    made = made if made == _made(project, language, path) else ""
    return Finished(made, Sheet(*heading, tuple(notes), tuple(pictures), comments, problems), press.made)


def _jobs(project: Project, languages: Iterable[Language]) -> Iterator[_Job]:
    return ((language, path) for language in languages for path in project.card_files[language.key])


def _anew(
    at_hand: Tools, jobs: Mapping[str, _Job], shelf: Shelf, near: Mapping[str, Finished]
) -> Iterator[tuple[str, _Leaf]]:
    """Files that have to be gone over, in their order."""
    sizes = {name: path.stat().st_size if path.is_file() else 0 for name, (_, path) in jobs.items()}
    if sum(sizes.values()) < _MUCH or spread.cores() == 1:
        for name, job in jobs.items():
            before = near[name].pieces if name in near else (shelf.take(_pages(name))[1] or ((), {}))[1]
            yield name, _leaf(at_hand.project, name, sheet(at_hand, *job, before))
        return
    batches: list[dict[str, _Job]] = [{}]
    full = 0
    for name, job in jobs.items():
        if full > _BATCH:
            batches.append({})
            full = 0
        batches[-1][name] = job
        full += sizes[name]
    with spread.workers(len(batches)) as pool:
        for done in pool.map(_batch, [at_hand.project] * len(batches), batches):
            yield from done


def _batch(project: Project, jobs: Mapping[str, _Job]) -> list[tuple[str, _Leaf]]:
    """Runs in a worker: several files, ready for the shelf."""
    at_hand = tools(project, digest.scripts(project.figures))
    return [(name, _leaf(project, name, sheet(at_hand, *job, {}))) for name, job in jobs.items()]


def _leaf(project: Project, name: str, finished: Finished) -> _Leaf:
    made, sheet = finished.made, finished.sheet
    whole = bool(made) and all(problem.warning for problem in sheet.problems)
    fields = ([note.fields for note in sheet.notes], finished.pieces)
    return _Leaf(whole, keep.row(name, made, fold.plain(project, sheet)), keep.row(_pages(name), made, fields))


def _opened(project: Project, language: Language, leaf: _Leaf, fields: Callable[[str], _Fields] | None) -> Finished:
    """The reverse of `_leaf`: its fields are those at hand, or `fields` of its name when they are asked for."""
    name, made, *_ = leaf.sheet
    if fields:
        return _closed(project, language, name, made, keep.thing(leaf.sheet), fields)
    known, pieces = keep.thing(leaf.fields)
    return Finished(made, fold.sheet(project, language, keep.thing(leaf.sheet), known.__getitem__), pieces)


def _kept(
    project: Project, language: Language, name: str, shelf: Shelf, fields: Callable[[str], _Fields] | None
) -> Finished | None:
    """What is on the shelf of a file; with `fields` to ask later, without its fields."""
    made, plain = shelf.take(name)
    if made and fields:
        return _closed(project, language, name, made, plain, fields)
    whole, known = shelf.take(_pages(name))
    if not made or whole != made:
        return None
    return Finished(made, fold.sheet(project, language, plain, known[0].__getitem__), known[1])


def _closed(
    project: Project, language: Language, name: str, made: str, plain: Any, fields: Callable[[str], _Fields]
) -> Finished:
    """A sheet whose fields stay on the shelf."""
    return Finished(made, fold.sheet(project, language, plain, lambda number: Shelved(fields, name, number)), {})


def _shelved(tools: Tools, shelf: Shelf, jobs: Mapping[str, _Job], made: Mapping[str, str]) -> Callable[[str], _Fields]:
    """What yields the fields of a file's notes by its name: from the shelf, or anew where they are not whole there."""

    @lru_cache(_AT_HAND)
    def fields(name: str) -> _Fields:
        digest, kept = shelf.take(_pages(name))
        if digest and digest == made[name]:
            known: _Fields = kept[0]
            return known
        again = sheet(tools, *jobs[name], {})
        if again.made != made[name]:
            raise GoneError(f"{jobs[name][1].name} was saved while the deck was built: build again")
        return [note.fields for note in again.sheet.notes]

    return fields


def _clear(project: Project, shelf: Shelf) -> None:
    """Takes away what is of files that are gone."""
    names = [_name(project, *job) for job in _jobs(project, project.languages)]
    known = {*names, *map(_pages, names)}
    shelf.put([], [name for name in shelf.names() if "/" in name and name not in known])


def _name(project: Project, language: Language, path: Path) -> str:
    """What the shelf knows a file by: one may be of several languages."""
    return f"{language.key}/{project.name(path)}"


def _pages(name: str) -> str:
    """What the shelf knows the fields of a file by."""
    return f"{name} fields"


def _made(project: Project, language: Language, path: Path) -> str:
    """The digest of what a sheet is made from, apart from what its pictures are made from."""
    try:
        data = path.read_bytes()
    except OSError:
        return ""
    heading = f"{project.namespace}\0{language.title}\0{project.name(path)}\0"
    return hashlib.sha256(heading.encode() + data).hexdigest()


def _same(tools: Tools, sheet: Sheet) -> bool:
    """Whether the pictures of a sheet are still what they were."""
    images = [image for image, _ in sheet.pictures]
    now = {image.key: picture for image, picture in draw.named(tools.project, tools.scripts, images)}
    return all(now.get(image.key) == picture for image, picture in sheet.pictures)


def _images(cards: Iterable[Card]) -> Iterator[Image]:
    for card in cards:
        for text in card.texts:
            yield from (atom for atom in text.atoms if isinstance(atom, Image))
