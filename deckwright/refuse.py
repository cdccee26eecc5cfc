"""Notes + the lock -> problems: edits that would strand the learners who have the deck, each with the way out."""

from __future__ import annotations

from collections.abc import Iterable

from deckwright.identify import id_digest
from deckwright.lock import Entry, Lock, name, schema
from deckwright.model import Note, NoteType, Place, Problem

_DAY = 86_400
_Step = tuple[Note, Entry | None, Entry]
# Of the eight checksums of a whole sketch, as many must be the same for two notes to count as one reworded.
_WHOLE, _ALIKE = 8, 6


def edits(old: Lock, new: Lock, notes: list[Note], note_types: Iterable[NoteType], now: int) -> list[Problem]:
    """Yields what in the step from `old` to `new` (which holds `notes` and `note_types`) learners would suffer from."""
    problems = [problem for note_type in note_types if (problem := _note_type(old, new, note_type))]
    # An entry that is the very one of before is of a note that is as it was.
    steps = ((note, old.entries.get(key), new.entries[key]) for note in notes if (key := name(note)))
    changed = [step for step in steps if step[1] is not step[2]]
    for note, known, entry in changed:
        if known and known.kind != note.kind:
            problems.append(_changed_type(note, known))
        elif known:
            problems += _clozes(note, known, entry)
    return [*problems, *_renames(old, new, changed), *_moves(changed), *_future(old, now)]


def _note_type(old: Lock, new: Lock, note_type: NoteType) -> Problem | None:
    known = old.entries.get(name(note_type))
    if not known or new.generation(note_type.key) > known.generation:
        return None
    width = max(1, len(known.place.text))
    if known.schema != schema(note_type):
        message = f"the note type `{note_type.key}` {_difference(known.schema, schema(note_type))}"
        help_ = "put its fields and cards back: Anki would refuse every update to the notes that learners have"
        if schema(note_type).startswith(known.schema.split("/")[0]):
            help_ += "; if you mean it, see `--grow` in CONTRIBUTING.md"
        return Problem(known.place, "changed-schema", message, help_, width)
    if known.ids and known.ids != id_digest(note_type, old.namespace, known.generation):
        message = f"an id of the note type `{note_type.key}`, of its fields or of its cards has moved"
        help_ = "put back what deckwright/identify.py makes ids from: Anki would take this for another note type"
        return Problem(known.place, "moved-id", message, help_, width)
    return None


def _difference(old: str, new: str) -> str:
    """What became of a note type's fields and cards, in words."""
    told = []
    for what, before, after in zip(("field", "card"), *(text.split("/") for text in (old, new)), strict=False):
        was, is_ = before.split(","), after.split(",")
        told += [f"lost the {what} `{word}`" for word in was if word not in is_]
        told += [f"gained the {what} `{word}`" for word in is_ if word not in was]
        if sorted(was) == sorted(is_) and was != is_:
            told.append(f"has its {what}s in another order: {before} before, {after} now")
    return " and ".join(told)


def _changed_type(note: Note, known: Entry) -> Problem:
    message = f"`{note.slug}` was of type {known.kind} and is now of type {note.kind}"
    help_ = f"give the new card another slug: Anki can't turn a {known.kind} note into another and keep its reviews"
    return Problem(note.place, "changed-type", message, help_, len(note.slug))


def _clozes(note: Note, known: Entry, now: Entry) -> Iterable[Problem]:
    """Numbers that are gone, or that hide what another number hid: a learner's reviews stay with the number."""
    before, after = dict(known.clozes), dict(now.clozes)
    for number in sorted(before.keys() - after.keys()):
        message = f"cloze {number} of `{note.slug}` is gone"
        help_ = "learners keep its card, empty, until Tools > Empty Cards; keep the number if you can"
        yield Problem(note.place, "lost-cloze", message, help_, len(note.slug), warning=True)
    for number in sorted(before.keys() & after.keys()):
        was = [other for other, digest in before.items() if digest == after[number] and other != number]
        if was and before[number] != after[number]:
            message = f"cloze {number} of `{note.slug}` hides what cloze {was[0]} hid"
            help_ = f"write {{{{c{was[0]}:: there again: reviews stay with the number, not with the text"
            yield Problem(note.place, "renumbered-cloze", message, help_, len(note.slug), warning=True)


def _renames(old: Lock, new: Lock, changed: Iterable[_Step]) -> Iterable[Problem]:
    """Slugs that seem to be renamed: a note is gone, and a new one has nearly the same words."""
    gone = [
        old.entries[key]
        for key, entry in new.entries.items()
        if entry.retired and key in old.entries and not old.entries[key].retired
    ]
    for note, before, entry in changed:
        if note.fresh or before:
            continue
        sketch = entry.like
        for known in gone:
            if known.language == note.language and known.kind == note.kind and _alike(sketch, known.like):
                slug = known.key.split("/")[1]
                message = f"`{note.slug}` reads like `{slug}`, which is gone: a new slug is a new card to learners"
                help_ = f"add `was: {slug}` to its settings to keep their reviews, or `was: none` if it is another card"
                yield Problem(note.place, "renamed-slug", message, help_, len(note.slug))


def _moves(changed: Iterable[_Step]) -> Iterable[Problem]:
    """Notes in a deck of another name than before: Anki never moves a card that it has."""
    moved: dict[str, list[Note]] = {}
    for note, known, entry in changed:
        if known and known.deck and known.deck != entry.deck:
            moved.setdefault(note.deck, []).append(note)
    for deck, group in moved.items():
        message = f"{len(group)} note{'s' if len(group) > 1 else ''} moved to `{deck}` for new learners only"
        help_ = "others keep the cards in their deck; use a tag, or leave the heading and title as they were"
        yield Problem(group[0].place, "moved-deck", message, help_, len(group[0].slug), warning=True)


def _alike(one: str, other: str) -> bool:
    """Whether two sketches are of nearly the same words; with few words, only the very same count."""
    first, second = ({text[i : i + 4] for i in range(0, len(text), 4)} for text in (one, other))
    if min(len(first), len(second)) < _WHOLE:
        return first == second and len(first) >= _WHOLE // 2
    return len(first & second) >= _ALIKE


def _future(old: Lock, now: int) -> Iterable[Problem]:
    """Times of a clock that was wrong: until they have passed, every import would undo the learners' own edits."""
    late = [entry for entry in old.entries.values() if entry.stamp.modified > now + _DAY]
    if late:
        entry = max(late, key=lambda entry: entry.stamp.modified)
        days = (entry.stamp.modified - now) // _DAY
        message = f"`{entry.key}` was changed {days} days from now: a clock was wrong, then or now"
        help_ = "set the clock; if it was wrong when this was built, restore deck.lock from git unless it was released"
        place = entry.place if entry.place.text else Place("deck.lock")
        yield Problem(place, "future-time", message, help_, max(1, len(place.text)), warning=True)
