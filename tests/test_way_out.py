"""Where an edit would strand learners there is a way out, tried in the real Anki."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from anki.collection import Collection, ImportAnkiPackageOptions, ImportAnkiPackageRequest
from desk import SONG, Run, edit, imported

from deckwright import model, render, spare
from deckwright.model import Note

MONDAY, TUESDAY, WEDNESDAY = 1_760_000_000, 1_760_086_400, 1_760_172_800


@pytest.fixture
def release(tiny: Path, run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    """Builds the tiny deck on a day, with more options where asked, and yields a copy of its package."""

    def at(day: int, *options: object) -> Path:
        monkeypatch.setenv("SOURCE_DATE_EPOCH", str(day))
        run("--root", tiny, *options)
        return Path(shutil.copy(tiny / "dist" / "birds.apkg", tmp_path / f"{day}.apkg"))

    return at


def study(collection: Collection) -> list[list[object]]:
    """Answers every card once; yields cards and reviews as they are then."""
    for card_id in collection.find_cards("deck:*"):
        card = collection.get_card(card_id)
        card.start_timer()
        collection.sched.answerCard(card, 3)
    return history(collection)


def history(collection: Collection) -> list[list[object]]:
    cards = "select id, nid, ord, due, ivl, queue, reps from cards order by id"
    return [collection.db.all(cards), collection.db.all("select id, cid, ease from revlog order by id")]


def note(collection: Collection, slug: str):
    return collection.get_note(collection.find_notes(f"Id:{slug}")[0])


def test_a_renamed_slug_keeps_its_reviews_with_one_line_in_its_settings(collection, tiny, release, run: Run):
    imported(collection, release(MONDAY))
    before = study(collection)
    edit(tiny / SONG, "## blackbird\n<!-- tags: evening", "## turdus-merula\n<!-- tags: evening")
    edit(tiny / SONG, "at dusk?", "at nightfall?")
    told = run("--root", tiny, exit_code=1).output
    assert "error[renamed-slug]: `turdus-merula` reads like `blackbird`" in told
    edit(tiny / SONG, "<!-- tags: evening", "<!-- was: blackbird\n     tags: evening")
    log = imported(collection, release(TUESDAY))
    assert [entry.id.nid for entry in log.updated] == [note(collection, "blackbird").id]
    assert not log.new
    assert "nightfall" in note(collection, "blackbird")["Question"]
    assert history(collection) == before


def test_a_card_that_only_reads_like_one_that_is_gone_is_built_as_new_when_its_author_says_so(tiny, release, run: Run):
    release(MONDAY)
    edit(tiny / SONG, "## blackbird\n<!-- tags: evening", "## turdus-merula\n<!-- was: none\n     tags: evening")
    assert "1 new, 0 changed, 1 retired" in run("--root", tiny).output


def test_two_short_cards_are_not_taken_for_one_renamed(tiny, release, run: Run):
    card = "## {}-capital\n\nCapital of {}?\n\n---\n\n{}\n"
    path = tiny / "cards" / "01-song.md"
    text = path.read_text("utf-8")
    path.write_text(text + card.format("spanish", "Spain", "Madrid"), "utf-8")
    release(MONDAY)
    path.write_text(text + card.format("french", "France", "Paris"), "utf-8")
    assert "1 new, 0 changed, 1 retired" in run("--root", tiny).output


def test_a_cloze_number_that_is_gone_or_moved_is_warned_of(tiny, release, run: Run):
    release(MONDAY)
    edit(tiny / SONG, "{{c1::wren}} is small and sings at {{c2::90 decibels::how loud?}}", "{{c2::wren}} is small")
    told = run("--root", tiny).output
    assert "warning[lost-cloze]: cloze 1 of `wren` is gone\n" in told
    assert "warning[renumbered-cloze]: cloze 2 of `wren` hides what cloze 1 hid\n" in told
    assert "warning" not in run("--root", tiny).output


def test_the_package_of_retired_notes_tags_the_learner_s_copies_and_touches_nothing_else(collection, tiny, release):
    first = release(MONDAY)
    imported(collection, first)
    edit(
        tiny / SONG,
        "## robin\n<!-- reverse: yes -->\n\nRed breast, sings in winter\n\n---\n\nRobin ![A robin](robin.svg)\n",
        "",
    )
    second = release(TUESDAY, "--retired", first)
    before = study(collection)
    words = note(collection, "robin").fields
    imported(collection, second)
    assert note(collection, "robin").tags == ["bird", "song"]

    log = imported(collection, tiny / "dist" / "birds-retired.apkg")
    assert [entry.id.nid for entry in log.updated] == [note(collection, "robin").id]
    assert collection.find_notes("tag:birds::retired") == [note(collection, "robin").id]
    assert note(collection, "robin").fields == words
    assert history(collection) == before
    assert not collection.media.check().missing


def test_a_new_learner_gets_no_retired_note(collection, tiny, release):
    first = release(MONDAY)
    edit(
        tiny / SONG,
        "## robin\n<!-- reverse: yes -->\n\nRed breast, sings in winter\n\n---\n\nRobin ![A robin](robin.svg)\n",
        "",
    )
    imported(collection, release(TUESDAY, "--retired", first))
    assert not collection.find_notes("Id:robin")


def test_a_note_that_returns_after_its_farewell_is_updated_again(collection, tiny, release):
    first = release(MONDAY)
    imported(collection, first)
    card = "## robin\n<!-- reverse: yes -->\n\nRed breast, sings in winter\n\n---\n\nRobin ![A robin](robin.svg)\n"
    edit(tiny / SONG, card, "")
    release(TUESDAY, "--retired", first)
    imported(collection, tiny / "dist" / "birds-retired.apkg")
    path = tiny / "cards" / "01-song.md"
    path.write_text(path.read_text("utf-8") + card, "utf-8")
    log = imported(collection, release(TUESDAY))
    assert [entry.id.nid for entry in log.updated] == [note(collection, "robin").id]
    assert "birds::retired" not in note(collection, "robin").tags


@pytest.fixture
def grown(monkeypatch: pytest.MonkeyPatch) -> None:
    """A deckwright whose notes of type qa have one more field, after the old ones."""
    monkeypatch.setitem(model.FIELDS, "qa", (*model.FIELDS["qa"], "Hint"))
    monkeypatch.setattr(spare, "stamp", lambda: "another deckwright")
    rendered = render.notes

    def notes(*arguments: object):
        found, problems = rendered(*arguments)
        return [hinted(each) if each.kind == "qa" else each for each in found], problems

    def hinted(each: Note) -> Note:
        # One that was kept has its hint.
        return each._replace(fields=(*each.fields[:6], "a hint"), hash="")

    monkeypatch.setattr(render, "notes", notes)


def merged(collection: Collection, package: Path):
    """Imports with Merge note types ticked, and nothing else changed."""
    options = collection._backend.get_import_anki_package_presets()
    options = ImportAnkiPackageOptions(
        merge_notetypes=True, update_notes=options.update_notes, update_notetypes=options.update_notetypes
    )
    return collection.import_anki_package(ImportAnkiPackageRequest(package_path=str(package), options=options)).log


@pytest.mark.parametrize("tried", [False, True], ids=["at once", "after a try without Merge"])
def test_a_note_type_that_must_grow_is_another_generation_which_learners_merge(
    collection, release, run: Run, tiny, request, tried
):
    imported(collection, release(MONDAY))
    before = study(collection)
    request.getfixturevalue("grown")
    told = run("--root", tiny, exit_code=1).output
    assert "the note type `en/qa` gained the field `Hint`" in told and "--grow" in told
    package = release(TUESDAY, "--grow")
    if tried:
        assert len(imported(collection, package).conflicting) == 2
    log = merged(collection, package)
    assert not log.conflicting and not log.new
    assert note(collection, "robin")["Hint"] == note(collection, "blackbird")["Hint"] == "a hint"
    assert history(collection) == before
    assert collection.note_count() == 3

    edit(tiny / SONG, "at dusk?", "at night?")
    log = imported(collection, release(WEDNESDAY))
    assert [entry.id.nid for entry in log.updated] == [note(collection, "blackbird").id]
