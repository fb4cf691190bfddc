"""Whether the devices that a plan is given are there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ...devices.registry.connect import missing_pvs, search_environment

__all__ = ["devices_in", "missing_devices"]

_MOST = 3


def missing_devices(values: Iterable[Any]) -> str:
    """Which devices among a plan's arguments are not connected now, with their PVs, for people; empty if none.

    Asks no server: what is known of the connections is looked at.
    """
    devices = {id(device): device for device in devices_in(values)}
    lost = [device for device in devices.values() if not device.connected]
    if not lost:
        return ""
    return f"{'; '.join(map(_describe, lost))}; searched {search_environment()}"


def devices_in(values: Iterable[Any]) -> Iterator[Any]:
    """What in a plan's arguments is a device that can be connected."""
    for value in values:
        if isinstance(value, Mapping):
            yield from devices_in(value.values())
        elif isinstance(value, list | tuple | set | frozenset):
            yield from devices_in(value)
        elif hasattr(value, "connected"):
            yield value


def _describe(device: Any) -> str:
    pvs = missing_pvs(device)
    if not pvs:
        return f"{device.name} is not connected"
    more = f" and {len(pvs) - _MOST} more" if len(pvs) > _MOST else ""
    return f"{device.name} is not connected: {', '.join(pvs[:_MOST])}{more}"
