"""A stretch of Markdown -> pieces: prose, code, comments, links, tags, and what will be atoms, each with its end."""

from __future__ import annotations

import re
from collections.abc import Iterator

from deckwright import fence
from deckwright.mark import CHECKED
from deckwright.model import Problem
from deckwright.read import Passage

_FENCE_INFO = re.compile(r"""\s*(\{[^}\n]*\}|[\w#.+-]*)(\s+\w+=("[^"\n]*"|'[^'\n]*'))*\s*""")
_BLANK = re.compile(r"\n[ \t>]*(?=\n|\Z)")
IMAGE = re.compile(r'!\[((?:(?><!--.*?-->)|\\.|[^\]\\])*+)\]\([ \t]*(<[^<>\n]*>|[^()\s]*)(?:[ \t]+"[^"\n]*")?[ \t]*\)')
# Compiled where it is needed, which is seldom and takes 2 ms.
_CJK = r"[\u3000-\u9fff\uff00-\uffef]"
_DISPLAY = re.compile(rf"(?:(?>{CHECKED.pattern})|\\.|(?!\$\$)[^\\])++(?=\$\$)|", re.DOTALL)
_INLINE = re.compile(rf"(?:(?>{CHECKED.pattern})|\\.|[^\\$`])++", re.DOTALL)
# Every branch begins with a character, no class of them: `re` then looks for these alone.
_SIGN = re.compile(r"\\|`|~~~|<[!/A-Za-z]|\$|!\[|\]\(")
_SPECIAL = re.compile(
    r"""(?P<escape>\\[^\n])
      | (?P<fence>^[ \t>]*(?:`{3,}|~{3,})[^`\n]*$)
      | (?P<span>`[^`\n]++`(?!`))
      | (?P<code>`+)
      | (?P<comment><!--)
      | (?P<tag></?[A-Za-z][^<>\n]*>)
      | (?P<maths>\${1,2})
      | (?P<image>!\[)
      | (?P<target>\]\([^()\s]*\))""",
    re.VERBOSE | re.MULTILINE,
)
_RAW = re.compile(r"<(img|audio|video|source|object)\b", re.IGNORECASE)


def _plain(deep: int) -> str:
    """The pattern of TeX in ASCII without a comment, an empty or an indented line, its braces matched up to so deep."""
    group = rf"|\{{{_plain(deep - 1)}\}}" if deep else ""
    return rf"(?:[ -#&-;=-\[\]-_a-z|~]++|\\[ -;=-~]|<(?!!)|\n(?=[!-=?-~]){group})*+"


# Most formulas are such: what else may stand in one need not be looked for in them.
_PLAIN = re.compile(rf"(?P<plain>(\$\$?+)({_plain(4)})\2)")


def pieces(passage: Passage, problems: list[Problem]) -> Iterator[tuple[str, int, int]]:
    """Cuts the passage into (kind, start, end): prose, escape, code, kept (links, tags), and the kinds of atoms."""
    source, at = passage.text, 0
    while match := _special(source, at):
        kind, start = str(match.lastgroup), match.start()
        if start > at:
            yield "prose", at, start
        at = match.end()
        match kind:
            case "plain":
                pass
            case "fence":
                at = _fence_end(passage, start, at, problems)
                kind = "code"
            case "span":
                kind = "code"
            case "code":
                if found := re.compile(rf"(?<!`){match[0]}(?!`)").search(source, at, _paragraph_end(source, at)):
                    at = found.end()
                else:
                    kind = "kept"
            case "comment":
                end = source.find("-->", at)
                if end < 0:
                    problems.append(
                        Problem(
                            passage.place(start), "unclosed-comment", "this comment is never closed", "add `-->`", 4
                        )
                    )
                    kind = "kept"
                else:
                    at = end + 3
            case "maths":
                kind, at = _maths_end(passage, start, match[0], problems)
            case "image":
                if found := IMAGE.match(source, start):
                    at = found.end()
                else:
                    help_ = r"write `![caption](file)`, `![caption](<a file>)` for a name with spaces, or `\![`"
                    problems.append(Problem(passage.place(start), "broken-picture", "`![` opens no picture", help_, 2))
                    kind = "kept"
            case "tag" if "{{" in match[0]:
                kind, at = "prose", start + 1
            case "tag" | "target":
                kind = "kept"
                if _RAW.match(match[0]):
                    message = f"`{match[0].split()[0]}` names a file that is not packed"
                    help_ = "write `![caption](file)`: then the file is taken along"
                    problems.append(Problem(passage.place(start), "raw-picture", message, help_, len(match[0])))
        yield kind, start, at
    if at < len(source):
        yield "prose", at, len(source)


