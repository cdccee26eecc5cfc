"""Every edit of an author, between two imports of a learner who studies: in the real Anki, with either set of options.

What the build refuses is in bad/. `Learner.imports` holds all that the learner has against what they had; the tests
say which notes change, and what shows. After each the learner goes on studying.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from anki.collection import Collection
from desk import SONG, TINY, edit, imported
from learner import STAMPS_UPDATES, Learner, release

DAY = 86_400
MONDAY = 1_600_000_000
TUESDAY, WEDNESDAY, THURSDAY, FRIDAY = (MONDAY + DAY * days for days in (1, 2, 3, 4))


@dataclass(frozen=True)
class Author:
    """Somebody with the sources of a deck."""

    root: Path
    out: Path

    def edit(self, old: str, new: str, name: str = SONG) -> None:
        """Replaces a text that stands once in a file."""
        edit(self.root / name, old, new)

    def write(self, name: str, text: str) -> None:
        """Writes a whole file."""
        (self.root / name).write_text(text, "utf-8")

    def read(self, name: str = SONG) -> str:
        """The text of a file."""
        return (self.root / name).read_text("utf-8")

    def add(self, text: str, name: str = SONG) -> None:
        """Puts `text` at the end of a file."""
        self.write(name, self.read(name) + text)

    def releases(self, time: int) -> Path:
        """Builds at `time`; yields the package."""
        return release(self.root, time, self.out / str(time))


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny deck with its pictures drawn, and not released yet."""
    root = Path(shutil.copytree(TINY, tmp_path_factory.mktemp("drawn") / "tiny"))
    release(root, MONDAY, root / "dist")
    shutil.rmtree(root / "dist")
    (root / "deck.lock").unlink()
    return root


@pytest.fixture
def author(drawn: Path, tmp_path: Path) -> Author:
    root = Path(shutil.copytree(drawn, tmp_path / "tiny", ignore=shutil.ignore_patterns("build")))
    (root / "build").symlink_to(drawn / "build")  # what one test draws, the next has
    return Author(root, tmp_path / "out")


@pytest.fixture
def learner(author: Author, collection: Collection) -> Iterator[Learner]:
    """A learner who has the deck of Monday, has answered every card on Tuesday, and goes on after the test."""
    learner = Learner(collection, MONDAY)
    imported(collection, author.releases(MONDAY))
    learner.now = TUESDAY
    assert learner.answer("deck:*") == 5
    yield learner
    reviews = learner.reviews()
    studied = learner.answer("deck:* -is:suspended -is:buried")
    assert learner.reviews() == reviews + studied


@pytest.fixture(params=[False, True], ids=["default", "merge+always"])
def always(request: pytest.FixtureRequest, author: Author, learner: Learner) -> bool:
    """Whether the learner once ticked Merge and Update: Always, which Anki then keeps ticked."""
    if request.param:
        learner.remember_merge_and_always(author.out / str(MONDAY) / "birds.apkg")
    return bool(request.param)


# The same with either set of options remembered.
either_options = pytest.mark.usefixtures("always")

CONTENT = {
    "question": (SONG, "at dusk?", "at night?", "blackbird", "at night?"),
    "answer": (SONG, "**The blackbird.**", "**The common blackbird.**", "blackbird", "common blackbird"),
    "details": (SONG, "fed on worms", "fed on earthworms", "blackbird", "earthworms"),
    "source": (SONG, "guide, p. 12", "guide, p. 13", "blackbird", "p. 13"),
    "caption": (SONG, "A wing, drawn", "A wing, unfolded", "blackbird", "A wing, unfolded"),
    "figure's argument": (SONG, "feathers=5", "feathers=4", "blackbird", "birds-wing-"),
    "figure's script": ("figures/wing.py", "[0, feather]", "[0, feather * 2]", "blackbird", "birds-wing-"),
    "cloze text": (SONG, "is small", "is tiny", "wren", "is tiny"),
    "cloze hint": (SONG, "how loud?", "volume?", "wren", "90 decibels"),
    "cloze answer": (SONG, "90 decibels", "95 decibels", "wren", "95 decibels"),
    "plain picture": ("cards/robin.svg", "#c33", "#c63", "robin", "birds-robin-"),
    "picture removed": (SONG, " ![A robin](robin.svg)", "", "robin", "Robin"),
    "picture added": (SONG, "on worms.", "on worms.\n\n![One more](robin.svg)", "blackbird", "birds-robin-"),
    "card's tag": (SONG, "tags: evening", "tags: night", "blackbird", "dusk"),
    "file's tag": (SONG, "bird song", "bird voice", "blackbird wren robin", "dusk"),
}


