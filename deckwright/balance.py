r"""A formula -> what its grammar gets wrong for certain: fences, environments, columns, scripts, arguments.

MathJax finds more; but what is told of here is wrong in every case. Braces are the scanner's, names are `spell`'s.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

_TOKEN = re.compile(r"\\(?:[A-Za-z]+|.|\n)|\S", re.DOTALL)
_ENVIRONMENT = re.compile(r"\s*\{([^{}]*)\}")
# Where nothing of this stands, as in most formulas, there is nothing to find, and no time to spend.
_SCRIPTED = re.compile(r"\^.*[\^']|_.*_|[_^]\s*(?:[_^}]|\Z)", re.DOTALL)
_ENDING = re.compile(
    r"\\[A-Za-z]+\s*(?:\}|\Z)|\\(?:[cdt]?frac|[dt]?binom|overset|underset|stackrel|textcolor)(?![A-Za-z])"
)
_FRAMED = re.compile(r"\\(?:left|right|middle|[bB]igg?|begin|end|\\)|[&#]")
_BIG = frozenset("\\" + size + side for size in ("big", "Big", "bigg", "Bigg") for side in ("", "l", "r", "m"))
_TABLES = r"\matrix \pmatrix \array \cases \eqalign \eqalignno \leqalignno \displaylines \substack \Aboxed"
_ROWS = frozenset(_TABLES.split())
_ONE = r"""\acute \bar \boldsymbol \boxed \breve \check \dddot \ddot \dot \grave \hat \hbox \hphantom \mathbb \mathbf
\mathcal \mathfrak \mathit \mathring \mathrm \mathscr \mathsf \mathtt \mbox \operatorname \overbrace \overleftarrow
\overline \overrightarrow \phantom \pmb \pmod \smash \sqrt \text \textbf \textit \textnormal \textrm \textsf \texttt
\tilde \underbrace \underline \vec \vphantom \widehat \widetilde \xleftarrow \xrightarrow"""
_TWO = r"\binom \cfrac \dbinom \dfrac \frac \overset \stackrel \tbinom \textcolor \tfrac \underset"
_ARGUMENTS = {name: number for number, names in ((1, _ONE), (2, _TWO)) for name in names.split()}

Token = re.Match[str]


@dataclass(frozen=True, slots=True)
class Mistake:
    """One mistake: where in the formula's source it stands, how wide it is, and what is told of it."""

    offset: int
    width: int
    rule: str
    message: str
    help: str
    warning: bool = False


@dataclass(frozen=True, slots=True)
class _Frame:
    """What is open: `{`, `\\left`, or an environment's `\\begin` with its name."""

    token: Token
    kind: str
    name: str = ""


def mistakes(tex: str, delimiters: Collection[str]) -> Iterator[Mistake]:
    """Yields what is wrong in `tex`, which holds neither dollars nor comments, and in its texts nothing."""
    scripts, framed, arguments = _SCRIPTED.search(tex), _FRAMED.search(tex), _ENDING.search(tex)
    if not (scripts or framed or arguments):
        return
    tokens = list(_TOKEN.finditer(tex))
    pairs = _pairs(tokens)
    if pairs is None:
        return
    if arguments:
        yield from _arguments(tokens, pairs)
    if scripts:
        yield from _scripts(tokens, pairs)
    if framed:
        yield from _frames(tex, tokens)
        yield from _fences(tokens, delimiters)


def _broken(token: Token, message: str, help_: str) -> Mistake:
    return Mistake(token.start(), len(token[0]), "broken-maths", message, help_)


def _pairs(tokens: list[Token]) -> dict[int, int] | None:
    """Where each group that opens at a token closes; None where braces do not match, which the scanner tells of."""
    found: dict[int, int] = {}
    opened: list[int] = []
    for index, token in enumerate(tokens):
        if token[0] == "{":
            opened.append(index)
        elif token[0] == "}":
            if not opened:
                return None
            found[opened.pop()] = index
    return None if opened else found


def _arguments(tokens: list[Token], pairs: Mapping[int, int]) -> Iterator[Mistake]:
    """Macros that the formula, or the group that they stand in, ends too early for."""
    for index, token in enumerate(tokens):
        number = _ARGUMENTS.get(token[0])
        if not number:
            continue
        at = index + 1
        if at < len(tokens) and tokens[at][0] in ("*", "["):
            continue
        for _ in range(number):
            if at >= len(tokens) or tokens[at][0] == "}":
                what = "one argument" if number == 1 else "two arguments"
                yield _broken(token, f"`{token[0]}` takes {what}", f"write `{token[0]}{'{...}' * number}`")
                break
            at = pairs.get(at, at) + 1


