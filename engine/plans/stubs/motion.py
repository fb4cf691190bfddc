"""Small plans that move devices."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Annotated, Any

from ...messages import Msg, MsgGenerator
from ...protocols import Locatable, Movable, Readable
from ..annotations import Repeats, Units
from ..arguments import grouped
from ..devices import get_hinted_fields, label, merge_axes
from ..generators import unique_group
from ..preprocessors.relative import relative_set_wrapper
from .messages import read

__all__ = ["abs_set", "mov", "move_per_step", "movr", "mv", "mvr", "rd", "rel_set"]


def abs_set(obj: Movable, *args: Any, group: Hashable | None = None, wait: bool = False, **kwargs: Any) -> MsgGenerator:
    """Set a device, `obj.set(*args, **kwargs)`; returns its status, which with `wait` is done."""
    if wait and group is None:
        group = unique_group("set")
    status = yield Msg("set", obj, *args, group=group, **kwargs)
    if wait:
        yield Msg("wait", None, group=group)
    return status


def rel_set(obj: Movable, *args: Any, group: Hashable | None = None, wait: bool = False, **kwargs: Any) -> MsgGenerator:
    """As `abs_set`, from where the device is."""
    return (yield from relative_set_wrapper(abs_set(obj, *args, group=group, wait=wait, **kwargs)))


def mv(
    *args: Annotated[Any, Repeats(motor=Movable, position=float)],
    group: Hashable | None = None,
    timeout: Annotated[float | None, Units("s")] = None,
    **kwargs: Any,
) -> MsgGenerator:
    """Move motors to positions at the same time, `mv(m1, 1.5, m2, 0)`, and wait at most `timeout` seconds for all.

    Returns a tuple of their statuses; `kwargs` go to each `set`. Raises ValueError for an argument too few or a motor
    named twice, TypeError for what cannot be set.
    """
    pairs = grouped("mv", args, ("motor", "position"))
    group = group or unique_group("mv")
    statuses = []
    for motor, (position,) in merge_axes({motor: [position] for motor, position in pairs}).items():
        statuses.append((yield Msg("set", motor, position, group=group, **kwargs)))
    yield Msg("wait", None, group=group, timeout=timeout)
    return tuple(statuses)


def mvr(
    *args: Annotated[Any, Repeats(motor=Movable, position=float)],
    group: Hashable | None = None,
    timeout: Annotated[float | None, Units("s")] = None,
    **kwargs: Any,
) -> MsgGenerator:
    """As `mv`, each motor from where it is."""
    motors = [motor for motor, _ in grouped("mvr", args, ("motor", "position"))]
    return (yield from relative_set_wrapper(mv(*args, group=group, timeout=timeout, **kwargs), motors))


mov, movr = mv, mvr


def rd(obj: Readable, *, default_value: Any = 0) -> MsgGenerator:
    """The one value of a device: where it is, else its hinted field, else its only field. Makes no event.

    Returns `default_value` when nothing is replied (no engine). Raises ValueError when there are several candidates.
    """
    if isinstance(obj, Locatable):
        location = yield Msg("locate", obj)
        return default_value if location is None else location["readback"]
    hinted = get_hinted_fields(obj)
    candidates = list(hinted or getattr(obj, "read_attrs", ()))
    if len(candidates) > 1 or (not candidates and hasattr(obj, "read_attrs")):
        raise _not_one_value(obj, candidates)
    reading = yield from read(obj)
    if reading is None:
        return default_value
    if not hinted and len(reading) != 1:
        raise _not_one_value(obj, list(reading))
    return reading[hinted[0] if hinted else next(iter(reading))]["value"]


def _not_one_value(obj: Any, fields: list[str]) -> ValueError:
    return ValueError(
        f"{label(obj)} has {len(fields)} values ({', '.join(fields) or 'none'}), rd reads one: hint one field, or read "
        "a component"
    )


def move_per_step(step: Mapping[Movable, Any], pos_cache: dict[Movable, Any]) -> MsgGenerator:
    """Checkpoint, then move to the positions of `step` those motors that `pos_cache` has elsewhere, and wait."""
    yield Msg("checkpoint")
    group = unique_group("set")
    for motor, position in step.items():
        if position != pos_cache.get(motor):
            yield Msg("set", motor, position, group=group)
            pos_cache[motor] = position
    yield Msg("wait", None, group=group)
