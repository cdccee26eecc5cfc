"""deckwright: Markdown questions and figures drawn by code -> Anki decks.

The story, in order: read the cards, draw their pictures, render their notes, dress their note types, lock their
identities, pack. Only this file prints, asks the clock, exits or knows click; deckwright/ knows how each step goes.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import click

from deckwright import configure, draw, dress, lint, lock, pack, parse, render
from deckwright.model import Deck, Language, Note, NoteType, Problem, Project

Item = TypeVar("Item", Note, NoteType)


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


def make(root: Path, only: tuple[str, ...]) -> Made:
    """The way of every card, from text to note. Nothing is parsed twice and nothing looks back."""
    project, wrong = configure.project(root)
    languages = chosen(project, only)

    cards, decks, errors = parse.cards(project, languages)

    figures = draw.figures(project, cards)
    stale = [figure for figure in figures if figure.stale]
    failures = [problem for each in progress(draw.drawn(project, stale), len(stale)) for problem in each]
    pictures, clashes = draw.pictures(project, cards, figures)

    notes, gaps = render.notes(project, cards, pictures)
    note_types, flaws = dress.note_types(project, notes)
    doubts = lint.cards(languages, cards)

    problems = wrong + errors + failures + clashes + gaps + flaws + doubts
    return Made(project, languages, decks, notes, note_types, len(stale), problems)


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
@click.option("--locked", is_flag=True, help="Fail where deck.lock would change, instead of changing it.")
@click.option("-o", "--output", type=click.Path(file_okay=False, path_type=Path), help="Where to.  [default: dist/]")
def build(root: Path, only: tuple[str, ...], locked: bool, output: Path | None) -> None:
    """Build every language's package."""
    start = time.perf_counter()
    made = make(root.resolve(), only)
    old, corrupt = lock.read(made.project.root / "deck.lock", made.project.namespace)
    keys = [language.key for language in made.languages]
    new, refused = lock.update(old, keys, made.notes, made.note_types, now())
    behind = lock.behind(old, new, made.notes) if locked else []
    stop_at(made.problems + corrupt + refused + behind)

    descriptions = render.descriptions(made.project, made.decks)

    def package(language: Language) -> bytes:
        return pack.package(of(made.notes, language), of(made.note_types, language), descriptions, new, language.title)

    with ThreadPoolExecutor() as pool:
        packages = list(pool.map(package, made.languages))
    folder = output or made.project.root / "dist"
    targets = [folder / package_name(made.project, language) for language in made.languages]
    write_all({made.project.root / "deck.lock": str(new).encode(), **dict(zip(targets, packages, strict=True))})

    for language, target, data in zip(made.languages, targets, packages, strict=True):
        told = summary(of(made.notes, language), lock.changes(old, new, language.key))
        seconds = time.perf_counter() - start
        click.echo(
            f"{target.name}: {told}; {count(made.drawn, 'picture')} drawn; {len(data) / 1000:.0f} kB in {seconds:.2f} s"
        )


@main.command()
@options
def check(root: Path, only: tuple[str, ...]) -> None:
    """Tell every problem of the sources; write no package and no lock."""
    made = make(root.resolve(), only)
    old, corrupt = lock.read(made.project.root / "deck.lock", made.project.namespace)
    keys = [language.key for language in made.languages]
    _, refused = lock.update(old, keys, made.notes, made.note_types, now())
    stop_at(made.problems + corrupt + refused)
    click.echo(f"{count(len(made.notes), 'note')}, no errors")


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


def write_all(files: dict[Path, bytes]) -> None:
    """Writes all of `files` or none: each beside its place first, then renamed, the lock before the packages."""
    ready: list[tuple[str, Path]] = []
    try:
        for path, data in files.items():
            if path.is_file() and path.read_bytes() == data:
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
            ready.append((name, path))
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            Path(name).chmod(0o644)
        for name, path in ready:
            Path(name).replace(path)
    finally:
        for name, _ in ready:
            Path(name).unlink(missing_ok=True)


if __name__ == "__main__":
    main()
