r"""A formula -> its width in em of the mathematics, about as MathJax sets it, without node.

What is common is read as MathJax reads it; what is rare counts as its arguments, one after another.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from deckwright import lay
from deckwright.lay import CARD, CLOSE, NOTHING, OP, OPEN, ORD, REL, Box, Ruler, Style

_TOKEN = re.compile(r"\\(?:[A-Za-z]+|.|\n)|\d+(?:\{,\}\d{3})*(?:\.\d+)?|\S", re.DOTALL)
_DIMENSION = re.compile(r"\s*\{?\s*(-?\d*\.?\d+)\s*(em|ex|mu|pt)\s*\}?")
_EMS = {"em": 1.0, "ex": 0.43, "mu": 1 / 18, "pt": 0.1}
_NESTED = re.compile(r"(?<!\\)\$|\\\(|\\\)")
_ENDS_CELL = ("&", r"\\", r"\cr")


def _macros(names: str) -> frozenset[str]:
    return frozenset(f"\\{name}" for name in names.split())


_TEXTS = _macros("text textrm textnormal textup textbf textit textsf texttt mbox hbox fbox")
_FONTS = {
    macro: font
    for font, names in {
        "mathrm": "mathrm mathup rm operatorname text textrm textnormal textup mbox hbox fbox",
        "mathbf": "mathbf textbf bf",
        "mathit": "mathit textit it",
        "mathsf": "mathsf textsf sf",
        "mathtt": "mathtt texttt tt",
        "mathbb": "mathbb Bbb",
        "mathcal": "mathcal cal",
        "mathscr": "mathscr scr",
        "mathfrak": "mathfrak frak",
        "boldsymbol": "boldsymbol pmb",
    }.items()
    for macro in _macros(names)
}
_SWITCHES = _macros("rm bf it sf tt cal scr frak")
_STYLES = {r"\displaystyle": (0, True), r"\textstyle": (0, False), r"\scriptstyle": (1, False)}
_CLASSES = {
    rf"\math{name}": kind for kind, name in enumerate(("ord", "op", "bin", "rel", "open", "close", "punct", "inner"))
}
_FRACTIONS = _macros("frac dfrac tfrac cfrac binom dbinom tbinom")
_BRACES = _macros("underbrace overbrace underbracket overbracket")
_STRUCK = _macros("boxed cancel bcancel xcancel")
_UNSEEN = _macros("vphantom llap rlap mathllap mathrlap mathclap tag label color cellcolor rowcolor")
_SPACED = _macros("hspace hskip kern mkern mskip mspace")
# Their first argument is no mathematics.
_DRESSED = _macros("textcolor class style href cssId colorbox enclose")
_SIZES = enumerate(("big", "Big", "bigg", "Bigg"), 1)
_BIG = {rf"\{name}{side}": size for size, name in _SIZES for side in ("", "l", "r", "m")}


def width(rule: Ruler, tex: str, *, display: bool = False) -> float:
    """Yields the width of the formula `tex`, without dollars and marks of clozes, in em of the mathematics."""
    return _Setter(rule, tex).row(Style(display)).width


@dataclass(slots=True)
class _Setter:
    """Reads TeX from left to right and sets it; `token` is the last that it took."""

    rule: Ruler
    tex: str
    at: int = 0
    token: str = ""

    def next(self) -> str:
        """Takes the next token; empty at the end."""
        match = _TOKEN.search(self.tex, self.at)
        self.at = match.end() if match else len(self.tex)
        self.token = match[0] if match else ""
        return self.token

    def peek(self) -> str:
        """The next token, which stays."""
        match = _TOKEN.search(self.tex, self.at)
        return match[0] if match else ""

    def raw(self) -> str:
        """The argument that comes next, unread."""
        if self.peek() != "{":
            return self.next()
        self.next()
        start, depth = self.at, 1
        while depth and (token := self.next()):
            depth += {"{": 1, "}": -1}.get(token, 0)
        return self.tex[start : self.at - 1]

    def optional(self) -> str:
        """What stands in brackets next, if anything does."""
        end = self.tex.find("]", self.at)
        if self.peek() != "[" or end < 0:
            return ""
        found = self.tex[self.at : end].partition("[")[2]
        self.at = end + 1
        return found

    def argument(self, style: Style) -> Box:
        """The argument that comes next, set."""
        token = self.peek()
        if token in ("", "}"):
            return Box(0, 0, 0)
        self.next()
        if token[0].isdigit():
            self.at -= len(token) - 1
            token = token[0]
        return self.atom(token, style)

    def row(self, style: Style, *ends: str) -> Box:
        """Everything up to one of `ends`, or to the end, with the spaces between."""
        return lay.line(self.boxes(style, *ends), script=style.level > 0)

    def boxes(self, style: Style, *ends: str) -> list[Box]:
        """Everything up to one of `ends`, box by box."""
        found: list[Box] = []
        while (token := self.next()) and token not in ends:
            if token in _STYLES:
                level, display = _STYLES[token]
                style = replace(style, display=display, level=level)
            elif token in _SWITCHES:
                style = replace(style, font=_FONTS[token])
            elif token in ("^", "_", "'"):
                base = found.pop() if found and found[-1].kind >= ORD else Box(0, 0, 0)
                found.append(self.scripts(base, token, style))
            elif token in (r"\limits", r"\nolimits"):
                found[-1:] = [replace(box, limits=token == r"\limits") for box in found[-1:]]
            elif token in (r"\over", r"\choose", r"\atop"):
                above, below = lay.line(found, script=style.level > 0), self.row(style, *ends)
                scale = 1.0 if style.display else style.scale
                return [lay.fraction(above, below, scale, display=style.display)]
            else:
                found.append(self.atom(token, style))
        return found

    def scripts(self, base: Box, sign: str, style: Style) -> Box:
        """`base` with its exponent and subscript, the first of which `sign` has begun."""
        found = {"^": Box(0, 0, 0), "_": Box(0, 0, 0)}
        while sign:
            which = "^" if sign == "'" else sign
            box = Box(0.275, 0.56, 0) if sign == "'" else self.argument(style.script)
            found[which] = replace(box, width=found[which].width + box.width)
            sign = self.next() if self.peek() in ("^", "_", "'") else ""
        return lay.scripts(base, found["^"], found["_"], style.scale)

    def atom(self, token: str, style: Style) -> Box:
        """The box that begins with `token`."""
        if token == "{":
            return replace(self.row(style, "}"), kind=ORD, limits=False)
        if token[0].isascii() and token[0].isalnum():
            return lay.letters(self.rule, token, style.font)
        if token in self.rule.symbols:
            return lay.symbol(self.rule, token, display=style.display)
        if token == r"\left":
            return self.fenced(style)
        if token == r"\begin":
            return self.environment(style)
        return self.macro(token, style) if token[0] == "\\" else Box(CARD if token > "\u2e7f" else 0.5)

    def macro(self, token: str, style: Style) -> Box:
        """What a common macro makes of its arguments."""
        if token in _TEXTS:
            box = self.text(self.raw(), replace(style, font=_FONTS[token]))
            return replace(box, width=box.width + 0.535) if token == r"\fbox" else box
        if token == r"\operatorname":
            star = self.peek() == "*" and bool(self.next())
            return replace(self.argument(replace(style, font="mathrm")), kind=OP, limits=star and style.display)
        if token in _FONTS:
            return self.argument(replace(style, font=_FONTS[token]))
        if token in _CLASSES:
            return replace(self.argument(style), kind=_CLASSES[token])
        if token in _BIG:
            size, kind = _BIG[token], {"l": OPEN, "r": CLOSE, "m": REL}.get(token[-1], ORD)
            return Box(lay.fence(self.rule, self.raw(), size), 0.55 + 0.3 * size, 0.05 + 0.3 * size, kind)
        if token in _FRACTIONS:
            return self.fraction(token[1:], style)
        if token == r"\sqrt":
            self.optional()
            return lay.root(self.argument(style), display=style.display)
        if token in (r"\overset", r"\underset", r"\stackrel"):
            over, base = self.argument(style.script), self.argument(style)
            kind = REL if token == r"\stackrel" else base.kind
            return Box(max(base.width, over.width * style.scale), base.height + 0.5, base.depth, kind)
        return self.rarer(token, style)

    def rarer(self, token: str, style: Style) -> Box:
        """What a rarer macro makes of its arguments; an unknown one is nothing before its first."""
        if token in _SPACED and (amount := _DIMENSION.match(self.tex, self.at)):
            self.at = amount.end()
            return Box(float(amount[1]) * _EMS[amount[2]], 0, 0, lay.SPACE)
        if token in _UNSEEN:
            self.raw()
            return NOTHING
        if token in (r"\substack", r"\matrix", r"\pmatrix", r"\cases"):
            self.next()
            box = self.rows(style, "}", (1.0,))
            return box if token in (r"\substack", r"\matrix") else lay.fenced(self.rule, box, (r"\{",))
        if token in _BRACES:
            box = self.argument(style)
            return replace(box, width=max(box.width, 1.8), limits=True)
        if token in _STRUCK:
            box = self.argument(style)
            return replace(box, width=box.width + 0.535)
        if token.startswith(r"\x") and token.endswith(("arrow", "mapsto", "equal")):
            under = _Setter(self.rule, self.optional()).row(style.script)
            widest = max(under.width, self.argument(style.script).width) * style.scale
            return Box(max(1.0, widest + 0.59), 1.0, 0.2, REL)
        if token in (r"\bmod", r"\pmod"):
            box = Box(0) if token == r"\bmod" else self.argument(style)
            around = 2.445 if token == r"\bmod" else 4.17 if style.display else 3.61
            return replace(box, width=box.width + around, kind=lay.SPACE)
        if token == r"\unicode":
            self.raw()
            return Box(0.5)
        if token in _DRESSED or token == r"\bbox":
            self.optional()
            if token in _DRESSED:
                self.raw()
            self.optional()
        return self.argument(style) if self.peek() == "{" or token in _DRESSED else NOTHING

    def text(self, text: str, style: Style) -> Box:
        """Words in MathJax's font, those that it lacks in the card's own; and formulas between dollars."""
        total = 0.0
        for index, part in enumerate(_NESTED.split(text)):
            if index % 2:
                total += _Setter(self.rule, part).row(replace(style, font="")).width
            else:
                total += lay.words(self.rule, part.replace("\\", ""), style.font)
        return Box(total)

    def fraction(self, name: str, style: Style) -> Box:
        """A fraction, or binomial, of the two arguments that come next."""
        display = (style.display or name[0] in "dc") and name[0] != "t"
        inner = replace(style, display=False) if display else style.script
        above, below = self.argument(inner), self.argument(inner)
        box = lay.fraction(above, below, 1.0 if display else style.scale, display=display)
        if name.endswith("binom"):
            return replace(box, width=box.width - 0.44 + 2 * lay.fence(self.rule, "(", 3 if display else 1))
        return box

    def fenced(self, style: Style) -> Box:
        r"""`\left ... \right`, as tall as what it holds."""
        fences, parts = [self.next()], [self.row(style, r"\middle", r"\right")]
        while self.token == r"\middle":
            fences.append(self.next())
            parts.append(self.row(style, r"\middle", r"\right"))
        fences.append(self.next())
        size = max(part.height for part in parts), max(part.depth for part in parts)
        return lay.fenced(self.rule, Box(sum(part.width for part in parts), *size), fences)

    def environment(self, style: Style) -> Box:
        r"""`\begin{...} ... \end{...}`."""
        name = self.raw()
        plain = name.rstrip("*")
        self.optional()
        rules = self.raw().count("|") if plain in ("array", "alignat", "alignedat", "subarray") else 0
        small = "smallmatrix" in name
        aligned = plain in ("align", "aligned", "split", "alignat", "alignedat", "flalign", "eqnarray")
        display = aligned or plain in ("gather", "gathered", "multline", "equation", "dcases", "drcases")
        between = 0.0 if "at" in plain[5:] else 2.0
        gaps = (0.0, between) if aligned else (0.333 if small else 1.0,)
        box = self.rows(replace(style, display=display), r"\end", gaps, style.scale if small else 1.0, aligned=aligned)
        self.raw()
        box = replace(box, width=box.width + 0.07 * rules + (2.0 if plain == "multline" else 0.0))
        pairs = {"p": "()", "b": "[]", "v": "||"}
        names = [r"\{", r"\}"] if name[0] == "B" else [r"\|", r"\|"] if name[0] == "V" else [*pairs.get(name[0], "")]
        if plain.endswith("matrix"):
            return lay.fenced(self.rule, box, names)
        return lay.fenced(self.rule, box, [r"\{"]) if plain.endswith("cases") else box

    def rows(
        self, style: Style, end: str, gaps: tuple[float, ...], scale: float = 1.0, *, aligned: bool = False
    ) -> Box:
        """Rows of cells up to `end`."""
        found: list[list[float]] = [[]]
        while True:
            boxes = self.boxes(style, *_ENDS_CELL, end)
            # A cell that goes on with the one before it: its first sign keeps the space before it.
            first = [Box(0, 0, 0)] if aligned and len(found[-1]) % 2 and boxes else []
            found[-1].append(lay.line([*first, *boxes], script=style.level > 0).width)
            if self.token in (end, ""):
                return lay.table(found, gaps, scale)
            if self.token != "&":
                found.append([])
                self.optional()
