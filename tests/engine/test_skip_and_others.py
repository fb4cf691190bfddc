"""Skipping a point while other things are asked for, or go on."""

import pytest

from reioc.engine import Msg

from .documents import named
from .fakes import Detector, Motor, points
from .flying_fakes import Flyer, Signal
from .skipping import ask_at, ask_when, data_of, event, move, one_run, point, skips_of


@pytest.mark.parametrize(("verb", "status"), [("stop", "success"), ("abort", "abort"), ("halt", "abort")])
def test_ended_while_skipping(RE, documents, verb, status):
    """An ending ends the skip: the clean-up is done, and it is told."""
    motor, over = Motor(), skips_of(RE)

    def plan():
        try:
            yield from points(Detector(), motor, [1, 2])
        finally:
            if verb != "halt":
                yield from move(motor, 7)

    ask_at(RE, "set", 1)
    ask_at(RE, "trigger", ask=lambda: getattr(RE, f"request_{verb}")("tea"))
    result = RE.submit(plan()).result(timeout=20)

    assert (result.outcome, result.problems) == (verb, ())
    assert [news.ended_by for news in over] == [verb]
    assert named(documents, "stop")[0]["exit_status"] == status
    assert (("set", 7.0) in motor.calls) is (verb != "halt")


@pytest.mark.parametrize("verb", ["stop", "abort", "halt"])
def test_an_ending_in_the_same_moment_outranks_it(RE, verb):
    """Asked for together with an ending, the skip comes to nothing, and whoever waits for it is told."""
    over = skips_of(RE)
    ask_at(RE, "set", 1)
    ask_at(RE, "set", 1, ask=getattr(RE, f"request_{verb}"))
    result = RE.submit(points(Detector(), Motor(), [1, 2])).result(timeout=20)

    assert (result.outcome, result.problems) == (verb, ())
    assert [news.ended_by for news in over] == [verb]


def test_asked_for_twice(RE, documents):
    """A second skip of the same point changes nothing: one point is skipped, and told once."""
    over = skips_of(RE)
    ask_at(RE, "set", 1)
    ask_at(RE, "trigger")
    RE.submit(points(Detector(), Motor(), [1, 2])).result(timeout=20)

    assert data_of(documents) == [(1, 2.0)]
    assert len(over) == 1


def test_point_after_point(RE, documents):
    """Each point can be skipped: a run of nothing ends well."""
    over = skips_of(RE)
    ask_at(RE, "checkpoint", times=3)
    result = RE.submit(points(Detector(), Motor(), [1, 2, 3])).result(timeout=20)

    assert (result.outcome, data_of(documents), len(over)) == ("success", [], 3)
    assert named(documents, "stop")[0]["num_events"] == {}


def test_with_two_runs_open(RE, documents):
    """The point is one of both runs: neither gets an event of it."""
    motor = Motor()

    def both(position):
        yield Msg("checkpoint")
        yield from move(motor, position)
        yield from event(motor, run="a")
        yield from event(motor, run="b")

    def plan():
        yield Msg("open_run", run="a")
        yield Msg("open_run", run="b")
        yield from both(1)
        yield from both(2)
        yield Msg("close_run", run="a")
        yield Msg("close_run", run="b")

    ask_at(RE, "set", 1)
    RE.submit(plan()).result(timeout=20)

    assert data_of(documents) == [(1, 2.0), (1, 2.0)]


def test_the_run_is_closed_in_the_same_moment(RE):
    """Asked for when the last run is just being closed: nothing is skipped, and that is told."""
    over, motor = skips_of(RE), Motor()
    ask_at(RE, "close_run")
    result = RE.submit([*one_run(point(Detector(), motor, 1)), Msg("set", motor, 2)]).result(timeout=20)

    assert ("set", 2.0) in motor.calls
    assert (result.problems, [news.ended_by for news in over]) == ((), ["close_run"])


