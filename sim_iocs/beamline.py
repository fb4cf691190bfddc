"""The simulated beamline: a table of contents, and how to serve it."""

import asyncio
from collections.abc import Callable

from caproto import ChannelData
from caproto.server import PVGroup, SubGroup

from .area_detector.camera import CameraGroup
from .area_detector.hdf5 import Hdf5Group
from .area_detector.image import ImageGroup
from .clock import ScaledClock
from .faults.group import FaultGroup
from .faults.injector import FaultInjector
from .faults.library import Library
from .model import BeamlineModel, build_model
from .motor.all_stop import AllStop
from .motor.group import MotorGroup
from .pvs.detector import DetectorGroup
from .pvs.mono import MonoGroup
from .pvs.puts import SimulationGroup
from .pvs.ring import RingGroup
from .pvs.shutter import ShutterGroup
from .pvs.slit import SlitGroup
from .pvs.temperature import TemperatureGroup
from .records.busy import BusyGroup
from .records.scaler import ScalerGroup
from .records.sscan import ScanGroup
from .server import check_port, serve_pvs

_MOTORS = {
    "m1": "Sample, across the beam",
    "m2": "Sample, along the beam",
    "m3": "Sample, vertical",
    "m4": "Detector, along the beam",
}


class Beamline(PVGroup):
    """All PVs of the beamline."""

    ring = SubGroup(RingGroup, prefix="Ring:")
    front_end = SubGroup(ShutterGroup, prefix="FE:")
    shutter = SubGroup(ShutterGroup, prefix="Shutter:")
    slit = SubGroup(SlitGroup, prefix="slit:")
    mono = SubGroup(MonoGroup, prefix="Mono:")
    temperature = SubGroup(TemperatureGroup, prefix="Temp")
    m1 = SubGroup(MotorGroup, prefix="m1")
    m2 = SubGroup(MotorGroup, prefix="m2")
    m3 = SubGroup(MotorGroup, prefix="m3")
    m4 = SubGroup(MotorGroup, prefix="m4")
    all_stop = SubGroup(AllStop, prefix="allstop")
    det1 = SubGroup(DetectorGroup, prefix="det1:")
    scaler1 = SubGroup(ScalerGroup, prefix="scaler1")
    cam1 = SubGroup(CameraGroup, prefix="cam1:")
    image1 = SubGroup(ImageGroup, prefix="image1:")
    hdf1 = SubGroup(Hdf5Group, prefix="HDF1:")
    busy1 = SubGroup(BusyGroup, prefix="busy1")
    scan1 = SubGroup(ScanGroup, prefix="scan1")

    fault = SubGroup(FaultGroup, prefix="Fault:")

    def __init__(self, prefix: str, model: BeamlineModel, library: Library | None = None) -> None:
        super().__init__(prefix)
        self.ring.link(model.ring, model.clock)
        self.front_end.link(model.front_end, model.clock, "front end", "the ring's interlock")
        self.shutter.link(model.shutter, model.clock, "photon shutter", "the hutch's interlock")
        self.slit.link(model.slit, model.clock)
        self.mono.link(model.mono, model.clock)
        self.temperature.link(model.temperature, model.clock)
        for motor, description in _MOTORS.items():
            getattr(self, motor).link(model.axes[motor], model.clock, description)
        self.all_stop.link([getattr(self, motor) for motor in _MOTORS])
        self.det1.link(model.det1, model.clock)
        self.scaler1.link(model.scaler, model.clock)
        self._link_camera(model)
        self.busy1.link(model.clock, "Somebody works: 0 when it is done")
        self.scan1.link(self.pvdb, model.clock, "Scans the PVs of this IOC")
        self._model = model
        self._stopping: list[asyncio.Task[None]] = []
        self.injector = FaultInjector(
            self.pvdb, clock=model.clock, axes=model.axes, prefix=prefix, on_crash=self._lose_motions
        )
        self.fault.link(self.injector, library)

    def _lose_motions(self) -> None:
        """All that moves stands where it is, and the records know it, as after a start."""
        motors = (self.m1, self.m2, self.m3, self.m4, self.mono.bragg, self.mono.gap)
        self._model.stop_all()
        self._stopping = [asyncio.create_task(motor.halt()) for motor in motors]

    def _link_camera(self, model: BeamlineModel) -> None:
        plugins = (self.image1, self.hdf1)
        for plugin in plugins:
            plugin.link(model.clock)
        self.cam1.link(model.camera, model.clock, plugins)
        for group in (self.cam1, *plugins):
            group.find_attributes(self._find)

    def _find(self, name: str) -> ChannelData | None:
        """A record or a field by its name, or None."""
        record, _, field = name.partition(".")
        try:
            return self.pvdb[record].get_field(field)
        except KeyError:
            return None

    async def run(self) -> None:
        """Keep the PVs true, for ever."""
        async with asyncio.TaskGroup() as tasks:
            for group in self.groups.values():
                if isinstance(group, SimulationGroup):
                    tasks.create_task(group.run())


async def serve(
    prefix: str = "DEMO:",
    port: int = 5066,
    interface: str = "127.0.0.1",
    speed: float = 1.0,
    on_ready: Callable[[], None] = lambda: None,
    seed: int = 0,
    library: Library | None = None,
    story: str = "",
) -> None:
    """Serve the beamline until cancelled, with time running `speed` times faster than real.

    `on_ready` is called once, when clients can connect; `seed` is that of all noise; `library` has the scenarios that
    can be played, `story` is one of them that is played at once. Raises `server.PortUnavailableError`, in an exception
    group if somebody takes the port while this starts, and `faults.FaultError` for a story that cannot be played.
    """
    check_port(interface, port)
    library = library or Library()
    beamline = Beamline(prefix, build_model(ScaledClock(speed), seed), library)
    play = beamline.injector.prepared(library.find(story)) if story else None
    async with asyncio.TaskGroup() as tasks:

        def ready() -> None:
            on_ready()
            if play is not None:
                tasks.create_task(play())

        tasks.create_task(beamline.run())
        tasks.create_task(serve_pvs(beamline.pvdb, interface, port, ready, beamline.injector))
