"""The whole beamline, not served."""

import pytest

from reioc.sim_iocs.beamline import Beamline, serve
from reioc.sim_iocs.server import PortUnavailableError

from .fakes import FakeClock


def test_it_has_the_pvs_of_the_contract(beamline: Beamline) -> None:
    """Ring, shutter, two motors, one detector, under the prefix."""
    assert sorted(beamline.pvdb) == [
        "T:Ring:Current",
        "T:Ring:Dump",
        "T:Ring:Mode",
        "T:Ring:Restore",
        "T:Shutter:Close",
        "T:Shutter:Open",
        "T:Shutter:Status",
        "T:det1:Acquire",
        "T:det1:Counts",
        "T:det1:Noise",
        "T:det1:Preset",
        "T:det1:Time",
        "T:m1",
        "T:m2",
    ]


def test_descriptions_fit_into_desc(beamline: Beamline) -> None:
    """Every PV has a DESC, of at most 40 characters, and no two are alike."""
    texts = [one.__doc__ or "" for one in beamline.pvdb.values()]

    assert [text for text in texts if not 0 < len(text) <= 40] == []
    assert len(set(texts)) == len(texts)


def test_an_address_that_is_not_ours_is_told(clock: FakeClock) -> None:
    """An interface that this machine does not have is an error that names it."""
    with pytest.raises(PortUnavailableError, match=r"TCP port 5066 of 192\.0\.2\.1 cannot be bound"):
        clock.run(serve(port=5066, interface="192.0.2.1"))
