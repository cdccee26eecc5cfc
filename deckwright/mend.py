"""A lock that was lost or merged, or that says farewell to notes -> the lock to go on with."""

from __future__ import annotations

from collections.abc import Iterable

from deckwright.lock import Lock, digest, entry, name
from deckwright.model import Note, NoteType
from deckwright.unpack import Release


def of_release(release: Release, lock: Lock) -> Lock:
    """Yields `lock` with the entries that a released package still tells of: for a lock that was lost."""
    entries = dict(lock.entries)
    items: list[Note | NoteType] = [*release.note_types, *release.notes]
    for item in items:
        content = digest(item, lock.namespace, release.generations)
        entries[name(item)] = entry(item, release.stamps[name(item)], content, lock.namespace, release.generations)
    return Lock(lock.namespace, entries)


def retold(lock: Lock, notes: Iterable[Note], now: int) -> Lock:
    """Yields `lock` with a later time for `notes`, so that learners' copies of them take one last change."""
    entries = dict(lock.entries)
    for note in notes:
        known = entries[name(note)]
        modified = max(now, known.stamp.modified + 1)
        entries[name(note)] = known._replace(stamp=known.stamp._replace(modified=modified))
    return Lock(lock.namespace, entries)


def joined(ours: Lock, theirs: Lock) -> Lock:
    """Yields `ours`, but what is later in `theirs`, and what is only there, counts as changed after both.

    After a merge learners may have either side's release; with the later of both times and no hash, an entry's next
    time is later than what any of them has.
    """
    entries = dict(ours.entries)
    for key, other in theirs.entries.items():
        mine = entries.get(key)
        if mine is None:
            entries[key] = other
        elif other.stamp.modified > mine.stamp.modified and other.hash != mine.hash:
            entries[key] = mine._replace(hash="0" * 32, stamp=mine.stamp._replace(modified=other.stamp.modified))
    return Lock(ours.namespace, entries)
