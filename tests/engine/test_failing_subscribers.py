"""Subscribers that raise, by policy."""

import pytest

from reioc.engine import (
    Msg,
    Outcome,
    RunEngineInterrupted,
    State,
)

from .documents import named
from .fakes import Detector, Motor, points
from .helpers import run


def refuse(kind):
    def callback(name, doc):
        if name == kind:
            raise OSError("disk full")

    return callback


@pytest.mark.parametrize("kind", ["start", "descriptor", "event", "stop"])
def test_subscriber_that_raises_is_logged(RE, documents, caplog, kind):
    """By default a subscriber that raises is logged, and neither the plan nor other subscribers suffer."""
    RE.subscribe(refuse(kind))
    after = []
    RE.subscribe(lambda name, _: after.append(name))
    result = run(RE, points(Detector(), Motor(), [1, 2]))

    assert (result.outcome, result.problems) == (Outcome.SUCCESS, ())
    assert after[:5] == ["start", "descriptor", "event", "event", "stop"]
    assert "disk full" in caplog.text


@pytest.mark.parametrize("kind", ["start", "descriptor", "event"])
def test_subscriber_that_must_not_fail(RE, documents, kind):
    """With the policy "fail" the plan fails; others still get one RunStart and one RunStop, which says why."""
    token = RE.subscribe(refuse(kind), on_error="fail")
    result = RE.submit(points(Detector(), Motor(), [1, 2])).result(timeout=20)
    RE.unsubscribe(token)

    assert (result.outcome, result.reason) == (Outcome.FAIL, "disk full")
    (start,), (stop,) = named(documents, "start"), named(documents, "stop")
    assert (stop["run_start"], stop["exit_status"], stop["reason"]) == (start["uid"], "fail", "disk full")


def test_subscriber_that_must_not_fail_on_the_stop(RE, documents):
    """A subscriber that fails the RunStop fails the plan; there is still only one RunStop."""
    token = RE.subscribe(refuse("stop"), on_error="fail")
    result = RE.submit(points(Detector(), Motor(), [1])).result(timeout=20)
    RE.unsubscribe(token)

    assert result.outcome is Outcome.FAIL
    assert len(named(documents, "stop")) == 1


def test_subscriber_that_must_not_fail_on_the_stop_of_a_clean_up(RE, documents):
    """Where the engine closes the run itself, that failure is a problem."""
    RE.subscribe(refuse("stop"), on_error="fail")
    result = RE.submit([Msg("open_run")]).result(timeout=20)

    assert result.outcome is Outcome.SUCCESS
    assert result.problems[0].endswith("disk full")
    assert len(named(documents, "stop")) == 1


def test_ignore_callback_exceptions(RE, documents):
    """The engine's own setting is the policy of those who have none."""
    RE.ignore_callback_exceptions = False
    RE.subscribe(refuse("event"))
    result = run(RE, points(Detector(), Motor(), [1]))

    assert (RE.ignore_callback_exceptions, result.outcome) == (False, Outcome.FAIL)


def test_subscriber_that_fails_on_an_interruption(RE, watch):
    """A subscriber that must not fail, and fails on the event of an interruption, does not prevent the pause."""
    RE.record_interruptions = True
    RE.subscribe(refuse("event"), on_error="fail")
    with pytest.raises(RunEngineInterrupted):
        RE([Msg("open_run"), Msg("checkpoint"), Msg("pause")])
    assert RE.state is State.PAUSED
    RE.stop()

    assert [text for text in RE._plan.future.result().problems if "could not record an interruption" in text]
