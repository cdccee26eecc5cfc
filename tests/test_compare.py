"""What a learner sees change between two releases: the tiny deck built twice, and the real Anki asked."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from anki.collection import Collection, ImportAnkiPackageRequest
from anki.import_export_pb2 import ImportAnkiPackageOptions, ImportAnkiPackageUpdateCondition
from desk import SONG, TINY, edit, imported
from hypothesis import given
from hypothesis import strategies as st
from learner import release

from deckwright import compare, skim, tell, unpack
from deckwright.compare import Comparison, Edit, Moved, Obstacle, Renumbered, Restyled
from deckwright.unpack import Release

MONDAY, TUESDAY = 1_760_000_000, 1_760_086_400
STYLE = "templates/style.css"
ALWAYS = ImportAnkiPackageUpdateCondition.IMPORT_ANKI_PACKAGE_UPDATE_CONDITION_ALWAYS


@dataclass(frozen=True)
class Deck:
    """A deck that was released on Monday, its sources to be edited, and released again on Tuesday."""

    root: Path
    monday: Path

    def edit(self, old: str, new: str, name: str = SONG) -> None:
        edit(self.root / name, old, new)

    def add(self, text: str, name: str = SONG) -> None:
        path = self.root / name
        path.write_text((path.read_text("utf-8") if path.exists() else "") + text, "utf-8")

    def tuesday(self) -> Path:
        return release(self.root, TUESDAY, self.root / "tuesday")

    def compared(self) -> Comparison:
        return compare.releases(held(self.monday), held(self.tuesday()), "birds")

    def told(self) -> str:
        return tell.markdown(self.compared())


def held(package: Path) -> Release:
    """What a package holds."""
    found, problems = unpack.release(package, "birds", ["en"])
    assert not problems
    return found


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny deck, its pictures drawn, released on Monday."""
    root = Path(shutil.copytree(TINY, tmp_path_factory.mktemp("released") / "tiny"))
    release(root, MONDAY, root / "monday")
    return root


@pytest.fixture
def deck(released: Path, tmp_path: Path) -> Deck:
    root = Path(shutil.copytree(released, tmp_path / "deck"))
    return Deck(root, root / "monday" / "birds.apkg")


@pytest.fixture
def rereleased(deck: Deck) -> Callable[[str, str], Deck]:
    """Edits the cards and releases them on Monday anew, as if nothing had been before."""

    def release_with(old: str, new: str) -> Deck:
        deck.edit(old, new)
        (deck.root / "deck.lock").unlink()
        release(deck.root, MONDAY, deck.monday.parent)
        return deck

    return release_with


def only(comparison: Comparison) -> Edit:
    """The one edit, besides which nothing changed."""
    (edit,) = comparison.edits
    assert replace(comparison, edits=()).empty
    return edit


def wordings(edit: Edit) -> dict[str, str]:
    return {wording.part: tell._pieces(wording.pieces) for wording in edit.wording}


def test_releases_that_are_the_same_say_that_nothing_changed(deck: Deck):
    comparison = deck.compared()
    assert comparison.empty
    assert tell.markdown(comparison) == "Nothing changed: to import this release changes nothing.\n"


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("at dusk?", "at night?", {"question": "Which bird sings from the roof at ~~dusk~~ **night**?"}),
        (
            "**The blackbird.**",
            "**The male blackbird.**",
            {"answer": "The **male** blackbird. [picture: wing] …"},
        ),
        (
            "![A wing, drawn](../figures/wing.py?feathers=5)\n",
            "",
            {"answer": "The blackbird. ~~[picture: wing] A wing, drawn~~"},
        ),
        ("are fed on worms.", "are fed.", {"details": "Its young are fed ~~on worms~~."}),
        ("Its young are fed on worms.", "", {"details": "~~Its young are fed on worms.~~"}),
        ("guide, p. 12]", "guide, p. 13]", {"sources": "A field guide, p. ~~12~~ **13**"}),
        (
            "/guide)",
            "/book)",
            {"sources": "A field guide, p. 12 ~~(<https://example.org/guide>)~~ **(<https://example.org/book>)**"},
        ),
        (
            "sings at {{c2::90",
            "calls at {{c2::90",
            {"text": "The wren is small and ~~sings~~ **calls** at 90 decibels [how loud?]."},
        ),
        ("90 decibels", "95 decibels", {"text": "The wren is small and sings at ~~90~~ **95** decibels [how loud?]."}),
        ("::how loud?", "::loud?", {"text": "… and sings at 90 decibels [~~how~~ loud?]."}),
    ],
)
def test_each_part_of_a_note_tells_its_own_words(deck: Deck, old: str, new: str, told: dict[str, str]):
    deck.edit(old, new)
    edit = only(deck.compared())
    assert wordings(edit) == told
    assert edit == Edit(edit.key, edit.cloze, edit.wording)


