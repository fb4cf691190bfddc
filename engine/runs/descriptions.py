"""What a device says of itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from ..awaited import settled
from ..errors import UnsupportedDevice
from ..telling import name_of

__all__ = ["Description", "describe", "described_as", "reconfigured"]


@dataclass(frozen=True, slots=True)
class Description:
    """A device's data keys and configuration, and whether it makes documents of its own (`assets`)."""

    data_keys: dict[str, Any]
    configuration: dict[str, Any]
    writes_assets: bool = False


async def describe(device: Any) -> Description:
    """Ask a device what it reads. Its methods may be coroutines. Raises UnsupportedDevice if it cannot say."""
    method = getattr(device, "describe", None)
    if method is None:
        raise UnsupportedDevice(f"{name_of(device)} cannot be read into an event: it has no describe()")
    return await described_as(device, await settled(method()))


async def described_as(device: Any, data_keys: dict[str, Any]) -> Description:
    """The description of a device that has these data keys."""
    if not isinstance(data_keys, dict) or not all(_is_data_key(*item) for item in data_keys.items()):
        raise TypeError(f"{name_of(device)}.describe() must return a dict of data keys, not {data_keys!r}")
    config_keys = await settled(device.describe_configuration()) if _is_configurable(device) else {}
    configuration = {**await _values(device), "data_keys": config_keys}
    return Description(dict(data_keys), configuration, hasattr(device, "collect_asset_docs"))


def _is_data_key(key: Any, data_key: Any) -> bool:
    return isinstance(key, str) and isinstance(data_key, Mapping)


async def reconfigured(device: Any, descriptions: list[Description]) -> list[Description]:
    """These descriptions of one device, with the values that its configuration has now."""
    values = await _values(device)
    return [replace(old, configuration={**old.configuration, **values}) for old in descriptions]


def _is_configurable(device: Any) -> bool:
    return hasattr(device, "read_configuration") and hasattr(device, "describe_configuration")


async def _values(device: Any) -> dict[str, Any]:
    config = await settled(device.read_configuration()) if _is_configurable(device) else {}
    return {part: _part(device, config, entry) for part, entry in (("data", "value"), ("timestamps", "timestamp"))}


def _part(device: Any, config: dict[str, Any], entry: str) -> dict[str, Any]:
    try:
        return {key: reading[entry] for key, reading in config.items()}
    except (KeyError, TypeError, AttributeError) as error:
        raise TypeError(
            f"{name_of(device)}.read_configuration() must return a dict of readings, each with a value and a "
            f"timestamp, not {config!r}"
        ) from error
