"""This repository's own deck, in the real Anki: it imports cleanly, and every card shows what our rendering shows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from anki.collection import Collection
from desk import ROOT, imported
from sheaf import parsed

import build
from deckwright import dress, fill
from deckwright.configure import project
from deckwright.mark import CLOSE, HINT
from deckwright.model import Card, Text

LANGUAGES = ("zh", "en")
FORMULA = re.compile(r"\\\(.*?\\\)|\\\[.*?\\\]", re.DOTALL)
CODE = re.compile(r"<code>.*?</code>", re.DOTALL)
TAG = re.compile(r"<[^>]*>")
LEFT_OVER = re.compile(
    r"\{\{|\}\}|\{%|%\}|\{#|\$|\\[a-zA-Z]+|\*\*|`|\]\(|^#+ |^- |^\d+\. |<!--|[\U000F0000-\U0010FFFF]|None(?! [a-z])",
    re.MULTILINE,
)


@pytest.fixture(scope="module")
def made(packages: Path) -> build.Made:
    return build.make(packages.parent, ())


@pytest.fixture(scope="module", params=LANGUAGES)
def language(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def deck(
    packages: Path, language: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Collection, object]]:
    collection = Collection(str(tmp_path_factory.mktemp(language) / "collection.anki2"))
    log = imported(collection, packages / f"transformer-interview-{language}.apkg")
    yield collection, log
    collection.close()


def test_anki_takes_every_note_as_new_and_finds_nothing_amiss(deck, language, made):
    collection, log = deck
    notes = [note for note in made.notes if note.language == language]
    assert len(log.new) == len(notes) >= 60
    assert not log.updated and not log.duplicate and not log.conflicting
    assert collection.note_count() == len(notes)
    assert collection.card_count() == sum(len(note.ordinals) for note in notes)
    media = collection.media.check()
    assert not media.missing and not media.unused
    told, sound = collection.fix_integrity()
    assert sound, told
    assert collection.card_count() == sum(len(note.ordinals) for note in notes)


def test_every_card_shows_in_anki_exactly_what_our_rendering_shows(deck, language, made):
    collection, _ = deck
    types = {(kind.language, kind.kind): kind for kind in made.note_types}
    jinja, compared = fill.environment(made.project), 0
    for note in (note for note in made.notes if note.language == language):
        for ordinal in note.ordinals:
            card = collection.get_card(collection.find_cards(f"Id:{note.slug} card:{ordinal + 1}")[0])
            shown = card.render_output()
            front, back, problems = dress.sides(made.project, jinja, note, types[language, note.kind], ordinal)
            assert not problems
            assert shown.question_text == front, note.key
            assert shown.answer_text == back, note.key
            compared += 1
    assert compared == collection.card_count()


def test_no_card_shows_template_syntax_raw_tex_or_markdown(deck):
    collection, _ = deck
    for card_id in collection.find_cards("deck:*"):
        output = collection.get_card(card_id).render_output()
        for side in (output.question_text, output.answer_text):
            side = side.replace("<strong>", "\N{LEFT DOUBLE QUOTATION MARK}")  # “16.” in bold begins no list
            plain = TAG.sub("", CODE.sub("", FORMULA.sub("", side)))
            found = LEFT_OVER.search(plain)
            assert not found, f"{found[0]!r} in {plain}"


def test_new_cards_come_in_the_order_of_the_sources(deck, language, made):
    collection, _ = deck
    first = [collection.find_cards(f"Id:{note.slug} card:1")[0] for note in made.notes if note.language == language]
    due = [collection.get_card(card).due for card in first]
    assert due == sorted(due) and len(set(due)) == len(due)


def test_each_of_the_widespread_questions_has_an_overview_card(made):
    for language in LANGUAGES:
        tags = [set(note.tags) for note in made.notes if note.language == language]
        for number in range(1, 22):
            assert any({"overview", f"seed-q{number}"} <= each for each in tags), (language, number)


def cards(language: str) -> dict[str, Card]:
    settings, _ = project(ROOT)
    found, _, problems = parsed(settings, language)
    assert not problems
    return {card.slug: card for card in found}


def test_both_languages_have_the_same_cards_with_the_same_settings_and_pictures():
    zh, en = cards("zh"), cards("en")
    assert list(zh) == list(en)
    for slug in zh:
        assert (zh[slug].kind, zh[slug].tags, zh[slug].reverse) == (en[slug].kind, en[slug].tags, en[slug].reverse), (
            slug
        )
        assert links(zh[slug]) == links(en[slug]), slug
        assert zh[slug].question.clozes == en[slug].question.clozes, slug
        assert pictures(zh[slug]) == pictures(en[slug]), slug


def links(card: Card) -> list[str]:
    return [link for text in card.sources for link in re.findall(r"\]\((\S+?)\)", text.markdown)]


def pictures(card: Card) -> list[tuple[str, object]]:
    return [
        (atom.path.name, atom.arguments) for text in card.texts for atom in text.atoms if hasattr(atom, "arguments")
    ]


def test_every_card_names_a_source():
    for card in [*cards("zh").values(), *cards("en").values()]:
        assert card.sources, card.key


NUMBER = re.compile(
    r"(?<![\w.,{}^-])(\d+(?:(?:,|\{,\})\d{3})*(?:\.\d+)?)"
    r"( ?(?:万亿|万|亿|million|billion|k\b)|[MBT](?![A-Za-z]))?(?![\d.]*\w*[A-Za-z])"
)
UNITS = {"": 1, "万": 10**4, "亿": 10**8, "k": 10**3, "million": 10**6, "billion": 10**9}
UNITS |= {"万亿": 10**12, "M": 10**6, "B": 10**9, "T": 10**12}


def numbers(card: Card) -> set[Decimal]:
    """The decimals and the numbers of three digits and more on a card; smaller ones may be words in one language."""
    found: set[Decimal] = set()
    for text in (card.question, card.answer, card.details):
        for digits, unit in NUMBER.findall("".join(pieces(text))):
            number = Decimal(re.sub(r",|\{,\}", "", digits)) * UNITS[unit.strip()]
            found |= {number.normalize()} if number >= 100 or "." in digits else set()
    return found


def pieces(text: Text) -> Iterator[str]:
    yield text.markdown.replace(CLOSE, " ").replace(HINT, " ")
    for atom in text.atoms:
        yield f" {getattr(atom, 'tex', '')} "
        caption = getattr(atom, "caption", None)
        if caption is not None:
            yield from pieces(caption)


def test_chinese_and_english_agree_on_every_number():
    zh, en = cards("zh"), cards("en")
    differing = {slug: numbers(zh[slug]) ^ numbers(en[slug]) for slug in zh}
    assert not {slug: odd for slug, odd in differing.items() if odd}
