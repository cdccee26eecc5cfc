"""Notes + deck.lock -> identity and times, kept for ever.

Anki matches notes by guid and takes a new text only when its time is later than the learner's copy. So identity
comes from names alone (`identify`), and the lock remembers for each note when its content last changed.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from sys import intern
from typing import NamedTuple

from deckwright import order, reveal
from deckwright.identify import content, id_digest, note_type_id, sketch
from deckwright.model import Note, NoteType, Place, Problem, Stamp
from deckwright.read import Passage, passage

Key = tuple[str, str]

_HEAD = re.compile(r"deckwright lock 1 ([a-z0-9-]+)")
_LINE = re.compile(
    r"(?P<what>note|notetype) (?P<key>[a-z0-9-]+/[a-z0-9-]+) (?P<kind>qa|cloze) (?P<hash>[0-9a-f]{32})"
    r" (?P<modified>\d{1,10}) (?P<born>\d{1,13})(?: at=(?P<position>\d{1,9}))?(?: retired=(?P<retired>\d{1,10}))?"
    r"(?: clozes=(?P<clozes>[0-9a-f:,]+))?(?: like=(?P<like>[0-9a-f]+))?(?: in=(?P<deck>[0-9a-f]{6}))?"
    r"(?: ids=(?P<ids>[0-9a-f]{8}))?(?: generation=(?P<generation>\d+))?(?: is=(?P<schema>\S+))?"
)


class Entry(NamedTuple):
    """One line of the lock: the state in which learners have a note or a note type.

    A note's `clozes` hold a digest of what each number hides, its `like` a sketch of its words, its `deck` a digest of
    its deck's name; a note type's `ids` a digest of its ids, its `schema` the names of its fields and cards. `line` is
    its number in the file that it was read from.
    """

    what: str
    key: str
    kind: str
    hash: str
    stamp: Stamp
    retired: int | None = None
    clozes: tuple[tuple[int, str], ...] = ()
    like: str = ""
    deck: str = ""
    ids: str = ""
    generation: int = 1
    schema: str = ""
    line: int = 0

    def __str__(self) -> str:
        words = [self.what, self.key, self.kind, self.hash, str(self.stamp.modified), str(self.stamp.born)]
        words += [f"at={self.stamp.position}"] if self.what == "note" else []
        words += [f"retired={self.retired}"] if self.retired else []
        words += [f"clozes={','.join(f'{number}:{digest}' for number, digest in self.clozes)}"] if self.clozes else []
        words += [f"like={self.like}"] if self.like else []
        words += [f"in={self.deck}"] if self.deck else []
        words += [f"ids={self.ids}"] if self.ids else []
        words += [f"generation={self.generation}"] if self.generation > 1 else []
        words += [f"is={self.schema}"] if self.schema else []
        return " ".join(words)

    @property
    def language(self) -> str:
        """The key of the language that it belongs to."""
        return self.key.split("/")[0]

    @property
    def place(self) -> Place:
        """Where it stands in the lock, if it does."""
        return Place("deck.lock", self.line, 1, str(self)) if self.line else Place("deck.lock")


@dataclass(frozen=True, slots=True)
class Lock:
    """The whole lock; entries by what ("note" or "notetype") and key."""

    namespace: str
    entries: Mapping[Key, Entry]

    def __str__(self) -> str:
        lines = sorted(str(entry) for entry in self.entries.values())
        return "\n".join([f"deckwright lock 1 {self.namespace}", *lines, ""])

    def stamp(self, item: Note | NoteType) -> Stamp:
        """Identity and time of a note or note type that the lock holds."""
        return self.entries[name(item)].stamp

    def retired(self, note: Note) -> bool:
        """Whether the lock knows that a note is gone."""
        return name(note) in self.entries and self.entries[name(note)].retired is not None

    def generation(self, key: str) -> int:
        """Which generation of the note type `key` (language/kind) learners have."""
        return self.entries["notetype", key].generation if ("notetype", key) in self.entries else 1


@dataclass(frozen=True, slots=True)
class Changes:
    """What a build changed, by key."""

    new: tuple[str, ...]
    changed: tuple[str, ...]
    retired: tuple[str, ...]


def name(item: Note | NoteType) -> Key:
    """What the lock knows a note or note type by."""
    return ("note" if isinstance(item, Note) else "notetype", item.key)


def read(path: Path, namespace: str) -> tuple[Lock, list[Problem]]:
    """Yields the lock in the file at `path`; an empty one where there is none."""
    if not path.exists():
        return Lock(namespace, {}), []
    source, problems = passage(path, path.name)
    found, more = _parsed(source, namespace)
    return found, problems + more


def told(text: str, namespace: str) -> Lock:
    """Yields what a lock's text holds, as far as it can be read."""
    return _parsed(Passage(text, "deck.lock", 1, 1, tuple(text.split("\n"))), namespace)[0]


