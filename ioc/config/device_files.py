"""Devices that other TOML files have, which a `[[device_source]]` names.

Rules of this file:
- Such a file has `[[device]]` tables and nothing else. What is wrong in it is told with its own name and line.
- What the source says of care holds for those that say nothing else themselves.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ...devices.registry.care import CareSaid
from ...devices.registry.source_spec import DeviceSource, SourceKind
from ...devices.registry.spec import DeviceSpec
from .errors import ConfigError, Mistake, duplicate_names, explain
from .toml_file import read_toml
from .toml_lines import TomlLines

__all__ = ["DeviceFiles", "read_device_files"]


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    devices: tuple[DeviceSpec, ...] = Field(default=(), alias="device", strict=False)


@dataclass
class DeviceFiles:
    """What the files have: devices, the place of each by its name, and what is wrong, each with file and line.

    `unread` are the mistakes of who names a file that cannot be read.
    """

    devices: list[DeviceSpec] = field(default_factory=list)
    places: dict[str, str] = field(default_factory=dict)
    mistakes: list[str] = field(default_factory=list)
    unread: list[Mistake] = field(default_factory=list)


def read_device_files(sources: Iterable[DeviceSource], folder: Path, own: Mapping[str, str]) -> DeviceFiles:
    """Read the files of all sources that are one; `own` are the places, by name, of devices that there are already."""
    found = DeviceFiles(places=dict(own))
    for index, source in enumerate(sources):
        if source.kind is not SourceKind.TOML or source.file is None:
            continue
        try:
            document, lines = read_toml(folder / source.file)
        except ConfigError as error:
            found.unread += [Mistake(("device_source", index, "file"), what) for what in error.mistakes]
        else:
            _take(Path(source.file).name, document, lines, source, found)
    return found


def _take(file: str, document: dict[str, Any], lines: TomlLines, source: DeviceSource, found: DeviceFiles) -> None:
    mistakes = duplicate_names(document, ("device",))
    devices: tuple[DeviceSpec, ...] = ()
    try:
        devices = _File.model_validate(document).devices
    except ValidationError as error:
        mistakes += explain(error, _File)
    named_here: set[str] = set()
    for index, device in enumerate(devices):
        place = f"{file}:{lines.of(('device', index))}"
        if device.name in found.places and device.name not in named_here:  # twice in this file is told already
            what = f"{device.name!r} is already the name of the device of {found.places[device.name]}"
            mistakes.append(Mistake(("device", index, "name"), what))
        named_here.add(device.name)
        found.places.setdefault(device.name, place)
        found.devices.append(_with_care_of(device, source))
    mistakes.sort(key=lambda mistake: lines.of(mistake.path))
    found.mistakes += [f"{file}:{lines.of(mistake.path)}: {mistake}" for mistake in mistakes]


def _with_care_of(device: DeviceSpec, source: DeviceSource) -> DeviceSpec:
    said = {name: getattr(source, name) for name in CareSaid.model_fields if getattr(device, name) is None}
    return device.model_copy(update=said)
