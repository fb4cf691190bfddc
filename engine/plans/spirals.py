"""Spiral scans of two motors. What `scans` says of arguments holds here as well.

Centre, ranges and dr are in the motors' unit, which is the same for both; ranges are full widths. `patterns.spirals`
has the formulas.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated, Any, TypeAlias

from cycler import Cycler

from ..messages import MsgGenerator
from ..protocols import NamedMovable, Readable
from . import patterns
from .annotations import Units
from .arguments import check_detectors, check_motor, refuse_twice, whole_number
from .hints import grid_dimensions, with_hints
from .steps import PerStep
from .trajectories import described, pattern_of, relative_and_back, scan_nd

__all__ = [
    "rel_spiral",
    "rel_spiral_fermat",
    "rel_spiral_square",
    "relative_spiral",
    "relative_spiral_fermat",
    "spiral",
    "spiral_fermat",
    "spiral_square",
]

Width: TypeAlias = Annotated[float, "full width of the spiral"]
Ring: TypeAlias = Annotated[float, "how much the radius grows from ring to ring"]
RingY: TypeAlias = Annotated[float | None, "the same along y, for an ellipse; null: dr"]
Tilt: TypeAlias = Annotated[float | None, "how far the ranges lean", Units("rad")]
PerTurn: TypeAlias = Annotated[float, "how many points the first ring has; ring i has i times as many"]
Density: TypeAlias = Annotated[float, "dr is divided by it: points are closer when it is larger"]


def spiral(
    detectors: Sequence[Readable],
    x_motor: NamedMovable,
    y_motor: NamedMovable,
    x_start: Annotated[float, "centre in x"],
    y_start: Annotated[float, "centre in y"],
    x_range: Width,
    y_range: Width,
    dr: Ring,
    nth: PerTurn,
    *,
    dr_y: RingY = None,
    tilt: Tilt = 0.0,
    per_step: PerStep | None = None,
    md: dict[str, Any] | None = None,
) -> MsgGenerator:
    """Move in rings around (x_start, y_start), each dr wider than the one before, and read at each point.

    Ring i has i · `nth` points. `dr_y` instead of dr in y makes ellipses; points outside of the ranges are left out,
    which lean by `tilt`.
    """
    centre, size = {"x_start": x_start, "y_start": y_start}, {"x_range": x_range, "y_range": y_range}
    form = {**centre, **size, "dr": dr, "nth": nth, "dr_y": dr_y, "tilt": tilt}
    return (yield from _round_scan("spiral", patterns.spiral, detectors, (x_motor, y_motor), form, per_step, md))


def rel_spiral(
    detectors: Sequence[Readable],
    x_motor: NamedMovable,
    y_motor: NamedMovable,
    x_range: Width,
    y_range: Width,
    dr: Ring,
    nth: PerTurn,
    *,
    dr_y: RingY = None,
    tilt: Tilt = 0.0,
    per_step: PerStep | None = None,
    md: dict[str, Any] | None = None,
) -> MsgGenerator:
    """As `spiral`, around where the motors are, to which they are moved back at the end."""
    centre, size = {"x_start": 0, "y_start": 0}, {"x_range": x_range, "y_range": y_range}
    form = {**centre, **size, "dr": dr, "nth": nth, "dr_y": dr_y, "tilt": tilt}
    plan = _round_scan("rel_spiral", patterns.spiral, detectors, (x_motor, y_motor), form, per_step, md)
    return (yield from relative_and_back(plan, [x_motor, y_motor]))


def spiral_fermat(
    detectors: Sequence[Readable],
    x_motor: NamedMovable,
    y_motor: NamedMovable,
    x_start: Annotated[float, "centre in x"],
    y_start: Annotated[float, "centre in y"],
    x_range: Width,
    y_range: Width,
    dr: Ring,
    factor: Density,
    *,
    dr_y: RingY = None,
    tilt: Tilt = 0.0,
    per_step: PerStep | None = None,
    md: dict[str, Any] | None = None,
) -> MsgGenerator:
    """Move along Fermat's spiral around (x_start, y_start), which covers an area evenly, and read at each point.

    The radius of point i is √i · dr / `factor`. `dr_y` instead of dr in y makes ellipses; points outside of the ranges
    are left out, which lean by `tilt`.
    """
    centre, size = {"x_start": x_start, "y_start": y_start}, {"x_range": x_range, "y_range": y_range}
    form = {**centre, **size, "dr": dr, "factor": factor, "dr_y": dr_y, "tilt": tilt}
    return (
        yield from _round_scan(
            "spiral_fermat", patterns.spiral_fermat, detectors, (x_motor, y_motor), form, per_step, md
        )
    )


def rel_spiral_fermat(
    detectors: Sequence[Readable],
    x_motor: NamedMovable,
    y_motor: NamedMovable,
    x_range: Width,
    y_range: Width,
    dr: Ring,
    factor: Density,
    *,
    dr_y: RingY = None,
    tilt: Tilt = 0.0,
    per_step: PerStep | None = None,
    md: dict[str, Any] | None = None,
) -> MsgGenerator:
    """As `spiral_fermat`, around where the motors are, to which they are moved back at the end."""
    centre, size = {"x_start": 0, "y_start": 0}, {"x_range": x_range, "y_range": y_range}
    form = {**centre, **size, "dr": dr, "factor": factor, "dr_y": dr_y, "tilt": tilt}
    plan = _round_scan("rel_spiral_fermat", patterns.spiral_fermat, detectors, (x_motor, y_motor), form, per_step, md)
    return (yield from relative_and_back(plan, [x_motor, y_motor]))


def spiral_square(
    detectors: Sequence[Readable],
    x_motor: NamedMovable,
    y_motor: NamedMovable,
    x_center: float,
    y_center: float,
    x_range: Width,
    y_range: Width,
    x_num: int,
    y_num: int,
    *,
    per_step: PerStep | None = None,
    md: dict[str, Any] | None = None,
) -> MsgGenerator:
    """Move over a grid of `x_num` times `y_num` points from its centre outwards in square rings; read at each point."""
    centre, size = {"x_center": x_center, "y_center": y_center}, {"x_range": x_range, "y_range": y_range}
    form = {**centre, **size, "x_num": x_num, "y_num": y_num}
    return (yield from _square_scan("spiral_square", detectors, (x_motor, y_motor), form, per_step, md))


def rel_spiral_square(
    detectors: Sequence[Readable],
    x_motor: NamedMovable,
    y_motor: NamedMovable,
    x_range: Width,
    y_range: Width,
    x_num: int,
    y_num: int,
    *,
    per_step: PerStep | None = None,
    md: dict[str, Any] | None = None,
) -> MsgGenerator:
    """As `spiral_square`, around where the motors are, to which they are moved back at the end."""
    centre, size = {"x_center": 0, "y_center": 0}, {"x_range": x_range, "y_range": y_range}
    form = {**centre, **size, "x_num": x_num, "y_num": y_num}
    plan = _square_scan("rel_spiral_square", detectors, (x_motor, y_motor), form, per_step, md)
    return (yield from relative_and_back(plan, [x_motor, y_motor]))


relative_spiral = rel_spiral  # bluesky's older names
relative_spiral_fermat = rel_spiral_fermat


# These two are no generator functions: they refuse when they are called, before a plan around them has begun.


def _round_scan(
    plan: str,
    pattern: Callable[..., Cycler],
    detectors: Sequence[Any],
    motors: tuple[Any, Any],
    form: dict[str, Any],
    per_step: PerStep | None,
    md: dict[str, Any] | None,
) -> MsgGenerator:
    """The scan along a pattern of rings; `form` is what the pattern takes besides the motors."""
    _check_plane(plan, detectors, *motors)
    trajectory = pattern(*motors, **form)
    form = {"x_motor": repr(motors[0]), "y_motor": repr(motors[1]), **form}
    start = {
        "plan_args": {**described(detectors, per_step), **form},
        # Twice as wide as the points: bluesky's documents have it so.
        "extents": tuple(
            [form[f"{axis}_start"] - form[f"{axis}_range"], form[f"{axis}_start"] + form[f"{axis}_range"]]
            for axis in "xy"
        ),
        "plan_name": plan,
        **pattern_of(pattern, **form),
        **(md or {}),
    }
    return scan_nd(detectors, trajectory, per_step=per_step, md=start)


def _square_scan(
    plan: str,
    detectors: Sequence[Any],
    motors: tuple[Any, Any],
    form: dict[str, Any],
    per_step: PerStep | None,
    md: dict[str, Any] | None,
) -> MsgGenerator:
    """The scan along square rings; `form` is what the pattern takes besides the motors."""
    _check_plane(plan, detectors, *motors)
    form = {**form, **{name: whole_number(f"{plan}: {name}", form[name]) for name in ("x_num", "y_num")}}
    trajectory = patterns.spiral_square_pattern(*motors, **form)
    start = {
        "plan_args": {**described(detectors, per_step), "x_motor": repr(motors[0]), "y_motor": repr(motors[1]), **form},
        "plan_name": plan,
        "plan_pattern": "spiral_square",
        "shape": (form["y_num"], form["x_num"]),
        "extents": tuple(
            (form[f"{axis}_center"] - form[f"{axis}_range"] / 2, form[f"{axis}_center"] + form[f"{axis}_range"] / 2)
            for axis in "yx"
        ),
        **(md or {}),
    }
    hints = {"gridding": "rectilinear_nonsequential", **grid_dimensions(motors[::-1])}
    return scan_nd(detectors, trajectory, per_step=per_step, md=with_hints(start, hints))


def _check_plane(plan: str, detectors: Any, x_motor: Any, y_motor: Any) -> None:
    check_detectors(plan, detectors)
    check_motor(plan, x_motor, "x_motor")
    check_motor(plan, y_motor, "y_motor")
    refuse_twice(plan, [x_motor, y_motor])
