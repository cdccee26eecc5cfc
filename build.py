"""deckwright: Markdown questions and figures drawn by code -> Anki decks.

The story, in order: read the cards, draw their pictures, render their notes, dress their note types, lock their
identities, pack. Only this file prints, asks the clock, exits or knows click; deckwright/ knows how each step goes.
"""

from __future__ import annotations

import gc
import json
import os
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

# A room is opened when it is first entered: to import them all takes longer than to see that nothing changed.
from deckwright import (
    compare,
    configure,
    draw,
    dress,
    finish,
    keep,
    lint,
    lock,
    mend,
    pack,
    recall,
    reckon,
    refuse,
    render,
    spare,
    tell,
    unpack,
    write,
)

if TYPE_CHECKING:
    from deckwright.lock import Lock
    from deckwright.model import Language, Note, NoteType, Problem, Project
    from deckwright.unpack import Release

Item = TypeVar("Item", "Note", "NoteType")
PACKAGE = click.Path(exists=True, dir_okay=False, path_type=Path)


@dataclass(frozen=True)
class Made:
    """Everything that a deck's sources say, finished."""

    project: Project
    mark: str
    languages: tuple[Language, ...]
    descriptions: Mapping[str, str]
    notes: list[Note]
    note_types: list[NoteType]
    drawn: frozenset[str]
    checked: int
    problems: list[Problem]


@dataclass(frozen=True)
class Memory:
    """What `watch` remembers from save to save, so that only what changed is made anew; other commands, nothing."""

    sheets: dict[Any, Any] | None = None
    sides: dict[Any, Any] | None = None


FORGETFUL = Memory()


def make(root: Path, only: tuple[str, ...], *, drawing: bool = True, memory: Memory = FORGETFUL) -> Made:
    """The way of every card, from text to note. Nothing is parsed twice and nothing looks back."""
    project, wrong = configure.project(root)
    languages = chosen(project, only, wrong)

    shelf = keep.shelf(project.cache / "finished.db", spare.stamp() + render.surroundings(project))
    sheets = finish.sheets(project, languages, shelf, memory.sheets)
    descriptions = finish.descriptions(languages, sheets, shelf)

    figures = draw.figures(sheets)
    stale = [figure for figure in figures if figure.stale and drawing]
    failures = [problem for each in progress(draw.drawn(project, stale), len(stale)) for problem in each]

    notes = [note for sheet in sheets for note in sheet.notes]
    note_types, flaws = dress.note_types(project, notes, shelf)
    doubts = [*lint.decks(project, languages, sheets), *draw.clashes(project, sheets)]
    comments = [comment for sheet in sheets for comment in sheet.comments]
    checked, disagreeing = reckon.numbers(project, comments) if drawing else (0, [])

    told = [problem for sheet in sheets for problem in sheet.problems]
    problems = [*wrong, *told, *failures, *flaws, *doubts, *disagreeing]
    drawn = frozenset(figure.picture.light.name for figure in stale)
    return Made(project, shelf.mark, languages, descriptions, notes, note_types, drawn, checked, problems)


def dated(made: Made, old: Lock, *, grow: bool = False) -> tuple[Lock, list[Problem]]:
    """The lock that holds what was made, and the edits that learners would suffer from."""
    keys = [language.key for language in made.languages]
    moment = now()
    new = lock.update(old, keys, made.notes, made.note_types, moment, grow=grow)
    return new, refuse.edits(old, new, made.notes, made.note_types, moment)


def remembered(project: Project, released: tuple[Path, ...] = ()) -> tuple[Lock, list[Problem]]:
    """What learners have: what deck.lock says, or, where it was lost, what the released packages tell."""
    path = project.root / "deck.lock"
    if not released:
        old, problems = lock.read(path, project.namespace)
        for text in recall.other_locks(project.root):
            old = mend.joined(old, lock.told(text, project.namespace))
        return old, problems
    if path.exists():
        raise click.UsageError(
            "deck.lock is there: --relock is for one that was lost. Delete it first, if you mean it."
        )
    old, problems = lock.Lock(project.namespace, {}), []
    for package in released:
        release, wrong = unpack.release(package, project.namespace, [each.key for each in project.languages])
        old = mend.of_release(release, old)
        problems += wrong
    return old, problems