@pytest.mark.parametrize("name", CONTENT)
def test_an_edit_of_content_reaches_its_notes_and_touches_nothing_else(author, learner, always, name):
    file, old, new, slugs, text = CONTENT[name]
    before = learner.note(slugs.split()[0]).joined_fields() + " ".join(learner.note(slugs.split()[0]).tags)
    author.edit(old, new, file)
    package = author.releases(WEDNESDAY)
    learner.now = THURSDAY
    learner.imports(package, updated=slugs, theirs="")
    after = learner.note(slugs.split()[0]).joined_fields() + " ".join(learner.note(slugs.split()[0]).tags)
    assert after != before
    assert text in learner.shows(slugs.split()[0])
    learner.now = FRIDAY
    again = slugs if always and STAMPS_UPDATES else ""
    learner.imports(package, updated=again, theirs="")


@either_options
def test_a_picture_that_no_note_shows_any_longer_is_found_by_check_media(author, learner):
    old = {name for name in names(learner) if "robin" in name}
    author.edit("#c33", "#c63", "cards/robin.svg")
    learner.imports(author.releases(WEDNESDAY), updated="robin", theirs="")
    assert set(learner.collection.media.check().unused) == old


def names(learner: Learner) -> list[str]:
    return [path.name for path in Path(learner.collection.media.dir()).iterdir()]


def everything(learner: Learner) -> dict[str, list[object]]:
    tables = ("notes", "cards", "revlog", "notetypes", "fields", "templates", "decks", "graves")
    return {table: learner.collection.db.all(f"select * from {table}") for table in tables}


def nothing(author: Author) -> None:
    pass


def respelt(author: Author) -> None:
    author.edit("**The blackbird.**", "__The blackbird.__")
    author.edit("# Song\n", "# Song\n\n\n")


def redrawn(author: Author) -> None:
    (author.root / "build").unlink()


@pytest.mark.parametrize("how", [nothing, respelt, redrawn], ids=lambda how: how.__name__)
def test_a_rebuild_of_the_same_content_changes_no_row_of_the_collection(author, learner, how):
    how(author)
    before = everything(learner)
    log = learner.imports(author.releases(WEDNESDAY), theirs="")
    assert len(log.duplicate) == 3
    assert everything(learner) == before


@either_options
def test_a_rebuild_of_the_same_content_changes_no_note_where_merge_and_always_are_ticked(author, learner):
    learner.imports(author.releases(WEDNESDAY), theirs="")


def style(author: Author) -> str:
    author.add(".new { color: red; }\n", "templates/style.css")
    return ".new"


def template(author: Author) -> str:
    author.add("<p class=new>Sung by birds.</p>\n", "templates/qa/back.html")
    author.add("<p class=new>Sung by birds.</p>\n", "templates/cloze/back.html")
    return "Sung by birds."


@pytest.mark.parametrize("how", [style, template], ids=lambda how: how.__name__)
def test_a_change_of_style_or_template_shows_on_every_card_and_changes_no_note(author, learner, always, how):
    learner.edit("wren", "Details", "heard it")
    text = how(author)
    learner.now = THURSDAY
    overwritten = "wren" if always else ""
    learner.imports(author.releases(WEDNESDAY), updated=overwritten, theirs="" if always else "wren")
    for slug in ("blackbird", "wren", "robin"):
        output = learner.cards(slug)[0].render_output()
        assert text in (output.css if how is style else output.answer_text)


@either_options
def test_a_new_style_shows_though_a_learner_wrote_their_own_css_before(author, learner):
    for kind in learner.collection.models.all():
        if kind["name"].startswith("Birds"):
            kind["css"] += ".own {}"
            learner.collection.models.update_dict(kind)
    learner.done()
    style(author)
    learner.imports(author.releases(WEDNESDAY), theirs="")
    css = learner.cards("wren")[0].render_output().css
    assert ".new" in css and ".own" not in css