def test_chinese_is_told_by_characters_and_marks_stand_apart_from_them(rereleased):
    deck = rereleased("Its young are fed on worms.", "为什么注意力分数要除以根号，而不是直接相加？")
    deck.edit("要除以根号，而", "须除以 $\\sqrt{d_k}$，而")
    assert wordings(only(deck.compared())) == {
        "details": "为什么注意力分数 ~~要除以根号~~ **须除以 $\\sqrt{d_k}$**，而不是直接相加？"
    }


def test_formulas_are_told_as_tex_and_code_in_backticks_each_as_one_word(rereleased):
    deck = rereleased("Its young are fed on worms.", "It costs $a_1 < b$ or `f(1)`, see 10<sup>6</sup> * x.")
    deck.edit("$a_1 < b$ or `f(1)`", "$a_2 < b$ or `f(2)`")
    assert wordings(only(deck.compared())) == {
        "details": "It costs ~~$a_1 < b$ or `f(1)`~~ **$a_2 < b$ or `f(2)`**, see 10^6 \\* x."
    }


def test_a_redrawn_picture_is_a_new_picture_and_no_other_words(deck: Deck):
    deck.add("\nREDRAWN = True\n", "figures/wing.py")
    comparison = deck.compared()
    assert only(comparison) == Edit("en/blackbird", False, redrawn=("wing",))
    assert "## New pictures\n\n- `blackbird`: new picture `wing`\n" in tell.markdown(comparison)


def test_another_picture_under_the_same_words_is_a_new_picture(deck: Deck):
    shutil.copy(deck.root / "cards" / "robin.svg", deck.root / "cards" / "redbreast.svg")
    deck.edit("(robin.svg)", "(redbreast.svg)")
    assert only(deck.compared()) == Edit("en/robin", False, redrawn=("redbreast",))


def test_a_picture_that_comes_or_goes_is_named_among_the_words(deck: Deck):
    deck.edit("Robin ![A robin](robin.svg)", "Robin")
    assert wordings(only(deck.compared())) == {"answer": "Robin ~~[picture: robin]~~"}


def test_tags_are_told_alone_or_beside_other_words(deck: Deck):
    deck.edit("<!-- tags: evening", "<!-- tags: roof")
    comparison = deck.compared()
    assert only(comparison) == Edit("en/blackbird", False, tags_added=("roof",), tags_removed=("evening",))
    assert "## Tags\n\n- `blackbird`: +`roof` −`evening`\n" in tell.markdown(comparison)
    deck.edit("at dusk?", "at night?")
    told = deck.told()
    assert "~~dusk~~ **night**?\n  - tags: +`roof` −`evening`\n" in told and "## Tags" not in told


def test_a_reverse_card_that_is_switched_on_comes_as_a_new_card(deck: Deck, collection: Collection):
    imported(collection, deck.monday)
    before = collection.card_count()
    deck.edit("<!-- tags: evening", "<!-- reverse: yes\n tags: evening")
    comparison = deck.compared()
    assert only(comparison) == Edit("en/blackbird", False, cards_added=(2,))
    assert "`blackbird`: the reverse card is new: it comes as a new card" in tell.markdown(comparison)
    imported(collection, deck.tuesday())
    assert collection.card_count() == before + 1


