"""Markdown -> HTML, by Python-Markdown and Pygments: imported only where some text has to be made."""

from __future__ import annotations

from functools import cache
from typing import Any

import markdown
from markdown.extensions.abbr import AbbrExtension
from markdown.extensions.attr_list import AttrListExtension
from markdown.extensions.def_list import DefListExtension
from markdown.extensions.footnotes import FootnoteExtension
from markdown.extensions.md_in_html import MarkdownInHtmlExtension
from markdown.extensions.sane_lists import SaneListExtension
from markdown.extensions.tables import TableExtension
from pygments import highlight
from pymdownx.highlight import BlockHtmlFormatter, Highlight, HighlightExtension
from pymdownx.superfences import SuperFencesCodeExtension

# What finds nothing in a text that has none of these signs; to look for it all the same takes half of the time.
_SIGNS = {
    "`~": {"preprocessors": ["fenced_code_block"], "inlinePatterns": ["backtick"]},
    "<&": {
        "preprocessors": ["html_block"],
        "blockprocessors": ["markdown_block"],
        "inlinePatterns": ["autolink", "automail", "html", "entity"],
    },
    "[": {
        "blockprocessors": ["footnote", "abbr", "reference"],
        "inlinePatterns": [
            "footnote",
            "reference",
            "link",
            "image_link",
            "image_reference",
            "short_reference",
            "short_image_ref",
        ],
        "treeprocessors": ["footnote-duplicate", "abbr"],
        "postprocessors": ["footnote"],
    },
    "\\": {"inlinePatterns": ["escape"], "treeprocessors": ["unescape"]},
    "*_": {"inlinePatterns": ["em_strong"]},
    "|": {"blockprocessors": ["table"]},
    ":": {"blockprocessors": ["defindent", "deflist"]},
    "#>": {"blockprocessors": ["hashheader", "quote"]},
    "=-": {"blockprocessors": ["setextheader"]},
    "{": {"treeprocessors": ["attr_list"]},
}

# What a block of code may be told besides its language.
_MORE = ("hl_lines", "linestart", "linestep", "linespecial", "classes", "id_value", "attrs", "title")


def html(source: str) -> str:
    """Yields Markdown as HTML, by a converter that looks for nothing of which the text has no sign."""
    signs = frozenset(group for group in _SIGNS if any(sign in source for sign in group))
    return converter(signs).reset().convert(source)


@cache
def converter(signs: frozenset[str] = frozenset(_SIGNS)) -> markdown.Markdown:
    """Yields Python-Markdown with `extra`, `sane_lists` and code by class; for texts with these groups of signs only.

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
    made = markdown.Markdown(extensions=[*extra, SaneListExtension(), SuperFencesCodeExtension(), code])
    for group in _SIGNS.keys() - signs:
        for where, names in _SIGNS[group].items():
            registry = made.parser.blockprocessors if where == "blockprocessors" else getattr(made, where)
            for name in names:
                registry.deregister(name)
    return made


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
