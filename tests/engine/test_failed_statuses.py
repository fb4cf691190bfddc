"""Motions and triggers that fail: told exactly once."""

import pytest

from reioc.engine import (
    FailedStatus,
    Msg,
    Outcome,
)

from .documents import named
from .fakes import Motor
from .helpers import in_a_run, run


def test_failed_status_in_a_wait(RE, documents):
    """A motion that fails is raised at its wait, with the device and its own exception, and told in the RunStop."""
    motor = Motor("m1", slow=True)
    cause = RuntimeError("limit switch")
    RE.waiting_hook = lambda statuses: statuses and motor.status.finish(cause)
    with pytest.raises(FailedStatus, match="set of m1 failed: RuntimeError: limit switch") as raised:
        RE(in_a_run(Msg("set", motor, 1, group="A"), Msg("wait", group="A")))

    assert raised.value.__cause__ is cause
    assert raised.value.args == (motor.status,)
    (stop,) = named(documents, "stop")
    assert (stop["exit_status"], stop["reason"]) == ("fail", "set of m1 failed: RuntimeError: limit switch")


def test_failed_status_without_a_wait(RE):
    """A motion that fails while the plan does something else is raised at the next message."""
    motor, done = Motor("m1", slow=True), []

    def hook(msg):
        done.append(msg.command)
        if msg.command == "null":
            motor.status.finish(RuntimeError("limit switch"))

    RE.msg_hook = hook
    with pytest.raises(FailedStatus, match="limit switch"):
        RE([Msg("set", motor, 1), Msg("null"), Msg("sleep", None, 3600)])

    assert done == ["set", "null"]


def test_failed_status_of_a_watched_group(RE):
    """A failure in a watched group ends the wait for another one."""
    m1, m2 = Motor("m1", slow=True), Motor("m2", slow=True)
    RE.waiting_hook = lambda statuses: statuses and m2.status.finish(RuntimeError("limit switch"))
    messages = [Msg("set", m1, 1, group="A"), Msg("set", m2, 1, group="B"), Msg("wait", group="A", watch=("B",))]

    with pytest.raises(FailedStatus, match="set of m2 failed"):
        RE(messages)


def test_two_failures_do_not_hit_the_clean_up(RE):
    """Two motions that have failed are one exception: the clean-up of the plan is not hit by the second one."""
    m1, m2, cleaned = Motor("m1", slow=True), Motor("m2", slow=True), []
    RE.register_command("note", lambda msg: cleaned.append(msg.args[0]))

    def plan():
        try:
            yield Msg("set", m1, 1, group="A")
            yield Msg("set", m2, 1, group="A")
            yield Msg("wait", group="A")
        except FailedStatus as error:
            yield Msg("sleep", None, 0)
            yield Msg("note", None, str(error))

    def fail_both(statuses):
        for status in statuses or ():
            status.finish(RuntimeError("limit switch"))

    RE.waiting_hook = fail_both
    RE(plan())

    (text,) = cleaned
    assert "set of m1 failed" in text
    assert "set of m2 failed" in text


def test_motion_stopped_by_an_ending_is_no_failure(RE):
    """A motion that fails since the plan was stopped is nobody's failure: the plan was stopped."""

    class Touchy(Motor):
        def stop(self, success=True):
            self.status.finish(RuntimeError("stopped on the way"))

    motor, cleaned = Touchy("m", slow=True), []
    RE.register_command("note", lambda msg: cleaned.append(msg.args[0]))

    def plan():
        try:
            yield Msg("set", motor, 1, group="A")
            yield Msg("wait", group="A")
        finally:
            yield Msg("sleep", None, 0)
            yield Msg("note", None, "cleaned")

    RE.waiting_hook = lambda statuses: statuses and RE.request_stop("tea")
    result = run(RE, plan())

    assert (result.outcome, cleaned, result.problems) == (Outcome.STOP, ["cleaned"], ())
