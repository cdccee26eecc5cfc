"""A deck's folders and files -> a sign at every save, by watchfiles."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from watchfiles import watch

# Milliseconds: a burst of saves counts as one, which ends by a quiet moment; and how often what no watch tells is seen.
_LONGEST, _QUIET, _GLANCE = 400, 10, 250


def saves(folders: Iterable[Path], files: Iterable[Path]) -> Iterator[None]:
    """Yields once at the start, and again whenever something in `folders`, or one of `files`, was saved or deleted.

    What is saved while the caller works is not missed. A folder that is not there yet, or that is deleted and made
    again, is watched as soon as it is there. Only KeyboardInterrupt ends it.
    """
    folders, files = tuple(folders), tuple(files)
    while True:
        there, seen, owed = _there(folders), _stamps(files), True
        for changed in _changes(there):
            # The system watches a folder itself, not its name: another one of that name needs another watch.
            if _there(folders) != there:
                break
            before, seen = seen, _stamps(files)
            if owed or changed or before != seen:
                yield
            owed = False


def _changes(there: tuple[tuple[Path, int], ...]) -> Iterator[bool]:
    """Yields at every change in folders that are there, with True, and at every glance in between."""
    folders = [path for path, _ in there]
    while not folders:
        time.sleep(_GLANCE / 1000)
        yield False
    try:
        for changes in watch(
            *folders, debounce=_LONGEST, step=_QUIET, rust_timeout=_GLANCE, yield_on_timeout=True, debug=False
        ):
            yield bool(changes)
    except FileNotFoundError:
        # Deleted since it was looked for: the caller looks again.
        yield False


def _there(folders: Iterable[Path]) -> tuple[tuple[Path, int], ...]:
    """Those of `folders` that are there, each with what tells it from another of its name."""
    return tuple((path, stamp[0]) for path, stamp in zip(folders, _stamps(folders), strict=True) if path.is_dir())


def _stamps(paths: Iterable[Path]) -> tuple[tuple[int, int, int], ...]:
    """What tells a file from what it was, or from another of its name; zeros for one that is not there."""
    found = []
    for path in paths:
        try:
            status = path.stat()
            found.append((status.st_ino, status.st_mtime_ns, status.st_size))
        except OSError:
            found.append((0, 0, 0))
    return tuple(found)