def test_tags_are_told_beside_other_cards_too():
    told = list(tell._cards(Edit("en/robin", False, tags_added=("winter",), cards_added=(2,))))
    assert told[1:] == ["- `robin`: tags +`winter`"]


def test_a_reverse_card_that_is_switched_off_stays_until_empty_cards_finds_it(deck: Deck, collection: Collection):
    imported(collection, deck.monday)
    before = collection.card_count()
    deck.edit("<!-- reverse: yes -->\n", "")
    comparison = deck.compared()
    assert only(comparison) == Edit("en/robin", False, cards_gone=(2,))
    told = tell.markdown(comparison)
    assert "`robin`: the reverse card is gone: with you it stays until you delete it by *Tools > Empty" in told
    imported(collection, deck.tuesday())
    assert collection.card_count() == before
    (empty,) = collection.get_empty_cards().notes
    assert [collection.get_card(card_id).ord + 1 for card_id in empty.card_ids] == [2]


@pytest.mark.parametrize(
    ("text", "edit", "told"),
    [
        (
            "The {{c1::wren}} is {{c3::small}} and sings at {{c2::90 decibels::how loud?}}.",
            Edit("en/wren", True, cards_added=(3,)),
            "cloze 3 is new: it comes as a new card",
        ),
        (
            "The {{c1::wren}} is small and sings at 90 decibels [how loud?].",
            Edit("en/wren", True, cards_gone=(2,)),
            "cloze 2 is gone: with you it stays",
        ),
        (
            "The wren is small and sings at {{c1::90 decibels::how loud?}}.",
            Edit("en/wren", True, cards_gone=(2,), renumbered=(Renumbered("90 decibels", 2, 1),)),
            "“90 decibels” was cloze 2 and is cloze 1 now; the history of reviews stays with the number",
        ),
        (
            "The {{c2::wren}} is small and sings at {{c1::90 decibels::how loud?}}.",
            Edit("en/wren", True, renumbered=(Renumbered("90 decibels", 2, 1), Renumbered("wren", 1, 2))),
            "“wren” was cloze 1 and is cloze 2 now",
        ),
        (
            "{{c1::The wren}} is small and sings at {{c2::90 decibels::how loud?}}.",
            Edit("en/wren", True, rehidden=(1,)),
            "cloze 1 hides other words of the same text",
        ),
    ],
    ids=["added", "gone", "moved-up", "swapped", "wider"],
)
def test_clozes_are_told_by_their_numbers(deck: Deck, text: str, edit: Edit, told: str):
    deck.edit("The {{c1::wren}} is small and sings at {{c2::90 decibels::how loud?}}.", text)
    comparison = deck.compared()
    assert only(comparison) == edit
    markdown = tell.markdown(comparison)
    assert "\n## Other cards of the same note\n\n- `wren`: " in markdown and f"\n- `wren`: {told}" in markdown


def test_what_a_cloze_hides_in_a_formula_is_told_as_a_formula():
    field = r"So \(a = {{c1::\frac{b}{c&#125;}}\) and {{c2::\(d\), not {{c3::e}}::which?}}; {{c1::f}}"
    assert skim.hidden(field, "birds") == {1: r"$\frac{b}{c}$ … f", 2: "$d$, not e", 3: "e"}


def test_a_change_of_looks_names_the_note_type_and_what_is_new_of_it(deck: Deck):
    deck.add("\n.new { color: red; }\n", STYLE)
    deck.add("<p>New</p>", "templates/qa/reverse-front.html")
    comparison = deck.compared()
    assert comparison.restyled == (
        Restyled("en/cloze", "Birds Cloze", "Birds Cloze", True, ()),
        Restyled("en/qa", "Birds QA", "Birds QA", True, ("Reverse",)),
    )
    assert replace(comparison, restyled=()).empty
    assert "- “Birds QA” has a new style and has a new layout of the card “Reverse”\n" in tell.markdown(comparison)


