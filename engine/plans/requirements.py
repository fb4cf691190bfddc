"""What devices, lists and functions plans are given: refusals that say what would be right."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ..errors import UnsupportedDevice
from .devices import label

__all__ = ["check_device", "check_devices", "check_function", "check_supports", "device_list", "listed"]


def listed(where: str, what: str, given: Any) -> list[Any]:
    """`given` as a list. Raises TypeError for a text, or what cannot be gone through."""
    if isinstance(given, (str, bytes)) or not isinstance(given, Iterable):
        raise TypeError(f"{where}: {what} must be a list, such as [{what[:1]}1, {what[:1]}2], not {label(given)}")
    return list(given)


def device_list(where: str, what: str, given: Any) -> list[Any]:
    """`given` as a list of devices. Raises TypeError when it is none, or when something else is in it."""
    devices = listed(where, what, given)
    for index, device in enumerate(devices):
        check_device(f"{where}: {what}[{index}]", device)
    return devices


def check_device(which: str, thing: Any) -> None:
    """Raises TypeError, which says `which` it is, unless `thing` is a device."""
    if isinstance(thing, type):
        raise TypeError(f"{which} is the class {thing.__name__}, not a device of that class")
    if not hasattr(thing, "name"):
        raise TypeError(f"{which} is no device but {thing!r} ({type(thing).__name__})")


def check_devices(where: str, devices: tuple[Any, ...]) -> None:
    """Raises TypeError unless each argument is a device."""
    for number, device in enumerate(devices, start=1):
        if isinstance(device, (list, tuple, set, dict)):
            kind = type(device).__name__
            raise TypeError(f"{where}: argument {number} is a {kind}, devices are given one by one: {where}(*devices)")
        check_device(f"{where}: argument {number}", device)


def check_supports(where: str, does: str, device: Any, *methods: str) -> None:
    """Raises UnsupportedDevice, a TypeError, when the device has not all the methods with which it `does` something."""
    if isinstance(device, type):
        raise UnsupportedDevice(f"{where}: {device.__name__} is a class, not an instance of it")
    missing = [f"{method}()" for method in methods if not callable(getattr(device, method, None))]
    if missing:
        raise UnsupportedDevice(f"{where}: {label(device)} cannot {does}, it has no {', '.join(missing)}")


def check_function(where: str, what: str, given: Any) -> None:
    """Raises TypeError unless `given` can be called."""
    if not callable(given):
        raise TypeError(f"{where}: {what} must be a function, not {given!r} ({type(given).__name__})")
