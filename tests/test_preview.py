"""`build.py preview`: one page with every card in it, in a real browser, which is asked for nothing else."""

from __future__ import annotations

import hashlib
import re
import shutil
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from browser import Log, opened
from click.testing import CliRunner
from desk import TINY, Run, edit

import build
from deckwright import configure, preview, serve
from deckwright.model import Project

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Frame, Page, Route

# Laid over the tiny deck: a formula, what would end a script, and the second language.
ENGLISH = r"""
## wing-loading
<!-- tags: number -->

How do mass $m$ and area $S$ give the wing loading? See `</script><!-- <script>` and `{{ code }}`.

---

**Their quotient:** $$\frac{mg}{S} = \sum_{i<n} \mathfrak{w}_i$$

---

First.

---

"""
CHINESE = """# 鸣唱
<!-- tags: bird song -->

## blackbird
<!-- tags: evening -->

黄昏时在屋顶上唱歌的是什么鸟？

---

乌鸫。

## wren
<!-- type: cloze -->

{{c1::鹪鹩}}很小，歌声有{{c2::90 分贝}}。
"""


def birds(root: Path) -> Path:
    """The tiny deck in two languages, with a formula."""
    shutil.copytree(TINY, root)
    edit(
        root / "pyproject.toml",
        'languages.en = { title = "Birds"',
        'languages.zh = { title = "鸟", lang = "zh-CN" }\nlanguages.en = { title = "Birds"',
    )
    for key in ("en", "zh"):
        (root / "cards" / key).mkdir()
    for path in [*(root / "cards").glob("*.*")]:
        path.rename(root / "cards" / "en" / path.name)
    song = root / "cards" / "en" / "01-song.md"
    song.write_text(song.read_text().replace("../figures", "../../figures") + ENGLISH.removesuffix("\n---\n\n"))
    (root / "cards" / "zh" / "01-song.md").write_text(CHINESE, "utf-8")
    return root


def seen(root: Path) -> tuple[Project, dict[str, Any]]:
    """A deck's project and what its preview shows."""
    made = build.make(root, ())
    shown, _ = preview.gallery(made.project, made.notes, made.note_types, made.languages)
    return made.project, preview.inside(shown, made.notes)


@pytest.fixture(scope="module")
def page_of_birds(tmp_path_factory: pytest.TempPathFactory, node_modules: Path) -> Path:
    """The preview of a small deck in two languages."""
    root = birds(tmp_path_factory.mktemp("preview") / "birds")
    engine = str(node_modules / "mathjax-full" / "es5")
    result = CliRunner().invoke(
        build.main, ["preview", "--root", str(root), "--mathjax", engine], catch_exceptions=False
    )
    assert result.exit_code == 0, result.output
    return root / "dist" / "preview.html"


@contextmanager
def visit(chromium: Browser, file: Path, fragment: str = "", **options: object) -> Iterator[tuple[Page, Log]]:
    """The page, opened from the disk and shown to the end; in the end nothing was asked for and nothing went wrong."""
    with opened(chromium, **{"width": 1400, "height": 1000, **options}) as (page, log):
        page.goto(file.as_uri() + fragment)
        settled(page)
        yield page, log
        assert [each[:60] for each in log.requests if not each.startswith(("file:", "data:", "blob:"))] == []
        assert log.errors == []


def settled(page: Page, seconds: int = 30) -> None:
    """Waits until every visible frame shows the card that the page is at."""
    page.wait_for_function(
        """() => state.card && [...document.querySelectorAll("figure:not([hidden])")].every(figure =>
            figure.parentElement.hidden
            || figure.dataset.shown?.startsWith(`${state.card.id} ${state.card.sides[state.side].ordinal} `))""",
        timeout=1000 * seconds,
    )


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)
    settled(page)


def at(page: Page) -> str:
    """The card that the page is at, and which card of its note."""
    return str(page.evaluate("`${state.card.id} ${state.side + 1}`"))


def listed(page: Page) -> list[str]:
    """What the list shows, by id."""
    links = page.locator("#list a").all()
    return [link.get_attribute("data-id") or "" for link in links if link.is_visible()]


