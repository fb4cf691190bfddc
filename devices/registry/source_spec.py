"""What the configuration says of a source of devices: a `[[device_source]]` table."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

from pydantic import Field, ValidationInfo, field_validator

from .care import CareSaid

__all__ = ["DeviceSource", "SourceKind"]


class SourceKind(StrEnum):
    """What devices come from."""

    TOML = "toml"
    MODULE = "module"
    HAPPI = "happi"


_TAKES: dict[str, SourceKind] = {
    "file": SourceKind.TOML,
    "module": SourceKind.MODULE,
    "database": SourceKind.HAPPI,
    "filter": SourceKind.HAPPI,
}
_NEEDS: dict[SourceKind, tuple[str, str]] = {
    SourceKind.TOML: ("file", "a file with [[device]] tables, like 'motors.toml'"),
    SourceKind.MODULE: ("module", "a module of devices, like 'mybeamline.devices'"),
    SourceKind.HAPPI: ("database", "happi's JSON file, like 'happi.json'"),
}
_Text = Annotated[str | None, Field(min_length=1, validate_default=True)]


class DeviceSource(CareSaid):
    """One `[[device_source]]`. What it says of care holds for all its devices that say nothing else themselves."""

    kind: SourceKind = Field(strict=False)
    file: _Text = None
    """Relative to the beamline.toml, as is `database`."""
    module: _Text = None
    database: _Text = None
    filter: dict[str, str | int | float | bool] = Field(default={})
    """Which of happi's items: those with all these values."""

    @property
    def called(self) -> str:
        """For people: its kind, and where it is."""
        return f"{self.kind} {self.file or self.module or self.database}"

    # Field by field, so that a mistake in one does not hide another.
    @field_validator(*_TAKES)
    @classmethod
    def _fits_the_kind(cls, value: Any, info: ValidationInfo) -> Any:
        kind, key = info.data.get("kind"), str(info.field_name)
        if kind is None:
            return value
        if value and kind is not _TAKES[key]:
            raise ValueError(f"{str(kind)!r} has no {key}: it is for {str(_TAKES[key])!r}")
        needed, what = _NEEDS[kind]
        if key == needed and value is None:
            raise ValueError(f"missing: {str(kind)!r} needs {what}")
        return value
