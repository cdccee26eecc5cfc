import pytest

NAME = "batching"


@pytest.mark.parametrize(
    ("kind", "iterations", "percent", "idle"), [("static", 17, 59, 28), ("continuous", 13, 77, 12)]
)
def test_refilling_slots_saves_iterations(figure, kind, iterations, percent, idle):
    script = figure(NAME)
    assert script.total(kind) == iterations
    assert round(100 * script.use(kind)) == percent
    assert len(script.idle(kind)) == idle == script.SLOTS * iterations - sum(script.LENGTHS)


@pytest.mark.parametrize("kind", ["static", "continuous"])
def test_no_slot_holds_two_requests_at_once(figure, kind):
    script = figure(NAME)
    placed = zip(script.LENGTHS, script.schedule(kind), strict=True)
    busy = [(slot, start + i) for length, (slot, start) in placed for i in range(length)]
    assert len(busy) == len(set(busy)) == 40


def test_request_e_waits_nine_iterations_or_two(figure):
    script = figure(NAME)
    assert script.schedule("static")[4] == (0, 9)
    assert script.schedule("continuous")[4] == (3, 2)


def test_it_draws(drawn, theme, labels):
    assert "<svg" in drawn(NAME, theme, labels=labels)