def face(page: Page, name: str, number: int = 0) -> Frame:
    """The frame that shows a front or a back; the first is the light one, where both themes are shown."""
    frames = page.locator("figure:not([hidden]) iframe")
    found = frames.nth(2 * number + ("front", "back").index(name)).element_handle().content_frame()
    assert found
    return found


# ---- what is written, and what is told ----


def test_it_says_in_one_line_what_it_wrote_and_where_mathjax_comes_from(tiny: Path, run: Run, node_modules: Path):
    told = run("preview", "--root", tiny).output
    assert re.fullmatch(r"preview\.html: 5 cards; no formulas, so no MathJax; \d+ kB\n", told)
    assert (tiny / "dist" / "preview.html").stat().st_size < 150_000
    edit(tiny / "cards" / "01-song.md", "on worms.", "on $w$ worms.")
    told = run("preview", "--root", tiny, "-o", tiny / "there" / "birds.html").output
    assert re.fullmatch(r"birds\.html: 5 cards; MathJax from \S+/es5 inside; \d+ kB\n", told)
    assert (tiny / "there" / "birds.html").stat().st_size > 1_500_000
    assert not (tiny / "deck.lock").exists() and [path.name for path in (tiny / "dist").iterdir()] == ["preview.html"]


def test_a_mathjax_beside_the_deck_comes_before_the_one_here(tiny: Path, run: Run, node_modules: Path):
    edit(tiny / "cards" / "01-song.md", "on worms.", "on $w$ worms.")
    es5 = tiny / "node_modules" / "mathjax" / "es5"
    shutil.copytree(node_modules / "mathjax-full" / "es5" / "output" / "chtml", es5 / "output" / "chtml")
    shutil.copy(node_modules / "mathjax-full" / "es5" / "tex-chtml-full.js", es5)
    assert "MathJax from node_modules/mathjax/es5 inside" in run("preview", "--root", tiny).output


def test_a_folder_without_mathjax_is_wrong_usage(tiny: Path, run: Run, tmp_path: Path):
    told = run("preview", "--root", tiny, "--mathjax", tmp_path, exit_code=2).output
    assert "there is no tex-chtml-full.js of a MathJax 3" in told
    assert not (tiny / "dist").exists()


def test_where_something_is_wrong_all_of_it_is_told_and_nothing_is_written(tiny: Path, run: Run):
    edit(tiny / "cards" / "01-song.md", "robin.svg", "robbin.svg")
    edit(tiny / "templates" / "qa" / "back.html", "field.Details }}", "field.Detail }}")
    told = run("preview", "--root", tiny, exit_code=1).output
    assert "error[missing-picture]" in told and "error[broken-template]" in told
    assert not (tiny / "dist").exists()


def test_the_same_sources_make_the_same_bytes(tiny: Path, run: Run):
    run("preview", "--root", tiny)
    first = (tiny / "dist" / "preview.html").read_bytes()
    shutil.rmtree(tiny / "build")
    shutil.rmtree(tiny / "dist")
    run("preview", "--root", tiny)
    assert (tiny / "dist" / "preview.html").read_bytes() == first


def test_a_deck_may_have_a_page_of_its_own_whose_mistakes_are_told_at_their_place(tiny: Path, run: Run):
    own = tiny / "templates" / "preview.html"
    own.write_text("<title>{{ title }} of mine</title>\n<style>{{ style }}</style>\n")
    (tiny / "templates" / "preview.css").write_text("b > i { color: red }\n")
    run("preview", "--root", tiny)
    page = (tiny / "dist" / "preview.html").read_text()
    assert page.startswith("<title>Birds of mine</title>\n<style>b > i { color: red }</style>")
    edit(own, "{{ style }}", "{{ stylee }}")
    told = run("preview", "--root", tiny, exit_code=1).output
    assert "--> templates/preview.html:2:11" in told and "did you mean `style`?" in told
    own.unlink()
    (tiny / "templates" / "preview.css").write_bytes(b"/* \xff */\n")
    assert "error[not-utf8]" in run("preview", "--root", tiny, exit_code=1).output


# ---- the page by itself ----


