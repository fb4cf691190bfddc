"""Small plans that take readings: shots, steps, repetitions."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Annotated, Any, TypeAlias

from ...messages import Msg, MsgGenerator
from ...protocols import Movable, Readable
from ..annotations import Units
from ..arguments import whole_number
from ..devices import all_safe_rewind, separate_devices
from ..generators import ensure_generator, unique_group
from ..preprocessors.contingency import contingency_wrapper
from ..preprocessors.rewinding import rewindable_wrapper
from .messages import create, drop, null, read, save, trigger, wait
from .motion import move_per_step

__all__ = [
    "TakeReading",
    "one_1d_step",
    "one_nd_step",
    "one_shot",
    "repeat",
    "trigger_and_read",
]

TakeReading: TypeAlias = Callable[[Sequence[Readable]], MsgGenerator]
"""A plan that takes a reading of devices: `trigger_and_read` or another."""


def trigger_and_read(devices: Sequence[Readable], name: str = "primary") -> MsgGenerator:
    """Trigger those devices that can be, wait for them, read all into one event of stream `name`; returns the readings.

    What is interrupted in the middle leaves no event. Devices that must not be triggered again are not replayed.
    """
    if not devices:
        yield from null()
    devices = separate_devices(devices)
    return (yield from rewindable_wrapper(_trigger_and_read(devices, name), all_safe_rewind(devices)))


def _trigger_and_read(devices: Sequence[Any], name: str) -> MsgGenerator:
    group = unique_group("trigger")
    triggered = [device for device in devices if callable(getattr(device, "trigger", None))]
    for device in triggered:
        yield from trigger(device, group=group)
    if triggered:
        yield from wait(group=group)
    yield from create(name)
    return (yield from contingency_wrapper(_read_all(devices), except_plan=lambda _: drop(), else_plan=save))


def _read_all(devices: Sequence[Any]) -> MsgGenerator:
    readings: dict[str, Any] = {}
    for device in devices:
        readings.update((yield from read(device)) or {})
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


def repeat(
    plan: Callable[[], Any],
    num: int | None = 1,
    delay: Annotated[float | Iterable[float], Units("s")] = 0.0,
) -> MsgGenerator:
    """A checkpoint and the plan that `plan()` makes, `num` times, or for ever when None.

    `delay` seconds, or the next of several delays, pass from the beginning of each to that of the next. Raises
    ValueError when there are too few delays: at once if they can be counted, else when they run out.
    """
    num = check_repetitions("repeat", num, delay)
    delays: Iterator[Any] = iter(delay) if isinstance(delay, Iterable) else itertools.repeat(delay)
    for done in itertools.count(1) if num is None else range(1, num + 1):
        began = time.monotonic()
        yield Msg("checkpoint")
        yield from ensure_generator(plan())
        try:
            pause = next(delays)
        except StopIteration:
            if num is None or done == num:
                return
            raise ValueError(f"repeat: {num} times need {num - 1} delays, there are only {done - 1}") from None
        remaining = 0 if pause is None else pause - (time.monotonic() - began)
        if remaining > 0:
            yield Msg("sleep", None, remaining)


def check_repetitions(plan: str, num: Any, delay: Any) -> int | None:
    """`num` as an int, or None. Raises ValueError for a bad number or too few delays, TypeError for what is neither."""
    if num is not None:
        num = whole_number(f"{plan}: num", num, at_least=0)
    if isinstance(delay, str):
        raise TypeError(f"{plan}: delay must be seconds or a list of seconds, not the text {delay!r}")
    if num is not None and hasattr(delay, "__len__") and len(delay) < num - 1:
        raise ValueError(f"{plan}: {num} times need {num - 1} delays, there are only {len(delay)}")
    return num
