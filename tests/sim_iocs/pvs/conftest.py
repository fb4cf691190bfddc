"""Ring, shutters and point detector alone: a whole beamline takes a quarter of a second to make."""

import pytest
from caproto.server import PVGroup, SubGroup

from reioc.sim_iocs.model import build_model
from reioc.sim_iocs.pvs.detector import DetectorGroup
from reioc.sim_iocs.pvs.ring import RingGroup
from reioc.sim_iocs.pvs.shutter import ShutterGroup

from ..fakes import FakeClock


class SmallBeamline(PVGroup):
    ring = SubGroup(RingGroup, prefix="Ring:")
    front_end = SubGroup(ShutterGroup, prefix="FE:")
    shutter = SubGroup(ShutterGroup, prefix="Shutter:")
    det1 = SubGroup(DetectorGroup, prefix="det1:")


@pytest.fixture
def beamline(clock: FakeClock) -> SmallBeamline:
    model, beamline = build_model(clock), SmallBeamline("T:")
    beamline.ring.link(model.ring, clock)
    beamline.front_end.link(model.front_end, clock, "front end", "the ring's interlock")
    beamline.shutter.link(model.shutter, clock, "photon shutter", "the hutch's interlock")
    beamline.det1.link(model.det1, clock)
    return beamline
