import numpy as np
import pytest
from _scaling import BESIROGLU, CHINCHILLA_1, HOFFMANN, KAPLAN, best_size, growth

NAME = "scaling"


def test_rounded_constants_rise_from_32_and_the_refit_falls_from_24(figure):
    script = figure(NAME)
    at = {budget: int(np.abs(np.log(script.BUDGETS / budget)).argmin()) for budget in (1e21, 1e25)}
    rounded, refit = script.ratios(HOFFMANN), script.ratios(BESIROGLU)
    assert [rounded[i] for i in at.values()] == [pytest.approx(50, abs=2), pytest.approx(122, abs=5)]
    assert [refit[i] for i in at.values()] == [pytest.approx(22, abs=0.5), pytest.approx(17, abs=0.5)]
    assert (rounded[0], refit[0]) == (pytest.approx(32, abs=0.2), pytest.approx(24.2, abs=0.1))
    assert (np.diff(rounded) > 0).all()
    assert (np.diff(refit) < 0).all()


def test_the_curves_are_lowest_where_the_dots_are(figure):
    script = figure(NAME)
    for budget in script.CURVES:
        lowest = script.sizes(budget)[script.losses(budget).argmin()]
        assert lowest == pytest.approx(best_size(BESIROGLU, budget), rel=0.05)


def test_four_decades_of_compute_are_three_of_size_by_one_law_and_two_by_the_other(figure):
    last = figure(NAME).FACTORS[-1]
    assert growth(last, KAPLAN) == (pytest.approx(832, abs=1), pytest.approx(12, abs=0.05))
    assert growth(last, CHINCHILLA_1) == (pytest.approx(100), pytest.approx(100))


@pytest.mark.parametrize("show", ["optimum", "isoflop", "growth"])
def test_it_draws(drawn, theme, labels, show):
    assert "<svg" in drawn(NAME, theme, labels=labels, show=show)


def test_an_unknown_show_is_refused(drawn):
    with pytest.raises(ValueError, match="optimum, isoflop"):
        drawn(NAME, "light", show="loss")
