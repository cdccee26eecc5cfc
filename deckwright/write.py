"""Files -> disk: all of them or none, and one build at a time."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from deckwright.model import Place, Problem

_UNFINISHED = ".unfinished"
_PIECE = 1 << 20


def files(contents: Mapping[Path, bytes], root: Path) -> list[Problem]:
    """Writes every file of `contents`, in its order, or none of them; yields why not.

    Each is written beside its place and renamed when all are: whenever the process is killed, a file is whole, old or
    new. A later file may be missing an update that an earlier one has, so the lock comes before the packages.
    """
    ready: list[tuple[Path, Path]] = []
    path = root
    try:
        for path, data in contents.items():
            if path.is_dir():
                raise IsADirectoryError(21, "there is a folder of that name")
            if path.is_file() and _holds(path, data):
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            for left in path.parent.glob(f".{path.name}.*{_UNFINISHED}"):
                left.unlink(missing_ok=True)
            handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=_UNFINISHED, dir=path.parent)
            ready.append((Path(name), path))
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            Path(name).chmod(_mode(path))
        for unfinished, path in ready:
            unfinished.replace(path)
    except OSError as error:
        place = Place(path.relative_to(root).as_posix() if path.is_relative_to(root) else path.as_posix())
        help_ = "make room or make the folder writable, then build again"
        return [Problem(place, "not-written", f"`{path.name}` can't be written: {error.strerror}", help_)]
    finally:
        for unfinished, _ in ready:
            unfinished.unlink(missing_ok=True)
    return []


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Waits until no other build holds `folder`, and holds it; a build that is killed holds it no more.

    Where the folder can't be written, nothing is held: what is to be written will say so.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file = (folder / "build.lock").open("a+b")
    except OSError:
        yield
        return
    with file:
        if sys.platform == "win32":
            import msvcrt

            file.seek(0)
            msvcrt.locking(file.fileno(), msvcrt.LK_LOCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _holds(path: Path, data: bytes) -> bool:
    """Whether a file is these bytes; a large one is not read as a whole."""
    with path.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        return size == len(data) and all(file.read(_PIECE) == data[at : at + _PIECE] for at in range(0, size, _PIECE))


def _mode(path: Path) -> int:
    """The permissions that a file has, or that a new one would have here: mkstemp gives it to its owner alone."""
    if path.exists():
        return path.stat().st_mode & 0o777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask
