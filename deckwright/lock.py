"""Notes + deck.lock -> identity and times, kept for ever.

Anki matches notes by guid and takes a new text only when its time is later than the learner's copy. So identity
comes from names alone, and the lock remembers for each note when its content last changed.
"""

from __future__ import annotations

import hashlib
import json
import re
import string
from bisect import bisect_left
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from deckwright.model import Note, NoteType, Place, Problem, Stamp
from deckwright.read import Passage, passage

_HEAD = re.compile(r"deckwright lock 1 ([a-z0-9-]+)")
_LINE = re.compile(
    r"(?P<what>note|notetype) (?P<key>[a-z0-9-]+/[a-z0-9-]+) (?P<kind>qa|cloze) (?P<hash>[0-9a-f]{32})"
    r" (?P<modified>\d+) (?P<born>\d+)(?: at=(?P<position>\d+))?(?: retired=(?P<retired>\d+))?(?: is=(?P<schema>\S+))?"
)
_BASE62 = string.ascii_uppercase + string.ascii_lowercase + string.digits
# Room for later notes between two of now, and for the ids of a note's cards behind its own.
_POSITION_GAP, _BORN_GAP = 100, 100


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the lock: the state in which learners have a note or a note type."""

    what: str
    key: str
    kind: str
    hash: str
    stamp: Stamp
    retired: int | None = None
    schema: str = ""
    place: Place = field(default_factory=lambda: Place("deck.lock"))

    def __str__(self) -> str:
        words = [self.what, self.key, self.kind, self.hash, str(self.stamp.modified), str(self.stamp.born)]
        words += [f"at={self.stamp.position}"] if self.what == "note" else []
        words += [f"retired={self.retired}"] if self.retired else []
        words += [f"is={self.schema}"] if self.schema else []
        return " ".join(words)


@dataclass(frozen=True, slots=True)
class Lock:
    """The whole lock; entries by (what, key)."""

    namespace: str
    entries: Mapping[tuple[str, str], Entry]

    def __str__(self) -> str:
        lines = sorted(str(entry) for entry in self.entries.values())
        return "\n".join([f"deckwright lock 1 {self.namespace}", *lines, ""])

    def stamp(self, item: Note | NoteType) -> Stamp:
        """Identity and time of a note or note type that the lock holds."""
        return self.entries[_what(item), item.key].stamp


@dataclass(frozen=True, slots=True)
class Changes:
    """What a build changed, by key."""

    new: tuple[str, ...]
    changed: tuple[str, ...]
    retired: tuple[str, ...]


def read(path: Path, namespace: str) -> tuple[Lock, list[Problem]]:
    """Yields the lock in the file at `path`; an empty one where there is none."""
    if not path.exists():
        return Lock(namespace, {}), []
    source, problems = passage(path, path.name)
    entries: dict[tuple[str, str], Entry] = {}
    head = _HEAD.fullmatch(source.lines[0])
    if not head:
        problems.append(_corrupt(source, 0, "a lock begins with `deckwright lock 1` and the namespace"))
    elif head[1] != namespace:
        place = Place(path.name, 1, head.start(1) + 1, source.lines[0])
        message = f"the lock is of the deck `{head[1]}`, the settings say `{namespace}`"
        help_ = "set `namespace` back: with another, every learner would get every note a second time"
        problems.append(Problem(place, "changed-namespace", message, help_, len(head[1])))
    if source.lines[-1]:
        problems.append(_corrupt(source, len(source.lines) - 1, "the last line is cut off"))
    for index, line in enumerate(source.lines[1:-1] if len(source.lines) > 1 else (), 1):
        match = _LINE.fullmatch(line)
        if not match:
            problems.append(_corrupt(source, index, "no line of a lock"))
        elif (match["what"], match["key"]) in entries:
            problems.append(_corrupt(source, index, f"a second line for `{match['key']}`"))
        else:
            entries[match["what"], match["key"]] = _entry(match, Place(path.name, index + 1, 1, line))
    return Lock(namespace, entries), problems


def update(
    old: Lock, languages: Iterable[str], notes: list[Note], note_types: list[NoteType], now: int
) -> tuple[Lock, list[Problem]]:
    """Yields the lock that holds `notes` and `note_types`, everything there is in `languages`, at `now` (seconds).

    What is unchanged keeps its time; what changed gets `now`, or a second after its old time where that is later.
    Notes that are gone stay as retired. Entries of other languages are kept as they are.
    """
    covered = set(languages)
    items: list[Note | NoteType] = [*note_types, *notes]
    present = {(_what(item), item.key) for item in items}
    entries = {
        key: entry
        if entry.key.split("/")[0] not in covered or key in present or entry.retired or entry.what == "notetype"
        else replace(entry, retired=max(now, entry.stamp.modified))
        for key, entry in old.entries.items()
    }
    problems = [problem for item in items if (problem := _refused(old, item))]
    born = _born(old, items, now)
    positions = _positions(old, notes)
    for item in items:
        known = old.entries.get((_what(item), item.key))
        digest = _hash(item, old.namespace)
        modified = now
        if known:
            same = known.hash == digest and not known.retired
            modified = known.stamp.modified if same else max(now, known.stamp.modified + 1)
        stamp = Stamp(
            modified, born[_what(item), item.key], positions.get(item.key, 0) if isinstance(item, Note) else 0
        )
        schema = _schema(item) if isinstance(item, NoteType) else ""
        entries[_what(item), item.key] = Entry(_what(item), item.key, item.kind, digest, stamp, None, schema)
    return Lock(old.namespace, entries), problems


def changes(old: Lock, new: Lock, language: str) -> Changes:
    """Yields which notes of a language are new, changed (in what Anki can show) or retired since `old`."""
    found: dict[str, list[str]] = {"new": [], "changed": [], "retired": []}
    for key, entry in sorted(new.entries.items()):
        if entry.what != "note" or entry.key.split("/")[0] != language:
            continue
        known = old.entries.get(key)
        if entry.retired:
            if known and not known.retired:
                found["retired"].append(entry.key)
        elif not known or known.retired:
            found["new"].append(entry.key)
        elif known.stamp.modified != entry.stamp.modified:
            found["changed"].append(entry.key)
    return Changes(*(tuple(found[name]) for name in ("new", "changed", "retired")))


def behind(old: Lock, new: Lock, notes: Iterable[Note]) -> list[Problem]:
    """What stops a build that must not change the lock: every entry that would change."""
    places = {("note", note.key): note.place for note in notes}
    problems = []
    for key in sorted({*old.entries, *new.entries}):
        known, entry = old.entries.get(key), new.entries.get(key)
        if entry and (not known or str(known) != str(entry)):
            state = "is not in" if not known else "was retired since" if entry.retired else "differs from"
            place = places.get(key, known.place if known else Place("deck.lock"))
            help_ = "run `python build.py` and commit deck.lock with the sources"
            problems.append(Problem(place, "lock-behind", f"`{entry.key}` {state} deck.lock", help_, len(place.text)))
    return problems


def guid(namespace: str, key: str) -> str:
    """Yields the guid of the note `key` (language/slug): 11 characters, from names alone."""
    number = int.from_bytes(hashlib.sha256(f"note\0{namespace}\0{key}".encode()).digest()[:8])
    digits = ""
    for _ in range(11):
        number, digit = divmod(number, 62)
        digits = _BASE62[digit] + digits
    return digits


def identity(kind: str, namespace: str, key: str) -> int:
    """Yields the id of a note type, field, template or deck: a number that Anki's JSON holds exactly (below 2^53)."""
    number = int.from_bytes(hashlib.sha256(f"{kind}\0{namespace}\0{key}".encode()).digest()[:8])
    return int(2**40 + number % 2**52)


