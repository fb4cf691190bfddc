"""The end of a plan: everything is put back, each part bounded and reported.

Rules of this file:
1. How a plan ended is decided once, in `conclude`, before the clean-up: what goes wrong there is reported, and changes
   nothing about it.
2. What fails, or takes too long, keeps nothing else from being done.
3. Everything stands and has been collected before the runs are closed; the subscribers of the plan hear the last
   RunStop before they are let go. Until that is durable is waited for without a bound: a disk may be full for an hour.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Coroutine
from functools import partial
from inspect import iscoroutine
from typing import Any

from .attention import is_shutdown
from .context import Context
from .errors import FailedPause, GivenUp, PlanHalt, RequestAbort, RequestStop
from .interruptions import Ask, Wishes
from .kin import is_either
from .messages import Msg
from .results import Outcome, RunResult
from .telling import name_of, root_cause, told_by

__all__ = ["clean_up", "conclude", "leave_as_it_is", "unmet"]

log = logging.getLogger("reioc.engine")

Attend = Callable[[Coroutine[Any, Any, Any], str], Awaitable[str | None]]
UntilTold = Callable[[Context], Awaitable[None]]

_OUTCOMES = {Ask.STOP: Outcome.STOP, Ask.ABORT: Outcome.ABORT, Ask.HALT: Outcome.HALT}
_OWN_ENDINGS: tuple[tuple[type[BaseException], Outcome], ...] = (
    (RequestStop, Outcome.STOP),
    (RequestAbort, Outcome.ABORT),
    (FailedPause, Outcome.ABORT),
    (PlanHalt, Outcome.HALT),
)


def conclude(ctx: Context, value: Any, error: BaseException | None) -> RunResult:
    """What became of a plan that returned `value` or raised `error`."""
    outcome, reason, exception = Outcome.SUCCESS, "", None
    if ctx.ending is not None:
        outcome, reason, exception = _OUTCOMES[ctx.wishes.begun or Ask.ABORT], str(ctx.ending), ctx.ending
    own = next((outcome for kind, outcome in _OWN_ENDINGS if is_either(error, kind)), None)
    if error is not None and own is None:
        outcome, reason, exception = Outcome.FAIL, explain(error), error
    elif own is not None and ctx.ending is None:
        outcome, reason = own, str(error)  # the plan has ended itself, as if it had been asked to
    interrupted = outcome in _OUTCOMES.values() and ctx.ending is not None
    return RunResult(tuple(ctx.uids), value, outcome.exit_status, interrupted, reason, exception, outcome)


def explain(error: BaseException) -> str:
    """An exception in a line, with its root cause where its own text does not tell it."""
    text, cause = _text(error), root_cause(error)
    return text if cause is error or _text(cause) in text else f"{text}: {told_by(cause)}"


def _text(error: BaseException) -> str:
    try:
        return str(error) or type(error).__name__
    except Exception:
        return told_by(error)


def unmet(wishes: Wishes) -> list[str]:
    """What was asked for and accepted, but came to nothing since the plan was over: one sentence each."""
    late = [request for request in (wishes.pause, wishes.end) if request is not None]
    sentences = [
        f"{request.ask.name.lower()} was asked for when the plan was already over"
        for request in late
        if request.ask is not Ask.HALT  # which has cut the clean-up short
    ]
    if wishes.deferred is not None:
        sentences.append("a pause at the next checkpoint was asked for, but no checkpoint came")
    if wishes.skip is not None:
        sentences.append("a point was to be skipped when the plan was already over")
    return sentences


async def clean_up(ctx: Context, result: RunResult, attend: Attend, until_told: UntilTold) -> None:
    """Stop what moves, collect what has flown, unstage what is staged, close the open runs, end the subscriptions.

    `until_told` waits for RunStops that are not durable yet.
    What goes wrong on the way is noted in `ctx.problems`, one sentence each; the rest is done all the same.
    """
    ctx.is_over = True
    if (failure := ctx.groups.next_failure()) is not None:
        ctx.problems.append(f"when the plan was already over: {failure}")
    parts: list[tuple[str, Callable[[], Coroutine[Any, Any, Any]]]] = [
        *([("stopping what moves", ctx.touched.stop_moved)] if ctx.touched.moved else []),
        *([("stopping what flies", ctx.touched.stop_flights)] if ctx.touched.flights else []),
        *([("ending monitors", ctx.end_monitors)] if ctx.runs else []),
        *([("waking devices", ctx.wake)] if ctx.resting else []),
        *((f"collecting what flew in run {run.uid}", run.backstop_collect) for run in ctx.runs.values()),
        *((f"unstaging {name_of(device)}", partial(ctx.touched.unstage, device)) for device in ctx.touched.to_unstage),
    ]
    for what, part in parts:
        if ctx.touched.given_up:
            raise GivenUp
        problem = await attend(part(), what)
        ctx.problems += [problem] if problem else []
    await _close(ctx, result, attend, until_told)


async def leave_as_it_is(ctx: Context, result: RunResult, attend: Attend, until_told: UntilTold) -> None:
    """Close the open runs and end the subscriptions, and call no device, since one has blocked the engine's thread.

    What would have been put back is named in `ctx.problems`.
    """
    ctx.is_over = True
    left = {
        "stopped": [*ctx.touched.moved, *ctx.touched.flights],
        "told that the plan goes on": ctx.touched.paused,
        "unstaged": ctx.touched.to_unstage,
    }
    for what, devices in left.items():
        names = ", ".join(dict.fromkeys(map(name_of, devices)))
        problem = f"not {what}, since the engine's thread was given up: {names}"
        if names and problem not in ctx.problems:
            log.warning("%s", problem)
            ctx.problems.append(problem)
    for run in ctx.runs.values():
        run.abandon_monitors()
    await _close(ctx, result, attend, until_told)


async def _close(ctx: Context, result: RunResult, attend: Attend, until_told: UntilTold) -> None:
    ctx.groups.pardon()
    await _close_runs(ctx, result, attend)
    await until_told(ctx)
    for token in ctx.tokens:
        ctx.env.dispatcher.unsubscribe(token)


async def _close_runs(ctx: Context, result: RunResult, attend: Attend) -> None:
    for key, run in list(ctx.runs.items()):
        try:
            if run.run_is_open:
                how = {"exit_status": result.exit_status, "reason": result.reason, **ctx.own_words(key)}
                closing = run.close_run(Msg("close_run", **how))
                problem = await attend(closing, f"closing the run {run.uid}") if iscoroutine(closing) else None
                ctx.problems += [problem] if problem else []
        except BaseException as error:  # a subscriber that raises SystemExit must not cost the others their RunStop
            if is_shutdown(error):
                raise
            log.exception("could not close the run %r", key)
            ctx.problems.append(f"could not close the run {run.uid}: {explain(error)}")
