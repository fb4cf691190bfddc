"""Pauses that wait for the end of the run."""

import threading

import pytest

import reioc.engine.plans as ours
from reioc.engine import Msg, RunEngineInterrupted, State, TransitionError

from .fakes import Detector, Motor, points
from .helpers import commands_of, hold_at
from .skipping import ask_at, data_of, one_run, point

RUN = [Msg("open_run"), Msg("close_run")]
TIDY = [
    Msg("unstage", Motor()),
    Msg("wait", group="nothing"),
    Msg("wait_for", None, []),
    Msg("stop", Motor()),
    Msg("sleep", None, 0),
    Msg("null"),
    Msg("rewindable", None, True),
    Msg("remove_suspender", None, "none"),
    Msg("RE_class"),
    Msg("clear_checkpoint"),
]
NEW = [
    Msg("open_run"),
    Msg("stage", Motor()),
    Msg("set", Motor(), 1),
    Msg("trigger", Detector()),
    Msg("read", Motor()),
    Msg("checkpoint"),
    Msg("subscribe", None, print),
    Msg("configure", Motor(), {}),
    Msg("my_own"),
]


def wish_at(RE, command, reason=""):
    ask_at(RE, command, ask=lambda: RE.request_pause_after_run(reason))


def pauses(RE, plan):
    with pytest.raises(RunEngineInterrupted):
        RE(plan)
    assert RE.state is State.PAUSED
    assert not RE.pause_after_run_requested


@pytest.mark.parametrize("new", NEW, ids=lambda msg: msg.command)
def test_pauses_before_what_begins_something(RE, new):
    """What tidies up is done, and the plan pauses before the first message that begins something, once."""
    executed = commands_of(RE)
    RE.register_command("my_own", lambda _: None)
    wish_at(RE, "open_run")
    pauses(RE, [*RUN, *TIDY, new, Msg("null")])
    tidied = len(executed)

    assert [command for command, *_ in executed] == [msg.command for msg in [*RUN, *TIDY]]
    RE.halt()
    assert len(executed) == tidied


def test_goes_on_with_what_it_has_paused_before(RE, documents):
    """On resume nothing is repeated, and nothing is left out."""
    motor, detector = Motor(), Detector()
    executed = commands_of(RE)
    wish_at(RE, "set")
    pauses(RE, [*points(detector, motor, [1]), Msg("sleep", None, 0), *points(detector, motor, [2])])
    assert executed[-1] == ("sleep", 0)
    RE.resume()

    assert [command for command, *_ in executed].count("sleep") == 1
    assert [command for command, *_ in executed].count("open_run") == 2
    assert data_of(documents) == [(1, 1.0), (1, 2.0)]


def test_needs_no_checkpoint(RE):
    """A plan that could not be taken up again at that moment pauses all the same: nothing would be repeated."""
    executed, motor = commands_of(RE), Motor()
    wish_at(RE, "open_run")
    pauses(RE, [*RUN, Msg("clear_checkpoint"), Msg("set", motor, 1), Msg("null")])
    assert not RE.resumable
    assert RE.resume() != ()
    assert [command for command, *_ in executed][-2:] == ["set", "null"]
    assert motor.calls.count(("set", 1.0)) == 1


def test_without_a_checkpoint_a_pause_that_comes_as_well_does_no_harm(RE):
    """A pause now, in the moment in which the other one comes, is that one."""
    wish_at(RE, "open_run")
    ask_at(RE, "clear_checkpoint", ask=RE.request_pause_after_run)

    def plan():
        yield from one_run()
        yield Msg("clear_checkpoint")
        RE.request_pause()  # after the loop has looked, before the message that begins something
        yield Msg("set", Motor(), 1)

    pauses(RE, plan())
    RE.resume()

    assert RE.state is State.IDLE


@pytest.mark.parametrize(("reason", "shown"), [("lunch", "lunch"), ("", "the run is over")])
def test_says_why(RE, watch, reason, shown):
    """The transition has the operator's reason, or says that the run is over."""
    wish_at(RE, "open_run", reason)
    with pytest.raises(RunEngineInterrupted, match=f"paused: {shown}"):
        RE([*RUN, *RUN])

    assert [change.reason for change in watch.changes if change.new in ("pausing", "paused")] == [shown, shown]


