"""What is repeated after an interruption, and what is not."""

import asyncio

from reioc.engine import (
    Msg,
    NoReplayAllowed,
)

from .documents import data_by_seq_num, named
from .fakes import Detector, Motor, Pausable, points
from .helpers import commands_of, hold_at, pause, paused_and_resumed


def test_no_replay_allowed(RE, documents):
    """A device can forbid that what was read since the checkpoint is read again: the plan goes on from where it was."""

    class Once(Pausable):
        def pause(self):
            raise NoReplayAllowed

    det, motor = Once("det"), Motor("m")
    plan = [
        Msg("open_run"),
        Msg("checkpoint"),
        Msg("trigger", det),
        Msg("create", name="primary"),
        Msg("read", det),
        Msg("pause"),
        Msg("read", motor),
        Msg("save"),
        Msg("close_run"),
    ]
    pause(RE, plan)
    RE.resume()

    assert det.calls == ["trigger", "read", "resume"]
    assert [set(doc["data"]) for doc in named(documents, "event")] == [{"det", "m"}]


def test_not_rewindable(RE, documents):
    """With `rewindable` off an interruption in the middle of an event repeats nothing and loses nothing."""
    det, motor = Detector("det"), Motor("m")

    class Slow(Motor):
        async def read(self):
            await asyncio.sleep(0)
            return super().read()

    slow = Slow("s")
    plan = [
        Msg("open_run"),
        Msg("checkpoint"),
        Msg("rewindable", None, False),
        Msg("trigger", det),
        Msg("create", name="primary"),
        Msg("read", det),
        Msg("read", slow),
        Msg("read", motor),
        Msg("save"),
        Msg("close_run"),
    ]
    asked = []
    RE.msg_hook = lambda msg: msg.obj is slow and not asked and asked.append(RE.request_pause())
    pause(RE, plan)
    RE.resume()

    assert det.calls == ["trigger", "read"]
    assert [set(doc["data"]) for doc in named(documents, "event")] == [{"det", "m", "s"}]


def test_interruption_that_is_gone_before_it_is_obeyed(RE, documents):
    """A read that was cut short for a hold that is gone at once is done again, and counts once in a later replay."""

    class Slow(Motor):
        async def read(self):
            if self.calls == []:
                RE.hold("beam", "no beam")
                try:
                    await asyncio.sleep(3600)
                finally:
                    self.calls.append("cut")
                    RE.release("beam")
            return super().read()

    slow = Slow("s")
    plan = [
        Msg("open_run"),
        Msg("checkpoint"),
        Msg("create", name="primary"),
        Msg("read", slow),
        Msg("pause"),
        Msg("save"),
        Msg("close_run"),
    ]
    pause(RE, plan)
    RE.resume()

    assert slow.calls == ["cut", "read", "read"]
    assert [set(doc["data"]) for doc in named(documents, "event")] == [{"s"}]


def test_motion_from_before_the_checkpoint_is_taken_up_again(RE):
    """A motor that an interruption stopped is sent off again, even if it was set before the last checkpoint."""
    motor = Motor("m", slow=True)

    def arrive_unless_first(statuses, seen=[]):  # noqa: B006
        seen.append(statuses)
        if statuses and len(seen) > 1:
            motor.arrive()
        elif statuses:
            RE.request_pause()

    RE.waiting_hook = arrive_unless_first
    pause(RE, [Msg("set", motor, 8, group="A"), Msg("checkpoint"), Msg("wait", group="A")])
    assert motor.position == 4.0
    RE.resume()

    assert motor.position == 8.0
    assert [call for call in motor.calls if call != "stop"] == [("set", 8.0), ("set", 8.0)]


def test_interruption_after_a_closed_run(RE, documents):
    """An interruption behind a closed run does not try to take its events again."""
    det = Detector("det")
    plan = [
        Msg("open_run"),
        Msg("checkpoint"),
        Msg("trigger", det),
        Msg("create", name="primary"),
        Msg("read", det),
        Msg("save"),
        Msg("close_run"),
        Msg("pause"),
    ]
    pause(RE, plan)
    RE.resume()

    assert [name for name, _ in documents] == ["start", "descriptor", "event", "stop"]


