"""What was finished before -> a file under build/, and back: what has not changed is not made again.

The file may be deleted at any time; what it holds is what would be made without it, or it is not used.
"""

from __future__ import annotations

import hashlib
import marshal
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, overload

# As it lies on the shelf: its name, the digest of what it was made from, a checksum, and itself as bytes.
Row = tuple[str, str, str, bytes]


class GoneError(Exception):
    """What was left on the shelf is there no more, and cannot be made again: another build has put what it made of
    later sources."""


@dataclass(frozen=True, slots=True)
class Shelf:
    """A file of finished things, each by a name, with the digest of what it was made from; `mark` tells by whom."""

    mark: str
    connection: sqlite3.Connection | None

    def take(self, name: str) -> tuple[str, Any]:
        """Yields the digest and the thing of that name; an empty digest where there is none, or none that is whole."""
        try:
            row = self.connection and self.connection.execute("SELECT made, sum, data FROM kept WHERE name = ?", [name])
            made, checksum, data = (row and row.fetchone()) or ("", "", b"")
            if made and checksum == _checksum(name, made, data):
                return str(made), marshal.loads(data)
        except (sqlite3.Error, ValueError, EOFError, TypeError):
            pass
        return "", None

    def names(self) -> set[str]:
        """Yields the names of all things on it."""
        try:
            return {name for (name,) in self.connection.execute("SELECT name FROM kept")} if self.connection else set()
        except sqlite3.Error:
            return set()

    def put(self, rows: Iterable[Row], gone: Iterable[str] = ()) -> bool:
        """Puts `rows` there and takes the things named `gone` away; yields whether that went well."""
        if not self.connection:
            return False
        try:
            self.connection.execute("BEGIN")
            self.connection.executemany("DELETE FROM kept WHERE name = ?", ((name,) for name in gone))
            self.connection.executemany("INSERT OR REPLACE INTO kept VALUES (?, ?, ?, ?)", rows)
            self.connection.execute("COMMIT")
        except sqlite3.Error:
            with suppress(sqlite3.Error):
                self.connection.execute("ROLLBACK")
            return False
        return True


# Where nothing is kept.
NOWHERE = Shelf("", None)


class Shelved(Sequence[str]):
    """Strings that stay on the shelf until they are asked for: of many notes, fields are most of what there is."""

    __slots__ = ("_load", "_name", "_number")

    def __init__(self, load: Callable[[str], Sequence[Sequence[str]]], name: str, number: int) -> None:
        """They are those of that number among the many that `load` yields for the name."""
        self._load, self._name, self._number = load, name, number

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[str]: ...
    def __getitem__(self, index: int | slice) -> str | Sequence[str]:
        return self._load(self._name)[self._number][index]

    def __len__(self) -> int:
        return len(self._load(self._name)[self._number])

    def __iter__(self) -> Iterator[str]:
        return iter(self._load(self._name)[self._number])

    def __eq__(self, other: object) -> bool:
        return tuple(self) == (tuple(other) if isinstance(other, Shelved) else other)

    def __hash__(self) -> int:
        return hash(tuple(self))


def row(name: str, made: str, thing: Any) -> Row:
    """Yields a thing as it lies on a shelf: plain data, which are None, numbers, strings, bytes, and tuples, lists and
    dicts of these."""
    data = marshal.dumps(thing)
    return name, made, _checksum(name, made, data), data


def thing(row: Row) -> Any:
    """The reverse of `row`."""
    return marshal.loads(row[3])


def shelf(path: Path, mark: str) -> Shelf:
    """Yields the shelf at `path`; an empty one where other makers (by `mark`), or nobody, filled it."""
    for _ in (1, 2):
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            connection = sqlite3.connect(path, timeout=1, isolation_level=None)
            # Whoever loses what is here makes it again: it need not outlive a power cut.
            connection.execute("PRAGMA synchronous = OFF")
            connection.execute("CREATE TABLE IF NOT EXISTS mark (mark TEXT)")
            if connection.execute("SELECT mark FROM mark").fetchall() != [(mark,)]:
                connection.execute("BEGIN")
                connection.execute("DROP TABLE IF EXISTS kept")
                connection.execute("DELETE FROM mark")
                connection.execute("INSERT INTO mark VALUES (?)", [mark])
                connection.execute("CREATE TABLE kept (name TEXT PRIMARY KEY, made TEXT, sum TEXT, data BLOB)")
                connection.execute("COMMIT")
            return Shelf(mark, connection)
        except sqlite3.OperationalError:
            break
        except sqlite3.Error:
            with suppress(OSError):
                path.unlink()
        except OSError:
            break
    return Shelf(mark, None)


def _checksum(name: str, made: str, data: bytes) -> str:
    return hashlib.sha256(f"{name}\0{made}\0".encode() + data).hexdigest()
