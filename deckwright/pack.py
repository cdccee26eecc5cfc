"""Notes + note types + stamps -> .apkg, by genanki; the same bytes from the same things.

genanki stamps everything with one time and a random-looking id, guesses which cards a note has, and lets zipfile
write the clock. Its public classes are subclassed here so that each note keeps its own time, id and cards.
"""

from __future__ import annotations

import io
import itertools
import json
import sqlite3
import tempfile
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any, Literal

from deckwright import put_off
from deckwright.identify import guid, identity, note_type_id, part_id
from deckwright.keep import NOWHERE, Shelf
from deckwright.lock import Lock
from deckwright.model import Note, NoteType
from deckwright.squeeze import Blocks

# What genanki takes these along for, no deck of ours asks of it, and they take longer to import than itself.
with put_off("asyncio", "chevron", "yaml"):
    import genanki

_EPOCH = (1980, 1, 1, 0, 0, 0)
_FIELD = {"font": "Arial", "size": 20, "rtl": False, "sticky": False, "media": []}
_TEMPLATE = {"bqfmt": "", "bafmt": "", "bfont": "", "bsize": 0, "did": None}
_CARDS = "INSERT INTO cards VALUES (?, ?, ?, ?, ?, -1, 0, 0, ?, 0, 0, 0, 0, 0, 0, 0, 0, '')"
# SQLite writes its own version here; nobody reads it.
_SQLITE_VERSION = 96
_PIECE = 1 << 20


class _Model(genanki.Model):
    """A note type with its own time, and ids on fields and templates, by which Anki knows them after a rename."""

    def __init__(self, note_type: NoteType, lock: Lock) -> None:
        def named(what: Literal["field", "template"], name: str, number: int) -> dict[str, Any]:
            return {"name": name, "id": part_id(what, lock.namespace, note_type.key, name), "ord": number}

        super().__init__(
            note_type_id(lock.namespace, note_type.key, lock.generation(note_type.key)),
            note_type.name,
            [{**named("field", name, i), **_FIELD} for i, name in enumerate(note_type.fields)],
            [
                {**named("template", side.name, i), "qfmt": side.front, "afmt": side.back, **_TEMPLATE}
                for i, side in enumerate(note_type.templates)
            ],
            css=note_type.css,
            model_type=self.CLOZE if note_type.kind == "cloze" else self.FRONT_BACK,
        )
        self.modified = lock.stamp(note_type).modified

    def to_json(self, timestamp: float, deck_id: int) -> dict[str, Any]:
        """As Anki reads it; `req` is left to Anki, which reckons it itself."""
        return {
            "id": self.model_id,
            "name": self.name,
            "type": self.model_type,
            "mod": self.modified,
            "usn": -1,
            "sortf": 0,
            "did": deck_id,
            "flds": self.fields,
            "tmpls": self.templates,
            "css": self.css,
            "latexPre": self.latex_pre,
            "latexPost": self.latex_post,
            "latexsvg": False,
            "req": [],
            "tags": [],
            "vers": [],
        }


class _Deck(genanki.Deck):
    """A deck whose description Anki shows as it is, without genanki's stray study counts."""

    def to_json(self) -> dict[str, Any]:
        """As Anki reads it."""
        counts = {name: [0, 0] for name in ("newToday", "revToday", "lrnToday", "timeToday")}
        return {**super().to_json(), **counts, "extendRev": 0, "mod": 0}


