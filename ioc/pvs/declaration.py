"""What is said of a PV, once: for clients, archivers, alarm servers, and documentation.

Rules of this file:
1. A declaration is data: it can be listed without a server, and without making the PV.
2. The alarm of a value follows from the declaration, where it can; who writes the value need not know.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypedDict

from caproto import AlarmSeverity, AlarmStatus

__all__ = [
    "FAST",
    "INVALID",
    "LONGEST_DESCRIPTION",
    "MAJOR",
    "MINOR",
    "MONITOR",
    "NO_ALARM",
    "SLOW",
    "Alarm",
    "Archiving",
    "Declaration",
    "Guidance",
    "Kind",
    "Limit",
    "NumberSaid",
    "StatesSaid",
    "TextSaid",
]

NO_ALARM = AlarmSeverity.NO_ALARM
MINOR = AlarmSeverity.MINOR_ALARM
MAJOR = AlarmSeverity.MAJOR_ALARM
INVALID = AlarmSeverity.INVALID_ALARM

LONGEST_DESCRIPTION = 40
LONGEST_LABEL = 25
MOST_LABELS = 16

Alarm = tuple[AlarmStatus, AlarmSeverity]
_GOOD: Alarm = (AlarmStatus.NO_ALARM, NO_ALARM)


class Kind(StrEnum):
    """Who writes a PV, and what for."""

    DISPLAY = "display"
    """Only the IOC writes it."""
    SETTING = "setting"
    """Clients write it, and it stays as it was accepted."""
    COMMAND = "command"
    """Clients write it so that something is done."""


@dataclass(frozen=True, slots=True)
class Archiving:
    """How an archiver should take a PV: on every change (`MONITOR`), or every so often (`SCAN`)."""

    method: str
    period: float
    """Seconds: between two samples, or, for changes, the shortest time between two that is to be expected."""


FAST = Archiving("MONITOR", 0.1)
"""For what may change several times in a second."""
MONITOR = Archiving("MONITOR", 1.0)
SLOW = Archiving("SCAN", 60.0)
"""For what changes all the time and matters over days."""


@dataclass(frozen=True, slots=True)
class Limit:
    """A value from which on there is an alarm."""

    value: float
    severity: AlarmSeverity


@dataclass(frozen=True, slots=True)
class Guidance:
    """What operators do about the alarm of a PV, and how an alarm server should raise it."""

    text: str
    latching: bool = True
    """It stays until somebody acknowledges it, though the alarm is over."""
    annunciating: bool = False
    """It is spoken, or sounded."""
    delay: int = 0
    """Seconds that the alarm must last."""


@dataclass(frozen=True, kw_only=True)
class Declaration:
    """Everything about a PV but its value. Raises ValueError, naming the PV, for what EPICS could not show.

    A description has up to 40 characters, `LONGEST_DESCRIPTION`; of a longer one clients see the beginning.
    """

    name: str
    description: str
    kind: Kind
    record: str
    element: str
    """Type of its elements, as `.FTVL` calls it: DOUBLE, LONG, ENUM, STRING, CHAR (a long text)."""
    length: int = 1
    units: str = ""
    precision: int | None = None
    shown: tuple[float, float] | None = None
    """From where to where a screen shows it: LOPR, HOPR."""
    allowed: tuple[float, float] | None = None
    """What can be written: DRVL, DRVH. Whoever handles the put refuses more."""
    lolo: Limit | None = None
    low: Limit | None = None
    high: Limit | None = None
    hihi: Limit | None = None
    labels: tuple[str, ...] = ()
    severities: Mapping[str, AlarmSeverity] = field(default_factory=dict)
    """Of labels; those that are not in it are no alarm."""
    archive: Archiving | None = None
    guidance: Guidance | None = None
    """Of a PV that an alarm server should watch."""

    def __post_init__(self) -> None:
        """Refuse what could not be served, when the IOC is imported rather than when it runs."""
        wrong = self._wrong()
        if wrong:
            raise ValueError(f"{self.name}: {wrong}")

    def _wrong(self) -> str:
        if len(self.labels) > MOST_LABELS or any(len(label) > LONGEST_LABEL for label in self.labels):
            return f"up to {MOST_LABELS} labels of up to {LONGEST_LABEL} characters, not {self.labels}"
        strangers = [label for label in self.severities if label not in self.labels]
        if strangers:
            return f"severities of {', '.join(strangers)}, but its labels are: {', '.join(self.labels) or 'none'}"
        limits = [limit.value for limit in (self.lolo, self.low, self.high, self.hihi) if limit]
        if limits != sorted(limits):
            return f"lolo ≤ low ≤ high ≤ hihi, not {limits}"
        wrong = [pair for pair in (self.shown, self.allowed) if pair is not None and not pair[0] < pair[1]]
        return f"the lower limit comes first, and is lower: {wrong[0]}" if wrong else ""

    def rule(self) -> Callable[[Any], Alarm] | None:
        """The alarm by the value; None where it does not follow from the value."""
        if self.severities:
            alarms: dict[Any, Alarm] = {
                label: (AlarmStatus.STATE, severity) for label, severity in self.severities.items() if severity
            }
            # An index is a label, too.
            alarms |= {self.labels.index(label): alarm for label, alarm in alarms.items()}
            return lambda value: alarms.get(value, _GOOD)
        uppers = _alarms((self.hihi, AlarmStatus.HIHI), (self.high, AlarmStatus.HIGH))
        lowers = _alarms((self.lolo, AlarmStatus.LOLO), (self.low, AlarmStatus.LOW))
        return _by_limits(uppers, lowers) if uppers or lowers else None


def _alarms(*limits: tuple[Limit | None, AlarmStatus]) -> list[tuple[float, Alarm]]:
    return [(limit.value, (status, limit.severity)) for limit, status in limits if limit is not None]


def _by_limits(uppers: list[tuple[float, Alarm]], lowers: list[tuple[float, Alarm]]) -> Callable[[Any], Alarm]:
    """The outer limits come first; a value at its limit is an alarm, as in EPICS' records."""

    def alarm(value: Any) -> Alarm:
        for limit, found in uppers:
            if value >= limit:
                return found
        for limit, found in lowers:
            if value <= limit:
                return found
        return _GOOD

    return alarm


# What the factories of PVs take

LimitPair = tuple[float, AlarmSeverity]


class NumberSaid(TypedDict, total=False):
    """What can be said of a number; an alarm limit is a value and its severity, `high=(2, MINOR)`."""

    units: str
    shown: tuple[float, float]
    """LOPR and HOPR: what a bar or a plot of it shows."""
    allowed: tuple[float, float]
    """DRVL and DRVH, of a setting: what clients can write."""
    lolo: LimitPair
    low: LimitPair
    high: LimitPair
    hihi: LimitPair
    archive: Archiving | None
    guidance: Guidance


class StatesSaid(TypedDict, total=False):
    """What can be said of states; each change is archived, unless something else is said."""

    severities: Mapping[str, AlarmSeverity]
    """By label."""
    archive: Archiving | None
    guidance: Guidance


class TextSaid(TypedDict, total=False):
    """What can be said of texts."""

    archive: Archiving | None
    guidance: Guidance