def proposed(root: Path, only: tuple[str, ...], *, drawing: bool = True) -> tuple[Made, Lock, list[Problem]]:
    """What was made, the lock that a build would write, and what it would warn of; stops where a build would."""
    made = make(root.resolve(), only, drawing=drawing)
    old, lost = remembered(made.project)
    new, refused = dated(made, old)
    problems = made.problems + lost + refused
    stop_at(problems)
    return made, new, problems


@dataclass(frozen=True)
class Start:
    """When a command began, by the clock on the wall and by the one that only counts."""

    wall: float = field(default_factory=time.time)
    count: float = field(default_factory=time.perf_counter)

    @property
    def seconds(self) -> float:
        """How long ago that was."""
        return time.perf_counter() - self.count


@dataclass(frozen=True)
class Request:
    """A command with its options, asked of a deck; `looked` is what was seen of its files when it was asked."""

    root: Path
    words: str
    start: Start
    looked: spare.Looked | None = None


def told_before(asked: Request) -> Request | None:
    """Says again what the last build said, where another would make the same of the same; else yields the request."""
    last, looked = spare.last(asked.root, asked.words, now())
    if not last:
        return replace(asked, looked=looked)
    for problem in last.said:
        click.echo(f"{problem}\n", err=True)
    for line in last.told:
        click.echo(f"{line} in {asked.start.seconds:.2f} s" if last.left else line)
    return None


def remember(asked: Request, made: Made, problems: list[Problem], told: list[str], left: Mapping[Path, bytes]) -> None:
    """Keeps what a build made and said, so that the next one need not be; but not what another hour would end."""
    said = in_order(problems)
    if any(problem.rule == "future-time" for problem in said):
        return
    read = {media.path for note in made.notes for media in note.media} | ({asked.root / "deck.lock"} - left.keys())
    last = spare.Last(list(map(str, sorted(read))), list(map(str, left)), list(map(str, said)), told)
    spare.keep(asked.root, asked.words, asked.start.wall, now(), last, left.values(), asked.looked)


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
        named = bool(args) and (not args[0].startswith("-") or args[0] == "--help")
        return super().parse_args(ctx, args if named else ["build", *args])

    def invoke(self, ctx: click.Context) -> Any:
        """Runs the command; an author who was quicker than it is told so."""
        try:
            return super().invoke(ctx)
        except keep.GoneError as error:
            raise click.ClickException(str(error)) from error


@click.group(cls=BuildUnlessTold, epilog="Every command has options: build.py build --help, and so on.")
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
    start, root = Start(), root.resolve()
    asked = Request(root, f"build {only} {output and output.resolve()}", start)
    if not (relock or retired or grow):
        unanswered = told_before(asked)
        if not unanswered:
            return
        asked = unanswered
    made = make(root, only)
    with write.alone(made.project.cache):
        old, lost = remembered(made.project, relock)
        new, refused = dated(made, old, grow=grow)
        stop_at(made.problems + lost + refused + (lock.behind(old, new, made.notes) if locked else []))

        folder = output or made.project.root / "dist"
        farewell, new = farewells(made, new, retired, folder)
        targets = [folder / package_name(made.project, language) for language in made.languages]
        packages = dict(zip(targets, packed(made, new), strict=True))
        left = {made.project.root / "deck.lock": str(new).encode(), **packages}
        stop_at(write.files({**left, **farewell}, made.project.root))

    lines = []
    for language, (target, data) in zip(made.languages, packages.items(), strict=True):
        notes = of(made.notes, language.key)
        drawn = made.drawn & {media.name for note in notes for media in note.media}
        changes = (lock.changes(old, new, language.key), lock.Changes((), (), ()))
        told = [f"{target.name}: {summary(notes, each)}" for each in changes]
        size = f"{len(data) / 1000:.0f} kB"
        click.echo(f"{told[0]}; {count(len(drawn), 'picture')} drawn; {size} in {start.seconds:.2f} s")
        lines.append(f"{told[1]}; 0 pictures drawn; {size}")
    if not farewell:
        remember(asked, made, made.problems + lost + refused, lines, left)
    for target in farewell:
        click.echo(f"{target.name}: notes that are gone, for learners who want to find and delete them")


