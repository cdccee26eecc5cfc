"""A formula -> whether it is wider than a line, or than a card."""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import repeat

from deckwright import lay, typeset
from deckwright.mark import CLOSE, CLOZE_MARKS, HINT
from deckwright.model import Maths

# What a line holds on a phone of 360 px, in em of the mathematics: seen in Chromium, a question in Chinese holds 13.6,
# a list in a list of the details 14.0, an item of an answer 14.4 (in a font of large x-height, which sets more).
LINE = 13.5
# What the column of a card holds on a desktop; a wider display scrolls there too.
COLUMN = 36.0

_NAME = re.compile(r"\\[A-Za-z]+|\\.")
# What a character takes at most, with the spaces around it; a macro, which becomes NUL, as much as most arrows.
_MOST = {**dict.fromkeys("{}^_ \n", 0.0), **dict.fromkeys("0123456789()[]|/.,;", 0.5), **dict.fromkeys("=<>+-*:", 1.35)}
_MOST["\0"] = _MOST["\\"] = 2.0
_MARKS = re.compile(f"{HINT}[^{CLOSE}]*|[{CLOZE_MARKS}{CLOSE}]")


def wide(formula: Maths) -> bool:
    """Yields whether a formula, its clozes revealed, is wider than the line, or, displayed, than the column."""
    most = COLUMN if formula.display else LINE
    # Most formulas are so short that nothing need be set, many that nothing need be added up.
    if 1.35 * len(formula.tex) < most or sum(map(_MOST.get, _NAME.sub("\0", formula.tex), repeat(1.05))) < most:
        return False
    return _width(revealed(formula), formula.display) > most


def revealed(formula: Maths) -> str:
    """Yields the TeX of a formula with its clozes answered."""
    return _MARKS.sub("", formula.tex)


@lru_cache(maxsize=1024)
def _width(tex: str, display: bool) -> float:
    """A formula's width, which both `lint` and `render` ask for."""
    return typeset.width(lay.ruler(), tex, display=display)
