"""A size -> contenders: what is run, what has to be there before, what it leaves behind."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parent.parent
# Offline, inka2 would ask for a highlighter's style again and again; a port where nobody is refuses at once.
OFFLINE = {"https_proxy": "http://127.0.0.1:9", "http_proxy": "http://127.0.0.1:9"}
PROFILE = (
    "import sys, pathlib; from aqt.profiles import ProfileManager as P; "
    "p = P(pathlib.Path(sys.argv[1])); p.setupMeta(); p.create('bench')"
)


@dataclass(frozen=True, slots=True)
class Contender:
    """A process to measure in `folder`: `prepare` makes its state before each run, `results` finds what it made."""

    name: str
    command: tuple[str, ...]
    folder: Path
    prepare: Callable[[], object] = bool
    results: Callable[[], list[Path]] = list
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Peer:
    """A tool of PyPI: what is installed for it, the oldest Python 3 that it runs on, what a reader has to know."""

    name: str
    requirements: tuple[str, ...]
    minor: int
    remark: str


def peers() -> tuple[Peer, ...]:
    """Yields the tools that turn Markdown into Anki's notes, at pinned versions."""
    no_click = "with the click that pip would take it does no more than print its version; packs no SVG"
    return (
        Peer("markdown-anki-decks", ("markdown-anki-decks==1.1.1", "click==8.1.8"), 8, no_click),
        Peer("md2anki", ("md2anki==3.1.0",), 12, "a syntax error on Python 3.11, so on a newer one"),
        Peer("ankdown", ("ankdown==0.7.1",), 8, "all notes in one deck"),
        Peer("inka2", ("inka2==3.2.2",), 10, "writes into a collection of Anki's, not a package; without network"),
    )


def installed(peer: Peer, home: Path) -> str:
    """Installs a peer into a venv of its own under `home`, once; yields why that failed, or nothing."""
    venv = home / peer.name
    stamp, wanted = venv / "installed.txt", " ".join(peer.requirements)
    if stamp.is_file() and stamp.read_text("utf-8") == wanted:
        return ""
    python = _python(peer.minor)
    if not python:
        return f"needs Python 3.{peer.minor}, which is not on this machine"
    shutil.rmtree(venv, ignore_errors=True)
    subprocess.run([python, "-m", "venv", venv], check=True)
    pip = [str(venv / "bin" / "pip"), "install", "--quiet", "--disable-pip-version-check"]
    done = subprocess.run([*pip, *peer.requirements], capture_output=True, text=True)
    if done.returncode:
        errors = [line for line in done.stderr.splitlines() if "error" in line.lower()]
        return f"does not install: {' '.join(errors[:1])[:160]}"
    stamp.write_text(wanted, "utf-8")
    return ""


def told(peer: Peer, home: Path) -> str:
    """Yields what a reader has to know of an installed peer: its versions, its Python, its ways."""
    settings = (home / peer.name / "pyvenv.cfg").read_text("utf-8")
    python = re.search(r"^version = (\S+)", settings, re.MULTILINE)
    return f"{', '.join(peer.requirements)} on Python {python[1] if python else '3'}: {peer.remark}."


def ours(folder: Path) -> dict[str, Contender]:
    """Yields this tool in its three states on the deck in `folder`, and what one would write instead."""
    package, finished = folder / "dist" / "bench.apkg", folder / "finished"
    build = (sys.executable, str(ROOT / "build.py"), "--root", str(folder))

    def fresh() -> None:
        for name in ("build", "dist"):
            shutil.rmtree(folder / name, ignore_errors=True)
        (folder / "deck.lock").unlink(missing_ok=True)

    def built() -> None:
        if not package.is_file() or not (folder / "deck.lock").is_file():
            subprocess.run(build, check=True, capture_output=True)

    def edited(before: str, again: str) -> Callable[[], None]:
        def edit() -> None:
            built()
            card = folder / "cards" / "0001.md"
            new = again.format(time.time_ns())
            card.write_text(re.sub(before, new, card.read_text("utf-8"), count=1), "utf-8")

        return edit

    def html() -> None:
        built()
        if not finished.is_dir():
            _module("finish", package, finished)

    def module(name: str, source: Path, prepare: Callable[[], object]) -> Contender:
        target = folder / f"{name}.apkg"
        command = (sys.executable, "-m", f"bench.{name}", str(source), str(target))
        return Contender(name, command, folder, prepare, lambda: [target], {"PYTHONPATH": str(ROOT)})

    return {
        "cold": Contender("cold", build, folder, fresh, lambda: [package]),
        "unchanged": Contender("unchanged", build, folder, built, lambda: [package]),
        "edit": Contender(
            "edit", build, folder, edited(r"number 0(, again \d+)?\?", "number 0, again {}?"), lambda: [package]
        ),
        "answer": Contender("answer", build, folder, edited(r"\n- (again \d+ )?", "\n- again {} "), lambda: [package]),
        "floor": module("floor", finished, html),
        "loop": module("loop", folder, bool),
        "click": Contender("click", (sys.executable, "-c", "import click"), folder),
    }


