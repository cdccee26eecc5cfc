"""The card format as its manual, format.md, says: each case is built, imported into the real Anki, and shown there."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from anki.collection import Collection
from click.testing import CliRunner
from desk import TINY, imported

import build
from deckwright import dress, fill

HERE = Path(__file__).parent
CASE = re.compile(r"^## (?P<title>[^\n]+)\n(?P<rest>.*?)(?=^## |\Z)", re.DOTALL | re.MULTILINE)
BLOCK = re.compile(r"^~~~~ (?P<what>\w+)\n(?P<text>.*?)^~~~~$", re.DOTALL | re.MULTILINE)
MANUAL = (HERE / "format.md").read_text("utf-8")
CASES = {
    case["title"]: {block["what"]: block["text"] for block in BLOCK.finditer(case["rest"])}
    for case in CASE.finditer(MANUAL)
}


def slug(title: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """Front and back of each case's first card as Anki renders them, by slug, from one deck of all cases."""
    root = tmp_path_factory.mktemp("format") / "deck"
    shutil.copytree(TINY, root)
    cards = "".join(f"## {slug(title)}\n{blocks['card']}\n" for title, blocks in CASES.items())
    (root / "cards" / "01-song.md").write_text(f"# Format\n\n{cards}", "utf-8")
    for kind in ("qa", "cloze"):
        field = "{{ cloze.Text }}" if kind == "cloze" else "{{ field.Question }}"
        (root / "templates" / kind / "front.html").write_text(field)
        back = "{{ cloze.Text }}" if kind == "cloze" else "{{ field.Answer }}"
        (root / "templates" / kind / "back.html").write_text(back + "{{ field.Details }}")
    result = CliRunner().invoke(build.main, ["--root", str(root)], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    collection = Collection(str(root / "collection.anki2"))
    imported(collection, root / "dist" / "birds.apkg")
    sides = {}
    for title in CASES:
        card = collection.get_card(collection.find_cards(f"Id:{slug(title)} card:1")[0])
        output = card.render_output()
        sides[slug(title)] = [output.question_text, output.answer_text]
    same_as_ours(root, collection)
    collection.close()
    return sides


def same_as_ours(root: Path, collection: Collection) -> None:
    """Our own rendering of every card, nested clozes and hints too, shows what Anki's shows."""
    made = build.make(root, ())
    jinja = fill.environment(made.project)
    types = {note_type.kind: note_type for note_type in made.note_types}
    for note in made.notes:
        for ordinal in note.ordinals:
            card = collection.get_card(collection.find_cards(f"Id:{note.slug} card:{ordinal + 1}")[0])
            shown = card.render_output()
            ours = dress.sides(made.project, jinja, note, types[note.kind], ordinal)
            assert ours == (shown.question_text, shown.answer_text, [])


@pytest.mark.parametrize("title", CASES)
def test_anki_shows_a_card_as_the_manual_says(title: str, shown: dict[str, list[str]]) -> None:
    assert shown[slug(title)] == [CASES[title]["front"].rstrip("\n"), CASES[title]["back"].rstrip("\n")]
