"""What became of a plan: outcome, reason, what came to nothing."""

import pytest

from reioc.engine import FailedPause, Outcome, PlanHalt, RequestAbort, RequestStop
from reioc.engine.cleanup import conclude, explain, unmet
from reioc.engine.context import Context
from reioc.engine.environment import Environment
from reioc.engine.holds import Holds
from reioc.engine.interruptions import Ask, Inbox, Request, Wishes


@pytest.fixture
def ctx():
    inbox = Inbox()
    context = Context(Environment(), inbox, Holds(inbox.nudge), None, {})
    context.uids = ["uid 1", "uid 2"]
    return context


def caused(error, cause):
    error.__cause__ = cause
    return error


def test_success(ctx):
    """A plan that returns has succeeded, with what it returned."""
    result = conclude(ctx, "value", None)

    assert (result.outcome, result.exit_status, result.reason) == (Outcome.SUCCESS, "success", "")
    assert (result.uids, result.value, result.interrupted, result.exception) == (
        ("uid 1", "uid 2"),
        "value",
        False,
        None,
    )


@pytest.mark.parametrize(
    ("ask", "ending", "exit_status", "reason"),
    [
        (Ask.STOP, RequestStop("tea"), "success", "stopped: tea"),
        (Ask.ABORT, RequestAbort("tea"), "abort", "aborted: tea"),
        (Ask.HALT, PlanHalt("tea"), "abort", "halted: tea"),
        (Ask.STOP, RequestStop(), "success", "stopped"),
        (
            Ask.ABORT,
            FailedPause("no beam"),
            "abort",
            "aborted, since it cannot be resumed without a checkpoint: no beam",
        ),
    ],
)
@pytest.mark.parametrize("swallowed", [False, True])
def test_ended_on_request(ctx, ask, ending, exit_status, reason, swallowed):
    """Stop, abort and halt are told apart, with the operator's reason, whether or not the plan swallowed them."""
    ctx.wishes.begun, ctx.ending = ask, ending
    result = conclude(ctx, None, None if swallowed or ask is Ask.HALT else ending)

    assert (result.outcome, result.exit_status, result.reason) == (ask.name.lower(), exit_status, reason)
    assert result.interrupted
    assert result.exception is ending


def test_failure(ctx):
    """A plan that raises has failed, for the root cause."""
    error = caused(RuntimeError("scan failed"), OSError("limit switch"))
    result = conclude(ctx, None, error)

    assert (result.outcome, result.exit_status) == (Outcome.FAIL, "fail")
    assert result.reason == "scan failed: OSError: limit switch"
    assert (result.interrupted, result.exception) == (False, error)


def test_failure_while_ending(ctx):
    """A clean-up that fails is a failure, whatever was asked for."""
    ctx.wishes.begun, ctx.ending = Ask.STOP, RequestStop("tea")

    assert conclude(ctx, None, ValueError("cannot go back")).outcome is Outcome.FAIL


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (ValueError("plain"), "plain"),
        (ValueError(), "ValueError"),
        (caused(ValueError("said: disk full"), OSError("disk full")), "said: disk full"),
        (caused(ValueError("top"), caused(KeyError("mid"), OSError("disk full"))), "top: OSError: disk full"),
    ],
)
def test_explain(error, text):
    """One line, with the root cause unless the text already tells it."""
    assert explain(error) == text


def test_unmet_wishes():
    """What was accepted too late is said, one sentence each; a halt has had its effect."""
    ended, deferred = Wishes(), Wishes()
    ended.fold(Request(Ask.PAUSE))
    ended.fold(Request(Ask.STOP))
    deferred.fold(Request(Ask.DEFERRED_PAUSE))

    assert unmet(ended) == [
        "pause was asked for when the plan was already over",
        "stop was asked for when the plan was already over",
    ]
    assert unmet(deferred) == ["a pause at the next checkpoint was asked for, but no checkpoint came"]
    assert unmet(Wishes(end=Request(Ask.HALT))) == []
    assert unmet(Wishes()) == []
