"""A learner imports, studies, and imports the next release: in the real Anki, on a copy of this repository's deck."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from anki.collection import Collection
from desk import Run, edit, imported

MONDAY, TUESDAY = 1_760_000_000, 1_760_086_400


@pytest.fixture
def release(packages: Path, tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> Callable[[int], Path]:
    """Builds the English deck of a fresh copy of the sources at a time, and yields its package."""
    root = Path(shutil.copytree(packages.parent, tmp_path / "deck", ignore=shutil.ignore_patterns("dist", "deck.lock")))

    def build_at(time: int) -> Path:
        monkeypatch.setenv("SOURCE_DATE_EPOCH", str(time))
        run("--root", root, "--lang", "en", "-o", tmp_path / str(time))
        return tmp_path / str(time) / "transformer-interview-en.apkg"

    build_at.root = root  # type: ignore[attr-defined]
    return build_at


def answer_all(collection: Collection, query: str) -> int:
    """Answers the first cards of `query` as good; yields how many reviews there are then."""
    for card_id in collection.find_cards(query):
        card = collection.get_card(card_id)
        card.start_timer()
        collection.sched.answerCard(card, 3)
    return int(collection.db.scalar("select count() from revlog"))


def state(collection: Collection, but: str = "") -> dict[str, list[object]]:
    """Every row of the collection that an import could touch."""
    tables = ("notes", "cards", "revlog", "notetypes", "fields", "templates", "decks", "graves")
    return {table: collection.db.all(f"select * from {table}") for table in tables if table != but}


def note(collection: Collection, slug: str):
    return collection.get_note(collection.find_notes(f"Id:{slug}")[0])


def test_an_unchanged_rebuild_is_all_duplicates_and_leaves_the_collection_untouched(collection, release):
    imported(collection, release(MONDAY))
    answer_all(collection, "Id:sdpa-definition")
    before = state(collection)
    log = imported(collection, release(TUESDAY))
    assert not log.new and not log.updated and not log.conflicting
    assert len(log.duplicate) == collection.note_count()
    assert state(collection) == before


def test_a_reworded_answer_updates_one_note_and_keeps_reviews_and_the_learners_tags(collection, release):
    imported(collection, release(MONDAY))
    reviews = answer_all(collection, "Id:scale-*")
    assert reviews > 3
    tagged = note(collection, "shared-qk")
    tagged.tags.append("mine")
    collection.update_note(tagged)
    cards = collection.db.all("select * from cards order by id")

    english = release.root / "cards" / "en" / "01-attention.md"
    old = "**To keep the variance of the scores at 1"
    edit(english, old, "**To hold the variance of the scores at 1")
    log = imported(collection, release(TUESDAY))

    assert [entry.id.nid for entry in log.updated] == [note(collection, "scale-derivation").id]
    assert not log.new and not log.conflicting
    assert "To hold the variance" in note(collection, "scale-derivation")["Answer"]
    assert "mine" in note(collection, "shared-qk").tags
    assert collection.db.scalar("select count() from revlog") == reviews
    assert collection.db.all("select * from cards order by id") == cards


def test_a_change_of_style_arrives_and_changes_no_note(collection, release):
    imported(collection, release(MONDAY))
    answer_all(collection, "Id:scale-derivation")
    before = state(collection, but="notetypes")
    style = release.root / "templates" / "style.css"
    style.write_text(style.read_text("utf-8") + "\n.dw .new { color: red; }\n", "utf-8")
    log = imported(collection, release(TUESDAY))
    assert not log.new and not log.updated and not log.conflicting
    assert state(collection, but="notetypes") == before
    assert all(".dw .new" in kind["css"] for kind in collection.models.all() if kind["name"].startswith("Transformer"))


def test_a_changed_figure_script_changes_only_its_notes_and_the_new_picture_shows(collection, release):
    imported(collection, release(MONDAY))
    showing = set(collection.find_notes("masks-"))
    script = release.root / "figures" / "masks.py"
    script.write_text(script.read_text("utf-8") + "\nREDRAWN = True\n", "utf-8")
    log = imported(collection, release(TUESDAY))
    assert {entry.id.nid for entry in log.updated} == showing and showing
    assert not log.new and not log.conflicting
    media = collection.media.check()
    assert not media.missing
    assert len(media.unused) == len({name for name in media.unused if "-masks-" in name}) > 0


def test_a_card_added_between_two_comes_between_them(collection, release):
    imported(collection, release(MONDAY))
    english = release.root / "cards" / "en" / "01-attention.md"
    text = english.read_text("utf-8")
    first, second = (part.split("\n", 1)[0] for part in text.split("\n## ")[1:3])
    edit(english, f"\n## {second}\n", f"\n## added\n\nWhat?\n\n---\n\nThat.\n\n## {second}\n")
    log = imported(collection, release(TUESDAY))
    assert len(log.new) == 1 and not log.updated
    due = [collection.get_card(collection.find_cards(f"Id:{slug}")[0]).due for slug in (first, "added", second)]
    assert due[0] < due[1] < due[2]


def test_a_removed_card_stays_with_the_learner_and_in_the_lock_and_may_return(collection, release):
    imported(collection, release(MONDAY))
    english = release.root / "cards" / "en" / "01-attention.md"
    before = english.read_text("utf-8")
    slug = before.rsplit("\n## ", 1)[1].split("\n", 1)[0]
    english.write_text(before.rsplit("\n## ", 1)[0] + "\n", "utf-8")
    log = imported(collection, release(TUESDAY))
    assert not log.new and not log.updated and not log.conflicting
    assert collection.find_notes(f"Id:{slug}")
    assert f"note en/{slug} " in (release.root / "deck.lock").read_text()
    assert "retired=" in (release.root / "deck.lock").read_text()
    english.write_text(before, "utf-8")
    log = imported(collection, release(TUESDAY + 86_400))
    assert [entry.id.nid for entry in log.updated] == list(collection.find_notes(f"Id:{slug}"))
    assert not log.new
