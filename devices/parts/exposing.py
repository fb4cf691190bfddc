"""Exposures that are begun by a put, and over when its put-completion comes.

Rules of this file:
1. Of two exposures the later one counts: the earlier one's Status fails, and the later one begins when the hardware has
   really ended the earlier one. A replayed trigger needs data that belong to it alone.
2. Every Status ends, once: whoever takes an exposure's place has ended its Status.
3. The thread that brings put-completions waits for nothing: `prepare` and `check` put settings themselves, whose
   completions it has to bring.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, TypeVar

from ophyd import Device
from ophyd.status import DeviceStatus, Status
from ophyd.utils import StatusTimeoutError, WaitTimeoutError

from ..checked_signal import CheckedEpicsSignal
from ..trouble import DeviceTrouble
from .asking import in_background
from .progress import call_after

__all__ = ["ExposureOverdue", "ExposureStopped", "Exposures", "exposure_of"]

AnyStatus = TypeVar("AnyStatus", bound=DeviceStatus)


class ExposureStopped(Exception):
    """An exposure was ended early, by `stop(success=False)` or by the next `trigger()`. Found in a Status."""


class ExposureOverdue(DeviceTrouble):
    """An exposure was not over long after it should have been: the hardware hangs, or waits for something else."""


class Exposures:
    """The exposures of one device, one at a time, by a PV that takes 1 to begin and 0 to end.

    `prepare` is called before the put, `check` when it is over, before its Status is done, on whatever thread; they may
    ask and put. What they raise fails the Status. `check` is not called for an exposure that was given up.
    """

    def __init__(
        self,
        acquire: CheckedEpicsSignal,
        *,
        prepare: Callable[[], None] | None = None,
        check: Callable[[], None] | None = None,
    ) -> None:
        self._acquire = acquire
        self._prepare, self._check = prepare, check
        self._lock = threading.Lock()
        self._exposure: DeviceStatus | None = None
        self._put: Status | None = None
        self._put_for: DeviceStatus | None = None

    def begin(self, exposure: AnyStatus, *, limit: float | None = None) -> AnyStatus:
        """Expose once; `exposure`, which is returned, is done when it is over. It must not stop its device on failure.

        It fails with `PutFailed` when the server refuses or is lost, with ExposureStopped when it is given up, with
        ExposureOverdue when it is not over after `limit` s.
        """
        if limit is not None:
            self._limit(exposure, limit)
        self._replace(exposure, "triggered again before it was over")
        before = self._put
        if before is None or before.done:
            self._start(exposure)
        else:
            # Not before the other one is really over, the server would refuse it.
            self._acquire.put(0, use_complete=False)
            before.add_callback(lambda _: self._start_later(exposure))
        return exposure

    def stop(self, *, success: bool = False) -> None:
        """End the exposure now; its Status fails unless `success`, then it is done with the data so far."""
        with self._lock:
            begun = self._put_for is self._exposure
        if not (success and begun):
            self._replace(None, "stopped before it was over")
        self._acquire.put(0, use_complete=False)

    def _limit(self, exposure: DeviceStatus, seconds: float) -> None:
        late = ExposureOverdue(self._acquire.setpoint_pvname, f"exposure not over after {seconds:g} s")
        call_after(seconds, exposure, self._finish, exposure, late)

    def _start_later(self, exposure: DeviceStatus) -> None:
        if self._prepare is None:
            self._start(exposure)
        else:
            in_background(self._start, exposure)

    def _start(self, exposure: DeviceStatus) -> None:
        try:
            if self._is_given_up(exposure):
                return
            if self._prepare is not None:
                self._prepare()
            # One step for stop(): it either finds the exposure begun or keeps it from beginning.
            with self._lock:
                if self._exposure is not exposure:
                    return
                put = self._put = self._acquire.set(1)
                self._put_for = exposure
        except Exception as error:
            # It may happen on ophyd's thread, where nobody else would hear of it.
            self._finish(exposure, error)
        else:
            put.add_callback(lambda put: self._over(exposure, put.exception()))

    def _over(self, exposure: DeviceStatus, error: Any) -> None:
        if self._check is None or error is not None:
            self._finish(exposure, error)
        else:
            in_background(self._look, exposure, self._check)

    def _look(self, exposure: DeviceStatus, check: Callable[[], None]) -> None:
        error: Exception | None = None
        try:
            if self._is_given_up(exposure):
                return
            check()
        except Exception as wrong:
            error = wrong
        self._finish(exposure, error)

    def _is_given_up(self, exposure: DeviceStatus) -> bool:
        with self._lock:
            return self._exposure is not exposure

    def _replace(self, exposure: DeviceStatus | None, why: str) -> None:
        with self._lock:
            given_up, self._exposure = self._exposure, exposure
        if given_up is not None:
            given_up.set_exception(ExposureStopped(f"{self._acquire.setpoint_pvname}: {why}"))

    def _finish(self, exposure: DeviceStatus, error: BaseException | None) -> None:
        with self._lock:
            if self._exposure is not exposure:
                return  # whoever replaced it has ended its Status
            self._exposure = None
        if error is None:
            exposure.set_finished()
        elif isinstance(error, StatusTimeoutError | WaitTimeoutError):  # ophyd keeps these for itself
            exposure.set_exception(TimeoutError(str(error)))
        else:
            exposure.set_exception(error)


def exposure_of(device: Device) -> DeviceStatus:
    """A Status for `begin`."""
    # On failure it must not call stop(): that would end whatever has begun since.
    return DeviceStatus(device, call_stop_on_failure=False)
