"""Scans whose steps are as small as the signal is steep."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from ..messages import Msg, MsgGenerator
from ..protocols import NamedMovable, Readable
from .arguments import finite_number
from .devices import separate_devices
from .generators import unique_group
from .one_motor import check_line, run_with_one_motor
from .readings import check_field, number_in
from .steps import predeclare
from .stubs.messages import checkpoint
from .stubs.motion import mv
from .trajectories import relative_and_back

__all__ = ["AdaptiveSteps", "adaptive_scan", "rel_adaptive_scan", "relative_adaptive_scan"]


class AdaptiveSteps:
    """Where an adaptive scan goes next; sans I/O. `position` is where to measure, until `done`.

    The next step is what would change the signal by `target_delta` if its slope stayed, between `min_step` and
    `max_step`; a fifth of the way towards it is taken at once. With `backstep` the motor goes back when the step that
    was taken turns out too large: when the next is smaller than `threshold` times it.
    """

    def __init__(
        self,
        start: float,
        stop: float,
        min_step: float,
        max_step: float,
        target_delta: float,
        backstep: bool,
        threshold: float | None,
    ) -> None:
        self.position = start
        self._stop = stop
        self._sign = 1 if stop >= start else -1
        self._smallest, self._largest = min_step, max_step
        self._target = target_delta
        self._too_large = threshold if backstep and threshold is not None else 0
        self._step = (max_step - min_step) / 2
        self._past: float | None = None

    @property
    def done(self) -> bool:
        """Whether `position` has passed the end, which itself is not measured."""
        return self.position * self._sign >= self._stop * self._sign

    def measured(self, value: float) -> None:
        """Go on from `position`, where the signal is `value`."""
        if self._past is None:
            self._past = value
        else:
            wanted = self._wanted(abs(value - self._past) / self._step)
            if wanted < self._step * self._too_large:
                self.position -= self._step * self._sign
                self._step = wanted
            else:
                self._past = value
                self._step = 0.2 * wanted + 0.8 * self._step
        self.position += self._step * self._sign

    def _wanted(self, slope: float) -> float:
        if not slope:
            return min(self._step * 1.1, self._largest)
        return min(max(self._target / slope, self._smallest), self._largest)


def adaptive_scan(
    detectors: Sequence[Readable],
    target_field: Annotated[str, "the value to follow, a data key of a detector"],
    motor: NamedMovable,
    start: float,
    stop: float,
    min_step: Annotated[float, "smallest step, where the signal is steep"],
    max_step: Annotated[float, "largest step, where the signal is flat"],
    target_delta: Annotated[float, "how much the signal should change from point to point"],
    backstep: Annotated[bool, "whether the motor may go back"],
    threshold: Annotated[float | None, "it goes back when the next step is smaller than this part of the last"] = 0.8,
    *,
    md: dict[str, Any] | None = None,
) -> MsgGenerator:
    """Move a motor from start towards stop in steps of which each changes `target_field` by about `target_delta`.

    Raises ValueError while it runs when `target_field` is not read, or is not finite.
    """
    steps = _checked_steps(
        "adaptive_scan",
        detectors,
        target_field,
        motor,
        (start, stop, min_step, max_step, target_delta, backstep, threshold),
    )
    document = {
        "plan_args": {
            "detectors": list(map(repr, detectors)),
            "motor": repr(motor),
            "start": start,
            "stop": stop,
            "min_step": min_step,
            "max_step": max_step,
            "target_delta": target_delta,
            "backstep": backstep,
            "threshold": threshold,
        },
        "plan_name": "adaptive_scan",
    }
    plan = _follow(steps, detectors, target_field, motor)
    return (yield from run_with_one_motor(plan, detectors, motor, document, md))


def rel_adaptive_scan(
    detectors: Sequence[Readable],
    target_field: Annotated[str, "the value to follow, a data key of a detector"],
    motor: NamedMovable,
    start: float,
    stop: float,
    min_step: Annotated[float, "smallest step, where the signal is steep"],
    max_step: Annotated[float, "largest step, where the signal is flat"],
    target_delta: Annotated[float, "how much the signal should change from point to point"],
    backstep: Annotated[bool, "whether the motor may go back"],
    threshold: Annotated[float | None, "it goes back when the next step is smaller than this part of the last"] = 0.8,
    *,
    md: dict[str, Any] | None = None,
) -> MsgGenerator:
    """As `adaptive_scan`, from where the motor is, to which it is moved back at the end."""
    line = (start, stop, min_step, max_step, target_delta, backstep, threshold)
    _checked_steps("rel_adaptive_scan", detectors, target_field, motor, line)
    md = {"plan_name": "rel_adaptive_scan", **(md or {})}
    plan = adaptive_scan(detectors, target_field, motor, *line, md=md)
    return (yield from relative_and_back(plan, [motor]))


relative_adaptive_scan = rel_adaptive_scan  # bluesky's older name


def _checked_steps(plan: str, detectors: Any, target_field: Any, motor: Any, line: tuple[Any, ...]) -> AdaptiveSteps:
    start, stop, min_step, max_step, target_delta, _, threshold = line
    check_line(plan, detectors, motor, start, stop)
    check_field(plan, "target_field", target_field)
    for what, value in (("min_step", min_step), ("max_step", max_step), ("target_delta", target_delta)):
        finite_number(f"{plan}: {what}", value, above=0)
    if not min_step < max_step:
        raise ValueError(f"{plan}: min_step must be smaller than max_step, not {min_step!r} and {max_step!r}")
    # Above 1 it would go back and forth at one place for ever: the smallest step would always be too large.
    if threshold is not None and not 0 <= finite_number(f"{plan}: threshold", threshold) <= 1:
        raise ValueError(f"{plan}: threshold must be between 0 and 1, not {threshold!r}")
    return AdaptiveSteps(*line)


def _follow(steps: AdaptiveSteps, detectors: Sequence[Any], field: str, motor: Any) -> MsgGenerator:
    devices = separate_devices([*detectors, motor])
    group = unique_group("trigger")
    yield from predeclare(*devices)
    while not steps.done:
        yield from checkpoint()
        yield from mv(motor, steps.position)
        readings = yield from _read_after_create(detectors, devices, group)
        value = number_in("adaptive_scan", readings, field)
        # Listed instead of run: as if there were no signal.
        steps.measured(0.0 if value is None else value)


def _read_after_create(detectors: Sequence[Any], devices: Sequence[Any], group: str) -> MsgGenerator:
    """An event in bluesky's order for this plan, in which the event is begun before the detectors are triggered."""
    readings: dict[str, Any] = {}
    yield Msg("create", None, name="primary")
    for detector in detectors:
        if callable(getattr(detector, "trigger", None)):
            yield Msg("trigger", detector, group=group)
    yield Msg("wait", None, group=group)
    for device in devices:
        readings.update((yield Msg("read", device)) or {})
    yield Msg("save")
    return readings
