"""What can go wrong with a motor's axis."""

from collections.abc import Sequence
from typing import Protocol

from .kinds import Fault, FaultError, Kind

__all__ = ["FaultyAxis", "check_switch", "suffer"]

_SWITCHES = ("low", "high")


class FaultyAxis(Protocol):
    """An axis that can be broken."""

    def stall(self, on: bool) -> None:
        """The mechanics stand, whatever is commanded."""
        ...

    def force_switch(self, low: bool | None = None, high: bool | None = None) -> None:
        """Limit switches that are hit wherever it is; with None the real one counts."""
        ...

    def power(self, on: bool) -> None:
        """Whether the motor has current."""
        ...


def check_switch(fault: Fault) -> None:
    """Raises FaultError for a limit that is none."""
    if fault.kind is Kind.LIMIT and fault.text not in _SWITCHES:
        raise FaultError(f"a limit is one of {' and '.join(_SWITCHES)}, not '{fault.text}'")


def suffer(axis: FaultyAxis, kind: Kind, faults: Sequence[Fault]) -> None:
    """Make true of an axis what its active faults of this kind say."""
    values = [fault.text for fault in faults if fault.kind is kind]
    match kind:
        case Kind.STALL:
            axis.stall(bool(values))
        case Kind.UNPOWERED:
            axis.power(not values)
        case _:
            low, high = ((True if switch in values else None) for switch in _SWITCHES)
            axis.force_switch(low=low, high=high)