def test_a_new_card_is_told_under_its_subdeck_with_its_question_and_what_a_cloze_hides_stays_hidden(deck: Deck):
    deck.add("\n## owl\n\nWhich bird calls $n$ times?\n\n---\n\nThe owl.\n")
    deck.add("\n## jay\n<!-- type: cloze -->\n\nThe {{c1::jay}} hides {{c2::acorns::what?}}.\n")
    told = deck.told()
    assert told.startswith("**2 new.**\n")
    assert "- Song\n  - `owl`: Which bird calls $n$ times?\n  - `jay`: The [...] hides [what?].\n" in told


def test_formatting_and_a_text_that_went_and_came_back_are_named_as_nothing_to_see(deck: Deck):
    deck.edit("**The blackbird.**", "The *blackbird.*")
    comparison = deck.compared()
    assert only(comparison) == Edit("en/blackbird", False)
    assert "**1 with nothing new to see.**" in tell.markdown(comparison)
    deck.edit("The *blackbird.*", "**The blackbird.**")
    assert only(deck.compared()) == Edit("en/blackbird", False)


def test_the_browse_search_finds_the_retired_notes_and_no_other_in_the_real_anki(deck: Deck, collection: Collection):
    deck.edit('title = "Birds"', 'title = "Bi*ds_of \\"us\\" \\\\: a"', "pyproject.toml")
    (deck.root / "deck.lock").unlink()
    deck.add("\n## wren-egg\n\nHow big?\n\n---\n\nSmall.\n\n## owl\n\nWho?\n\n---\n\nIt.\n")
    monday = release(deck.root, MONDAY, deck.root / "monday")
    imported(collection, monday)
    ours, mine = collection.models.by_name("Bi*ds_of us \\: a QA"), []
    for name in ("Birds_of us \\: a QA", "Bi*ds-of us \\: a QA"):
        own = collection.models.copy(ours, add=False)
        own["name"] = name
        collection.models.add_dict(own)
        mine.append(collection.new_note(collection.models.by_name(name)))
        mine[-1].fields = ["owl", "mine", *mine[-1].fields[2:]]
        collection.add_note(mine[-1], 1)

    text = (deck.root / SONG).read_text("utf-8")
    cards = text.split("\n## ")
    gone = ("wren\n", "robin\n", "owl\n")
    (deck.root / SONG).write_text("\n## ".join(card for card in cards if not card.startswith(gone)), "utf-8")
    tuesday = deck.tuesday()
    comparison = compare.releases(held(monday), held(tuesday), "birds")
    imported(collection, tuesday)

    assert [entry.key for entry in comparison.retired] == ["en/wren", "en/robin", "en/owl"]
    assert len(comparison.searches) == 2
    found = [note_id for search in comparison.searches for note_id in collection.find_notes(search)]
    slugs = sorted(collection.get_note(note_id).fields[0] for note_id in found)
    assert slugs == ["owl", "robin", "wren"] and not {note.id for note in mine} & set(found)
    told = tell.markdown(comparison)
    assert all(f"```\n{search}\n```" in told for search in comparison.searches)


def test_after_a_new_title_the_search_has_the_name_that_the_import_gives(deck: Deck, collection: Collection):
    imported(collection, deck.monday)
    deck.edit('title = "Birds"', 'title = "Fowl"', "pyproject.toml")
    text = (deck.root / SONG).read_text("utf-8")
    (deck.root / SONG).write_text(text.split("\n## robin")[0] + "\n", "utf-8")
    comparison = deck.compared()
    imported(collection, deck.tuesday())
    assert comparison.searches == ('"note:Fowl QA" "Id:re:^(robin)$"',)
    assert len(collection.find_notes(comparison.searches[0])) == 1
    assert "- “Birds QA” is now called “Fowl QA”\n" in tell.markdown(comparison)