def test_monitors_go_on(RE, documents):
    """What is monitored in a point that is skipped has its events."""
    signal = Signal()
    plan = one_run(Msg("monitor", signal), Msg("checkpoint"), Msg("null"), Msg("null"), Msg("checkpoint"))
    ask_at(RE, "null")
    ask_at(RE, "null", ask=lambda: signal.set(5.0) if RE.skipping_point else None, times=2)
    RE.submit(plan).result(timeout=20)

    assert 5.0 in [next(iter(doc["data"].values())) for doc in named(documents, "event")]


def flight(flyer):
    yield Msg("kickoff", flyer, group="kickoff")
    yield Msg("wait", group="kickoff")
    yield Msg("null")
    yield Msg("complete", flyer, group="complete")
    yield Msg("wait", group="complete")
    yield Msg("collect", flyer)


def test_what_is_in_the_air_is_flown_to_its_end(RE, documents):
    """A flight that has begun gives all its data; the plan waits for it."""
    ask_at(RE, "null")
    result = RE.submit(one_run(flight(Flyer("flyer")))).result(timeout=20)
    whole = len(named(documents, "event") + named(documents, "event_page"))
    RE.submit(one_run(flight(Flyer("flyer")))).result(timeout=20)

    assert result.outcome == "success"
    assert len(named(documents, "event") + named(documents, "event_page")) == 2 * whole > 0


def test_no_flight_begins_in_a_point_that_is_skipped(RE, documents):
    """What is not kicked off is neither completed nor collected; the next point has its flight."""
    flyer = Flyer("flyer")
    ask_at(RE, "sleep")
    result = RE.submit(one_run(Msg("sleep", None, 0), flight(flyer), Msg("checkpoint"), flight(flyer))).result(
        timeout=20
    )

    assert result.outcome == "success"
    assert [call for call in flyer.calls if call == "kickoff"] == ["kickoff"]
    assert named(documents, "event") + named(documents, "event_page")


def test_a_flight_that_did_not_begin_is_not_completed_in_a_later_point(RE):
    """A flyer that was to fly during the points stays on the ground: what the plan tells it later is answered."""
    flyer = Flyer("flyer")
    plan = one_run(
        Msg("sleep", None, 0),
        Msg("kickoff", flyer),
        point(Detector(), Motor(), 1),
        Msg("complete", flyer, group="f"),
        Msg("wait", group="f"),
        Msg("collect", flyer),
    )
    ask_at(RE, "sleep")
    result = RE.submit(plan).result(timeout=20)

    assert (result.outcome, result.problems) == ("success", ())
    assert "kickoff" not in flyer.calls


def test_in_nested_plans(RE, documents):
    """A point of an inner plan: the outer one gets what the inner one returns, and goes on."""
    returned = []

    def inner(position):
        yield from point(Detector(), motor, position)
        return position

    def outer():
        for position in (1, 2):
            returned.append((yield from inner(position)))  # noqa: PERF401 - no comprehension has a yield from

    motor = Motor()
    ask_at(RE, "set", 1)
    RE.submit(one_run(outer())).result(timeout=20)

    assert (returned, data_of(documents)) == ([1, 2], [(1, 2.0)])


def test_where_nothing_is_repeatable(RE, documents):
    """A plan that cannot be taken up again, or records nothing, can have a point skipped."""
    motor, detector = Motor(), Detector()
    ask_at(RE, "set", 1)
    ask_at(RE, "set", 3)
    RE.submit(
        one_run(
            Msg("clear_checkpoint"),
            move(motor, 1),
            event(detector, motor),
            Msg("checkpoint"),
            Msg("rewindable", None, False),
            point(detector, motor, 2),
            point(detector, motor, 3),
            point(detector, motor, 4),
        )
    ).result(timeout=20)

    assert data_of(documents, stream="primary") == [(1, 2.0), (2, 4.0)]


def test_a_device_that_cannot_be_stopped_is_a_problem_only(RE, documents):
    """A motor that fails to stop is reported, and the plan goes on."""

    class Unstoppable(Motor):
        def stop(self, success=True):
            self.status.finish()
            raise OSError("no answer")

    ask_when(RE, lambda: True)
    result = RE.submit(one_run(move(Unstoppable(slow=True), 1), Msg("checkpoint"))).result(timeout=20)

    assert result.outcome == "success"
    assert "could not stop motor: OSError: no answer" in result.problems
