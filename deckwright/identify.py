"""Names -> identities: what Anki knows a note, note type, field, template or deck by. Frozen: learners have them."""

from __future__ import annotations

import hashlib
import json
import re
import string
import zlib
from collections.abc import Sequence
from typing import Literal

from deckwright.model import NoteType

_BASE62 = string.ascii_uppercase + string.ascii_lowercase + string.digits
# Tags, entities and all that is no letter, which are passed over; and words, of which those of Chinese are pairs.
_WORD = re.compile(r"<[^>]*>|&#?\w+;|\W+|([A-Za-z0-9_]+|[^\W\x00-\x7f]{2})|\w")
# Two digits at a time: ten thousand notes have as many guids.
_PAIRS = [first + second for first in _BASE62 for second in _BASE62]


def guid(namespace: str, key: str) -> str:
    """Yields the guid of the note `key` (language/slug): 11 characters, from names alone."""
    number = int.from_bytes(hashlib.sha256(f"note\0{namespace}\0{key}".encode()).digest()[:8], "big")
    digits = ""
    for _ in range(5):
        number, pair = divmod(number, 62 * 62)
        digits = _PAIRS[pair] + digits
    return _BASE62[number] + digits


def identity(kind: str, namespace: str, key: str) -> int:
    """Yields the id of a field, template or deck: a number that Anki's JSON holds exactly (below 2^53)."""
    number = int.from_bytes(hashlib.sha256(f"{kind}\0{namespace}\0{key}".encode()).digest()[:8], "big")
    return int(2**40 + number % 2**52)


def note_type_id(namespace: str, key: str, generation: int) -> int:
    """Yields the id of the note type `key` (language/kind).

    A note type that got a field or a card after its release is another generation under a new id: Anki then converts
    the learners' notes, where it would refuse or empty them under the old one.
    """
    return identity("notetype", namespace, key if generation == 1 else f"{key}#{generation}")


def part_id(what: Literal["field", "template"], namespace: str, note_type: str, name: str) -> int:
    """Yields the id of a field or template of the note type `note_type` (language/kind), in every generation."""
    return identity(what, namespace, f"{note_type}/{name}")


def content(note_type: int, fields: Sequence[str], tags: Sequence[str]) -> str:
    """Yields the hash of what a learner gets of a note: fields and tags, under the id of its note type."""
    return hashlib.sha256(json.dumps([note_type, list(fields), tags], ensure_ascii=False).encode()).hexdigest()[:32]


def sketch(fields: Sequence[str]) -> str:
    """Yields the least eight of the checksums of a note's words: notes of much the same words share most of them."""
    words = set(_WORD.findall(" ".join(fields[1:3]).lower())) - {""}
    return "".join([f"{number:08x}"[4:] for number in sorted([zlib.crc32(word.encode()) for word in words])[:8]])


def id_digest(note_type: NoteType, namespace: str, generation: int) -> str:
    """Yields a digest of all ids of a note type, by which the lock sees that none has moved."""
    ids = [note_type_id(namespace, note_type.key, generation)]
    ids += [part_id("field", namespace, note_type.key, name) for name in note_type.fields]
    ids += [part_id("template", namespace, note_type.key, side.name) for side in note_type.templates]
    return hashlib.sha256(repr(ids).encode()).hexdigest()[:8]
