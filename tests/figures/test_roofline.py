import numpy as np
import pytest
from _serving import A100, H100

NAME = "roofline"


@pytest.mark.parametrize(("tokens", "intensity", "teraflops"), [(1, 1, 2.04), (16, 16, 32.4), (128, 120, 246)])
def test_decoding_lies_on_the_slope_where_the_bandwidth_rules(figure, tokens, intensity, teraflops):
    x, y = figure(NAME).points(A100)[tokens]
    assert x == pytest.approx(intensity, rel=0.01)
    assert y == pytest.approx(teraflops, rel=0.005)
    assert x < A100.ridge


@pytest.mark.parametrize("gpu", [A100, H100])
def test_a_prompt_of_2048_lies_under_the_flat_roof(figure, gpu):
    x, y = figure(NAME).points(gpu)[2048]
    assert x == pytest.approx(1024)
    assert y == gpu.flops / 1e12


def test_without_a_cache_the_flops_a_byte_are_the_batch(figure):
    script = figure(NAME)
    assert np.allclose(script.intensities(0), script.BATCHES)


@pytest.mark.parametrize(("context", "at_512"), [(1024, 95.1), (8192, 17.5), (32_768, 7.46)])
def test_each_context_has_a_ceiling_below_the_ridge_of_an_a100(figure, context, at_512):
    values = figure(NAME).intensities(context)
    assert values[-1] == pytest.approx(at_512, rel=0.005)
    assert (np.diff(values) > 0).all() and values.max() < A100.ridge


@pytest.mark.parametrize("arguments", [{"gpu": "a100"}, {"gpu": "h100"}, {"gpu": "both"}, {"show": "batch"}])
def test_it_draws(drawn, theme, labels, arguments):
    assert "<svg" in drawn(NAME, theme, labels=labels, **arguments)


@pytest.mark.parametrize(("arguments", "message"), [({"show": "time"}, "roof, batch"), ({"gpu": "tpu"}, "a100, h100")])
def test_unknown_arguments_are_refused(drawn, arguments, message):
    with pytest.raises(ValueError, match=message):
        drawn(NAME, "light", **arguments)