def test_css_that_a_learner_wrote_after_our_build_stays_unless_always_is_ticked(author, learner, always):
    style(author)
    package = author.releases(WEDNESDAY)
    learner.now = THURSDAY
    for kind in learner.collection.models.all():
        if kind["name"].startswith("Birds"):
            kind["css"] += ".own {}"
            learner.collection.models.update_dict(kind)
    learner.done()
    learner.imports(package, theirs="")
    css = learner.cards("wren")[0].render_output().css
    assert (".own" in css) is not always
    assert (".new" in css) is always


ROBIN = "## robin"
OWL = "## owl\n\nWho hoots?\n\n---\n\nThe owl.\n\n"


def test_a_new_card_between_others_comes_between_them_for_who_has_not_seen_them(author, collection):
    learner = Learner(collection, TUESDAY)
    imported(collection, author.releases(MONDAY))
    author.edit(ROBIN, OWL + ROBIN)
    learner.imports(author.releases(WEDNESDAY), new="owl", theirs="")
    due = [learner.cards(slug)[0].due for slug in ("blackbird", "wren", "owl", "robin")]
    assert due == sorted(set(due))


@either_options
def test_a_new_card_reaches_a_learner_as_new(author, learner):
    author.edit(ROBIN, OWL + ROBIN)
    learner.imports(author.releases(WEDNESDAY), new="owl", theirs="")
    assert [card.type for card in learner.cards("owl")] == [0]
    assert "The owl." in learner.shows("owl")
    assert learner.deck_of("owl") == "Birds::Song"


@either_options
def test_the_reverse_switched_on_adds_its_card_and_off_leaves_it_to_empty_cards(author, learner):
    author.edit("tags: evening", "tags: evening\n     reverse: yes")
    learner.imports(author.releases(WEDNESDAY), updated="blackbird", theirs="")
    assert [card.ord for card in learner.cards("blackbird")] == [0, 1]
    assert "at dusk?" in learner.shows("blackbird", 1)
    assert not learner.empty()
    learner.answer("Id:blackbird card:2")
    author.edit("tags: evening\n     reverse: yes", "tags: evening")
    learner.now = THURSDAY
    learner.imports(author.releases(THURSDAY), updated="blackbird", theirs="")
    assert [card.ord for card in learner.cards("blackbird")] == [0, 1]
    assert learner.empty() == {("blackbird", 1)}


@either_options
def test_a_cloze_added_adds_its_card(author, learner):
    author.edit("is small", "is {{c3::small}}")
    learner.imports(author.releases(WEDNESDAY), updated="wren", theirs="")
    assert [(card.ord, card.type) for card in learner.cards("wren")] == [(0, 1), (1, 1), (2, 0)]
    assert not learner.empty()


@either_options
def test_a_cloze_removed_leaves_its_card_and_its_reviews_to_empty_cards(author, learner):
    author.edit("{{c2::90 decibels::how loud?}}", "90 decibels")
    learner.imports(author.releases(WEDNESDAY), updated="wren", theirs="")
    assert learner.empty() == {("wren", 1)}


@either_options
def test_a_cloze_renumbered_leaves_the_reviews_with_the_old_number(author, learner):
    reviewed = {card.ord: card.id for card in learner.cards("wren")}
    author.edit("{{c2::90", "{{c3::90")
    learner.imports(author.releases(WEDNESDAY), updated="wren", theirs="")
    assert [(card.ord, card.type) for card in learner.cards("wren")] == [(0, 1), (1, 1), (2, 0)]
    assert {card.ord: card.id for card in learner.cards("wren")[:2]} == reviewed
    assert learner.empty() == {("wren", 1)}


@either_options
def test_clozes_that_swap_numbers_swap_the_reviews_of_what_they_hide(author, learner):
    author.edit("{{c1::wren}}", "{{c9::wren}}")
    author.edit("{{c2::90", "{{c1::90")
    author.edit("{{c9::wren", "{{c2::wren")
    learner.imports(author.releases(WEDNESDAY), updated="wren", theirs="")
    assert [(card.ord, card.type) for card in learner.cards("wren")] == [(0, 1), (1, 1)]


