"""Who takes what is plain as it is, and looks for nothing of which a text has no sign, makes Python-Markdown's HTML."""

from __future__ import annotations

import random
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import markdown
import pytest
from desk import ROOT
from pymdownx.highlight import HighlightExtension
from sheaf import parsed

from deckwright import configure, convert, translate

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
# Blocks, and what stands at the edges of what is taken for a plain one.
BLOCKS = [
    "\n\n",
    "\n\nplain text.\n\n",
    "\n\n**bold:** word ",
    "\n\n**b**a",
    "\n\n- x\n- y\n\n",
    "\n\n    code\n\n",
    "\n\n![x](y)\n\n",
    "\n\n| a | b |\n|---|---|\n| c | *d* |\n\n",
    "\n\n```python\nx = [1]\n\n*y* <b> & {\n```\n\n",
    "\n\n: ",
    "\n# h\n",
    "\n> q\n",
    "\n* * *\n",
    "\r",
    "a",
    "word ",
    "a: b = c - d # e | f + g",
    "a_b",
    "_",
    "*",
    "**",
    "**“x”**",
    "] :",
    "=",
    "+ ",
    "2. ",
    "2) ",
    "１. ",
    "~",
    " ",
    "\u3000",
    "\xa0",
    "\x0c",
    "\x85",
    "\u2028",
    "\x02",
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
    for number in range(3000):
        bits = BLOCKS if number % 2 else BITS + LINES
        text = "".join(dice.choices(bits, k=dice.randrange(1, 16)))
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
    few, all_of_them = translate.converter(frozenset()), translate.converter()
    assert len(few.inlinePatterns) < len(all_of_them.inlinePatterns) / 3
    assert len(few.parser.blockprocessors) < len(all_of_them.parser.blockprocessors)


def test_plain_paragraphs_need_no_library():
    code = "import sys; from deckwright import convert; print(convert.html(sys.argv[1]), 'markdown' in sys.modules)"
    for text, needed in (("One.\n\n**Two:** three_3", False), ("One.\n\n- *Two*", True)):
        told = subprocess.run([sys.executable, "-c", code, text], cwd=ROOT, capture_output=True, text=True, check=True)
        assert told.stdout.endswith(f"{needed}\n")


def test_no_package_is_searched_for_extensions():
    code = (
        "import sys; from deckwright import translate as t; t.converter(); print('importlib.metadata' in sys.modules)"
    )
    told = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert told.stdout == "False\n"


def test_a_text_without_signs_is_not_looked_at_by_inline_patterns(monkeypatch):
    seen: list[str] = []
    pattern = translate.converter(frozenset()).inlinePatterns["linebreak"]
    monkeypatch.setattr(pattern, "compiled_re", _Seeing(pattern.compiled_re, seen))
    assert translate.html.__wrapped__("- one\n- two\n- a break  \n  here").count("<li>") == 3
    assert seen == ["a break  \n  here"]


class _Seeing:
    """A regex that notes what it is tried on."""

    def __init__(self, regex: re.Pattern[str], seen: list[str]) -> None:
        self.regex, self.seen = regex, seen

    def finditer(self, text: str, start: int) -> Iterator[re.Match[str]]:
        if not start:
            self.seen.append(text)
        return self.regex.finditer(text, start)
