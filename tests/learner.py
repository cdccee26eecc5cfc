"""What a learner does in the real Anki, at times that a test sets, and what an import may never do to them.

Times are seconds since 1970 and lie in 2020; whatever Anki stamped with the real clock is set back to the learner's
`now` at once, so that a journey of weeks takes no time and no clock can be wrong.
"""

from __future__ import annotations

import json
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from anki import import_export_pb2
from anki.buildinfo import version
from anki.collection import Collection, ImportAnkiPackageRequest, ImportLogWithChanges
from click.testing import CliRunner
from desk import imported

import build
from deckwright import unpack

if TYPE_CHECKING:  # anki.cards can't be imported before anki.collection
    from anki.cards import Card
    from anki.notes import Note

VERSION = tuple(int(part) for part in version.split(".")[:2])
# Before 25.02 a note that an import updates gets the time of the import, not the package's.
STAMPS_UPDATES = VERSION < (25, 2)
_REAL = 1_700_000_000
NAMESPACE, LANGUAGE = "birds", "en"
Log = ImportLogWithChanges.Log
Row = list[Any]


def release(root: Path, time: int, folder: Path) -> Path:
    """Builds the deck in `root` at `time` into `folder`; yields its package."""
    arguments = ["--root", str(root), "-o", str(folder)]
    result = CliRunner(env={"SOURCE_DATE_EPOCH": str(time)}).invoke(build.main, arguments, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return folder / f"{NAMESPACE}.apkg"


@dataclass(frozen=True)
class Holding:
    """What an import might spoil: the rows of a collection by their ids."""

    reviews: dict[int, Row]
    cards: dict[int, Row]
    notes: dict[int, Row]
    decks: dict[int, Row]

    @classmethod
    def of(cls, collection: Collection) -> Holding:
        """What `collection` holds now."""
        tables = ("revlog", "cards", "notes", "decks")
        return cls(*({row[0]: row for row in collection.db.all(f"select * from {table}")} for table in tables))


@dataclass
class Learner:
    """Somebody with a collection; `now` is their clock."""

    collection: Collection
    now: int

    # What they have.

    def note(self, slug: str) -> Note:
        """Their note of a card of the sources."""
        return self.collection.get_note(self.collection.find_notes(f"Id:{slug}")[0])

    def cards(self, slug: str) -> list[Card]:
        """Their cards of a note, by ordinal."""
        found = [self.collection.get_card(card_id) for card_id in self.collection.find_cards(f"Id:{slug}")]
        return sorted(found, key=lambda card: card.ord)

    def shows(self, slug: str, ordinal: int = 0) -> str:
        """The back of a card, as HTML."""
        return next(card for card in self.cards(slug) if card.ord == ordinal).render_output().answer_text

    def reviews(self) -> int:
        """How many reviews they did."""
        return int(self.collection.db.scalar("select count() from revlog"))

    def deck_of(self, slug: str) -> str:
        """The deck of a note's first card."""
        card = self.cards(slug)[0]
        return str(self.collection.decks.name(card.did))

    def decks(self) -> set[str]:
        """The names of their decks, but for the one that every collection has."""
        return {deck.name for deck in self.collection.decks.all_names_and_ids()} - {"Default"}

    def empty(self) -> set[tuple[str, int]]:
        """What Tools > Empty Cards would delete: slug and ordinal."""
        found = set()
        for each in self.collection._backend.get_empty_cards().notes:
            slug = self.collection.get_note(each.note_id)["Id"]
            found |= {(slug, self.collection.get_card(card_id).ord) for card_id in each.card_ids}
        return found

    # What they do.

    def answer(self, query: str, ease: int = 3) -> int:
        """Answers the cards of `query`; yields how many there were."""
        card_ids = self.collection.find_cards(query)
        for card_id in card_ids:
            card = self.collection.get_card(card_id)
            card.start_timer()
            self.collection.sched.answerCard(card, ease)
        self.done()
        return len(card_ids)

    def edit(self, slug: str, name: str, text: str) -> None:
        """Writes into a field by hand."""
        note = self.note(slug)
        note[name] = text
        self.collection.update_note(note)
        self.done()

    def tag(self, slug: str, tag: str) -> None:
        """Gives a note a tag."""
        note = self.note(slug)
        note.tags.append(tag)
        self.collection.update_note(note)
        self.done()

    def delete(self, slug: str) -> None:
        """Deletes a note."""
        self.collection.remove_notes([self.note(slug).id])
        self.done()

    def suspend(self, slug: str) -> None:
        """Suspends a note's cards."""
        self.collection.sched.suspend_cards([card.id for card in self.cards(slug)])
        self.done()

    def bury(self, slug: str) -> None:
        """Buries a note's cards."""
        self.collection.sched.bury_cards([card.id for card in self.cards(slug)])
        self.done()

    def flag(self, slug: str, colour: int = 3) -> None:
        """Flags a note's cards."""
        self.collection.set_user_flag_for_cards(colour, [card.id for card in self.cards(slug)])
        self.done()

    def move(self, slug: str, deck: str = "Mine::Best") -> None:
        """Moves a note's cards to a deck of their own."""
        deck_id = self.collection.decks.id(deck)
        self.collection.set_deck([card.id for card in self.cards(slug)], deck_id)
        self.done()

    def filter(self, slug: str, name: str = "Cram") -> None:
        """Makes a filtered deck of a note's cards."""
        deck = self.collection.sched.get_or_create_filtered_deck(0)
        deck.name = name
        del deck.config.search_terms[1:]
        deck.config.search_terms[0].search = f"Id:{slug}"
        self.collection.sched.add_or_update_filtered_deck(deck)
        self.done()

    def forget(self, slug: str) -> None:
        """Fails a note's first card until Anki calls it a leech."""
        collection, card = self.collection, self.cards(slug)[0]
        config = collection.decks.config_dict_for_deck_id(card.did)
        config["lapse"]["leechFails"] = 1
        collection.decks.update_config(config)
        collection.sched.set_due_date([card.id], "0")
        self.answer(f"cid:{card.id}", 1)
        assert "leech" in self.note(slug).tags, "Anki did not call it a leech"

    def remember_merge_and_always(self, package: Path) -> None:
        """Imports with Merge and Update: Always ticked, which Anki then keeps ticked."""
        options = self.collection._backend.get_import_anki_package_presets()
        options.merge_notetypes = True
        options.update_notes = options.update_notetypes = import_export_pb2.IMPORT_ANKI_PACKAGE_UPDATE_CONDITION_ALWAYS
        self.collection.import_anki_package(ImportAnkiPackageRequest(package_path=str(package), options=options))
        self.done()
        assert self.collection._backend.get_import_anki_package_presets() == options, "Anki did not remember them"

    def done(self) -> None:
        """Sets back to `now` what Anki stamped with the real clock."""
        self.collection.db.execute("update notes set mod = ? where mod > ?", self.now, _REAL)
        self.collection.db.execute("update notetypes set mtime_secs = ? where mtime_secs > ?", self.now, _REAL)

    # What an import does to them.

    def imports(
        self, package: Path, *, new: str = "", updated: str = "", refused: str = "", theirs: str | None = None
    ) -> Log:
        """Imports with the options that the dialog shows, and holds all that they have against what they had.

        `new`, `updated` and `refused` are the slugs of exactly those notes; `theirs` of those whose fields and tags are
        not to be as in the package (None: as many as there may be). Raises AssertionError where anything else moved.
        """
        before = Holding.of(self.collection)
        log = imported(self.collection, package)
        self.collection.models._clear_cache()
        self.done()
        told = {name: _slugs(self.collection, getattr(log, name)) for name in ("new", "updated", "conflicting")}
        wanted = {"new": set(new.split()), "updated": set(updated.split()), "conflicting": set(refused.split())}
        assert told == wanted, f"Anki's log: {told}, not {wanted}"
        kept = {note_id for note_id in before.notes if self._slug(note_id) not in wanted["updated"]}
        unspoiled(before, Holding.of(self.collection), kept)
        self._sound()
        if theirs is not None:
            self._shown(package, set(theirs.split()) | wanted["conflicting"])
        return log

    def _slug(self, note_id: int) -> str:
        return str(self.collection.db.scalar("select flds from notes where id = ?", note_id)).split("\x1f")[0]

    def _sound(self) -> None:
        """No picture is missing, and no note is there twice."""
        assert not self.collection.media.check().missing
        ids = Counter(self._slug(note_id) for note_id in self.collection.db.list("select id from notes"))
        assert not [slug for slug, times in ids.items() if times > 1], ids

    def _shown(self, package: Path, theirs: set[str]) -> None:
        """Every note is as in `package` but `theirs`, which are not, and so is every picture that these show."""
        notes, problems = unpack.release(package, NAMESPACE, [LANGUAGE])
        assert not problems
        pictures = dict(media(package))
        for note in notes.notes:
            found = self.note(note.slug)
            same = tuple(found.fields) == note.fields and set(found.tags) == set(note.tags)
            assert same is (note.slug not in theirs), f"{note.slug}: {found.fields} {found.tags}"
            for name in [file.name for file in note.media if same]:
                path = Path(self.collection.media.dir()) / name
                assert path.read_bytes() == pictures[name], name


def media(package: Path) -> Iterator[tuple[str, bytes]]:
    """The files in a package: name in Anki's media folder, content."""
    with zipfile.ZipFile(package) as archive:
        for entry, name in json.loads(archive.read("media")).items():
            yield name, archive.read(entry)


def unspoiled(before: Holding, after: Holding, kept: Iterable[int]) -> None:
    """Every review and every card is as before, to the last column, and so are the notes `kept`; no deck is gone."""
    assert after.reviews == before.reviews, "the reviews changed"
    spoiled = [
        (row, after.cards.get(card_id)) for card_id, row in before.cards.items() if after.cards.get(card_id) != row
    ]
    assert not spoiled, f"cards changed: {spoiled}"
    spoiled = [
        (before.notes[each], after.notes.get(each)) for each in kept if after.notes.get(each) != before.notes[each]
    ]
    assert not spoiled, f"notes changed: {spoiled}"
    assert before.decks.keys() <= after.decks.keys(), "a deck is gone"


def _slugs(collection: Collection, entries: Iterable[Any]) -> set[str]:
    return {collection.get_note(entry.id.nid)["Id"] for entry in entries}
