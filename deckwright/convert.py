"""Markdown -> HTML: plain paragraphs at once, all else by Python-Markdown, which many a note does not need."""

from __future__ import annotations

import re

from deckwright import translate

# What reaches beyond its block, or is made another before the text is split into blocks.
_FAR = re.compile(r"<|&|\{|\t|\r|\x02|\x03|```|~~~|\] ?:|\n(?: {0,3}:|[^\S\n]+(?:\n|\Z))")
# One line in which nothing can be Markdown or need an escape but a bold beginning; one underscore makes no pair.
_WORDS = r"[^\n\\`*_\[<>&{]"
_BOLD = rf"\*\*(?!\s)({_WORDS}+)(?<!\s)\*\*"
_PLAIN = re.compile(rf"\n*(?:{_BOLD}|(?!\s|\Z|\d+\.|[-+:#|=]))({_WORDS}*_?{_WORDS}*)\n*")


def html(source: str) -> str:
    """Yields Markdown as HTML, byte for byte what Python-Markdown makes of the whole."""
    if _FAR.search(f"\n{source}"):
        return translate.html(source)
    found: list[str] = []
    others: list[str] = []
    # What a plain paragraph parts knows nothing of each other.
    for block in source.strip("\n").split("\n\n"):
        plain = _PLAIN.fullmatch(block)
        if not plain:
            others.append(block)
            continue
        if others:
            found.append(translate.html("\n\n".join(others)))
            others = []
        bold, rest = plain.groups()
        found.append(f"<p><strong>{bold}</strong>{rest}</p>" if bold else f"<p>{rest}</p>")
    if others:
        found.append(translate.html("\n\n".join(others)))
    return "\n".join(filter(None, found))
