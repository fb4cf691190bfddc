"""Skipping a point of a plan that is paused or suspended, or about to be."""

import pytest

from reioc.engine import Msg, RunEngineInterrupted, State

from .documents import named
from .fakes import Detector, Motor, points
from .helpers import commands_of, hold_at, released_on
from .skipping import ask_at, data_of, move, one_run, point, skips_of, told


def paused_at(RE, plan, command, *args):
    """Run a plan up to a pause at this message."""
    ask_at(RE, command, *args, ask=RE.request_pause)
    with pytest.raises(RunEngineInterrupted):
        RE(plan)


def test_of_a_paused_plan(RE, documents):
    """Asked for while the plan is paused, the point is not repeated on resume, but skipped."""
    motor = Motor()
    paused_at(RE, points(Detector(), motor, [1, 2, 3]), "trigger")
    RE.request_skip_point()
    assert RE.state is State.PAUSED
    assert RE.skipping_point
    RE.resume()

    assert data_of(documents) == [(1, 2.0), (2, 3.0)]
    assert motor.calls.count(("set", 1.0)) == 1


def test_of_a_paused_plan_whose_event_is_there(RE, documents):
    """The event that the point has made already stays, and no number is used twice."""
    motor, detector = Motor(), Detector()
    paused_at(RE, one_run(point(detector, motor, 1), Msg("null"), point(detector, motor, 2)), "null")
    RE.request_skip_point()
    RE.resume()

    assert data_of(documents) == [(1, 1.0), (2, 2.0)]
    assert named(documents, "stop")[0]["num_events"] == {"primary": 2}


def test_in_the_middle_of_a_repetition(RE, documents):
    """Asked for while the point is repeated after a pause: the rest of it is skipped."""
    motor = Motor()
    paused_at(RE, points(Detector(), motor, [1, 2]), "read")
    ask_at(RE, "wait")
    RE.resume()

    assert data_of(documents) == [(1, 2.0)]
    assert told(motor) == [("set", 1.0), "stop", ("set", 1.0), ("set", 2.0)]


def test_of_a_paused_plan_with_a_motion_from_before_the_point(RE):
    """A ramp that the pause has stopped goes on, though the point does not."""
    ramp, motor = Motor("ramp", slow=True), Motor()
    plan = one_run(
        Msg("set", ramp, 300, group="ramp"), point(Detector(), motor, 1), Msg("checkpoint"), Msg("wait", group="ramp")
    )
    paused_at(RE, plan, "trigger")
    RE.request_skip_point()
    ask_at(RE, "wait", ask=lambda: ramp.arrive() if ramp.target == 300 and ramp.calls.count("stop") else None, times=9)
    RE.resume()

    assert ramp.position == 300
    assert [call for call in ramp.calls if call != "stop"] == [("set", 300.0)] * 2
    assert motor.calls.count(("set", 1.0)) == 1


def test_a_ramp_that_was_taken_up_again_is_still_of_its_point(RE):
    """A motion that a pause has had sent again is not taken for one of the present point."""
    ramp, motor = Motor("ramp", slow=True), Motor()
    plan = one_run(
        Msg("set", ramp, 300, group="ramp"),
        point(Detector(), motor, 1),
        Msg("null"),
        Msg("checkpoint"),
        Msg("null"),
        Msg("wait", group="ramp"),
    )
    paused_at(RE, plan, "trigger")
    ask_at(RE, "save")
    ask_at(RE, "null", times=2, ask=lambda: ramp.arrive() if RE.skipping_point is False else None)
    RE.resume()

    assert told(ramp) == [("set", 300.0), "stop", ("set", 300.0)]
    assert ramp.position == 300


def test_paused_while_skipping(RE, documents):
    """There is nothing to repeat: the plan goes on where it was, and the rest of the point is skipped."""
    executed = commands_of(RE)
    ask_at(RE, "set", 1)
    paused_at(RE, points(Detector(), Motor(), [1, 2]), "trigger")
    del executed[:]
    RE.resume()

    assert executed[:3] == [("wait",), ("create",), ("read",)]
    assert data_of(documents) == [(1, 2.0)]


