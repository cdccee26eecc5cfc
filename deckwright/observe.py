"""An open collection of the real Anki -> what its learner has: notes as they are shown, cards, reviews, files."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from anki.collection import Collection

_FILE = re.compile(r"""(?<=src=")[^"]+(?=")|(?<=\[sound:)[^\]]+(?=\])""")
_SCHEDULING = "nid, ord, did, type, queue, due, ivl, factor, reps, lapses, left, odue, odid, flags, data"
_SLUG_LENGTH = 40


@dataclass(frozen=True, slots=True)
class SeenNote:
    """A note as its learner sees it: each field that is not empty by its name, with its pictures' content for their
    names; its tags; and what hides behind each cloze number. `stored` is a digest of its fields as Anki keeps them."""

    slug: str
    note_type: str
    style: str
    fields: Mapping[str, str]
    tags: frozenset[str]
    clozes: Mapping[int, str]
    stored: str

    @property
    def content(self) -> tuple[Mapping[str, str], frozenset[str]]:
        """What its author and its learner can change."""
        return self.fields, self.tags


@dataclass(frozen=True, slots=True)
class SeenCard:
    """A card: whose it is, its ordinal, and all that places and schedules it."""

    guid: str
    ordinal: int
    scheduling: tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Seen:
    """All that a learner has: notes by guid, cards and decks by id, reviews, files by name with their digests."""

    notes: Mapping[str, SeenNote]
    cards: Mapping[int, SeenCard]
    reviews: frozenset[tuple[object, ...]]
    decks: Mapping[int, tuple[str, object]]
    files: Mapping[str, str]
    missing: frozenset[str]
    empty: frozenset[int]
    schema: int


def seen(collection: Collection) -> Seen:
    """Yields what the learner of `collection` has. Raises what Anki raises where its database is broken."""
    database = collection.db
    assert database is not None
    files = _files(Path(collection.media.dir()))
    kinds = {kind["id"]: (kind, _style(kind)) for kind in collection.models.all()}
    notes, guids = {}, {}
    rows = database.all("select id, guid, mid, tags, flds from notes")
    for note_id, guid, kind_id, tags, text in rows:
        guids[note_id] = guid
        notes[guid] = _note(collection, *kinds[kind_id], tags, text.split("\x1f"), files)
    cards = {
        row[0]: SeenCard(guids.get(row[1], ""), row[2], tuple(row[1:]))
        for row in database.all(f"select id, {_SCHEDULING} from cards")
    }
    return Seen(
        notes,
        cards,
        frozenset(tuple(row) for row in database.all("select * from revlog")),
        {deck["id"]: (deck["name"], deck.get("conf")) for deck in collection.decks.all()},
        files,
        frozenset(collection.media.check().missing),
        frozenset(card for note in collection.get_empty_cards().notes for card in note.card_ids),
        int(database.scalar("select scm from col")),
    )


def _note(
    collection: Collection, kind: Any, style: str, tags: str, fields: list[str], files: Mapping[str, str]
) -> SeenNote:
    names = [field["name"] for field in kind["flds"]]
    shown = {
        name: _FILE.sub(lambda match: files.get(match[0], match[0]), text)
        for name, text in zip(names, fields, strict=True)
        if text
    }
    text = " ".join(fields)
    numbers = sorted({int(number) for number in re.findall(r"\{\{c(\d+)::", text)}) if kind["type"] == 1 else []
    return SeenNote(
        fields[0][:_SLUG_LENGTH],
        kind["name"],
        style,
        shown,
        frozenset(tags.casefold().split()),
        {number: collection.extract_cloze_for_typing(text, number) for number in numbers},
        _digest(repr(fields).encode()),
    )


def _style(kind: Any) -> str:
    """A digest of all that a note type shows of its own."""
    sides = [(side["name"], side["qfmt"], side["afmt"]) for side in kind["tmpls"]]
    return _digest(repr((kind["css"], sides, [field["name"] for field in kind["flds"]])).encode())


def _files(folder: Path) -> dict[str, str]:
    return {path.name: _digest(path.read_bytes()) for path in folder.iterdir() if path.is_file()}


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
