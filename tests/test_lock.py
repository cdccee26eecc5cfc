"""Identity and time: a guid for ever, a new time exactly when the content changed."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deckwright import identify, lock, refuse
from deckwright.lock import Lock
from deckwright.model import FIELDS, Note, NoteType, Place, Template

MONDAY, TUESDAY = 1_760_000_000, 1_760_086_400
QA = NoteType(Place("t"), "en", "qa", "Birds QA", FIELDS["qa"], (Template("Forward", "f", "b"),), "css")


def note(slug: str, answer: str = "Wren.", **more: object) -> Note:
    fields = (slug, "Who?", answer, "", "", "")
    return Note(Place("c"), "en", slug, "qa", "Birds::Song", fields, ("bird",), (0,), ())._replace(**more)


def updated(old: Lock, notes: list[Note], now: int, note_types: tuple[NoteType, ...] = (QA,)) -> Lock:
    return lock.update(old, ["en"], notes, list(note_types), now)


def modified(state: Lock, slug: str) -> int:
    return state.entries["note", f"en/{slug}"].stamp.modified


EMPTY = Lock("birds", {})
FIRST = updated(EMPTY, [note("wren"), note("robin")], MONDAY)


def test_a_guid_comes_from_namespace_language_and_slug_alone():
    assert identify.guid("transformer-interview", "zh/scale-derivation") == "RaadvUovc38"
    assert identify.guid("birds", "en/wren") != identify.guid("birds", "de/wren") != identify.guid("fish", "de/wren")


def test_ids_of_note_types_fields_and_templates_never_move_and_fit_anki_s_json():
    assert identify.note_type_id("transformer-interview", "zh/qa", 1) == 4409576365436588
    assert identify.identity("field", "transformer-interview", "zh/qa/Answer") < 2**53


def test_what_is_unchanged_keeps_its_time_and_what_changed_gets_now():
    later = updated(FIRST, [note("wren", "The wren."), note("robin")], TUESDAY)
    assert (modified(later, "wren"), modified(later, "robin")) == (TUESDAY, MONDAY)


@pytest.mark.parametrize(
    "change", [{"tags": ("bird", "small")}, {"fields": ("wren", "Which?", "Wren.", "", "", "")}], ids=["tags", "fields"]
)
def test_every_change_that_anki_can_show_moves_the_time(change):
    assert modified(updated(FIRST, [note("wren", **change), note("robin")], TUESDAY), "wren") == TUESDAY


def test_a_move_to_another_deck_or_line_moves_no_time():
    moved = note("wren", deck="Birds::Other", place=Place("other.md", 9))
    assert modified(updated(FIRST, [moved, note("robin")], TUESDAY), "wren") == MONDAY


def test_a_time_never_goes_back_even_with_a_clock_that_does():
    back = updated(FIRST, [note("wren", "New."), note("robin")], MONDAY - 1000)
    assert modified(back, "wren") == MONDAY + 1


def test_a_text_that_returns_to_what_it_was_gets_a_newer_time():
    away = updated(FIRST, [note("wren", "New."), note("robin")], TUESDAY)
    assert modified(updated(away, [note("wren"), note("robin")], TUESDAY), "wren") == TUESDAY + 1


def test_a_style_moves_the_note_type_s_time_and_no_note_s():
    restyled = updated(FIRST, [note("wren"), note("robin")], TUESDAY, (replace(QA, css="other"),))
    assert restyled.entries["notetype", "en/qa"].stamp.modified == TUESDAY
    assert modified(restyled, "wren") == MONDAY


def test_a_note_that_is_gone_is_kept_as_retired_and_returns_with_its_birth_and_a_later_time():
    gone = updated(FIRST, [note("robin")], TUESDAY)
    assert gone.entries["note", "en/wren"].retired == TUESDAY
    assert lock.changes(FIRST, gone, "en").retired == ("en/wren",)
    back = updated(gone, [note("wren"), note("robin")], TUESDAY + 5)
    assert modified(back, "wren") == TUESDAY + 5
    assert back.entries["note", "en/wren"].stamp.born == FIRST.entries["note", "en/wren"].stamp.born
    assert lock.changes(gone, back, "en").new == ("en/wren",)


def test_another_language_s_entries_stay_as_they_are():
    german = note("wren")._replace(language="de")
    both = lock.update(FIRST, ["de"], [german], [replace(QA, language="de")], TUESDAY)
    assert both.entries["note", "en/wren"] == FIRST.entries["note", "en/wren"]


def test_births_are_unique_never_in_the_future_and_in_the_order_of_the_sources():
    born = [FIRST.entries["note", f"en/{slug}"].stamp.born for slug in ("wren", "robin")]
    assert born[0] < born[1] <= MONDAY * 1000
    more = updated(FIRST, [note("wren"), note("robin"), note("owl")], MONDAY)
    births = [entry.stamp.born for entry in more.entries.values()]
    assert len(set(births)) == len(births) and max(births) <= MONDAY * 1000


def test_a_note_between_two_gets_a_place_between_theirs():
    between = updated(FIRST, [note("wren"), note("owl"), note("robin")], TUESDAY)
    places = [between.entries["note", f"en/{slug}"].stamp.position for slug in ("wren", "owl", "robin")]
    assert places == [100, 150, 200]


@given(st.lists(st.permutations(list(range(12))), min_size=1, max_size=6), st.integers(0, 11))
def test_positions_follow_the_sources_however_cards_come_go_and_move(orders, kept):
    state = EMPTY
    for order in orders:
        state = updated(state, [note(f"n{number}") for number in order[: kept + 1]], MONDAY)
        places = [state.entries["note", f"en/n{number}"].stamp.position for number in order[: kept + 1]]
        assert all(before < after for before, after in pairwise(places))


def test_a_lock_written_and_read_is_the_same_lock(tmp_path: Path):
    gone = updated(FIRST, [note("robin")], TUESDAY)
    path = tmp_path / "deck.lock"
    path.write_text(str(gone))
    read, problems = lock.read(path, "birds")
    assert not problems
    assert str(read) == str(gone)
    assert str(gone).splitlines()[1:] == sorted(str(gone).splitlines()[1:])


def test_a_note_type_that_gained_a_field_is_refused_in_words():
    grown = replace(QA, fields=(*QA.fields, "Hint"))
    new = updated(FIRST, [], TUESDAY, (grown,))
    problems = refuse.edits(FIRST, new, [], [grown], TUESDAY)
    assert [problem.message for problem in problems] == ["the note type `en/qa` gained the field `Hint`"]
