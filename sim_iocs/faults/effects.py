"""What is wrong with each PV, now.

Rules of this file: an effect is a level that follows from the faults which are active, never a step: two faults on one
PV may begin and end in any order.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from caproto import AlarmSeverity, AlarmStatus

from .kinds import Fault, FaultError, Kind
from .lies import alarm_of, wrong_value

__all__ = ["HEALTHY", "Effect", "combined"]


@dataclass(frozen=True)
class Effect:
    """What is wrong with one PV. `value` is what clients are told, None for the true one; so is `alarm`."""

    disconnected: bool = False
    frozen: bool = False
    refuses: bool = False
    delay: float = 0.0
    value: Any = field(default=None, compare=False)
    alarm: tuple[AlarmStatus, AlarmSeverity] | None = None

    @property
    def lies(self) -> bool:
        """Whether clients are told something wrong."""
        return self.value is not None or self.alarm is not None

    @property
    def keeps_requests(self) -> bool:
        """Whether what is asked of it has to wait."""
        return self.frozen or self.disconnected


HEALTHY = Effect()


def combined(faults: Iterable[Fault], pv: Any) -> Effect:
    """What these faults, in the order in which they began, do to a PV; of contradicting ones the last counts.

    Raises FaultError for a value that this PV cannot have.
    """
    effect = HEALTHY
    for fault in faults:
        effect = replace(effect, **_part(fault, pv))
    return effect


def _part(fault: Fault, pv: Any) -> dict[str, Any]:
    match fault.kind:
        case Kind.DISCONNECT:
            return {"disconnected": True}
        case Kind.FREEZE:
            return {"frozen": True}
        case Kind.REFUSE:
            return {"refuses": True}
        case Kind.DELAY:
            return {"delay": _seconds(fault)}
        case Kind.SEVERITY:
            return {"alarm": alarm_of(fault.text)}
        case Kind.NAN:
            return {"value": wrong_value(pv, "nan")}
        case _:
            return {"value": wrong_value(pv, fault.text)}


def _seconds(fault: Fault) -> float:
    try:
        delay = float(fault.value)
    except ValueError:
        delay = -1.0
    if not 0 <= delay < float("inf"):
        raise FaultError(f"a delay is a number of seconds, 0 or more, not '{fault.text}'")
    return delay
