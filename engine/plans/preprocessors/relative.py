"""Plans around plans: positions relative to where devices are, and back again."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ...messages import Msg, MsgGenerator
from ...protocols import Locatable
from ..devices import get_hinted_fields, label, with_coupled_axes
from ..generators import ensure_generator, make_decorator, pchain, single_gen, unique_group
from ..requirements import device_list
from .contingency import finalize_wrapper
from .mutators import msg_mutator, plan_mutator

__all__ = [
    "relative_set_decorator",
    "relative_set_wrapper",
    "reset_positions_decorator",
    "reset_positions_wrapper",
]


def relative_set_wrapper(plan: Any, devices: Iterable[Any] | None = None) -> MsgGenerator:
    """The plan, whose positions for `devices` (None: all) are taken from where each is when it is first moved."""
    start = _StartPositions("relative_set_wrapper", devices)

    def shift(msg: Msg) -> Msg:
        if msg.command != "set" or msg.obj not in start.found:
            return msg
        return msg._replace(args=(start.found[msg.obj] + msg.args[0], *msg.args[1:]))

    return (yield from msg_mutator(plan_mutator(plan, start.find_before_set), shift))


def reset_positions_wrapper(plan: Any, devices: Iterable[Any] | None = None) -> MsgGenerator:
    """The plan, after which `devices` (None: all) that it moved are moved back, however it ended but for a halt."""
    plan = ensure_generator(plan)
    start = _StartPositions("reset_positions_wrapper", devices)
    return (yield from finalize_wrapper(plan_mutator(plan, start.find_before_set), start.move_back))


class _StartPositions:
    """Where devices were when the plan first moved them."""

    def __init__(self, where: str, devices: Iterable[Any] | None) -> None:
        self.found: dict[Any, Any] = {}
        self._eligible, self._coupled = None, set()
        if devices is not None:
            self._eligible, self._coupled = with_coupled_axes(device_list(where, "devices", devices))

    def find_before_set(self, msg: Msg) -> tuple[MsgGenerator | None, None]:
        """For `plan_mutator`: the first `set` of a device is preceded by finding out where it is."""
        if msg.command != "set" or msg.obj in self.found:
            return None, None
        if self._eligible is not None and msg.obj not in self._eligible:
            return None, None
        return pchain(self._find(msg.obj), single_gen(msg)), None

    def move_back(self) -> MsgGenerator:
        """Move all back at once; coupled axes by their parent."""
        group = unique_group("reset")
        for device, position in self.found.items():
            if getattr(device, "parent", None) not in self._coupled:
                yield Msg("set", device, position, group=group)
        yield Msg("wait", None, group=group)

    def _find(self, device: Any) -> MsgGenerator:
        position = yield from _position_of(device)
        self.found[device] = position
        parent: Any = getattr(device, "parent", None)
        if device in self._coupled:
            self._stash_axes(device, position)
        elif parent in self._coupled and device in parent.pseudo_positioners:
            self.found[parent] = parent.position
            self._stash_axes(parent, parent.position)

    def _stash_axes(self, parent: Any, positions: Iterable[Any]) -> None:
        self.found.update(zip(parent.pseudo_positioners, positions, strict=True))


def _position_of(device: Any) -> MsgGenerator:
    """Where it was sent, if it can tell, else its `position`, else its one reading. None replied (no engine): 0."""
    if isinstance(device, Locatable):
        location = yield Msg("locate", device)
        return 0 if location is None else location["setpoint"]
    if hasattr(device, "position"):
        return device.position
    reading = yield Msg("read", device)
    if reading is None:
        return 0
    fields = get_hinted_fields(device)
    if len(fields) > 1:
        raise ValueError(
            f"{label(device)} has several positions ({', '.join(fields)}); it cannot be moved relative to where it is. "
            "Move its axes, or hint one field."
        )
    return reading[fields[0] if fields else next(iter(reading))]["value"]


relative_set_decorator = make_decorator(relative_set_wrapper)
reset_positions_decorator = make_decorator(reset_positions_wrapper)
