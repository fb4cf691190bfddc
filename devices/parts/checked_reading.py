"""Readings that are measurements: neither INVALID nor NaN."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from ophyd import Device
from ophyd.utils.epics_pvs import AlarmSeverity, AlarmStatus

from ..trouble import ReadingInvalid, is_nan, is_valid

__all__ = ["ChecksReadings", "OnInvalid", "refuse_invalid"]

OnInvalid = Literal["refuse", "keep"]
"""What becomes of a reading that is INVALID or NaN: `read()` raises ReadingInvalid, or it is kept as it is."""


class ChecksReadings(Device):
    """A Device whose `read()` refuses what is no measurement; for subclasses, before other bases.

    It is about what an event would have: signals of kind normal and hinted, those of parts included. `invalid="keep"`
    switches it off. Raises ValueError for another policy.
    """

    def __init__(self, prefix: str = "", *, name: str, invalid: OnInvalid = "refuse", **kwargs: Any) -> None:
        if invalid not in ("refuse", "keep"):
            raise ValueError(f"{name}: invalid must be 'refuse' or 'keep', not {invalid!r}")
        self._invalid = invalid
        super().__init__(prefix, name=name, **kwargs)

    def read(self) -> Any:
        """What an event has of this device, a dict by data key. Raises ReadingInvalid, which names the PV."""
        readings: Any = super().read()
        if self._invalid == "refuse":
            refuse_invalid(self, readings)
        return readings


def refuse_invalid(device: Device, readings: Mapping[str, Any]) -> None:
    """Raise ReadingInvalid if one of these readings of a device is INVALID, or a number that is none.

    Severities are those that have come with the values. Arrays may have NaN in them: a gap is a measurement, too.
    """
    for walked in device.walk_signals(include_lazy=False):
        signal = walked.item
        if signal.name in readings and (wrong := _wrong(signal, readings[signal.name]["value"])):
            raise ReadingInvalid(getattr(signal, "pvname", signal.name), wrong, over=is_valid(signal))


def _wrong(signal: Any, value: Any) -> str:
    if getattr(signal, "alarm_severity", None) == AlarmSeverity.INVALID:
        status = getattr(signal, "alarm_status", None)
        why = f" ({AlarmStatus(status).name})" if status else ""
        return f"severity INVALID{why}: {value!r} is no measurement"
    return "is NaN" if is_nan(value) else ""