def _what(item: Note | NoteType) -> str:
    return "note" if isinstance(item, Note) else "notetype"


def _schema(note_type: NoteType) -> str:
    return ",".join(note_type.fields) + "/" + ",".join(template.name for template in note_type.templates)


def _difference(old: str, new: str) -> str:
    """What became of a note type's fields and cards, in words."""
    told = []
    for what, before, after in zip(("field", "card"), *(text.split("/") for text in (old, new)), strict=False):
        was, is_ = before.split(","), after.split(",")
        told += [f"lost the {what} `{name}`" for name in was if name not in is_]
        told += [f"gained the {what} `{name}`" for name in is_ if name not in was]
        if sorted(was) == sorted(is_) and was != is_:
            told.append(f"has its {what}s in another order: {before} before, {after} now")
    return " and ".join(told)


def _hash(item: Note | NoteType, namespace: str) -> str:
    """The hash of what a learner gets: for a note fields and tags, for a note type all of it."""
    content: list[object]
    if isinstance(item, Note):
        content = [identity("notetype", namespace, f"{item.language}/{item.kind}"), item.fields, item.tags]
    else:
        templates = [(template.name, template.front, template.back) for template in item.templates]
        content = [identity("notetype", namespace, item.key), item.name, item.fields, templates, item.css]
    return hashlib.sha256(json.dumps(content, ensure_ascii=False).encode()).hexdigest()[:32]


