"""A detector whose exposure is its own business.

Rules of this file: a reading belongs to an exposure that began after the trigger. Of a detector that runs freely one is
under way at the trigger; the first whole one after it is over two exposures later at the latest.
"""

from __future__ import annotations

import threading
import time
from typing import Any

from ophyd import Component, EpicsSignalRO, Kind, Signal
from ophyd.status import DeviceStatus, Status
from ophyd.utils import LimitError

from .checked_signal import CheckedEpicsSignal
from .counter import Values, name_single_value, value_components
from .parts.checked_reading import ChecksReadings, OnInvalid
from .parts.chosen import optional, with_components
from .parts.exposing import Exposures, ExposureStopped, exposure_of
from .parts.progress import call_after

__all__ = ["FixedExposure", "FixedExposureDetector"]


class FixedExposure(Signal):
    """A time (s) that can be read, and be set only to what it is."""

    def check_value(self, value: Any, **kwargs: Any) -> None:
        """Raise LimitError for anything but what it is."""
        fixed = self.get()
        if value != fixed:
            raise LimitError(f"{self.name} is fixed by the device at {fixed:g} s, it cannot be {value!r}")

    def set(self, value: Any, **kwargs: Any) -> Status:
        """Do nothing, if `value` is what it is; raises LimitError at once otherwise."""
        self.check_value(value)
        return super().set(value, **kwargs)


class FixedExposureDetector(ChecksReadings):
    """Reads PVs once an exposure, whose time the device itself has fixed, is over.

    With a trigger PV the Status is done when the put of 1 to it has completed, and not before an exposure has passed.
    Without one the device runs freely, and two exposures have to pass. To set `exposure` to another time is refused.
    """

    exposure: Any
    acquire: Any = None

    def __new__(
        cls,
        prefix: str = "",
        *,
        exposure: float | str = 0.0,
        values: Values = (),
        trigger: str | None = None,
        **kwargs: Any,  # noqa: ARG004
    ) -> Any:
        """Make a class that has these components."""
        if isinstance(exposure, str):
            fixed: Component[Any] = Component(EpicsSignalRO, exposure, kind=Kind.config, auto_monitor=True)
        else:
            fixed = Component(FixedExposure, kind=Kind.config, value=float(exposure))
        chosen = {
            "exposure": fixed,
            "acquire": optional(CheckedEpicsSignal, trigger, kind=Kind.omitted, put_complete=True),
            **value_components(cls.__name__, prefix, values),
        }
        return super().__new__(with_components(cls, chosen))

    def __init__(
        self,
        prefix: str = "",
        *,
        name: str,
        exposure: float | str,
        values: Values,
        trigger: str | None = None,
        invalid: OnInvalid = "refuse",
        **kwargs: Any,
    ) -> None:
        """`exposure`: s, or the PV that tells it. `values`, `trigger` and that PV: what follows the prefix."""
        super().__init__(prefix, name=name, invalid=invalid, **kwargs)
        name_single_value(self, values)
        self._lock = threading.Lock()
        self._under_way: DeviceStatus | None = None
        self._begun = 0.0
        self._exposures = None if trigger is None else Exposures(self.acquire, prepare=self._note_begin)

    def trigger(self) -> DeviceStatus:
        """Wait for an exposure; the Status is done when `read()` gives its values.

        It fails with PutFailed when the server refuses or is lost. An exposure still under way is given up first.
        """
        status = exposure_of(self)
        self._replace(status, "triggered again before it was over")
        if self._exposures is None:
            call_after(2 * self.exposure.get(), status, self._end, status)
        else:
            self._exposures.begin(exposure_of(self)).add_callback(lambda put: self._triggered(status, put.exception()))
        return status

    def stop(self, *, success: bool = False) -> None:
        """Wait no longer; the Status fails unless `success`, then it is done with what there is."""
        under_way = self._under_way
        if success and under_way is not None:
            self._end(under_way)
        else:
            self._replace(None, "stopped before it was over")
        if self._exposures is not None:
            self._exposures.stop(success=success)
        super().stop(success=success)

    def _note_begin(self) -> None:
        self._begun = time.monotonic()

    def _triggered(self, status: DeviceStatus, error: BaseException | None) -> None:
        if error is not None:
            self._end(status, error)
        else:
            call_after(self._begun + self.exposure.get() - time.monotonic(), status, self._end, status)

    def _replace(self, status: DeviceStatus | None, why: str) -> None:
        with self._lock:
            given_up, self._under_way = self._under_way, status
        if given_up is not None:
            given_up.set_exception(ExposureStopped(f"{self.name}: {why}"))

    def _end(self, status: DeviceStatus, error: BaseException | None = None) -> None:
        with self._lock:
            if self._under_way is not status:
                return  # whoever replaced it has ended its Status
            self._under_way = None
        if error is None:
            status.set_finished()
        else:
            status.set_exception(error)
