"""A busy record: whatever a beamline does between Busy and Done."""

from __future__ import annotations

from typing import Any

from ophyd import Component, Device, Kind
from ophyd.status import DeviceStatus

from .checked_signal import CheckedEpicsSignal
from .parts.exposing import Exposures, exposure_of

__all__ = ["BusyRecord"]


class BusyRecord(Device):
    """Something that is begun by a put of 1 to a busy record, and over when the record goes back to 0.

    To be moved (`set(1)` begins and waits, `set(0)` ends) or triggered, as an action of a plan. Read it is 0 or 1.

    overdue: seconds after which it has failed; None: it may take as long as it likes.
    """

    moves_others = True
    """For `motion.stop_motion`: what is busy may send motors on."""

    state = Component(CheckedEpicsSignal, "", kind=Kind.hinted)

    def __init__(self, prefix: str = "", *, name: str, overdue: float | None = None, **kwargs: Any) -> None:
        super().__init__(prefix, name=name, **kwargs)
        self.state.name = self.name
        self.overdue = overdue
        self._actions = Exposures(self.state)

    def set(self, value: int | str) -> DeviceStatus:
        """Begin (1 or "Busy"), or end (0 or "Done"); the Status is done when it is over. ValueError for anything else.

        It fails with ExposureStopped when `stop(success=False)` or the next `set` ended it, with PutFailed when the
        server refuses or is lost, with ExposureOverdue. That somebody else put the record back is the end of it.
        """
        match value:
            case 1 | "Busy":
                return self._actions.begin(exposure_of(self), limit=self.overdue)
            case 0 | "Done":
                self.stop(success=True)
                ended = exposure_of(self)
                ended.set_finished()
                return ended
        raise ValueError(f"{self.name}: a busy record takes 1 (Busy) or 0 (Done), not {value!r}")

    def trigger(self) -> DeviceStatus:
        """Begin; as `set(1)`."""
        return self.set(1)

    def stop(self, *, success: bool = False) -> None:
        """Put 0: it is over, a failure unless `success`."""
        self._actions.stop(success=success)
