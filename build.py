"""deckwright: Markdown questions and figures drawn by code -> Anki decks.

The story, in order: read the cards, draw their pictures, render their notes, dress their note types, lock their
identities, pack. Only this file prints, asks the clock, exits or knows click; deckwright/ knows how each step goes.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import click

from deckwright import configure, draw, dress, lint, lock, pack, parse, recall, refuse, render, unpack, write
from deckwright.lock import Lock
from deckwright.model import Deck, Language, Note, NoteType, Problem, Project

Item = TypeVar("Item", Note, NoteType)
PACKAGE = click.Path(exists=True, dir_okay=False, path_type=Path)


@dataclass(frozen=True)
class Made:
    """Everything that a deck's sources say, finished."""

    project: Project
    languages: tuple[Language, ...]
    decks: list[Deck]
    notes: list[Note]
    note_types: list[NoteType]
    drawn: int
    problems: list[Problem]


def make(root: Path, only: tuple[str, ...], *, drawing: bool = True) -> Made:
    """The way of every card, from text to note. Nothing is parsed twice and nothing looks back."""
    project, wrong = configure.project(root)
    languages = chosen(project, only)

    cards, decks, errors = parse.cards(project, languages)

    figures = draw.figures(project, cards)
    stale = [figure for figure in figures if figure.stale and drawing]
    failures = [problem for each in progress(draw.drawn(project, stale), len(stale)) for problem in each]
    pictures, clashes = draw.pictures(project, cards, [each for each in figures if not each.stale or not drawing])

    notes, gaps = render.notes(project, cards, pictures)
    note_types, flaws = dress.note_types(project, notes)
    doubts = lint.cards(languages, cards)

    problems = wrong + errors + failures + clashes + gaps + flaws + doubts
    return Made(project, languages, decks, notes, note_types, len(stale), problems)


def dated(made: Made, old: Lock, *, grow: bool = False) -> tuple[Lock, list[Problem]]:
    """The lock that holds what was made, and the edits that learners would suffer from."""
    keys = [language.key for language in made.languages]
    new = lock.update(old, keys, made.notes, made.note_types, now(), grow=grow)
    return new, refuse.edits(old, new, made.notes, made.note_types, now())


def remembered(project: Project, released: tuple[Path, ...] = ()) -> tuple[Lock, list[Problem]]:
    """What learners have: what deck.lock says, or, where it was lost, what the released packages tell."""
    path = project.root / "deck.lock"
    if not released:
        old, problems = lock.read(path, project.namespace)
        for text in recall.other_locks(project.root):
            old = lock.joined(old, lock.told(text, project.namespace))
        return old, problems
    if path.exists():
        raise click.UsageError(
            "deck.lock is there: --relock is for one that was lost. Delete it first, if you mean it."
        )
    old, problems = Lock(project.namespace, {}), []
    for package in released:
        release, wrong = unpack.release(package, project.namespace, [each.key for each in project.languages])
        old = lock.of_release(release.notes, release.note_types, release.stamps, release.generations, old)
        problems += wrong
    return old, problems


def options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that every command takes."""
    root = click.Path(exists=True, file_okay=False, path_type=Path)
    for add in (
        click.option("--lang", "only", multiple=True, metavar="KEY", help="Only this language; may be repeated."),
        click.option(
            "--root", type=root, default=Path(__file__).parent, help="The deck's folder.  [default: this one]"
        ),
    ):
        command = add(command)
    return command


class BuildUnlessTold(click.Group):
    """A group whose command is `build` where none is named."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Names the command that was left out."""
        named = bool(args) and (args[0] in self.commands or args[0] == "--help")
        return super().parse_args(ctx, args if named else ["build", *args])


@click.group(cls=BuildUnlessTold)
def main() -> None:
    """Builds Anki decks from cards/, templates/ and figures/. Without a command: build."""