def test_every_card_is_in_the_list_and_nothing_comes_from_elsewhere(chromium: Browser, page_of_birds: Path):
    with visit(chromium, page_of_birds) as (page, log):
        assert listed(page) == ["zh/blackbird", "zh/wren"]
        page.get_by_role("button", name="English").click()
        assert listed(page) == ["en/blackbird", "en/wren", "en/robin", "en/wing-loading"]
        assert page.locator("#counts").text_content() == "4 notes, 6 cards"
        assert page.title() == "blackbird · Birds"
        assert {each.partition(":")[0] for each in log.requests} <= {"file", "data"}


def test_formulas_are_set_with_the_fonts_inside_the_page(chromium: Browser, page_of_birds: Path):
    with visit(chromium, page_of_birds, "#en/wing-loading") as (page, _):
        assert page.locator("#source").text_content() == "Formulas: MathJax 3.2.2, inside this page."
        back = face(page, "back")
        assert back.locator("mjx-container").count() == 3
        assert back.locator("mjx-merror").count() == 0
        assert "\\(" not in back.evaluate("document.getElementById('qa').innerText")
        loaded = back.evaluate(
            "document.fonts.ready.then(fonts => [...fonts].filter(f => f.status === 'loaded').map(f => f.family))"
        )
        assert {name.strip('"') for name in loaded} >= {"MJXTEX-I", "MJXTEX-FR"}


def test_without_mathjax_here_the_page_takes_it_from_the_cdn_and_says_so(tmp_path: Path):
    page, problems = preview.page(*seen(birds(tmp_path / "birds")), None)
    assert problems == []
    assert f'id="mathjax" data-src="{preview.CDN}" data-integrity="sha384-' in page
    assert "they need the network" in page and len(page) < 200_000


def test_the_hash_that_the_cdn_s_script_must_have_is_that_of_npm_s_file(node_modules: Path):
    data = (node_modules / "mathjax-full" / "es5" / "tex-chtml-full.js").read_bytes()
    assert b64encode(hashlib.sha384(data).digest()).decode() == preview.INTEGRITY.removeprefix("sha384-")


def test_where_the_cdn_is_out_of_reach_cards_show_their_tex(chromium: Browser, tmp_path: Path):
    file = tmp_path / "page.html"
    file.write_text(preview.page(*seen(birds(tmp_path / "birds")), None)[0], "utf-8")
    with opened(chromium, offline=True) as (page, _):
        page.goto(f"{file.as_uri()}#en/wing-loading")
        settled(page, seconds=3)
        assert "\\frac{mg}{S}" in face(page, "back").evaluate("document.body.innerText")


def test_cards_do_not_wait_for_a_slow_cdn_and_get_their_formulas_when_it_answers(
    chromium, tmp_path, node_modules: Path
):
    file = tmp_path / "page.html"
    file.write_text(preview.page(*seen(birds(tmp_path / "birds")), None)[0], "utf-8")
    waiting: list[Route] = []
    with opened(chromium) as (page, _):
        page.route(preview.CDN, lambda route: waiting.append(route))
        page.goto(f"{file.as_uri()}#en/wing-loading")
        settled(page)
        back = face(page, "back")
        assert back.locator("mjx-container").count() == 0
        for route in waiting:
            path = node_modules / "mathjax-full" / "es5" / "tex-chtml-full.js"
            route.fulfill(path=path, headers={"Access-Control-Allow-Origin": "*"}, content_type="text/javascript")
        back.locator("mjx-container").first.wait_for()
        assert back.locator("mjx-container").count() == 3


def test_what_would_end_a_script_is_text_on_a_card(chromium: Browser, page_of_birds: Path):
    with visit(chromium, page_of_birds, "#en/wing-loading") as (page, _):
        assert face(page, "front").locator("code").all_text_contents() == ["</script><!-- <script>", "{{ code }}"]
        assert "</script><!-- <script>" in page.locator("#list [aria-current] .excerpt").inner_text()


def test_pictures_are_shown(chromium: Browser, page_of_birds: Path):
    with visit(chromium, page_of_birds, "#en/robin") as (page, _):
        assert face(page, "back").evaluate("[...document.images].map(i => i.naturalWidth)") == [8]
        press(page, "k", "k")
        assert face(page, "back").evaluate("[...document.images].map(i => i.naturalWidth > 99)") == [True, True]


