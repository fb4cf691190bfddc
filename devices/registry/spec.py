"""What the configuration says of one device."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, Field

from .care import CareSaid

__all__ = ["DeviceSpec", "device_name"]


def device_name(name: str) -> str:
    """Check that this can be the name of a device. Raises ValueError."""
    if not name.isidentifier():
        raise ValueError(
            f"{name!r} is no device name: plans and documents use it, so it must be letters, digits and _, "
            "not beginning with a digit"
        )
    return name


def _dotted(path: str) -> str:
    parts = path.split(".")
    if len(parts) < 2 or not all(part.isidentifier() for part in parts):
        raise ValueError(f"{path!r} is no class path: write module and class, like 'ophyd.EpicsMotor'")
    return path


class DeviceSpec(CareSaid):
    """One device: name, the class that makes it, what the class is given, and how it is looked after."""

    name: Annotated[str, AfterValidator(device_name)]
    class_path: Annotated[str, AfterValidator(_dotted)] = Field(alias="class")
    prefix: str | None = None
    kwargs: dict[str, Any] = Field(default={})
