"""What a learner had, and has after an update -> a Verdict: what was kept, and what was lost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from deckwright.observe import Seen, SeenNote

_MOST_NAMES = 5


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a learner has after the update, with one set of import options; `lost` is empty where nothing was lost."""

    options: str
    told: tuple[str, ...]
    lost: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Update:
    """One import of the new release: what both releases hold, what the learner had before and has after, the names of
    the notes that Anki refused, and what Check Database said then; with `always`, every note was to be replaced."""

    old: Seen
    new: Seen
    before: Seen
    after: Seen
    refused: tuple[str, ...]
    complaints: tuple[str, ...]
    always: bool


def verdict(options: str, update: Update) -> Verdict:
    """Yields what can be said of an update that was made with `options`."""
    told, lost = [_studied(update)], list[str]()
    for judge in (_reviews, _cards, _notes, _clozes, _duplicates, _arrivals, _note_types, _files, _rest):
        good, bad = judge(update)
        told += good
        lost += bad
    return Verdict(options, tuple(filter(None, told)), tuple(filter(None, lost)))


Judged = tuple[list[str], list[str]]


def _studied(update: Update) -> str:
    before, released = update.before, update.old.notes
    edited = sum(before.notes[guid].content != note.content for guid, note in released.items())
    return (
        f"before: {_count(len(before.reviews), 'review')} of {_count(len(before.cards), 'card')}; "
        f"{_count(edited, 'note')} of {len(released)} edited or tagged by the learner"
    )


def _reviews(update: Update) -> Judged:
    gone = len(update.before.reviews - update.after.reviews)
    kept = len(update.before.reviews) - gone
    return [f"kept: {_count(kept, 'review')}"], [f"gone: {_count(gone, 'review')}" if gone else ""]


def _cards(update: Update) -> Judged:
    before, after = update.before, update.after
    gone = [card.guid for number, card in before.cards.items() if number not in after.cards]
    moved = [
        card.guid
        for number, card in before.cards.items()
        if number in after.cards and after.cards[number].scheduling != card.scheduling
    ]
    decks = sorted(name for key, (name, conf) in before.decks.items() if after.decks.get(key) != (name, conf))
    kept = len(before.cards) - len(gone) - len(moved)
    return [f"kept: scheduling, flag and deck of {_count(kept, 'card')}"], [
        _of("gone", "card", "", gone, before.notes),
        _of("rescheduled or moved", "card", "", moved, before.notes),
        f"decks renamed, gone or with other options: {', '.join(decks)}" if decks else "",
    ]


def _notes(update: Update) -> Judged:
    """Holds each note that the learner had against what author and learner made of it."""
    found: dict[str, list[str]] = {}
    for guid, before in update.before.notes.items():
        found.setdefault(_outcome(update, guid, before), []).append(guid)

    def notes(label: str, outcome: str, words: str) -> str:
        return _of(label, "note", words, found.get(outcome, []), update.before.notes)

    kept, own = len(found.get("kept", [])), len(found.get("own", []))
    return [
        f"kept: {_count(kept, 'note')} with the learner's edits or tags, which the author did not change"
        if kept
        else "",
        f"kept: {_count(own, 'note')} of the learner's own" if own else "",
        notes("updated", "updated", "that the author changed and the learner did not"),
        notes("replaced", "over", "that both changed, by the author's, which is later or was always to win"),
        notes("replaced", "set back", "that only the learner changed, which is what Always asks for"),
        notes("left as it was", "waits", "that both changed, the learner later: the author's change does not show"),
        notes("left behind", "stays", "that the package no longer holds"),
    ], [
        _of("refused by Anki", "note", "", update.refused, {}),
        notes("gone", "gone", ""),
        notes("replaced", "undone", "that only the learner changed"),
        notes("replaced", "renamed", "that only the learner changed, as the author's picture has but another name"),
        notes("not updated", "unshown", "that only the author changed"),
        notes("spoilt", "spoilt", "with neither the author's text nor the learner's"),
    ]


def _outcome(update: Update, guid: str, before: SeenNote) -> str:
    after, old, new = (state.notes.get(guid) for state in (update.after, update.old, update.new))
    if not after:
        return "gone"
    kept, taken = after.content == before.content, new is not None and after.content == new.content
    if not old or not new:
        return ("stays" if old else "own") if kept else "spoilt"
    authored, learnt = new.content != old.content, before.content != old.content
    if authored and learnt:
        return "over" if taken else "waits" if kept else "spoilt"
    if authored:
        return "updated" if taken else "unshown" if kept else "spoilt"
    if kept:
        return "kept" if learnt else "untouched"
    if not taken:
        return "spoilt"
    return "set back" if update.always else "undone" if new.stored == old.stored else "renamed"


