"""Two releases of one language -> what a learner sees change between them, and what Anki makes of it.

Anki matches notes by identity, replaces them whole, never touches a card that it has, and never deletes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal, TypeVar

from deckwright import skim
from deckwright.model import FIELDS, Note, NoteType
from deckwright.unpack import Release

T = TypeVar("T")

# What a learner calls the fields. The others say nothing themselves: which cards there are is told as cards.
_PARTS = {"Question": "question", "Text": "text", "Answer": "answer", "Details": "details", "Source": "sources"}
_SILENT = ("Id", "Reverse")


@dataclass(frozen=True, slots=True)
class Entry:
    """A note that only one of the releases holds: its key, its subdeck, and how its question begins (Markdown)."""

    key: str
    deck: str
    question: str


@dataclass(frozen=True, slots=True)
class Wording:
    """One part of a note (question, answer, text, details, sources) that reads differently."""

    part: str
    pieces: tuple[skim.Piece, ...]


@dataclass(frozen=True, slots=True)
class Renumbered:
    """What a cloze hides, and the number that it had and has."""

    hidden: str
    old: int
    new: int


@dataclass(frozen=True, slots=True)
class Edit:
    """What became of a note that both releases hold. `redrawn` names pictures; cards are counted from 1.

    The cards of a cloze note are its cloze numbers; card 2 of a question is its reverse. `rehidden` are numbers that
    hide something else although the words are the same. Where all but the key is empty, Anki takes the note as
    changed, but nothing is there to see: formatting, or a text that went and came back.
    """

    key: str
    cloze: bool
    wording: tuple[Wording, ...] = ()
    redrawn: tuple[str, ...] = ()
    tags_added: tuple[str, ...] = ()
    tags_removed: tuple[str, ...] = ()
    cards_added: tuple[int, ...] = ()
    cards_gone: tuple[int, ...] = ()
    renumbered: tuple[Renumbered, ...] = ()
    rehidden: tuple[int, ...] = ()

    @property
    def recarded(self) -> bool:
        """Whether its cards are others, or ask for something else."""
        return bool(self.cards_added or self.cards_gone or self.renumbered or self.rehidden)


@dataclass(frozen=True, slots=True)
class Restyled:
    """A note type that looks different: its names, whether its style changed, and the names of its changed cards."""

    key: str
    old: str
    new: str
    css: bool
    templates: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Moved:
    """Notes whose cards stand in another deck now: new learners get them in `new`, all others keep them in `old`."""

    keys: tuple[str, ...]
    old: str
    new: str


Reason = Literal["grown-type", "other-schema", "older-type", "other-kind", "older-notes", "same-time"]


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Why the default import options leave something behind, and what: keys of notes, or names of note types."""

    reason: Reason
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Everything that differs between two releases; notes in the order of the new one.

    `searches` find the retired notes in Anki's browser. `reordered` are keys of notes that new learners meet at
    another place. Without `obstacles` the default import options are enough.
    """

    new: tuple[Entry, ...]
    edits: tuple[Edit, ...]
    restyled: tuple[Restyled, ...]
    retired: tuple[Entry, ...]
    searches: tuple[str, ...]
    moved: tuple[Moved, ...]
    reordered: tuple[str, ...]
    obstacles: tuple[Obstacle, ...]

    @property
    def empty(self) -> bool:
        """Whether nothing changed."""
        return not (
            self.new or self.edits or self.restyled or self.retired or self.moved or self.reordered or self.obstacles
        )


def releases(old: Release, new: Release, namespace: str) -> Comparison:
    """Yields what differs between two releases of one language of the deck `namespace`."""
    before, after = _in_order(old), _in_order(new)
    kept = [(before[key], note) for key, note in after.items() if key in before]
    same_kind = [(was, note) for was, note in kept if was.kind == note.kind]
    stay = {note.key for was, note in kept if was.deck == note.deck}
    retired = [note for key, note in before.items() if key not in after]
    return Comparison(
        tuple(_entry(note, namespace) for key, note in after.items() if key not in before),
        tuple(
            _edit(old, new, was, note, namespace)
            for was, note in same_kind
            if _content(was) != _content(note) or _later(old, new, "note", note.key) > 0
        ),
        tuple(restyled for was, is_ in _types(old, new) if (restyled := _restyled(was, is_))),
        tuple(_entry(note, namespace) for note in retired),
        _searches(old, new, retired),
        _moved(kept),
        _reordered((key for key in before if key in stay), (key for key in after if key in stay)),
        _obstacles(old, new, kept),
    )


def _in_order(release: Release) -> dict[str, Note]:
    """The notes of a release by key, in the order in which new learners meet them."""
    return {
        note.key: note for note in sorted(release.notes, key=lambda note: release.stamps["note", note.key].position)
    }


def _entry(note: Note, namespace: str) -> Entry:
    return Entry(note.key, note.deck, skim.excerpt(note.fields[1], namespace))


def _content(note: Note) -> tuple[object, ...]:
    """What Anki replaces when it updates a note, and its cards."""
    return note.fields, note.tags, note.ordinals


def _named(release: Release, note: Note) -> dict[str, str]:
    """A note's fields by name."""
    names = next((kind.fields for kind in release.note_types if kind.key == _type_key(note)), FIELDS[note.kind])
    return dict(zip(names, note.fields, strict=False))


def _type_key(note: Note) -> str:
    return f"{note.language}/{note.kind}"


