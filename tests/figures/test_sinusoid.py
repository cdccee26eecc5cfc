import numpy as np
import pytest
from _position import sinusoid

NAME = "sinusoid"


def test_the_picture_is_every_fourth_pair_of_the_wide_encoding(figure):
    script = figure(NAME)
    wide = sinusoid(np.arange(script.POSITIONS), script.D).reshape(-1, script.D // 2, 2)
    narrow = script.encoding().reshape(-1, script.SHOWN // 2, 2)
    assert narrow == pytest.approx(wide[:, ::4])


def test_early_columns_turn_many_times_and_late_ones_hardly(figure):
    pe = figure(NAME).encoding()
    assert np.count_nonzero(np.diff(np.sign(pe[1:, 0]))) == 40  # 127 / pi
    assert np.abs(pe[:, -2]).max() < 0.02
    assert pe[:, -1].min() > 0.99


@pytest.mark.parametrize("show", ["heatmap", "wavelengths"])
def test_it_draws(drawn, theme, labels, show):
    assert "<svg" in drawn(NAME, theme, labels=labels, show=show)


def test_an_unknown_show_is_refused(drawn):
    with pytest.raises(ValueError, match="'heatmap' or 'wavelengths'"):
        drawn(NAME, "light", show="spectrum")
