"""The simulated beamline: a table of contents, and how to serve it."""

import asyncio
from collections.abc import Callable

from caproto.server import PVGroup, SubGroup

from .clock import ScaledClock
from .model import BeamlineModel, build_model
from .motor.group import MotorGroup
from .pvs.detector import DetectorGroup
from .pvs.ring import RingGroup
from .pvs.shutter import ShutterGroup
from .server import check_port, serve_pvs


class Beamline(PVGroup):
    """All PVs of the beamline."""

    ring = SubGroup(RingGroup, prefix="Ring:")
    shutter = SubGroup(ShutterGroup, prefix="Shutter:")
    m1 = SubGroup(MotorGroup, prefix="m1")
    m2 = SubGroup(MotorGroup, prefix="m2")
    det1 = SubGroup(DetectorGroup, prefix="det1:")

    def __init__(self, prefix: str, model: BeamlineModel) -> None:
        super().__init__(prefix)
        self.ring.link(model.ring, model.clock)
        self.shutter.link(model.shutter, model.clock)
        self.m1.link(model.m1, model.clock, "Sample, across the beam")
        self.m2.link(model.m2, model.clock, "Sample, along the beam")
        self.det1.link(model.det1, model.clock)

    async def run(self) -> None:
        """Keep the PVs true, for ever."""
        async with asyncio.TaskGroup() as tasks:
            for group in (self.ring, self.shutter, self.m1, self.m2, self.det1):
                tasks.create_task(group.run())


async def serve(
    prefix: str = "DEMO:",
    port: int = 5066,
    interface: str = "127.0.0.1",
    speed: float = 1.0,
    on_ready: Callable[[], None] = lambda: None,
) -> None:
    """Serve the beamline until cancelled, with time running `speed` times faster than real.

    `on_ready` is called once, when clients can connect. Raises `server.PortUnavailableError`; in an exception
    group, if somebody takes the port while this starts.
    """
    check_port(interface, port)
    beamline = Beamline(prefix, build_model(ScaledClock(speed)))
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(beamline.run())
        tasks.create_task(serve_pvs(beamline.pvdb, interface, port, on_ready))