def _edit(old: Release, new: Release, was: Note, note: Note, namespace: str) -> Edit:
    before, after = _named(old, was), _named(new, note)
    names = [name for name in dict.fromkeys([*after, *before]) if name not in _SILENT]
    wording: list[Wording] = []
    shown: dict[str, str] = {}
    known: dict[str, str] = {}
    for name in names:
        texts = before.get(name, ""), after.get(name, "")
        if pieces := _difference(*texts, namespace):
            wording.append(Wording(_PARTS.get(name, name.lower()), pieces))
        known |= skim.pictures(skim.words(texts[0], namespace))
        shown |= skim.pictures(skim.words(texts[1], namespace))
    added, gone = _without(note.ordinals, was.ordinals), _without(was.ordinals, note.ordinals)
    renumbered, rehidden = _clozes(was, note, namespace) if note.kind == "cloze" else ((), ())
    return Edit(
        note.key,
        note.kind == "cloze",
        tuple(wording),
        tuple(dict.fromkeys(called for name, called in shown.items() if name not in known)),
        _without(note.tags, was.tags),
        _without(was.tags, note.tags),
        tuple(ordinal + 1 for ordinal in added),
        tuple(ordinal + 1 for ordinal in gone),
        renumbered,
        () if wording else rehidden,
    )


def _without(items: Iterable[T], others: Iterable[T]) -> tuple[T, ...]:
    left = set(others)
    return tuple(item for item in items if item not in left)


def _difference(old: str, new: str, namespace: str) -> tuple[skim.Piece, ...]:
    """What a field says differently; where only addresses of links differ, these."""
    if old == new:
        return ()
    return skim.difference(skim.words(old, namespace), skim.words(new, namespace)) or skim.difference(
        skim.words(old, namespace, links=True), skim.words(new, namespace, links=True)
    )


def _clozes(was: Note, note: Note, namespace: str) -> tuple[tuple[Renumbered, ...], tuple[int, ...]]:
    """What stands under another number now, and the numbers under which something else stands."""
    before, after = skim.hidden(was.fields[1], namespace), skim.hidden(note.fields[1], namespace)
    numbers = {text: number for number, text in before.items() if after.get(number) != text}
    other = {number: text for number, text in sorted(after.items()) if before.get(number) != text}
    renumbered = tuple(Renumbered(text, numbers[text], number) for number, text in other.items() if text in numbers)
    return renumbered, tuple(number for number, text in other.items() if number in before and text not in numbers)


def _types(old: Release, new: Release) -> list[tuple[NoteType, NoteType]]:
    """The note types that both releases hold."""
    before = {kind.key: kind for kind in old.note_types}
    return [(before[kind.key], kind) for kind in new.note_types if kind.key in before]


def _restyled(was: NoteType, is_: NoteType) -> Restyled | None:
    before = {template.name: template for template in was.templates}
    changed = tuple(template.name for template in is_.templates if before.get(template.name, template) != template)
    if (was.name, was.css) == (is_.name, is_.css) and not changed:
        return None
    return Restyled(is_.key, was.name, is_.name, was.css != is_.css, changed)


def _searches(old: Release, new: Release, retired: Iterable[Note]) -> tuple[str, ...]:
    """What finds `retired` in Anki's browser once the new release is imported, one search a note type."""
    names = {kind.key: kind.name for kind in (*old.note_types, *new.note_types)}
    slugs: dict[str, list[str]] = {}
    for note in retired:
        slugs.setdefault(_type_key(note), []).append(note.slug)
    return tuple(
        f'"note:{_literal(names[key])}" "Id:re:^({"|".join(sorted(found))})$"' for key, found in sorted(slugs.items())
    )


def _literal(name: str) -> str:
    """A name as Anki's search takes it word for word; its quotes Anki has dropped."""
    return re.sub(r"([\\*_])", r"\\\1", name.replace('"', ""))


def _moved(kept: Iterable[tuple[Note, Note]]) -> tuple[Moved, ...]:
    found: dict[tuple[str, str], list[str]] = {}
    for was, note in kept:
        if was.deck != note.deck:
            found.setdefault((was.deck, note.deck), []).append(note.key)
    return tuple(Moved(tuple(keys), old, new) for (old, new), keys in found.items())


def _reordered(before: Iterable[str], after: Iterable[str]) -> tuple[str, ...]:
    """The keys that must have moved, few as they can be, for the others to stand in the order in which they stood."""
    old, new = list(before), list(after)
    blocks = SequenceMatcher(None, old, new, autojunk=False).get_matching_blocks()
    return _without(new, (key for block in blocks for key in new[block.b : block.b + block.size]))


def _obstacles(old: Release, new: Release, kept: Iterable[tuple[Note, Note]]) -> tuple[Obstacle, ...]:
    """What the default options leave behind: a note type of another schema, and what is not newer than it was."""
    found: dict[Reason, list[str]] = {}
    for before, after in _types(old, new):
        if new.generations.get(after.key, 1) > old.generations.get(after.key, 1):
            found.setdefault("grown-type", []).append(after.name)
        elif _schema(before) != _schema(after):
            found.setdefault("other-schema", []).append(after.name)
        elif _restyled(before, after) and _later(old, new, "notetype", after.key) <= 0:
            found.setdefault("older-type", []).append(after.name)
    for was, note in kept:
        later = _later(old, new, "note", note.key)
        if was.kind != note.kind:
            found.setdefault("other-kind", []).append(note.key)
        elif (was.fields, was.tags) != (note.fields, note.tags) and later <= 0:
            found.setdefault("older-notes" if later else "same-time", []).append(note.key)
    return tuple(Obstacle(reason, tuple(names)) for reason, names in found.items())


def _later(old: Release, new: Release, what: str, key: str) -> int:
    """How many seconds after the old one the new one was changed."""
    return new.stamps[what, key].modified - old.stamps[what, key].modified


def _schema(note_type: NoteType) -> tuple[tuple[str, ...], tuple[str, ...]]:
    return note_type.fields, tuple(template.name for template in note_type.templates)
