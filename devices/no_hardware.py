"""A thread in which nothing is written to hardware.

Rules of this file:
1. What writes is wrapped where all of it comes by: pyepics' puts, and the puts and moves of ophyd's base classes. The
   wrapper is installed once, only into what is loaded, and does nothing in any other thread.
2. Readings are let through. ophyd keeps what it has read by a `put` of its own, which is none.
"""

from __future__ import annotations

import functools
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

__all__ = ["HardwareInDryRun", "no_hardware"]


class HardwareInDryRun(Exception):
    """Something was about to be written in a thread that must not write; `pv` is the PV, else the device.

    Raised where it was tried, inside of a plan for instance. Nothing has been written.
    """

    def __init__(self, pv: str) -> None:
        self.pv = pv
        super().__init__(f"{pv} is not written: this is a dry run")


_here = threading.local()
_MARK = "__refuses_in_dry_run__"


@contextmanager
def no_hardware() -> Iterator[list[str]]:
    """Within this, puts of this thread raise HardwareInDryRun. Gives a list of what was tried, in order.

    Guarded are pyepics and ophyd, ophyd's simulated motor included; a device's own way to its hardware is not.
    """
    _install()
    before: list[str] | None = getattr(_here, "tried", None)
    tried: list[str] = [] if before is None else before
    _here.tried = tried
    try:
        yield tried
    finally:
        _here.tried = before


def _refuse(pv: str) -> None:
    tried = _here.tried
    tried.append(pv)
    raise HardwareInDryRun(pv)


def _name_of_pv(pv: Any, *_: Any) -> str:
    return str(pv.pvname)


def _name_of_channel(chid: Any, *_: Any) -> str:
    return str(sys.modules["epics.ca"].name(chid))


def _name_of_member(_: Any, chid: Any, *__: Any) -> str:
    return _name_of_channel(chid)


def _name_of_device(device: Any, *_: Any) -> str:
    return str(getattr(device, "setpoint_pvname", None) or getattr(device, "name", None) or device)


def _name_of_exposed(_: Any, exposure: Any, *__: Any) -> str:
    return _name_of_device(exposure.device)


def _name_given(name: Any, *_: Any) -> str:
    return str(name)


def _is_own(signal: Any) -> bool:
    """An EpicsSignal's value, which ophyd keeps by the put of the class above it."""
    return hasattr(signal, "_read_pv")


def _always(_: Any) -> bool:
    return False


_Namer = Callable[..., str]
_TARGETS: tuple[tuple[str, str, str, _Namer, Callable[[Any], bool]], ...] = (
    ("epics.ca", "", "put", _name_of_channel, _always),
    ("epics.ca", "", "sg_put", _name_of_member, _always),
    ("epics.pv", "PV", "put", _name_of_pv, _always),
    ("ophyd.signal", "Signal", "put", _name_of_device, _is_own),
    ("ophyd.signal", "Signal", "set", _name_of_device, _always),
    ("ophyd.signal", "EpicsSignal", "put", _name_of_device, _always),
    ("ophyd.signal", "EpicsSignal", "set", _name_of_device, _always),
    ("ophyd.positioner", "PositionerBase", "set", _name_of_device, _always),
    ("ophyd.positioner", "PositionerBase", "move", _name_of_device, _always),
    ("ophyd.sim", "SynAxis", "set", _name_of_device, _always),
    (f"{__package__}.checked_signal", "CheckedEpicsSignal", "set", _name_of_device, _always),
    # It goes to libca by itself.
    (f"{__package__}.checked_signal", "", "put_with_status", _name_given, _always),
    # These give up what is under way, for whoever waits for it, before they write.
    (f"{__package__}.parts.moves", "VerifiedMoves", "_begin", _name_of_device, _always),
    (f"{__package__}.parts.moves", "VerifiedMoves", "stop", _name_of_device, _always),
    (f"{__package__}.shutter", "Shutter", "set", _name_of_device, _always),
    (f"{__package__}.shutter", "Shutter", "stop", _name_of_device, _always),
    (f"{__package__}.fixed_exposure", "FixedExposureDetector", "trigger", _name_of_device, _always),
    (f"{__package__}.fixed_exposure", "FixedExposureDetector", "stop", _name_of_device, _always),
    (f"{__package__}.parts.exposing", "Exposures", "begin", _name_of_exposed, _always),
)
"""Module, class, function, how what it writes to is called, and when it is let through."""


def _install() -> None:
    for module_name, class_name, function, namer, is_let_through in _TARGETS:
        module = sys.modules.get(module_name)
        owner = getattr(module, class_name, None) if module is not None and class_name else module
        if owner is not None and not hasattr(vars(owner)[function], _MARK):
            setattr(owner, function, _guarded(vars(owner)[function], namer, is_let_through))


def _guarded(write: Callable[..., Any], namer: _Namer, is_let_through: Callable[[Any], bool]) -> Callable[..., Any]:
    @functools.wraps(write)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        if getattr(_here, "tried", None) is not None and not is_let_through(args[0] if args else None):
            _refuse(namer(*args))
        return write(*args, **kwargs)

    setattr(guarded, _MARK, True)
    return guarded
