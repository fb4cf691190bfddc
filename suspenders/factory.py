"""From the configuration to suspenders."""

from __future__ import annotations

from collections.abc import Callable

from .base import SuspenderBase
from .settings import Settings
from .spec import SuspenderKind, SuspenderSpec
from .suspenders import PVSuspendBoolHigh, PVSuspendBoolLow, PVSuspendFloor

__all__ = ["make_suspender"]


def make_suspender(spec: SuspenderSpec) -> SuspenderBase:
    """The suspender that `spec` describes; it watches nothing until it is installed. ValueError if limits are wrong."""
    return _MAKERS[spec.kind](spec)


def _settings(spec: SuspenderSpec) -> Settings:
    return {"name": spec.name, "sleep": spec.delay, "on_bad_pv": spec.on_bad_pv, "enabled": spec.enable}


def _floor(spec: SuspenderSpec) -> SuspenderBase:
    if spec.low is None:
        raise ValueError(f"suspender {spec.name!r}: a floor needs `low`, the value below which it trips")
    return PVSuspendFloor(spec.pv, spec.low, resume_thresh=spec.resume_low, **_settings(spec))


def _bool_high(spec: SuspenderSpec) -> SuspenderBase:
    return PVSuspendBoolHigh(spec.pv, **_settings(spec))


def _bool_low(spec: SuspenderSpec) -> SuspenderBase:
    return PVSuspendBoolLow(spec.pv, **_settings(spec))


_MAKERS: dict[SuspenderKind, Callable[[SuspenderSpec], SuspenderBase]] = {
    SuspenderKind.FLOOR: _floor,
    SuspenderKind.BOOL_HIGH: _bool_high,
    SuspenderKind.BOOL_LOW: _bool_low,
}
