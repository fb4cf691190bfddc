"""Plans around runs: monitors and flyers that work as long as the run is open."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from ...messages import Msg, MsgGenerator
from ..generators import ensure_generator, make_decorator, unique_group
from ..requirements import check_supports, device_list
from .mutators import plan_mutator

__all__ = ["fly_during_decorator", "fly_during_wrapper", "monitor_during_decorator", "monitor_during_wrapper"]

Messages = Callable[[Any], list[Msg]]
"""Messages for the run with a certain key."""


def monitor_during_wrapper(plan: Any, signals: Iterable[Any]) -> MsgGenerator:
    """The plan, in whose runs the signals are monitored, each into a stream `<name>_monitor`.

    Raises TypeError, before anything is sent, for what cannot be monitored.
    """
    found = device_list("monitor_during_wrapper", "signals", signals)
    for signal in found:
        check_supports("monitor_during_wrapper", "be monitored", signal, "subscribe", "clear_sub")

    def begin(run: Any) -> list[Msg]:
        return [Msg("monitor", signal, name=f"{signal.name}_monitor", run=run) for signal in found]

    def end(run: Any) -> list[Msg]:
        return [Msg("unmonitor", signal, run=run) for signal in found]

    return (yield from _during_runs(plan, begin, end) if found else ensure_generator(plan))


def fly_during_wrapper(plan: Any, flyers: Iterable[Any]) -> MsgGenerator:
    """The plan, in whose runs the flyers fly: they are kicked off as it opens, completed and collected as it closes.

    Raises TypeError, before anything is sent, for what cannot fly.
    """
    found = device_list("fly_during_wrapper", "flyers", flyers)
    for flyer in found:
        check_supports("fly_during_wrapper", "fly", flyer, "kickoff", "complete")
    first, last = unique_group("kickoff"), unique_group("complete")

    def begin(run: Any) -> list[Msg]:
        return [*(Msg("kickoff", flyer, group=first, run=run) for flyer in found), Msg("wait", None, group=first)]

    def end(run: Any) -> list[Msg]:
        completing = [Msg("complete", flyer, group=last, run=run) for flyer in found]
        return [*completing, Msg("wait", None, group=last), *(Msg("collect", flyer, run=run) for flyer in found)]

    return (yield from _during_runs(plan, begin, end) if found else ensure_generator(plan))


def _during_runs(plan: Any, begin: Messages, end: Messages) -> MsgGenerator:
    """The plan with the messages of `begin` after each `open_run`, and those of `end` before each `close_run`."""

    def insert(msg: Msg) -> tuple[Any, Any]:
        if msg.command == "open_run":
            return None, begin(msg.run)
        if msg.command == "close_run":
            return [*end(msg.run), msg], None
        return None, None

    return (yield from plan_mutator(plan, insert))


fly_during_decorator = make_decorator(fly_during_wrapper)
monitor_during_decorator = make_decorator(monitor_during_wrapper)
