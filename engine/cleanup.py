"""The end of a plan: everything is put back, each part bounded and reported."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Coroutine
from functools import partial
from typing import Any

from .context import Context
from .errors import PlanInterruption
from .interruptions import Ask, Wishes
from .results import Outcome, RunResult
from .wait_groups import name_of, root_cause

__all__ = ["clean_up", "conclude", "unmet"]

log = logging.getLogger("reioc.engine")

Attend = Callable[[Coroutine[Any, Any, Any], str], Awaitable[str | None]]

_OUTCOMES = {Ask.STOP: Outcome.STOP, Ask.ABORT: Outcome.ABORT, Ask.HALT: Outcome.HALT}


def conclude(ctx: Context, value: Any, error: BaseException | None) -> RunResult:
    """What became of a plan that returned `value` or raised `error`."""
    outcome, reason, exception = Outcome.SUCCESS, "", None
    if ctx.ending is not None:
        outcome, reason, exception = _OUTCOMES[ctx.wishes.begun or Ask.ABORT], str(ctx.ending), ctx.ending
    if error is not None and not isinstance(error, PlanInterruption):
        outcome, reason, exception = Outcome.FAIL, explain(error), error
    interrupted = outcome in _OUTCOMES.values()
    return RunResult(tuple(ctx.uids), value, outcome.exit_status, interrupted, reason, exception, outcome)


def explain(error: BaseException) -> str:
    """An exception in a line, with its root cause where its own text does not tell it."""
    text = str(error) or type(error).__name__
    cause = root_cause(error)
    return text if cause is error or str(cause) in text else f"{text}: {type(cause).__name__}: {cause}"


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
    return sentences


async def clean_up(ctx: Context, result: RunResult, attend: Attend) -> None:
    """Stop what moves, unstage what is staged, close the open runs, end the plan's subscriptions.

    What goes wrong on the way is noted in `ctx.problems`, one sentence each; the rest is done all the same.
    """
    parts: list[tuple[str, Callable[[], Coroutine[Any, Any, Any]]]] = [
        ("stopping what moves", ctx.touched.stop_moved),
        ("waking devices", ctx.wake),
        *((f"unstaging {name_of(device)}", partial(ctx.touched.unstage, device)) for device in ctx.touched.to_unstage),
    ]
    for what, part in parts:
        problem = await attend(part(), what)
        ctx.problems += [problem] if problem else []
    for key, run in list(ctx.runs.items()):
        try:
            if run.run_is_open:
                run.close_run(result.exit_status, result.reason)
        except Exception as error:
            log.exception("could not close the run %r", key)
            ctx.problems.append(f"could not close the run {run.uid}: {explain(error)}")
    for token in ctx.tokens:
        ctx.env.dispatcher.unsubscribe(token)