def test_a_link_on_a_card_opens_a_page_of_its_own(chromium: Browser, page_of_birds: Path):
    with visit(chromium, page_of_birds, "#en/blackbird") as (page, _):
        link = face(page, "back").locator("a[href]").first
        link.evaluate("a => a.addEventListener('click', event => event.preventDefault())")
        link.click()
        assert (link.get_attribute("target"), link.get_attribute("rel")) == ("_blank", "noopener")


# ---- frames ----


def test_frames_have_anki_s_classes_and_a_switch_starts_nothing_anew(chromium: Browser, page_of_birds: Path):
    with visit(chromium, page_of_birds, "#en/wing-loading") as (page, _):
        classes = "[document.documentElement.className, document.body.className]"
        front = face(page, "front")
        front.evaluate("window.same = document.getElementById('qa').firstElementChild")
        assert front.evaluate(classes) == ["mobile android chrome", "card card1"]
        assert front.evaluate("innerWidth") == 360
        press(page, "t")
        assert front.evaluate(classes) == ["mobile android chrome night-mode", "card card1 nightMode night_mode"]
        press(page, "w")
        assert front.evaluate(classes) == ["linux chrome night-mode", "card card1 isLin nightMode night_mode"]
        assert front.evaluate("innerWidth") == 900
        assert front.evaluate("window.same === document.getElementById('qa').firstElementChild")
        page.evaluate("location.hash = '#en/wren/2'")
        press(page, "w", "t", "t")
        assert front.evaluate(classes)[1] == "card card2"


def test_both_themes_stand_beside_each_other_in_frames_that_start_when_they_are_wanted(
    chromium: Browser, page_of_birds: Path
):
    with visit(chromium, page_of_birds, "#en/wing-loading") as (page, _):
        started = "[...document.querySelectorAll('iframe')].map(f => Boolean(f.contentWindow?.MathJax?.version))"
        assert page.evaluate(started) == [True, True, False, False]
        page.get_by_role("button", name="Both").click()
        settled(page)
        assert page.evaluate(started) == [True, True, True, True]
        themes = [face(page, "back", number).evaluate("document.body.className") for number in (0, 1)]
        assert themes == ["card card1", "card card1 nightMode night_mode"]


def test_mathjax_starts_once_a_frame_however_many_cards_are_shown(chromium: Browser, page_of_birds: Path):
    with visit(chromium, page_of_birds, "#en/wing-loading") as (page, _):
        face(page, "back").evaluate("window.first = MathJax.startup")
        press(page, *"kkkjjj")
        assert at(page) == "en/wing-loading 1"
        assert face(page, "back").evaluate("window.first === MathJax.startup")
        assert face(page, "back").locator("mjx-container").count() == 3


def test_a_desktop_frame_is_as_high_as_its_card(chromium: Browser, page_of_birds: Path):
    with visit(chromium, page_of_birds, "#en/blackbird") as (page, _):
        press(page, "w", "d")
        page.wait_for_timeout(100)
        back = face(page, "back")
        assert back.evaluate("document.documentElement.scrollHeight - innerHeight") == 0
        assert back.evaluate("document.querySelector('details').open")


# ---- finding a card ----


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("dusk", ["en/blackbird"]),
        ("ROOF bird", ["en/blackbird"]),
        ("worms", ["en/blackbird"]),
        ("wing-l", ["en/wing-loading"]),
        ("evening", ["en/blackbird"]),
        ("dusk winter", []),
        ("s winter", ["en/robin"]),
        ("ｒｏｏｆ", ["en/blackbird"]),
    ],
)
def test_a_search_finds_the_cards_on_which_every_word_stands(chromium, page_of_birds, words: str, found: list[str]):
    with visit(chromium, page_of_birds, "#en/wren") as (page, _):
        press(page, "/")
        page.keyboard.type(words)
        assert listed(page) == found
        assert page.locator("#found").text_content() == (f"{len(found)} of 4" if found else "Nothing found.")
        press(page, "Escape")
        assert len(listed(page)) == 4
        assert page.evaluate("document.activeElement === document.body")


