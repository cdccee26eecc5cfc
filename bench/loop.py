"""Card files -> .apkg, as one would write it in an afternoon: `python -m bench.loop FOLDER PACKAGE`.

genanki and Python-Markdown with the extensions that deckwright takes, as they come; formulas are kept from Markdown,
pictures taken along, and nothing is checked, kept or remembered.
"""

from __future__ import annotations

import html
import re
import sys
import zlib
from pathlib import Path

import genanki
import markdown

_FORMULA = re.compile(r"\$\$(.+?)\$\$|\$(.+?)\$", re.DOTALL)
_PICTURE = re.compile(r'src="(\.\./[^"]+)"')


def build(folder: Path, package: Path) -> None:
    """Writes a package of all cards under a folder."""
    style = (folder / "templates" / "style.css").read_text("utf-8")
    model = genanki.Model(
        1_700_000_001,
        "Loop",
        fields=[{"name": "Question"}, {"name": "Answer"}],
        templates=[
            {"name": "Card", "qfmt": "{{Question}}", "afmt": "{{FrontSide}}<hr id=answer>{{Answer}}"},
        ],
        css=style,
    )
    extensions = ["extra", "sane_lists", "pymdownx.superfences", "pymdownx.highlight"]
    code = {"css_class": "code", "pygments_lang_class": True, "guess_lang": False}
    convert = markdown.Markdown(extensions=extensions, extension_configs={"pymdownx.highlight": code})
    decks, pictures = [], set()
    for path in sorted((folder / "cards").glob("*.md")):
        head, *cards = re.split(r"^## ", path.read_text("utf-8"), flags=re.MULTILINE)
        title = head.removeprefix("# ").split("\n")[0]
        deck = genanki.Deck(zlib.crc32(title.encode()), f"Bench::{title}")
        for card in cards:
            slug, settings, text = re.split(r"\n<!-- | -->\n", card, maxsplit=2)
            fields = [_html(convert, side) for side in text.split("\n---\n", 1)]
            for name in _PICTURE.findall(fields[1]):
                pictures.add(str(path.parent / name))
            fields[1] = _PICTURE.sub(lambda found: f'src="{Path(found[1]).name}"', fields[1])
            tags = settings.removeprefix("tags: ").split()
            deck.add_note(genanki.Note(model, fields, tags=tags, guid=genanki.guid_for(slug)))
        decks.append(deck)
    genanki.Package(decks, sorted(pictures)).write_to_file(str(package))


def _html(convert: markdown.Markdown, text: str) -> str:
    formulas: list[str] = []

    def hide(found: re.Match[str]) -> str:
        formulas.append(rf"\[{found[1]}\]" if found[1] else rf"\({found[2]}\)")
        return f"FORMULA{len(formulas) - 1}X"

    made = convert.reset().convert(_FORMULA.sub(hide, text))
    return re.sub(r"FORMULA(\d+)X", lambda found: html.escape(formulas[int(found[1])], quote=False), made)


if __name__ == "__main__":
    build(Path(sys.argv[1]), Path(sys.argv[2]))
