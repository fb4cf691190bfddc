"""What the simulated beamline serves, as a table."""

from collections.abc import Iterator
from dataclasses import dataclass

from .beamline import Beamline
from .clock import ScaledClock
from .model import build_model


@dataclass(frozen=True)
class Served:
    """One PV: its name, the record type that it reports, its unit, its DESC."""

    name: str
    record: str
    units: str
    description: str


def served(prefix: str = "DEMO:") -> Iterator[Served]:
    """Every PV of the simulated beamline, in the order of its parts."""
    for name, pv in Beamline(prefix, build_model(ScaledClock())).pvdb.items():
        yield Served(name, pv.reported_record_type, getattr(pv, "units", "") or "", pv.__doc__ or "")


def listed(prefix: str) -> Iterator[str]:
    """The table, line by line, in columns."""
    rows = [(pv.name, pv.record, pv.units, pv.description) for pv in served(prefix)]
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    for row in rows:
        yield "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip()
