"""What the configuration says of one suspender."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationInfo, field_validator

__all__ = ["OnBadPV", "SuspenderKind", "SuspenderSpec"]

# The name is a part of PV names (`Susp:<name>:ResumeHigh`), which must stay within 40 characters.
_NAME = re.compile(r"[A-Za-z0-9_-]{1,12}")


class SuspenderKind(StrEnum):
    """When it trips: `floor` below `low`, `bool_high` while true, `bool_low` while false."""

    FLOOR = "floor"
    BOOL_HIGH = "bool_high"
    BOOL_LOW = "bool_low"


class OnBadPV(StrEnum):
    """What a PV that is disconnected or INVALID does: counts as tripped, or as nothing, or ends the plan."""

    SUSPEND = "suspend"
    IGNORE = "ignore"
    ABORT = "abort"


def _suspender_name(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise ValueError(
            f"{name!r} is no suspender name: it becomes part of PV names, so it must be 1 to 12 letters, "
            "digits, _ and -"
        )
    return name


def _pv_name(pv: str) -> str:
    if not pv or not pv.isprintable() or " " in pv:
        raise ValueError(f"{pv!r} is no PV name: it must not be empty and has no spaces")
    return pv


_Limit = Annotated[float | None, Field(allow_inf_nan=False, validate_default=True)]


class SuspenderSpec(BaseModel):
    """One PV that suspends the engine; `low`, `resume_low` in the PV's unit, `delay` (s) is the settle time.

    A floor trips below `low` and is good again from `resume_low` (not below `low`; without it, `low`).
    The bool kinds have no limits.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    name: Annotated[str, AfterValidator(_suspender_name)]
    kind: SuspenderKind = Field(strict=False)
    pv: Annotated[str, AfterValidator(_pv_name)]
    low: _Limit = None
    resume_low: _Limit = None
    delay: float = Field(default=0.0, ge=0, allow_inf_nan=False)
    on_bad_pv: OnBadPV = Field(default=OnBadPV.SUSPEND, strict=False)
    enable: bool = True

    # Field by field rather than once for the model: a model's validator does not run while a field is wrong,
    # and then a mistake in a limit would only show after the others have been corrected.
    @field_validator("low")
    @classmethod
    def _low_fits_the_kind(cls, low: float | None, info: ValidationInfo) -> float | None:
        kind = info.data.get("kind")
        if kind is SuspenderKind.FLOOR and low is None:
            raise ValueError("missing: a floor needs the value below which it trips")
        return _no_limit_for_bools("low", low, kind)

    @field_validator("resume_low")
    @classmethod
    def _resume_low_fits(cls, resume_low: float | None, info: ValidationInfo) -> float | None:
        _no_limit_for_bools("resume_low", resume_low, info.data.get("kind"))
        low = info.data.get("low")
        if low is None or resume_low is None:
            return low
        if resume_low < low:
            raise ValueError(f"{resume_low:g} is below low = {low:g}: it would be good again while it trips")
        return resume_low


def _no_limit_for_bools(key: str, value: float | None, kind: SuspenderKind | None) -> float | None:
    if value is not None and kind not in (SuspenderKind.FLOOR, None):
        raise ValueError(f"{key} is for kind 'floor' only; leave it out for {str(kind)!r}")
    return value
