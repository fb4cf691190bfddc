"""Statuses that never end, fail, or lie."""

import threading

import ophyd.status
import pytest
from ophyd.utils import StatusTimeoutError

from reioc.engine import FailedStatus, Msg, Outcome, UnsupportedDevice, WaitForTimeoutError
from reioc.engine.commands import waiting

from .fakes import Motor, Status
from .helpers import id_of, in_a_run
from .robust_fakes import NO_ANSWER, Everything, everything, outcome

STARTS = ["set", "trigger", "prepare", "stage", "unstage", "kickoff", "complete"]


def giving(method, status):
    """A device one of whose methods returns this status."""
    device = Everything()
    setattr(device, method, lambda *_: status)
    return device


def started(device, method):
    """The messages that start it and wait for it, within a short time."""
    arguments = [3] if method in ("set", "prepare") else []
    if method == "complete":
        yield Msg("kickoff", device)
    yield Msg(method, device, *arguments, group="A")
    yield Msg("wait", group="A", timeout=0.02)


@pytest.fixture(autouse=True)
def impatient(RE):
    RE.env.cleanup_timeout = 0.2


@pytest.mark.parametrize("method", STARTS)
def test_status_that_never_ends(RE, documents, method):
    """When time runs out the wait fails, with the device's name in the error and in the RunStop."""
    result, run = outcome(RE, in_a_run(*started(giving(method, Status(done=False)), method)), documents)

    assert isinstance(result.exception, WaitForTimeoutError)
    assert run.ending == ("fail", "not done within 0.02 s: all")


@pytest.mark.parametrize("method", STARTS)
def test_status_that_fails(RE, documents, method):
    """The error and the RunStop name the device, what was asked of it, and its own reason."""
    error = OSError(NO_ANSWER)
    result, run = outcome(RE, everything(giving(method, Status(error=error))), documents)

    assert isinstance(result.exception, FailedStatus)
    assert result.exception.__cause__ is error
    assert run.ending == ("fail", f"{method} of all failed: OSError: {NO_ANSWER}")


class Raising:
    """A status that raises when it is asked for one thing."""

    def __init__(self, what):
        self.what = what
        self.inner = Status(done=False)

    def __getattr__(self, name):
        if name == self.what:
            raise OSError(NO_ANSWER)
        return getattr(self.inner, name)


@pytest.mark.parametrize("method", STARTS)
@pytest.mark.parametrize("what", ["done", "success", "exception"])
def test_status_that_raises_when_it_is_asked(RE, documents, method, what):
    """A status that raises when it is asked how it went has failed with that; whether it is done need not be asked."""
    status = Raising(what)
    RE.waiting_hook = lambda statuses: statuses and status.finish(ValueError("limit") if what == "exception" else None)
    _, run = outcome(RE, in_a_run(*started(giving(method, status), method)), documents)

    if what == "done":
        assert run.ending == ("success", "")
    else:
        assert run.ending == ("fail", f"{method} of all failed: OSError: {NO_ANSWER}")


@pytest.mark.parametrize("method", STARTS)
def test_status_that_takes_no_callback(RE, documents, method):
    """A status that raises when it is given a callback is refused at once: nobody would hear of its end."""

    class Deaf(Status):
        def add_callback(self, callback):
            raise OSError(NO_ANSWER)

    result, run = outcome(RE, in_a_run(*started(giving(method, Deaf(done=False)), method)), documents)

    assert isinstance(result.exception, UnsupportedDevice)
    assert run.ending == (
        "fail",
        f"{method!r} needs a status that calls back; that of all refuses: OSError: {NO_ANSWER}",
    )


@pytest.mark.parametrize("error", [None, ValueError("limit")], ids=["success", "failure"])
def test_status_that_does_not_call_back(RE, documents, monkeypatch, error):
    """A status that is done and does not call back is found out after a while."""
    monkeypatch.setattr(waiting, "SECOND_LOOK", 0.01)

    class Silent(Status):
        def add_callback(self, callback):
            pass

    status = Silent(done=False)
    RE.waiting_hook = lambda statuses: statuses and status.finish(error)
    device = giving("set", status)
    result, run = outcome(RE, in_a_run(Msg("set", device, 3, group="A"), Msg("wait", group="A")), documents)

    assert result.outcome is (Outcome.SUCCESS if error is None else Outcome.FAIL)
    assert run.ending == (result.exit_status, "" if error is None else "set of all failed: ValueError: limit")


