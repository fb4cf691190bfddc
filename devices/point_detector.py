"""A point detector: preset time, acquire, counts."""

from __future__ import annotations

import threading
from typing import Any

from ophyd import Component, Device, EpicsSignal, EpicsSignalRO, Kind
from ophyd.status import DeviceStatus, Status

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
        self._lock = threading.Lock()
        self._exposure: DeviceStatus | None = None
        self._put: Status | None = None
        self._put_for: DeviceStatus | None = None

    def trigger(self) -> DeviceStatus:
        """Expose once; the Status is done when the exposure is over and `read()` gives its counts.

        It fails with `PutFailed` when the server refuses or is lost. An exposure still under way is given up
        first: a replayed trigger needs counts that belong to it alone.
        """
        # On failure it must not call stop(): that would end whatever has begun since.
        exposure = DeviceStatus(self, call_stop_on_failure=False)
        self._replace(exposure, "triggered again before it was over")
        before = self._put
        if before is None or before.done:
            self._start(exposure)
        else:
            # Not before the other one is really over, the server would refuse it.
            self.acquire.put(0, use_complete=False)
            before.add_callback(lambda _: self._start(exposure))
        return exposure

    def stop(self, *, success: bool = False) -> None:
        """End the exposure now; its Status fails unless `success`, then it is done with the counts so far."""
        with self._lock:
            begun = self._put_for is self._exposure
        if not (success and begun):
            self._replace(None, "stopped before it was over")
        self.acquire.put(0, use_complete=False)
        super().stop(success=success)

    def _start(self, exposure: DeviceStatus) -> None:
        try:
            # One step for stop(): it either finds the exposure begun or keeps it from beginning.
            with self._lock:
                if self._exposure is not exposure:
                    return
                put = self._put = self.acquire.set(1)
                self._put_for = exposure
        except Exception as error:
            # It may happen on ophyd's thread, where nobody else would hear of it.
            self._finish(exposure, error)
        else:
            put.add_callback(lambda put: self._finish(exposure, put.exception()))

    def _replace(self, exposure: DeviceStatus | None, why: str) -> None:
        with self._lock:
            given_up, self._exposure = self._exposure, exposure
        if given_up is not None:
            given_up.set_exception(ExposureStopped(f"{self.acquire.pvname}: {why}"))

    def _finish(self, exposure: DeviceStatus, error: BaseException | None) -> None:
        with self._lock:
            if self._exposure is not exposure:
                return  # whoever replaced it has ended its Status
            self._exposure = None
        if error is None:
            exposure.set_finished()
        else:
            exposure.set_exception(error)
