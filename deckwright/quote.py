"""The number at the end of a line, as its author wrote it -> its value, how far it is exact, and the like of it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction

_SUPER = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺", "0123456789-+")
_RAISED = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")
# What may stand between the parts of one number: spaces of text and of TeX, and marks of Markdown.
_GAP = r"(?:[\s\u00a0\u2009\u202f~*_`$}]|\\[,;:!> ]|\\text\{|\\mathrm\{)*"
_SPACE = r"(?:[\s\u00a0\u2009\u202f~]|\\[,;:!> ])*"
_COMMA = r"(?:,|\u2009|\u202f|\u00a0|\{,\}|\\,|\\;)"
_WHOLE = rf"(?:\d{{1,3}}(?:{_COMMA}\d{{3}})+(?!\d)|\d+)"
# A sign that is no hyphen and no difference: nothing stands right before it, or a relation of TeX does.
_RELATION = "|".join(
    rf"(?<=\\{name})" for name in ("approx", "sim", "simeq", "le", "leq", "ge", "geq", "in", "to", "pm")
)
_SIGN = rf"(?:(?<![\w)\]}}.%])|{_RELATION})[-−+](?=[\d.]|\\[dt]?frac)"
_NUMBER = re.compile(
    rf"""(?P<sign>{_SIGN})?
    (?:
        \\[dt]?frac\s*(?:\{{\s*(?P<above>{_WHOLE})\s*\}}\s*\{{\s*(?P<below>{_WHOLE})\s*\}}|(?P<up>\d)\s*(?P<down>\d))
      | (?<![\d./])(?P<over>{_WHOLE})\s?/\s?(?P<under>{_WHOLE})(?![\d/]|\.\d)
      | (?<![\d.])(?P<digits>{_WHOLE}(?:\.\d+)?|\.\d+)
        (?: e(?P<e>[-+−]?\d+)
          | {_SPACE}(?P<times>\\times(?![A-Za-z])|\\cdot(?![A-Za-z])|×|·){_SPACE}10
            (?: \^\s*(?:\{{\s*(?P<times_braced>[-+−]?\d+)\s*\}}|(?P<times_bare>\d))
              | (?P<times_raised>[⁻⁺]?[⁰¹²³⁴-⁹]+) )
          | \^\s*(?:\{{\s*(?P<braced>[-+−]?\d+)\s*\}}|(?P<bare>\d)) | (?P<raised>[⁻⁺]?[⁰¹²³⁴-⁹]+)
        )?
        (?P<percent>{_GAP}\\?[%％‰])?
    )(?!\d|\.\d)""",
    re.VERBOSE | re.IGNORECASE,
)
_SCRIPT = re.compile(r"(?<=[\w)\]}|'])[_^]\s*\{?\s*\Z")
# No number takes more characters.
_LONGEST = 100
_DIGIT = re.compile(r"[0-9⁰¹²³⁴-⁹]")


@dataclass(frozen=True, slots=True)
class Quote:
    """A number on a card: what was typed, at which offset, its value, and half of its last digit's unit.

    `exact` says that it is a fraction or a power, which has no last digit.
    """

    source: str
    offset: int
    value: Fraction
    half: Fraction
    exact: bool


def last(before: str) -> Quote | None:
    """Yields the number that `before` ends with: letters, marks and signs may follow it, another digit may not.

    An exponent or a subscript with something behind it is not meant: `8.06d^2$` ends with no number.
    """
    digits = [match.end() for match in _DIGIT.finditer(before)]
    found = list(_NUMBER.finditer(before, max(0, digits[-1] - _LONGEST)))[-1:] if digits else []
    if not found or found[0].end() < digits[-1]:
        return None
    script = _SCRIPT.search(before, 0, found[0].start()) and before[found[0].end() :]
    return None if script else _quote(found[0])


def _quote(found: re.Match[str]) -> Quote | None:
    """The number that was found; nothing where it divides by zero or is out of all bounds."""
    sign = -1 if found["sign"] in ("-", "−") else 1
    above = found["above"] or found["up"] or found["over"]
    below = found["below"] or found["down"] or found["under"]
    if above:
        if not _plain(below):
            return None
        return Quote(found[0], found.start(), sign * _plain(above) / _plain(below), Fraction(0), True)
    decimals, exponent = len(found["digits"].partition(".")[2]), _exponent(found)
    mantissa = _plain(found["digits"])
    if abs(exponent) > 400 or (_base(found) and not mantissa):
        return None
    if _base(found) and mantissa != 10:
        return Quote(found[0], found.start(), sign * _power(mantissa, exponent), Fraction(0), True)
    scale = Fraction(f"1e{exponent}") * _hundredth(found)
    shown = scale if _base(found) else mantissa * scale
    return Quote(found[0], found.start(), sign * shown, scale / 2 / 10**decimals, False)


def _power(base: Fraction, exponent: int) -> Fraction:
    """A power of a number; of one that is not 10, exactly."""
    return Fraction(base.numerator**exponent) if exponent >= 0 else Fraction(1, base.numerator**-exponent)


def _plain(digits: str) -> Fraction:
    """Digits as a number: their separators left out."""
    return Fraction("0" + re.sub(_COMMA, "", digits))


def _base(found: re.Match[str]) -> str | None:
    """The exponent of digits that are themselves the base: of 10^{-4}, of 2^{20}."""
    return found["braced"] or found["bare"] or found["raised"]


def _exponent(found: re.Match[str]) -> int:
    """The exponent, in whichever way it is written; 0 without one."""
    names = ("e", "times_braced", "times_bare", "times_raised", "braced", "bare", "raised")
    written = next((found[name] for name in names if found[name]), "0")
    return int(written.translate(_SUPER).replace("−", "-"))


def _hundredth(found: re.Match[str]) -> Fraction:
    """What a percent sign makes of a number."""
    percent = found["percent"] or ""
    return Fraction(1, 1000 if percent.endswith("‰") else 100 if percent else 1)


def agrees(quote: Quote, value: float) -> bool:
    """Yields whether a number shows `value`: to half a unit of its last digit, or, of a fraction, to 1e-9."""
    off = abs(quote.value - Fraction(value))
    if quote.exact:
        return off <= Fraction(1, 10**9) * max(Fraction(1), abs(quote.value))
    hair = quote.half / 10**6 + (0 if isinstance(value, int) else abs(Fraction(value)) / 2**50)
    if off < quote.half - hair:
        return True
    # Half of a unit may be rounded away from zero or to the even digit, not down from 1.5 to 1.
    even = quote.value / quote.half % 4 == 0
    return off <= quote.half + hair and (even or abs(quote.value) > abs(Fraction(value)))


def alike(quote: Quote, value: float) -> str:
    """Yields `value` in the form of a number: its separators, decimals, percent sign and power of ten."""
    found = _NUMBER.match(quote.source) or _NUMBER.search(quote.source)
    assert found
    minus = ("−" if "\\" not in quote.source else "-") if value < 0 else ""
    minus = found["sign"] if found["sign"] and found["sign"] != "+" and value < 0 else minus
    size = abs(Fraction(value))
    if found["digits"] is None:
        return minus + _fraction(found, size)
    return minus + _digits(found, size)


def _fraction(found: re.Match[str], size: Fraction) -> str:
    """A fraction in the form of another; a decimal where there is no simple one."""
    near = size.limit_denominator(10_000)
    if abs(near - size) > Fraction(1, 10**9):
        return f"{float(size):.3g}"
    above, below = (found["above"], found["below"]) if found["above"] else (found["over"], found["under"])
    text = found[0].lstrip("-−+")
    if found["up"]:
        return f"{text.rstrip('0123456789 ')}{{{near.numerator}}}{{{near.denominator}}}"
    return text.replace(below, "\0").replace(above, str(near.numerator), 1).replace("\0", str(near.denominator))


def _digits(found: re.Match[str], size: Fraction) -> str:
    """Digits, with a percent sign or a power of ten where the other number has them."""
    size = size / _hundredth(found)
    decimals, exponent = len(found["digits"].partition(".")[2]), _exponent(found)
    power = _base(found) or exponent or found["e"] or found["times"]
    if _base(found) and _plain(found["digits"]) != 10:
        return _grouped(found, size, 0)
    if not power:
        return _grouped(found, size, _needed(size, decimals)) + (found["percent"] or "")
    exponent = _magnitude(size) if size else 0
    mantissa = size / Fraction(f"1e{exponent}")
    if round(mantissa, decimals) >= 10:
        exponent, mantissa = exponent + 1, mantissa / 10
    return _raised(found, _grouped(found, mantissa, _needed(mantissa, decimals)), exponent) + (found["percent"] or "")


def _magnitude(size: Fraction) -> int:
    """The power of ten of a number's first digit."""
    exponent = len(str(size.numerator)) - len(str(size.denominator))
    return exponent if Fraction(f"1e{exponent}") <= size else exponent - 1


