""".apkg -> the notes, note types and stamps that it was packed from."""

from __future__ import annotations

import json
import re
import sqlite3
import tempfile
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from deckwright.identify import guid, note_type_id
from deckwright.model import FIELDS, Kind, Media, Note, NoteType, Place, Problem, Stamp, Template

_PICTURE = re.compile(r'src="([^"]+)"')
# As many schema changes as a deck may have behind it for its packages to be known.
_GENERATIONS = 20
_HELP = "name a package that this deck's build made"


@dataclass(frozen=True, slots=True)
class Release:
    """What learners were given: the notes and note types of a package, and the stamps they carry, by what and key."""

    notes: tuple[Note, ...]
    note_types: tuple[NoteType, ...]
    stamps: dict[tuple[str, str], Stamp]
    generations: dict[str, int] = field(default_factory=dict)


def release(path: Path, namespace: str, languages: Iterable[str]) -> tuple[Release, list[Problem]]:
    """Yields the release in the package at `path`, and problems where it is none or holds notes that are not ours.

    Pictures are named only: they stay in the package.
    """
    place = Place(path.name)
    nothing = Release((), (), {})
    try:
        with zipfile.ZipFile(path) as archive, tempfile.TemporaryDirectory(prefix="deckwright-") as folder:
            archive.extract("collection.anki2", folder)
            connection = sqlite3.connect(Path(folder) / "collection.anki2")
            try:
                return _release(connection, place, namespace, list(languages))
            finally:
                connection.close()
    except (OSError, KeyError, ValueError, zipfile.BadZipFile, sqlite3.DatabaseError) as error:
        message = f"`{path.name}` can't be read as a package: {error}"
        return nothing, [Problem(place, "no-package", message, _HELP)]


def _release(
    connection: sqlite3.Connection, place: Place, namespace: str, languages: list[str]
) -> tuple[Release, list[Problem]]:
    models, decks = (json.loads(text) for text in connection.execute("select models, decks from col").fetchone())
    keys: dict[int, tuple[str, Kind, int]] = {
        note_type_id(namespace, f"{key}/{kind}", generation): (key, kind, generation)
        for key in languages
        for kind in FIELDS
        for generation in range(1, _GENERATIONS)
    }
    note_types, generations = [], {}
    stamps: dict[tuple[str, str], Stamp] = {}
    for model in models.values():
        if int(model["id"]) in keys:
            key, kind, generation = keys[int(model["id"])]
            generations[f"{key}/{kind}"] = generation
            note_types.append(_note_type(model, place, key, kind))
            stamps["notetype", f"{key}/{kind}"] = Stamp(model["mod"], 0)
    cards: dict[int, list[tuple[int, int, int]]] = {}
    for note_id, ordinal, deck_id, due in connection.execute("select nid, ord, did, due from cards order by nid, ord"):
        cards.setdefault(note_id, []).append((ordinal, deck_id, due))
    notes, foreign = [], 0
    rows = connection.execute("select id, guid, mid, mod, tags, flds from notes order by id")
    for note_id, identifier, model_id, modified, tags, text in rows:
        fields = tuple(text.split("\x1f"))
        key, kind, _ = keys.get(model_id, ("", "qa", 1))
        if not key or guid(namespace, f"{key}/{fields[0]}") != identifier or note_id not in cards:
            foreign += 1
            continue
        ordinals = tuple(ordinal for ordinal, _, _ in cards[note_id])
        deck = decks[str(cards[note_id][0][1])]["name"]
        media = tuple(Media(name, Path(name)) for name in dict.fromkeys(_PICTURE.findall(text)))
        notes.append(Note(place, key, fields[0], kind, deck, fields, tuple(tags.split()), ordinals, media))
        stamps["note", f"{key}/{fields[0]}"] = Stamp(modified, note_id, cards[note_id][0][2])
    problems = []
    if foreign or not notes:
        message = f"{foreign} notes in this package are not of the deck `{namespace}`"
        problems.append(Problem(place, "foreign-package", message, _HELP))
    return Release(tuple(notes), tuple(note_types), stamps, generations), problems


def _note_type(model: dict[str, object], place: Place, key: str, kind: Kind) -> NoteType:
    fields, templates = model["flds"], model["tmpls"]
    assert isinstance(fields, list) and isinstance(templates, list)
    return NoteType(
        place,
        key,
        kind,
        str(model["name"]),
        tuple(field["name"] for field in fields),
        tuple(Template(side["name"], side["qfmt"], side["afmt"]) for side in templates),
        str(model["css"]),
    )