def test_a_card_that_moved_stays_where_it_is_and_only_new_learners_get_it_elsewhere(deck: Deck, tmp_path: Path):
    wren = "## wren" + (deck.root / SONG).read_text("utf-8").split("## wren")[1].split("## robin")[0]
    deck.edit(wren, "")
    deck.add(f"# Garden\n<!-- tags: bird song -->\n\n{wren}", "cards/02-garden.md")
    tuesday = deck.tuesday()
    comparison = compare.releases(held(deck.monday), held(tuesday), "birds")
    assert comparison.moved == (Moved(("en/wren",), "Birds::Song", "Birds::Garden"),)
    assert replace(comparison, moved=()).empty
    assert "- from “Birds › Song” to “Birds › Garden”: `wren`\n" in tell.markdown(comparison)
    for name, packages, where in (
        ("old", [deck.monday, tuesday], "Birds::Song"),
        ("new", [tuesday], "Birds::Garden"),
    ):
        learner = Collection(str(tmp_path / f"{name}.anki2"))
        for package in packages:
            imported(learner, package)
        (deck_id,) = {learner.get_card(card_id).did for card_id in learner.find_cards("Id:wren")}
        assert learner.decks.name(deck_id) == where
        learner.close()


def test_another_order_names_the_fewest_notes_that_moved(deck: Deck):
    text = (deck.root / SONG).read_text("utf-8")
    head, blackbird, wren, robin = text.split("\n## ")
    (deck.root / SONG).write_text("\n## ".join([head, f"{robin}\n", blackbird, wren]), "utf-8")
    comparison = deck.compared()
    assert comparison.reordered == ("en/robin",)
    assert replace(comparison, reordered=()).empty
    assert "with you they stay where they are: `robin`\n" in tell.markdown(comparison)


def test_an_older_release_needs_the_options_that_are_named_in_the_real_anki_too(deck: Deck, collection: Collection):
    deck.edit("at dusk?", "at night?")
    deck.add("\n.new { color: red; }\n", STYLE)
    tuesday = deck.tuesday()
    comparison = compare.releases(held(tuesday), held(deck.monday), "birds")
    assert comparison.obstacles == (
        Obstacle("older-type", ("Birds Cloze", "Birds QA")),
        Obstacle("older-notes", ("en/blackbird",)),
    )
    told = tell.markdown(comparison)
    assert "`blackbird`: these notes are older than the ones before; choose *Update notes: Always*" in told
    assert "choose *Update note types: Always*" in told and "default options" not in told

    imported(collection, tuesday)
    imported(collection, deck.monday)
    assert collection.find_notes("Id:blackbird Question:*night*")
    options = ImportAnkiPackageOptions(update_notes=ALWAYS, update_notetypes=ALWAYS)
    collection.import_anki_package(ImportAnkiPackageRequest(package_path=str(deck.monday), options=options))
    assert collection.find_notes("Id:blackbird Question:*dusk*")
    assert ".new" not in collection.models.by_name("Birds QA")["css"]


def test_the_options_are_called_as_anki_s_dialog_calls_them(collection: Collection):
    told = " ".join(way for _, way in tell._WAY.values())

    def plain(text: str) -> str:
        return text.replace(" ", "").lower()

    words, always = collection.tr, collection.tr.importing_update_always()
    for name in (
        words.importing_merge_notetypes(),
        f"{words.importing_update_notes()}: {always}",
        f"{words.importing_update_notetypes()}: {always}",
    ):
        assert plain(f"*{name}*") in plain(told)


def test_what_the_default_options_refuse_is_told_with_the_way_out(deck: Deck):
    old = held(deck.monday)
    cloze, qa = old.note_types
    reworded = old.notes[0]._replace(fields=("blackbird", "Who?", *old.notes[0].fields[2:]))

    def reasons(**change: object) -> dict[str, tuple[str, ...]]:
        found = compare.releases(old, replace(old, **change), "birds").obstacles
        return {obstacle.reason: obstacle.names for obstacle in found}

    assert reasons(notes=(reworded, *old.notes[1:])) == {"same-time": ("en/blackbird",)}
    grown = replace(qa, fields=(*qa.fields, "Hint"))
    assert reasons(note_types=(cloze, grown)) == {"other-schema": ("Birds QA",)}
    assert reasons(note_types=(cloze, grown), generations={"en/qa": 2}) == {"grown-type": ("Birds QA",)}
    retyped = old.notes[0]._replace(kind="cloze", fields=("blackbird", "{{c1::Who}}?", "", ""))
    assert reasons(notes=(retyped, *old.notes[1:])) == {"other-kind": ("en/blackbird",)}