def test_paused_at_once(RE, documents):
    """A pause and a skip in one moment, in any order: paused, and then skipped."""
    for asks in ((RE.request_pause, RE.request_skip_point), (RE.request_skip_point, RE.request_pause)):
        RE.msg_hook = None
        ask_at(RE, "set", 1, ask=lambda asks=asks: [ask() for ask in asks])
        with pytest.raises(RunEngineInterrupted):
            RE(points(Detector(), Motor(), [1, 2]))
        assert RE.skipping_point
        RE.resume()

    assert data_of(documents) == [(1, 2.0), (1, 2.0)]


def test_of_a_plan_that_is_pausing(RE, documents):
    """Asked for while everything is put to rest, it is not lost."""

    class Restless(Motor):
        def stop(self, success=True):
            super().stop(success)
            if RE.state is State.PAUSING:
                RE.request_skip_point()

    paused_at(RE, points(Detector(), Restless(), [1, 2]), "set", 1)
    assert RE.skipping_point
    RE.resume()

    assert data_of(documents) == [(1, 2.0)]


def test_a_deferred_pause_comes_at_the_next_point(RE, documents):
    """A pause at the next checkpoint is one at the end of the point that is skipped."""
    ask_at(RE, "set", 1)
    ask_at(RE, "set", 1, ask=lambda: RE.request_pause(defer=True))
    with pytest.raises(RunEngineInterrupted):
        RE(points(Detector(), Motor(), [1, 2]))

    assert (RE.state, RE.skipping_point, data_of(documents)) == (State.PAUSED, False, [])
    RE.resume()
    assert data_of(documents) == [(1, 2.0)]


def test_of_a_suspended_plan(RE, documents, watch):
    """It stays suspended, with its pre- and post-plans as they are, and the point is skipped when it goes on."""
    shutter, motor, over = Motor("shutter"), Motor(), skips_of(RE)
    hold_at(RE, "trigger", ("beam", {"pre_plan": lambda: move(shutter, 0), "post_plan": lambda: move(shutter, 1)}))
    ask_at(RE, "_until_holds_change", ask=lambda: (RE.request_skip_point(), RE.release("beam")))
    RE.submit(points(Detector(), motor, [1, 2])).result(timeout=20)

    assert data_of(documents) == [(1, 2.0)]
    assert [call for call in shutter.calls if call != "stop"] == [("set", 0.0), ("set", 1.0)]
    assert motor.calls.count(("set", 1.0)) == 1
    assert [news.ended_by for news in over] == ["checkpoint"]
    assert watch.states == [State.RUNNING, State.SUSPENDED, State.RUNNING, State.IDLE]


def test_suspended_while_skipping(RE, documents, watch):
    """A suspender still suspends, its pre- and post-plan are executed, and the point goes on being skipped."""
    shutter, executed = Motor("shutter"), commands_of(RE)
    ask_at(RE, "set", 1)
    ask_at(RE, "_until_holds_change", ask=lambda: RE.release("beam"))
    keywords = {"pre_plan": lambda: move(shutter, 0), "post_plan": lambda: move(shutter, 1)}
    ask_at(RE, "trigger", ask=lambda: RE.hold("beam", "no beam", **keywords))
    RE.submit(points(Detector(), Motor(), [1, 2])).result(timeout=20)

    assert State.SUSPENDED in watch.states
    assert [call for call in shutter.calls if call != "stop"] == [("set", 0.0), ("set", 1.0)]
    assert data_of(documents) == [(1, 2.0)]
    assert executed.count(("set", 1)) == 2  # one of them the shutter's: nothing of the point is repeated


def test_a_checkpoint_of_a_post_plan_does_not_end_it(RE, documents):
    """What the suspension's plans do has nothing to do with the point."""
    over = skips_of(RE)
    ask_at(RE, "set", 1)
    released_on(RE, "suspended", "beam")
    ask_at(RE, "trigger", ask=lambda: RE.hold("beam", "no beam", post_plan=lambda: [Msg("checkpoint")]))
    RE.submit(points(Detector(), Motor(), [1, 2])).result(timeout=20)

    assert data_of(documents) == [(1, 2.0)]
    assert len(over) == 1


def test_stopped_while_a_skip_waits_for_the_end_of_a_pause(RE):
    """Paused, asked to skip, and then stopped: the skip is told to be over, and nothing is left of it."""
    over = skips_of(RE)
    paused_at(RE, points(Detector(), Motor(), [1, 2]), "trigger")
    RE.request_skip_point()
    RE.stop()

    assert [news.ended_by for news in over] == ["stop"]
    assert not RE.skipping_point
