"""One scan of an sscan record.

Rules of this file:
- The order is the record's: before-scan link; at each point move, wait, settle, trigger, wait, settle, wait for
  clients, read; after the last point positioners go where PASM says, the after-scan link, the arrays, BUSY 0.
- Between any two steps it may be paused or aborted. One abort waits for what was told and has not come back (its put
  completion), a second one does not.
"""

import asyncio
from typing import Any

from ..clock import Clock
from ..pvs.puts import RefusedError
from .sscan_access import ScanAccess
from .sscan_data import ScanData
from .sscan_positions import after_scan


class ScanAbortedError(Exception):
    """Somebody put 0 to EXSC; the scan ends here."""


class ScanRun:
    """Executes the scan that the fields of a record describe."""

    def __init__(self, record: ScanAccess, clock: Clock) -> None:
        self._record = record
        self._places: dict[str, list[float]] = {}
        self._clock = clock
        self._points = int(record.value("NPTS"))
        self._data = ScanData(record, clock)
        self._aborts = 0
        self._flying: list[asyncio.Task[None]] = []

    def abort(self) -> None:
        """End the scan; again: without waiting for what has not come back."""
        self._aborts += 1
        self._record.news.tell()

    async def execute(self, places: dict[str, list[float]]) -> None:
        """Scan, with the positions by positioner number.

        Raises ScanAbortedError, RefusedError or LinkError, which name what went wrong; the data so far are kept.
        """
        self._places = places
        self._data.begin(places)
        await self._show(CPT=0, DATA=0, ALRT=0, SMSG="")
        try:
            await self._follow("before", "BS")
            for point in range(self._points):
                await self._take(point)
            await self._retrace()
        except Exception:  # not when the server ends: what is waited for then may never come
            await self._finish()
            raise
        await self._finish()

    async def _take(self, point: int) -> None:
        await self.stand_by()
        await self._phase("MOVE_MOTORS")
        await self._move(point)
        await self.stand_by()
        await self._trigger()
        await self.stand_by()
        await self._phase("WAIT:DETCTRS")
        await self._wait_for_clients()
        await self._data.read(point)

    async def _move(self, point: int) -> None:
        moves = {
            number: places[point]
            for number, places in self._places.items()
            if point == 0 or self._record.value(f"P{number}SM") != "FLY"
        }
        if moves:
            for number, place in moves.items():
                await self._show(**{f"P{number}LV": self._record.value(f"P{number}DV"), f"P{number}DV": place})
            await self._phase("WAIT:MOTORS")
            await self._put({f"P{number}PV": place for number, place in moves.items()})
            await self._check_readbacks(moves)
            await self._delay("PDLY")
        if point == 0:
            self._launch()

    def _launch(self) -> None:
        """Send those that fly to their end, and do not wait."""
        for number, places in self._places.items():
            if self._record.value(f"P{number}SM") == "FLY":
                self._flying.append(asyncio.create_task(self._write(f"P{number}PV", places[-1])))

    async def _check_readbacks(self, moves: dict[str, float]) -> None:
        for number, place in moves.items():
            limit, link = self._record.value(f"R{number}DL"), self._data.readback(number)
            if limit > 0 and link is not None and abs(await link.read() - place) > limit:
                raise RefusedError(f"P{number}: {link.name} is not at {place:g}")

    async def _trigger(self) -> None:
        await self._phase("TRIG_DETCTRS")
        orders = {f"T{number}PV": self._record.value(f"T{number}CD") for number in self._record.named("T")}
        if self._record.value("AWCT"):
            await self._show(WCNT=self._record.value("AWCT"))
        if orders:
            await self._phase("WAIT:DETCTRS")
            await self._put(orders)
            await self._delay("DDLY")

    async def _wait_for_clients(self) -> None:
        if self._record.value("WCNT"):
            await self._show(WTNG=1)
            await self._record.news.until(lambda: not self._record.value("WCNT") or self._aborts > 0)
            await self._show(WTNG=0)
        self._raise_if_aborted()

    async def _retrace(self) -> None:
        mode = self._record.value("PASM")
        if mode == "STAY":
            return
        await self._phase("RETRACE_MOVE")
        data = self._data.detector(self._record.value("REFD"))
        targets: dict[str, float] = {}
        for number in self._places:
            target = after_scan(mode, self._data.positions(number), data, self._record.value(f"P{number}PP"))
            if target is not None:
                targets[f"P{number}PV"] = target
        await self._phase("WAIT:RETRACE")
        await self._put(targets)

    async def _finish(self) -> None:
        for task in self._flying:
            task.add_done_callback(_retrieved)
        await self._follow("after", "AS")
        await self._phase("WAIT:SAVE_DATA")
        await self._record.news.until(lambda: not self._record.value("AWAIT") or self._aborts > 2)
        await self._data.finish()
        if self._record.value("AAWAIT") == "YES":
            await self._show(AWAIT=1)
        await self._show(DATA=1)
        await self._phase("SCAN_DONE")

    async def _follow(self, when: str, field: str) -> None:
        """Write to the before-scan or the after-scan link."""
        if self._record.link(f"{field}PV") is None:
            return
        await self._phase(f"DO:{when.upper()}_SCAN")
        order = {f"{field}PV": self._record.value(f"{field}CD")}
        if self._record.value(f"{field}WAIT") == "Wait":
            await self._phase(f"WAIT:{when.upper()}_SCAN")
            await self._put(order)
        else:
            self._flying.append(asyncio.create_task(self._write(*order.popitem())))

    async def _put(self, orders: dict[str, float]) -> None:
        """Write to the PVs that these fields name, and wait for all. Raises what the first that failed says."""
        tasks = [asyncio.create_task(self._write(field, value)) for field, value in orders.items()]
        for task in tasks:
            task.add_done_callback(self._record.news.tell)
        already = self._aborts
        await self._record.news.until(lambda: all(task.done() for task in tasks) or self._aborts > already)
        if self._aborts > already and not all(task.done() for task in tasks):
            await self._show(SMSG="Abort: waiting for callback")
            await self._record.news.until(lambda: all(task.done() for task in tasks) or self._aborts > already + 1)
        for task in tasks:
            task.add_done_callback(_retrieved)
        for task in tasks:
            if task.done():
                task.result()

    async def _write(self, field: str, value: float) -> None:
        link = self._record.link(field)
        if link is None:
            return
        try:
            await link.write(value)
        except RefusedError as refusal:
            raise RefusedError(f"{field}: {refusal}") from refusal

    async def _delay(self, field: str) -> None:
        seconds = self._record.value(field)
        if seconds > 0 and not self._aborts:
            sleeping = asyncio.create_task(self._clock.sleep(seconds))
            sleeping.add_done_callback(self._record.news.tell)
            await self._record.news.until(lambda: sleeping.done() or self._aborts > 0)
            sleeping.cancel()

    async def stand_by(self) -> None:
        """Go on, or wait until a pause is over. Raises ScanAbortedError."""
        if self._record.value("PAUS") == "PAUSE":
            await self._show(SMSG="Scan is paused ...")
            await self._record.news.until(lambda: self._record.value("PAUS") == "GO" or self._aborts > 0)
            await self._show(SMSG="")
        self._raise_if_aborted()

    def _raise_if_aborted(self) -> None:
        if self._aborts:
            raise ScanAbortedError("Scan aborted by operator")

    async def _phase(self, phase: str) -> None:
        await self._show(FAZE=phase)

    async def _show(self, **fields: Any) -> None:
        for field, value in fields.items():
            await self._record.show(field, value)


def _retrieved(task: "asyncio.Task[None]") -> None:
    """Nobody waits for this one any more, and how it ended is told by the PV that it wrote to."""
    if not task.cancelled():
        task.exception()
