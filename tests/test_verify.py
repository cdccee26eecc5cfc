"""A release that would cost learners something is told from one that doesn't, in the real Anki."""

from __future__ import annotations

import json
import shutil
import sqlite3
import sys
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from anki.buildinfo import version
from anki.collection import Collection
from click.testing import CliRunner
from desk import TINY, imported

import build
from deckwright.judge import Update, Verdict, verdict
from deckwright.observe import seen
from deckwright.study import DAYS, study
from deckwright.verify import ALWAYS, DEFAULTS, MERGE, AnkiMissing, journeys

MONDAY, TUESDAY, SOMEDAY = 1_760_000_000, 1_760_086_400, 4_000_000_000
BIRDS = "".join(f"\n## bird-{n}\n\nWhich is bird {n}?\n\n---\n\nThe bird {n}.\n" for n in range(6))
Database = sqlite3.Connection


class Aviary:
    """The tiny deck with some more birds, and the packages built from it."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def edit(self, old: str, new: str, file: str = "cards/01-song.md") -> None:
        """Changes what stands once in a file of the sources."""
        text = (self.root / file).read_text("utf-8")
        assert text.count(old) == 1, old
        (self.root / file).write_text(text.replace(old, new), "utf-8")

    def build(self, time: int) -> Path:
        """The package built at `time`."""
        with pytest.MonkeyPatch.context() as environment:
            environment.setenv("SOURCE_DATE_EPOCH", str(time))
            folder = self.root / str(time)
            result = CliRunner().invoke(build.main, ["--root", str(self.root), "-o", str(folder)])
        assert result.exit_code == 0, result.output
        return folder / "birds.apkg"


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Aviary:
    """The sources, built on Monday. Not to be changed."""
    aviary = Aviary(Path(shutil.copytree(TINY, tmp_path_factory.mktemp("aviary") / "birds")))
    with (aviary.root / "cards" / "01-song.md").open("a", encoding="utf-8") as file:
        file.write(BIRDS)
    aviary.build(MONDAY)
    return aviary


@pytest.fixture(scope="module")
def monday(first: Aviary) -> Path:
    """The release that learners have."""
    return first.root / str(MONDAY) / "birds.apkg"


@pytest.fixture
def aviary(first: Aviary, tmp_path: Path) -> Aviary:
    """A copy of the sources with Monday's lock, to change at will."""
    return Aviary(Path(shutil.copytree(first.root, tmp_path / "birds")))


def spoilt(package: Path, to: Path, change: Callable[[Database, dict[str, bytes]], None]) -> Path:
    """A copy of `package` whose database and pictures (by name) were changed by hand."""
    with zipfile.ZipFile(package) as archive:
        names = json.loads(archive.read("media"))
        pictures = {name: archive.read(entry) for entry, name in names.items()}
        archive.extract("collection.anki2", to)
    database = sqlite3.connect(to / "collection.anki2")
    change(database, pictures)
    database.commit()
    database.close()
    with zipfile.ZipFile(to / "spoilt.apkg", "w") as archive:
        archive.write(to / "collection.anki2", "collection.anki2")
        archive.writestr("media", json.dumps({str(number): name for number, name in enumerate(pictures)}))
        for number, data in enumerate(pictures.values()):
            archive.writestr(str(number), data)
    return to / "spoilt.apkg"


def models(database: Database, change: Callable[[dict], None]) -> None:
    """Changes each note type of a package."""
    kinds = json.loads(database.execute("select models from col").fetchone()[0])
    for kind in kinds.values():
        change(kind)
    database.execute("update col set models = ?", (json.dumps({str(kind["id"]): kind for kind in kinds.values()}),))


def reword(database: Database, slug: str, old: str, new: str, later: int = 1) -> None:
    """Changes the text of one note, and its time by `later` seconds."""
    where = "where substr(flds, 1, ?) = ?"
    with_slug = (len(slug) + 1, slug + "\x1f")
    assert old in database.execute(f"select flds from notes {where}", with_slug).fetchone()[0]
    database.execute(
        f"update notes set flds = replace(flds, ?, ?), mod = mod + ? {where}", (old, new, later, *with_slug)
    )