def _parsed(source: Passage, namespace: str) -> tuple[Lock, list[Problem]]:
    problems: list[Problem] = []
    head = _HEAD.fullmatch(source.lines[0])
    if not head:
        problems.append(_corrupt(source, 0, "a lock begins with `deckwright lock 1` and the namespace"))
    elif head[1] != namespace:
        place = Place(source.path, 1, head.start(1) + 1, source.lines[0])
        message = f"the lock is of the deck `{head[1]}`, the settings say `{namespace}`"
        help_ = "set `namespace` back: with another, every learner would get every note a second time"
        problems.append(Problem(place, "changed-namespace", message, help_, len(head[1])))
    if source.lines[-1]:
        problems.append(_corrupt(source, len(source.lines) - 1, "the last line is cut off"))
    entries: dict[Key, Entry] = {}
    for index, line in enumerate(source.lines[1:-1] if len(source.lines) > 1 else (), 1):
        match = _LINE.fullmatch(line)
        if not match:
            problems.append(_corrupt(source, index, "no line of a lock"))
            continue
        entry = _entry(match, index + 1)
        if entries.setdefault((entry.what, entry.key), entry) is not entry:
            problems.append(_corrupt(source, index, f"a second line for `{entry.key}`"))
    return Lock(namespace, entries), problems


def update(
    old: Lock, languages: Iterable[str], notes: list[Note], note_types: list[NoteType], now: int, *, grow: bool = False
) -> Lock:
    """Yields the lock that holds `notes` and `note_types`, everything there is in `languages`, at `now` (seconds).

    What is unchanged keeps its time; what changed gets `now`, or a second after its old time where that is later.
    Notes that are gone stay as retired. Entries of other languages are kept as they are. With `grow`, a note type
    whose schema changed becomes another generation.
    """
    covered = set(languages)
    items: dict[Key, Note | NoteType] = {name(note_type): note_type for note_type in note_types}
    items |= {name(note): note for note in notes}
    gone = {key: entry for key, entry in old.entries.items() if key not in items and _goes(entry, covered)}
    entries = {
        **old.entries,
        **{key: entry._replace(retired=max(now, entry.stamp.modified)) for key, entry in gone.items()},
    }
    born = _kept_births(old, items)
    unborn = [key for key in items if key not in born]
    births = order.births((entry.stamp.born for entry in old.entries.values()), len(unborn), now)
    born |= dict(zip(unborn, births, strict=True))
    generations = {item.key: _generation(old, item, grow) for item in note_types}
    positions = _positions(old, notes)
    decks = {deck: _short(deck) for deck in dict.fromkeys(note.deck for note in notes)}
    for key, item in items.items():
        known = old.entries.get(key)
        content = digest(item, old.namespace, generations)
        modified = now
        if known:
            same = known.hash == content and not known.retired
            modified = known.stamp.modified if same else max(now, known.stamp.modified + 1)
        stamp = Stamp(modified, born[key], positions.get(key[1], 0) if key[0] == "note" else 0)
        if not (isinstance(item, Note) and known and known.hash == content and known.like):
            entries[key] = entry(item, stamp, content, old.namespace, generations)
        elif known.stamp != stamp or known.retired or known.deck != decks[item.deck]:
            # What is known of a note's words holds as long as they do.
            entries[key] = known._replace(stamp=stamp, retired=None, deck=decks[item.deck], line=0)
    return Lock(old.namespace, entries)


def entry(item: Note | NoteType, stamp: Stamp, content: str, namespace: str, generations: Mapping[str, int]) -> Entry:
    """Yields the line that the lock keeps of `item`."""
    if isinstance(item, NoteType):
        generation = generations[item.key]
        ids = id_digest(item, namespace, generation)
        return Entry("notetype", item.key, item.kind, content, stamp, None, (), "", "", ids, generation, schema(item))
    hidden = reveal.hidden(item.fields[1]) if item.kind == "cloze" else {}
    clozes = tuple((number, _short(text)) for number, text in sorted(hidden.items()))
    return Entry(
        "note", item.key, item.kind, content, stamp, None, clozes, item.like or sketch(item.fields), _short(item.deck)
    )


def changes(old: Lock, new: Lock, language: str) -> Changes:
    """Yields which notes of a language are new, changed (in what Anki can show) or retired since `old`."""
    found: dict[str, list[str]] = {"new": [], "changed": [], "retired": []}
    for key, entry in new.entries.items():
        known = old.entries.get(key)
        # An entry that is the very one of before is of a note that is as it was.
        if entry is known or entry.what != "note" or entry.language != language:
            continue
        if entry.retired:
            if known and not known.retired:
                found["retired"].append(entry.key)
        elif not known or known.retired:
            found["new"].append(entry.key)
        elif known.stamp.modified != entry.stamp.modified:
            found["changed"].append(entry.key)
    return Changes(*(tuple(sorted(found[state])) for state in ("new", "changed", "retired")))


