"""A file of cards/ -> Card: headings, settings and sections, each at its place."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import accumulate
from pathlib import Path

from deckwright import fence, scan
from deckwright.model import KINDS, Card, Deck, Language, Place, Problem, Text
from deckwright.read import Passage

_HEADING = re.compile(r"(#{1,2})(?!#)[ \t]*(.*?)[ \t]*#*[ \t]*")
_RULE = re.compile(r"\n---+[ \t]*(?=\n|\Z)")
_UNDERLINE = re.compile(r"[ \t>]*(-+|=+)[ \t]*")
_ITEM = re.compile(r"([ \t]*)(?:[-*+]|\d{1,2}\.)[ \t]+\S")
_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_SETTING = re.compile(r"[ \t]*([A-Za-z_-]+)[ \t]*:[ \t]*(.*[^ \t]|)[ \t]*")
_WORD = re.compile(r"\S+")
_TAG = re.compile(r"[^\s:\",;]+(::?[^\s:\",;]+)*")
_SETTINGS = ("type", "tags", "source", "reverse", "was")


@dataclass(frozen=True, slots=True)
class _Block:
    """What stands under one heading: `heading` is empty for what stands before the first."""

    place: Place
    level: int
    heading: str
    body: Passage


@dataclass(frozen=True, slots=True)
class _Settings:
    """The values of a settings comment, each where it stands; `rest` is the text after the comment."""

    values: dict[str, list[Passage]] = field(default_factory=dict)
    rest: Passage | None = None


def cards(source: Passage, folder: Path, language: Language) -> tuple[list[Card], Deck, list[Problem]]:
    """Yields the cards and the subdeck of a card file in `folder`, and what is wrong in it."""
    problems: list[Problem] = []
    blocks = _blocks(source, problems)
    before = blocks.pop(0)
    if before.body.text.strip():
        start = len(before.body.text) - len(before.body.text.lstrip())
        help_ = "a file begins with its heading `# Topic`; the paragraph under it is the description"
        problems.append(Problem(before.body.place(start), "stray-prose", "text before the file's heading", help_))
    if not blocks or blocks[0].level == 2:
        help_ = "begin the file with `# Topic`: it names the subdeck"
        problems.append(Problem(source.place(0), "missing-heading", "this file has no `#` heading", help_))
        top = _Block(source.place(0), 1, "?", source.part(0, 0))
    else:
        top = blocks.pop(0)
    if not top.heading:
        problems.append(Problem(top.place, "missing-heading", "this heading is empty", "write the subdeck's name"))
    shared = _settings(top.body, problems)
    description, complaints = scan.text(shared.rest or top.body, folder)
    problems += complaints
    deck = Deck(top.place, language.key, f"{language.title}::{top.heading}", description)
    body = shared.rest or top.body
    second = re.search(r"\S\n[ \t]*\n\s*(?=\S)", body.text)
    if second:
        help_ = "only the one paragraph under `#` is the description; a card begins with `## slug`"
        problems.append(Problem(body.place(second.end()), "stray-prose", "text that belongs to no card", help_))
    usual = [scan.text(value, folder) for value in shared.values.get("source", [])]
    found = []
    for block in blocks:
        if block.level == 1:
            help_ = "begin another file for another subdeck; headings inside a card are `###` and deeper"
            problems.append(_at_slug(block.place, "second-heading", "a second `#` heading in this file", help_))
        else:
            found.append(_card(block, shared, usual, deck, folder, language, problems))
    return found, deck, problems


def _blocks(source: Passage, problems: list[Problem]) -> list[_Block]:
    """Cuts a file at its `#` and `##` headings, fenced code passed over; the first block stands before any."""
    fenced: set[int] = set()
    for first, last in fence.fences(source.lines):
        if last is None:
            ticks = source.lines[first].strip(" \t>")[:3]
            place = Place(source.path, first + 1, 1, source.lines[first])
            help_ = f"close it with {ticks} on a line of its own"
            message = "this code block is never closed"
            problems.append(Problem(place, "unclosed-fence", message, help_, len(source.lines[first])))
        else:
            fenced.update(range(first, last + 1))
    commented = _commented(source.lines, fenced)
    heads: list[tuple[int, re.Match[str]]] = []
    for index, line in enumerate(source.lines):
        # Most lines are empty or begin with a letter: nothing that is asked here does.
        if not line or line[0].isalpha() or index in fenced or index in commented:
            continue
        if line[0] == "#" and (match := _HEADING.fullmatch(line)):
            heads.append((index, match))
        above = source.lines[index - 1] if index else ""
        if line[0] in "-=> \t" and _UNDERLINE.fullmatch(line) and above.strip(" \t>") and index - 1 not in fenced:
            help_ = "put a blank line above it: glued to text it makes a heading of that text"
            place = Place(source.path, index + 1, 1, line)
            problems.append(Problem(place, "glued-rule", f"`{line.strip()}` glued to text", help_, len(line)))
        elif told := _list(above, line):
            place = Place(source.path, index + 1, 1, line)
            problems.append(Problem(place, *told, len(line), warning=True))
    starts = [0, *accumulate(len(line) + 1 for line in source.lines)]
    ends = [starts[index] for index, _ in heads] + [len(source.text)]
    blocks = [_Block(source.place(0), 0, "", source.part(0, min(ends[0], len(source.text))))]
    for (index, match), end in zip(heads, ends[1:], strict=True):
        line = source.lines[index]
        # The file may end with its heading; to let `part` count the lines up to each would take long.
        spot = (index + 2, 1) if starts[index + 1] <= end else (index + 1, len(line) + 1)
        body = Passage(source.text[starts[index + 1] : end], source.path, *spot, source.lines)
        place = Place(source.path, index + 1, match.start(2) + 1 if match[2] else 1, line)
        blocks.append(_Block(place, len(match[1]), match[2], body))
    return blocks


def _list(above: str, line: str) -> tuple[str, str, str] | None:
    """What Markdown makes of an item of a list that other dialects would take as one: rule, message and help."""
    item = _ITEM.match(line)
    if not item:
        return None
    before = _ITEM.match(above)
    if not item[1] and above.strip() and not before and not above.startswith((" ", "\t", "#", "<", ">", "|")):
        return "glued-list", "this item is glued to text, and no list", "put a blank line above the list"
    if before and len(before[1]) < len(item[1].expandtabs(4)) < len(before[1]) + 4:
        return "flat-list", "this item is not nested under the one above", "indent a nested item by four spaces"
    return None


def _commented(lines: tuple[str, ...], fenced: set[int]) -> set[int]:
    """The lines that begin inside a comment: a heading there is none."""
    found: set[int] = set()
    inside = False
    for index, line in enumerate(lines):
        if inside:
            found.add(index)
        elif "<!--" not in line or index in fenced:
            continue
        inside = line.rfind("<!--") > line.rfind("-->") or (inside and "-->" not in line)
    return found if not inside else set()


def _settings(body: Passage, problems: list[Problem]) -> _Settings:
    """The settings comment right under a heading, where there is one."""
    start = len(body.text) - len(body.text.lstrip())
    end = body.text.find("-->", start)
    if not body.text.startswith("<!--", start) or end < 0:
        return _Settings()
    values: dict[str, list[Passage]] = {}
    at = start + 4
    for line in body.text[at:end].split("\n"):
        match = _SETTING.fullmatch(line)
        if match and match[1] in _SETTINGS:
            value = body.part(at + match.start(2), at + match.end(2))
            values.setdefault(match[1], []).append(value)
            if not match[2]:
                help_ = "write the value after the colon, or delete the line"
                problems.append(Problem(value.whole, "empty-setting", f"`{match[1]}` has no value", help_))
        elif line.strip():
            word = match[1] if match else line.strip()
            near = difflib.get_close_matches(word, _SETTINGS, 1, cutoff=0.0)[0]
            help_ = f"did you mean `{near}`? a line is `key: value`, the keys are {', '.join(_SETTINGS)}"
            place = body.place(at + len(line) - len(line.lstrip()))
            problems.append(Problem(place, "unknown-setting", f"unknown setting `{word}`", help_, len(word)))
        at += len(line) + 1
    return _Settings(values, body.part(end + 3, len(body.text)))


def _card(
    block: _Block,
    shared: _Settings,
    usual: list[tuple[Text, list[Problem]]],
    deck: Deck,
    folder: Path,
    language: Language,
    problems: list[Problem],
) -> Card:
    """The card under one `##` heading; `usual` are the sources of cards that name none."""
    if not _SLUG.fullmatch(block.heading):
        help_ = "write a slug of lower-case letters, digits and single hyphens, such as `## why-softmax`"
        problems.append(_at_slug(block.place, "bad-slug", f"`{block.heading}` is no slug", help_))
    own = _settings(block.body, problems)
    body = own.rest or block.body
    was = next((value.text for value in own.values.get("was", [])), "")
    if was and not _SLUG.fullmatch(was):
        help_ = "write the slug that this card had when learners got it, or `none` if it is a new card"
        place = own.values["was"][0].whole
        problems.append(Problem(place, "bad-slug", f"`{was}` is no slug", help_, len(was)))
    kind = next((k for k in KINDS if k == _choice("type", own, shared, KINDS, problems)), KINDS[0])
    reverse = _choice("reverse", own, shared, ("no", "yes"), problems) == "yes"
    sources = []
    for source, complaints in [scan.text(value, folder) for value in own.values.get("source", [])] or usual:
        sources.append(source)
        problems += complaints
    parts = _sections(body, 2 if kind == "cloze" else 3)
    texts = []
    for index, part in enumerate(parts):
        scanned, complaints = scan.text(part, folder, cloze=kind == "cloze" and index == 0)
        texts.append(scanned)
        problems += complaints
    nothing = Text(block.place, "")
    if kind == "cloze":
        texts.insert(1, nothing)
    question, answer, details = (*texts, nothing, nothing, nothing)[:3]
    problems += _gaps(block, kind, question, answer)
    if kind == "cloze" and "reverse" in own.values and reverse:
        help_ = "delete the line: a cloze has no answer to ask for"
        problems.append(Problem(own.values["reverse"][0].whole, "reverse-cloze", "`reverse` on a cloze", help_, 3))
    tags = _tags([*shared.values.get("tags", []), *own.values.get("tags", [])], problems)
    return Card(
        block.place,
        language.key,
        was if was and was != "none" else block.heading,
        kind,
        deck.name,
        tags,
        tuple(sources),
        reverse and kind == "qa",
        bool(was),
        question,
        answer,
        details,
    )


def _sections(body: Passage, most: int) -> list[Passage]:
    """Cuts a card at its first rules outside fenced code; later rules are content."""
    parts: list[Passage] = []
    start = 0
    # Every rule stands behind the end of a line, also that of the heading.
    for rule in _RULE.finditer(f"\n{body.text}"):
        if len(parts) < most - 1 and not _fenced(body.text, rule.start()):
            parts.append(body.part(start, rule.start()))
            start = min(rule.end(), len(body.text))
    return [*parts, body.part(start, len(body.text))]


def _fenced(text: str, offset: int) -> bool:
    """Whether the line that begins at `offset` stands in fenced code."""
    if "```" not in text and "~~~" not in text:
        return False
    index = text.count("\n", 0, offset)
    return any(first <= index <= (last or first) for first, last in fence.fences(text.split("\n")))


def _gaps(block: _Block, kind: str, question: Text, answer: Text) -> Iterable[Problem]:
    """What the card lacks."""
    if not question.markdown.strip():
        what = "text" if kind == "cloze" else "question"
        yield _at_slug(block.place, f"missing-{what}", f"this card has no {what}", "write it under the settings")
    elif kind == "cloze" and not question.clozes:
        help_ = "hide an answer: `{{c1::answer}}`, or delete `type: cloze`"
        yield _at_slug(block.place, "no-cloze", "this cloze card hides nothing", help_)
    elif kind == "qa" and not answer.markdown.strip():
        help_ = "write it under a line `---` with a blank line above and below"
        yield _at_slug(block.place, "missing-answer", "this card has no answer", help_)


def _choice(key: str, own: _Settings, shared: _Settings, choices: tuple[str, ...], problems: list[Problem]) -> str:
    """The value of a setting that is one of `choices`; the first of them where it is not set."""
    values = own.values.get(key) or shared.values.get(key, [])
    for value in values:
        if value.text and value.text not in choices:
            near = difflib.get_close_matches(value.text, choices, 1)
            help_ = f"did you mean `{near[0]}`?" if near else f"`{key}` is {' or '.join(choices)}"
            message = f"unknown {key} `{value.text}`"
            problems.append(Problem(value.whole, f"unknown-{key}", message, help_, len(value.text)))
    return values[-1].text if values else choices[0]


def _tags(values: list[Passage], problems: list[Problem]) -> tuple[str, ...]:
    """Tags in canonical order, each once: Anki compares them without case."""
    found: dict[str, str] = {}
    for value in values:
        for match in _WORD.finditer(value.text):
            if not _TAG.fullmatch(match[0]):
                help_ = "tags are words with spaces between; `::` nests, with a word on both sides"
                place = value.place(match.start())
                problems.append(Problem(place, "bad-tag", f"`{match[0]}` is no tag", help_, len(match[0])))
            found.setdefault(match[0].casefold(), match[0])
    return tuple(found[key] for key in sorted(found))


def _at_slug(place: Place, rule: str, message: str, help_: str) -> Problem:
    return Problem(place, rule, message, help_, place.rest)