@main.command()
@options
def check(root: Path, only: tuple[str, ...]) -> None:
    """Tell every problem of the sources; write no package and no lock."""
    root = root.resolve()
    asked = told_before(Request(root, f"check {only}", Start()))
    if not asked:
        return
    made, _, problems = proposed(root, only)
    numbers = [f"{made.checked:,} checked number{'' if made.checked == 1 else 's'}"] if made.checked else []
    told = ", ".join([count(len(made.notes), "note"), *numbers, "no errors"])
    click.echo(told)
    remember(asked, made, problems, [told], {})


@main.command()
@options
@click.argument("released", nargs=-1, type=PACKAGE)
@click.option("--json", "as_json", is_flag=True, help="For tools.")
def diff(root: Path, only: tuple[str, ...], released: tuple[Path, ...], as_json: bool) -> None:
    """Tell what a learner would see change since RELEASED packages, or else since deck.lock was last committed."""
    made, new, _ = proposed(root, only, drawing=False)
    data: dict[str, object] = {}
    for language, before in earlier(made, released).items():
        changed = compare.releases(before, published(made, new, language), made.project.namespace)
        if as_json:
            data[language] = tell.plain(changed)
        else:
            title = next(each.title for each in made.languages if each.key == language)
            click.echo(f"# {title}\n\n{tell.markdown(changed)}\n")
    if as_json:
        click.echo(json.dumps(data, ensure_ascii=False, indent=2))


@main.command()
@options
@click.argument("released", nargs=-1, type=PACKAGE)
@click.option("--seed", default=1, show_default=True, help="Of what the learner does.")
def verify(root: Path, only: tuple[str, ...], released: tuple[Path, ...], seed: int) -> None:
    """Try in the real Anki whether learners of RELEASED packages, or of the last commit's, would lose by an update."""
    from tempfile import TemporaryDirectory  # here and below, not above: a build need not wait for it

    from deckwright import verify as prove

    made, new, _ = proposed(root, only)
    verdicts = []
    with TemporaryDirectory(prefix="deckwright-") as folder:
        released = released or repacked(made, Path(folder) / "then")
        for language, data in zip(made.languages, packed(made, new), strict=True):
            update = Path(folder) / package_name(made.project, language)
            update.write_bytes(data)
            for package in (each for each in released if notes_of(made, each, language)):
                try:
                    journeys = prove.journeys(package, update, seed)
                except prove.AnkiMissing as error:
                    raise click.ClickException(f"{error}: pip install --group dev, or pip install anki") from error
                verdicts += [(package, verdict) for verdict in progress(journeys, 3, "studying")]
    for package, verdict in verdicts:
        click.echo(f"{package.name}, then this, with {verdict.options}:")
        click.echo("".join(f"  {line}\n" for line in [*verdict.told, *(f"LOST: {one}" for one in verdict.lost)]))
    if not verdicts:
        raise click.UsageError("none of these packages is of this deck")
    if any(verdict.lost for _, verdict in verdicts):
        sys.exit(1)


@main.command()
@options
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="[default: dist/preview.html]")
@click.option("--mathjax", type=click.Path(exists=True, path_type=Path), help="The folder of a MathJax 3 (es5).")
def preview(root: Path, only: tuple[str, ...], output: Path | None, mathjax: Path | None) -> None:
    """Write one page, complete in itself, that shows every card as Anki would."""
    from deckwright import preview as show

    made, *_ = proposed(root, only)
    project = made.project
    gallery, flaws = show.gallery(project, made.notes, made.note_types, made.languages)
    engine = engine_of(project, mathjax)
    page, unfilled = show.page(project, show.inside(gallery, made.notes), engine)
    stop_at(flaws + unfilled)
    target = output or project.root / "dist" / "preview.html"
    stop_at(write.files({target: page.encode()}, project.root))
    if not show.formulas(gallery):
        told = "no formulas, so no MathJax"
    else:
        told = f"MathJax from {project.name(engine)} inside" if engine else f"MathJax from {show.CDN}"
    cards = sum(len(card["sides"]) for card in gallery["cards"])
    click.echo(f"{target.name}: {count(cards, 'card')}; {told}; {len(page.encode()) / 1000:.0f} kB")


