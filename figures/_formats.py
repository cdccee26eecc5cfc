"""Floating-point formats of deep learning: how far each reaches, how fine it is, what rounding loses.

A format has a sign, ``exponent`` bits and ``fraction`` bits; its numbers are 1.f * 2^e for normal numbers
and 0.f * 2^(smallest e) for subnormal ones. Rounding is to the nearest, ties to the even fraction.

    IEEE 754-2019              binary16 (fp16) and binary32 (fp32)
    Kalamkar et al. 2019       A Study of BFLOAT16, arXiv 1905.12322
    Micikevicius et al. 2022   FP8 Formats for Deep Learning, arXiv 2209.05433, Table 1
    Micikevicius et al. 2018   Mixed Precision Training, arXiv 1710.03740
"""

from __future__ import annotations

from dataclasses import dataclass
from math import frexp, inf, ldexp


@dataclass(frozen=True, slots=True)
class Format:
    """``specials`` is how many of the largest exponent's fractions are taken for infinity and NaN.

    IEEE formats give up all of them; E4M3 only the last, a NaN, and has no infinity.
    """

    name: str
    exponent: int
    fraction: int
    specials: int | None = None

    @property
    def bits(self) -> int:
        """With the sign."""
        return 1 + self.exponent + self.fraction

    @property
    def bias(self) -> int:
        """2^(E-1) - 1: the exponent field of the number 1."""
        return 2 ** (self.exponent - 1) - 1

    @property
    def largest(self) -> float:
        """Largest finite number."""
        if self.specials is None:  # the whole largest exponent is given up
            return ldexp(2 - 2**-self.fraction, self.bias)
        steps = 2 ** (self.fraction + 1) - 1 - self.specials
        return ldexp(steps, self.bias + 1 - self.fraction)

    @property
    def normal(self) -> float:
        """Smallest positive number with all of its digits: 2^(1 - bias)."""
        return ldexp(1, 1 - self.bias)

    @property
    def smallest(self) -> float:
        """Smallest positive (subnormal) number: one step of the lowest range."""
        return ldexp(self.normal, -self.fraction)

    @property
    def step(self) -> float:
        """From 1 to the next number, 2^-fraction ("machine epsilon")."""
        return ldexp(1, -self.fraction)


BINARY32 = Format("fp32", 8, 23)
BINARY16 = Format("fp16", 5, 10)
BFLOAT16 = Format("bf16", 8, 7)
E4M3 = Format("E4M3", 4, 3, specials=1)
E5M2 = Format("E5M2", 5, 2)
FORMATS = (BINARY32, BFLOAT16, BINARY16, E5M2, E4M3)


def ulp(form: Format, x: float) -> float:
    """Distance from |x| to the next larger number of the format: 2^(e - fraction), constant among subnormals."""
    _, exponent = frexp(max(abs(x), form.normal))  # x = m 2^exponent, m in [1/2, 1)
    return ldexp(1, exponent - 1 - form.fraction)


def round_to(form: Format, x: float) -> float:
    """The nearest number of the format, ties to even. Beyond the largest it overflows to infinity.

    (E4M3 has no infinity and gives NaN there; hardware may saturate instead: Micikevicius et al. 2022, §3.)
    """
    step = ulp(form, x)
    nearest = round(x / step) * step  # exact: a power of two; Python rounds ties to even
    if abs(nearest) <= form.largest:
        return nearest
    return inf if x > 0 else -inf


def lost_below(form: Format, weight: float = 1) -> float:
    """Increases of ``weight`` up to this one vanish in the sum: half the spacing (a tie goes to an even number).

    For a weight with an even fraction, such as a power of two.
    """
    return ulp(form, weight) / 2


def summed_in(form: Format, weight: float, update: float, steps: int) -> list[float]:
    """``weight`` after 0, 1, ... ``steps`` additions of ``update``, each sum rounded to the format."""
    sums = [round_to(form, weight)]
    for _ in range(steps):
        sums.append(round_to(form, sums[-1] + update))
    return sums
