"""Finding a peak: by itself, or by hand."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Annotated, Any

from ..messages import Msg, MsgGenerator
from ..protocols import NamedMovable, Readable
from .arguments import check_detectors, check_motor, finite_number, whole_number
from .devices import get_hinted_fields
from .generators import unique_group
from .one_motor import check_line, run_with_one_motor
from .readings import check_field, number_in
from .steps import predeclare
from .stubs.messages import checkpoint
from .stubs.motion import mv
from .stubs.reading import trigger_and_read

__all__ = ["CentroidSearch", "tune_centroid", "tweak"]


class CentroidSearch:
    """Where a search for the centroid of a signal goes next; sans I/O. `position` is where to measure, until `done`.

    Each pass has steps of a (num − 1)th of its range. The next one is centred on the centroid of this one,
    Σ position · signal / Σ signal, and its range is smaller by `step_factor`; it never leaves the first one. With
    `snake` each pass goes back where the last one came from. `peak` is the last centroid, None while there is none. The
    search is done when steps get smaller than `min_step`, or when a pass has seen no signal: the sum of it is 0.
    """

    def __init__(self, start: float, stop: float, min_step: float, num: int, step_factor: float, snake: bool) -> None:
        self.position = start
        self.peak: float | None = None
        self._start, self._stop = start, stop
        self._low, self._high = min(start, stop), max(start, stop)
        self._min_step, self._intervals, self._factor, self._snake = min_step, num - 1, step_factor, snake
        self._step = (stop - start) / self._intervals
        self._sum = self._moment = 0.0
        self._lost = False

    @property
    def done(self) -> bool:
        """Whether there is nothing more to measure."""
        in_range = self._low <= self.position <= self._high
        return self._lost or abs(self._step) < self._min_step or not in_range

    def measured(self, position: float, signal: float) -> None:
        """Go on; the last measurement was at `position`, as it was read back."""
        self._sum += signal
        self._moment += position * signal
        self.position += self._step
        if not min(self._start, self._stop) <= self.position <= max(self._start, self._stop):
            self._next_pass()

    def _next_pass(self) -> None:
        if self._sum == 0:
            self.peak, self._lost = None, True
            return
        self.peak = self._moment / self._sum
        self._sum = self._moment = 0.0
        half = (self._stop - self._start) / self._factor / 2
        ends = [min(max(end, self._low), self._high) for end in (self.peak - half, self.peak + half)]
        self._start, self._stop = reversed(ends) if self._snake else ends
        self._step = (self._stop - self._start) / self._intervals
        self.position = self._start


def tune_centroid(
    detectors: Sequence[Readable],
    signal: Annotated[str, "the value whose centroid is looked for, a data key of a detector"],
    motor: NamedMovable,
    start: float,
    stop: float,
    min_step: Annotated[float, "it is over when steps get smaller than this"],
    num: Annotated[int, "how many points each pass has"] = 10,
    step_factor: Annotated[float, "by how much each pass is narrower than the one before"] = 3.0,
    snake: Annotated[bool, "whether every other pass goes backwards"] = False,
    *,
    md: dict[str, Any] | None = None,
) -> MsgGenerator:
    """Scan from start to stop, again and again with smaller steps around the centroid of `signal`, and move there.

    The signal should have one peak between start and stop. When a pass has seen none the motor stays where it is.
    Raises ValueError while it runs when `signal` is not read, or is not finite.
    """
    check_line("tune_centroid", detectors, motor, start, stop)
    check_field("tune_centroid", "signal", signal)
    num = whole_number("tune_centroid: num", num, at_least=2)
    finite_number("tune_centroid: min_step", min_step, above=0)
    finite_number("tune_centroid: step_factor", step_factor, above=1)
    search = CentroidSearch(start, stop, min_step, num, step_factor, snake)
    if search.done:
        step = abs(stop - start) / (num - 1)
        raise ValueError(f"tune_centroid: min_step must be at most the first step, {step:.6g}, not {min_step!r}")
    document = {
        "plan_args": {
            "detectors": list(map(repr, detectors)),
            "motor": repr(motor),
            "start": start,
            "stop": stop,
            "num": num,
            "min_step": min_step,
        },
        "plan_name": "tune_centroid",
    }
    return (yield from run_with_one_motor(_search(search, detectors, signal, motor), detectors, motor, document, md))


def _search(search: CentroidSearch, detectors: Sequence[Any], signal: str, motor: Any) -> MsgGenerator:
    fields = get_hinted_fields(motor)
    position_field = fields[0] if len(fields) == 1 else motor.name
    yield from predeclare(motor, *detectors)
    while not search.done:
        yield from checkpoint()
        yield from mv(motor, search.position)
        readings = yield from trigger_and_read([*detectors, motor])
        value = number_in("tune_centroid", readings, signal)
        position = number_in("tune_centroid", readings, position_field)
        # Listed instead of run: as if there were no signal.
        search.measured(position or 0.0, value or 0.0)
    if search.peak is not None:
        yield from mv(motor, search.peak)


def tweak(
    detector: Readable,
    target_field: Annotated[str, "the value to show, a data key of the detector"],
    motor: NamedMovable,
    step: float,
    *,
    md: dict[str, Any] | None = None,
) -> MsgGenerator:
    """Move a motor step by step, each as large as somebody types, and read; for a terminal.

    The prompt has the motor's name, where it is, the value and the last step. Nothing typed is the same step again;
    what is no number ends the plan. Raises ValueError while it runs when `target_field` is not read, or is not finite.
    """
    check_detectors("tweak", [detector])
    check_motor("tweak", motor)
    check_field("tweak", "target_field", target_field)
    finite_number("tweak: step", step)
    document = {
        "plan_args": {
            "detector": repr(detector),
            "target_field": target_field,
            "motor": repr(motor),
            "step": step,
        },
        "plan_name": "tweak",
    }
    plan = _tweaking(detector, target_field, motor, step)
    return (yield from run_with_one_motor(plan, [detector], motor, document, md))


def _tweaking(detector: Any, field: str, motor: Any, step: float) -> MsgGenerator:
    group = unique_group("tweak")
    while True:
        yield Msg("create", None, name="primary")
        position = yield Msg("read", motor)
        if position is None:  # listed instead of run: nobody is there to end it
            return
        where = next(iter(position.values()))["value"]
        if callable(getattr(detector, "trigger", None)):
            yield Msg("trigger", detector, group=group)
        yield Msg("wait", None, group=group)
        value = number_in("tweak", (yield Msg("read", detector)), field)
        yield Msg("save")
        shown = math.nan if value is None else value
        wanted = _number_typed(
            (yield Msg("input", prompt=f"{motor.name}, {float(where):.3}, {shown:.3}, ({step}) ")), step
        )
        if wanted is None:
            return
        step = wanted
        yield Msg("set", motor, where + step, group=group)
        yield Msg("wait", None, group=group)


def _number_typed(typed: str | None, last: float) -> float | None:
    """The step that somebody typed; the last one for nothing, None for what is no number to go by."""
    if not typed:
        return last
    try:
        step = float(typed)
    except ValueError:
        return None
    return step if math.isfinite(step) else None