def _refused(old: Lock, item: Note | NoteType) -> Problem | None:
    """The edits that would strand learners."""
    known = old.entries.get((_what(item), item.key))
    if not known:
        return None
    if isinstance(item, Note) and known.kind != item.kind:
        message = f"`{item.slug}` was of type {known.kind} and is now of type {item.kind}"
        help_ = f"give the new card another slug: Anki can't turn a {known.kind} note into another and keep its reviews"
        return Problem(item.place, "changed-type", message, help_, len(item.slug))
    if isinstance(item, NoteType) and known.schema != _schema(item):
        message = f"the note type `{item.key}` {_difference(known.schema, _schema(item))}"
        help_ = "put its fields and cards back: Anki would refuse every update to the notes that learners have"
        place = known.place
        return Problem(place, "changed-schema", message, help_, max(1, len(place.text)))
    return None


def _born(old: Lock, items: list[Note | NoteType], now: int) -> dict[tuple[str, str], int]:
    """Milliseconds of birth, which are Anki's note ids: unique, never in the future, in the order of the sources."""
    taken = {entry.stamp.born // _BORN_GAP for entry in old.entries.values()}
    born = {key: entry.stamp.born for key, entry in old.entries.items()}
    slot = now * 1000 // _BORN_GAP
    for item in reversed(items):
        if (_what(item), item.key) not in born:
            while slot in taken:
                slot -= 1
            taken.add(slot)
            born[_what(item), item.key] = slot * _BORN_GAP
    return born


def _positions(old: Lock, notes: list[Note]) -> dict[str, int]:
    """Where each note's new cards stand in line: as the sources do; a note that came later, in the gap it fills."""
    kept: dict[str, int] = {}
    for language in dict.fromkeys(note.language for note in notes):
        keys = [note.key for note in notes if note.language == language]
        known = {key: old.entries["note", key].stamp.position for key in keys if ("note", key) in old.entries}
        stay = _longest_rise([known.get(key) for key in keys])
        at, waiting = 0, list[str]()
        for index, key in enumerate([*keys, ""]):
            if index < len(keys) and index not in stay:
                waiting.append(key)
                continue
            step = (known[key] - at) // (len(waiting) + 1) if key else _POSITION_GAP
            for name in waiting:
                at = kept[name] = at + max(1, step)
            if key:
                # Where a gap is full, what follows it gives way.
                at = kept[key] = max(known[key], at + 1)
            waiting = []
    return kept


def _longest_rise(values: list[int | None]) -> set[int]:
    """The indices of the longest strictly rising run of `values`, so that as few as can be must move."""
    tails: list[int] = []
    ends: list[int] = []
    before: dict[int, int | None] = {}
    for index, value in enumerate(values):
        if value is None:
            continue
        slot = bisect_left(tails, value)
        before[index] = ends[slot - 1] if slot else None
        tails[slot : slot + 1], ends[slot : slot + 1] = [value], [index]
    rise: set[int] = set()
    last = ends[-1] if ends else None
    while last is not None:
        rise.add(last)
        last = before[last]
    return rise


def _entry(match: re.Match[str], place: Place) -> Entry:
    stamp = Stamp(int(match["modified"]), int(match["born"]), int(match["position"] or 0))
    retired = int(match["retired"]) if match["retired"] else None
    return Entry(
        match["what"], match["key"], match["kind"], match["hash"], stamp, retired, match["schema"] or "", place
    )


def _corrupt(source: Passage, index: int, why: str) -> Problem:
    line = source.lines[index]
    merge = line.startswith(("<<<<<<<", "=======", ">>>>>>>"))
    help_ = (
        "take either side of the merge and build again: the new times are later than both"
        if merge
        else "restore deck.lock from git; never edit it by hand"
    )
    return Problem(Place(source.path, index + 1, 1, line), "corrupt-lock", why, help_, max(1, len(line)))
