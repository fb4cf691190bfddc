"""bluesky's older forms of `scan`, with the number of points first; and two motors at a ratio of 2 : 1."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from ..messages import MsgGenerator
from ..protocols import Movable, Readable
from .annotations import Repeats
from .arguments import check_detectors, check_motor, finite_number, refuse_twice, whole_number
from .scans import rel_scan, scan
from .steps import PerStep

__all__ = ["inner_product_scan", "relative_inner_product_scan", "x2x_scan"]


def inner_product_scan(
    detectors: Sequence[Readable],
    num: int,
    *args: Annotated[Any, Repeats(motor=Movable, start=float, stop=float)],
    per_step: PerStep | None = None,
    md: dict[str, Any] | None = None,
) -> MsgGenerator:
    """As `scan`, with `num` before the motors."""
    num = whole_number("inner_product_scan: num", num)
    md = {"plan_name": "inner_product_scan", **(md or {})}
    return (yield from scan(detectors, *args, num=num, per_step=per_step, md=md))


def relative_inner_product_scan(
    detectors: Sequence[Readable],
    num: int,
    *args: Annotated[Any, Repeats(motor=Movable, start=float, stop=float)],
    per_step: PerStep | None = None,
    md: dict[str, Any] | None = None,
) -> MsgGenerator:
    """As `rel_scan`, with `num` before the motors."""
    num = whole_number("relative_inner_product_scan: num", num)
    md = {"plan_name": "relative_inner_product_scan", **(md or {})}
    return (yield from rel_scan(detectors, *args, num=num, per_step=per_step, md=md))


def x2x_scan(
    detectors: Sequence[Readable],
    motor1: Movable,
    motor2: Movable,
    start: Annotated[float, "of motor1, from where it is"],
    stop: Annotated[float, "of motor1, from where it is"],
    num: int,
    *,
    per_step: PerStep | None = None,
    md: dict[str, Any] | None = None,
) -> MsgGenerator:
    """Move two motors from where they are, the second half as far as the first (2θ and θ), and read at `num` points.

    Both are moved back at the end.
    """
    check_detectors("x2x_scan", detectors)
    for what, motor in (("motor1", motor1), ("motor2", motor2)):
        check_motor("x2x_scan", motor, what)
    refuse_twice("x2x_scan", [motor1, motor2])
    for what, value in (("start", start), ("stop", stop)):
        finite_number(f"x2x_scan: {what}", value)
    num = whole_number("x2x_scan: num", num)
    names: list[Any] = [motor1, motor2]
    plan_args = {
        "detectors": list(map(repr, detectors)),
        "motor1": names[0].name,
        "motor2": names[1].name,
        "start": start,
        "stop": stop,
        "num": num,
        "per_step": repr(per_step),
    }
    md = {"plan_name": "x2x_scan", "plan_args": plan_args, **(md or {})}
    axes = (motor1, start, stop, motor2, start / 2, stop / 2)
    return (yield from rel_scan(detectors, *axes, num=num, per_step=per_step, md=md))
