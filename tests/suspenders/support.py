"""A time that stands still until told, sources moved by hand, and an engine that only takes notes."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any

from reioc.suspenders import Condition, Floor, ManualSource, Sample, Severity, SuspenderBase
from reioc.suspenders.judge import Judge
from reioc.suspenders.settings import Rules
from reioc.suspenders.watched import Watched

GONE = Sample(None, Severity.INVALID, connected=False)


class FakeTimer:
    def __init__(self, due: float, call: Callable[[], None]) -> None:
        self.due, self.call, self.cancelled = due, call, False

    def cancel(self) -> None:
        self.cancelled = True


class FakeTime:
    """Clocks and `timer` for a suspender; `advance` fires what is due on the way, at its time."""

    SINCE_1970 = 1.7e9  # what the wall clock is ahead of the other one

    def __init__(self, now: float = 1000.0) -> None:
        self.now = now
        self.timers: list[FakeTimer] = []

    def clock(self) -> float:
        return self.now

    def wall_clock(self) -> float:
        return self.SINCE_1970 + self.now

    def timer(self, seconds: float, call: Callable[[], None]) -> FakeTimer:
        assert seconds >= 0
        timer = FakeTimer(self.now + seconds, call)
        self.timers.append(timer)
        return timer

    @property
    def pending(self) -> list[FakeTimer]:
        return [timer for timer in self.timers if not timer.cancelled]

    def advance(self, seconds: float) -> None:
        end = self.now + seconds
        while due := [timer for timer in self.pending if timer.due <= end]:
            first = min(due, key=lambda timer: timer.due)
            self.timers.remove(first)
            self.now = max(self.now, first.due)
            first.call()
        self.now = end


class FakeSource(ManualSource):
    """A ManualSource whose samples are stamped by a FakeTime, or as the test likes."""

    def __init__(self, name: str, time: FakeTime) -> None:
        super().__init__(name)
        self._time = time

    def report(self, value: Any, *, timestamp: float | None = None, **more: Any) -> None:
        self._report(Sample(value, timestamp=self._time.wall_clock() if timestamp is None else timestamp, **more))

    def put(self, value: Any, severity: Severity = Severity.NO_ALARM) -> None:
        self.report(value, severity=severity)


class RecordingKeeper:
    """A HoldKeeper that notes what it was asked, in order."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, str]] = []
        self.holds: dict[Hashable, str] = {}
        self.plans: list[tuple[Any, Any]] = []
        self.scopes: list[Any] = []

    def hold(
        self, owner: Hashable, reason: str, *, pre_plan: Any = None, post_plan: Any = None, scope: Any = None
    ) -> None:
        self.calls.append(("hold", reason))
        self.holds[owner] = reason
        self.plans.append((pre_plan, post_plan))
        self.scopes.append(scope)

    def release(self, owner: Hashable) -> None:
        self.calls.append(("release", ""))
        self.holds.pop(owner, None)

    def end_plan(self, how: str, reason: str, *, scope: Any = None) -> None:
        self.calls.append((str(how), reason))
        self.scopes.append(scope)

    def remark(self, text: str) -> None:
        self.calls.append(("remark", text))

    @property
    def verbs(self) -> list[str]:
        return [verb for verb, _ in self.calls]


class Rig:
    """A suspender over the source RING, bad below 100 and good again at 200 unless told otherwise."""

    BAD = "RING is 0, below 100; good again at 200"

    def __init__(self, *, value: Any = None, installed: bool = False, **settings: Any) -> None:
        self.time, self.keeper = FakeTime(), RecordingKeeper()
        self.source = FakeSource("RING", self.time)
        if value is not None:
            self.source.put(value)
        self.suspender = SuspenderBase(self.source, **({"condition": Floor(100, 200)} | self.clocks | settings))
        if installed:
            self.suspender.install(self.keeper)

    @property
    def clocks(self) -> dict[str, Any]:
        return {"clock": self.time.clock, "wall_clock": self.time.wall_clock, "timer": self.time.timer}


def begun(*, value: Any = 250.0, condition: Condition | None = None, message: str = "", **rules: Any) -> Judge:
    """A judge of RING that has begun at t = 0, with a value unless that is None."""
    judge = Judge([Watched("RING", condition or Floor(100, 200))], Rules(**rules), message=message)
    if value is not None:
        judge.see(Sample(value), 0.0)
    judge.begin(0.0)
    return judge
