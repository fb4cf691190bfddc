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
        entries = (backend := JSONBackend(str(path))).load()
        entries = {str(key): entry for key, entry in entries.items() if _is_wanted(entry, wanted)}
    except Exception as error:  # whatever happi makes of a file that is none of its own
        raise ValueError(f"{path} cannot be read by happi: {type(error).__name__}: {error}") from error
    if not entries:
        asked = ", ".join(f"{key} = {value!r}" for key, value in wanted.items())
        raise ValueError(f"{path} has no active item{f' with {asked}' if asked else ''}")
    found, errors, client = [], [], Client(database=backend)
    for key, entry in entries.items():
        try:
            found.append(from_container(_item_of(client, key, entry), use_cache=False))
        except (Exception, SystemExit) as error:  # anything: its class is the beamline's own
            name, made_by = (entry.get("name"), entry.get("device_class")) if isinstance(entry, dict) else (None, None)
            what = f"happi {path}: {made_by or 'no class'}: {type(error).__name__}: {error}"
            errors.append(DeviceLoadError(str(name or key), what))
    return found, errors


def _is_wanted(entry: Any, wanted: Mapping[str, Any]) -> bool:
    """What is no table at all is wanted as well: it is to be told that it is none."""
    if not isinstance(entry, dict):
        return True
    return bool(entry.get("active", True)) and all(entry.get(key) == value for key, value in wanted.items())


def _item_of(client: Any, key: str, entry: Any) -> Any:
    """What happi makes of an entry; raises what it thinks of one that makes no item."""
    # happi's own search gives all of them up for one that has no name.
    if not isinstance(entry, dict) or not entry.get("name"):
        raise ValueError(f"the entry {key!r} has no name")
    if (wrong := getattr(result := client[key], "exception", None)) is not None:
        raise wrong
    return result.item