@main.command()
@options
@click.option("-o", "--output", type=click.Path(file_okay=False, path_type=Path), help="Where to.  [default: dist/]")
@click.option("--locked", is_flag=True, help="Fail where deck.lock would change, instead of changing it.")
@click.option("--relock", multiple=True, type=PACKAGE, help="Make a lost deck.lock anew from this released package.")
@click.option("--retired", multiple=True, type=PACKAGE, help="Also pack notes that are gone, as this release had them.")
@click.option("--grow", is_flag=True, help="Accept a note type's new last fields or cards: see CONTRIBUTING.md.")
def build(
    root: Path,
    only: tuple[str, ...],
    output: Path | None,
    locked: bool,
    relock: tuple[Path, ...],
    retired: tuple[Path, ...],
    grow: bool,
) -> None:
    """Build every language's package."""
    start = time.perf_counter()
    made = make(root.resolve(), only)
    with write.alone(made.project.cache):
        old, lost = remembered(made.project, relock)
        new, refused = dated(made, old, grow=grow)
        stop_at(made.problems + lost + refused + (lock.behind(old, new, made.notes) if locked else []))

        folder = output or made.project.root / "dist"
        farewell, new = farewells(made, new, retired, folder)
        targets = [folder / package_name(made.project, language) for language in made.languages]
        packages = dict(zip(targets, packed(made, new), strict=True))
        stop_at(write.files({made.project.root / "deck.lock": str(new).encode(), **packages, **farewell}, root))

    for language, (target, data) in zip(made.languages, packages.items(), strict=True):
        told = summary(of(made.notes, language), lock.changes(old, new, language.key))
        size, seconds = len(data) / 1000, time.perf_counter() - start
        click.echo(f"{target.name}: {told}; {count(made.drawn, 'picture')} drawn; {size:.0f} kB in {seconds:.2f} s")
    for target in farewell:
        click.echo(f"{target.name}: notes that are gone, for learners who want to find and delete them")


@main.command()
@options
def check(root: Path, only: tuple[str, ...]) -> None:
    """Tell every problem of the sources; write no package and no lock."""
    made = make(root.resolve(), only)
    old, lost = remembered(made.project)
    _, refused = dated(made, old)
    stop_at(made.problems + lost + refused)
    click.echo(f"{count(len(made.notes), 'note')}, no errors")


def packed(made: Made, new: Lock) -> list[bytes]:
    """Every language's package."""
    descriptions = render.descriptions(made.project, made.decks)

    def package(language: Language) -> bytes:
        return pack.package(of(made.notes, language), of(made.note_types, language), descriptions, new, language.title)

    with ThreadPoolExecutor() as pool:
        return list(pool.map(package, made.languages))


def farewells(made: Made, new: Lock, released: tuple[Path, ...], folder: Path) -> tuple[dict[Path, bytes], Lock]:
    """Packages of the notes that are gone, as `released` had them, tagged for learners to find; and the lock then."""
    found: dict[Path, bytes] = {}
    for package in released:
        release, wrong = unpack.release(package, made.project.namespace, [each.key for each in made.languages])
        stop_at(wrong)
        for language in made.languages:
            gone = [each for each in of(list(release.notes), language) if new.entries[lock.name(each)].retired]
            if gone:
                new = lock.retold(new, gone, now())
                name = package_name(made.project, language).replace(".apkg", "-retired.apkg")
                found[folder / name] = pack.farewell(gone, of(made.note_types, language), new, language.title)
    return found, new


def chosen(project: Project, only: tuple[str, ...]) -> tuple[Language, ...]:
    """The languages to build."""
    known = [language.key for language in project.languages]
    for key in only:
        if known and key not in known:
            raise click.BadParameter(f"the deck has no language {key!r}, only {', '.join(known)}", param_hint="--lang")
    return tuple(language for language in project.languages if not only or language.key in only)


def of(items: list[Item], language: Language) -> list[Item]:
    """Those of `items` that are of `language`."""
    return [item for item in items if item.language == language.key]


def progress(steps: Any, length: int) -> Any:
    """`steps` behind a progress bar, where there is a terminal to show it in."""
    if not length or not sys.stderr.isatty():
        yield from steps
        return
    with click.progressbar(steps, length=length, label="drawing", file=sys.stderr) as bar:
        yield from bar


def stop_at(problems: list[Problem]) -> None:
    """Prints all problems in the order of the files, and exits where one of them is an error."""
    for problem in sorted(set(problems), key=lambda problem: (problem.place, problem.rule)):
        click.echo(f"{problem}\n", err=True)
    errors = sum(not problem.warning for problem in set(problems))
    if errors:
        click.echo(f"{count(errors, 'error')}; nothing was written", err=True)
        sys.exit(1)


def summary(notes: list[Note], changes: lock.Changes) -> str:
    """What a package holds, and what is new in it."""
    cards = sum(len(note.ordinals) for note in notes)
    new, changed, retired = (len(keys) for keys in (changes.new, changes.changed, changes.retired))
    return f"{count(len(notes), 'note')}, {count(cards, 'card')}: {new} new, {changed} changed, {retired} retired"


def count(number: int, noun: str) -> str:
    """`number` of what `noun` names."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def package_name(project: Project, language: Language) -> str:
    """A package's file name: with the language's key, where there are several."""
    return f"{project.namespace}-{language.key}.apkg" if len(project.languages) > 1 else f"{project.namespace}.apkg"


def now() -> int:
    """Seconds since 1970: SOURCE_DATE_EPOCH where a build must be repeatable, else the clock."""
    return int(os.environ.get("SOURCE_DATE_EPOCH") or time.time())


if __name__ == "__main__":
    main()
