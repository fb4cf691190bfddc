"""Who asks for a point to be skipped is refused, or told when it is."""

import pytest

from reioc.engine import Msg, PointSkipped, State, TransitionError

from .fakes import Detector, Motor, points
from .helpers import commands_of
from .skipping import REASON, ask_at, data_of, one_run, point, skips_of


def test_told_when_the_next_point_begins(RE):
    """Who waits for the skip is told before the next point's first message, once, when and why."""
    over, executed = skips_of(RE), commands_of(RE)
    RE.skip_observers.append(executed.append)
    ask_at(RE, "set", 1)
    RE.submit(points(Detector(), Motor(), [1, 2])).result(timeout=20)

    assert over == [PointSkipped(REASON, "checkpoint", over[0].time)]
    assert executed.index(over[0]) == executed.index(("set", 2)) - 1


def test_told_when_the_plan_ends(RE):
    """A plan that forgets to close its run ends the point with itself."""
    over = skips_of(RE)
    ask_at(RE, "null")
    RE.submit([Msg("open_run"), Msg("null"), Msg("sleep", None, 3600)]).result(timeout=20)

    assert [news.ended_by for news in over] == ["end of plan"]


def test_an_observer_that_fails_harms_nobody(RE):
    """What an observer of skips raises is logged; the others are told."""
    RE.skip_observers.append(lambda _: 1 / 0)
    over = skips_of(RE)
    ask_at(RE, "set", 1)
    result = RE.submit(points(Detector(), Motor(), [1, 2])).result(timeout=20)

    assert (result.outcome, len(over)) == ("success", 1)


def test_shown_while_it_lasts(RE):
    """`skipping_point` is true from the request to the end of the point."""
    seen = []
    ask_at(RE, "set", 1)
    hook = RE.msg_hook
    RE.msg_hook = lambda msg: (hook(msg), seen.append((msg.command, RE.skipping_point)))
    RE.submit(one_run(point(Detector(), Motor(), 1), point(Detector(), Motor(), 2))).result(timeout=20)

    assert [so for command, so in seen if command == "set"] == [True, False]
    assert [so for command, so in seen if command == "save"] == [True, False]
    assert not RE.skipping_point


@pytest.mark.parametrize(("reason", "text"), [("", "skip point"), (REASON, f"skip point: {REASON}")])
def test_recorded_among_the_interruptions(RE, documents, reason, text):
    """Where interruptions are recorded a skip is one."""
    RE.record_interruptions = True
    ask_at(RE, "set", 1, ask=lambda: RE.request_skip_point(reason))
    RE.submit(points(Detector(), Motor(), [1, 2])).result(timeout=20)

    assert data_of(documents, "interruption", "interruptions") == [(1, text)]


def test_refused_when_idle(RE):
    """Without a plan there is no point; the error says in which states there is."""
    with pytest.raises(TransitionError, match="Skipping a point is not possible: the engine is idle, not running or"):
        RE.request_skip_point()


def test_refused_outside_of_a_run(RE):
    """Without a run there is no point; the error says what would be possible."""
    refused = []

    def ask():
        with pytest.raises(
            TransitionError, match=r"no run is open.*can be paused, stopped, aborted or halted"
        ) as error:
            RE.request_skip_point()
        refused.append(error)

    ask_at(RE, "null", ask=ask)
    RE([Msg("null")])

    assert len(refused) == 1


def test_refused_while_the_plan_is_ending(RE):
    """A plan that is being stopped cleans up, and its clean-up is not skipped."""

    def plan():
        try:
            yield Msg("open_run")
            yield Msg("sleep", None, 3600)
        finally:
            with pytest.raises(TransitionError, match="the engine is stopping"):
                RE.request_skip_point()

    ask_at(RE, "sleep", ask=RE.request_stop)

    assert RE.submit(plan()).result(timeout=20).outcome == "stop"


def test_the_state_does_not_change(RE, watch):
    """The plan is running all the time."""
    ask_at(RE, "set", 1)
    RE.submit(points(Detector(), Motor(), [1, 2])).result(timeout=20)

    assert watch.states == [State.RUNNING, State.IDLE]