def test_the_markdown_begins_with_the_counts_and_has_only_sections_that_hold_something(deck: Deck):
    deck.edit("at dusk?", "at night?")
    deck.add("\n## owl\n\nWho?\n\n---\n\nThe owl.\n")
    deck.edit(
        "## robin\n<!-- reverse: yes -->\n\nRed breast, sings in winter\n\n---\n\nRobin ![A robin](robin.svg)\n", ""
    )
    assert deck.told() == (
        "**1 new, 1 reworded, 1 retired.**\n\n"
        "Import the new file with the default options. Your reviews stay."
        " Notes that changed take the new text and tags, unless you edited yours later than the author.\n\n"
        "## New\n\n- Song\n  - `owl`: Who?\n\n"
        "## Reworded\n\n- `blackbird`\n  - question: Which bird sings from the roof at ~~dusk~~ **night**?\n\n"
        "## Retired\n\n"
        "These are no longer part of the deck. With you they stay, with their reviews, and are updated no more.\n\n"
        "- Song\n  - `robin`: Red breast, sings in winter\n\n"
        "To delete them, search for this in *Browse*, select all, and delete:\n\n"
        '```\n"note:Birds QA" "Id:re:^(robin)$"\n```\n'
    )


def test_the_plain_form_is_json_with_the_pieces_apart(deck: Deck):
    deck.edit("at dusk?", "at night?")
    plain = json.loads(json.dumps(tell.plain(deck.compared())))
    assert plain["default_options"] is True
    assert {name: number for name, number in plain["counts"].items() if number} == {"reworded": 1}
    assert plain["edits"][0]["wording"] == [
        {
            "part": "question",
            "pieces": [
                {"kind": "same", "text": "Which bird sings from the roof at"},
                {"kind": "gone", "text": " dusk"},
                {"kind": "new", "text": " night"},
                {"kind": "same", "text": "?"},
            ],
        }
    ]


def told_of(old: str, new: str) -> str:
    return tell._pieces(skim.difference(skim.words(old, ""), skim.words(new, "")))


def test_long_texts_are_cut_around_what_changed_and_a_text_written_anew_is_told_whole():
    many = [f"word{number}" for number in range(400)]
    assert told_of(" ".join(many), " ".join([*many[:200], "new", *many[200:]])) == (
        "… word197 word198 word199 **new** word200 word201 word202 …"
    )
    anew = told_of(" ".join(many), " ".join(f"other{number}" for number in range(400)))
    assert anew.startswith("~~word0 word1 ") and " … " in anew and anew.endswith(" other399**") and len(anew) < 400
    old, new = (
        "It sings on the roof at dusk and in the garden.",
        "Because of its size, the wren must be loud and at home.",
    )
    assert told_of(old, new) == f"~~{old}~~ **{new}**"
    every = told_of(
        " ".join(many), " ".join(f"x{word}" if number % 8 == 0 else word for number, word in enumerate(many))
    )
    assert len(every) < 1200 and every.endswith("more changes)")


WORDS = st.lists(st.sampled_from(["a", "the", "wren", "鸟", "唱", ",", "。", r"\(x_1\)", "<b>b</b>"]), max_size=9)


@given(WORDS, WORDS)
def test_a_difference_of_short_texts_holds_both_whole(old: list[str], new: list[str]):
    before, after = (skim.words(" ".join(side), "") for side in (old, new))
    pieces = skim.difference(before, after)
    assert bool(pieces) == (old != new)
    for kind, side in (("gone", before), ("new", after)):
        shown = "".join(piece.text for piece in pieces if piece.kind in ("same", kind)).replace(" ", "")
        assert not pieces or "…" in shown or shown == "".join(word.text for word in side)


def test_a_new_title_moves_every_card_and_names_no_more_slugs_than_one_reads():
    old = tuple(f"en/bird-{number}" for number in range(30))
    told = "".join(tell._moved([Moved(old, "Birds", "Fowl_*")]))
    assert told.endswith("to “Fowl\\_\\*”: " + ", ".join(f"`bird-{number}`" for number in range(20)) + ", 10 more")
