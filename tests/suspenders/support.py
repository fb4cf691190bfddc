"""A time that stands still until told, and an engine that only takes notes."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any


class FakeTimer:
    def __init__(self, due: float, call: Callable[[], None]) -> None:
        self.due, self.call, self.cancelled = due, call, False

    def cancel(self) -> None:
        self.cancelled = True


class FakeTime:
    """`clock` and `timer` for a suspender; `advance` fires what is due on the way, at its time."""

    def __init__(self, now: float = 1000.0) -> None:
        self.now = now
        self.timers: list[FakeTimer] = []

    def clock(self) -> float:
        return self.now

    def timer(self, seconds: float, call: Callable[[], None]) -> FakeTimer:
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


class RecordingKeeper:
    """A HoldKeeper that notes what it was asked, in order."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, str]] = []
        self.holds: dict[Hashable, str] = {}
        self.plans: list[tuple[Any, Any]] = []

    def hold(self, owner: Hashable, reason: str, *, pre_plan: Any = None, post_plan: Any = None) -> None:
        self.calls.append(("hold", reason))
        self.holds[owner] = reason
        self.plans.append((pre_plan, post_plan))

    def release(self, owner: Hashable) -> None:
        self.calls.append(("release", ""))
        self.holds.pop(owner, None)

    def request_abort(self, reason: str) -> None:
        self.calls.append(("abort", reason))

    @property
    def verbs(self) -> list[str]:
        return [verb for verb, _ in self.calls]
