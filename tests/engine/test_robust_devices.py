"""Devices that raise, in whatever method: the plan fails with their error, and nothing else happens."""

import asyncio

import pytest

from reioc.engine import Msg, Outcome

from .robust_fakes import NO_ANSWER, Everything, at_once, broken, everything, later, outcome, raising

METHODS = (
    *("stage", "configure", "prepare", "set", "trigger", "subscribe", "locate", "kickoff", "complete"),
    *("describe_collect", "collect", "clear_sub", "read", "describe", "describe_configuration", "read_configuration"),
    *("stop", "unstage"),
)
AT_ONCE = {"subscribe", "clear_sub"}
"""Methods that are never coroutines."""
EACH_METHOD = pytest.mark.parametrize(
    ("method", "wrap"),
    [(method, wrap) for method in METHODS for wrap in (at_once, later) if wrap is at_once or method not in AT_ONCE],
)


def test_everything_works(RE, documents):
    """Where nothing breaks the plan succeeds: what follows fails for the reason that is looked for."""
    device = Everything()
    result, run = outcome(RE, everything(device), documents)

    assert (result.outcome, result.problems) == (Outcome.SUCCESS, ())
    assert {name: len(stream.events) for name, stream in run.streams.items()} == {
        "monitored": 0,
        "flight": 1,
        "primary": 1,
    }


@EACH_METHOD
def test_device_that_raises(RE, documents, method, wrap):
    """The plan fails with the device's error, in the exception and in the RunStop; what is staged is unstaged."""
    error = OSError(NO_ANSWER)
    device = broken(method, wrap(raising(error)))
    result, run = outcome(RE, everything(device), documents)

    assert result.outcome is Outcome.FAIL
    assert result.exception is error or result.exception.__cause__ is error
    assert result.reason.endswith(NO_ANSWER)
    assert run.ending == ("fail", result.reason)
    assert not device.staged or method == "unstage"
    assert not device.moving


@EACH_METHOD
def test_device_that_exits(RE, documents, method, wrap):
    """Even SystemExit, at once or in a coroutine, ends neither the engine's thread nor the engine: the plan fails."""
    device = broken(method, wrap(raising(SystemExit(NO_ANSWER))))
    result, run = outcome(RE, everything(device), documents)

    assert result.outcome is Outcome.FAIL
    assert NO_ANSWER in result.reason
    assert run.ending == ("fail", result.reason)


@EACH_METHOD
def test_device_that_is_cancelled(RE, documents, method, wrap):
    """A CancelledError of a device is not taken for a shutdown: the plan fails."""
    result, run = outcome(RE, everything(broken(method, wrap(raising(asyncio.CancelledError())))), documents)

    assert result.outcome is Outcome.FAIL
    assert run.ending == ("fail", result.reason)


@pytest.mark.parametrize("name", ["hints", "name", "moving", "pause", "stage"])
def test_attribute_that_raises(RE, documents, name):
    """A device that raises when it is only looked at: the plan fails, or goes on without, and is put back."""

    class Broken(Everything):
        def __getattribute__(self, attribute):
            if attribute == name and vars(self).get("armed"):
                raise OSError(NO_ANSWER)
            return super().__getattribute__(attribute)

    device = Broken()
    device.armed = True
    result, run = outcome(RE, everything(device), documents)
    device.armed = False

    assert result.outcome in (Outcome.SUCCESS, Outcome.FAIL)
    assert run.ending[0] == result.exit_status
    assert not device.moving
    assert not device.staged


@pytest.mark.parametrize("error", [OSError(NO_ANSWER), SystemExit(NO_ANSWER)], ids=["OSError", "SystemExit"])
@pytest.mark.parametrize(
    ("method", "wrap"),
    [
        *((method, wrap) for method in ("stop", "pause", "resume") for wrap in (at_once, later)),
        ("clear_sub", at_once),
        ("subscribe", at_once),
    ],
)
def test_device_that_raises_around_a_pause(RE, documents, method, error, wrap):
    """A device that raises when the plan is paused, or goes on, is named, and prevents neither.

    But one that cannot be monitored again fails the plan, whose data would be missing.
    """
    device = Everything()

    def plan():
        yield Msg("open_run")
        yield Msg("set", device, 1)
        yield Msg("monitor", device, name="monitored")
        setattr(device, method, wrap(raising(error)))
        yield Msg("checkpoint")
        yield Msg("pause")
        vars(device).pop(method)
        yield Msg("close_run")

    def resume(news):
        if getattr(news, "new", None) == "paused":
            RE.request_resume()

    RE.observers.append(resume)
    result, run = outcome(RE, plan(), documents)

    if method == "subscribe":
        assert run.ending == ("fail", f"monitor of all failed: {type(error).__name__}: {NO_ANSWER}")
    else:
        assert run.ending == ("success", "")
        assert [problem for problem in result.problems if "all" in problem and NO_ANSWER in problem]
