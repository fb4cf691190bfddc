"""Plans that XF99 offers beside the library's."""

from collections.abc import Iterator, Sequence
from typing import Annotated, Any

from annotated_types import Ge, Le
from reioc.engine.plans import Units, stubs
from reioc.engine.protocols import Readable

from .devices import GasCell

Pressure = Annotated[float, Units("mbar"), Ge(0), Le(1500)]


def pressure_series(detectors: Sequence[Readable], cell: GasCell, pressures: Sequence[Pressure]) -> Iterator[Any]:
    """Read the detectors at each pressure of the gas cell, and empty it afterwards."""
    yield from stubs.open_run({"plan_name": "pressure_series", "num_points": len(pressures)})
    for pressure in pressures:
        yield from stubs.checkpoint()
        yield from stubs.mv(cell, pressure)
        yield from stubs.trigger_and_read([*detectors, cell])
    yield from stubs.close_run()
    yield from stubs.mv(cell, 0.0)


CATALOGUE = [pressure_series]
