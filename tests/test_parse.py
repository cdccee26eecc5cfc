"""Card files -> cards: what test_bad.py and format.md do not show."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest
from sheaf import parsed

from deckwright import cut, scan
from deckwright.configure import project
from deckwright.mark import BRACE, CLOSE, HINT
from deckwright.model import Card, Media, Note, Place
from deckwright.read import Passage, passage


def cards(root: Path, text: str | bytes) -> list[Card]:
    """The cards of the tiny deck with `text` as its only file."""
    data = text.encode() if isinstance(text, str) else text
    (root / "cards" / "01-song.md").write_bytes(data)
    settings, problems = project(root)
    found, _, more = parsed(settings)
    assert not problems + more
    return found


def test_a_byte_order_mark_and_windows_line_ends_change_nothing(tiny):
    text = "# Song\n<!-- tags: bird -->\n\nWho sings.\n\n## wren\n\nWhich $x$\nbird?\n\n---\n\nWren.\n"
    plain = cards(tiny, text)
    windows = cards(tiny, b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())
    assert windows == plain


def test_settings_under_the_file_heading_hold_for_every_card_and_tags_add_up(tiny):
    head = "# Song\n<!-- tags: bird song\n     type: cloze\n     source: a guide -->\n\n"
    first = "## wren\n<!-- tags: small BIRD -->\n\n{{c1::Wren}}\n\n"
    second = "## robin\n<!-- type: qa\n     source: one\n     source: two -->\n\nWho?\n\n---\n\nRobin.\n"
    wren, robin = cards(tiny, head + first + second)
    assert (wren.kind, wren.tags, [text.markdown for text in wren.sources]) == (
        "cloze",
        ("bird", "small", "song"),
        ["a guide"],
    )
    assert (robin.kind, robin.tags, [text.markdown for text in robin.sources]) == (
        "qa",
        ("bird", "song"),
        ["one", "two"],
    )


def test_headings_and_rules_inside_a_fence_are_code(tiny):
    card = cards(tiny, "# Song\n\n## wren\n\n```\n## robin\n---\n# x\n```\n\n---\n\nWren.\n")[0]
    assert "## robin\n---\n# x" in card.question.markdown
    assert card.answer.markdown.strip() == "Wren."


def test_every_value_knows_the_place_of_its_author_s_text(tiny):
    card = cards(tiny, "# Song\n\n## wren\n<!-- source: see $y$ -->\n\nWhich $x$?\n\n---\n\nWren.\n")[0]
    path = "cards/01-song.md"
    assert card.place == Place(path, 3, 4, "## wren")
    assert card.question.atoms[0].place == Place(path, 6, 7, "Which $x$?")
    assert card.sources[0].atoms[0].place == Place(path, 4, 18, "<!-- source: see $y$ -->")


def test_the_paragraph_under_the_heading_is_the_description_and_names_the_subdeck(tiny):
    settings, _ = project(tiny)
    _, decks, _ = parsed(settings)
    assert [(deck.name, deck.description.markdown.strip()) for deck in decks] == [
        ("Birds::Song", "Who sings, and when.")
    ]


def test_files_are_read_in_name_order_from_folders_too(tiny):
    (tiny / "cards" / "00").mkdir()
    (tiny / "cards" / "00" / "nest.md").write_text("# Nest\n\n## nest\n\nWhere?\n\n---\n\nThere.\n")
    settings, _ = project(tiny)
    found, _, _ = parsed(settings)
    assert [card.slug for card in found] == ["nest", "blackbird", "wren", "robin"]


def test_two_languages_have_a_folder_each_and_may_share_slugs(tiny):
    settings = tiny / "pyproject.toml"
    settings.write_text(settings.read_text() + 'languages.de = { title = "Vögel" }\n')
    for key in ("en", "de"):
        (tiny / "cards" / key).mkdir()
        (tiny / "cards" / key / "a.md").write_text("# A\n\n## wren\n\nWho?\n\n---\n\nWren.\n")
    (tiny / "cards" / "01-song.md").unlink()
    made, problems = project(tiny)
    found, _, more = parsed(made)
    assert not problems + more
    assert [card.key for card in found] == ["en/wren", "de/wren"]


def test_nouns_are_frozen():
    for noun in (
        Place("a"),
        Media("a.svg", Path("a.svg")),
        Note(Place("a"), "en", "wren", "qa", "Birds", (), (), (), ()),
    ):
        with pytest.raises(AttributeError):
            setattr(noun, type(noun).__match_args__[0], "other")


def test_what_a_file_sets_for_all_its_cards_is_not_held_against_a_cloze(tiny):
    head = "# Song\n<!-- reverse: yes -->\n\n"
    wren, robin = cards(
        tiny, head + "## wren\n<!-- type: cloze -->\n\n{{c1::Wren}}\n\n## robin\n\nWho?\n\n---\n\nHe.\n"
    )
    assert (wren.reverse, robin.reverse) == (False, True)


def test_a_heading_inside_a_comment_is_none(tiny):
    text = "# Song\n\n## wren\n\nWho?\n\n---\n\nWren.\n\n<!--\n## old\n\nWho?\n-->\n"
    assert [card.slug for card in cards(tiny, text)] == ["wren"]


def test_a_comment_changes_nothing_on_a_card(tiny):
    plain = "# Song\n\n## wren\n\nWho?\n\n---\n\nWren.\n"
    commented = plain.replace("Wren.", "<!-- todo -->\n\nWren.")
    assert cards(tiny, plain)[0].answer.markdown.strip() == cards(tiny, commented)[0].answer.markdown.strip()


def test_the_last_of_a_setting_s_values_counts(tiny):
    text = "# Song\n\n## wren\n<!-- type: cloze\n     type: qa -->\n\nWho?\n\n---\n\nWren.\n"
    assert cards(tiny, text)[0].kind == "qa"


def test_a_fence_is_closed_by_one_as_long_as_indented_and_bare(tiny):
    body = "````\n```\n``` x\n## robin\n````\n"
    card = cards(tiny, f"# Song\n\n## wren\n\n{body}\n---\n\nWren.\n")[0]
    assert card.question.markdown.strip() == body.strip()


def test_formulas_and_code_end_with_their_paragraph(tiny):
    card = cards(tiny, "# Song\n\n## wren\n\nA `tick and $5\n\nand $6 `more\n\n---\n\nWren.\n")[0]
    assert not card.question.atoms


def test_braces_and_a_second_pair_of_colons_inside_a_cloze_are_text(tiny):
    text = "# Song\n\n## wren\n<!-- type: cloze -->\n\n{{c1::a {b::c} d::hint::more}}\n"
    card = cards(tiny, text)[0]
    shown = card.question.markdown.strip()
    assert shown.count(HINT) == 1 and "{b::c}" in shown.replace(BRACE, "{") and shown.endswith(f"::more{CLOSE}")


SIGNS = [
    "$",
    "$$",
    "$$",
    "{",
    "}",
    "{{c1::",
    "}}",
    "\\",
    "\\\\",
    "\\$",
    "\\{",
    "\\frac{1}{2}",
    "%",
    "<!--",
    "<!-- = 2 -->",
    "`",
]
SIGNS += ["\n", "\n\n", "\n> ", " ", "x", "3", "\u00b2", "\u4e2d", "<b", "|", "_", "^"]


@pytest.mark.parametrize("seed", range(8))
def test_a_formula_that_looks_plain_is_what_it_is_looked_at_closely(monkeypatch, seed):
    dice = random.Random(seed)
    texts = ["".join(dice.choices(SIGNS, k=dice.randint(1, 9))) for _ in range(500)]
    texts += [f"${text}$" for text in texts] + [f"a\n\n$$\n{text}\n$$" for text in texts]
    here = [Passage(text, "x.md", 1, 1, tuple(text.split("\n"))) for text in texts]
    quick = [scan.text(each, Path("/x"), cloze=bool(seed % 2)) for each in here]
    shapes = {kind for each in here for kind, *_ in cut.pieces(each, [])}
    assert {"plain", "inline", "display", "kept"} <= shapes
    monkeypatch.setattr(cut, "_PLAIN", re.compile("(?!)"))
    assert [scan.text(each, Path("/x"), cloze=bool(seed % 2)) for each in here] == quick


@pytest.mark.parametrize(
    "sign", ["\0", "\x08", "\x0b", "\x0c", "\x0e", "\x1f", "\x7f", "\U000f0000", "\U00100000", "\U0010ffff"]
)
def test_a_control_character_anywhere_is_told(tmp_path, sign):
    (tmp_path / "x.md").write_text(f"a\tb\u00e9\ud7ff\ue000\r\n c{sign}", "utf-8")
    _, problems = passage(tmp_path / "x.md", "x.md")
    assert [(each.rule, each.place.line, each.place.column) for each in problems] == [("control-character", 2, 3)]
