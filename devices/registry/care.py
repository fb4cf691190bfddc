"""How a device is looked after: when it is connected, and what becomes of a plan while it is in trouble."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["Care", "CareSaid"]

_Connect = Literal["eager", "lazy"]
_OnTrouble = Literal["suspend", "fail"]
_Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
_Seconds = Annotated[float, Field(ge=0, allow_inf_nan=False)]
_Count = Annotated[int, Field(ge=0)]


class Care(BaseModel):
    """The table `[devices]`: what holds for every device of which nothing else is said."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    connect: _Connect = "eager"
    """When the service starts; or when a plan that is given the device does."""
    timeout: _Positive = 5.0
    """Seconds that connecting may take."""
    on_trouble: _OnTrouble = "suspend"
    """What becomes of a plan whose device is lost, or fails in a way that may pass."""
    settle: _Seconds = 1.0
    """Seconds that a device must have been well before the plan goes on."""
    give_up: _Seconds = 0.0
    """Seconds of trouble after which the plan fails after all; 0: never."""
    retries: _Count = 3
    """How often what has failed is tried again, until the plan gets on."""
    silence: _Seconds = 5.0
    """Seconds that a device may be waited for without a sign of life of its server; 0: any time."""


class CareSaid(BaseModel):
    """What is said of one device, or of all that come from one source; the rest is as in `[devices]`."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    connect: _Connect | None = None
    timeout: _Positive | None = None
    on_trouble: _OnTrouble | None = None
    settle: _Seconds | None = None
    give_up: _Seconds | None = None
    retries: _Count | None = None
    silence: _Seconds | None = None

    def care(self, default: Care) -> Care:
        """All of it, with what is not said here from `default`."""
        said: dict[str, Any] = {name: getattr(self, name) for name in CareSaid.model_fields}
        return default.model_copy(update={name: value for name, value in said.items() if value is not None})
