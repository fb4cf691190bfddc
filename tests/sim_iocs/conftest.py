"""A beamline without sockets, in fake time."""

import pytest

from reioc.sim_iocs.beamline import Beamline
from reioc.sim_iocs.model import build_model

from .fakes import FakeClock


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def beamline(clock: FakeClock) -> Beamline:
    """All PVs, not served; a group's `run` has not run yet."""
    return Beamline("T:", build_model(clock))
