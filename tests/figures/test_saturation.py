import numpy as np
import pytest
from _attention import softmax_jacobian

NAME = "saturation"
RAW_ENTROPY = {1: 3.73, 4: 2.82, 16: 1.39, 64: 0.58, 256: 0.27, 1024: 0.12}
RAW_SATURATED = {16: 0.02, 64: 0.20, 256: 0.48, 1024: 0.71}


@pytest.mark.parametrize("d", RAW_ENTROPY)
def test_entropy_falls_with_d_only_without_the_scale(figure, d):
    script = figure(NAME)
    raw, scaled = (script.mean_entropy(script.attention_rows(d, scale)) for scale in (False, True))
    assert raw == pytest.approx(RAW_ENTROPY[d], abs=0.05)
    # d = 1 needs no scale, and its q.k is no Gaussian: a little more entropy than the others
    assert scaled == pytest.approx(3.69 if d > 1 else 3.75, abs=0.03)


@pytest.mark.parametrize("d", RAW_SATURATED)
def test_share_of_one_hot_rows_grows_with_d_only_without_the_scale(figure, d):
    script = figure(NAME)
    raw, scaled = (script.saturated_fraction(script.attention_rows(d, scale)) for scale in (False, True))
    assert raw == pytest.approx(RAW_SATURATED[d], abs=0.02)
    assert scaled == 0


@pytest.mark.parametrize(
    ("d", "raw", "scaled"),
    [
        (16, (0.15, 0.62, 0.84), (0.94, 0.97, 0.98)),
        (64, (0.003, 0.26, 0.65), (0.95, 0.97, 0.97)),
        (256, (2e-6, 0.026, 0.50), (0.95, 0.97, 0.97)),
    ],
)
def test_trace_has_a_heavy_tail_of_dead_rows(figure, d, raw, scaled):
    script = figure(NAME)
    assert script.trace_band(script.attention_rows(d, False)) == pytest.approx(raw, abs=0.03)
    assert script.trace_band(script.attention_rows(d, True)) == pytest.approx(scaled, abs=0.01)


def test_at_d_1024_the_median_row_is_dead_too(figure):
    script = figure(NAME)
    assert script.trace_band(script.attention_rows(1024, False))[1] < 1e-3


def test_median_jacobian_norm_would_mislead_at_d_64(figure):
    script = figure(NAME)
    raw, scaled = (
        np.median(np.linalg.norm(softmax_jacobian(script.attention_rows(64, scale)[:1000]),
                                 axis=(-2, -1)))
        for scale in (False, True)
    )  # fmt: skip
    assert raw == pytest.approx(0.21, abs=0.03)
    assert scaled == pytest.approx(0.18, abs=0.01)
    assert raw > scaled


@pytest.mark.parametrize("show", ["saturated", "entropy", "trace"])
def test_it_draws(drawn, theme, labels, show):
    assert "<svg" in drawn(NAME, theme, labels=labels, show=show)


def test_an_unknown_show_is_refused(drawn):
    with pytest.raises(ValueError, match="saturated, entropy, trace"):
        drawn(NAME, "light", show="norm")
