"""All that a build depends on -> a digest; and what the last one of that digest made and said.

So nothing is done where nothing would change. Every file is read: what a clock says of it proves nothing.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_FOLDERS = ("cards", "templates", "figures")
# Seconds by which a file system may be late to tell that a file was touched.
_GRAIN = 0.02
_MAKERS = ("markdown-", "pymdown_extensions-", "pygments-", "jinja2-", "markupsafe-", "genanki-")


@dataclass(frozen=True, slots=True)
class Last:
    """A build that went well: the files that it read outside the deck's folders, and those that it left.

    `said` are its warnings; `told` is a line for each package, as the next build has it that changes nothing.
    """

    read: Sequence[str]
    left: Sequence[str]
    said: Sequence[str]
    told: Sequence[str]


@dataclass(frozen=True, slots=True)
class Looked:
    """What the deck's files were at a first look: the digest of all, with that of `read`."""

    read: Sequence[str]
    inputs: str


def last(root: Path, question: str, at: int) -> tuple[Last | None, Looked | None]:
    """Yields the last build that answered `question` (a command with its options), if another would be as it was.

    `at` is the time of now: a build of a later one (a clock was set back) might have said something else. Also yields
    what was seen of the deck's files, if one had to look.
    """
    looked = None
    try:
        found = json.loads(_path(root, question).read_bytes())
        known = Last(*(found[name] for name in Last.__slots__))
        looked = Looked(known.read, _inputs(root, known.read))
        left = [_digest(Path(path).read_bytes()) for path in known.left]
        drawn = _drawn(root)
        there = all(os.path.exists(path) for path in known.read if path.startswith(drawn))
        if there and found["at"] <= at and found["outputs"] == left and found["inputs"] == looked.inputs:
            return known, looked
    except (OSError, ValueError, KeyError, TypeError):
        pass
    return None, looked


def keep(
    root: Path, question: str, began: float, at: int, made: Last, left: Iterable[bytes], looked: Looked | None
) -> None:
    """Keeps what a build made that began at `began` (seconds since 1970), for the next; `left` is what its files hold.

    What was touched since it began may not be what it read: then the next one is made in full, and kept. What was not,
    is what it was at the first look, if there was one.
    """
    try:
        drawn = _drawn(root)
        files = (path for path in _read(root, made.read) if not path.startswith(drawn))
        if any(_touched(path) > began - _GRAIN for path in files):
            return
        told = {name: getattr(made, name) for name in Last.__slots__}
        seen = looked.inputs if looked and looked.read == made.read else _inputs(root, made.read)
        path = _path(root, question)
        path.parent.mkdir(parents=True, exist_ok=True)
        # What is cut off in the middle cannot be read, and is as good as none.
        known = {"at": at, "inputs": seen, "outputs": list(map(_digest, left)), **told}
        path.write_text(json.dumps(known), "utf-8")
    except OSError:
        return


def stamp() -> str:
    """Yields a digest of all that makes a deck of its sources: this tool, and the versions of what it works with."""
    digest = hashlib.sha256(sys.version.encode())
    here = Path(__file__).parent
    for path in sorted([*here.glob("*.py"), *here.glob("*.txt"), here.parent / "build.py"]):
        with suppress(OSError):
            digest.update(path.read_bytes())
    for folder in map(Path, sys.path):
        if folder.name in ("site-packages", "dist-packages") and folder.is_dir():
            found = [name for name in os.listdir(folder) if name.lower().startswith(_MAKERS)]
            digest.update(repr(sorted(found)).encode())
    return digest.hexdigest()


def _path(root: Path, question: str) -> Path:
    return root / "build" / f"last-{hashlib.sha256(question.encode()).hexdigest()[:12]}.json"


def _inputs(root: Path, others: Iterable[str]) -> str:
    """The digest of the tool, of git, of every file of the deck's folders and of the `others`."""
    digest = hashlib.sha256(stamp().encode() + _commit(root))
    drawn = _drawn(root)
    for path in _read(root, others):
        digest.update(f"\0{path}\0".encode())
        if path.startswith(drawn):
            continue
        with suppress(OSError), open(path, "rb") as file:
            digest.update(file.read())
    return digest.hexdigest()


def _drawn(root: Path) -> str:
    """Where drawn pictures lie, whose names say what they were drawn from: they need only be there."""
    return os.path.join(root, "build", "")


def _read(root: Path, others: Iterable[str]) -> Iterable[str]:
    yield os.path.join(root, "pyproject.toml")
    for name in _FOLDERS:
        yield from _within(os.path.join(root, name))
    yield from others


def _within(folder: str) -> Iterable[str]:
    """Every file in a folder, in order."""
    for path, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if name != "__pycache__")
        yield from (os.path.join(path, name) for name in sorted(names))


def _touched(path: str) -> float:
    """When a file was last touched, in seconds since 1970; one that is not there was long ago."""
    try:
        return os.stat(path).st_ctime
    except FileNotFoundError:
        return 0


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _commit(root: Path) -> bytes:
    """What tells the commit that is checked out, and a merge that goes on: `recall` asks git for both."""
    home = next((folder / ".git" for folder in (root, *root.parents) if (folder / ".git").exists()), None)
    if home is None:
        return b""
    if home.is_file():
        home = home.parent / home.read_text("utf-8").removeprefix("gitdir:").strip()
    shared = home / _text(home / "commondir").strip()
    head = _text(home / "HEAD")
    reference = head.removeprefix("ref:").strip()
    told = [head, _text(home / "MERGE_HEAD"), _text(shared / reference) or _text(shared / "packed-refs")]
    return "\0".join(told).encode()


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, ValueError):
        return ""
