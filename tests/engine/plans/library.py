"""The rest of bluesky's plan library: plans that both ours and bluesky's functions can make, and whom they speak to."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from itertools import permutations
from typing import Any

from cycler import cycler
from ophyd import sim

from reioc.engine import Msg

from .cases import det, flyer, flyer2, motor, motor1, motor2, note, per_step_1d, per_step_nd, pseudo
from .cases import signal as monitored
from .driver import DoneStatus, Driver

det1, noisy = sim.det1, sim.noisy_det
bare, unhinted = sim.motor_no_hints1, sim.motor_empty_hints1


def in_the_order_of_a_set(*candidates: Any) -> tuple[Any, Any]:
    """Two of the motors in the order in which bluesky's documents name them: that of a set, made as it makes it."""
    for x, y in permutations(candidates, 2):
        if list((cycler(x, [0]) + cycler(y, [0])).keys) == [x, y]:
            return x, y
    raise LookupError(candidates)


x_motor, y_motor = in_the_order_of_a_set(*(sim.SynAxis(name=f"m{number}") for number in range(9)))
bare_x, bare_y = in_the_order_of_a_set(*(sim.SynAxisNoHints(name=f"m{number}") for number in range(9)))


class PeakDriver(Driver):
    """Answers reads: a motor is where it was sent last, everything else has a peak there; answers prompts in turn."""

    def __init__(self, *, centre: float = 0.6, width: float = 0.4, height: float = 100.0, typed: Any = (), **kw: Any):
        super().__init__(**kw)
        self.centre, self.width, self.height = centre, width, height
        self.position: Any = 0.0
        self.positions: list[float] = []
        self._typed = iter(typed)
        self._reply_to["set"] = self._move
        self._reply_to["input"] = lambda _: next(self._typed, "q")

    def _move(self, msg: Any) -> Any:
        self.position = msg.args[0]
        self.positions.append(self.position)
        return self._status

    def _read(self, msg: Any) -> dict[str, Any]:
        x = next(iter(self.position.values())) if isinstance(self.position, dict) else self.position
        is_motor = hasattr(msg.obj, "set")
        value = x if is_motor else self.height * math.exp(-((x - self.centre) ** 2) / (2 * self.width**2))
        return {name: {**item, "value": value} for name, item in super()._read(msg).items()}


class Ramp(DoneStatus):
    """A status that is done when it was asked `looks` times."""

    def __init__(self, looks: int) -> None:
        self._looks = iter(range(looks))

    @property
    def done(self) -> bool:
        return next(self._looks, None) is None


def ramp(looks: int) -> Iterator[Any]:
    yield Msg("set", motor1, 5, group="ramp")
    return Ramp(looks)


def unreturned(plan: Any) -> Any:
    """Bluesky's inner product scans return nothing, ours the uid."""
    yield from plan


