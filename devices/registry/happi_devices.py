"""The devices of a happi database. happi is an extra: it is imported when a source names one."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .loader import DeviceLoadError

__all__ = ["devices_of_happi"]


def devices_of_happi(database: str, wanted: Mapping[str, Any]) -> tuple[list[Any], list[DeviceLoadError]]:
    """Make the devices of the items in a JSON file that have all the `wanted` values; items that are not active: none.

    Returns the devices, and what is wrong with the items of which none could be made. Raises ValueError when there is
    no such file, it is no database, nothing fits, or happi is not installed.
    """
    try:
        from happi import Client
        from happi.backends.json_db import JSONBackend
        from happi.loader import from_container
    except ImportError as error:
        raise ValueError(f"happi cannot be imported: {error}; install reioc[happi]") from error
    path = Path(database)
    if not path.is_file():
        raise ValueError(f"{path} is no file")
    try:
        results = list(Client(database=JSONBackend(str(path))).search(**dict(wanted)))
    except Exception as error:  # whatever happi makes of a file that is none of its own
        raise ValueError(f"{path} cannot be read by happi: {type(error).__name__}: {error}") from error
    results = [result for result in results if result.metadata.get("active", True)]
    if not results:
        asked = ", ".join(f"{key} = {value!r}" for key, value in wanted.items())
        raise ValueError(f"{path} has no active item{f' with {asked}' if asked else ''}")
    found, errors = [], []
    for result in results:
        try:
            found.append(from_container(_item_of(result), use_cache=False))
        except Exception as error:  # anything: its class is the beamline's own
            what = f"happi {path}: {result.metadata.get('device_class')}: {type(error).__name__}: {error}"
            errors.append(DeviceLoadError(str(result.metadata.get("name")), what))
    return found, errors


def _item_of(result: Any) -> Any:
    """What happi made of an entry; raises what it thinks of one that makes no item."""
    if (wrong := getattr(result, "exception", None)) is not None:
        raise wrong
    return result.item
