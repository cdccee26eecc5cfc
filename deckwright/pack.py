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
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import genanki

from deckwright.identify import guid, identity, note_type_id, part_id
from deckwright.lock import Lock
from deckwright.model import Media, Note, NoteType

_EPOCH = (1980, 1, 1, 0, 0, 0)
_FIELD = {"font": "Arial", "size": 20, "rtl": False, "sticky": False, "media": []}
_TEMPLATE = {"bqfmt": "", "bafmt": "", "bfont": "", "bsize": 0, "did": None}
# SQLite writes its own version here; nobody reads it.
_SQLITE_VERSION = slice(96, 100)


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


class _Note(genanki.Note):
    """A note with its own id, time and cards."""

    def __init__(self, note: Note, model: _Model, lock: Lock) -> None:
        stamp = lock.stamp(note)
        fields, tags = list(note.fields), list(note.tags)
        super().__init__(model, fields, tags=tags, guid=guid(lock.namespace, note.key), due=stamp.position)
        self.stamp, self.ordinals = stamp, note.ordinals

    @property
    def cards(self) -> list[genanki.Card]:
        """The cards that the note was made with: genanki would guess them from the fields."""
        return [genanki.Card(ordinal) for ordinal in self.ordinals]

    def write_to_db(self, cursor: sqlite3.Cursor, timestamp: float, deck_id: int, id_gen: Iterable[int]) -> None:
        """Writes the note as changed when the lock says, its cards with the ids behind its own."""
        born = self.stamp.born
        ids = itertools.chain([born], (born + 1 + ordinal for ordinal in self.ordinals))
        super().write_to_db(cursor, self.stamp.modified, deck_id, ids)


class _Deck(genanki.Deck):
    """A deck whose description Anki shows as it is, without genanki's stray study counts."""

    def to_json(self) -> dict[str, Any]:
        """As Anki reads it."""
        counts = {name: [0, 0] for name in ("newToday", "revToday", "lrnToday", "timeToday")}
        return {**super().to_json(), **counts, "extendRev": 0, "mod": 0}


class _Package(genanki.Package):
    """A package that carries no trace of the clock, the temporary folder or the SQLite that wrote it."""

    def __init__(self, decks: list[_Deck], models: list[_Model], media: Iterable[Media]) -> None:
        super().__init__(decks)
        self.models, self.media = models, sorted(media, key=lambda file: file.name)

    def write_to_db(self, cursor: sqlite3.Cursor, timestamp: float, id_gen: Iterable[int]) -> None:
        """Writes the decks, then the note types once each (genanki writes one a deck)."""
        super().write_to_db(cursor, timestamp, id_gen)
        models = {str(model.model_id): model.to_json(timestamp, self.decks[0].deck_id) for model in self.models}
        cursor.execute("UPDATE col SET models = ?", (json.dumps(models, ensure_ascii=False),))

    def write_to_file(self, file: Any, timestamp: float | None = None) -> None:
        """Writes the zip: entries in order, dated alike, deflated."""
        with zipfile.ZipFile(file, "w") as archive:
            names = {str(number): media.name for number, media in enumerate(self.media)}
            _add(archive, "collection.anki2", self._database())
            _add(archive, "media", json.dumps(names).encode())
            for number, media in enumerate(self.media):
                _add(archive, str(number), media.path.read_bytes())

    def _database(self) -> bytes:
        """The collection as SQLite's file, vacuumed: its pages then lie the same whatever was done before."""
        with tempfile.TemporaryDirectory(prefix="deckwright-") as folder:
            path = Path(folder) / "collection.anki2"
            connection = sqlite3.connect(path)
            self.write_to_db(connection.cursor(), 0.0, itertools.count(1))
            connection.commit()
            connection.execute("VACUUM")
            connection.close()
            data = bytearray(path.read_bytes())
        data[_SQLITE_VERSION] = bytes(4)
        return bytes(data)


def package(
    notes: list[Note], note_types: Iterable[NoteType], descriptions: Mapping[str, str], lock: Lock, top: str
) -> bytes:
    """Yields the .apkg of one language: `notes` in their decks under the deck `top`, with their pictures."""
    models = {note_type.kind: _Model(note_type, lock) for note_type in note_types}
    decks: dict[str, _Deck] = {}
    for name in dict.fromkeys([top, *(note.deck for note in notes)]):
        decks[name] = _Deck(identity("deck", lock.namespace, name), name, descriptions.get(name, ""))
    for note in notes:
        decks[note.deck].add_note(_Note(note, models[note.kind], lock))
    media = {file.name: file for note in notes for file in note.media}
    written = io.BytesIO()
    _Package(list(decks.values()), list(models.values()), media.values()).write_to_file(written)
    return written.getvalue()


def farewell(notes: Iterable[Note], note_types: Iterable[NoteType], lock: Lock, top: str) -> bytes:
    """Yields an .apkg of notes that are gone, without cards or pictures: learners who have them get a tag to find them.

    It is no part of the main package: there it would give new learners notes without cards.
    """
    tag = f"{lock.namespace}::retired"
    tagged = [replace(note, deck=top, ordinals=(), media=(), tags=(*note.tags, tag)) for note in notes]
    return package(tagged, note_types, {}, lock, top)


def _add(archive: zipfile.ZipFile, name: str, data: bytes) -> None:
    entry = zipfile.ZipInfo(name, _EPOCH)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = 0o644 << 16
    archive.writestr(entry, data, compresslevel=6)
