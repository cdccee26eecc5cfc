import pytest
from _training import noam

NAME = "lr"


def test_the_three_settings_have_two_peaks_between_them(figure):
    peaks = [float(noam(warmup, d, warmup)) for d, warmup in figure(NAME).SETTINGS]
    assert peaks == pytest.approx([6.99e-4, 4.94e-4, 4.94e-4], abs=5e-7)


@pytest.mark.parametrize("show", ["noam", "today"])
def test_it_draws(drawn, theme, labels, show):
    assert "<svg" in drawn(NAME, theme, labels=labels, show=show)


def test_an_unknown_show_is_refused(drawn):
    with pytest.raises(ValueError, match="'noam' or 'today'"):
        drawn(NAME, "light", show="tomorrow")
