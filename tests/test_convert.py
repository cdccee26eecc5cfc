"""A converter that looks for nothing of which a text has no sign makes the HTML of one that looks for everything."""

from __future__ import annotations

import random
from pathlib import Path

import markdown
import pytest
from desk import ROOT
from pymdownx.highlight import HighlightExtension
from sheaf import parsed

from deckwright import configure, convert

BITS = [
    "a",
    "word ",
    "**",
    "*",
    "_",
    "__",
    "`",
    "``",
    "[",
    "](x)",
    "[^1]",
    "[^1]: ",
    "*[a]: ",
    "<b>",
    "</b>",
    "&amp;",
    "&",
    "<",
    ">",
    "{: .x }",
    "{",
    "}",
    "#",
    "## ",
    ": ",
    "\\",
    "\\*",
    "!",
    "![x](y)",
    "  ",
    "\n中文",
    "**“x”**",
    "http://a.b",
    "<http://a.b>",
    "<a@b.c>",
    '"',
    "'",
    "- ",
    "* ",
    "1. ",
    "    ",
    "\t",
    "\U000f0001",
]
LINES = ["\n", "\n\n", "---\n", "===\n", "```\n", "```python\n", "~~~\n", "| a | b |\n|---|---|\n", "  \n"]
LINES += ['``` {.py #i hl_lines="1"}\n', '```py title="x"\n', '[a]: http://x "t"\n', '<div markdown="1">\n', "</div>\n"]


@pytest.fixture(scope="module")
def plain() -> markdown.Markdown:
    """Python-Markdown with the same extensions, as they come."""
    code = HighlightExtension(css_class="code", pygments_lang_class=True, guess_lang=False)
    return markdown.Markdown(extensions=["extra", "sane_lists", "pymdownx.superfences", code])


def told(convert, text: str) -> str:
    """The HTML of a text, or what is raised (Python-Markdown itself stumbles over some)."""
    try:
        return convert(text)
    except Exception as error:
        return type(error).__name__


@pytest.mark.parametrize("seed", range(8))
def test_random_texts_come_out_the_same(plain, seed):
    dice = random.Random(seed)
    for _ in range(1500):
        text = "".join(dice.choices(BITS + LINES, k=dice.randrange(1, 16)))
        assert told(convert.html, text) == told(lambda source: plain.reset().convert(source), text), text


def test_every_text_of_this_deck_and_of_its_documents_comes_out_the_same(plain):
    cards, _, _ = parsed(configure.project(ROOT)[0])
    texts = [text.markdown for card in cards for text in card.texts]
    texts += [
        path.read_text("utf-8") for folder in (ROOT, ROOT / "tests", ROOT / "docs") for path in _documents(folder)
    ]
    for text in texts:
        assert convert.html(text) == plain.reset().convert(text)


def _documents(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.md"))


def test_a_text_without_signs_meets_fewer_processors():
    few, all_of_them = convert.converter(frozenset()), convert.converter()
    assert len(few.inlinePatterns) < len(all_of_them.inlinePatterns) / 3
    assert len(few.parser.blockprocessors) < len(all_of_them.parser.blockprocessors)