def trial(old: Path, new: Path, options: str = DEFAULTS, seed: int = 1) -> Verdict:
    """The verdict on one set of options."""
    return next(verdict for verdict in journeys(old, new, seed) if verdict.options == options)


def test_an_honest_update_loses_nothing_with_any_options_and_is_told_in_sentences(monday, aviary):
    aviary.edit("at dusk?", "at night?")
    aviary.edit("\n## bird-0\n\nWhich is bird 0?\n\n---\n\nThe bird 0.\n", "\n## gull\n\nWhite?\n\n---\n\nGull.\n")
    aviary.edit("feathers=5", "feathers=6")
    aviary.edit("black", "navy", "templates/style.css")
    verdicts = list(journeys(monday, aviary.build(TUESDAY), 1))
    assert [verdict.options for verdict in verdicts] == [DEFAULTS, MERGE, ALWAYS]
    assert [verdict.lost for verdict in verdicts] == [(), (), ()]
    told = verdicts[0].told
    assert "updated: 1 note that the author changed and the learner did not: `blackbird`" in told
    assert "left behind: 1 note that the package no longer holds: `bird-0`" in told
    assert "new: 1 note: `gull`" in told
    assert "updated: style or templates of Birds Cloze, Birds QA" in told
    assert "kept: 7 notes with the learner's edits or tags, which the author did not change" in told
    assert any("which is what Always asks for" in line for line in verdicts[2].told)


def test_the_same_release_again_loses_nothing_and_a_seed_gives_the_same_journey_again(monday):
    verdicts = list(journeys(monday, monday, 7))
    assert not any(verdict.lost for verdict in verdicts)
    assert verdicts == list(journeys(monday, monday, 7)) != list(journeys(monday, monday, 8))


def test_where_both_changed_a_note_the_later_one_stays_and_it_is_told(monday, aviary):
    for slug in range(6):
        aviary.edit(f"Which is bird {slug}?", f"Which one is bird {slug}?")
    found = trial(monday, aviary.build(TUESDAY))
    assert not found.lost
    assert any(line.startswith("replaced: 2 notes that both changed, by the author's") for line in found.told)
    assert any(line.startswith("left as it was: 1 note that both changed, the learner later") for line in found.told)


def other_note_type(database: Database, _: dict[str, bytes]) -> None:
    models(database, lambda kind: kind.update(id=kind["id"] + 1))
    database.execute("update notes set mid = mid + 1")


def added_field(database: Database, _: dict[str, bytes]) -> None:
    def grow(kind: dict) -> None:
        kind["flds"].append({**kind["flds"][-1], "name": "Hint", "id": 77, "ord": len(kind["flds"])})
        kind["mod"] += 1

    models(database, grow)
    database.execute("update notes set flds = flds || char(31) || 'a hint', mod = mod + 90000")


def all_later(database: Database, _: dict[str, bytes]) -> None:
    database.execute("update notes set mod = mod + 90000")


def text_without_time(database: Database, _: dict[str, bytes]) -> None:
    reword(database, "blackbird", "at dusk?", "at dawn?", later=0)


def style_without_time(database: Database, _: dict[str, bytes]) -> None:
    models(database, lambda kind: kind.update(css=".card { color: red; }"))


def swapped_clozes(database: Database, _: dict[str, bytes]) -> None:
    reword(database, "wren", "{{c1::wren}}", "{{c2::wren}}")
    reword(database, "wren", "{{c2::90", "{{c1::90")


def picture_under_its_old_name(_: Database, pictures: dict[str, bytes]) -> None:
    name = next(name for name in pictures if "wing" in name)
    pictures[name] = pictures[name].replace(b"<svg", b"<!-- another --><svg")


def picture_left_out(database: Database, pictures: dict[str, bytes]) -> None:
    for name in [name for name in pictures if "wing" in name]:
        del pictures[name]
        reword(database, "blackbird", name, f"new-{name}")


