"""What a source reports."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Any

__all__ = ["Sample", "Severity", "severity_of"]


class Severity(IntEnum):
    """EPICS' alarm severities."""

    NO_ALARM = 0
    MINOR = 1
    MAJOR = 2
    INVALID = 3


@dataclass(frozen=True, slots=True)
class Sample:
    """One report: `value` is None where there is none, `timestamp` is the source's own, in seconds since 1970.

    `labels` are those of an enum's states. `problem` says why a value that came could not be understood.
    """

    value: Any
    severity: Severity = Severity.NO_ALARM
    connected: bool = True
    timestamp: float = 0.0
    labels: tuple[str, ...] = ()
    problem: str = ""


def severity_of(reported: Any) -> Severity:
    """The severity that a library reported, in whatever form; what is not to be understood counts as INVALID."""
    if reported is None:
        return Severity.NO_ALARM  # a soft signal has none to report
    try:
        return Severity(int(reported))
    except (TypeError, ValueError):
        return Severity.INVALID
