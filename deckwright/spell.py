"""Formulas -> what Anki's MathJax cannot set in them: there learners would see red words, or the TeX, and no message.

Without node: names by the list mathjax.txt, which a test holds equal to the real MathJax, and of the grammar what is
certain. The tests put every formula of the deck through the real one.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from deckwright import balance
from deckwright.balance import Mistake
from deckwright.mark import CHECKED

_MACRO = re.compile(r"\\(?:[A-Za-z]+|[^A-Za-z])")
_CLOZE = re.compile(r"\{\{c\d+::")
_IN_CLOZE = re.compile(r"\\.|[{}]|::", re.DOTALL)
_COMMENT = re.compile(r"(?<!\\)((?:\\\\)*)(%[^\n]*)")
# Compiled where they are needed, which is seldom.
_CJK = r"[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef]+"
_NAME = re.compile(r"\s*\{([^{}]*)\}")
_NESTED = re.compile(r"\\\((.*?)\\\)|(?<!\\)\$(.*?)(?<!\\)\$", re.DOTALL)
# Without the package textmacros, which Anki takes away, a text shows every other macro as it stands.
_RAW_IN_TEXT = re.compile(r"\\(?:[A-Za-z]+|[^\\{}$()])")
_TEXTS = "text textbf textit textnormal textrm textsf texttt textup textllap textrlap textclap mbox hbox fbox"
_CODES = """ce pu href class style cssId color textcolor colorbox fcolorbox unicode ref eqref bbox enclose hspace
rowcolor columncolor cellcolor mmlToken"""
_OTHER = "|".join(
    (
        r"\\[^A-Za-z]",
        rf"\\(?P<text>{'|'.join(_TEXTS.split())}|tag\*?)(?![A-Za-z])",
        r"\\(?P<verb>verb)\*?(?P<sign>[^A-Za-z*\s])",
        rf"\\(?P<code>{'|'.join(_CODES.split())})(?![A-Za-z])",
    )
)
_DEFINERS = r"""\newcommand \renewcommand \newenvironment \renewenvironment \def \let \DeclareMathOperator
\DeclarePairedDelimiter \DeclarePairedDelimiters \DeclarePairedDelimiterX \DeclarePairedDelimitersX
\DeclarePairedDelimiterXPP \DeclarePairedDelimitersXPP \Newextarrow \newtagform \renewtagform \usetagform \mathtoolsset
\definecolor \require \label"""
_DEFINES = frozenset(_DEFINERS.split())
# What more is asked of than whether it is known.
_ODD = _DEFINES | {f"\\{name}" for name in ("begin", "tag", "verb", *_TEXTS.split(), *_CODES.split())}
_DEFINED = re.compile(r"\\[A-Za-z]+\*?\s*\{?\s*(\\(?:[A-Za-z]+|[^A-Za-z])|[A-Za-z]+\*?)")


@dataclass(frozen=True, slots=True)
class Dictionary:
    """What MathJax knows as Anki loads it, and what to write instead of what it does not; most macros are `usual`."""

    macros: frozenset[str]
    usual: frozenset[str]
    environments: frozenset[str]
    delimiters: frozenset[str]
    advice: Mapping[str, str]


@cache
def dictionary() -> Dictionary:
    """Yields the lists that lie beside this file, which are read once."""
    here = Path(__file__).parent
    names: dict[str, list[str]] = {"macro": ["\\ ", "\\\n"], "environment": [], "delimiter": []}
    for line in (here / "mathjax.txt").read_text("utf-8").splitlines():
        kind, name = line.split(" ", 2)[:2]
        if kind in names:
            names[kind].append(name)
    lines = (here / "advice.txt").read_text("utf-8").splitlines()[1:]
    advice = dict(line.split(" ", 1) for line in lines)
    known = frozenset(names["macro"]).difference(advice)
    return Dictionary(known, known - _ODD, frozenset(names["environment"]), frozenset(names["delimiter"]), advice)


def mistakes(words: Dictionary, source: str) -> list[Mistake]:
    """Yields what is wrong with a formula, typed as `source` with its dollars, in the order of the text."""
    tex, hints = _plain(source)
    found: list[Mistake] = []
    for at, hint in hints:
        found += [_moved(mistake, at - 1) for mistake in mistakes(words, f"${hint}$")]
    if "\\" in tex and not words.usual.issuperset(_MACRO.findall(tex)):
        tex = _without_texts(words, tex, found)
        macros = list(_MACRO.finditer(tex))
        found += _names(words, tex, macros)
        if any(macro[0] in _DEFINES for macro in macros):
            # Nothing more: what a new macro stands for may hold half of anything.
            return sorted([*found, *_leaks(macros)], key=lambda mistake: mistake.offset)
    found += balance.mistakes(tex, words.delimiters)
    if not tex.isascii():
        found += _chinese(tex)
    found.sort(key=lambda mistake: mistake.offset)
    return found


def _moved(mistake: Mistake, by: int) -> Mistake:
    """A mistake in a part of a formula, where it stands in the whole."""
    return replace(mistake, offset=mistake.offset + by)


def _plain(source: str) -> tuple[str, list[tuple[int, str]]]:
    """A formula with dollars, comments and marks of clozes blanked out: all else keeps its offset; and the hints."""
    sign = 2 if source.startswith("$$") else 1
    tex = " " * sign + source[sign:-sign] + " " * sign
    hints: list[tuple[int, str]] = []
    if "<!--" in tex:
        tex = CHECKED.sub(lambda match: " " * len(match[0]), tex)
    if "%" in tex:
        tex = _COMMENT.sub(lambda match: match[1] + " " * len(match[2]), tex)
    while "{{c" in tex and (match := _CLOZE.search(tex)):
        letters = list(tex)
        letters[match.start() + 1 : match.end()] = " " * (len(match[0]) - 1)
        depth, hint = 0, 0
        for token in _IN_CLOZE.finditer(tex, match.end()):
            if token[0] == "::" and not depth:
                hint = hint or token.end()
            elif token[0] == "}" and not depth:
                letters[token.start() : token.start() + 2] = "} "
                if hint:
                    hints.append((hint, tex[hint : token.start()]))
                    letters[hint - 2 : token.start()] = " " * (token.start() - hint + 2)
                break
            depth += {"{": 1, "}": -1}.get(token[0], 0)
        tex = "".join(letters)
    return tex, hints


def _without_texts(words: Dictionary, tex: str, found: list[Mistake]) -> str:
    """`tex` with what is no mathematics in it blanked out; what is wrong with its texts goes to `found`."""
    at = 0
    other = re.compile(_OTHER)
    while match := other.search(tex, at):
        at = match.end()
        if not match.lastgroup:
            continue
        if match["verb"]:
            end = tex.find(match["sign"], at)
            at, start, end = max(end, at), at - 1, max(end, at) + 1
            tex = tex[:start] + " " * (end - start) + tex[end:]
            continue
        for start, end in _raw(tex, at, match["text"] or match["code"]):
            if match["text"]:
                found += _text(words, tex[start:end], start, match[0])
            tex = tex[:start] + " " * (end - start) + tex[end:]
            at = end
    return tex


def _raw(tex: str, at: int, macro: str) -> Iterator[tuple[int, int]]:
    """The arguments behind a macro, from `at`, that are no mathematics: what stands in brackets, and groups."""
    groups = {"fcolorbox": 3, "colorbox": 2, "mmlToken": 2, "bbox": 0}.get(macro, 1)
    while match := re.compile(r"\s*([\[{])").match(tex, at):
        if match[1] == "[" and macro in ("ce", "pu", "text", "color", "hspace"):
            return
        if match[1] == "{" and not groups:
            return
        groups -= match[1] == "{"
        depth, end = 0, len(tex)
        for token in re.compile(r"\\.|[{}\]]", re.DOTALL).finditer(tex, match.end()):
            if not depth and token[0] == ("]" if match[1] == "[" else "}"):
                end = token.start()
                break
            depth += {"{": 1, "}": -1}.get(token[0], 0)
        yield match.end(), end
        at = end + 1


def _text(words: Dictionary, text: str, offset: int, macro: str) -> Iterator[Mistake]:
    """What is wrong within the text of `\\text` and its like: macros, and the formulas in it."""
    for nested in _NESTED.finditer(text):
        group = 1 if nested[1] is not None else 2
        for mistake in mistakes(words, f"${nested[group]}$"):
            yield _moved(mistake, offset + nested.start(group) - 1)
    plain = _NESTED.sub(lambda match: " " * len(match[0]), text)
    for match in _RAW_IN_TEXT.finditer(plain.replace("\\\\", "  ")):
        if re.match(r"(?:eq)?ref\s*\{", plain[match.start() + 1 :]):
            continue
        help_ = f"close the text before it and open it again after: `{macro}{{...}}{match[0]}{macro}{{...}}`"
        if match[0] in (r"\_", r"\&", r"\#"):
            help_ = f"write `{match[0][1]}`: in a text it is a letter like others"
        message = f"`{macro}` shows `{match[0]}` as it stands"
        yield Mistake(offset + match.start(), len(match[0]), "unknown-macro", message, help_)


def _names(words: Dictionary, tex: str, macros: list[re.Match[str]]) -> Iterator[Mistake]:
    """Macros and environments that MathJax does not know."""
    own: set[str] = set()
    for match in macros:
        name = match[0]
        if name in _DEFINES and (named := _DEFINED.match(tex, match.start())):
            own.add(named[1])
        elif name not in words.macros and name not in own:
            yield _unknown_macro(words, name, match.start())
        elif (
            name == r"\begin" and (named := _NAME.match(tex, match.end())) and named[1] not in words.environments | own
        ):
            yield _unknown_environment(words, named[1], named.start(1))


def _unknown_macro(words: Dictionary, name: str, offset: int) -> Mistake:
    near = difflib.get_close_matches(name, words.macros, 1, 0.75) if len(name) > 3 else []
    if name in words.advice:
        help_ = f"write `{words.advice[name]}`"
    elif near:
        help_ = f"did you mean `{near[0]}`?"
    else:
        help_ = f"write it with what MathJax knows, a name as `\\operatorname{{{name[1:]}}}`"
    return Mistake(offset, len(name), "unknown-macro", f"Anki's MathJax cannot set `{name}`", help_)


def _unknown_environment(words: Dictionary, name: str, offset: int) -> Mistake:
    near = difflib.get_close_matches(name, words.environments, 1)
    advice = words.advice.get(name)
    if advice:
        help_ = "write it in Markdown, outside the formula" if advice == "-" else f"write `{advice}`"
    else:
        help_ = f"did you mean `{near[0]}`?" if near else "write `aligned`, `cases`, `matrix` or `array`"
    message = f"Anki's MathJax has no environment `{name}`"
    return Mistake(offset, max(1, len(name)), "unknown-environment", message, help_)


def _leaks(macros: list[re.Match[str]]) -> Iterator[Mistake]:
    """What a formula tells MathJax for all later ones: some clients keep one page for many cards, others do not."""
    for at, name in ((macro.start(), macro[0]) for macro in macros if macro[0] in _DEFINES):
        if name == r"\label":
            message = "with `\\label` MathJax shows an error when the card is shown for the second time"
            yield Mistake(at, len(name), "leaking-macro", message, "delete it: nothing can refer to it")
        elif name == r"\require":
            message = "`\\require` changes the formulas of other cards, or loads nothing: it depends on the client"
            yield Mistake(at, len(name), "leaking-macro", message, "write the formula without it")
        else:
            message = f"`{name}` changes the formulas of other cards, on some clients only"
            help_ = "write out what it stands for, a name as `\\operatorname{...}`"
            yield Mistake(at, len(name), "leaking-macro", message, help_, warning=True)


def _chinese(tex: str) -> Iterator[Mistake]:
    """Chinese outside texts, which MathJax takes for symbols."""
    if found := re.search(_CJK, tex):
        message = f"`{found[0]}` outside `\\text{{...}}` is set as symbols, in another font"
        help_ = f"write `\\text{{{found[0]}}}`"
        yield Mistake(found.start(), len(found[0]), "bare-cjk", message, help_, warning=True)