def test_of_a_plan_without_a_run(RE):
    """Asked for when no run is open: before the next message that begins something."""
    executed = commands_of(RE)
    wish_at(RE, "null")
    pauses(RE, [Msg("checkpoint"), Msg("null"), Msg("sleep", None, 0), Msg("set", Motor(), 1)])

    assert executed[-1] == ("sleep", 0)


def test_waits_for_all_runs(RE):
    """With two runs open it comes when both are closed."""
    executed, motor = commands_of(RE), Motor()
    wish_at(RE, "null")
    pauses(
        RE,
        [
            Msg("open_run", run="a"),
            Msg("open_run", run="b"),
            Msg("null"),
            Msg("close_run", run="b"),
            Msg("set", motor, 1),
            Msg("close_run", run="a"),
            Msg("set", motor, 2),
        ],
    )

    assert executed[-2:] == [("set", 1), ("close_run",)]


def test_the_plan_is_over_first(RE):
    """That is no failure and no problem; the result says that the pause was wished for."""
    wish_at(RE, "open_run")
    result = RE.submit([*RUN, Msg("sleep", None, 0)]).result(timeout=20)

    assert (result.outcome, result.problems, result.pause_wished) == ("success", (), True)
    assert not RE.pause_after_run_requested
    assert not RE.submit(RUN).result(timeout=20).pause_wished


@pytest.mark.parametrize("verb", ["stop", "abort", "halt"])
def test_the_plan_is_ended_first(RE, verb):
    """A plan that is ended cleans up without a pause; the wish is in its result."""
    motor = Motor()

    def plan():
        try:
            yield Msg("open_run")
            yield Msg("sleep", None, 3600)
        finally:
            if verb != "halt":
                yield Msg("close_run")
                yield Msg("set", motor, 1)

    wish_at(RE, "open_run")
    ask_at(RE, "sleep", ask=getattr(RE, f"request_{verb}"))
    result = RE.submit(plan()).result(timeout=20)

    assert (result.outcome, result.problems, result.pause_wished) == (verb, (), True)
    assert (("set", 1.0) in motor.calls) is (verb != "halt")


def test_shown_while_it_waits(RE):
    """`pause_after_run_requested` is true from the request to the pause."""
    shown = []
    wish_at(RE, "open_run")
    ask_at(RE, "open_run", ask=lambda: shown.append(RE.pause_after_run_requested))
    ask_at(RE, "close_run", ask=lambda: shown.append(RE.pause_after_run_requested))
    pauses(RE, [*RUN, *RUN])

    assert shown == [True, True]


def test_withdrawn_by_a_resume(RE):
    """A resume before it has come withdraws it."""
    wish_at(RE, "open_run")
    ask_at(RE, "close_run", ask=RE.request_resume)
    result = RE.submit([*RUN, *RUN]).result(timeout=20)

    assert (result.outcome, result.pause_wished) == ("success", False)


def test_a_running_plan_cannot_be_resumed_otherwise(RE):
    """Where there is nothing to withdraw, a resume of a running plan is refused, as ever."""
    refused = []

    def ask():
        with pytest.raises(TransitionError, match="Resuming is not possible: the engine is running, not paused"):
            RE.request_resume()
        refused.append(True)

    ask_at(RE, "null", ask=ask)
    RE([Msg("null")])

    assert refused == [True]


def test_a_pause_now_does_not_replace_it(RE, documents):
    """The plan pauses now, is resumed, and pauses after the run as well."""
    wish_at(RE, "set")
    ask_at(RE, "trigger", ask=RE.request_pause)
    plan = [*points(Detector(), Motor(), [1]), *RUN]
    with pytest.raises(RunEngineInterrupted):
        RE(plan)
    assert RE.pause_after_run_requested
    with pytest.raises(RunEngineInterrupted, match="the run is over"):
        RE.resume()
    assert data_of(documents) == [(1, 1.0)]
    RE.resume()


