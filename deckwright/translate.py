"""Markdown -> HTML, by Python-Markdown and Pygments."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache, lru_cache
from typing import Any
from xml.etree.ElementTree import Element

import markdown
from markdown.extensions import Extension
from markdown.extensions.abbr import AbbrExtension
from markdown.extensions.attr_list import AttrListExtension
from markdown.extensions.def_list import DefListExtension
from markdown.extensions.footnotes import FootnoteExtension
from markdown.extensions.md_in_html import MarkdownInHtmlExtension
from markdown.extensions.sane_lists import SaneListExtension
from markdown.extensions.tables import TableExtension
from markdown.treeprocessors import Treeprocessor
from markdown.util import AtomicString
from pygments import highlight
from pymdownx.highlight import BlockHtmlFormatter, Highlight, HighlightExtension
from pymdownx.superfences import SuperFencesCodeExtension

_DEFINED = r"\] ?:"
# What finds nothing in a text that has none of these signs; to look for it all the same takes half of the time.
_SIGNS = {
    "```|~~~": {"preprocessors": ["fenced_code_block"]},
    "`": {"inlinePatterns": ["backtick"]},
    "[*_]": {"inlinePatterns": ["em_strong"]},
    "[<&]": {
        "preprocessors": ["html_block"],
        "blockprocessors": ["markdown_block"],
        "inlinePatterns": ["autolink", "automail", "html", "entity"],
    },
    r"\[": {"inlinePatterns": ["link"]},
    r"!\[": {"inlinePatterns": ["image_link"]},
    _DEFINED: {
        "blockprocessors": ["footnote", "abbr", "reference"],
        "inlinePatterns": ["footnote", "reference", "image_reference", "short_reference", "short_image_ref"],
        "treeprocessors": ["footnote", "footnote-duplicate", "abbr"],
        "postprocessors": ["footnote"],
    },
    r"\\": {"inlinePatterns": ["escape"], "treeprocessors": ["unescape"]},
    r"\{": {"treeprocessors": ["attr_list"]},
    # At the beginning of a line, be it of one in a list or a footnote.
    r"\||#|>|\] ?:|\n[\W\d]*:|\n[ \t\d.+*=-]*[=-][ \t]*(?:\n|\Z)": {
        "blockprocessors": ["table", "defindent", "deflist", "hashheader", "quote", "setextheader"],
    },
}
# Python-Markdown makes a new line of the one and drops the others, so that signs appear.
_ODD = re.compile(r"[\r\x02\x03]")
_SEARCH = [(sign, re.compile(sign).search) for sign in _SIGNS]

# Without one of these, no inline pattern finds anything in a text.
_INLINE = re.compile(r"[`\\\[<&*_]|  \n")

# What a block of code may be told besides its language.
_MORE = ("hl_lines", "linestart", "linestep", "linespecial", "classes", "id_value", "attrs", "title")


@lru_cache(2000)  # many cards in a row name the same sources
def html(source: str) -> str:
    """Yields Markdown as HTML, by a converter that looks for nothing of which the text has no sign."""
    if not source.strip():
        return ""
    odd, lines = _ODD.search(source), f"\n{source}"
    signs = frozenset(sign for sign, search in _SEARCH if odd or search(lines))
    return converter(signs).reset().convert(source)


@cache
def converter(signs: frozenset[str] = frozenset(_SIGNS)) -> markdown.Markdown:
    """Yields Python-Markdown with `extra`, `sane_lists` and code by class; for texts with these signs only.

    Named one by one as objects: by name, it would search every installed package for extensions at each start.
    """
    code = _Code(css_class="code", pygments_lang_class=True, guess_lang=False)
    extra = [
        AbbrExtension(),
        AttrListExtension(),
        DefListExtension(),
        FootnoteExtension(),
        MarkdownInHtmlExtension(),
        TableExtension(),
    ]
    made = _Converter(extensions=[*extra, SaneListExtension(), SuperFencesCodeExtension(), code])
    if _DEFINED not in signs:
        made.treeprocessors.register(_Words(made), "words", 25)
    for sign in _SIGNS.keys() - signs:
        for where, names in _SIGNS[sign].items():
            registry = made.parser.blockprocessors if where == "blockprocessors" else getattr(made, where)
            for name in names:
                registry.deregister(name)
    return made


class _Converter(markdown.Markdown):
    def build_extension(self, ext_name: str, configs: Mapping[str, Any]) -> Extension:
        """Yields what superfences asks for by name, which would be looked for in every installed package."""
        if ext_name == "pymdownx.highlight":
            return HighlightExtension(**configs)  # type: ignore[no-any-return]
        return super().build_extension(ext_name, configs)


class _Words(Treeprocessor):
    """Tells the inline patterns, each of which is tried on each text, in which texts there is nothing for them.

    Not where abbreviations may be defined, which are looked for in these very texts.
    """

    def run(self, root: Element) -> None:
        """Marks the texts that no pattern need look at."""
        for element in root.iter():
            if element.text and not _INLINE.search(element.text):
                element.text = AtomicString(element.text)
            if element.tail and not _INLINE.search(element.tail):
                element.tail = AtomicString(element.tail)


class _Highlight(Highlight):  # type: ignore[misc]
    """Colours code, in the HTML of its parent, which takes longer to make lexer and formatter than to use them."""

    def highlight(self, src: str, language: str, css_class: str = "", **options: Any) -> Any:
        """Yields a block of code as HTML; one with more than a language is its parent's."""
        if not language or any(options.get(name) not in (-1, None, "", [], {}) for name in _MORE):
            return super().highlight(src, language, css_class, **options)
        lexer, name = _lexer(language)
        return highlight(src, lexer, _formatter(f"{self.language_prefix}{name} {css_class}")).strip()


class _Code(HighlightExtension):  # type: ignore[misc]
    def get_pymdownx_highlighter(self) -> type[Highlight]:
        """What code in fences is coloured by."""
        return _Highlight


@cache
def _lexer(language: str) -> tuple[Any, Any]:
    lexer, name = Highlight(None, guess_lang=False).get_lexer("", language, False, True)
    return lexer, name


@cache
def _formatter(css_class: str) -> BlockHtmlFormatter:
    return BlockHtmlFormatter(cssclass=css_class, wrapcode=True)
