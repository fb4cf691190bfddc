"""A point is given up, and the plan goes on."""

import asyncio

import pytest

from reioc.engine import FailedStatus, Msg

from .documents import named
from .fakes import Detector, Motor, Status, points
from .skipping import REASON, ask_at, ask_when, data_of, event, move, one_run, point, skips_of, told


def test_the_plan_goes_on_with_the_next_point(RE, documents):
    """The point has no event, the next one the next number, and the run ends well."""
    ask_at(RE, "set", 2)
    result = RE.submit(points(Detector(), Motor(), [1, 2, 3])).result(timeout=20)

    assert data_of(documents) == [(1, 1.0), (2, 3.0)]
    assert (result.outcome, result.problems) == ("success", ())
    assert named(documents, "stop")[0]["num_events"] == {"primary": 2}


def test_a_motor_that_moves_is_stopped_and_waited_for_no_more(RE, documents):
    """A wait ends at once, the motor is told to stop, and the next point moves it again."""
    motor = Motor(slow=True)
    ask_when(RE, lambda: motor.target == 2.0)
    RE.msg_hook = lambda msg: motor.arrive() if msg.command == "wait" and motor.target != 2.0 else None
    RE.submit(points(Detector(), motor, [1, 2, 3])).result(timeout=20)

    assert data_of(documents) == [(1, 1.0), (2, 3.0)]
    assert told(motor) == [("set", 1.0), ("set", 2.0), "stop", ("set", 3.0)]


def test_a_move_that_fails_when_it_is_stopped_is_nobodys_business(RE, documents):
    """What becomes of the status does not reach the plan."""

    class Offended(Motor):
        def stop(self, success=True):
            super().stop(success=False)

    motor = Offended(slow=True)
    ask_when(RE, lambda: motor.target == 1.0)
    RE.msg_hook = lambda msg: motor.arrive() if msg.command == "wait" and motor.target != 1.0 else None
    result = RE.submit(points(Detector(), motor, [1, 2])).result(timeout=20)

    assert (result.outcome, data_of(documents)) == ("success", [(1, 2.0)])


def test_a_device_that_failed_in_the_point_is_forgiven(RE):
    """A failure that the plan has not been told of is given up with the point."""

    class Bad(Motor):
        def set(self, value):
            RE.request_skip_point()
            return Status(error=OSError("no answer"))

    result = RE.submit(one_run(point(Detector(), Bad(), 1))).result(timeout=20)

    assert result.outcome == "success"


def test_a_detector_is_stopped_as_well(RE, documents):
    """An exposure that went on would be taken for the next point's: a detector that can be stopped is."""

    class Slow(Detector):
        def trigger(self):
            super().trigger()
            self.status = Status(done=self.calls.count("trigger") != 2)
            return self.status

        def stop(self, success=True):
            self.calls.append("stop")
            self.status.finish()

    detector = Slow()
    ask_when(RE, lambda: detector.calls and not detector.status.done)
    RE.submit(points(detector, Motor(), [1, 2, 3])).result(timeout=20)

    assert detector.calls.count("stop") == 1
    assert data_of(documents) == [(1, 1.0), (2, 3.0)]


def test_nothing_is_moved_or_triggered_any_more(RE):
    """Motors and detectors are left alone until the next point; only what computes with readings is served."""
    motor, detector = Motor(), Detector()
    ask_at(RE, "null")
    RE.submit(one_run(Msg("checkpoint"), Msg("null"), move(motor, 1), event(detector, motor))).result(timeout=20)

    assert (motor.calls, detector.calls) == (["read"], ["read"])


@pytest.mark.parametrize("command", ["set", "trigger", "prepare", "kickoff", "complete"])
def test_what_is_not_done_is_answered_with_a_finished_status(RE, command):
    """A plan that looks at a status, calls back, waits or awaits finds a success."""
    replies, called = [], []

    def plan():
        yield Msg("null")
        yield Msg("kickoff", flyer)
        replies.append((yield Msg(command, flyer, 1)))

    flyer = Motor()
    ask_at(RE, "null")
    RE.submit(one_run(plan())).result(timeout=20)
    (status,) = replies
    status.add_callback(called.append)

    async def awaited():
        return await status

    assert (status.done, status.success, status.exception(), called) == (True, True, None, [status])
    assert status.wait(1) is None
    assert asyncio.run(awaited()) is None
    assert flyer.calls == []


def test_a_sleep_is_cut_short(RE, watch):
    """What lets time pass is over at once; also one that comes later in the point."""

    def slept():
        yield Msg("sleep", None, 3600)

    future = RE.submit(one_run(Msg("checkpoint"), slept(), slept(), Msg("null")))
    while RE.current_message is None or RE.current_message.command != "sleep":
        pass
    RE.request_skip_point()

    assert future.result(timeout=20).outcome == "success"


def test_a_wait_for_is_answered_with_finished_futures(RE):
    """Each future is done, without a result, and a coroutine that had begun is ended."""
    ended, replies = [], []

    async def for_ever():
        RE.request_skip_point()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            ended.append(True)
            raise

    def plan():
        replies.append((yield Msg("wait_for", None, [for_ever])))
        replies.append((yield Msg("wait_for", None, [for_ever])))
        yield Msg("checkpoint")  # what was cancelled has its turn

    RE.submit(one_run(plan(), Msg("sleep", None, 0))).result(timeout=20)

    assert [(future.done(), future.result()) for (future,) in replies] == [(True, None)] * 2
    assert ended == [True]


def test_the_plan_gets_its_readings(RE):
    """A plan that computes with readings goes on: `read` is executed, and answered."""
    ask_at(RE, "set", 2)
    result = RE.submit(points(Detector(), Motor(), [1, 2])).result(timeout=20)

    assert [reading["motor"]["value"] for reading in result.value[1::2]] == [1.0, 2.0]


