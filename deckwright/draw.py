"""Pictures named on cards -> files to pack: figure scripts run, for light and for dark, and plain files taken along.

What a picture shows depends on its script, on the shared `_` files it uses and on its arguments. The hash of these
(not of the picture's bytes, which another matplotlib may change) is in its name, and finished pictures are kept.
"""

from __future__ import annotations

import hashlib
import io
import os
import re
import sys
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deckwright import digest, spread
from deckwright.digest import Scripts
from deckwright.model import THEMES, Image, ImageKey, Media, Picture, Place, Problem, Project, Sheet
from deckwright.read import line

_WORDS = {"yes": True, "true": True, "no": False, "false": False}


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure script with its arguments: the image that asked for it first, and the two files it becomes."""

    image: Image
    picture: Picture

    @property
    def stale(self) -> bool:
        """Whether it has to be drawn."""
        return not all(media.path.is_file() for media in (self.picture.light, self.picture.dark) if media)


@dataclass(frozen=True, slots=True)
class _Failure:
    """What went wrong in a worker: at a line of a script, or (line 0) in the arguments on the card."""

    rule: str
    message: str
    path: str = ""
    line: int = 0


def named(project: Project, scripts: Scripts, images: Iterable[Image]) -> list[tuple[Image, Picture]]:
    """Yields the picture of every image that names a file, each once, by name: whether it is drawn yet or not."""
    found: dict[ImageKey, tuple[Image, Picture]] = {}
    for image in images:
        if image.key not in found and (picture := _picture(project, scripts, image)):
            found[image.key] = (image, picture)
    return list(found.values())


def figures(sheets: Iterable[Sheet]) -> list[Figure]:
    """Yields every figure that the cards of `sheets` show, once for each script and arguments."""
    found = {image.key: Figure(image, picture) for sheet in sheets for image, picture in sheet.pictures if image.drawn}
    return list(found.values())


def drawn(project: Project, stale: list[Figure]) -> Iterator[list[Problem]]:
    """Draws each of `stale` in processes of their own; yields, as each is done, what is wrong with it."""
    if not stale:
        return
    from concurrent.futures import as_completed
    from concurrent.futures.process import BrokenProcessPool

    try:
        (project.cache / "figures").mkdir(parents=True, exist_ok=True)
    except OSError as error:
        message = f"pictures can't be kept there: {error.strerror}"
        place = Place(project.name(project.cache / "figures"))
        yield [Problem(place, "not-written", message, "make the folder writable, or delete what is in its way")]
        return
    died: list[Figure] = []
    with spread.workers(len(stale)) as pool:
        asked = {pool.submit(_draw, str(project.figures), figure): figure for figure in stale}
        for future in as_completed(asked):
            try:
                yield _problems(project, asked[future].image, future.result())
            except BrokenProcessPool:
                died.append(asked[future])
    # One that dies takes those beside it along: each alone, to see which it was.
    for figure in died:
        with spread.workers(1) as pool:
            try:
                failure = pool.submit(_draw, str(project.figures), figure).result()
            except BrokenProcessPool:
                failure = _Failure("failing-figure", "the process that drew it died", str(figure.image.path), 1)
            yield _problems(project, figure.image, failure)


def clashes(project: Project, sheets: Iterable[Sheet]) -> Iterator[Problem]:
    """Yields a problem for two files that would have one name."""
    sources: dict[tuple[str, str], Path] = {}
    for sheet in sheets:
        for image, picture in sheet.pictures:
            first = sources.setdefault((sheet.language, picture.light.name), image.path)
            if first != image.path:
                message = f"this picture and `{project.name(first)}` would both be packed as `{picture.light.name}`"
                help_ = "they are one picture twice: keep one file and name it on both cards"
                yield Problem(image.place, "one-name", message, help_, len(image.source))


def _picture(project: Project, scripts: Scripts, image: Image) -> Picture | None:
    """What stands for an image; nothing for one that names no file, or a script that may not be run."""
    if image.drawn:
        if not _ours(project, image.path):
            return None
        inputs = digest.picture(scripts, *image.key)
        stem = f"{project.namespace}-{_plain(image.path.stem)}-{inputs}"
        folder = project.cache / "figures"
        return Picture(*(Media(f"{stem}-{theme}.svg", folder / f"{stem}-{theme}.svg") for theme in THEMES))
    try:
        own = hashlib.sha256(image.path.read_bytes()).hexdigest()[:12]
    except OSError:
        return None
    name = f"{project.namespace}-{_plain(image.path.stem)}-{own}{image.path.suffix.lower()}"
    return Picture(Media(name, image.path))


def _ours(project: Project, script: Path) -> bool:
    """Whether a script may be run: one that is there, under figures/."""
    return script.is_file() and script.is_relative_to(project.figures)


def _plain(stem: str) -> str:
    """A stem as Anki's media folder likes it: Anki 26 overwrites a learner's own file whose name has a capital."""
    return re.sub(r"[^a-z0-9]+", "-", stem.lower()).strip("-")[:40] or "picture"


def _draw(folder: str, figure: Figure) -> _Failure | None:
    """Runs in a worker: draws one figure in both themes into its files, or tells what went wrong."""
    import inspect
    import runpy

    import matplotlib
    import matplotlib.backends.backend_svg  # before a script of the name of a module can stand in its way
    from matplotlib.figure import Figure as Canvas

    sys.path[:] = [folder, *(entry for entry in sys.path if entry != folder)]
    # Neither the author's own matplotlibrc nor what another script set may show.
    matplotlib.rcdefaults()
    arguments = {name: _value(value) for name, value in figure.image.arguments}
    try:
        script = runpy.run_path(str(figure.image.path))
        styled = (Path(folder) / "_style.py").is_file()
        style: Callable[[str], Any] | None = getattr(__import__("_style"), "rc", None) if styled else _plain_style
        if style is None:
            return _Failure("no-style", "the style has no function `rc(theme)`", str(Path(folder) / "_style.py"), 1)
        draw = script.get("draw")
        if not callable(draw):
            return _Failure("no-draw", "the script has no function `draw(fig)`", str(figure.image.path), 1)
        needed = _needed(inspect.signature(draw).parameters)
        if needed:
            message = f"`draw` needs {needed}, which no card gives: give it a default"
            return _Failure("failing-figure", message, str(figure.image.path), 1)
        try:
            inspect.signature(draw).bind(None, **arguments)
        except TypeError:
            takes = [f"`{name}`" for name in list(inspect.signature(draw).parameters)[1:]]
            given = ", ".join(f"`{name}={value}`" for name, value in figure.image.arguments) or "no argument"
            return _Failure("unknown-argument", f"{given}: the script takes {', '.join(takes) or 'none'}")
        for theme, media in zip(THEMES, (figure.picture.light, figure.picture.dark), strict=True):
            assert media
            # Anew for each theme: a generator of random numbers in it would go on where light had left it.
            draw = runpy.run_path(str(figure.image.path))["draw"] if theme == "dark" else draw
            with matplotlib.rc_context(style(theme)):
                canvas = Canvas()
                draw(canvas, **arguments)
                if len(canvas.get_children()) == 1:
                    message = "`draw` drew nothing on the figure that it was given (pyplot draws on another)"
                    return _Failure("failing-figure", message, str(figure.image.path), 1)
                finished = io.BytesIO()
                canvas.savefig(finished, format="svg", metadata={"Date": None, "Creator": None})
                unfinished = media.path.with_suffix(f".{os.getpid()}.tmp")
                unfinished.write_bytes(finished.getvalue())
                unfinished.replace(media.path)
    except BaseException as error:
        return _failure(error, folder, str(figure.image.path))
    return None


def _plain_style(theme: str) -> dict[Any, Any]:
    """For a deck without `_style.py`: legible lines on a light or on a dark card."""
    ink = "#1f2328" if theme == "light" else "#e6e8eb"
    inks = ("text.color", "axes.edgecolor", "axes.labelcolor", "xtick.color", "ytick.color")
    return {
        **dict.fromkeys(inks, ink),
        "axes.facecolor": "none",
        "savefig.facecolor": "none",
        "figure.figsize": (3.6, 2.7),
        "svg.fonttype": "path",
        "svg.hashsalt": "deckwright",
    }


def _value(word: str) -> bool | int | float | str:
    """An argument as the script is given it: yes and no, numbers, or the word."""
    if word.lower() in _WORDS:
        return _WORDS[word.lower()]
    for number in (int, float):
        try:
            return number(word)
        except ValueError:
            continue
    return word


def _failure(error: BaseException, folder: str, script: str) -> _Failure:
    """What the author of a script needs of a traceback: the last line of theirs in it."""
    message = f"{type(error).__name__}: {error}".strip().removesuffix(":")
    if isinstance(error, SyntaxError) and error.filename and error.filename.startswith(folder):
        return _Failure("failing-figure", f"SyntaxError: {error.msg}", error.filename, error.lineno or 1)
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if frame.filename.startswith(folder) or frame.filename == script]
    path, line = (own[-1].filename, own[-1].lineno or 1) if own else (script, 1)
    return _Failure("failing-figure", message, path, line)


def _needed(parameters: Mapping[str, Any]) -> str:
    """The parameters of a `draw`, after the figure, that have no default."""
    rest = list(parameters.values())[1:]
    return ", ".join(f"`{one.name}`" for one in rest if one.default is one.empty and one.kind not in (2, 4))


def _problems(project: Project, image: Image, failure: _Failure | None) -> list[Problem]:
    return [] if failure is None else [_problem(project, image, failure)]


def _problem(project: Project, image: Image, failure: _Failure) -> Problem:
    if not failure.line:
        help_ = "mend the name after `?`, or add the argument to the script's `draw`"
        return Problem(image.place, failure.rule, failure.message, help_, len(image.source))
    path = Path(failure.path)
    text = line(path, failure.line)
    column = len(text) - len(text.lstrip()) + 1
    place = Place(project.name(path), failure.line, column, text)
    help_ = f"mend the script; it was drawn for {image.place}"
    return Problem(place, failure.rule, failure.message, help_, max(1, len(text.strip())))