def test_motion_that_fails_since_it_was_stopped_is_repeated(RE):
    """A motor whose motion counts as failed when it is stopped does not fail a plan that is paused and resumed."""

    class Touchy(Motor):
        def stop(self, success=True):
            self.status.finish(RuntimeError("stopped on the way"))

    motor, waits = Touchy("m", slow=True), []

    def hook(statuses):
        if statuses:
            waits.append(1)
            RE.request_pause() if len(waits) == 1 else motor.arrive()

    RE.waiting_hook = hook
    pause(RE, [Msg("checkpoint"), Msg("set", motor, 8, group="A"), Msg("wait", group="A"), Msg("null")])
    RE.resume()

    assert motor.position == 8.0


def test_reply_of_what_is_not_repeated(RE):
    """After a replay the plan gets the reply to its own last message, not that to the last one that was repeated."""
    motor, replies = Motor("m"), []

    def plan():
        yield Msg("checkpoint")
        yield Msg("set", motor, 1)
        replies.append((yield Msg("open_run")))
        yield Msg("close_run")

    RE.msg_hook = lambda msg: RE.request_pause() if msg.command == "open_run" else None
    pause(RE, plan())
    uids = RE.resume()

    assert tuple(replies) == uids
    assert motor.calls.count(("set", 1.0)) == 2


def test_error_and_pause_at_once(RE):
    """A message that fails in the moment of a pause: the plan handles its error as if there had been no pause."""
    handled = []

    def fail(msg):
        RE.request_pause()
        raise ValueError("read failed")

    def plan():
        yield Msg("open_run")
        yield Msg("checkpoint")
        yield Msg("create", name="primary")
        try:
            yield Msg("fail")
        except ValueError as error:
            handled.append(str(error))
            yield Msg("drop")
        yield Msg("close_run")

    RE.register_command("fail", fail)
    pause(RE, plan())
    RE.resume()

    assert handled == ["read failed"]


def test_checkpoints_in_a_pre_plan_are_its_own(RE, documents):
    """What a pre-plan says of checkpoints has no effect on the plan: its point is taken again all the same."""
    motor = Motor("m")
    det = Detector("det", motor)
    hold_at(RE, "trigger", ("ring", {"pre_plan": lambda: [Msg("checkpoint"), Msg("clear_checkpoint"), Msg("let_go")]}))
    RE.register_command("let_go", lambda _: RE.release("ring"))
    executed = commands_of(RE)
    RE(points(det, motor, [5]))

    assert [args for command, *args in executed if command == "set"] == [[5], [5]]
    assert data_by_seq_num(documents) == {1: {"det": 105.0, "m": 5.0}}


def test_open_event_survives_a_suspension(RE, documents):
    """With `rewindable` off the event that is open when a hold trips is completed, whatever the pre-plan meets."""
    shutter, asked, motor = Motor("shutter", slow=True), [], Motor("m")

    def close_shutter():
        yield Msg("set", shutter, 8, group="S")
        yield Msg("wait", group="S")
        yield Msg("let_go")

    RE.register_command("let_go", lambda _: RE.release("ring"))
    hold_at(RE, "sleep", ("ring", {"pre_plan": close_shutter}))
    RE.waiting_hook = lambda statuses: statuses and (shutter.arrive() if asked else asked.append(RE.request_pause()))
    messages = [
        Msg("open_run"),
        Msg("rewindable", None, False),
        Msg("create", name="primary"),
        Msg("read", motor),
        Msg("sleep", None, 0),
        Msg("save"),
        Msg("close_run"),
    ]
    paused_and_resumed(RE, messages)

    assert data_by_seq_num(documents) == {1: {"m": 0.0}}
