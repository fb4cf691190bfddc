"""The devices of a Python module: what `make_devices()` makes, or what `DEVICES` lists, or all there are."""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Iterator, Mapping
from types import ModuleType
from typing import Any

from .loader import DeviceLoadError

__all__ = ["devices_of_module"]

_A_DEVICE_HAS_ONE_OF = ("read", "set", "trigger", "kickoff", "stage")


def devices_of_module(name: str) -> tuple[list[Any], list[DeviceLoadError]]:
    """Import a module; its devices, and what in `DEVICES` is none.

    Raises ValueError, saying why, when it cannot be imported, its function fails, or it has no device.
    """
    try:
        module = importlib.import_module(name)
    except (Exception, SystemExit) as error:  # anything: it is the beamline's own
        raise ValueError(f"{name} cannot be imported: {type(error).__name__}: {error}") from error
    listed, how = _listed(module)
    found, errors = [], []
    for known_as, device in listed:
        if _is_device(device):
            found.append(device)
        else:
            called = known_as or repr(device)
            errors.append(DeviceLoadError(called, f"{name}.{how}: {device!r} is no device: it has no name, or no read"))
    if not found and not errors:
        raise ValueError(f"{name} has no device: wanted is make_devices(), a list DEVICES, or devices by their names")
    return list({id(device): device for device in found}.values()), errors


def _listed(module: ModuleType) -> tuple[list[tuple[str, Any]], str]:
    if (make := getattr(module, "make_devices", None)) is not None:
        try:
            return list(_named(make(), module, "make_devices()")), "make_devices()"
        except ValueError:
            raise
        except (Exception, SystemExit) as error:
            raise ValueError(f"{module.__name__}.make_devices(): {type(error).__name__}: {error}") from error
    if (devices := getattr(module, "DEVICES", None)) is not None:
        return list(_named(devices, module, "DEVICES")), "DEVICES"
    public = {name: value for name, value in vars(module).items() if not name.startswith("_")}
    return [(name, value) for name, value in public.items() if _is_device(value)], ""


def _named(devices: Any, module: ModuleType, how: str) -> Iterator[tuple[str, Any]]:
    if isinstance(devices, Mapping):
        yield from ((str(name), device) for name, device in devices.items())
    elif isinstance(devices, Iterable) and not isinstance(devices, str):
        yield from (("", device) for device in devices)
    else:
        raise ValueError(f"{module.__name__}.{how} is {devices!r}: wanted is a list of devices, or a table by name")


def _is_device(value: Any) -> bool:
    """Methods count, not classes; a class itself is none."""
    if isinstance(value, type | ModuleType) or not isinstance(getattr(value, "name", None), str):
        return False
    return any(callable(getattr(value, method, None)) for method in _A_DEVICE_HAS_ONE_OF)