def test_a_search_finds_chinese_and_enter_opens_the_first_found(chromium: Browser, page_of_birds: Path):
    with visit(chromium, page_of_birds) as (page, _):
        press(page, "/")
        page.keyboard.insert_text("分贝　鹪鹩")
        assert listed(page) == ["zh/wren"]
        press(page, "Enter")
        assert at(page) == "zh/wren 1"


def test_filters_narrow_the_list_and_count(chromium: Browser, page_of_birds: Path):
    with visit(chromium, page_of_birds, "#en/blackbird") as (page, _):
        assert page.locator("#tag option").all_text_contents() == [
            "Tag", "bird (4)", "evening (1)", "number (1)", "song (4)",
        ]  # fmt: skip
        page.select_option("#kind", "cloze")
        assert listed(page) == ["en/wren"]
        assert "evening (0)" in page.locator("#tag option").all_text_contents()
        assert page.locator("#kind option").all_text_contents() == ["Type", "cloze (1)", "qa (3)"]
        page.select_option("#kind", "")
        page.locator("#facts").get_by_role("button", name="evening").click()
        assert listed(page) == ["en/blackbird"]
        page.select_option("#tag", "")
        page.select_option("#topic", "Song")
        page.get_by_role("button", name="中文").click()
        settled(page)
        assert page.locator("#topic").input_value() == "鸣唱"


def test_an_address_opens_its_card(chromium: Browser, page_of_birds: Path):
    for fragment, card in {
        "": "zh/blackbird 1",
        "#wren": "zh/wren 1",
        "#en/wren": "en/wren 1",
        "#wren/2": "zh/wren 2",
        "#en/robin/2": "en/robin 2",
        "#robin": "en/robin 1",
        "#en/wren/9": "en/wren 2",
    }.items():
        with visit(chromium, page_of_birds, fragment) as (page, _):
            assert at(page) == card
            assert page.locator("#list [aria-current]").get_attribute("href") == f"#{card.split()[0]}"


def test_an_address_of_no_card_says_so(chromium: Browser, page_of_birds: Path):
    with opened(chromium) as (page, log):
        page.goto(f"{page_of_birds.as_uri()}#en/ostrich")
        assert page.get_by_text("There is no card “ostrich” here.").is_visible()
        page.locator("#list a").first.click()
        settled(page)
        assert not page.locator("#missing").is_visible()
        assert log.errors == []


def test_back_and_forward_go_where_one_was(chromium: Browser, page_of_birds: Path):
    with visit(chromium, page_of_birds, "#en/blackbird") as (page, _):
        page.locator("#list a").nth(2).click()
        press(page, "2")
        assert at(page) == "en/robin 2"
        page.go_back()
        page.go_back()
        settled(page)
        assert at(page) == "en/blackbird 1"
        page.go_forward()
        settled(page)
        assert at(page) == "en/robin 1"


def test_the_source_s_place_and_a_link_to_the_card_are_told(chromium: Browser, page_of_birds: Path):
    with visit(chromium, page_of_birds, "#en/wren/2", permissions=["clipboard-read", "clipboard-write"]) as (page, _):
        assert page.locator("#facts code").text_content() == "cards/en/01-song.md:22"
        page.locator("#facts").get_by_text("Copy link").click()
        page.locator("#facts").get_by_text("Copied").wait_for()
        assert page.evaluate("navigator.clipboard.readText()") == f"{page_of_birds.as_uri()}#en/wren/2"


# ---- the keyboard ----


def test_the_keys_walk_through_the_cards_that_the_list_shows(chromium: Browser, page_of_birds: Path):
    with visit(chromium, page_of_birds, "#en/blackbird") as (page, _):
        press(page, "j", "ArrowRight", "j", "j")
        assert at(page) == "en/wing-loading 1"
        press(page, "k", "ArrowLeft")
        assert at(page) == "en/wren 1"
        press(page, "2")
        assert at(page) == "en/wren 2"
        press(page, "l")
        assert at(page) == "zh/wren 2"
        press(page, "k", "l")
        assert at(page) == "en/blackbird 1"


