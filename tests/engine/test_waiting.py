"""`wait` in bluesky's engine and in ours: the same replies, exceptions and hook calls."""

import pytest

from reioc.engine import Msg

from .fakes import Status
from .wait_bench import SHORT, observed


def nothing(bench):
    yield from bench.wait(group="A")


def positional(bench):
    yield bench.start(bench.m1, "A")
    bench.m1.arrive()
    yield from bench.wait("A")


def done_before(bench):
    yield bench.start(bench.m1, "A")
    yield bench.start(bench.m2, "A")
    bench.m1.arrive()
    bench.m2.arrive()
    yield from bench.wait(group="A")
    yield from bench.wait(group="A")


def done_meanwhile(bench):
    yield bench.start(bench.m1, "A")
    yield bench.start(bench.m2, "A")
    bench.during = lambda: bench.soon(bench.m1.arrive, bench.m2.arrive)
    yield from bench.wait(group="A")


def without_a_group(bench):
    yield Msg("set", bench.m1, 1)
    bench.m1.arrive()
    yield from bench.wait(group=None)


def time_out(bench):
    yield bench.start(bench.m1, "A")
    yield from bench.wait(group="A", timeout=SHORT)
    bench.m1.arrive()
    yield from bench.wait(group="A", timeout=SHORT)


def move_on(bench):
    yield bench.start(bench.m1, "A")
    yield bench.start(bench.m2, "A")
    for motor in (bench.m1, bench.m2):
        yield from bench.wait(group="A", timeout=SHORT, error_on_timeout=False)
        motor.arrive()
    yield from bench.wait(group="A", timeout=SHORT, error_on_timeout=False)
    yield from bench.wait(group="A", timeout=SHORT, error_on_timeout=False)


def move_on_twice(bench):
    for _ in range(2):
        yield bench.start(bench.m1, "A")
        yield from bench.wait(group="A", timeout=0, error_on_timeout=False)
        bench.m1.arrive()
        yield from bench.wait(group="A", timeout=SHORT, error_on_timeout=False)


def move_on_and_then_wait(bench):
    yield bench.start(bench.m1, "A")
    yield from bench.wait(group="A", timeout=0, error_on_timeout=False)
    bench.during = lambda: bench.soon(bench.m1.arrive)
    yield from bench.wait(group="A")


def failure(bench):
    yield bench.start(bench.m1, "A")
    bench.during = lambda: bench.soon(lambda: bench.m1.status.finish(ValueError("limit")))
    yield from bench.wait(group="A")
    yield from bench.wait(group="A")


def failure_of_one_of_two(bench):
    yield bench.start(bench.m1, "A")
    yield bench.start(bench.m2, "A")
    bench.during = lambda: bench.soon(lambda: bench.m1.status.finish(ValueError("limit")))
    yield from bench.wait(group="A")


def failure_without_a_reason(bench):
    class Mute(Status):
        success = False

        def exception(self, timeout=0.0):
            return None

    yield bench.start(bench.m1, "A")
    status = bench.m2.status = Mute(done=False)
    bench.m2.set = lambda _: status
    yield bench.start(bench.m2, "A")
    bench.during = lambda: bench.soon(bench.m1.arrive, status.finish)
    yield from bench.wait(group="A")


def failure_of_another_group(bench):
    """Not the wait is ended by it, but the plan hears of it at the next message."""
    yield bench.start(bench.m1, "A")
    yield bench.start(bench.m2, "B")
    bench.during = lambda: bench.soon(lambda: bench.m2.status.finish(ValueError("limit")), bench.m1.arrive)
    yield from bench.wait(group="A")


def watched(bench):
    yield bench.start(bench.m1, "A")
    yield bench.start(bench.m2, "B")
    bench.during = lambda: bench.soon(lambda: bench.m2.status.finish(ValueError("limit")))
    yield from bench.wait(group="A", watch=["B"])


def watched_that_succeeds(bench):
    yield bench.start(bench.m1, "A")
    yield bench.start(bench.m2, "B")
    bench.during = lambda: bench.soon(bench.m2.arrive, bench.m1.arrive)
    yield from bench.wait(group="A", watch=("B",))
    yield from bench.wait(group="B")


def watched_that_is_done(bench):
    yield bench.start(bench.m1, "A")
    yield bench.start(bench.m2, "B")
    bench.m2.arrive()
    bench.during = lambda: bench.soon(bench.m1.arrive)
    yield from bench.wait(group="A", watch={"B"})


def watched_and_time_runs_out(bench):
    yield bench.start(bench.m1, "A")
    yield bench.start(bench.m2, "B")
    yield from bench.wait(group="A", watch=["B"], timeout=SHORT)


SCENARIOS = [
    nothing,
    positional,
    done_before,
    done_meanwhile,
    without_a_group,
    time_out,
    move_on,
    move_on_twice,
    move_on_and_then_wait,
    failure,
    failure_of_one_of_two,
    failure_without_a_reason,
    failure_of_another_group,
    watched,
    watched_that_succeeds,
    watched_that_is_done,
    watched_and_time_runs_out,
]


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_wait_as_in_bluesky(engines, scenario):
    """A wait has the replies, raises the exceptions, and calls the hook, that it does in bluesky's engine."""
    theirs, ours = (observed(RE, scenario) for RE in engines)

    assert ours == theirs
    assert ours[0] != []
