"""Kinds of faults, as data.

Rules of this file: a fault is described here and done nowhere here; it is made of plain values, so that a PV, a line of
TOML and Python say the same.
"""

from dataclasses import dataclass
from enum import StrEnum

__all__ = ["AXIS_KINDS", "PV_KINDS", "SERVER_KINDS", "WITH_VALUE", "Fault", "FaultError", "Kind"]


class FaultError(ValueError):
    """A fault that cannot be injected, or a scenario that cannot be played: what is wrong, and what would be right.

    Raised before anything is done; whoever asked for it is told.
    """


class Kind(StrEnum):
    """What can go wrong."""

    DISCONNECT = "disconnect"
    FREEZE = "freeze"
    DELAY = "delay"
    VALUE = "value"
    NAN = "nan"
    SEVERITY = "severity"
    REFUSE = "refuse"
    STALL = "stall"
    LIMIT = "limit"
    UNPOWERED = "unpowered"
    RESTART = "restart"
    CRASH = "crash"


AXIS_KINDS = frozenset({Kind.STALL, Kind.LIMIT, Kind.UNPOWERED})
"""What goes wrong with a motor; the PV is the motor's."""

SERVER_KINDS = frozenset({Kind.RESTART, Kind.CRASH})
"""What goes wrong with the whole server; there is no PV."""

PV_KINDS = frozenset(Kind) - AXIS_KINDS - SERVER_KINDS

WITH_VALUE = frozenset({Kind.DELAY, Kind.VALUE, Kind.SEVERITY, Kind.LIMIT})


@dataclass(frozen=True)
class Fault:
    """One thing that goes wrong.

    `pv` is a name with or without the prefix, or a pattern with `*`, `?`, `[…]`; a field is given as in `m1.RBV`.
    `duration` is in simulated seconds, 0 until it is cleared. `value` is the wrong value (value), seconds (delay),
    MINOR, MAJOR, INVALID or NO_ALARM, with a status behind it if need be, as in "MAJOR HIHI" (severity), low or high
    (limit). Raises FaultError for what cannot be right whatever the PVs are.
    """

    kind: Kind
    pv: str = ""
    value: str | float = ""
    duration: float = 0.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "kind", _kind(self.kind))
        object.__setattr__(self, "pv", self.pv.strip())
        if not 0 <= self.duration < float("inf"):
            raise FaultError(f"the duration must be 0 (until it is cleared) or more seconds, not {self.duration}")
        self._check_pv()
        if self.kind not in WITH_VALUE and self.text:
            raise FaultError(f"{self.kind} takes no value; it was given '{self.text}'")

    @property
    def text(self) -> str:
        """The value as text."""
        return str(self.value).strip()

    def _check_pv(self) -> None:
        if self.kind not in SERVER_KINDS:
            if not self.pv:
                raise FaultError(f"{self.kind} needs the name of a PV")
        elif self.pv:
            raise FaultError(f"{self.kind} is for the whole server; it takes no PV, and was given '{self.pv}'")
        elif not self.duration:
            raise FaultError(f"{self.kind} needs a duration above 0: nobody could tell a server that is away to return")

    def __str__(self) -> str:
        words = [self.kind.value, self.pv, self.text]
        if self.duration:
            words.append(f"for {self.duration:g} s")
        return " ".join(word for word in words if word)


def _kind(text: str) -> Kind:
    try:
        return Kind(text)
    except ValueError:
        raise FaultError(f"'{text}' is no kind of fault; there are {', '.join(Kind)}") from None
