"""A point detector: preset time, acquire, counts."""

from __future__ import annotations

from typing import Any

from ophyd import Component, EpicsSignal, EpicsSignalRO, Kind
from ophyd.status import DeviceStatus

from .checked_signal import CheckedEpicsSignal
from .parts.checked_reading import ChecksReadings, OnInvalid
from .parts.exposing import Exposures, ExposureStopped, exposure_of

__all__ = ["ExposureStopped", "PointDetector"]


class PointDetector(ChecksReadings):
    """Counts for `Preset` s when triggered; put-completion of `Acquire` says when the exposure is over."""

    # No monitor: it may bring this exposure's counts after the put-completion. Each read asks the server.
    counts = Component(EpicsSignalRO, ":Counts", kind=Kind.hinted, auto_monitor=False)
    preset = Component(EpicsSignal, ":Preset", kind=Kind.config)
    acquire = Component(CheckedEpicsSignal, ":Acquire", kind=Kind.omitted, put_complete=True)

    def __init__(self, prefix: str = "", *, name: str, invalid: OnInvalid = "refuse", **kwargs: Any) -> None:
        super().__init__(prefix, name=name, invalid=invalid, **kwargs)
        self.counts.name = self.name
        self._exposures = Exposures(self.acquire)

    def trigger(self) -> DeviceStatus:
        """Expose once; the Status is done when the exposure is over and `read()` gives its counts.

        It fails with `PutFailed` when the server refuses or is lost. An exposure still under way is given up
        first: a replayed trigger needs counts that belong to it alone.
        """
        return self._exposures.begin(exposure_of(self))

    def stop(self, *, success: bool = False) -> None:
        """End the exposure now; its Status fails unless `success`, then it is done with the counts so far."""
        self._exposures.stop(success=success)
        super().stop(success=success)
