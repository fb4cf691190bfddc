"""PVs of the point detector."""

from typing import Any

from caproto import SkipWrite
from caproto.server.server import PvpropertyDoubleRO, PvpropertyIntegerRO

from ..clock import Clock, Nap
from ..physics.detector import Exposure, PointDetector
from .puts import Command, DoublePut, EnumPut, RefusedError, SimulationGroup, pv

SAMPLING_PERIOD = 0.01
"""Real seconds between two looks at the light during an exposure."""


class DetectorGroup(SimulationGroup):
    """`Acquire` is 1 while it counts, and its put completes when the counts are there."""

    acquire = pv(
        Command,
        "Acquire",
        "Count for Preset seconds; 0 ends it",
        enum_strings=("Done", "Acquire"),
        value="Done",
        record="bo",
    )
    preset = pv(
        DoublePut,
        "Preset",
        "Exposure time",
        value=0.1,
        units="s",
        precision=3,
        lower_ctrl_limit=0.001,
        upper_ctrl_limit=3600.0,
        record="ao",
    )
    counts = pv(PvpropertyIntegerRO, "Counts", "Counts of the last exposure", value=0, units="counts", record="longin")
    elapsed = pv(
        PvpropertyDoubleRO,
        "Time",
        "Time counted in the last exposure",
        value=0.0,
        units="s",
        precision=3,
        record="ai",
    )
    noise = pv(EnumPut, "Noise", "Poisson noise on the counts", enum_strings=("Off", "On"), value="Off", record="bo")

    def link(self, detector: PointDetector, clock: Clock) -> None:
        """Show and obey this detector."""
        self._detector = detector
        self._clock = clock
        self._nap = Nap(clock)
        self._exposure: Exposure | None = None

    async def group_write(self, instance: Any, value: Any) -> Any:
        """Every put to a PV of this group."""
        return await self._acquire(value) if instance is self.acquire else value

    async def _acquire(self, value: str) -> type[SkipWrite]:
        if value == self.acquire.enum_strings[0]:
            self._cut_short()
        elif self._exposure is not None:
            raise RefusedError(f"{self.acquire.pvname}: it is counting; put 0 first to end that exposure")
        return await self.acquire.obey(value, self._count)

    def _cut_short(self) -> None:
        if self._exposure is not None:
            self._exposure.stop()
            self._nap.wake()

    async def _count(self) -> None:
        self._exposure = exposure = self._detector.expose(self.preset.value)
        try:
            while exposure.remaining > 0:
                await self._nap.take(min(exposure.remaining, self._clock.simulated(SAMPLING_PERIOD)))
                exposure.sample()
        finally:
            self._exposure = None
        counts = self._detector.counts(exposure.expected, self.noise.value == "On")
        await self.elapsed.write(exposure.elapsed, verify_value=False)
        await self.counts.write(counts, verify_value=False)
