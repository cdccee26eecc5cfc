"""The nouns: what the rooms hand to one another. Frozen, complete when made, and knowing nothing but each other.

Of what a deck has thousands of, each is a tuple: that is made in a third of the time.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NamedTuple
from unicodedata import east_asian_width

Kind = Literal["qa", "cloze"]
ImageKey = tuple[Path, tuple[tuple[str, str], ...]]
Theme = Literal["light", "dark"]

KINDS: tuple[Kind, ...] = ("qa", "cloze")
THEMES: tuple[Theme, ...] = ("light", "dark")

# Frozen: a field added, removed or moved makes Anki refuse every later update of the notes it already has.
FIELDS: Mapping[Kind, tuple[str, ...]] = {
    "qa": ("Id", "Question", "Answer", "Details", "Source", "Reverse"),
    "cloze": ("Id", "Text", "Details", "Source"),
}


class Place(NamedTuple):
    """Where something stands in an author's file: path below the root, line and column from 1, and that line."""

    path: str
    line: int = 1
    column: int = 1
    text: str = ""

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}"

    @property
    def rest(self) -> int:
        """How many characters there are from here to the end of the line; one at least."""
        return max(1, len(self.text) - self.column + 1)


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake of an author, told at its place, with the one next thing to do."""

    place: Place
    rule: str
    message: str
    help: str
    width: int = 1
    warning: bool = False

    def __str__(self) -> str:
        gutter = " " * len(str(self.place.line))
        told = [f"{'warning' if self.warning else 'error'}[{self.rule}]: {self.message}"]
        told.append(f"{gutter}--> {self.place}")
        if self.place.text:
            before = "".join("\t" if c == "\t" else " " * _columns(c) for c in self.place.text[: self.place.column - 1])
            marked = self.place.text[self.place.column - 1 :][: self.width]
            carets = "^" * max(1, sum(map(_columns, marked)))
            told.append(f"{gutter} |")
            told.append(f"{self.place.line} | {self.place.text}")
            told.append(f"{gutter} | {before}{carets}")
        told.append(f"help: {self.help}")
        return "\n".join(told)


def _columns(character: str) -> int:
    """How many columns of a terminal a character takes: two for the wide ones of Chinese text."""
    return 2 if east_asian_width(character) in "WF" else 1


@dataclass(frozen=True, slots=True)
class Language:
    """One language of the deck: its key in identities, the deck's title, the HTML `lang` and the templates' labels."""

    key: str
    title: str
    lang: str
    labels: Mapping[str, str]
    description: str


@dataclass(frozen=True, slots=True)
class Project:
    """A deck's folders and settings: everything that is not written on a card."""

    root: Path
    namespace: str
    languages: tuple[Language, ...]
    card_files: Mapping[str, tuple[Path, ...]]

    @property
    def templates(self) -> Path:
        """Note types' templates, partials and style."""
        return self.root / "templates"

    @property
    def figures(self) -> Path:
        """Scripts that draw pictures."""
        return self.root / "figures"

    @property
    def cache(self) -> Path:
        """Finished pictures; may be deleted at any time."""
        return self.root / "build"

    def name(self, path: Path) -> str:
        """`path` as a Place tells it: below the root, with forward slashes."""
        return path.relative_to(self.root).as_posix() if path.is_relative_to(self.root) else path.as_posix()


@dataclass(frozen=True, slots=True)
class Maths:
    """A formula: its TeX (without comments, cloze marks inside), as text or display, and what the author typed."""

    place: Place
    tex: str
    display: bool
    source: str


