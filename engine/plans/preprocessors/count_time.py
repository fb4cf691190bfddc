"""Plans around plans: how long detectors count."""

from __future__ import annotations

from typing import Any

from ...messages import Msg, MsgGenerator
from ..generators import ensure_generator, make_decorator, pchain, single_gen
from ..stubs.motion import mv, rd
from .contingency import finalize_wrapper
from .mutators import plan_mutator

__all__ = ["configure_count_time_decorator", "configure_count_time_wrapper"]


def configure_count_time_wrapper(plan: Any, time: float | None) -> MsgGenerator:
    """The plan, before which each device that has a `count_time` is set to `time` seconds, and afterwards set back.

    It is set when the device is first seen. None: the plan as it is.
    """
    if time is None:
        return (yield from ensure_generator(plan))
    seen: set[Any] = set()
    before: dict[Any, Any] = {}

    def set_time(signal: Any) -> MsgGenerator:
        before[signal] = signal.get() if hasattr(signal, "get") else (yield from rd(signal))
        yield from mv(signal, time)

    def insert(msg: Msg) -> tuple[Any, None]:
        if msg.obj is None or msg.obj in seen:
            return None, None
        seen.add(msg.obj)
        signal = getattr(msg.obj, "count_time", None)
        return (None, None) if signal is None else (pchain(set_time(signal), single_gen(msg)), None)

    def set_back() -> MsgGenerator:
        for signal, value in before.items():
            yield from mv(signal, value)

    return (yield from finalize_wrapper(plan_mutator(plan, insert), set_back))


configure_count_time_decorator = make_decorator(configure_count_time_wrapper)
