"""The numbers of pre-post.py as cards quote them are those of the picture; means over seeds are what they say."""

import numpy as np
import pytest
from _depth import averaged, ffn_gradients, last_gradients, stream_rms

approx = pytest.approx


@pytest.mark.parametrize("kind", ["Pre-LN", "Post-LN"])
def test_a_layer_is_counted_from_one(figure, kind):
    stream = figure("pre-post").stream(kind, 24)
    assert [stream_rms(kind, layer) for layer in range(1, 25)] == approx(stream.tolist())


def test_the_stream_grows_in_pre_ln_alone():
    assert [stream_rms("Pre-LN", layer) for layer in (1, 6, 12, 24)] == approx([1.25, 2.41, 3.54, 5.24], abs=0.005)
    assert stream_rms("Post-LN", 24) == approx(1, abs=1e-3)


def test_gradients_are_means_over_the_draws_that_are_drawn(figure):
    assert ffn_gradients("Pre-LN", 12) == approx(figure("pre-post").gradients("Pre-LN", 12).mean(axis=0))
    assert last_gradients("Pre-LN") == approx([0.38, 0.27, 0.19], abs=0.005)
    assert last_gradients("Post-LN") == approx([ffn_gradients("Post-LN", depth)[-1] for depth in (6, 12, 24)])


def test_averaged_is_the_mean_over_seeds_and_the_mean_of_the_quotients():
    def draw(size, rng):
        first = rng.uniform(1, 2, size)
        return first, first * np.arange(size)

    first, second, quotient = averaged(draw, 4, seeds=3)
    assert first == approx(np.mean([draw(4, np.random.default_rng(seed))[0] for seed in range(3)], axis=0))
    assert second == approx(first * np.arange(4))
    assert quotient == approx(np.arange(4))