def _raised(found: re.Match[str], mantissa: str, exponent: int) -> str:
    """A mantissa with its power of ten, written as the other number's."""
    if found["e"]:
        return f"{mantissa}e{exponent}"
    raised = found["times_raised"] or found["raised"]
    power = f"10{str(exponent).translate(_RAISED)}" if raised else f"10^{{{exponent}}}"
    if found["times"]:
        start, times = found.end("digits") - found.start(), found.end("times") - found.start()
        return f"{mantissa}{found[0][start : found[0].index('10', times)]}{power}"
    return power if mantissa == "1" else f"{mantissa}{' × ' if raised else chr(92) + 'times'}{power}"


def _needed(size: Fraction, decimals: int) -> int:
    """How many decimals to write: those of the other number, or more, where few say the value exactly."""
    for more in range(decimals, decimals + 3):
        exact = round(size, more)
        if abs(exact - size) <= abs(size) / 10**12 and len(f"{exact.numerator * 10**more // exact.denominator}") <= 3:
            return more
    return decimals


def _grouped(found: re.Match[str], size: Fraction, decimals: int) -> str:
    """Digits with so many decimals, their thousands set apart as the other number's are."""
    rounded = round(size * 10**decimals)
    digits = f"{rounded:0{decimals + 1}d}"
    whole, rest = (digits[:-decimals], digits[-decimals:]) if decimals else (digits, "")
    comma = re.search(_COMMA, found["digits"])
    if comma:
        whole = f"{int(whole):,}".replace(",", comma[0])
    if found["digits"].startswith(".") and whole == "0":
        whole = ""
    return f"{whole}.{rest}" if rest else whole
