"""Devices, plans and hooks that raise: the engine stays usable, and says what it was."""

import asyncio

import pytest

from reioc.engine import (
    Msg,
    Outcome,
    RunEngineInterrupted,
    State,
    TransitionError,
)

from .documents import named
from .fakes import Detector, Motor
from .helpers import (
    RUN,
    Broken,
    in_a_run,
    run,
)


@pytest.mark.parametrize(
    ("method", "later"),
    [("set", False), *((name, later) for name in ("read", "describe", "stage") for later in (False, True))],
)
def test_device_that_raises(RE, documents, method, later):
    """A device's exception reaches the plan and the caller; the RunStop says fail and why; nothing stays staged."""
    device = Broken(method, later=later)
    messages = [
        Msg("stage", device),
        Msg("set", device, 3, group="A"),
        Msg("wait", group="A"),
        Msg("create", name="primary"),
        Msg("read", device),
        Msg("save"),
    ]
    with pytest.raises(OSError, match="no answer") as raised:
        RE(in_a_run(*messages))

    assert raised.value is device.error
    (stop,) = named(documents, "stop")
    assert (stop["exit_status"], stop["reason"]) == ("fail", "no answer from the controller")
    assert not device.staged
    assert device.calls[-1] == "unstage"
    assert len(RE(RUN)) == 1


def test_trigger_that_raises(RE, documents):
    """So does that of a trigger."""

    class Untriggerable(Detector):
        def trigger(self):
            raise OSError("no answer")

    result = run(RE, in_a_run(Msg("trigger", Untriggerable())))

    assert (result.outcome, result.reason) == (Outcome.FAIL, "no answer")
    assert named(documents, "stop")[0]["reason"] == "no answer"


@pytest.mark.parametrize("later", [False, True])
@pytest.mark.parametrize("method", ["stop", "unstage"])
def test_device_that_raises_in_the_clean_up(RE, documents, method, later):
    """A device that raises while it is stopped or unstaged is named among the problems; the others are done."""
    broken, motor = Broken(method, later=later), Motor("m")
    messages = [
        Msg(command, device, *args) for device in (broken, motor) for command, *args in (("stage",), ("set", 1))
    ]
    result = run(RE, in_a_run(*messages))

    assert result.outcome is Outcome.SUCCESS
    assert result.problems == (f"could not {method} broken: OSError: no answer from the controller",)
    assert not motor.staged
    assert motor.calls[-2:] == ["stop", "unstage"]
    assert named(documents, "stop")[0]["exit_status"] == "success"


@pytest.mark.parametrize("method", ["pause", "resume"])
def test_device_that_raises_when_told_of_a_pause(RE, method):
    """A device that raises when it is told of a pause does not prevent it, and is named among the problems."""
    device = Broken("read")
    device.pause = device.resume = lambda: None
    setattr(device, method, device.read)
    with pytest.raises(RunEngineInterrupted):
        RE([Msg("null", device), Msg("checkpoint"), Msg("pause")])
    future = RE._plan.future
    RE.resume()

    assert future.result().problems == (f"could not {method} broken: OSError: no answer from the controller",)


def test_set_that_returns_no_status(RE):
    """A `set` that returns something else than a status is refused, and the device named."""

    class Statusless(Motor):
        def set(self, value):
            return value

    result = run(RE, [Msg("set", Statusless("m"), 3)])

    assert result.reason == "'set' needs a status that tells its end; m.set() returned 3"


def test_read_that_returns_no_reading(RE):
    """A `read` that returns something else than readings is refused, and the device named."""
    device = Motor("m")
    device.read = lambda: 3
    result = run(RE, [Msg("read", device)])

    assert result.reason == "m.read() must return a dict of readings, not 3"


def test_system_exit_of_a_device(RE, documents):
    """Even a device that raises SystemExit does not take the engine down: the plan fails with it."""
    with pytest.raises(SystemExit):
        RE(in_a_run(Msg("set", Broken("set", error=SystemExit(3)), 1)))

    assert named(documents, "stop")[0]["exit_status"] == "fail"
    assert len(RE(RUN)) == 1


def test_plan_that_raises_system_exit(RE, documents):
    """Nor does a plan that does."""

    def plan():
        yield Msg("open_run")
        raise SystemExit("bye")

    with pytest.raises(SystemExit, match="bye"):
        RE(plan())

    assert named(documents, "stop")[0]["exit_status"] == "fail"
    assert len(RE(RUN)) == 1


def test_cancelled_error_of_a_device(RE):
    """A device whose coroutine was cancelled, by whomever, fails the plan; it is not taken for a shutdown."""
    device = Broken("read", later=True, error=asyncio.CancelledError())
    result = run(RE, [Msg("read", device)])

    assert result.outcome is Outcome.FAIL
    assert result.reason == "a command was cancelled, and not by the engine"


@pytest.mark.parametrize("method", ["stop", "unstage"])
def test_cancelled_error_in_the_clean_up(RE, method):
    """Nor is one in the clean-up; it is a problem like others."""
    device = Broken(method, later=True, error=asyncio.CancelledError())
    result = run(RE, [Msg("stage", device), Msg("set", device, 1)])

    assert result.outcome is Outcome.SUCCESS
    assert result.problems == (f"could not {method} broken: CancelledError: ",)


def test_cancelled_error_while_pausing(RE, watch):
    """A device whose `stop` was cancelled does not get in the way of a pause."""
    device = Broken("stop", later=True, error=asyncio.CancelledError())
    with pytest.raises(RunEngineInterrupted):
        RE([Msg("set", device, 1), Msg("checkpoint"), Msg("pause")])

    assert RE.resume() == ()


def test_engine_that_fails_itself_panics(RE, monkeypatch):
    """A defect of the engine does not leave it running for ever: it panics, says so, and takes no other plan."""
    monkeypatch.setattr("reioc.engine.engine.conclude", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        RE(RUN)

    assert RE.state is State.PANICKED
    assert "division by zero" in RE.last_change.reason
    with pytest.raises(TransitionError, match=r"has panicked \(division by zero\)"):
        RE(RUN)


def test_msg_hook_that_raises(RE):
    """A message hook that raises fails the plan, which can clean up."""
    cleaned = []

    def plan():
        try:
            yield Msg("null")
        finally:
            cleaned.append(1)

    def hook(msg):
        raise ValueError("bad hook")

    RE.msg_hook = hook
    result = RE.submit(plan()).result(timeout=20)

    assert (result.reason, cleaned) == ("bad hook", [1])


def test_root_cause_in_the_run_stop(RE, documents):
    """An error that a plan wraps in its own is told with the root cause."""

    def plan():
        yield Msg("open_run")
        try:
            yield Msg("set", Broken("set"), 1)
        except OSError as error:
            raise RuntimeError("scan failed") from error

    result = run(RE, plan())

    text = "scan failed: OSError: no answer from the controller"
    assert result.reason == named(documents, "stop")[0]["reason"] == text


def test_problems_are_not_carried_over(RE):
    """What went wrong in one plan is not told of the next."""
    assert run(RE, [Msg("set", Broken("stop"), 1)]).problems
    assert run(RE, RUN).problems == ()
