"""T5's buckets against the code's formula, number by number; RoPE's bound and overreach against the scripts' own."""

from math import floor, log

import numpy as np
import pytest
from _relative import ntk_overreach, rope_bound, t5_bucket_starts

approx = pytest.approx


def bucket(distance, count, farthest=128):
    """One direction of _relative_position_bucket (Mesh TensorFlow), for one distance."""
    exact = count // 2
    if distance < exact:
        return distance
    return min(exact + floor(log(distance / exact) / log(farthest / exact) * (count - exact)), count - 1)


@pytest.mark.parametrize(("both_ways", "count"), [(True, 16), (False, 32)])
def test_the_starts_are_where_the_bucket_of_a_distance_changes(both_ways, count):
    found = [bucket(distance, count) for distance in range(1000)]
    starts = t5_bucket_starts(both_ways=both_ways)
    assert starts.tolist() == [found.index(each) for each in range(count)]


def test_half_of_the_buckets_are_exact_and_the_last_begins_before_128():
    encoder, decoder = t5_bucket_starts(both_ways=True), t5_bucket_starts(both_ways=False)
    assert encoder[:9].tolist() == list(range(9))
    assert decoder[:17].tolist() == list(range(17))
    assert (encoder[9], decoder[17]) == (12, 19)
    assert (encoder[-1], decoder[-1]) == (91, 113)


def test_the_bound_is_the_one_that_is_drawn(figure):
    at = np.array([0, 8, 64, 512, 4096])
    assert rope_bound(at) == approx(figure("rope-decay").relative_bound(at))
    assert rope_bound(at) == approx([1, 0.61, 0.31, 0.16, 0.15], abs=0.005)


def test_ntk_aware_scaling_leaves_seventeen_of_eighteen_slow_pairs_out_of_bound(figure):
    script, reached = figure("rope-scaling"), ntk_overreach(8, 4096)
    assert len(reached) == script.parts()[2] == 18
    assert (reached > 1 + 1e-9).sum() == len(script.out_of_bound()) == 17
    assert reached[0] == reached.max() == approx(1.75, abs=0.005)
    assert reached[-1] == approx(1)
    assert (np.diff(reached) < 0).all()
