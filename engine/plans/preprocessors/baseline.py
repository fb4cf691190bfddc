"""Plans around runs: how things stand at the beginning and at the end."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ...messages import Msg, MsgGenerator
from ..generators import ensure_generator, make_decorator, pchain, single_gen
from ..requirements import device_list
from ..stubs.messages import declare_stream
from ..stubs.reading import trigger_and_read
from .mutators import plan_mutator
from .wrappers import set_run_key_wrapper

__all__ = ["baseline_decorator", "baseline_wrapper"]


def baseline_wrapper(plan: Any, devices: Iterable[Any] | None, name: str = "baseline") -> MsgGenerator:
    """The plan, in whose runs the devices are read into the stream `name`, right after the start and before the end.

    No devices, or None: the plan as it is. Raises TypeError, before anything is sent, for what is no list of devices.
    """
    found = [] if devices is None else device_list("baseline_wrapper", "devices", devices)
    if not found:
        return (yield from ensure_generator(plan))

    def insert(msg: Msg) -> tuple[Any, Any]:
        if msg.command == "open_run":
            first = pchain(declare_stream(*found, name=name), trigger_and_read(found, name))
            return None, _in_run(first, msg.run)
        if msg.command == "close_run":
            return pchain(_in_run(trigger_and_read(found, name), msg.run), single_gen(msg)), None
        return None, None

    return (yield from plan_mutator(plan, insert))


def _in_run(plan: MsgGenerator, run: Any) -> MsgGenerator:
    return plan if run is None else set_run_key_wrapper(plan, run)


baseline_decorator = make_decorator(baseline_wrapper)