class _Package(genanki.Package):
    """A package that carries no trace of the clock, the temporary folder or the SQLite that wrote it.

    Its notes have their own times, ids and cards. They are written all at once: genanki would look each field over for
    broken HTML, and read and write all note types anew for each deck.
    """

    def __init__(self, decks: Mapping[str, _Deck], models: Mapping[str, _Model], notes: list[Note], lock: Lock) -> None:
        super().__init__([])
        self.by_name, self.by_kind, self.lock = decks, models, lock
        self.notes = sorted(((lock.stamp(note), note) for note in notes), key=lambda pair: pair[0].born)

    def write_to_db(self, cursor: sqlite3.Cursor, timestamp: float, id_gen: Iterable[int]) -> None:
        """Writes everything in the order of its ids, and what finds it at the end: so no page is filled by half."""
        super().write_to_db(cursor, timestamp, id_gen)
        found = cursor.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
        ).fetchall()
        cursor.executescript("; ".join(f"DROP INDEX {name}" for name, _ in found))
        cursor.executemany("INSERT INTO notes VALUES (?, ?, ?, ?, -1, ?, ?, ?, 0, 0, '')", self._rows())
        cursor.executemany(_CARDS, self._cards())
        cursor.executescript("; ".join(sql for _, sql in found))
        decks = json.loads(cursor.execute("SELECT decks FROM col").fetchone()[0])
        first, whole = next(iter(self.by_name.values())), self.by_name.values()
        decks |= {str(deck.deck_id): deck.to_json() for deck in whole}
        models = {str(model.model_id): model.to_json(timestamp, first.deck_id) for model in self.by_kind.values()}
        told = (json.dumps(decks), json.dumps(models, ensure_ascii=False))
        cursor.execute("UPDATE col SET decks = ?, models = ?", told)

    def _rows(self) -> Iterator[tuple[object, ...]]:
        for stamp, note in self.notes:
            model, fields = self.by_kind[note.kind].model_id, tuple(note.fields)
            name, tags = guid(self.lock.namespace, note.key), f" {' '.join(note.tags)} "
            yield stamp.born, name, model, stamp.modified, tags, "\x1f".join(fields), fields[0]

    def _cards(self) -> Iterator[tuple[object, ...]]:
        for stamp, note in self.notes:
            deck = self.by_name[note.deck].deck_id
            for place, ordinal in enumerate(note.ordinals, 1):
                yield stamp.born + place, stamp.born, deck, ordinal, stamp.modified, stamp.position

    def write_to_file(self, file: Any, timestamp: float | None = None) -> None:
        """Writes the collection as SQLite's file at the path `file`."""
        with closing(sqlite3.connect(file)) as connection:
            # Nobody reads it before it is whole.
            connection.executescript(
                "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA locking_mode = EXCLUSIVE"
            )
            self.write_to_db(connection.cursor(), 0.0, itertools.count(1))
            connection.commit()
        with Path(file).open("r+b") as written:
            written.seek(_SQLITE_VERSION)
            written.write(bytes(4))


def package(
    notes: list[Note],
    note_types: Iterable[NoteType],
    descriptions: Mapping[str, str],
    lock: Lock,
    top: str,
    shelf: Shelf = NOWHERE,
) -> bytes:
    """Yields the .apkg of one language: `notes` in their decks under the deck `top`, with their pictures.

    Blocks of the package of that name that are on the `shelf` need not be deflated again.
    """
    models: dict[str, _Model] = {note_type.kind: _Model(note_type, lock) for note_type in note_types}
    decks: dict[str, _Deck] = {}
    for name in dict.fromkeys([top, *(note.deck for note in notes)]):
        decks[name] = _Deck(identity("deck", lock.namespace, name), name, descriptions.get(name, ""))
    media = sorted({file.name: file for note in notes for file in note.media}.values(), key=lambda file: file.name)
    names = {str(number): file.name for number, file in enumerate(media)}
    written = io.BytesIO()
    with tempfile.TemporaryDirectory(prefix="deckwright-") as folder, zipfile.ZipFile(written, "w") as archive:
        collection = Path(folder) / "collection.anki2"
        _Package(decks, models, notes, lock).write_to_file(collection)
        with collection.open("rb") as file:
            # Piece by piece: of many notes it is the largest thing that there is.
            pieces = iter(lambda: file.read(_PIECE), b"")
            _add(archive, collection.name, pieces, Blocks(shelf, top))
        _add(archive, "media", [json.dumps(names).encode()])
        for number, each in enumerate(media):
            _add(archive, str(number), [each.path.read_bytes()])
    return written.getvalue()


def farewell(notes: Iterable[Note], note_types: Iterable[NoteType], lock: Lock, top: str) -> bytes:
    """Yields an .apkg of notes that are gone, without cards or pictures: learners who have them get a tag to find them.

    It is no part of the main package: there it would give new learners notes without cards.
    """
    tag = f"{lock.namespace}::retired"
    tagged = [note._replace(deck=top, ordinals=(), media=(), tags=(*note.tags, tag)) for note in notes]
    return package(tagged, note_types, {}, lock, top)


def _add(archive: zipfile.ZipFile, name: str, pieces: Iterable[bytes], blocks: Blocks | None = None) -> None:
    """Adds an entry, dated and deflated as every other is."""
    entry = zipfile.ZipInfo(name, _EPOCH)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = 0o644 << 16
    if blocks is None:
        archive.writestr(entry, b"".join(pieces), compresslevel=6)
        return
    with archive.open(entry, "w") as file:
        # zipfile has no open door for another compressor; one day without this one, its own takes a little longer.
        setattr(file, "_compressor", blocks)  # noqa: B010
        for piece in pieces:
            file.write(piece)
