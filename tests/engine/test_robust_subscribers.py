"""Subscribers that do worse than to raise an exception."""

import asyncio

import pytest

from reioc.engine import Msg, Outcome, State

from .documents import named
from .fakes import Detector, Motor, points
from .helpers import RUN
from .soundness import sound_runs


@pytest.mark.parametrize("policy", ["warn", "fail"])
@pytest.mark.parametrize("exits", [SystemExit, KeyboardInterrupt, asyncio.CancelledError])
@pytest.mark.parametrize("kind", ["start", "descriptor", "event", "stop"])
def test_subscriber_that_exits(RE, documents, kind, exits, policy):
    """One that raises SystemExit or the like fails the plan, whatever its policy; the others get a complete run."""

    error = exits("bye")

    def leave(name, doc):
        if name == kind:
            raise error

    token = RE.subscribe(leave, on_error=policy)
    result = RE.submit(points(Detector(), Motor(), [1, 2])).result(timeout=20)
    RE.unsubscribe(token)

    assert result.outcome is Outcome.FAIL
    assert result.exception is error
    (run,) = sound_runs(documents)
    assert run.ending == (("success", "") if kind == "stop" else ("fail", "bye"))
    assert RE.state is State.IDLE
    assert len(RE(RUN)) == 1


def test_subscriber_that_exits_on_the_stop_of_a_clean_up(RE, documents):
    """Where the engine closes the runs itself the others are closed all the same."""

    def leave(name, doc):
        raise SystemExit("bye")

    token = RE.subscribe(leave, "stop")
    result = RE.submit([Msg("open_run", run=1), Msg("open_run", run=2)]).result(timeout=20)
    RE.unsubscribe(token)

    assert [problem.rpartition(": ")[2] for problem in result.problems] == ["bye", "bye"]
    assert len(sound_runs(documents)) == 2
    assert len(RE(RUN)) == 1


def test_subscriber_that_unsubscribes_itself(RE):
    """One may unsubscribe itself, and subscribe another, while it is called."""
    seen = []

    def first(name, doc):
        seen.append(("first", name))
        RE.unsubscribe(token)
        RE.subscribe(lambda name, _: seen.append(("second", name)))

    token = RE.subscribe(first)
    RE(RUN)
    RE.unsubscribe(token)

    assert seen == [("first", "start"), ("second", "stop")]


def test_subscriber_that_starts_a_plan(RE, documents, caplog):
    """One that calls the engine would wait for itself: it is refused and logged, and the plan goes on."""
    RE.subscribe(lambda *_: RE(RUN), "event")
    result = RE.submit(points(Detector(), Motor(), [1])).result(timeout=20)

    assert result.outcome is Outcome.SUCCESS
    assert "would never end" in caplog.text


@pytest.mark.parametrize("verb", ["stop", "abort", "halt"])
def test_subscriber_that_ends_the_plan(RE, documents, verb):
    """One may end the plan; the run says so."""
    token = RE.subscribe(lambda *_: getattr(RE, f"request_{verb}")("enough"), "event")
    result = RE.submit(points(Detector(), Motor(), [1, 2, 3])).result(timeout=20)
    RE.unsubscribe(token)

    assert result.reason.endswith(": enough")
    (run,) = sound_runs(documents)
    assert run.ending == (result.exit_status, result.reason)
    assert len(named(documents, "event")) == 1