@main.command()
@options
@click.option("--port", default=8020, show_default=True, help="Where to serve it; another, if it is taken.")
@click.option("--mathjax", type=click.Path(exists=True, path_type=Path), help="The folder of a MathJax 3 (es5).")
def watch(root: Path, only: tuple[str, ...], port: int, mathjax: Path | None) -> None:
    """Serve the preview to this machine's browser and refresh it on every save."""
    from deckwright import preview, serve
    from deckwright import watch as look

    try:
        saves = look.saves
    except ModuleNotFoundError as error:
        raise click.ClickException(f"{error}: pip install --group build, or pip install watchfiles") from error
    root = root.resolve()
    project, wrong = configure.project(root)
    shown: dict[str, Any] = {"title": " · ".join(each.title for each in chosen(project, only, wrong)), "cards": []}
    page, flaws = preview.page(project, shown, engine_of(project, mathjax), live=True)
    stop_at(flaws)
    folders, memory = [root / "cards", project.templates, project.figures], Memory({}, {})
    with serve.site(page, port) as site, suppress(KeyboardInterrupt):
        click.echo(f"{site.url} shows every save. Ctrl-C ends it.")
        for _ in saves(folders, [root / "pyproject.toml", root / "deck.lock"]):
            start = time.perf_counter()
            gallery, pictures, problems = looked_at(root, only, memory)
            errors = sum(not each["warning"] for each in problems)
            # Half a card is worth less than the whole one of before; at the start there is none of before.
            shown = gallery if gallery["cards"] and not (errors and shown["cards"]) else shown
            if site.show({**shown, "problems": problems}, pictures):
                click.echo("".join(f"{each['text']}\n\n" for each in problems), nl=False)
                told = f"{count(len(shown['cards']), 'note')}, {count(errors, 'error')}"
                click.echo(f"{time.strftime('%H:%M:%S')} {told} ({time.perf_counter() - start:.2f} s)")


def looked_at(
    root: Path, only: tuple[str, ...], memory: Memory
) -> tuple[dict[str, Any], dict[str, Path], list[dict[str, Any]]]:
    """What the preview shows of the sources, its pictures, and all that a build would say.

    A bug of ours is told too, for this goes on.
    """
    from traceback import format_exc

    from deckwright import preview

    try:
        made = make(root, only, memory=memory)
        old, lost = remembered(made.project)
        # Of a deck that was never built, learners have nothing that an edit could take from them.
        refused = dated(made, old)[1] if old.entries else []
        gallery, flaws = preview.gallery(made.project, made.notes, made.note_types, made.languages, memory.sides)
        pictures = {media.name: media.path for note in made.notes for media in note.media}
        problems = in_order([*made.problems, *lost, *refused, *flaws])
        told = [{"text": str(one), "place": str(one.place), "warning": one.warning} for one in problems]
        return gallery, pictures, told
    except Exception:
        return {"cards": []}, {}, [{"text": format_exc(), "place": "", "warning": False}]


def engine_of(project: Project, given: Path | None) -> Path | None:
    """The folder of the MathJax to set formulas with: `given`, or one that is found; nothing for the CDN's."""
    from deckwright import preview

    engine = preview.mathjax(project, given)
    if given and not engine:
        message = f"there is no tex-chtml-full.js of a MathJax 3, with its fonts, in {given}"
        raise click.BadParameter(message, param_hint="--mathjax")
    return engine


def earlier(made: Made, released: tuple[Path, ...]) -> dict[str, Release]:
    """What learners have, by language: in the released packages, or in the sources when the lock was committed."""
    from tempfile import TemporaryDirectory

    keys = [language.key for language in made.languages]
    if released:
        found = {}
        for package in released:
            release, wrong = unpack.release(package, made.project.namespace, keys)
            stop_at(wrong)
            found[release.notes[0].language] = release
        return found
    with TemporaryDirectory(prefix="deckwright-") as folder:
        then, state = recalled(made, Path(folder), drawing=False)
        return {key: published(then, state, key) for key in keys}


