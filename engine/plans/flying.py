"""Taking data while something moves by itself: flyers and ramps."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from ..errors import RampFail
from ..messages import MsgGenerator
from ..protocols import Flyable, Readable
from .arguments import finite_number
from .generators import ensure_generator
from .preprocessors.during import monitor_during_wrapper
from .preprocessors.wrappers import run_wrapper
from .requirements import check_function, check_supports, device_list
from .stubs.flying import collect, complete, kickoff
from .stubs.messages import close_run, open_run, sleep

__all__ = ["fly", "ramp_plan"]


def fly(flyers: list[Flyable], *, md: dict[str, Any] | None = None) -> MsgGenerator:
    """Have each flyer begin, then each come to an end, then emit what they have gathered; returns the run's uid.

    Raises TypeError, before the run, for what cannot fly or has nothing to hand over.
    """
    flyers = device_list("fly", "flyers", flyers)
    for flyer in flyers:
        check_supports("fly", "fly", flyer, "kickoff", "complete")
    # Not `run_wrapper`: when this fails the engine collects what there is before it closes the run.
    uid = yield from open_run(md)
    for flyer in flyers:
        yield from kickoff(flyer, wait=True)
    for flyer in flyers:
        yield from complete(flyer, wait=True)
    for flyer in flyers:
        yield from collect(flyer)
    yield from close_run()
    return uid


def ramp_plan(
    go_plan: MsgGenerator,
    monitor_sig: Readable,
    inner_plan_func: Callable[[], MsgGenerator],
    take_pre_data: bool = True,
    timeout: float | None = None,
    period: float | None = None,
    md: dict[str, Any] | None = None,
) -> MsgGenerator:
    """Take data while something ramps: `go_plan` starts it and returns its status; returns the run's uid.

    Meanwhile the plan that `inner_plan_func()` makes is run again and again, at most once per `period` seconds, and
    once more when the ramp is over; with `take_pre_data` once before it as well. `monitor_sig` is monitored during the
    run.
    Raises RampFail when the ramp takes longer than `timeout` seconds, and TypeError when `go_plan` returns no status.
    """
    check_function("ramp_plan", "inner_plan_func", inner_plan_func)
    if callable(go_plan):
        raise TypeError(f"ramp_plan: go_plan must be a plan, such as abs_set(motor, 5), not the function {go_plan!r}")
    for what, seconds in (("timeout", timeout), ("period", period)):
        if seconds is not None:
            finite_number(f"ramp_plan: {what} in seconds", seconds)
    go = ensure_generator(go_plan)
    run = run_wrapper(
        _ramping(go, inner_plan_func, take_pre_data, timeout, period), md={"plan_name": "ramp_plan", **(md or {})}
    )
    return (yield from monitor_during_wrapper(run, (monitor_sig,)))


def _ramping(
    go_plan: MsgGenerator,
    take_data: Callable[[], MsgGenerator],
    take_pre_data: bool,
    timeout: float | None,
    period: float | None,
) -> MsgGenerator:
    began = time.monotonic()
    if take_pre_data:
        yield from take_data()
    status = yield from go_plan
    while not _is_done(status):
        point_began = time.monotonic()
        yield from take_data()
        if timeout is not None and time.monotonic() - began > timeout:
            raise RampFail(f"ramp_plan: the ramp has taken more than {timeout} s")
        remaining = 0 if period is None else point_began + period - time.monotonic()
        if remaining > 0:
            yield from sleep(remaining)
    yield from take_data()


def _is_done(status: Any) -> bool:
    try:
        return status.done
    except AttributeError:
        raise TypeError(f"ramp_plan: go_plan must return a status, as abs_set(motor, 5) does, not {status!r}") from None