@either_options
def test_a_note_removed_stays_and_returned_is_the_same_note(author, learner):
    whole = author.read()
    author.write(SONG, whole.split(ROBIN)[0])
    learner.imports(author.releases(WEDNESDAY), theirs="")
    assert learner.answer("Id:robin") == 2
    author.write(SONG, whole.replace("Red breast", "Reddish breast"))
    learner.imports(author.releases(THURSDAY), updated="robin", theirs="")
    assert "Reddish breast" in learner.shows("robin")


def test_a_note_returned_unchanged_replaces_what_the_learner_wrote_meanwhile(author, learner):
    """Its time is later so that it also wins over a package of retired notes."""
    whole = author.read()
    author.write(SONG, whole.split(ROBIN)[0])
    author.releases(WEDNESDAY)
    learner.now = WEDNESDAY
    learner.edit("robin", "Details", "mine")
    author.write(SONG, whole)
    learner.imports(author.releases(THURSDAY), updated="robin", theirs="")


@either_options
def test_a_heading_renamed_leaves_old_cards_where_they_are(author, learner):
    author.edit("# Song", "# Song and call")
    learner.imports(author.releases(WEDNESDAY), theirs="")
    assert learner.deck_of("wren") == "Birds::Song"
    assert learner.decks() == {"Birds", "Birds::Song", "Birds::Song and call"}
    author.add("\n" + OWL)
    learner.imports(author.releases(THURSDAY), new="owl", theirs="")
    assert learner.deck_of("owl") == "Birds::Song and call"


@either_options
def test_a_card_moved_to_another_file_stays_in_its_deck_and_gets_the_tags_of_its_new_file(author, learner):
    text = author.read()
    author.write(SONG, text.split(ROBIN)[0])
    author.write("cards/02-winter.md", "# Winter\n<!-- tags: cold -->\n\nSnow.\n\n" + ROBIN + text.split(ROBIN)[1])
    learner.imports(author.releases(WEDNESDAY), updated="robin", theirs="")
    assert learner.note("robin").tags == ["cold"]
    assert learner.deck_of("robin") == "Birds::Song"
    assert "Birds::Winter" in learner.decks()


@either_options
def test_a_card_moved_to_a_file_with_the_same_tags_changes_nothing(author, learner):
    text = author.read()
    author.write(SONG, text.split(ROBIN)[0])
    author.write("cards/02-winter.md", "# Winter\n<!-- tags: bird song -->\n\nSnow.\n\n" + ROBIN + text.split(ROBIN)[1])
    learner.imports(author.releases(WEDNESDAY), theirs="")
    assert learner.deck_of("robin") == "Birds::Song"


@either_options
def test_a_deck_s_description_follows_and_replaces_what_the_learner_wrote_there(author, learner):
    deck = learner.collection.decks.by_name("Birds::Song")
    deck["desc"] = "mine"
    learner.collection.decks.save(deck)
    author.edit("Who sings, and when.", "Who sings, when, and *why*.")
    learner.imports(author.releases(WEDNESDAY), theirs="")
    assert "<em>why</em>" in learner.collection.decks.by_name("Birds::Song")["desc"]


@either_options
def test_a_deck_s_description_taken_away_stays_with_the_learner(author, learner):
    author.edit("Who sings, and when.\n\n", "")
    learner.imports(author.releases(WEDNESDAY), theirs="")
    assert "Who sings" in learner.collection.decks.by_name("Birds::Song")["desc"]


@either_options
def test_the_title_changed_renames_the_note_types_in_place_and_moves_no_card(author, learner):
    before = {kind["id"] for kind in learner.collection.models.all()}
    author.edit('title = "Birds"', 'title = "Garden birds"', "pyproject.toml")
    learner.imports(author.releases(WEDNESDAY), theirs="")
    kinds = {kind["name"]: kind["id"] for kind in learner.collection.models.all()}
    assert set(kinds.values()) == before
    assert {"Garden birds QA", "Garden birds Cloze"} <= set(kinds) and "Birds QA" not in kinds
    assert learner.deck_of("wren") == "Birds::Song"


@either_options
def test_cards_in_another_order_change_nothing_that_a_learner_has(author, learner):
    head, *cards = author.read().split("\n## ")
    author.write(SONG, "\n## ".join([head, *(card.rstrip() + "\n" for card in reversed(cards))]))
    learner.imports(author.releases(WEDNESDAY), theirs="")


