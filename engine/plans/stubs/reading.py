"""Small plans that take readings: shots and steps."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from ...messages import Msg, MsgGenerator
from ...protocols import Movable, Readable
from ..devices import all_safe_rewind, separate_devices
from ..generators import unique_group
from ..preprocessors.contingency import contingency_wrapper
from ..preprocessors.rewinding import rewindable_wrapper
from ..requirements import device_list
from .messages import drop, null, save, wait
from .motion import move_per_step

__all__ = [
    "TakeReading",
    "one_1d_step",
    "one_nd_step",
    "one_shot",
    "trigger_and_read",
]

TakeReading: TypeAlias = Callable[[Sequence[Readable]], MsgGenerator]
"""A plan that takes a reading of devices: `trigger_and_read` or another."""


def trigger_and_read(devices: Sequence[Readable], name: str = "primary") -> MsgGenerator:
    """Trigger those devices that can be, wait for them, read all into one event of stream `name`; returns the readings.

    What is interrupted in the middle leaves no event. Devices that must not be triggered again are not replayed.
    Raises TypeError, before anything is sent, for what is no list of devices.
    """
    devices = separate_devices(device_list("trigger_and_read", "devices", devices))
    if not devices:
        yield from null()
    return (yield from rewindable_wrapper(_trigger_and_read(devices, name), all_safe_rewind(devices)))


def _trigger_and_read(devices: Sequence[Any], name: str) -> MsgGenerator:
    group = unique_group("trigger")
    triggered = [device for device in devices if callable(getattr(device, "trigger", None))]
    for device in triggered:
        yield Msg("trigger", device, group=group)
    if triggered:
        yield from wait(group=group)
    yield Msg("create", name=name)
    return (yield from contingency_wrapper(_read_all(devices), except_plan=lambda _: drop(), else_plan=save))


def _read_all(devices: Sequence[Any]) -> MsgGenerator:
    readings: dict[str, Any] = {}
    for device in devices:
        reading = yield Msg("read", device)
        readings.update(reading or {})
    return readings


def one_shot(detectors: Sequence[Readable], take_reading: TakeReading | None = None) -> MsgGenerator:
    """One reading of a `count`: its default `per_shot`."""
    yield Msg("checkpoint")
    yield from (take_reading or trigger_and_read)(list(detectors))


def one_1d_step(
    detectors: Sequence[Readable], motor: Movable, step: Any, take_reading: TakeReading | None = None
) -> MsgGenerator:
    """One step of a scan of one motor to the position `step`; returns the readings."""
    group = unique_group("set")
    yield Msg("checkpoint")
    yield Msg("set", motor, step, group=group)
    yield Msg("wait", None, group=group)
    readables: list[Any] = [*detectors, motor]
    return (yield from (take_reading or trigger_and_read)(readables))


def one_nd_step(
    detectors: Sequence[Readable],
    step: Mapping[Movable, Any],
    pos_cache: dict[Movable, Any],
    take_reading: TakeReading | None = None,
) -> MsgGenerator:
    """One step of a scan: move to the positions of `step`, read. The default `per_step`.

    `pos_cache` has where each motor was sent last; who already is where it should be is not moved.
    """
    yield from move_per_step(step, pos_cache)
    readables: list[Any] = [*detectors, *step]
    yield from (take_reading or trigger_and_read)(readables)