def test_commands_of_the_users_are_executed(RE):
    """A command of one's own is executed in a skipped point, one in the place of a motion is not."""
    executed = []
    RE.register_command("mine", lambda _: executed.append("mine"))
    RE.register_command("set", lambda _: executed.append("set"))
    ask_at(RE, "null")
    RE.submit(
        one_run(Msg("null"), Msg("mine"), Msg("set", Motor(), 1), Msg("checkpoint"), Msg("set", Motor(), 1))
    ).result(timeout=20)

    assert executed == ["mine", "set"]


def test_an_event_that_is_there_stays(RE, documents):
    """Asked for when the event has been made: there is nothing to take back, and no number is used twice."""
    ask_at(RE, "save")
    RE.submit(points(Detector(), Motor(), [1, 2])).result(timeout=20)

    assert data_of(documents) == [(1, 1.0), (2, 2.0)]


def test_of_several_events_of_a_point_the_rest_is_dropped(RE, documents):
    """A point with two streams: asked for between their events, the second has none."""
    motor = Motor()
    two = [*event(motor, stream="primary"), Msg("null"), *event(motor, stream="second")]
    ask_at(RE, "null")
    RE.submit(one_run(*[Msg("checkpoint"), *two] * 2)).result(timeout=20)

    assert (len(data_of(documents)), len(data_of(documents, stream="second"))) == (2, 1)


def test_asked_for_at_a_checkpoint(RE, documents):
    """The current point is the one whose checkpoint was passed last: the one that has just begun."""
    ask_at(RE, "checkpoint")
    RE.submit(points(Detector(), Motor(), [1, 2])).result(timeout=20)

    assert data_of(documents) == [(1, 2.0)]


@pytest.mark.parametrize("command", ["checkpoint", "open_run", "close_run", "clear_checkpoint", "unstage"])
def test_what_ends_a_point(RE, command):
    """With each of these the next point begins, and what follows is done."""
    motor, over = Motor(), skips_of(RE)
    key = {"open_run": "second", "close_run": "outer"}.get(command)
    ask_at(RE, "null")
    end = Msg(command, Motor() if command == "unstage" else None, run=key)
    RE.submit(one_run(Msg("open_run", run="outer"), Msg("null"), move(motor, 1), end, move(motor, 2))).result(
        timeout=20
    )

    assert told(motor) == [("set", 2.0)]
    assert [(news.reason, news.ended_by) for news in over] == [(REASON, command)]


def test_staging_does_not_end_a_point(RE, documents):
    """A device that is staged when it is first used is so in the middle of a point, which has no event all the same."""
    motor, detector = Motor(), Detector()
    staged = [Msg("checkpoint"), Msg("null"), *move(motor, 1), Msg("stage", detector), *event(detector)]
    ask_at(RE, "null")
    RE.submit(one_run(*staged, point(detector, motor, 2))).result(timeout=20)

    assert detector.staged is False
    assert detector.calls.count("stage") == 1
    assert data_of(documents) == [(1, 2.0)]


def test_what_fails_in_a_skipped_point_is_cleaned_up_after(RE, documents):
    """An error ends the leniency: what the plan then does is done, but half a point makes no event."""
    motor = Motor()

    def plan():
        yield Msg("checkpoint")
        yield Msg("null")
        yield from move(motor, 1)
        with pytest.raises(OSError, match="no answer"):
            yield Msg("fails")
        yield from move(motor, 2)
        yield from event(motor)
        yield from point(Detector(), motor, 3)

    def fails(msg):
        raise OSError("no answer")

    RE.register_command("fails", fails)
    ask_at(RE, "null")
    RE.submit(one_run(plan())).result(timeout=20)

    assert told(motor) == [("set", 2.0), ("set", 3.0)]
    assert data_of(documents) == [(1, 3.0)]


def test_what_was_started_before_the_point_goes_on(RE):
    """A ramp that goes on in the background is not stopped with a point, its end is waited for."""
    ramp, motor = Motor("ramp", slow=True), Motor("motor")

    def plan():
        yield Msg("set", ramp, 300, group="ramp")
        yield from point(Detector(), motor, 1)
        yield from point(Detector(), motor, 2)
        yield Msg("null")
        yield Msg("wait", group="ramp")
        assert ramp.position == 300

    ask_at(RE, "set", 1)
    ask_at(RE, "null", ask=ramp.arrive)
    result = RE.submit(one_run(plan())).result(timeout=20)

    assert (result.outcome, told(ramp)) == ("success", [("set", 300.0)])


def test_what_was_started_before_the_point_can_fail(RE):
    """Its failure is the plan's business, also in a point that is skipped."""
    ramp = Motor("ramp", slow=True)
    plan = one_run(
        Msg("set", ramp, 300, group="ramp"), Msg("checkpoint"), Msg("null"), Msg("null"), Msg("wait", group="ramp")
    )
    ask_at(RE, "null")
    ask_at(RE, "wait", ask=lambda: ramp.status.finish(OSError("heater")))
    result = RE.submit(plan).result(timeout=20)

    assert isinstance(result.exception, FailedStatus)


def test_what_is_waited_for_is_given_up_whenever_it_was_started(RE):
    """A motion that was sent off before the checkpoint is stopped if it is what the plan waits for."""
    ramp = Motor("ramp", slow=True)
    ask_when(RE, lambda: True)
    result = RE.submit(
        one_run(Msg("set", ramp, 300, group="ramp"), Msg("checkpoint"), Msg("wait", group="ramp"))
    ).result(timeout=20)

    assert (result.outcome, told(ramp)) == ("success", [("set", 300.0), "stop"])