def _special(source: str, at: int) -> re.Match[str] | None:
    """The first thing from `at` on that is no prose; to try all of them at every character would take long."""
    sign = at - 1
    while found := _SIGN.search(source, sign + 1):
        sign = found.start()
        if found[0] == "$" and (match := _PLAIN.match(source, sign)) and _lone(match):
            return match
        if found[0] in ("`", "~~~"):
            # A fence begins with its line.
            line = source.rfind("\n", 0, sign) + 1
            begins = line >= at and not source[line:sign].strip(" \t>")
            if begins and (match := _SPECIAL.match(source, line)):
                return match
        if match := _SPECIAL.match(source, sign):
            return match
    return None


def _lone(plain: re.Match[str]) -> bool:
    """Whether what looks like a plain formula is one for certain: without a cloze, and no sums of money."""
    source, sign, inside = plain.groups()
    words = inside.strip()
    if not words or "{{" in source:
        return False
    return sign == "$$" or (words == inside and not plain.string[plain.end() : plain.end() + 1].isdigit())


def _paragraph_end(source: str, at: int) -> int:
    found = _BLANK.search(source, at)
    return found.start() if found else len(source)


def _fence_end(passage: Passage, start: int, end: int, problems: list[Problem]) -> int:
    """The end of the fenced block that opens on the line at `start`; an unclosed one is told of by the parser."""
    opening = fence.FENCE.match(passage.text[start:end])
    if opening and not _FENCE_INFO.fullmatch(opening["info"]):
        help_ = "after the fence put one name of a language, such as `python`, or nothing"
        at = passage.place(start + opening.start("info"))
        message = f"`{opening['info'].strip()}` names no language"
        problems.append(Problem(at, "fence-language", message, help_, len(opening["info"])))
    lines = passage.text[start:].split("\n")
    for first, last in fence.fences(lines):
        if first == 0 and last is not None:
            return start + len("\n".join(lines[: last + 1]))
    return end


def _maths_end(passage: Passage, start: int, sign: str, problems: list[Problem]) -> tuple[str, int]:
    """Whether the dollar at `start` opens a formula, which then ends at the offset given, or is a mere sign."""
    source = passage.text
    limit = _paragraph_end(source, start)
    after = start + len(sign)
    found = (_DISPLAY if len(sign) == 2 else _INLINE).match(source, after, limit)
    inside = found[0] if found else ""
    end = after + len(inside)
    if inside.strip() and source.startswith(sign, end):
        price = inside[0].isdigit() and not inside.isascii() and re.search(_CJK, inside)
        spaced = inside[0].isspace() or inside[-1].isspace() or source[end + 1 : end + 2].isdigit()
        if len(sign) == 2 or not (price or spaced):
            return ("display" if len(sign) == 2 else "inline"), end + len(sign)
    if len(sign) == 1 and source[after : after + 1].isdigit():
        return "kept", after
    help_ = f"close it with `{sign}` in the same paragraph, no space inside the signs, or write `\\$` for a dollar"
    problems.append(
        Problem(passage.place(start), "unclosed-maths", f"`{sign}` opens a formula that never ends", help_, len(sign))
    )
    return "kept", after
