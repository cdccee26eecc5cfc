import numpy as np
import pytest
from _moe import skewed_drop

NAME = "moe-balance"
approx = pytest.approx


def test_the_bars_show_an_even_and_two_skewed_routers(figure):
    script = figure(NAME)
    loads = script.loads()
    assert [load.sum() for load in loads] == [4096] * 3
    assert [script.evenness(load) for load in loads] == approx([1.00, 1.33, 1.75], abs=0.005)
    assert [script.dropped(load, 1.25) for load in loads] == approx([0, 0.157, 0.241], abs=5e-4)


def test_one_draw_of_uniform_routing_drops_about_1_6_percent_at_capacity_1(figure):
    script = figure(NAME)
    drops = [script.dropped(script.uniform_load(seed), 1) for seed in range(100)]
    assert np.mean(drops) == approx(0.0165, abs=0.001)
    assert max(drops) < 0.035


def test_a_skewed_router_drops_a_third_at_capacity_1_but_draws_differ(figure):
    script = figure(NAME)
    low, middle, high = np.quantile(script.skewed_drops(), [0.1, 0.5, 0.9], axis=0)
    at = [list(script.FACTORS).index(factor) for factor in (1, 1.25, 2)]
    assert middle[at] == approx([0.337, 0.255, 0.101], abs=0.005)
    assert low[at] == approx([0.224, 0.129, 0], abs=0.005)
    assert high[at] == approx([0.478, 0.419, 0.277], abs=0.005)


def test_the_quantiles_on_the_card_are_those_of_the_figure(figure):
    drops = figure(NAME).skewed_drops()
    for factor, quantile in ((1, 0.5), (1.25, 0.5), (1, 0.1), (1, 0.9)):
        column = drops[:, list(figure(NAME).FACTORS).index(factor)]
        assert skewed_drop(4096, 8, factor, quantile) == approx(np.quantile(column, quantile))


def test_the_bias_rule_needs_about_140_steps_here(figure):
    script = figure(NAME)
    without, with_rule = script.violations(0.0), script.violations(script.RATE)
    assert without.mean() == approx(1.32, abs=0.02)
    assert with_rule[200:].mean() == approx(0.116, abs=0.005)
    assert with_rule[:50].mean() > 1
    smooth = np.convolve(with_rule, np.full(10, 0.1), "valid")
    assert (smooth < 0.2).argmax() + 10 == approx(140, abs=10)


def test_the_batches_run_from_one_token_to_256(figure):
    assert figure(NAME).BATCHES.tolist() == [1, 2, 4, 8, 16, 32, 64, 128, 256]


@pytest.mark.parametrize("show", ["balance", "dropped", "bias", "touched"])
def test_it_draws(drawn, theme, labels, show):
    assert 0 < len(drawn(NAME, theme, labels=labels, show=show)) < 100_000


def test_an_unknown_show_is_refused(drawn):
    with pytest.raises(ValueError, match="balance, dropped, bias, touched"):
        drawn(NAME, "light", show="gate")