def _scripts(tokens: list[Token], pairs: Mapping[int, int]) -> Iterator[Mistake]:
    """Scripts twice on one base, and scripts without anything in them."""
    seen: set[int] = set()
    for start, token in enumerate(tokens):
        if token[0] not in "^_" or start in seen:
            continue
        used: set[str] = set()
        index = start
        while index < len(tokens) and (sign := tokens[index][0]) in ("^", "_", "'"):
            seen.add(index)
            if sign == "'":
                if "^" in used:
                    yield _broken(tokens[index], "a prime behind an exponent", "write the prime first: `x'^2`")
                index += 1
                continue
            if sign in used:
                what = "exponent" if sign == "^" else "subscript"
                help_ = f"write braces around what belongs together: `{{a{sign}b}}{sign}c` or `a{sign}{{b{sign}c}}`"
                yield _broken(tokens[index], f"a second {what} on one base", help_)
            used.add(sign)
            after = tokens[index + 1][0] if index + 1 < len(tokens) else "}"
            if after in ("}", "^", "_"):
                yield _broken(tokens[index], f"nothing stands after `{sign}`", f"write `{sign}{{...}}`, or delete it")
                break
            if after in _ARGUMENTS:
                break
            index = pairs.get(index + 1, index + 1) + 1


def _frames(tex: str, tokens: list[Token]) -> Iterator[Mistake]:
    """Fences and environments that do not match, and what stands where nothing has columns or rows."""
    frames: list[_Frame] = []
    for index, token in enumerate(tokens):
        before = tokens[index - 1][0] if index else ""
        match token[0]:
            case "{":
                frames.append(_Frame(token, "rows" if before in _ROWS else "{"))
            case r"\left":
                frames.append(_Frame(token, r"\left"))
            case r"\begin":
                named = _ENVIRONMENT.match(tex, token.start() + 6)
                frames.append(_Frame(token, r"\begin", named[1] if named else ""))
            case "}" | r"\right" | r"\end":
                named = _ENVIRONMENT.match(tex, token.start() + 4)
                if told := _closing(frames, token, named[1] if named else ""):
                    yield told
                    return
            case "&" if not (frames and frames[-1].kind in ("rows", r"\begin")):
                yield _ampersand(token, frames)
            case "#":
                yield _broken(token, "`#` is no symbol of mathematics", "write `\\#`")
            case r"\middle" if not (frames and frames[-1].kind == r"\left"):
                yield _broken(token, r"`\middle` outside `\left ... \right`", r"write `\big` for it, or `\left` before")
            case r"\\" if not any(frame.kind in ("rows", r"\begin") for frame in frames):
                if before in (r"\left", r"\right"):
                    continue
                help_ = r"write `\begin{aligned} ... \\ ... \end{aligned}`"
                message = r"`\\` outside `\begin{...}` breaks no line"
                yield Mistake(token.start(), 2, "lost-break", message, help_, warning=True)
    if frames:
        yield _open(frames[-1])


def _ampersand(token: Token, frames: list[_Frame]) -> Mistake:
    """A sign that ends a cell where there is none."""
    if any(frame.kind == r"\begin" for frame in frames):
        help_ = "close what is open before the `&`, and open it again after: braces, `\\left` with `\\right.`"
        return _broken(token, "`&` within braces, or between `\\left` and `\\right`", help_)
    help_ = "write `\\&` for an ampersand, or `\\begin{aligned} ... \\end{aligned}` around the rows"
    return _broken(token, "`&` outside `\\begin{...}`", help_)


def _closing(frames: list[_Frame], token: Token, name: str) -> Mistake | None:
    """What is wrong with a token that closes a frame; takes the frame that it closes away."""
    opener = {"}": ("{", "rows"), r"\right": (r"\left",), r"\end": (r"\begin",)}[token[0]]
    if frames and frames[-1].kind in opener and (token[0] != r"\end" or frames[-1].name == name):
        frames.pop()
        return None
    if frames and frames[-1].kind == r"\begin" and token[0] == r"\end":
        message = f"`\\end{{{name}}}` closes `\\begin{{{frames[-1].name}}}`"
        return _broken(token, message, "write the same name in both")
    if frames and frames[-1].kind in (r"\left", r"\begin"):
        return _open(frames[-1])
    fence = token[0] == r"\right"
    first = r"\left" if fence else rf"\begin{{{name}}}"
    help_ = rf"add `{first}` in the same braces" + (r", or `\left.` where nothing is to be seen" if fence else "")
    return _broken(token, f"`{token[0]}` without its `{first}`", help_)


def _open(frame: _Frame) -> Mistake:
    if frame.kind == r"\left":
        help_ = r"add `\right` in the same braces and the same cell, `\right.` where nothing is to be seen"
        return _broken(frame.token, r"`\left` without its `\right`", help_)
    message = f"`\\begin{{{frame.name}}}` is never closed"
    return _broken(frame.token, message, f"add `\\end{{{frame.name}}}` in the same braces")


def _fences(tokens: list[Token], delimiters: Collection[str]) -> Iterator[Mistake]:
    """What MathJax can't make tall, behind `\\left`, `\\big` and their like."""
    for index, token in enumerate(tokens):
        if token[0] in (r"\left", r"\right", r"\middle") or token[0] in _BIG:
            after = tokens[index + 1][0] if index + 1 < len(tokens) else ""
            if after not in delimiters and not (after == "{" and token[0] in _BIG):
                what = f"`{after}` behind `{token[0]}` is no delimiter" if after else f"nothing behind `{token[0]}`"
                help_ = f"write `{token[0]}\\{after}`" if after in ("{", "}") else f"write `{token[0]}(` or its like"
                yield _broken(token, what, help_)
