"""An sscan record, driven from plans.

Rules of this file:
- The record says "done" in the same way whether it has scanned all points, was aborted or has not begun: it is asked
  afterwards how many points it has, and what it says of it.
- Its arrays are read once it is done: before that they are those of the scan before.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from ophyd import Component, Device, EpicsSignalRO, Kind
from ophyd.status import DeviceStatus

from .checked_signal import CheckedEpicsSignal, PutFailed
from .parts.asking import in_background
from .parts.chosen import with_components
from .parts.exposing import Exposures, exposure_of
from .parts.progress import CountingStatus, EndsOnce, call_after
from .parts.sscan_parts import Detector, Positioner, Trigger, data_keys, numbered
from .parts.sscan_setup import apply, settings_of

__all__ = ["ScanFailed", "Sscan"]

_MAX_DETECTORS = 70


class ScanFailed(Exception):
    """The record has refused to scan, or has ended a scan before its last point. Found in a Status.

    `pv` is the record; the text has what it says of it (SMSG).
    """

    def __init__(self, pv: str, what: str, message: str) -> None:
        self.pv = pv
        super().__init__(f"{pv}: {what}: {message}" if message else f"{pv}: {what}")


class Sscan(Device):
    """A scan that the IOC does by itself, started by a plan: as a flyer, or by trigger and read.

    As a flyer (`kickoff`, `complete`, `collect`) it gives one event per point into `stream`; triggered and read one
    event with an array per PV. Data are called as the PVs, `SIM_m1` for `SIM:m1.VAL`, or as `names` says.

    detectors: how many of the record's D01 … D70 are looked at.
    start_within: seconds that the record has to begin; it waits for PVs to connect, for ever if need be.
    """

    execute = Component(CheckedEpicsSignal, ".EXSC", kind=Kind.omitted)
    busy = Component(EpicsSignalRO, ".BUSY", kind=Kind.omitted)
    points = Component(CheckedEpicsSignal, ".NPTS", kind=Kind.config)
    point = Component(EpicsSignalRO, ".CPT", kind=Kind.omitted)
    message = Component(EpicsSignalRO, ".SMSG", string=True, kind=Kind.omitted)
    hold = Component(CheckedEpicsSignal, ".PAUS", kind=Kind.omitted)
    positioners = numbered(Positioner, "p{}", 4)
    triggers = numbered(Trigger, "t{}", 4)
    detectors: Any

    def __new__(cls, prefix: str = "", *, detectors: int = 10, **kwargs: Any) -> Any:  # noqa: ARG004  for __init__
        """Make a class that has so many detectors. Raises ValueError if no record has."""
        if not 1 <= detectors <= _MAX_DETECTORS:
            raise ValueError(f"{kwargs.get('name')}: detectors must be 1 to {_MAX_DETECTORS}, not {detectors}")
        return super().__new__(with_components(cls, {"detectors": numbered(Detector, "d{:02d}", detectors)}))

    def __init__(
        self,
        prefix: str = "",
        *,
        name: str,
        detectors: int = 10,
        names: Mapping[str, str] | None = None,
        stream: str = "primary",
        start_within: float = 10.0,
        **kwargs: Any,
    ) -> None:
        super().__init__(prefix, name=name, **kwargs)
        self.names, self.stream, self.start_within = dict(names or {}), stream, start_within
        self._detectors, self._positioners, self._triggers = (
            [getattr(parts, attr) for attr in parts.component_names]
            for parts in (self.detectors, self.positioners, self.triggers)
        )
        self._scans = Exposures(self.execute, check=self._check)
        self._completion: CountingStatus | None = None
        self._columns: dict[str, Any] = {}
        self._ends_early = self._is_held = False
        self._counted = 0
        self._ended = 0.0

    def configure(self, d: dict[str, Any]) -> Any:
        """Tell the record what to scan; all of it is looked at before any of it is put.

        points: number of points.
        positioners: `{PV: [start, end], …}`, up to four, moved together along lines; the others are taken out.
        relative: whether start and end are relative to where the positioners are.
        detectors, triggers: lists of PVs; the others are taken out.

        Returns configuration before and after. Raises ValueError for anything else, and when the record has changed
        what it was told (frozen fields); PutFailed when it refuses.
        """
        settings = settings_of(self.name, d, self.points, self._positioners, self._detectors, self._triggers)
        before = self.read_configuration()
        apply(settings)
        return before, self.read_configuration()

    def kickoff(self) -> DeviceStatus:
        """Start the scan; the Status is done when it is under way. Fails with ScanFailed, which has what SMSG says."""
        started = exposure_of(self)
        once = EndsOnce(started)
        tell = self.busy.subscribe(lambda value=0, **_: once.end() if value else None, run=False)
        started.add_callback(lambda _: self.busy.unsubscribe(tell))
        call_after(self.start_within, started, self._not_started, once)
        self._scan().add_callback(lambda scan: once.end(scan.exception()))
        return started

    def complete(self) -> DeviceStatus:
        """The Status is done when the scan that was kicked off is; it fails with ScanFailed.

        Raises RuntimeError if none was.
        """
        if self._completion is None:
            raise RuntimeError(f"{self.name} was not kicked off: kick it off before it is to complete")
        return self._completion

    def trigger(self) -> DeviceStatus:
        """Scan; the Status is done when all points are there. Fails with ScanFailed."""
        return self._scan()

    def stop(self, *, success: bool = False) -> None:
        """Abort the scan. Its Status fails, unless `success`: then it is done, with the points so far.

        The record first waits for what it has begun. Told so again it does not.
        """
        if self.busy.get() or self.execute.get():
            self._ends_early = success
            self._scans.stop(success=success)
        elif not self._is_held:
            return
        # A record that is paused refuses the next scan. Once this has asked, the record has taken the stop as well.
        self.resume()

    def pause(self) -> None:
        """Have the record wait before its next step, while the plan rests."""
        if self.busy.get():
            self._is_held = True
            self.hold.put(1, use_complete=False)

    def resume(self) -> None:
        """Have it go on."""
        self._is_held = False
        if self.hold.get():
            self.hold.put(0, use_complete=False)

    def read(self) -> Any:
        """One array per PV: the points of the scan that was triggered. Raises RuntimeError if none was."""
        self._refuse_nothing()
        return {key: {"value": values, "timestamp": self._ended} for key, values in self._columns.items()}

    def describe(self) -> Any:
        """One array per PV."""
        shape = [len(next(iter(self._columns.values()), ()))] if self._columns else [int(self.points.get())]
        return {
            key: {"source": f"PV:{pv}", "dtype": "array", "dtype_numpy": "<f8", "shape": shape}
            for key, pv, _ in self._data()
        }

    def describe_collect(self) -> dict[str, Any]:
        """One number per PV and point."""
        return {
            self.stream: {
                key: {"source": f"PV:{pv}", "dtype": "number", "dtype_numpy": "<f8", "shape": []}
                for key, pv, _ in self._data()
            }
        }

    def collect(self) -> Iterator[dict[str, Any]]:
        """One event per point of the scan that is over. Raises RuntimeError if none is."""
        self._refuse_nothing()
        columns, times = dict(self._columns), dict.fromkeys(self._columns, self._ended)
        for values in zip(*columns.values(), strict=True):
            data = {key: float(value) for key, value in zip(columns, values, strict=True)}
            yield {"time": self._ended, "data": data, "timestamps": dict(times)}

    @property
    def hints(self) -> Any:
        """The detectors' data."""
        return {"fields": [key for key, _, part in self._data() if isinstance(part, Detector)]}

    def _scan(self) -> CountingStatus:
        self._columns, self._ends_early, self._counted = {}, False, int(self.points.get())
        done = CountingStatus(self, self.point, self._counted, unit="points")
        once = EndsOnce(done)
        self._completion = done
        scan = self._scans.begin(exposure_of(self))
        scan.add_callback(lambda scan: in_background(lambda: once.end(self._judged(scan.exception()))))
        return done

    def _check(self) -> None:
        points = int(self.point.get())
        if points < self._counted and not self._ends_early:
            what = f"ended after {points} of {self._counted} points" if points else "has not scanned"
            raise ScanFailed(self.prefix, what, self.message.get())
        self._columns = {
            key: np.asarray(part.data.get(count=max(points, 1)), float)[:points] for key, _, part in self._data()
        }
        self._ended = time.time()

    def _judged(self, error: Any) -> Any:
        """What is to be said of a scan that ended so."""
        if not isinstance(error, PutFailed) or error.lost:
            return error
        try:
            if self._ends_early:  # some servers fail the put of a scan that was aborted
                self._check()
                return None
            refused = ScanFailed(self.prefix, "did not scan", self.message.get())
        except Exception as wrong:
            return wrong
        refused.__cause__ = error
        return refused

    def _not_started(self, once: EndsOnce) -> None:
        try:
            once.end(ScanFailed(self.prefix, f"has not begun within {self.start_within:g} s", self.message.get()))
            self._scans.stop()
        except Exception as error:  # on this thread nobody else would hear of it
            once.end(error)

    def _data(self) -> list[tuple[str, str, Any]]:
        """Key, PV, and the part that has the data, of all that is in use."""
        used = [(part.pv.get(), part) for part in (*self._positioners, *self._detectors)]
        used = [(pv, part) for pv, part in used if pv]
        keys = data_keys((pv for pv, _ in used), self.names)
        return [(key, pv, part) for key, (pv, part) in zip(keys, used, strict=True)]

    def _refuse_nothing(self) -> None:
        if not self._columns:
            raise RuntimeError(f"{self.name} has no finished scan: have it scan before its data are read")