def picture_under_another_name(database: Database, pictures: dict[str, bytes]) -> None:
    for name in [name for name in pictures if "wing" in name]:
        pictures[f"new-{name}"] = pictures.pop(name)
        reword(database, "blackbird", name, f"new-{name}", later=90_000)


def picture_with_a_capital(database: Database, pictures: dict[str, bytes]) -> None:
    for name in [name for name in pictures if "robin" in name]:
        pictures["Robin.svg"] = pictures.pop(name).replace(b"#c33", b"#c00")
        reword(database, "robin", name, "Robin.svg")


def note_of_another_type(database: Database, _: dict[str, bytes]) -> None:
    kinds = json.loads(database.execute("select models from col").fetchone()[0])
    basic = next(kind for kind in kinds.values() if kind["type"] == 0)
    fields = [{**field, "id": field["id"] + 9, "name": f"My {field['name']}"} for field in basic["flds"]]
    sides = [{**side, "id": side["id"] + 9, "name": "A", "qfmt": "{{My Question}}"} for side in basic["tmpls"][:1]]
    other = {**basic, "id": basic["id"] + 9, "name": "Other", "flds": fields, "tmpls": sides}
    database.execute("update col set models = ?", (json.dumps({**kinds, str(other["id"]): other}),))
    database.execute("update notes set mid = ?, mod = mod + 9 where flds like 'robin%'", (other["id"],))
    database.execute("delete from cards where ord = 1 and nid in (select id from notes where mid = ?)", (other["id"],))


def new_note_without_cards(database: Database, _: dict[str, bytes]) -> None:
    columns = "999, 'ghost', mid, mod, usn, tags, replace(flds, 'robin', 'ghost'), sfld, csum, flags, data"
    database.execute(f"insert into notes select {columns} from notes where flds like 'robin%'")


def card_of_no_template(database: Database, _: dict[str, bytes]) -> None:
    reword(database, "robin", "Red", "Reddish", later=90_000)
    robin = "nid in (select id from notes where flds like 'robin%')"
    columns = "nid, did, 5, mod, usn, type, queue, due, ivl, factor, reps, lapses, left, odue, odid, flags, data"
    database.execute(f"insert into cards select 999, {columns} from cards where ord = 1 and {robin}")


def two_fields_too_few(database: Database, _: dict[str, bytes]) -> None:
    database.execute("update notes set flds = 'a' where flds like 'robin%'")


@pytest.mark.parametrize(
    ("change", "options", "lost"),
    [
        (other_note_type, DEFAULTS, "refused by Anki: 9 notes: `bird-0`"),
        (added_field, DEFAULTS, "refused by Anki: 9 notes: `bird-0`"),
        (added_field, MERGE, "that only the author changed: `"),
        (all_later, DEFAULTS, "that only the learner changed: `"),
        (text_without_time, DEFAULTS, "not updated: 1 note that only the author changed: `blackbird`"),
        (style_without_time, DEFAULTS, "not updated: style, templates or fields of Birds Cloze, Birds QA"),
        (
            swapped_clozes,
            DEFAULTS,
            "renumbered: 2 cards whose cloze has another number now, while reviews stay with the number: `wren`",
        ),
        (picture_under_its_old_name, DEFAULTS, "not updated: 1 note that only the author changed: `blackbird`"),
        (picture_under_another_name, DEFAULTS, "the author's picture has but another name: `blackbird`"),
        (picture_left_out, DEFAULTS, "missing: 2 pictures: `new-birds-wing-"),
        # Anki of before 26 gives the author's picture another name.
        *([(picture_with_a_capital, DEFAULTS, "overwritten: 1 file: `Robin.svg`")] if version >= "26" else []),
        (note_of_another_type, MERGE, "rescheduled or moved: 2 cards: `robin`"),
        (new_note_without_cards, DEFAULTS, "left behind: 1 note without a card: `ghost`"),
        (card_of_no_template, DEFAULTS, "Check Database complains: "),
        (two_fields_too_few, DEFAULTS, "refused by Anki: {package}: "),
    ],
)
def test_what_a_release_costs_its_learners_is_told(monday, tmp_path, change, options, lost):
    package = spoilt(monday, tmp_path, change)
    found = trial(monday, package, options)
    assert [line for line in found.lost if lost.format(package=package) in line], "\n".join(found.told + found.lost)


