"""The sscan record: scans PVs of this server, as synApps' record scans any.

Not simulated, and refused: array acquisition (ACQT "1D ARRAY") and adding to the data of the previous scan (ACQM).
"""

from collections.abc import Mapping
from typing import Any

from caproto import SkipWrite

from ..clock import Clock
from ..pvs.puts import RefusedError, SimulationGroup, pv
from .sscan_access import ScanAccess, ScanFields, ScanValue
from .sscan_links import LinkError
from .sscan_run import ScanAbortedError, ScanRun
from .sscan_setup import Setup

_CHANGED_DURING_A_SCAN = ("PAUS", "WAIT", "AWCT", "AWAIT", "AAWAIT", "ATIME", "COPYTO", "PASM", "REFD")


class ScanGroup(SimulationGroup):
    """One sscan record: `SubGroup(ScanGroup, prefix="scan1")`, then `link`. A put to EXSC completes with the scan."""

    val = pv(ScanValue, "", "Scan", value=0.0, record=ScanFields)

    def link(self, pvdb: Mapping[str, Any], clock: Clock, description: str) -> None:
        """Scan these PVs; the description becomes DESC."""
        self.val.__doc__ = description
        self.fields = ScanAccess(self.val, pvdb)
        self._setup = Setup(self.fields)
        self._clock = clock
        self._scan: ScanRun | None = None

    async def group_write(self, instance: Any, value: Any) -> Any:
        """Every put to a field."""
        field = instance.pvspec.name.removeprefix(".")
        if field == "EXSC":
            await (self._execute() if value else self._abort())
            return SkipWrite
        clears = field == "CMND" and value == "Clear msg"
        if self._scan is not None and field not in _CHANGED_DURING_A_SCAN and not clears:
            raise RefusedError(f"{instance.pvname}: a scan is in progress; put 0 to EXSC to end it")
        changed = await self._setup.change(field, value)
        if field in ("PAUS", "AWAIT"):
            await self.fields.show(field, changed)
            self.fields.news.tell()
            return SkipWrite
        return changed

    async def _abort(self) -> None:
        if self._scan is not None:
            self._scan.abort()
            await self.fields.news.until(lambda: self._scan is None)

    async def _execute(self) -> None:
        fields = self.fields
        await self._check()
        # Before anything waits: two puts that come together must not both start.
        self._scan = scan = ScanRun(fields, self._clock)
        await fields.show("EXSC", 1)
        try:
            await self._pending(scan)
            await fields.show("BUSY", 1)
            await fields.show("FAZE", "INIT_SCAN")
            await scan.execute(await self._setup.places())
        except (ScanAbortedError, RefusedError, LinkError) as error:
            await fields.alert(str(error))
            raise RefusedError(f"{self.val.pvname}: {error}") from error
        else:
            await fields.show("SMSG", "Scan complete")
        finally:
            self._scan = None
            for field, value in (("FAZE", "IDLE"), ("BUSY", 0), ("EXSC", 0)):
                await fields.show(field, value)
            fields.news.tell()

    async def _pending(self, scan: ScanRun) -> None:
        if self.fields.value("PAUS") == "PAUSE":
            await self.fields.show("FAZE", "SCAN_PENDING")
            await scan.stand_by()

    async def _check(self) -> None:
        try:
            if self._scan is None:
                await self._setup.check()
                if self.fields.value("WCNT"):
                    raise LinkError("Waiting for client", "")
            if self._scan is not None:
                raise LinkError("Already scanning", "")
        except LinkError as error:
            await self.fields.alert(str(error))
            raise RefusedError(f"{self.val.pvname}: {error}") from error