@dataclass(frozen=True, slots=True)
class Image:
    """A picture in a text: drawn by `script` with `arguments`, or the file at `path` taken along."""

    place: Place
    caption: Text
    path: Path
    arguments: tuple[tuple[str, str], ...]
    source: str

    @property
    def drawn(self) -> bool:
        """Whether it is drawn by a script."""
        return self.path.suffix.lower() == ".py"

    @property
    def remote(self) -> bool:
        """Whether it names no file of the deck's, which the scanner has told of."""
        return bool(re.match(r"!\[.*\]\(\s*<?([a-z][a-z0-9+.-]*:|/|>?\s*\))", self.source, re.IGNORECASE | re.DOTALL))

    @property
    def key(self) -> ImageKey:
        """What tells one picture from another: the file, and the arguments that it is drawn with."""
        return self.path, self.arguments


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment of the author's, which no learner sees; `before` is its line up to it, or the line above it."""

    place: Place
    source: str
    before: str = ""


Atom = Maths | Image


@dataclass(frozen=True, slots=True)
class Text:
    """A stretch of an author's Markdown.

    `markdown` holds one private character per atom and per cloze mark, so that Markdown can do nothing to a formula
    or a cloze; `clozes` are the cloze numbers in it, ascending.
    """

    place: Place
    markdown: str
    atoms: tuple[Atom, ...] = ()
    comments: tuple[Comment, ...] = ()
    clozes: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Card:
    """One `## slug` of a card file, as its author wrote it. A cloze has its text in `question` and no answer.

    `slug` is the card's identity: the heading's, or the one that the card had before (`was`). `fresh` says that its
    author knows it to be no renamed card.
    """

    place: Place
    language: str
    slug: str
    kind: Kind
    deck: str
    tags: tuple[str, ...]
    sources: tuple[Text, ...]
    reverse: bool
    fresh: bool
    question: Text
    answer: Text
    details: Text

    @property
    def key(self) -> str:
        """What its identity is made from."""
        return f"{self.language}/{self.slug}"

    @property
    def texts(self) -> tuple[Text, ...]:
        """All that its author wrote on it."""
        return (self.question, self.answer, self.details, *self.sources)


@dataclass(frozen=True, slots=True)
class Deck:
    """A subdeck: one card file's `#` heading with its description."""

    place: Place
    language: str
    name: str
    description: Text


@dataclass(frozen=True, slots=True)
class Media:
    """A file that travels with the package: its name in Anki's one flat folder, and where it lies here."""

    name: str
    path: Path


@dataclass(frozen=True, slots=True)
class Picture:
    """What stands for an Image: one file that serves both themes, or a light and a dark one."""

    light: Media
    dark: Media | None = None


class Note(NamedTuple):
    """A card file's entry finished for Anki: HTML fields in their frozen order, tags, card ordinals, media names.

    `hash` is that of what a learner gets, `like` a sketch of its words, where they were reckoned already: `lock`
    compares them.
    """

    place: Place
    language: str
    slug: str
    kind: Kind
    deck: str
    fields: Sequence[str]
    tags: tuple[str, ...]
    ordinals: tuple[int, ...]
    media: tuple[Media, ...]
    fresh: bool = False
    hash: str = ""
    like: str = ""

    @property
    def key(self) -> str:
        """What its identity is made from."""
        return f"{self.language}/{self.slug}"


@dataclass(frozen=True, slots=True)
class Sheet:
    """A card file, finished: its subdeck (name, and description as HTML), its notes, their pictures, what is wrong.

    `pictures` are those of the images on its cards, in their order, each once; an image that names no file has none.
    `comments` are those that check a number.
    """

    place: Place
    language: str
    deck: str
    description: str
    notes: tuple[Note, ...]
    pictures: tuple[tuple[Image, Picture], ...]
    comments: tuple[Comment, ...]
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class Template:
    """One card of a note type: its name, and front and back in Anki's own template language."""

    name: str
    front: str
    back: str


@dataclass(frozen=True, slots=True)
class NoteType:
    """A note type of one language."""

    place: Place
    language: str
    kind: Kind
    name: str
    fields: tuple[str, ...]
    templates: tuple[Template, ...]
    css: str

    @property
    def key(self) -> str:
        """What its identity is made from."""
        return f"{self.language}/{self.kind}"


class Stamp(NamedTuple):
    """Identity and time of a note or note type, as the lock keeps them. Times in seconds, `born` in milliseconds."""

    modified: int
    born: int
    position: int = 0