LIBRARY: dict[str, Callable[[Any], Any]] = {
    "list_grid_scan": lambda p: p.list_grid_scan([det], motor1, [1, 3], motor2, [5, 6, 8]),
    "list_grid_scan of one": lambda p: p.list_grid_scan([det], motor, (1, 3.5), md={"hints": {"x": 1}}),
    "list_grid_scan snaking": lambda p: p.list_grid_scan([det], motor1, [1, 3], motor2, [5, 6, 8], snake_axes=True),
    "list_grid_scan snaking one": lambda p: p.list_grid_scan([det], motor1, [1], motor2, [5, 6], snake_axes=[motor2]),
    "list_grid_scan without hints": lambda p: p.list_grid_scan([det], bare, [1, 3], per_step=per_step_1d),
    "rel_list_grid_scan": lambda p: p.rel_list_grid_scan([det], motor1, [1, 3], motor2, [5, 6], md={"a": 1}),
    "outer_product_scan": lambda p: p.outer_product_scan([det], motor1, 0, 1, 2, motor2, 5, 6, 3, False),
    "relative_outer_product_scan": lambda p: p.relative_outer_product_scan([det], motor1, 0, 1, 2, motor2, 5, 6, 3),
    "log_scan": lambda p: p.log_scan([det, noisy], motor, -1, 1, 3),
    "log_scan with 1d step": lambda p: p.log_scan((det,), bare, 1, -1, 2, per_step=per_step_1d, md={"hints": {"x": 1}}),
    "rel_log_scan": lambda p: p.rel_log_scan([det], motor, -1, 1, 3, md={"sample": "x"}),
    "relative_log_scan": lambda p: p.relative_log_scan([det], unhinted, 0, 1, 2),
    "relative_scan": lambda p: p.relative_scan([det], motor, 0, 1, 2),
    "relative_list_scan": lambda p: p.relative_list_scan([det], motor, [0, 1]),
    "inner_product_scan": lambda p: unreturned(p.inner_product_scan([det], 3, motor1, 0, 1, motor2, 5, 6)),
    "relative_inner_product_scan": lambda p: unreturned(
        p.relative_inner_product_scan([det], 2, motor1, 0, 1, motor2, 5, 6, per_step=per_step_nd, md={"plan_name": "x"})
    ),
    "x2x_scan": lambda p: unreturned(p.x2x_scan([det], motor1, motor2, -1, 1, 3)),
    "x2x_scan with step": lambda p: unreturned(p.x2x_scan([det], motor1, motor2, 0, 3, 2, per_step=per_step_nd, md={})),
    "spiral": lambda p: p.spiral([det], x_motor, y_motor, 0, 1, 2, 2, 0.5, 3),
    "spiral leaning": lambda p: p.spiral([det], x_motor, y_motor, 0, 1, 2, 2, 0.5, 3, dr_y=1, tilt=0.2, md={"a": 1}),
    "spiral without hints": lambda p: p.spiral([det], bare_x, bare_y, 0, 1, 2, 2, 1, 3, per_step=per_step_nd),
    "rel_spiral": lambda p: p.rel_spiral([det], x_motor, y_motor, 2, 2, 1, 3, tilt=0.1),
    "relative_spiral": lambda p: p.relative_spiral([det], x_motor, y_motor, 2, 2, 1, 3, dr_y=1),
    "spiral_fermat": lambda p: p.spiral_fermat([det], x_motor, y_motor, 0, 1, 2, 2, 1, 2),
    "spiral_fermat leaning": lambda p: p.spiral_fermat(
        [det], x_motor, y_motor, 0, 1, 4, 4, 1, 2, dr_y=2, tilt=0.2, per_step=per_step_nd, md={"hints": {}}
    ),
    "rel_spiral_fermat": lambda p: p.rel_spiral_fermat([det], x_motor, y_motor, 2, 2, 1, 2, md={"a": 1}),
    "relative_spiral_fermat": lambda p: p.relative_spiral_fermat([det], x_motor, y_motor, 2, 2, 1, 2, dr_y=1),
    "spiral_square": lambda p: p.spiral_square([det], x_motor, y_motor, 0, 1, 2, 2, 3, 3),
    "spiral_square even": lambda p: p.spiral_square(
        [det], x_motor, y_motor, 0, 1, 2, 3, 2, 4, md={"hints": {"gridding": "x"}}
    ),
    "spiral_square without hints": lambda p: p.spiral_square([det], bare_x, bare_y, 0, 1, 2, 3, 2, 2),
    "rel_spiral_square": lambda p: p.rel_spiral_square([det], x_motor, y_motor, 2, 2, 3, 2, per_step=per_step_nd),
    "spiral of pseudo axes": lambda p: p.spiral(
        [det], pseudo.pseudo1, pseudo.pseudo2, 0, 0, 2, 2, 1, 3, md={"motors": [], "hints": {"dimensions": []}}
    ),
    "fly": lambda p: p.fly([flyer, flyer2], md={"plan_name": "fly", "a": 1}),
    "fly nothing": lambda p: p.fly([]),
    "ramp_plan": lambda p: p.ramp_plan(ramp(2), monitored, note("point")),
    "ramp_plan without pre-data": lambda p: p.ramp_plan(ramp(0), monitored, note("point"), take_pre_data=False),
    "ramp_plan at a pace": lambda p: p.ramp_plan(ramp(2), monitored, note("point"), period=5, timeout=60, md={"a": 1}),
}
"""They ask for no value that they would decide by."""

DECIDING: dict[str, Callable[[Any], Any]] = {
    "adaptive_scan": lambda p: p.adaptive_scan([det], "det", motor, -1, 2, 0.05, 0.5, 10, False),
    "adaptive_scan going back": lambda p: p.adaptive_scan([det, det1], "det", motor, -1, 2, 0.05, 0.5, 10, True),
    "adaptive_scan tolerant": lambda p: p.adaptive_scan([det], "det", motor, -1, 2, 0.05, 0.5, 10, True, threshold=0.3),
    "adaptive_scan downwards": lambda p: p.adaptive_scan([noisy], "noisy_det", motor, 2, -1, 0.05, 0.5, 10, False),
    "adaptive_scan nowhere": lambda p: p.adaptive_scan([det], "det", bare, 1, 1, 0.05, 0.5, 10, False, md={"a": 1}),
    "rel_adaptive_scan": lambda p: p.rel_adaptive_scan([det], "det", motor, -1, 1, 0.05, 0.5, 10, True),
    "relative_adaptive_scan": lambda p: p.relative_adaptive_scan(
        [det], "det", motor, -1, 1, 0.05, 0.5, 10, True, 0.9, md={"hints": {"x": 1}}
    ),
    "tune_centroid": lambda p: p.tune_centroid([det], "det", motor, -1, 2, 0.01),
    "tune_centroid snaking": lambda p: p.tune_centroid([det], "det", motor, -1, 2, 0.01, 7, 2.0, True),
    "tune_centroid downwards": lambda p: p.tune_centroid([det, det1], "det1", motor, 2, -1, 0.05, num=5, snake=True),
    "tune_centroid beside it": lambda p: p.tune_centroid([det], "det", bare, -1, 0.5, 0.05, md={"hints": {"x": 1}}),
    "tweak": lambda p: p.tweak(det, "det", motor, 0.25),
    "tweak without hints": lambda p: p.tweak(det, "det", bare, 1, md={"a": 1}),
}
"""What they do next depends on what they read, or on what is typed."""

EVERY = {**LIBRARY, **DECIDING}


def peak_driver() -> PeakDriver:
    return PeakDriver(typed=["0.5", "", "-1"])