def test_the_keys_work_in_a_frame_and_in_the_list_too(chromium: Browser, page_of_birds: Path):
    with visit(chromium, page_of_birds, "#en/blackbird") as (page, _):
        face(page, "back").locator("body").click()
        press(page, "j")
        assert at(page) == "en/wren 1"
        page.locator("#list a").first.focus()
        press(page, "ArrowDown")
        assert at(page) == "en/robin 1"
        assert page.evaluate("document.activeElement.dataset.id") == "en/robin"


def test_a_quiz_covers_each_back_until_it_is_flipped(chromium: Browser, page_of_birds: Path):
    with visit(chromium, page_of_birds, "#en/blackbird") as (page, _):
        cover = page.locator(".cover")
        press(page, "q")
        assert cover.is_visible()
        press(page, "f")
        assert not cover.is_visible()
        press(page, "j")
        assert cover.is_visible()
        cover.click()
        assert not cover.is_visible()
        press(page, "q", "j")
        assert not cover.is_visible()
        press(page, "?")
        assert page.get_by_role("dialog", name="Keys").is_visible()
        press(page, "Escape")
        assert not page.get_by_role("dialog", name="Keys").is_visible()


# ---- looks ----


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_s_own_colours_and_roles_are_accessible(chromium, page_of_birds, node_modules: Path, scheme: str):
    with visit(chromium, page_of_birds, "#en/wren", color_scheme=scheme) as (page, _):
        press(page, "/")
        page.keyboard.type("wren")
        assert face(page, "front").evaluate("document.body.className").endswith("night_mode") == (scheme == "dark")
        page.add_script_tag(path=node_modules / "axe-core" / "axe.min.js")
        found = page.evaluate("axe.run(document, {iframes: false})")
        assert [f"{each['id']}: {each['nodes'][0]['html'][:120]}" for each in found["violations"]] == []


def test_on_a_phone_the_list_is_a_drawer_and_one_side_fills_the_screen(chromium: Browser, page_of_birds: Path):
    with visit(chromium, page_of_birds, "#en/wing-loading", width=390, height=844) as (page, _):
        assert page.evaluate("document.documentElement.scrollWidth") == 390
        frames = page.locator("figure:not([hidden]) iframe")
        assert frames.count() == 1 and frames.first.bounding_box()["width"] == 390
        assert frames.first.get_attribute("title") == "Back"
        page.get_by_role("button", name="Front").click()
        settled(page)
        assert frames.count() == 1 and frames.first.get_attribute("title") == "Front"
        assert not page.locator("#search").is_visible()
        page.locator("#drawer").click()
        page.locator("#list a").first.click()
        page.locator("#search").wait_for(state="hidden")
        assert at(page) == "en/blackbird 1"


def test_without_storage_it_works_and_with_it_theme_and_width_are_kept(chromium: Browser, page_of_birds: Path):
    with visit(chromium, page_of_birds) as (page, _):
        press(page, "w", "t")
        page.reload()
        settled(page)
        assert page.evaluate("[state.width, state.theme]") == ["desktop", "dark"]
        page.add_init_script("Object.defineProperty(window, 'localStorage', {get() { throw new Error('denied') }})")
        page.reload()
        settled(page)
        press(page, "w")
        assert page.evaluate("[state.width, state.theme]") == ["desktop", "light"]


# ---- served by watch ----


