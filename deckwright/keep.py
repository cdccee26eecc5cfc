"""What was finished before -> a file under build/, and back: what has not changed is not made again.

The file may be deleted at any time; what it holds is what would be made without it, or it is not used.
"""

from __future__ import annotations

import hashlib
import marshal
import sqlite3
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any


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

    def put(self, things: Mapping[str, tuple[str, Any]], names: Iterable[str] | None = None) -> None:
        """Keeps `things` (digest and plain data, by name), and of the others all, or those of `names`.

        Plain data are None, numbers, strings, bytes, and tuples, lists and dicts of these.
        """
        if not self.connection:
            return
        rows = []
        for name, (made, thing) in things.items():
            data = marshal.dumps(thing)
            rows.append((name, made, _checksum(name, made, data), data))
        with suppress(sqlite3.Error):
            if names is not None:
                there = {name for (name,) in self.connection.execute("SELECT name FROM kept")}
                self.connection.executemany("DELETE FROM kept WHERE name = ?", [(name,) for name in there - set(names)])
            self.connection.executemany("INSERT OR REPLACE INTO kept VALUES (?, ?, ?, ?)", rows)
            self.connection.commit()


def shelf(path: Path, mark: str) -> Shelf:
    """Yields the shelf at `path`; an empty one where other makers (by `mark`), or nobody, filled it."""
    for _ in (1, 2):
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            connection = sqlite3.connect(path, timeout=1)
            # Whoever loses what is here makes it again: it need not outlive a power cut.
            connection.execute("PRAGMA synchronous = OFF")
            connection.execute("CREATE TABLE IF NOT EXISTS mark (mark TEXT)")
            if connection.execute("SELECT mark FROM mark").fetchall() != [(mark,)]:
                connection.execute("DROP TABLE IF EXISTS kept")
                connection.execute("DELETE FROM mark")
                connection.execute("INSERT INTO mark VALUES (?)", [mark])
                connection.execute("CREATE TABLE kept (name TEXT PRIMARY KEY, made TEXT, sum TEXT, data BLOB)")
                connection.commit()
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
