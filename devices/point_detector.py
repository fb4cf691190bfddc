"""A point detector: preset time, acquire, counts."""

from __future__ import annotations

import threading
from typing import Any

from ophyd import Component, Device, EpicsSignal, EpicsSignalRO, Kind
from ophyd.status import DeviceStatus

from .checked_signal import CheckedEpicsSignal

__all__ = ["ExposureStopped", "PointDetector"]


class ExposureStopped(Exception):
    """An exposure was ended early, by `stop(success=False)` or by the next `trigger()`. Found in a Status."""


class PointDetector(Device):
    """Counts for `Preset` s when triggered; put-completion of `Acquire` says when the exposure is over."""

    # No monitor: it may bring this exposure's counts after the put-completion. Each read asks the server.
    counts = Component(EpicsSignalRO, ":Counts", kind=Kind.hinted, auto_monitor=False)
    preset = Component(EpicsSignal, ":Preset", kind=Kind.config)
    acquire = Component(CheckedEpicsSignal, ":Acquire", kind=Kind.omitted, put_complete=True)

    def __init__(self, prefix: str = "", *, name: str, **kwargs: Any) -> None:
        super().__init__(prefix, name=name, **kwargs)
        self.counts.name = self.name
        self._exposure: DeviceStatus | None = None
        self._exposure_lock = threading.Lock()

    def trigger(self) -> DeviceStatus:
        """Expose once; the Status is done when the exposure is over and `read()` gives its counts.

        It fails with `PutFailed` when the server refuses or is lost. An exposure still under way is given
        up first: a replayed trigger needs counts that belong to it alone.
        """
        if self._end_exposure(ExposureStopped(f"{self.acquire.pvname}: triggered again before it was over")):
            self.acquire.put(0, use_complete=False)
        exposure = DeviceStatus(self)
        with self._exposure_lock:
            self._exposure = exposure
        try:
            put = self.acquire.set(1)
        except Exception:
            self._take(exposure)
            raise
        put.add_callback(lambda put: self._exposed(exposure, put.exception()))
        return exposure

    def stop(self, *, success: bool = False) -> None:
        """End the exposure now; its Status fails unless `success`, then it is done with the counts so far."""
        if not success:
            self._end_exposure(
                ExposureStopped(f"{self.acquire.pvname}: stopped before the exposure was over")
            )
        self.acquire.put(0, use_complete=False)
        super().stop(success=success)

    def _exposed(self, exposure: DeviceStatus, error: BaseException | None) -> None:
        if not self._take(exposure):
            return  # given up meanwhile
        if error is None:
            exposure.set_finished()
        else:
            exposure.set_exception(error)

    def _end_exposure(self, why: ExposureStopped) -> bool:
        exposure = self._exposure
        if exposure is None or not self._take(exposure):
            return False
        exposure.set_exception(why)
        return True

    def _take(self, exposure: DeviceStatus) -> bool:
        """Whoever takes an exposure ends its Status, nobody else: completion and stop may come together."""
        with self._exposure_lock:
            mine = self._exposure is exposure
            if mine:
                self._exposure = None
            return mine
