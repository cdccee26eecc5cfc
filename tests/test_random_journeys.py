"""Any edits, builds, studies and imports in any order: no review is lost, no note is there twice, the later word wins.

What must hold is reckoned here from what the author and the learner did and when, never from deck.lock. With
DECKWRIGHT_LONG=1 in the environment there are more journeys, longer ones, and other ones each time.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar

import hypothesis.strategies as st
import pytest
from anki.collection import Collection
from desk import TINY
from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test
from learner import LANGUAGE, NAMESPACE, STAMPS_UPDATES, Learner, release

import build
from deckwright import unpack
from deckwright.draw import Figure
from deckwright.model import Problem, Project

LONG = bool(os.environ.get("DECKWRIGHT_LONG"))
JOURNEYS, STEPS = (400, 40) if LONG else (40, 25)
MONDAY = 1_600_000_000
FILES = ("01-song", "02-winter")
WORDS = st.sampled_from(["dawn", "noon", "dusk"])
SLUGS = st.sampled_from(["blackbird", "owl", "robin", "swift", "wren"])
PAUSES = st.sampled_from([0, 0, 1, 86_400])
CHANGES = st.one_of(
    *(st.fixed_dictionaries({part: WORDS}) for part in ("question", "answer", "details", "tag")),
    st.fixed_dictionaries({"reverse": st.booleans()}),
    st.fixed_dictionaries({"clozes": st.integers(1, 3)}),
    st.fixed_dictionaries({"feathers": st.integers(0, 2)}),
    st.fixed_dictionaries({"file": st.integers(0, 1)}),
)


@dataclass(frozen=True)
class Source:
    """A card as its author has it: the words that may change, and which file it stands in."""

    slug: str
    cloze: bool = False
    question: str = "dawn"
    answer: str = "dawn"
    details: str = ""
    tag: str = ""
    reverse: bool = False
    clozes: int = 1
    feathers: int = 0
    file: int = 0

    def __str__(self) -> str:
        kind = "type: cloze" if self.cloze else f"reverse: {'yes' if self.reverse else 'no'}"
        tags = f"\n     tags: {self.tag}" if self.tag else ""
        wing = f"\n\n![{self.slug}](../figures/wing.py?feathers={self.feathers})" if self.feathers else ""
        body = f"{self.slug} {self.question}\n\n---\n\n{self.answer} {self.slug}{wing}"
        if self.cloze:
            body = " ".join(
                [self.slug, self.question, *(f"{{{{c{number}::{self.slug}{number}}}}}" for number in self.numbers)]
            )
        details = f"\n\n---\n\n{self.details}" if self.details else ""
        # Cards this short all read alike, and one would be taken for another that went at the same time.
        return f"## {self.slug}\n<!-- {kind}{tags}\n     was: none -->\n\n{body}{details}\n"

    @property
    def numbers(self) -> range:
        """Its clozes."""
        return range(1, self.clozes + 1)

    @property
    def shown(self) -> list[str]:
        """Words that its learner must be shown."""
        return [f"{self.slug} {self.question}", self.details, *([] if self.cloze else [f"{self.answer} {self.slug}"])]


@dataclass(frozen=True)
class Text:
    """What a note says, since when, and the cards that it has."""

    fields: tuple[str, ...]
    tags: frozenset[str]
    time: int
    ordinals: frozenset[int]


@dataclass(frozen=True)
class Release:
    """A package and what it says, by slug; and the style of each note type, by name, with its time."""

    package: Path
    texts: dict[str, Text]
    styles: dict[str, tuple[str, int]]


def sketched(_: Project, stale: list[Figure]) -> Iterator[list[Problem]]:
    """Instead of matplotlib: a file that differs where its name does."""
    for figure in stale:
        for media in filter(None, (figure.picture.light, figure.picture.dark)):
            media.path.parent.mkdir(parents=True, exist_ok=True)
            media.path.write_text(f"<svg xmlns='http://www.w3.org/2000/svg'><!-- {media.name} --></svg>")
        yield []


class Journey(RuleBasedStateMachine):
    """One deck, its author, and one learner."""

    taken: ClassVar[dict[str, int]] = {"journeys": 0, "steps": 0, "builds": 0, "imports": 0}

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="deckwright-journey-"))
        self.root = Path(shutil.copytree(TINY, self.folder / "tiny"))
        self.now = MONDAY
        sources = [Source("blackbird", feathers=3), Source("wren", cloze=True), Source("robin", reverse=True)]
        self.sources = {source.slug: source for source in sources}
        self.gone: dict[str, Source] = {}
        self.releases: list[Release] = []
        self.built: dict[str, Text] = {}
        self.absent: set[str] = set()
        self.learner = Learner(Collection(str(self.folder / "collection.anki2")), self.now)
        self.known: dict[str, Text] = {}
        self.styles: dict[str, tuple[str, int]] = {}
        self.took("journeys")

    def teardown(self) -> None:
        self.learner.collection.close()
        shutil.rmtree(self.folder)

    def took(self, what: str) -> None:
        self.taken[what] += 1

    @initialize()
    def begin(self) -> None:
        self.build(0)
        self.take(self.releases[0])

    # The author.

    @rule(data=st.data(), change=CHANGES)
    def revise(self, data, change) -> None:
        self.took("steps")
        slug = data.draw(st.sampled_from(sorted(self.sources)))
        self.sources[slug] = replace(self.sources[slug], **change)

    @rule(word=WORDS, style=st.booleans())
    def redraw_or_restyle(self, word, style) -> None:
        self.took("steps")
        wing = (TINY / "figures" / "wing.py").read_text()
        path, text = ("templates/style.css", f".{word} {{}}\n") if style else ("figures/wing.py", f"{wing}# {word}\n")
        (self.root / path).write_text(text)

    @rule(slug=SLUGS, cloze=st.booleans())
    def add_or_remove_or_return(self, slug, cloze) -> None:
        self.took("steps")
        if slug not in self.sources:
            self.sources[slug] = self.gone.pop(slug, Source(slug, cloze))
        elif len(self.sources) > 1:
            self.gone[slug] = self.sources.pop(slug)

    @rule(pause=PAUSES)
    def build(self, pause) -> None:
        self.took("steps")
        self.took("builds")
        self.now += pause
        for number, name in enumerate(FILES):
            cards = [str(source) for source in self.sources.values() if source.file == number]
            path = self.root / "cards" / f"{name}.md"
            path.unlink(missing_ok=True)
            if cards:
                path.write_text("\n".join([f"# {name}\n<!-- tags: bird -->\n", *cards]))
        package = release(self.root, self.now, self.folder / str(len(self.releases)))
        self.releases.append(self.read(package))

    @rule(data=st.data(), change=CHANGES, pause=PAUSES, later=PAUSES)
    def revise_build_and_take(self, data, change, pause, later) -> None:
        self.revise(data, change)
        self.build(pause)
        self.take_the_newest(later)

    @rule(slug=SLUGS, pause=PAUSES)
    def remove_build_return_build_and_take(self, slug, pause) -> None:
        self.add_or_remove_or_return(slug, False)
        self.build(pause)
        self.add_or_remove_or_return(slug, False)
        self.build(pause)
        self.take(self.releases[-1])

    def read(self, package: Path) -> Release:
        """What a package says; a text that is not as it was built last, or was absent then, is of now."""
        found, problems = unpack.release(package, NAMESPACE, [LANGUAGE])
        assert not problems
        assert {note.slug for note in found.notes} == set(self.sources)
        texts = {}
        for note in found.notes:
            before = self.built.get(note.slug)
            same = before and (before.fields, before.tags) == (note.fields, frozenset(note.tags))
            time = max(self.now, before.time + 1) if before else self.now
            if same and note.slug not in self.absent:
                time = before.time
            texts[note.slug] = Text(note.fields, frozenset(note.tags), time, frozenset(note.ordinals))
            everything = " ".join(note.fields)
            assert all(word in everything for word in self.sources[note.slug].shown), note
        self.absent = (self.absent | self.built.keys()) - texts.keys()
        self.built |= texts
        latest = self.latest_styles()
        styles = {}
        for kind in found.note_types:
            css, time = latest.get(kind.name, ("", self.now - 1))
            styles[kind.name] = (css, time) if css == kind.css else (kind.css, max(self.now, time + 1))
        return Release(package, texts, styles)

    def latest_styles(self) -> dict[str, tuple[str, int]]:
        return {name: style for each in self.releases for name, style in each.styles.items()}

    # The learner.

    def slug(self, data: st.DataObject) -> str:
        """One of their notes; a moment later than whatever was before, mostly."""
        self.took("steps")
        self.now += data.draw(PAUSES)
        self.learner.now = self.now
        return data.draw(st.sampled_from(sorted(self.known)))

    @precondition(lambda self: self.known)
    @rule(data=st.data(), ease=st.integers(1, 4))
    def answer(self, data, ease) -> None:
        self.learner.answer(f"Id:{self.slug(data)} -is:suspended", ease)

    @precondition(lambda self: self.known)
    @rule(data=st.data(), how=st.sampled_from([Learner.suspend, Learner.flag, Learner.move, Learner.bury]))
    def put(self, data, how) -> None:
        how(self.learner, self.slug(data))

    @precondition(lambda self: self.known)
    @rule(data=st.data(), where=st.sampled_from(["Details", "Source", "tags"]), word=WORDS)
    def write(self, data, where, word) -> None:
        slug = self.slug(data)
        if where == "tags":
            self.learner.tag(slug, f"my-{word}")
        else:
            self.learner.edit(slug, where, f"my {word}")
        self.wrote(slug)
        assert f"my-{word}" in self.known[slug].tags or f"my {word}" in self.known[slug].fields

    def wrote(self, slug: str) -> None:
        note = self.learner.note(slug)
        time = self.learner.collection.db.scalar("select mod from notes where id = ?", note.id)
        # An edit that changed nothing is none to Anki.
        self.known[slug] = replace(self.known[slug], fields=tuple(note.fields), tags=frozenset(note.tags), time=time)

    @precondition(lambda self: len(self.known) > 1)
    @rule(data=st.data())
    def delete(self, data) -> None:
        slug = self.slug(data)
        self.learner.delete(slug)
        del self.known[slug]

    @precondition(lambda self: self.releases)
    @rule(pause=PAUSES)
    def take_the_newest(self, pause) -> None:
        self.now += pause
        self.take(self.releases[-1])

    @precondition(lambda self: self.releases)
    @rule(data=st.data())
    def take_any(self, data) -> None:
        self.take(data.draw(st.sampled_from(self.releases)))

    def take(self, taken: Release) -> None:
        """Imports, and holds what the learner has against what was done: the later of two words stands."""
        self.took("steps")
        self.took("imports")
        self.learner.now = self.now
        new = set(taken.texts) - set(self.known)
        updated = {slug for slug, text in taken.texts.items() if slug not in new and text.time > self.known[slug].time}
        self.learner.imports(taken.package, new=" ".join(new), updated=" ".join(updated))
        for slug, text in taken.texts.items():
            before = self.known.get(slug, text)
            time = self.now if STAMPS_UPDATES and slug in updated else text.time
            wins = replace(text, time=time) if slug in updated else before
            self.known[slug] = replace(wins, ordinals=before.ordinals | text.ordinals)
        self.hold()
        for name, style in taken.styles.items():
            if name not in self.styles or style[1] > self.styles[name][1]:
                self.styles[name] = style
        shown = {kind["name"]: kind["css"] for kind in self.learner.collection.models.all()}
        assert {name: shown[name] for name in self.styles} == {name: css for name, (css, _) in self.styles.items()}

    def hold(self) -> None:
        """Every note says what it must, has the cards it must, and there is no other."""
        collection = self.learner.collection
        notes = [collection.get_note(note_id) for note_id in collection.find_notes("")]
        assert sorted(note["Id"] for note in notes) == sorted(self.known)
        for note in notes:
            wanted = self.known[note["Id"]]
            assert (tuple(note.fields), frozenset(note.tags)) == (wanted.fields, wanted.tags), note["Id"]
            assert {card.ord for card in note.cards()} == wanted.ordinals, note["Id"]


def test_in_no_journey_is_anything_lost(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    monkeypatch.setattr(build.draw, "drawn", sketched)
    Journey.taken = dict.fromkeys(Journey.taken, 0)
    profile = settings(
        max_examples=JOURNEYS,
        stateful_step_count=STEPS,
        deadline=None,
        derandomize=not LONG,
        database=None,
        print_blob=LONG,
        suppress_health_check=list(HealthCheck),
    )
    monkeypatch.setattr(os, "fsync", lambda _: None)
    run_state_machine_as_test(Journey, settings=profile)
    with capsys.disabled():
        print("\nrandom journeys:", ", ".join(f"{count} {what}" for what, count in Journey.taken.items()))
