"""What the configuration says of one device."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

__all__ = ["DeviceSpec"]


def _identifier(name: str) -> str:
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


class DeviceSpec(BaseModel):
    """One device: name, the class that makes it, what the class is given; `timeout` (s) to connect."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    name: Annotated[str, AfterValidator(_identifier)]
    class_path: Annotated[str, AfterValidator(_dotted)] = Field(alias="class")
    prefix: str | None = None
    kwargs: dict[str, Any] = {}
    timeout: float = Field(default=5.0, gt=0, allow_inf_nan=False)
