"""What a suspender shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .conditions import in_short, limits_of
from .judge import Judge
from .sample import Severity
from .settings import Rules
from .together import all_of

__all__ = ["SuspenderStatus", "limits_in_words", "status_of"]


@dataclass(frozen=True)
class SuspenderStatus:
    """All there is to know of a suspender at one moment.

    `tripped`: it is bad (settle time included), and unless its action is `warn` it holds the engine; `reason` says why,
    `since` since when (s since 1970). `value` is the last one known, even while not `connected`; of several sources the
    first one's. `countdown` and `bypass_left` are the seconds until it lets go, and until it may hold again; None
    unless that runs. `muted`: the engine's master switch is off. Limits that its kind does not have are None.
    `time_lost` is in seconds.
    """

    name: str
    source: str
    kind: str
    rules: Rules
    scope: Any
    muted: bool
    tripped: bool
    connected: bool
    severity: Severity
    value: Any
    low: float | None
    high: float | None
    resume_low: float | None
    resume_high: float | None
    expected: Any
    at_severity: Severity | None
    older_than: float | None
    reason: str
    since: float | None
    countdown: float | None
    bypass_left: float | None
    bypass_by: str
    trips: int
    time_lost: float

    @property
    def enabled(self) -> bool:
        """Whether it may hold the engine, bypasses and the master switch aside."""
        return self.rules.enabled


def status_of(
    judge: Judge, name: str, *, since: float | None, bypass_by: str, scope: Any, now: float
) -> SuspenderStatus:
    """The status of a judge at `now` (s, monotonic); `since` is in seconds since 1970."""
    samples = [watched.sample for watched in judge.watched]
    connected = all(sample is not None and sample.connected for sample in samples)
    first = judge.watched[0]
    several = len(judge.watched) > 1
    return SuspenderStatus(
        name=name,
        source=", ".join(watched.name for watched in judge.watched),
        kind=judge.together.__name__ if several else first.condition.kind,
        rules=judge.rules,
        scope=scope,
        muted=judge.muted,
        tripped=judge.tripped,
        connected=connected,
        severity=max(sample.severity for sample in samples if sample) if connected else Severity.INVALID,
        value=first.value,
        reason=judge.reason,
        since=since,
        countdown=_left(judge.countdown_until, now),
        bypass_left=_left(judge.bypassed_until, now),
        bypass_by=bypass_by if judge.bypassed_until is not None else "",
        trips=judge.trips,
        time_lost=judge.time_lost(now),
        expected=None if several else getattr(first.condition, "expected", None),
        at_severity=None if several else getattr(first.condition, "at_severity", None),
        older_than=None if several else getattr(first.condition, "older_than", None),
        **(dict.fromkeys(("low", "high", "resume_low", "resume_high")) if several else limits_of(first.condition)),
    )


def limits_in_words(judge: Judge) -> str:
    """For people: when it trips, and is good again; of several sources with the name of each."""
    said = [
        (watched.name, in_short(watched.condition, watched.sample.labels if watched.sample else ()))
        for watched in judge.watched
    ]
    if len(said) == 1:
        return said[0][1]
    return (" and " if judge.together is all_of else " or ").join(f"{name} {text}" for name, text in said)


def _left(until: float | None, now: float) -> float | None:
    return None if until is None else max(0.0, until - now)
