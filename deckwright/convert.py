"""Markdown -> HTML, by Python-Markdown and Pygments: imported only where some text has to be made."""

from __future__ import annotations

import markdown
from markdown.extensions.abbr import AbbrExtension
from markdown.extensions.attr_list import AttrListExtension
from markdown.extensions.def_list import DefListExtension
from markdown.extensions.footnotes import FootnoteExtension
from markdown.extensions.md_in_html import MarkdownInHtmlExtension
from markdown.extensions.sane_lists import SaneListExtension
from markdown.extensions.tables import TableExtension
from pymdownx.highlight import HighlightExtension
from pymdownx.superfences import SuperFencesCodeExtension


def converter() -> markdown.Markdown:
    """Yields Python-Markdown with `extra`, `sane_lists` and code by class.

    Named one by one as objects: by name, it would search every installed package for extensions at each start.
    """
    code = HighlightExtension(css_class="code", pygments_lang_class=True, guess_lang=False)
    extra = [
        AbbrExtension(),
        AttrListExtension(),
        DefListExtension(),
        FootnoteExtension(),
        MarkdownInHtmlExtension(),
        TableExtension(),
    ]
    return markdown.Markdown(extensions=[*extra, SaneListExtension(), SuperFencesCodeExtension(), code])