def test_a_card_whose_cloze_is_gone_stays_with_the_learner_and_is_no_loss(monday, tmp_path):
    def change(database: Database, _: dict[str, bytes]) -> None:
        reword(database, "wren", "{{c2::90 decibels::how loud?}}", "90 decibels", later=90_000)

    found = trial(monday, spoilt(monday, tmp_path, change))
    assert not found.lost
    assert "left behind: 1 card without a question, which Tools > Empty Cards finds: `wren`" in found.told


def test_notes_under_another_identity_are_duplicates(monday, aviary):
    aviary.edit("birds", "fowls", "pyproject.toml")
    (aviary.root / "deck.lock").unlink()
    aviary.build(TUESDAY)
    found = trial(monday, aviary.root / str(TUESDAY) / "fowls.apkg")
    assert any(line.startswith("duplicated: 9 notes: `bird-0`") for line in found.lost)


def test_a_release_from_the_future_undoes_the_learners_edits(aviary):
    package = aviary.build(SOMEDAY)
    future = spoilt(package, aviary.root, lambda database, _: database.execute("update notes set mod = ?", (SOMEDAY,)))
    assert any("that only the learner changed: `" in line for line in trial(future, future).lost)


def test_reviews_cards_schedules_and_decks_that_an_import_took_would_be_told(monday, collection):
    imported(collection, monday)
    cards = collection.find_cards("bird-")
    for card_id in cards:
        card = collection.get_card(card_id)
        card.start_timer()
        collection.sched.answerCard(card, 3)
    before = seen(collection)
    collection.db.execute("delete from revlog where cid = ?", cards[0])
    collection.sched.suspend_cards(cards[1:3])
    collection.remove_notes_by_card([cards[5]])
    collection.decks.rename(collection.decks.by_name("Birds::Song"), "Fowls")
    update = Update(before, before, before, seen(collection), (), (), False)
    assert verdict(DEFAULTS, update).lost == (
        "gone: 1 review",
        "gone: 1 card: `bird-5`",
        "rescheduled or moved: 2 cards: `bird-1`, `bird-2`",
        "decks renamed, gone or with other options: Birds::Song",
        "gone: 1 note: `bird-5`",
        "not added: 1 card of the package: `bird-5`",
    )
    assert not verdict(DEFAULTS, replace(update, after=before)).lost


def test_the_learner_of_the_trial_does_what_learners_do(monday, tmp_path):
    @contextmanager
    def opened(path: Path) -> Iterator[Collection]:
        collection = Collection(str(path))
        yield collection
        collection.close()

    with opened(tmp_path / "collection.anki2") as collection:
        imported(collection, monday)
        fates = dict.fromkeys(collection.db.list("select guid from notes"), "same")
    study(opened, tmp_path / "collection.anki2", fates, ["wing.svg"], 1)
    with opened(tmp_path / "collection.anki2") as collection:
        reviews = collection.db.list("select id from revlog order by id")
        assert {round((reviews[-1] - review) / 86_400_000) for review in reviews} == set(range(DAYS))
        assert set(collection.db.list("select ease from revlog")) >= {1, 2, 3, 4}
        cards = "is:new is:learn is:review is:suspended is:buried -flag:0 deck:Mine deck:Cram preset:Mine"
        notes = "tag:mine tag:marked tag:leech words wing.svg"
        assert [search for search in f"{cards} {notes}".split() if not collection.find_cards(search)] == []


def test_without_the_anki_package_it_says_so_before_it_begins(monday, monkeypatch):
    monkeypatch.setitem(sys.modules, "anki.collection", None)
    with pytest.raises(AnkiMissing, match="the package `anki` is not installed"):
        journeys(monday, monday, 1)
