"""Comparison -> words: Markdown fit for release notes, which a learner reads, or plain data for tools."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from unicodedata import category

from deckwright.compare import Comparison, Edit, Entry, Moved, Obstacle, Reason, Restyled
from deckwright.skim import Piece

_MARKS = {"same": "", "gone": "~~", "new": "**"}
_MOST = 20
# Anki's own words, as its import dialog has them.
_MERGE, _NOTES, _TYPES = "*Merge note types*", "*Update notes: Always*", "*Update note types: Always*"
_WAY: Mapping[Reason, tuple[str, str]] = {
    "grown-type": ("the note type got a field or a card", f"tick {_MERGE}, this once; Anki may ask for a full sync"),
    "other-schema": (
        "the note type has other fields or cards under its old id",
        f"tick {_MERGE} and choose {_NOTES}, this once; Anki may ask for a full sync",
    ),
    "older-type": ("the note type is no newer than the one before", f"choose {_TYPES}"),
    "older-notes": ("these notes are older than the ones before", f"choose {_NOTES}"),
    "same-time": ("these notes changed, but not their time", "no option helps: the deck must be built again"),
    "other-kind": (
        "these notes are of another type now",
        f"no option helps, and {_MERGE} would damage others: they must become new cards",
    ),
}


def plain(comparison: Comparison) -> dict[str, object]:
    """Yields everything as JSON takes it; `default_options` says whether these are enough."""
    return {"default_options": not comparison.obstacles, "counts": _counts(comparison), **asdict(comparison)}


def markdown(comparison: Comparison) -> str:
    """Yields everything as Markdown, counts first, with a section for each kind of change that there is."""
    if comparison.empty:
        return "Nothing changed: to import this release changes nothing.\n"
    lines = [_summary(comparison), "", _import(comparison)]
    for title, told in _sections(comparison):
        if body := list(told):
            lines += ["", f"## {title}", "", *body]
    return "\n".join([*lines, ""])


def _counts(comparison: Comparison) -> dict[str, int]:
    groups = {name: len(edits) for name, edits in _groups(comparison).items()}
    moved = sum(len(move.keys) for move in comparison.moved)
    return {
        "new": len(comparison.new),
        **groups,
        "restyled": len(comparison.restyled),
        "retired": len(comparison.retired),
        "moved": moved,
        "reordered": len(comparison.reordered),
    }


def _groups(comparison: Comparison) -> dict[str, list[Edit]]:
    """Each edit once, under the first thing that a learner notices."""
    groups: dict[str, list[Edit]] = {name: [] for name in ("reworded", "redrawn", "recarded", "retagged", "unseen")}
    for edit in comparison.edits:
        if edit.wording:
            name = "reworded"
        elif edit.redrawn:
            name = "redrawn"
        elif edit.recarded:
            name = "recarded"
        else:
            name = "retagged" if edit.tags_added or edit.tags_removed else "unseen"
        groups[name].append(edit)
    return groups


def _summary(comparison: Comparison) -> str:
    nouns = {
        "new": "new",
        "reworded": "reworded",
        "redrawn": "with a new picture",
        "recarded": "with other cards",
        "retagged": "with other tags",
        "unseen": "with nothing new to see",
        "restyled": "restyled",
        "retired": "retired",
        "moved": "moved",
        "reordered": "in another order",
    }
    counts = [f"{number} {nouns[name]}" for name, number in _counts(comparison).items() if number]
    return f"**{', '.join(counts) or 'No note changed'}.**"


def _import(comparison: Comparison) -> str:
    if comparison.obstacles:
        return "Before you import, see **Import options** at the end. Your reviews stay."
    told = "Import the new file with the default options. Your reviews stay."
    if comparison.edits:
        told += " Notes that changed take the new text and tags, unless you edited yours later than the author."
    return told


def _sections(comparison: Comparison) -> Iterator[tuple[str, Iterable[str]]]:
    groups = _groups(comparison)
    yield "New", _entries(comparison.new)
    yield "Reworded", (line for edit in groups["reworded"] for line in _reworded(edit))
    yield "New pictures", (f"- {_slug(edit.key)}: {_drawn(edit)}{_tags(edit, '; ')}" for edit in groups["redrawn"])
    yield "Other cards of the same note", (line for edit in comparison.edits for line in _cards(edit))
    yield "Tags", (f"- {_slug(edit.key)}: {_tags(edit)}" for edit in groups["retagged"])
    yield "Looks", map(_restyled, comparison.restyled)
    yield "Nothing to see", _unseen(groups["unseen"])
    yield "Retired", _retired(comparison)
    yield "Moved", _moved(comparison.moved)
    yield "Order", _reordered(comparison.reordered)
    yield "Import options", map(_obstacle, comparison.obstacles)


def _slug(key: str) -> str:
    return f"`{key.split('/', 1)[1]}`"


def _slugs(keys: Iterable[str]) -> str:
    """Slugs as a list in a sentence, of which no more than `_MOST` are named."""
    every = list(map(_slug, keys))
    more = [f"{len(every) - _MOST} more"] if len(every) > _MOST else []
    return ", ".join([*every[:_MOST], *more])


def _entries(entries: Sequence[Entry]) -> Iterator[str]:
    """Notes under the name of their subdeck."""
    for deck in dict.fromkeys(entry.deck for entry in entries):
        yield f"- {_literal(deck.rsplit('::', 1)[-1])}"
        for entry in entries:
            if entry.deck == deck:
                yield f"  - {_slug(entry.key)}: {entry.question}"


def _deck(name: str) -> str:
    return f"“{_literal(name.replace('::', ' › '))}”"


def _literal(name: str) -> str:
    """A name that means nothing to Markdown."""
    return re.sub(r"([\\`*_~<$])", r"\\\1", name)


def _reworded(edit: Edit) -> Iterator[str]:
    yield f"- {_slug(edit.key)}"
    for wording in edit.wording:
        yield f"  - {wording.part}: {_pieces(wording.pieces)}"
    if edit.redrawn:
        yield f"  - {_drawn(edit)}"
    if tags := _tags(edit):
        yield f"  - tags: {tags}"


def _pieces(pieces: Sequence[Piece]) -> str:
    """A difference with what is gone struck out and what is new in bold.

    A space parts them wherever Markdown would not take the marks for marks, as between Chinese characters.
    """
    out = ""
    for piece in pieces:
        text, mark = piece.text.strip(), _MARKS[piece.kind]
        if not text:
            continue
        touching = out and not piece.text[0].isspace() and (_closes(text[0]) if not mark else _closes(out[-1]))
        between = "" if not out or (touching and not (mark and out[-1] in "*~")) else " "
        out += f"{between}{mark}{text}{mark}"
    return out


def _closes(character: str) -> bool:
    """Whether a mark may stand right beside it: by punctuation, but not by what has a meaning of its own."""
    return category(character).startswith("P") and character not in "*~`$\\_"


def _drawn(edit: Edit) -> str:
    return f"new picture{'' if len(edit.redrawn) == 1 else 's'} {', '.join(f'`{name}`' for name in edit.redrawn)}"


def _tags(edit: Edit, before: str = "") -> str:
    changes = [f"+`{tag}`" for tag in edit.tags_added] + [f"−`{tag}`" for tag in edit.tags_removed]
    return f"{before}{' '.join(changes)}" if changes else ""


def _cards(edit: Edit) -> Iterator[str]:
    """Cards that came and went, and what became of their history."""
    slug = _slug(edit.key)
    empty = "with you it stays until you delete it by *Tools > Empty Cards*"
    for number in edit.cards_added:
        what = f"cloze {number} is new" if edit.cloze else "the reverse card is new"
        yield f"- {slug}: {what}: it comes as a new card"
    for number in edit.cards_gone:
        yield f"- {slug}: {f'cloze {number}' if edit.cloze else 'the reverse card'} is gone: {empty}"
    for moved in edit.renumbered:
        yield (
            f"- {slug}: “{moved.hidden}” was cloze {moved.old} and is cloze {moved.new} now;"
            f" the history of reviews stays with the number"
        )
    for number in edit.rehidden:
        yield f"- {slug}: cloze {number} hides other words of the same text; its history of reviews stays"
    if edit.recarded and not edit.wording and not edit.redrawn and (tags := _tags(edit)):
        yield f"- {slug}: tags {tags}"


def _restyled(change: Restyled) -> str:
    told = [f"is now called “{_literal(change.new)}”"] if change.old != change.new else []
    told += ["has a new style"] if change.css else []
    if change.templates:
        plural = "" if len(change.templates) == 1 else "s"
        told.append(f"has a new layout of the card{plural} {', '.join(f'“{name}”' for name in change.templates)}")
    return f"- “{_literal(change.old)}” {' and '.join(told)}"


def _unseen(edits: Sequence[Edit]) -> Iterator[str]:
    if edits:
        yield f"Formatting, or a text that went and came back: {_slugs(edit.key for edit in edits)}"


def _retired(comparison: Comparison) -> Iterator[str]:
    if not comparison.retired:
        return
    yield "These are no longer part of the deck. With you they stay, with their reviews, and are updated no more."
    yield ""
    yield from _entries(comparison.retired)
    yield ""
    yield "To delete them, search for this in *Browse*, select all, and delete:"
    for search in comparison.searches:
        yield from ("", "```", search, "```")


def _moved(moves: Sequence[Moved]) -> Iterator[str]:
    if moves:
        yield "Cards that you have stay in their deck; only new learners get them in the new one."
        yield ""
    for move in moves:
        yield f"- from {_deck(move.old)} to {_deck(move.new)}: {_slugs(move.keys)}"


def _reordered(keys: Sequence[str]) -> Iterator[str]:
    if keys:
        yield (
            "Only new learners meet these at another place among the new cards;"
            f" with you they stay where they are: {_slugs(keys)}"
        )


def _obstacle(obstacle: Obstacle) -> str:
    why, way = _WAY[obstacle.reason]
    of_types = obstacle.reason.endswith("-type") or obstacle.reason == "other-schema"
    named = ", ".join(f"“{_literal(name)}”" for name in obstacle.names) if of_types else _slugs(obstacle.names)
    return f"- {named}: {why}; {way}"
