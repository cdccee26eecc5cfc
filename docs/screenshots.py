"""Takes pictures of cards as a learner sees them: a package, imported into the real Anki, shown in Chromium.

    npm install mathjax@3.2.2
    python docs/screenshots.py dist/transformer-interview-en.apkg scale-derivation --theme dark --side back -o card.png

Anki (which renders the card), Debian's Chromium and MathJax 3.2.2 with Anki's settings (which draw it) are the real
ones; the page around the card has the classes that Anki's clients set.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import click
from anki.collection import Collection, ImportAnkiPackageRequest
from playwright.sync_api import Page, sync_playwright

MATHJAX = Path("node_modules/mathjax/es5/tex-chtml-full.js")
CHROMIUM = "/usr/bin/chromium"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--allow-file-access-from-files"]
SIZES = {"phone": (360, 740), "desktop": (900, 700)}
# As ts/mathjax/index.ts of Anki sets it.
SETTINGS = """MathJax = {
  tex: { displayMath: [["\\\\[", "\\\\]"]], processEscapes: false, processEnvironments: false, processRefs: false,
    packages: { "[+]": ["noerrors", "mathtools", "mhchem"], "[-]": ["textmacros"] } },
  loader: { load: ["[tex]/noerrors", "[tex]/mathtools", "[tex]/mhchem"] },
};"""


def page_html(body: str, css: str, theme: str, size: str, mathjax: Path) -> str:
    """A page that shows one side, with the classes of AnkiDroid (phone) or of Anki on Linux (desktop)."""
    night = " nightMode night_mode" if theme == "dark" else ""
    root = "mobile android" if size == "phone" else "linux chrome"
    head = '<meta charset="utf-8"><meta name="viewport" content="width=device-width">'
    return (
        f'<!doctype html><html class="{root}{" night-mode" if night else ""}"><head>{head}<style>{css}</style>'
        f"<script>{SETTINGS}</script><script src='{mathjax.resolve().as_uri()}'></script></head>"
        f'<body class="card card1{night}"><div id="qa">{body}</div></body></html>'
    )


def shoot(page: Page, html: str, folder: Path, target: Path, *, opened: bool, whole: bool) -> None:
    """Shows `html`, which finds its pictures in `folder`, and takes a picture of it."""
    file = folder / "deckwright-screenshot.html"
    file.write_text(html, "utf-8")
    page.goto(file.as_uri())
    page.evaluate("MathJax.startup.promise")
    if opened:
        page.evaluate("document.querySelectorAll('details').forEach(details => details.open = true)")
    page.wait_for_timeout(150)
    target.parent.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=target, full_page=whole)
    file.unlink()


@click.command()
@click.argument("package", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("slugs", nargs=-1, required=True)
@click.option("--side", "sides", type=click.Choice(["front", "back"]), multiple=True, default=("back",))
@click.option("--theme", "themes", type=click.Choice(["light", "dark"]), multiple=True, default=("light", "dark"))
@click.option("--size", "sizes", type=click.Choice(list(SIZES)), multiple=True, default=("phone",))
@click.option("--open", "opened", is_flag=True, help="Unfold the details.")
@click.option("--whole", is_flag=True, help="The whole page, not only what the screen shows.")
@click.option("--mathjax", type=click.Path(exists=True, path_type=Path), default=MATHJAX)
@click.option("-o", "--output", type=click.Path(path_type=Path), default=Path("build/screenshots"))
def main(package, slugs, sides, themes, sizes, opened, whole, mathjax, output) -> None:
    """Takes pictures of the first card of each of SLUGS (Id searches, so `scale-*` works) in PACKAGE."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        collection = Collection(f"{folder}/collection.anki2")
        options = collection._backend.get_import_anki_package_presets()
        collection.import_anki_package(ImportAnkiPackageRequest(package_path=str(package), options=options))
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        for size in sizes:
            width, height = SIZES[size]
            page = browser.new_page(viewport={"width": width, "height": height}, device_scale_factor=2)
            page.on("console", lambda message: click.echo(message.text, err=True) if message.type == "error" else None)
            for slug in slugs:
                for card_id in collection.find_cards(f"Id:{slug} card:1") or sys.exit(f"no card {slug}"):
                    card = collection.get_card(card_id)
                    shown, css = card.render_output(), card.note_type()["css"]
                    for side in sides:
                        body = shown.question_text if side == "front" else shown.answer_text
                        for theme in themes:
                            html = page_html(body, css, theme, size, mathjax)
                            target = output / f"{card.note()['Id']}-{side}-{size}-{theme}.png"
                            shoot(page, html, Path(collection.media.dir()), target, opened=opened, whole=whole)
                            if page.evaluate("document.documentElement.scrollWidth") > width:
                                click.echo(f"{target.name}: wider than the screen", err=True)
        browser.close()
        collection.close()


if __name__ == "__main__":
    main()