def test_an_old_package_after_the_new_one_changes_nothing_but_takes_it_back_where_always_is_ticked(
    author, learner, always
):
    old = author.out / str(MONDAY) / "birds.apkg"
    author.edit("at dusk?", "at night?")
    author.edit(ROBIN, OWL + ROBIN)
    learner.now = WEDNESDAY
    learner.imports(author.releases(WEDNESDAY), updated="blackbird", new="owl", theirs="")
    learner.now = THURSDAY
    learner.imports(old, updated="blackbird" if always else "", theirs="" if always else "blackbird")
    assert learner.note("owl")
    learner.imports(author.releases(THURSDAY), updated="blackbird" if always else "", theirs="")


def test_an_old_package_after_the_new_one_brings_back_the_card_of_a_cloze_that_is_gone(author, learner):
    """Anki adds what card a package has, whether the note that it keeps asks for it or not."""
    author.edit("is small", "is {{c3::small}}")
    middle = author.releases(WEDNESDAY)
    author.edit("is {{c3::small}}", "is small indeed")
    learner.now = FRIDAY
    learner.imports(author.releases(THURSDAY), updated="wren", theirs="")
    learner.imports(middle, theirs="wren")
    assert learner.empty() == {("wren", 2)}


STATES: dict[str, Callable[[Learner, str], None]] = {
    "reviewed": lambda learner, slug: learner.answer(f"Id:{slug}", 4) and None,
    "suspended": Learner.suspend,
    "flagged": Learner.flag,
    "buried": Learner.bury,
    "in their own deck": Learner.move,
    "in a filtered deck": Learner.filter,
}


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("slug", ["blackbird", "wren"])
@either_options
def test_what_a_learner_did_with_a_card_stays_and_its_new_text_shows(author, learner, state, slug):
    STATES[state](learner, slug)
    author.edit("at dusk?", "at night?")
    author.edit("is small", "is tiny")
    learner.now = THURSDAY
    learner.imports(author.releases(WEDNESDAY), updated="blackbird wren", theirs="")
    assert "at night?" in learner.shows("blackbird") and "is tiny" in learner.shows("wren")


MARKS: dict[str, Callable[[Learner, str], None]] = {
    "edited": lambda learner, slug: learner.edit(slug, "Details", "mine"),
    "tagged": lambda learner, slug: learner.tag(slug, "mine"),
    "marked": lambda learner, slug: learner.tag(slug, "marked"),
    "a leech": Learner.forget,
}


@pytest.mark.parametrize("mark", MARKS)
@either_options
def test_what_a_learner_did_to_a_note_before_our_change_of_it_is_replaced(author, learner, mark):
    MARKS[mark](learner, "blackbird")
    author.edit("at dusk?", "at night?")
    learner.now = THURSDAY
    learner.imports(author.releases(WEDNESDAY), updated="blackbird", theirs="")


@pytest.mark.parametrize("mark", MARKS)
def test_what_a_learner_did_to_a_note_after_our_change_of_it_stays_unless_always_is_ticked(
    author, learner, always, mark
):
    author.edit("at dusk?", "at night?")
    package = author.releases(WEDNESDAY)
    learner.now = THURSDAY
    MARKS[mark](learner, "blackbird")
    learner.imports(package, updated="blackbird" if always else "", theirs="" if always else "blackbird")


@pytest.mark.parametrize("mark", MARKS)
def test_what_a_learner_did_to_a_note_that_we_did_not_change_stays_unless_always_is_ticked(
    author, learner, always, mark
):
    MARKS[mark](learner, "wren")
    author.edit("at dusk?", "at night?")
    learner.now = THURSDAY
    lost = " wren" if always else ""
    learner.imports(author.releases(WEDNESDAY), updated=f"blackbird{lost}", theirs="" if always else "wren")


def test_a_note_changed_twice_shows_the_second_change_also_to_who_imports_late(author, learner):
    """Before 25.02 Anki gives an updated note the time of the import: what was built before then looks old."""
    author.edit("at dusk?", "at night?")
    first = author.releases(WEDNESDAY)
    author.edit("at night?", "at noon?")
    second = author.releases(THURSDAY)
    learner.now = FRIDAY
    learner.imports(first, updated="blackbird", theirs="")
    learner.imports(second, updated="" if STAMPS_UPDATES else "blackbird", theirs="blackbird" if STAMPS_UPDATES else "")
    learner.remember_merge_and_always(second)
    assert "at noon?" in learner.shows("blackbird")


