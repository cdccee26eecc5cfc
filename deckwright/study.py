"""What a learner does with a deck in the real Anki between two of its releases, chosen by a seed.

Anki always asks the computer's clock. A day passes when the collection is made a day older: its day of creation,
its reviews and its cards in learning are moved back, and it is opened anew, since Anki remembers which day it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from anki.cards import CardId
    from anki.collection import Collection
    from anki.decks import DeckId
    from anki.notes import Note, NoteId

Opened = Callable[[Path], AbstractContextManager["Collection"]]

DAYS = 4
_DAY = 86_400
# Anki calls a card a leech after eight lapses; a ceiling, should it ever not.
_LAPSES, _MOST_ANSWERS = 8, 60
_AGAIN, _EASY = 1, 4
_MINE = "<br>my own words"


def study(opened: Opened, path: Path, authored: Mapping[str, str], pictures: Sequence[str], seed: int) -> None:
    """Studies, edits and rearranges the collection at `path` over some days, the last of which is today.

    `authored` says of each guid what the next release does with it: `same`, `changed` or `retired`. Half of what is
    changed is left alone, so that the change can be seen to arrive; all else is edited or tagged, so that nothing can
    be replaced unseen. A picture of the learner's own takes the first name of `pictures`.
    """
    random = Random(seed)
    with opened(path) as collection:
        released = int(_scalar(collection, "select max(mod) from notes"))
        order = sorted(collection.find_cards(""))
        random.shuffle(order)
    for day in range(DAYS):
        with opened(path) as collection:
            _answer_due(collection, order, day, random)
            if day < DAYS - 1:
                _let_a_day_pass(collection)
    with opened(path) as collection:
        notes = _by_fate(collection, authored, random)
        _fail_often(collection, [*notes["same"], *notes["retired"]])
        _rearrange(collection, order)
        _rewrite(collection, notes, released + 1, random)
        _add_own(collection, pictures[:1])
        # What the study itself left untidy would be laid at the update's door.
        collection.fix_integrity()


def _scalar(collection: Collection, query: str, *values: int | str) -> int:
    assert collection.db is not None
    return int(collection.db.scalar(query, *values) or 0)


def _answer(collection: Collection, card_id: CardId, button: int) -> None:
    card = collection.get_card(card_id)
    card.start_timer()
    collection.sched.answerCard(card, button)  # type: ignore[arg-type]


def _answer_due(collection: Collection, order: list[CardId], day: int, random: Random) -> None:
    """Answers what is due, and begins a quarter of the new cards; a fifth of all is never begun."""
    for index, card_id in enumerate(order):
        card = collection.get_card(card_id)
        new = card.queue == 0 and index % 5 != 4 and index % DAYS <= day
        if new or card.queue in (1, 3) or (card.queue == 2 and card.due <= collection.sched.today):
            _answer(collection, card_id, random.choice((1, 2, 3, 3, 4)))


def _let_a_day_pass(collection: Collection) -> None:
    database = collection.db
    assert database is not None
    database.execute("update col set crt = crt - ?", _DAY)
    database.execute("update cards set due = due - ? where queue = 1", _DAY)
    database.execute("update revlog set id = id - ?", _DAY * 1000)


def _by_fate(collection: Collection, authored: Mapping[str, str], random: Random) -> dict[str, list[NoteId]]:
    assert collection.db is not None
    fates: dict[str, list[NoteId]] = {"same": [], "changed": [], "retired": []}
    for note_id, guid in collection.db.execute("select id, guid from notes order by id"):
        fates[authored[guid]].append(note_id)
    for notes in fates.values():
        random.shuffle(notes)
    return fates


def _fail_often(collection: Collection, notes: list[NoteId]) -> None:
    """Makes a leech of the last of `notes`: Anki tags it and suspends the card."""
    for card_id in [card for note in notes[-1:] for card in collection.card_ids_of_note(note)][:1]:
        for _ in range(_MOST_ANSWERS):
            card = collection.get_card(card_id)
            if card.lapses >= _LAPSES:
                break
            _answer(collection, card_id, _AGAIN if card.type == 2 else _EASY)


def _rearrange(collection: Collection, order: list[CardId]) -> None:
    """Gives every seventh card each: a filtered deck, another deck, a flag, a day, a suspension, a burial.

    The first card's deck gets options of its own.
    """
    from anki.decks import DeckId

    filtered, moved, flagged, put_off, suspended, buried = (order[start::7] for start in range(6))
    if home := collection.decks.get(collection.get_card(order[0]).did):
        collection.decks.set_config_id_for_deck_dict(home, collection.decks.add_config("Mine")["id"])
    collection.set_deck(moved, _deck(collection, "Mine"))
    for flag in range(1, 8):
        if cards := flagged[flag - 1 :: 7]:
            collection.set_user_flag_for_cards(flag, cards)
    collection.sched.set_due_date(put_off, "3-9")
    collection.sched.suspend_cards(suspended)
    collection.sched.bury_cards(buried)
    cram = collection.sched.get_or_create_filtered_deck(DeckId(0))
    cram.name, cram.allow_empty = "Cram", True
    del cram.config.search_terms[1:]
    cram.config.search_terms[0].search = f"cid:{','.join(map(str, filtered))}"
    collection.sched.add_or_update_filtered_deck(cram)


def _deck(collection: Collection, name: str) -> DeckId:
    deck = collection.decks.id(name)
    assert deck is not None
    return deck


def _rewrite(collection: Collection, notes: Mapping[str, list[NoteId]], early: int, random: Random) -> None:
    """Edits or tags all notes, but every second one only of those that their author changes.

    Edits are of the time `early`, but those of every fourth note that its author changes are of now.
    """
    assert collection.db is not None
    acts = (_edit, _tag, _mark)
    for fate, group in notes.items():
        for index, note_id in enumerate(group[1::2] if fate == "changed" else group):
            note = collection.get_note(note_id)
            acts[index % len(acts)](note, random)
            collection.update_note(note)
            if fate != "changed" or index % 2 == 0:
                # Never later than now, or a release dated in the future would look like one of the past.
                collection.db.execute("update notes set mod = min(mod, ?) where id = ?", early, note_id)


def _edit(note: Note, random: Random) -> None:
    """Adds words to any field but the first, which is the note's name."""
    filled = [index for index, text in enumerate(note.fields) if index and text]
    note.fields[random.choice(filled or [len(note.fields) - 1])] += _MINE


def _tag(note: Note, _: Random) -> None:
    note.add_tag("mine")


def _mark(note: Note, _: Random) -> None:
    note.add_tag("marked")


def _add_own(collection: Collection, pictures: Iterable[str]) -> None:
    """Adds a note of the learner's own to each note type in use, the first with a picture of their own."""
    assert collection.db is not None
    for name in pictures:
        # Not through Anki, which since 26.x would make the name's capitals small; older ones kept them.
        (Path(collection.media.dir()) / name).write_bytes(b"my own picture")
    shown = "".join(f'<img src="{name}">' for name in pictures)
    deck = _deck(collection, "Mine")
    for kind_id in collection.db.list("select distinct mid from notes order by mid"):
        kind = collection.models.get(kind_id)
        assert kind is not None
        note = collection.new_note(kind)
        note.fields = [f"{{{{c1::my own {index}}}}} {shown}" for index in range(len(note.fields))]
        collection.add_note(note, deck)