def theirs(peer: Peer, home: Path, folder: Path) -> Contender:
    """Yields a peer on the sources in its dialect in `folder`."""
    programs, cards, out = home / peer.name / "bin", folder / "cards", folder / "out"

    def emptied() -> None:
        shutil.rmtree(out, ignore_errors=True)
        out.mkdir()

    def packages() -> list[Path]:
        return sorted(out.glob("*.apkg"))

    if peer.name == "inka2":
        return _inka2(programs, folder)
    commands = {
        "markdown-anki-decks": ("mdankideck", cards, out),
        "md2anki": ("md2anki", *sorted(cards.glob("*.md")), "-o-anki", out / "all.apkg"),
        "ankdown": ("ankdown", "-r", cards, "-p", out / "all.apkg", "--highlight"),
    }
    program, *rest = map(str, commands[peer.name])
    return Contender(peer.name, (str(programs / program), *rest), folder, emptied, packages)


def figures(folder: Path, count: int) -> dict[str, Contender]:
    """Yields that many stale figures drawn by this tool, and by one process, one after the other."""
    build = ours(folder)["unchanged"]
    serial = (sys.executable, "-m", "bench.draw", str(folder / "figures" / "walk.py"), str(count), str(folder))

    def stale() -> None:
        build.prepare()
        shutil.rmtree(folder / "build" / "figures", ignore_errors=True)

    return {
        "figures": Contender("figures", build.command, folder, stale, build.results),
        "serial": Contender("serial", serial, folder, environment={"PYTHONPATH": str(ROOT)}),
    }


def written(folder: Path, size: int, dialect: str = "deckwright", *, figures: bool = False) -> Path:
    """Writes the made-up deck of a size in a dialect, once; yields its folder."""
    if not folder.is_dir():
        flags = ["--figures"] if figures else []
        _module("deck", folder, "--size", size, "--dialect", dialect, *flags)
    return folder


def _inka2(programs: Path, folder: Path) -> Contender:
    """inka2: it writes into its sources, a collection, and its own installation."""
    anki, sources = folder / "anki", folder / "sources"

    def prepare() -> None:
        for path in (anki, sources):
            shutil.rmtree(path, ignore_errors=True)
        for path in (programs.parent / "lib").glob("python*/site-packages/inka2/hashes.json"):
            path.unlink()
        sources.mkdir()
        for name in ("cards", "pictures"):
            shutil.copytree(folder / name, sources / name)
        anki.mkdir()
        subprocess.run([programs / "python", "-c", PROFILE, anki], check=True, capture_output=True)
        subprocess.run([programs / "inka2", "config", "anki.path", anki], check=True, capture_output=True)

    command = (str(programs / "inka2"), "collect", "--ignore-errors", str(sources / "cards"))
    return Contender("inka2", command, folder, prepare, lambda: [anki / "bench" / "collection.anki2"], OFFLINE)


def _module(name: str, *arguments: object) -> None:
    subprocess.run([sys.executable, "-m", f"bench.{name}", *map(str, arguments)], cwd=ROOT, check=True)


def _python(minor: int) -> str:
    """An interpreter of Python 3.`minor` or newer: this one, or one on the PATH or of pyenv."""
    if sys.version_info >= (3, minor):
        return sys.executable
    names = [f"python3.{each}" for each in range(minor, minor + 4)]
    kept = [str(path) for name in names for path in (Path.home() / ".pyenv" / "versions").glob(f"*/bin/{name}")]
    for path in filter(None, [*map(shutil.which, names), *kept]):
        # What is on the PATH may be a stand-in that only says that it is not there.
        if subprocess.run([path, "-c", ""], capture_output=True).returncode == 0:
            return path
    return ""