def behind(old: Lock, new: Lock, notes: Iterable[Note]) -> list[Problem]:
    """What stops a build that must not change the lock: every entry that would change."""
    places = {name(note): note.place for note in notes}
    problems = []
    for key in sorted({*old.entries, *new.entries}):
        known, entry = old.entries.get(key), new.entries.get(key)
        if entry and (not known or str(known) != str(entry)):
            state = "is not in" if not known else "was retired since" if entry.retired else "differs from"
            place = places.get(key, known.place if known else Place("deck.lock"))
            help_ = "run `python build.py` and commit deck.lock with the sources"
            problems.append(Problem(place, "lock-behind", f"`{entry.key}` {state} deck.lock", help_, len(place.text)))
    return problems


def schema(note_type: NoteType) -> str:
    """Yields the names of a note type's fields and cards, in order."""
    return ",".join(note_type.fields) + "/" + ",".join(template.name for template in note_type.templates)


def _goes(entry: Entry, covered: set[str]) -> bool:
    """Whether a line that nothing stands for is of a note of these languages that was there."""
    return entry.what == "note" and not entry.retired and entry.language in covered


def _kept_births(old: Lock, items: Iterable[Key]) -> dict[Key, int]:
    """The births that the lock remembers; after a merge two may have been born at once, and the second is anew."""
    births: dict[int, Key] = {}
    for key in items:
        if key in old.entries:
            births.setdefault(old.entries[key].stamp.born, key)
    return {key: born for born, key in births.items()}


def _generation(old: Lock, note_type: NoteType, grow: bool) -> int:
    known = old.entries.get(name(note_type))
    return 1 if not known else known.generation + (grow and known.schema != schema(note_type))


def _positions(old: Lock, notes: list[Note]) -> dict[str, int]:
    """Each language's notes in line, by key."""
    found: dict[str, int] = {}
    for language in dict.fromkeys(note.language for note in notes):
        keys = [note.key for note in notes if note.language == language]
        known = {key: old.entries["note", key].stamp.position for key in keys if ("note", key) in old.entries}
        found |= order.positions(keys, known)
    return found


def digest(item: Note | NoteType, namespace: str, generations: Mapping[str, int]) -> str:
    """Yields the hash of what a learner gets: of a note fields and tags, of a note type all."""
    if isinstance(item, Note):
        kind = f"{item.language}/{item.kind}"
        generation = generations.get(kind, 1)
        # A note's own is of the first generation.
        if item.hash and generation == 1:
            return item.hash
        return content(note_type_id(namespace, kind, generation), item.fields, item.tags)
    templates = [(template.name, template.front, template.back) for template in item.templates]
    number = note_type_id(namespace, item.key, generations[item.key])
    whole = [number, item.name, item.fields, templates, item.css]
    return hashlib.sha256(json.dumps(whole, ensure_ascii=False).encode()).hexdigest()[:32]


def _short(text: str) -> str:
    """The digest of a text that a line of the lock has room for."""
    return hashlib.sha256(text.encode()).hexdigest()[:6]


def _entry(match: re.Match[str], line: int) -> Entry:
    what, key, kind, content, modified, born, position, retired, hidden, like, deck, ids, generation, names = (
        match.groups("")
    )
    stamp = Stamp(int(modified), int(born), int(position or 0))
    pairs = [pair.split(":") for pair in hidden.split(",") if ":" in pair] if hidden else ()
    clozes = tuple([(int(number), digest) for number, digest in pairs]) if pairs else ()
    gone = int(retired) if retired else None
    # As many as notes: what is the same on most lines is one string.
    what, kind, deck = intern(what), intern(kind), intern(deck)
    return Entry(what, key, kind, content, stamp, gone, clozes, like, deck, ids, int(generation or 1), names, line)


def _corrupt(source: Passage, index: int, why: str) -> Problem:
    line = source.lines[index]
    place = Place(source.path, index + 1, 1, line)
    if line.startswith(("<<<<<<<", "=======", ">>>>>>>")):
        why = "git left both sides of a merge here"
        help_ = "take either side (`git checkout --ours deck.lock`) and build again: the times will be later than both"
    else:
        help_ = "restore deck.lock from git, or build it anew with `--relock RELEASED.apkg`; never edit it by hand"
    return Problem(place, "corrupt-lock", why, help_, max(1, len(line)))