def test_asked_for_again_while_it_has_paused(RE):
    """Who asks for it in the pause between two runs means the next one: the plan does not pause at the same place."""
    executed = commands_of(RE)
    wish_at(RE, "open_run")
    pauses(RE, [*RUN, *RUN, *RUN])
    RE.request_pause_after_run()
    with pytest.raises(RunEngineInterrupted):
        RE.resume()

    assert [command for command, *_ in executed] == ["open_run", "close_run"] * 2
    assert len(RE.resume()) == 3


def test_of_a_plan_that_has_not_begun(RE, watch):
    """A plan that has been accepted can be spoken to: it pauses before it begins anything."""
    executed, begins = commands_of(RE), threading.Event()
    RE.loop.call_soon_threadsafe(begins.wait, 20)
    future = RE.submit(RUN)
    RE.request_pause_after_run()
    begins.set()
    watch.until(State.PAUSED)

    assert executed == []
    RE.resume()
    assert future.result(timeout=20).outcome == "success"


def test_refused_when_idle(RE):
    """Without a plan there is nothing to pause."""
    with pytest.raises(TransitionError, match="Pausing after the run is not possible: the engine is idle"):
        RE.request_pause_after_run()


def test_a_suspension_does_not_count(RE, watch):
    """What the plans of a hold begin between two runs is no beginning of the plan's."""
    motor = Motor()
    hold_at(RE, "sleep", ("beam", {"pre_plan": lambda: [Msg("set", motor, 1)]}))
    wish_at(RE, "open_run")
    ask_at(RE, "_until_holds_change", ask=lambda: RE.release("beam"))
    pauses(RE, [*RUN, Msg("sleep", None, 0), Msg("set", motor, 2)])

    assert ("set", 1.0) in motor.calls
    assert ("set", 2.0) not in motor.calls


def test_a_hold_in_the_pause(RE, watch):
    """A hold that comes while it has paused leads, on resume, into a suspension."""
    wish_at(RE, "open_run")
    pauses(RE, [*RUN, *RUN])
    RE.hold("beam", "no beam")
    ask_at(RE, "_until_holds_change", ask=lambda: RE.release("beam"))

    assert len(RE.resume()) == 2
    assert watch.states[-3:] == [State.SUSPENDED, State.RUNNING, State.IDLE]


def test_with_a_skip_in_the_same_run(RE, documents):
    """A point is skipped, and the plan pauses after the run."""
    wish_at(RE, "set")
    ask_at(RE, "set", 2)
    pauses(RE, [*points(Detector(), Motor(), [1, 2, 3]), *RUN])

    assert data_of(documents) == [(1, 1.0), (2, 3.0)]


def test_a_skip_of_the_last_point(RE, documents):
    """The end of the run ends the skip, and what begins then is not skipped, but paused before."""
    wish_at(RE, "set")
    ask_at(RE, "set", 1)
    motor = Motor()
    pauses(RE, [*points(Detector(), Motor(), [1]), Msg("set", motor, 5)])
    RE.resume()

    assert ("set", 5.0) in motor.calls


def test_between_the_runs_of_a_plan_of_plans(RE, documents):
    """Two scans, one after the other: it pauses between them, with everything unstaged."""

    def both():
        yield from ours.scan([detector], motor, 1, 2, 2)
        yield from ours.scan([detector], motor, 3, 4, 2)

    motor, detector = Motor(), Detector()
    wish_at(RE, "trigger")
    pauses(RE, both())
    assert not motor.staged
    assert not detector.staged
    assert len(data_of(documents)) == 2
    RE.resume()
    assert len(data_of(documents)) == 4


def test_a_motor_that_is_not_waited_for_is_sent_again(RE):
    """What moves when the run is closed is stopped by the pause, and goes on afterwards."""
    motor = Motor(slow=True)
    wish_at(RE, "open_run")
    pauses(RE, [Msg("open_run"), Msg("set", motor, 5, group="m"), Msg("close_run"), *RUN, Msg("wait", group="m")])
    assert not motor.moving
    ask_at(RE, "wait", ask=motor.arrive)
    RE.resume()

    assert motor.position == 5


def test_in_a_run_nothing_is_held_up(RE, documents):
    """The run that is open is done to its end."""
    wish_at(RE, "open_run")
    result = RE.submit(one_run(point(Detector(), Motor(), 1))).result(timeout=20)

    assert (result.outcome, data_of(documents)) == ("success", [(1, 1.0)])
