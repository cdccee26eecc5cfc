"""The whole deck in a real browser, as Anki's clients show it: phone, tablet and desktop, light and dark."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import browser
import clients
import pytest
from anki.collection import Collection
from browser import Log
from clients import CLIENTS, THEMES, Shown, Side, faults, serve, wear
from desk import ROOT, imported

from deckwright.translate import converter

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

SIDES = 240
LANGUAGES = {"zh": "zh-CN", "en": "en"}
# What a card may hold, and how that begins in its HTML.
KINDS = {"table": "<table", "code": "<pre", "figure": "<figure", "cloze": 'class="cloze"', "display": r"\["}
CODE = """```python
def head(width: int = 64) -> str:
    import math
    return f"{width}" + str(math.sqrt(2.5))  # why
```"""
# MathJax adds rules as formulas need them, and the one for both scripts widens every script on the page.
SCRIPTS = Side("scripts", 0, "front", r'<div class="dw" lang="en">\(x_i^2\)</div>')
TOKEN = re.compile(r"(?<![\w-])color:\s*var\((--[\w-]+)\)")

# Marks the first element of a kind that has Chinese words of its own.
HAN = r"""(place) => {
  document.querySelectorAll("[data-han]").forEach((marked) => marked.removeAttribute("data-han"));
  const chinese = (node) => node.nodeType === Node.TEXT_NODE && /\p{Script=Han}/u.test(node.data);
  const own = (element) => [...element.childNodes].some(chinese);
  [...document.querySelectorAll(`#qa .dw ${place}`)].find(own).setAttribute("data-han", "");
}"""


@pytest.fixture(scope="module", params=LANGUAGES)
def language(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def cards(chromium: Browser, packages: Path, language: str, tmp_path_factory: pytest.TempPathFactory) -> Shown:
    """Both sides of every card of the deck, as Anki renders them from the package."""
    collection = Collection(str(tmp_path_factory.mktemp(language) / "collection.anki2"))
    imported(collection, packages / f"transformer-interview-{language}.apkg")
    found = clients.shown(collection)
    collection.close()
    return found


@dataclass(frozen=True)
class Deck:
    """Every side of the deck, on a few pages, and what these told."""

    pages: Mapping[Page, tuple[Side, ...]]
    logs: list[Log]

    def wear(self, client: clients.Client, theme: str, **how: Any) -> None:
        for page in self.pages:
            wear(page, client, theme, **how)

    def faults(self, check: str, argument: object = None) -> list[str]:
        return [fault for page in self.pages for fault in faults(page, check, argument)]

    def third(self) -> Deck:
        """Every third page of it: for what depends on the style, and hardly on the card."""
        return Deck(dict(list(self.pages.items())[::3]), self.logs)

    def page_of(self, side: Side) -> Page:
        return next(page for page, sides in self.pages.items() if side in sides)


@pytest.fixture(scope="module")
def deck(chromium: Browser, node_modules: Path, cards: Shown) -> Iterator[Deck]:
    """The deck, so many sides a page: MathJax needs more than twice the time for twice the formulas."""
    with ExitStack() as stack:
        found = Deck({}, [])
        for start in range(0, len(cards.sides), SIDES):
            page, log = stack.enter_context(browser.opened(chromium))
            sides = cards.sides[start : start + SIDES]
            serve(page, cards.css, sides, cards.media)
            found.pages[page] = sides
            found.logs.append(log)
        yield found


@pytest.fixture(params=CLIENTS)
def client(request: pytest.FixtureRequest) -> clients.Client:
    return CLIENTS[request.param]


@pytest.fixture(params=THEMES)
def theme(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def none(found: list[str]) -> bool:
    """Whether nothing was found; else prints all of it."""
    print(*found, sep="\n")
    return not found


def samples(cards: Shown) -> list[Side]:
    """A back for each of the KINDS."""
    backs = [side for side in cards.sides if side.name == "back"]
    return [next(side for side in backs if sign in side.html) for sign in KINDS.values()]


def test_every_formula_is_set_and_no_tex_is_left(deck):
    assert sum(page.locator("mjx-container").count() for page in deck.pages) > 1000
    assert none(deck.faults("maths"))


def test_nothing_is_wider_than_its_column(deck, client):
    deck.wear(client, "light")
    assert none(deck.faults("overflow") + deck.faults("cut"))


def test_nothing_is_wider_than_its_column_with_text_at_150_percent(deck, client):
    deck.wear(client, "light", scale=1.5)
    assert none(deck.faults("overflow") + deck.faults("cut"))


def test_every_picture_is_there_undistorted_and_of_the_theme(deck, client, theme):
    deck.wear(client, theme)
    assert none(deck.faults("pictures", theme))


def test_every_text_has_a_contrast_of_at_least_4_5(deck, client, theme):
    # Every card on the phone; axe takes long, and colours do not change with the width of the window.
    some = deck if client is CLIENTS["phone"] else deck.third()
    some.wear(client, theme)
    assert none(some.faults("contrast"))


def test_what_is_tapped_is_at_least_24_pixels_wide_and_high(deck, client):
    deck.wear(client, "light")
    assert none(deck.faults("targets"))


def test_no_text_on_a_phone_is_smaller_than_12_pixels(deck):
    deck.wear(CLIENTS["phone"], "light")
    assert none(deck.faults("small", 12))


def test_a_phone_shows_a_question_on_less_than_two_screens_and_an_answer_on_six(deck):
    deck.wear(CLIENTS["phone"], "light", opened=False)
    assert none(deck.faults("tall", [1.6, 6]))


def test_every_text_stands_in_its_language(deck, language):
    assert none(deck.faults("language", LANGUAGES[language]))


def test_no_character_is_an_empty_box(deck):
    deck.wear(CLIENTS["phone"], "light")
    assert none(deck.faults("tofu"))


@pytest.mark.parametrize("language", ["zh"], indirect=True)
def test_chinese_is_drawn_in_simplified_glyphs(deck, client):
    deck.wear(client, "light")
    page = next(iter(deck.pages))
    tools = page.context.new_cdp_session(page)
    tools.send("DOM.enable")
    tools.send("CSS.enable")
    root = tools.send("DOM.getDocument")["root"]["nodeId"]
    for place in (".topic", ".question p", ".answer strong", ".more li", "summary", "figcaption", "td", ".source li"):
        page.evaluate(HAN, place)
        node = tools.send("DOM.querySelector", {"nodeId": root, "selector": "[data-han]"})["nodeId"]
        used = tools.send("CSS.getPlatformFontsForNode", {"nodeId": node})["fonts"]
        assert any(font["familyName"].endswith("CJK SC") for font in used), (place, used)
        assert not any(re.search(r"CJK (?!SC)", font["familyName"]) for font in used), (place, used)
    tools.detach()


@pytest.mark.parametrize("kind", KINDS)
def test_a_side_alone_on_its_page_looks_as_it_does_among_all(chromium, cards, deck, kind):
    side = samples(cards)[list(KINDS).index(kind)]
    with browser.opened(chromium) as (page, log):
        serve(page, cards.css, [side, SCRIPTS], cards.media)
        for client in CLIENTS.values():
            alone, among = (_size(shown, side, client) for shown in (page, deck.page_of(side)))
            assert alone == pytest.approx(among, abs=1)
            assert none(faults(page, "overflow") + faults(page, "maths") + log.errors)


def _size(page: Page, side: Side, client: clients.Client) -> tuple[float, float]:
    wear(page, client, "light", ordinal=side.ordinal)
    box = page.locator(f'article[data-side="{side}"] .dw').bounding_box()
    assert box
    return box["width"], box["height"]


@pytest.fixture(scope="module")
def sampler(chromium: Browser, node_modules: Path, cards: Shown) -> Iterator[Page]:
    """A page with a side of every kind, and one with every kind of code."""
    code = f'<div class="dw" lang="en">{converter().convert(CODE)}</div>'
    with browser.opened(chromium) as (page, _):
        serve(page, cards.css, [*samples(cards), Side("code", 0, "front", code)], cards.media)
        yield page


@pytest.mark.parametrize("language", ["en"], indirect=True)
@pytest.mark.parametrize("token", sorted(set(TOKEN.findall((ROOT / "templates/style.css").read_text("utf-8")))))
def test_a_pale_colour_would_be_found(sampler, theme, token):
    wear(sampler, CLIENTS["phone"], theme)
    pale = "#999" if theme == "light" else "#555"
    sampler.evaluate("([token, pale]) => document.body.style.setProperty(token, pale)", [token, pale])
    found = faults(sampler, "contrast")
    sampler.evaluate("token => document.body.style.removeProperty(token)", token)
    assert found


def test_the_pages_told_no_error_and_asked_for_their_own_files_only(deck):
    for log in deck.logs:
        assert none(log.errors)
        assert none([address for address in log.requests if not address.startswith(clients.ORIGIN)])
