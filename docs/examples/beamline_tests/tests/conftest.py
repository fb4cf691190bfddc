"""What the tests of XF99 share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from xf99.gas_cell_ioc import GasCellIOC

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="session")
def gas_cell_ioc(iocs) -> Iterator:
    """The gas cell's IOC, once for all tests, which leave it empty."""
    with iocs.pvgroup(GasCellIOC, "XF99:Gas:") as ioc:
        yield ioc


@pytest.fixture
def vacuum(start_soft_ioc):
    """The vacuum's IOC, as it runs at the beamline: EPICS Base and its database."""
    return start_soft_ioc(ROOT / "xf99" / "vacuum.db", macros={"P": "XF99:"}, prefix="XF99:")


@pytest.fixture
def engine(simulated_beamline, gas_cell_ioc, vacuum, start_engine):
    """The engine with the beamline's own configuration; the simulated beamline has the motors and detectors."""
    return start_engine(ROOT / "beamline.toml")