def repacked(made: Made, folder: Path) -> tuple[Path, ...]:
    """The packages of the commit that last changed deck.lock, built anew in `folder`."""
    from shutil import copytree

    pictures = made.project.cache / "figures"
    if pictures.is_dir():
        copytree(pictures, folder / "build" / "figures")
    then, state = recalled(made, folder, drawing=True)
    packages = tuple(folder / package_name(then.project, language) for language in then.languages)
    for path, data in zip(packages, packed(then, state), strict=True):
        path.write_bytes(data)
    return packages


def recalled(made: Made, folder: Path, *, drawing: bool) -> tuple[Made, Lock]:
    """What the sources said when deck.lock was last committed, which are put into `folder`; and that lock."""
    if not recall.released(made.project.root, folder):
        raise click.UsageError("no deck.lock is committed here: name the package that learners have")
    then = make(folder, tuple(language.key for language in made.languages), drawing=drawing)
    return then, lock.read(folder / "deck.lock", made.project.namespace)[0]


def published(made: Made, state: Lock, key: str) -> Release:
    """What was made of a language, as its package holds it."""
    notes, note_types = tuple(of(made.notes, key)), tuple(of(made.note_types, key))
    stamps = {name: entry.stamp for name, entry in state.entries.items()}
    return unpack.Release(notes, note_types, stamps, {each.key: state.generation(each.key) for each in note_types})


def notes_of(made: Made, package: Path, language: Language) -> bool:
    """Whether a package has notes of a language."""
    return bool(unpack.release(package, made.project.namespace, [language.key])[0].notes)


def packed(made: Made, new: Lock) -> list[bytes]:
    """Every language's package."""
    found, shelf = [], keep.shelf(made.project.cache / "packed.db", made.mark)
    for language in made.languages:
        notes, note_types = of(made.notes, language.key), of(made.note_types, language.key)
        found.append(pack.package(notes, note_types, made.descriptions, new, language.title, shelf))
    return found


def farewells(made: Made, new: Lock, released: tuple[Path, ...], folder: Path) -> tuple[dict[Path, bytes], Lock]:
    """Packages of the notes that are gone, as `released` had them, tagged for learners to find; and the lock then."""
    found: dict[Path, bytes] = {}
    for package in released:
        release, wrong = unpack.release(package, made.project.namespace, [each.key for each in made.languages])
        stop_at(wrong)
        for language in made.languages:
            gone = [each for each in of(list(release.notes), language.key) if new.retired(each)]
            if gone:
                new = mend.retold(new, gone, now())
                name = package_name(made.project, language).replace(".apkg", "-retired.apkg")
                found[folder / name] = pack.farewell(gone, of(made.note_types, language.key), new, language.title)
    return found, new


def chosen(project: Project, only: tuple[str, ...], wrong: list[Problem]) -> tuple[Language, ...]:
    """The languages to build."""
    known = [language.key for language in project.languages]
    for key in only:
        if key not in known and not wrong:
            raise click.BadParameter(f"the deck has no language {key!r}, only {', '.join(known)}", param_hint="--lang")
    return tuple(language for language in project.languages if not only or language.key in only)


def of(items: list[Item], language: str) -> list[Item]:
    """Those of `items` that are of the language of that key."""
    return [item for item in items if item.language == language]


def progress(steps: Any, length: int, label: str = "drawing") -> Any:
    """`steps` behind a progress bar, where there is a terminal to show it in."""
    if not length or not sys.stderr.isatty():
        yield from steps
        return
    with click.progressbar(steps, length=length, label=label, file=sys.stderr) as bar:
        yield from bar


def in_order(problems: list[Problem]) -> list[Problem]:
    """Every problem once, in the order of the files."""
    return sorted(set(problems), key=lambda problem: (problem.place, problem.rule))


def stop_at(problems: list[Problem]) -> None:
    """Prints all problems in the order of the files, and exits where one of them is an error."""
    for problem in in_order(problems):
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
    told = os.environ.get("SOURCE_DATE_EPOCH") or str(int(time.time()))
    if not (told.isascii() and told.isdecimal() and 9 <= len(told) <= 10):
        raise click.UsageError(f"SOURCE_DATE_EPOCH is {told!r}: it takes seconds since 1970, or nothing")
    return int(told)


if __name__ == "__main__":
    # What a build makes lives to its end: to look for garbage among it again and again would find none.
    gc.set_threshold(200_000, 100, 100)
    main()