def _clozes(update: Update) -> Judged:
    """Reviews belong to a cloze number: a text that goes to another number finds the wrong ones there.

    Cards without reviews count too: what this learner hasn't begun, another has.
    """
    strayed = []
    for card in update.before.cards.values():
        after = update.after.notes.get(card.guid)
        if after:
            was, now, number = update.before.notes[card.guid].clozes, after.clozes, card.ordinal + 1
            moved = was.get(number) in now.values() or now.get(number) in was.values()
            strayed += [card.guid] if number in was and was[number] != now.get(number) and moved else []
    words = "whose cloze has another number now, while reviews stay with the number"
    return [], [_of("renumbered", "card", words, strayed, update.before.notes)]


def _duplicates(update: Update) -> Judged:
    def numbers(state: Seen) -> Counter[str]:
        return Counter(note.slug for note in state.notes.values())

    old, new, after = numbers(update.old), numbers(update.new), numbers(update.after)
    twice = [slug for slug in old.keys() | new.keys() if after[slug] > max(old[slug], new[slug])]
    return [], [_of("duplicated", "note", "", twice, {})]


def _arrivals(update: Update) -> Judged:
    new, after, had = update.new, update.after, update.before.notes
    added = [guid for guid in new.notes if guid not in had]
    whole = [guid for guid in added if guid in after.notes and after.notes[guid].content == new.notes[guid].content]
    have, before = ({(card.guid, card.ordinal) for card in state.cards.values()} for state in (after, update.before))
    absent = [card.guid for card in new.cards.values() if (card.guid, card.ordinal) not in have]
    more = [guid for guid, _ in have - before if guid in had]
    bare = after.notes.keys() - {guid for guid, _ in have}
    return [
        _of("new", "note", "", whole, after.notes),
        _of("new", "card", "on notes that were there", more, after.notes),
    ], [
        _of("not added", "note", "as the author made it", set(added) - set(whole), new.notes),
        _of("not added", "card", "of the package", absent, new.notes),
        _of("left behind", "note", "without a card", bare, after.notes),
    ]


def _note_types(update: Update) -> Judged:
    shown, stale = set(), set()
    for guid, new in update.new.notes.items():
        old, after = update.old.notes.get(guid), update.after.notes.get(guid)
        if old and after and after.style != new.style:
            stale.add(after.note_type)
        elif old and old.style != new.style:
            shown.add(new.note_type)
    names = {note.note_type for state in (update.before, update.new) for note in state.notes.values()}
    copies = {note.note_type for note in update.after.notes.values()} - names
    return [f"updated: style or templates of {', '.join(sorted(shown))}" if shown else ""], [
        f"not updated: style, templates or fields of {', '.join(sorted(stale))}" if stale else "",
        f"duplicated: the note type {', '.join(sorted(copies))}" if copies else "",
    ]


def _files(update: Update) -> Judged:
    before, after = update.before.files, update.after.files
    gone = [name for name, digest in before.items() if after.get(name) != digest]
    stale = [name for name, digest in update.new.files.items() if name[0] == "_" and after.get(name) != digest]
    missing = update.after.missing - update.before.missing
    return [], [
        _of("overwritten", "file", "", gone, {}),
        _of("not updated", "file", "", stale, {}),
        _of("missing", "picture", "", missing, {}),
    ]


def _rest(update: Update) -> Judged:
    before, after = update.before, update.after
    empty = [after.cards[card].guid for card in after.empty - before.empty]
    return [
        _of("left behind", "card", "without a question, which Tools > Empty Cards finds", empty, after.notes),
        "Anki asks for a full sync, in one direction" if before.schema != after.schema else "",
    ], [f"Check Database complains: {line}" for line in update.complaints]


def _of(label: str, noun: str, words: str, keys: Iterable[str], notes: Mapping[str, SeenNote]) -> str:
    """`LABEL: 2 notes WORDS: a, b`; nothing where there are no keys."""
    names = sorted(notes[key].slug if key in notes else key for key in keys)
    unique = list(dict.fromkeys(names))
    more = f" and {len(unique) - _MOST_NAMES} more" if len(unique) > _MOST_NAMES else ""
    named = ", ".join(f"`{name}`" for name in unique[:_MOST_NAMES])
    counted = " ".join(filter(None, (_count(len(names), noun), words)))
    return f"{label}: {counted}: {named}{more}" if names else ""


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
