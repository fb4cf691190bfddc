"""The whole beamline, not served."""

import pytest

from reioc.sim_iocs.beamline import Beamline, serve
from reioc.sim_iocs.server import PortUnavailableError

from .fakes import FakeClock


def test_descriptions_fit_into_desc(beamline: Beamline) -> None:
    """Every PV has a DESC, of at most 40 characters."""
    texts = {name: pv.__doc__ or "" for name, pv in beamline.pvdb.items()}

    assert [(name, text) for name, text in texts.items() if not 0 < len(text) <= 40] == []


def test_units_are_told_in_egu_as_well(beamline: Beamline) -> None:
    """What comes with a value and what a client asks of the record are the same."""
    for pv, unit in ((beamline.ring.current, "mA"), (beamline.temperature.ramp, "K/min"), (beamline.det1.preset, "s")):
        assert (pv.units, pv.get_field("EGU").value) == (unit, unit)


def test_an_address_that_is_not_ours_is_told(clock: FakeClock) -> None:
    """An interface that this machine does not have is an error that names it."""
    with pytest.raises(PortUnavailableError, match=r"TCP port 5066 of 192\.0\.2\.1 cannot be bound"):
        clock.run(serve(port=5066, interface="192.0.2.1"))
