"""Where `wait` is better than bluesky's, on purpose; and its hook."""

import pytest

from reioc.engine import FailedStatus, Msg, RunEngineInterrupted

from .fakes import Motor
from .wait_bench import SHORT, Bench, observed


def failure_and_then_wait_again(bench):
    yield bench.start(bench.m1, "A")
    yield bench.start(bench.m2, "A")
    bench.during = lambda: bench.soon(lambda: bench.m1.status.finish(ValueError("limit")))
    yield from bench.wait(group="A")
    bench.RE.loop.call_later(5 * SHORT, bench.m2.arrive)
    yield from bench.wait(group="A")


def test_wait_again_after_a_failure(engines):
    """Better than bluesky, whose second wait times out at once: it waits for the rest of the group."""
    theirs, ours = (observed(RE, failure_and_then_wait_again) for RE in engines)

    assert theirs[0] == [("FailedStatus", "ValueError"), ("WaitForTimeoutError", "NoneType")]
    assert ours[0] == [("FailedStatus", "ValueError"), True]
    assert ours[1] == [["m1", "m2"], None, ["m2"], None]


def watched_while_moving_on(bench):
    yield bench.start(bench.m1, "A")
    yield bench.start(bench.m2, "B")
    yield from bench.wait(group="A", watch=["B"], timeout=0, error_on_timeout=False)
    bench.soon(lambda: bench.m2.status.finish(ValueError("limit")))
    yield from bench.wait(group="A", watch=["B"], timeout=5, error_on_timeout=False)


def test_failure_while_moving_on(engines):
    """Better than bluesky, which leaves the hook with a progress bar that never ends: it is told that it is over."""
    theirs, ours = (observed(RE, watched_while_moving_on) for RE in engines)

    assert ours[0] == theirs[0] == [False, ("FailedStatus", "ValueError")]
    assert theirs[1] == [["m1"]]
    assert ours[1] == [["m1"], None]


def test_watching_a_group_that_nobody_is_in(RE):
    """Better than bluesky, whose plan is cancelled by it: there is nothing to watch."""
    bench = Bench(RE)

    def plan():
        yield bench.start(bench.m1, "A")
        bench.soon(bench.m1.arrive)
        yield from bench.wait(group="A", watch=["nobody"])

    RE(plan())
    assert bench.notes == [True]


def test_watched_failure_that_was_told(RE):
    """A failure that the plan knows of, and has got over, does not end a wait that watches its group later."""
    bench = Bench(RE)

    def plan():
        yield bench.start(bench.m1, "A")
        yield bench.start(bench.m2, "B")
        bench.m2.status.finish(ValueError("limit"))
        try:
            yield Msg("null")
        except FailedStatus:
            bench.soon(bench.m1.arrive)
        yield from bench.wait(group="A", watch=["B"])

    RE(plan())
    assert bench.notes == [True]


def test_words_of_former_times(RE):
    """`move_on=True` is taken for `error_on_timeout=False`, and no group at all for the group None."""
    bench = Bench(RE)

    def plan():
        yield Msg("set", bench.m1, 1)
        yield from bench.wait(timeout=0, move_on=True)
        bench.m1.arrive()
        yield from bench.wait()

    RE(plan())
    assert bench.notes == [False, True]


def test_group_that_is_tried_again(RE):
    """A plan that tries again with the same group does not find the old failure in it."""
    bench = Bench(RE)

    def plan():
        for outcome in (ValueError("limit"), None):
            yield bench.start(bench.m1, "A")
            bench.soon(lambda outcome=outcome: bench.m1.status.finish(outcome))
            yield from bench.wait(group="A")

    RE(plan())
    assert bench.notes == [("FailedStatus", "ValueError"), True]


def test_hook_of_an_interrupted_wait(RE):
    """The hook hears that an interrupted wait is over, and that it has begun again."""
    bench = Bench(RE)
    bench.during = RE.request_pause
    RE.waiting_hook = bench.hook

    def plan():
        yield bench.start(bench.m1, "A")
        yield from bench.wait(group="A", error_on_timeout=False)

    with pytest.raises(RunEngineInterrupted):
        RE(plan())
    bench.during = bench.m1.arrive
    RE.resume()

    assert bench.hooked == [["m1"], None, ["m1"], None]
    assert bench.notes == [True]


def test_hook_that_raises(RE):
    """A waiting hook that raises fails the plan, not the engine."""
    motor = Motor("m", slow=True)
    RE.waiting_hook = lambda _: 1 / 0
    result = RE.submit([Msg("set", motor, 1, group="A"), Msg("wait", group="A")]).result(timeout=20)

    assert result.reason == "division by zero"
    assert not motor.moving