def test_a_live_page_follows_its_server_and_stays_where_it_stands(chromium, tmp_path: Path, node_modules: Path):
    root = birds(tmp_path / "birds")
    song = root / "cards" / "en" / "01-song.md"
    edit(song, "Its young are fed on worms.", "\n\n".join(["Its young are fed on worms."] * 60))

    def gallery(**more: object) -> dict[str, Any]:
        return {**seen(root)[1], **more}

    nothing: dict[str, object] = {"title": "Birds", "cards": []}
    engine = node_modules / "mathjax-full" / "es5"
    page_text, _ = preview.page(configure.project(root)[0], nothing, engine, live=True)
    with opened(chromium, 1400, 1000) as (page, log):
        with serve.site(page_text, 0) as site:
            site.show(gallery(), {})
            page.goto(f"{site.url}#en/blackbird")
            settled(page)
            press(page, "/")
            page.keyboard.type("bird")
            front, back = face(page, "front"), face(page, "back")
            front.evaluate("window.same = document.getElementById('qa').firstElementChild")
            back.evaluate("document.querySelector('details').open = true; scrollTo(0, 500)")

            edit(song, "**The blackbird.**", "**The blackbird, $T$.**")
            wrong = [
                {"text": "warning[a]: slight", "place": "a.md:1:1", "warning": True},
                {"text": "error[b]: grave", "place": "b.md:1:1", "warning": False},
            ]
            site.show(gallery(problems=wrong), {})
            back.locator("mjx-container").wait_for(state="attached")
            assert back.evaluate("[document.querySelector('details').open, scrollY]") == [True, 500]
            assert front.evaluate("window.same === document.getElementById('qa').firstElementChild")
            assert page.locator("#search").input_value() == "bird"
            assert page.evaluate("document.activeElement.id") == "search"
            assert page.locator("#problems pre").inner_text() == "error[b]: grave\n\nwarning[a]: slight"
            assert page.title() == "(2) blackbird · Birds"

            site.show(gallery(), {})
            page.locator("#problems").wait_for(state="hidden")
            assert page.title() == "blackbird · Birds"
            assert log.errors == []
            port = site.server_port
        page.get_by_text("The server is gone").wait_for()
        # Its first versions have the numbers of those that the page knows, and other cards.
        edit(song, "**The blackbird, $T$.**", "**The starling.**")
        with serve.site(page_text, port) as again:
            again.show(gallery(problems=wrong), {})
            page.get_by_text("error[b]: grave").wait_for()
            back.get_by_text("The starling.").wait_for()
            assert not page.locator("#notice").is_visible()


def test_a_list_brought_up_to_date_is_the_list_made_anew(chromium, tmp_path: Path, node_modules: Path):
    root = birds(tmp_path / "birds")
    first = seen(root)[1]
    cards = [card for card in first["cards"] if card["language"] == "en"]
    other = {**cards[0], "excerpt": "Another question?", "tags": ["new"]}
    away, moved = {**cards[0], "topic": "Elsewhere"}, cards[1:] + cards[:1]
    nothing: dict[str, object] = {"title": "Birds", "cards": []}
    engine = node_modules / "mathjax-full" / "es5"
    page_text, _ = preview.page(configure.project(root)[0], nothing, engine, live=True)
    with opened(chromium, 1400, 1000) as (page, log), serve.site(page_text, 0) as site:
        site.show(first, {})
        page.goto(f"{site.url}#en/{cards[-1]['slug']}")
        for shown in ([other, *cards[1:]], cards[1:], [cards[0], *moved[:-1], away], moved, [away, *cards[1:]], cards):
            site.show({**first, "cards": shown, "title": str(shown)}, {})
            page.wait_for_function("title => gallery.title === title", arg=str(shown))
            updated = page.locator("#list").inner_html()
            assert updated.count("<li") == len(shown)
            page.evaluate("document.getElementById('list').replaceChildren(); list()")
            assert page.locator("#list").inner_html() == updated
        assert log.errors == []


# ---- the deck of this repository ----


def test_the_whole_deck_can_be_looked_through(chromium: Browser, sources: Path, run: Run, node_modules: Path):
    run("preview", "--root", sources)
    with visit(chromium, sources / "dist" / "preview.html", color_scheme="dark") as (page, _):
        cards = page.evaluate("gallery.cards.map(card => card.id)")
        step = max(1, len(cards) // 40)
        for card in cards[::step]:
            page.evaluate("id => (location.hash = `#${id}`)", card)
            page.wait_for_function("id => state.card.id === id", arg=card)
            settled(page)
            for name in ("front", "back"):
                assert face(page, name).evaluate("document.querySelectorAll('mjx-merror').length") == 0
                broken = "[...document.images].filter(i => i.checkVisibility() && !i.naturalWidth).length"
                assert face(page, name).evaluate(broken) == 0
                left = "[...document.querySelectorAll('.dw')].some(e => /\\\\[([]/.test(e.innerText))"
                assert not face(page, name).evaluate(left), card
