"""figures/_formats.py and formats.py: against numpy's own formats and the tables of the papers."""

from math import inf, nextafter

import numpy as np
import pytest
from _facts import bfloat16
from _formats import BFLOAT16, BINARY16, BINARY32, E4M3, E5M2, FORMATS, lost_below, round_to, summed_in, ulp
from numpy.random import default_rng

NAME = "formats"
approx = pytest.approx


@pytest.mark.parametrize(("form", "dtype"), [(BINARY16, np.float16), (BINARY32, np.float32)])
def test_limits_are_those_of_numpy(form, dtype):
    info = np.finfo(dtype)
    assert (form.largest, form.normal, form.smallest, form.step) == (
        info.max, info.smallest_normal, info.smallest_subnormal, info.eps)  # fmt: skip
    assert form.bits == info.bits


@pytest.mark.parametrize(
    ("form", "bits", "largest", "normal", "smallest", "step"),
    [
        (BFLOAT16, 16, 3.3895e38, 2**-126, 2**-133, 2**-7),
        (E4M3, 8, 448, 2**-6, 2**-9, 2**-3),  # arXiv 2209.05433, Table 1
        (E5M2, 8, 57_344, 2**-14, 2**-16, 2**-2),
        (BINARY16, 16, 65_504, 2**-14, 2**-24, 9.77e-4),
    ],
)
def test_limits_are_those_of_the_papers(form, bits, largest, normal, smallest, step):
    assert form.bits == bits
    assert form.largest == approx(largest, rel=1e-4)
    assert (form.normal, form.smallest) == (normal, smallest)
    assert form.step == approx(step, rel=1e-3)


@pytest.mark.parametrize(("form", "dtype"), [(BINARY16, np.float16), (BINARY32, np.float32)])
def test_rounding_is_numpys(form, dtype):
    rng = default_rng(0)
    for x in rng.standard_normal(500) * 10.0 ** rng.uniform(-8, 4.5, 500):
        assert round_to(form, float(x)) == float(dtype(x))
    for x in (1 + 2**-11, 1 + 3 * 2**-11, 2**-25, 3 * 2**-25, 0.0, -1e-9):  # ties, and what is nearly nothing
        assert round_to(form, x) == float(dtype(x))


def test_rounding_to_bfloat16_is_that_of_cutting_a_float32():
    rng = default_rng(1)
    for x in np.float32(rng.standard_normal(500) * 10.0 ** rng.uniform(-20, 20, 500)):
        assert round_to(BFLOAT16, float(x)) == bfloat16(float(x))


def test_beyond_the_largest_number_lies_infinity():
    assert round_to(BINARY16, 65_519) == 65_504
    assert round_to(BINARY16, 65_520) == inf
    assert round_to(E5M2, -70_000) == -inf
    assert round_to(E4M3, 449) == 448


def test_a_step_is_the_distance_to_the_next_number():
    assert ulp(BINARY32, 3) == float(np.spacing(np.float32(3)))
    for x in (2**-30, 1e-7, 1e-5, 0.3, 1, 2047, 65_000):
        assert ulp(BINARY16, x) == float(np.spacing(np.float16(x)))
    assert nextafter(1, 2) == 1 + 2**-52  # a Python float holds all of these exactly


def test_updates_up_to_half_a_step_are_lost():
    assert lost_below(BFLOAT16) == 2**-8
    assert lost_below(BINARY16) == 2**-11
    for form in FORMATS:
        limit = lost_below(form)
        assert round_to(form, 1 + limit) == 1 < round_to(form, 1 + limit * 1.001)


@pytest.mark.parametrize(("form", "end"), [(BINARY32, 2.0), (BINARY16, 1.9766), (BFLOAT16, 1.0)])
def test_a_thousand_updates_of_a_thousandth(form, end):
    assert summed_in(form, 1, 0.001, 1000)[-1] == approx(end, abs=1e-4)


def test_relative_steps_are_flat_but_for_subnormals(figure):
    x, step = figure(NAME).relative_spacings(BINARY16)
    assert x[0] == 2**-24
    assert step[0] == 1
    assert set(step[x >= BINARY16.normal]) == {2**-10}
    assert x[-1] == 2**15


@pytest.mark.parametrize("show", ["range", "spacing", "update"])
def test_it_draws(drawn, theme, labels, show):
    assert "<svg" in drawn(NAME, theme, labels=labels, show=show)


def test_an_unknown_show_is_refused(drawn):
    with pytest.raises(ValueError, match="range, spacing, update"):
        drawn(NAME, "light", show="bits")
