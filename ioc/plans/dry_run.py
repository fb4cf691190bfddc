"""A plan, tried without touching hardware: points, moves against limits, an estimate of its duration.

Rules of this file:
1. A plan is followed by imagined replies (imagined.py). It is Python, and its own statements run: what it would write
   to hardware by itself is kept from it, and ends the dry run.
2. What it raises is a mistake in its parameters only if it is a ValueError or TypeError, and comes before the first
   reply that would come from hardware: from then on it may be our imagination that it complains of. A wrong refusal is
   worse than a missed one: the plan itself refuses when it runs.
3. It comes to an end: after so many messages, or seconds, what is known by then is told.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import nullcontext, suppress
from dataclasses import dataclass, field
from typing import Any

from ...devices.no_hardware import HardwareInDryRun, no_hardware
from ...engine.plans.generators import ensure_generator
from ...engine.telling import name_of, told_by
from .blame import blamed_for_move, blamed_for_refusal
from .elsewhere import elsewhere
from .entry import BoundPlan
from .imagined import IMAGINED, Imagination
from .limits import Range, Targets
from .pace import Pace, detectors_of
from .parameter_errors import ParameterError
from .presence import devices_in
from .tally import Tally

__all__ = ["DryRun", "dry_run"]

MOST_MESSAGES = 200_000
LONGEST = 0.5
"""Seconds of work."""
STANDSTILL = 1000
"""Messages without a point, a move or a run: a plan that waits for something has come to where it waits."""
BREATHE = 64
"""Messages after which other threads get their turn: an engine may be running."""


@dataclass(frozen=True, slots=True)
class DryRun:
    """What a plan would do. `points` and `seconds` are None where nobody knows, and a guess unless `is_exact`.

    `lines` tell all of it to people; `problems` are mistakes for which it must not be started.
    """

    points: int | None
    seconds: float | None
    ranges: tuple[Range, ...]
    lines: tuple[str, ...]
    problems: tuple[ParameterError, ...]
    is_exact: bool = True
    targets: tuple[Targets, ...] = field(default=(), repr=False, compare=False)

    def beyond_limits(self, plan: BoundPlan) -> tuple[ParameterError, ...]:
        """Moves of the plan that was tried which go beyond the limits that devices have now; at once."""
        return tuple(_beyond(plan, self.targets, outermost=True))


def dry_run(
    plan: BoundPlan,
    pace: Pace | None = None,
    *,
    most: int = MOST_MESSAGES,
    longest: float = LONGEST,
    later: bool = False,
) -> DryRun:
    """Follow a plan for up to `most` messages and `longest` seconds. Never raises for what the plan does.

    Blocks meanwhile: to be called in a thread in which nothing else is done. `pace` knows how long plans take.
    `later`: devices may be elsewhere by the time at which it runs.
    """
    trial = _Trial(plan, imagination=Imagination(later=later))
    unknown = elsewhere(devices_in((*plan.args, plan.kwargs)), trial.imagination.place) if later else nullcontext()
    with no_hardware() as trial.written:
        with unknown:
            trial.follow(most, longest)
        trial.check_limits()
    return trial.result(pace)


@dataclass(slots=True)
class _Trial:
    """One plan, being tried."""

    plan: BoundPlan
    tally: Tally = field(default_factory=Tally)
    imagination: Imagination = field(default_factory=Imagination)
    problems: list[ParameterError] = field(default_factory=list)
    remarks: dict[str, None] = field(default_factory=dict)
    written: list[str] = field(default_factory=list)
    is_whole: bool = False
    """Whether it came to its end."""

    def follow(self, most: int, longest: float) -> None:
        """Go through the plan, and close it."""
        try:
            messages = ensure_generator(self.plan.make())
        except Exception as error:
            self._raised(error)
            return
        try:
            self._answer(messages, most, longest)
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # whatever a plan raises, SystemExit as well
            self._raised(error)
        finally:
            # It may answer that with another message, or with an error: it is not asked any further.
            with suppress(Exception):
                messages.close()

    def _answer(self, messages: Any, most: int, longest: float) -> None:
        tally, imagination, reply = self.tally, self.imagination, None
        is_late = _deadline(longest)
        while True:
            try:
                msg = messages.send(reply)
            except StopIteration:
                self.is_whole = True
                return
            if self.written:  # the plan has passed over it
                return
            tally.is_certain = not imagination.decides_by
            tally.see(msg)
            reply = imagination.reply(msg)
            if tally.messages >= most or tally.idle >= STANDSTILL or is_late():
                self.remarks[f"it was followed for its first {tally.messages} messages"] = None
                return
            if not tally.messages % BREATHE:
                time.sleep(0)

    def _raised(self, error: BaseException) -> None:
        if self.written or isinstance(error, HardwareInDryRun):
            return
        if isinstance(error, ValueError | TypeError) and not self.imagination.is_asked:
            self.problems.append(blamed_for_refusal(self.plan, error))
        else:
            self.remarks[f"it ended after {self.tally.messages} messages with {told_by(error)}"] = None

    def check_limits(self) -> None:
        """What a device refuses is a problem, of the parameter that asks for it."""
        targets = tuple(self.tally.targets.values())
        self.problems += _beyond(self.plan, targets, remarks=self.remarks)
        for name in self.imagination.decides_by:
            if any(name_of(each.device) == name for each in targets):
                self.remarks[f"where {name} is now is not known: {IMAGINED:g} is taken for it"] = None

    def result(self, pace: Pace | None) -> DryRun:
        """What is known now."""
        targets = tuple(self.tally.targets.values())
        ranges = tuple(each.range() for each in targets)
        if self.written:
            text = f"the plan writes {self.written[0]} itself: points and duration are unknown"
            lines = (text, *self.tally.lines())
            return DryRun(None, None, ranges, lines, tuple(self.problems), False, targets)
        points, is_exact, first = self._points()
        seconds, last = self._seconds(points, pace)
        lines = (first, *self.tally.lines(), *self.remarks, *self.imagination.remarks, *last)
        return DryRun(points, seconds, ranges, lines, tuple(self.problems), is_exact, targets)

    @property
    def _has_not_begun(self) -> bool:
        return not self.tally.messages and not self.is_whole

    def _seconds(self, points: int | None, pace: Pace | None) -> tuple[float | None, list[str]]:
        """How long it takes, if that is known, and the same for people."""
        if self._has_not_begun:
            return None, []
        sleeps = self.tally.sleeps
        estimate = pace.estimate(self.plan.name, detectors_of(self.plan), points) if pace is not None else None
        if estimate is not None:
            seconds = max(estimate.seconds, sleeps)
            is_all = self.is_whole or points is None or points == self.tally.announced
            return seconds, [f"{'about' if is_all else 'at least'} {_duration(seconds)} ({estimate.text})"]
        if sleeps:
            return sleeps, [f"at least {_duration(sleeps)}: how long the rest takes is not known yet"]
        return None, []

    def _points(self) -> tuple[int | None, bool, str]:
        """How many points, whether that is certain, and both for people."""
        tally, guessed = self.tally, ", ".join(self.imagination.decides_by)
        runs = "no run" if not tally.runs else "1 run" if tally.runs == 1 else f"{tally.runs} runs"
        counted, announced = tally.points, tally.announced
        if self._has_not_begun:
            return None, False, "it has refused its parameters" if self.problems else "it cannot be tried"
        if self.is_whole and not tally.runs and not counted:
            return 0, True, runs
        if tally.collects_points and not announced:
            return None, False, f"{runs}; how many points the flyers bring is not known"
        if not self.is_whole and announced is not None and announced >= counted:
            return announced, False, f"{runs}, {_points(announced)}, as it says of itself"
        if not self.is_whole:
            return counted, False, f"{runs}, at least {_points(counted)}"
        if guessed:
            return counted, False, f"{runs}, about {_points(counted)}: it decides by {guessed}"
        return max(counted, announced or 0) if tally.collects_points else counted, True, f"{runs}, {_points(counted)}"


def _deadline(longest: float) -> Callable[[], bool]:
    """Whether so many seconds of work are over; a busy machine does not count, but for twice the time altogether."""
    work, wall = time.thread_time() + longest, time.monotonic() + 2 * longest
    return lambda: time.thread_time() > work or time.monotonic() > wall


def _beyond(
    plan: BoundPlan, every: Iterable[Targets], *, outermost: bool = False, remarks: dict[str, None] | None = None
) -> Iterator[ParameterError]:
    for targets in every:
        try:
            refused = targets.refused(outermost=outermost)
        except LookupError as unknown:
            if remarks is not None:
                remarks[f"limits of {name_of(targets.device)} are not checked: {unknown}"] = None
            continue
        if refused is not None:
            yield blamed_for_move(plan, targets.device, refused.value, refused.why)


def _points(number: int) -> str:
    return "1 point" if number == 1 else f"{number} points"


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.2g} s" if seconds < 10 else f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"