@either_options
def test_a_note_that_the_learner_deleted_comes_back_as_new_and_keeps_its_reviews(author, learner):
    reviews = learner.reviews()
    learner.delete("robin")
    assert learner.reviews() == reviews
    learner.imports(author.releases(WEDNESDAY), new="robin", theirs="")
    assert [card.type for card in learner.cards("robin")] == [0, 0]


@either_options
def test_a_deck_that_the_learner_renamed_keeps_its_cards_and_new_notes_make_ours_again(author, learner):
    collection = learner.collection
    collection.decks.rename(collection.decks.by_name("Birds")["id"], "Nature")
    author.edit("at dusk?", "at night?")
    author.edit(ROBIN, OWL + ROBIN)
    learner.imports(author.releases(WEDNESDAY), updated="blackbird", new="owl", theirs="")
    assert learner.deck_of("wren") == "Nature::Song"
    assert learner.deck_of("owl") == "Birds::Song"


@either_options
def test_a_filtered_deck_of_our_name_does_not_stop_an_update(author, learner):
    collection = learner.collection
    collection.decks.rename(collection.decks.by_name("Birds")["id"], "Nature")
    learner.filter("wren", "Birds")
    author.edit("at dusk?", "at night?")
    author.edit(ROBIN, OWL + ROBIN)
    learner.imports(author.releases(WEDNESDAY), updated="blackbird", new="owl", theirs="")
    assert learner.deck_of("owl").startswith("Birds") and learner.deck_of("owl") != "Birds::Song"


def test_a_field_that_the_learner_added_to_our_note_type_stops_updates_until_merge_is_ticked(author, learner):
    models = learner.collection.models
    kind = models.by_name("Birds QA")
    models.add_field(kind, models.new_field("Mine"))
    models.update_dict(kind)
    learner.done()
    author.edit("at dusk?", "at night?")
    package = author.releases(WEDNESDAY)
    learner.now = THURSDAY
    learner.imports(package, refused="blackbird robin")
    assert "at dusk?" in learner.shows("blackbird")
    reviews = learner.reviews()
    learner.remember_merge_and_always(package)
    assert "at night?" in learner.shows("blackbird")
    assert "Mine" in learner.note("blackbird").keys() and learner.reviews() == reviews  # noqa: SIM118


@either_options
def test_a_note_type_of_the_learner_s_own_with_our_name_does_not_stop_an_update(author, learner):
    models = learner.collection.models
    own = models.by_name("Basic")
    own["name"] = "Garden birds QA"
    models.update_dict(own)
    author.edit('title = "Birds"', 'title = "Garden birds"', "pyproject.toml")
    author.edit("at dusk?", "at night?")
    learner.imports(author.releases(WEDNESDAY), updated="blackbird", theirs="")
    assert models.get(learner.note("blackbird").mid)["name"] == "Garden birds QA+"


@either_options
def test_an_import_that_the_learner_undoes_leaves_everything_as_it_was(author, learner):
    learner.suspend("wren")
    before = everything(learner)
    author.edit("at dusk?", "at night?")
    author.edit(ROBIN, OWL + ROBIN)
    style(author)
    imported(learner.collection, author.releases(WEDNESDAY))
    assert everything(learner) != before
    learner.collection.undo()
    assert everything(learner) == before


@either_options
def test_a_slug_renamed_with_was_is_the_same_note_and_changes_nothing(author, learner):
    author.edit("## blackbird\n<!-- tags", "## merle\n<!-- was: blackbird\n     tags")
    learner.imports(author.releases(WEDNESDAY), theirs="")
    author.edit("at dusk?", "at night?")
    learner.imports(author.releases(THURSDAY), updated="blackbird", theirs="")


@either_options
def test_a_front_that_a_new_template_fills_adds_its_card_to_every_note(author, learner):
    author.write("templates/qa/reverse-front.html", "{{ field.Answer }}\n")
    learner.imports(author.releases(WEDNESDAY), theirs="")
    assert [card.ord for card in learner.cards("blackbird")] == [0, 1]