class Hesitating(Status):
    """Is done at once, and has succeeded when it calls back."""

    done, success = True, False

    def __init__(self):
        """There is nothing to be finished."""

    def add_callback(self, callback):
        self.callback = callback

    def succeed(self):
        self.success = True
        self.callback(self)


def test_status_that_is_done_a_moment_before_it_has_succeeded(RE, documents):
    """A status that sets `done` first and `success` later has not failed in between."""
    status = Hesitating()

    def look_and_succeed(statuses):
        if statuses:
            RE.loop.call_later(0.01, RE._engine.inbox.nudge)
            RE.loop.call_later(0.03, status.succeed)

    RE.waiting_hook = look_and_succeed
    device = giving("set", status)
    result, _ = outcome(RE, in_a_run(Msg("set", device, 3, group="A"), Msg("wait", group="A")), documents)

    assert result.outcome is Outcome.SUCCESS


@pytest.mark.parametrize("error", [None, ValueError("limit")], ids=["success", "failure"])
def test_status_that_calls_back_twice(RE, documents, error):
    """One that calls back again and again counts once."""

    class Stuttering(Status):
        def add_callback(self, callback):
            super().add_callback(callback)
            super().add_callback(callback)

    told = []

    def plan():
        device = giving("set", Stuttering(error=error))
        try:
            yield Msg("set", device, 3, group="A")
            yield Msg("wait", group="A")
        except FailedStatus as failure:
            told.append(str(failure))
        yield Msg("null")
        yield Msg("sleep", None, 0)

    result, _ = outcome(RE, _run_of(plan()), documents)

    assert result.outcome is Outcome.SUCCESS
    assert told == ([] if error is None else ["set of all failed: ValueError: limit"])


def _run_of(plan):
    yield Msg("open_run")
    yield from plan
    yield Msg("close_run")


def test_status_that_calls_back_before_it_has_been_added(RE, documents):
    """A status may call back from another thread before `add_callback` has returned."""

    class Hasty(Status):
        def add_callback(self, callback):
            thread = threading.Thread(target=lambda: (self.finish(), callback(self)))
            thread.start()
            thread.join()

    device = giving("set", Hasty(done=False))
    result, _ = outcome(RE, in_a_run(Msg("set", device, 3, group="A"), Msg("wait", group="A")), documents)

    assert result.outcome is Outcome.SUCCESS


def test_status_that_calls_back_after_the_plan(RE, documents):
    """A status that fails when its plan is long over is nobody's failure."""
    motor = Motor("m", slow=True)
    motor.stop = lambda **_: None
    status = []

    def plan():
        status.append((yield Msg("set", motor, 3)))

    result, _ = outcome(RE, _run_of(plan()), documents)
    status[0].finish(ValueError("limit"))
    after, _ = outcome(RE, in_a_run(Msg("sleep", None, 0)), documents)

    assert result.outcome is after.outcome is Outcome.SUCCESS


@pytest.mark.parametrize("kind", [ValueError, ValueError("limit")], ids=["class", "instance"])
def test_exception_of_a_status(RE, documents, kind):
    """A status may give an exception or, as ophyd allows, its class."""
    result, _ = outcome(RE, everything(giving("set", Status(error=kind))), documents)

    assert isinstance(result.exception.__cause__, ValueError)
    assert result.reason.startswith("set of all failed: ValueError: ")


def test_time_out_of_ophyds_own(RE, documents):
    """A status of ophyd that runs out of its own time is told with ophyd's reason."""
    status = ophyd.status.Status(timeout=0.01)
    device = giving("set", status)
    result, run = outcome(RE, in_a_run(Msg("set", device, 3, group="A"), Msg("wait", group="A")), documents)

    assert isinstance(result.exception.__cause__, StatusTimeoutError)
    assert run.ending[1].startswith("set of all failed: StatusTimeoutError: ")


@pytest.mark.parametrize("answer", [None, 3, [], "done", object()], ids=id_of)
@pytest.mark.parametrize("method", ["set", "trigger", "prepare", "kickoff", "complete"])
def test_no_status(RE, documents, method, answer):
    """What is neither a status nor can be awaited is refused, with the device and the method."""
    result, run = outcome(RE, everything(giving(method, answer)), documents)

    assert isinstance(result.exception, UnsupportedDevice)
    text = f"{method!r} needs a status that tells its end; all.{method}() returned "
    assert run.ending == ("fail", f"{text}{answer!r}")
