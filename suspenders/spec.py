"""What the configuration, and JSON by PV, say of one suspender."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo, field_validator

from .conditions import AtSeverity
from .words import Action, OnBadPV, SuspenderKind

__all__ = ["MemberSpec", "PlanCall", "ScopeSpec", "SuspenderSpec", "suspender_name"]

# The name is a part of PV names (`Susp:<name>:ResumeHigh`), which must stay within 40 characters.
_NAME = re.compile(r"[A-Za-z0-9_-]{1,12}")
_RESERVED = (
    "Count",
    "Names",
    "Enable",
    "Tripped",
    "TrippedBy",
    "Reason",
    "Since",
    "TimeLost",
    "Countdown",
    "Add",
    "Remove",
)


def suspender_name(name: str) -> str:
    """The name, if it can be one. ValueError says what names look like."""
    if not _NAME.fullmatch(name):
        raise ValueError(
            f"{name!r} is no suspender name: it becomes part of PV names, so it must be 1 to 12 letters, "
            "digits, _ and -"
        )
    if name in _RESERVED:
        raise ValueError(f"{name!r} is no suspender name: Susp:{name} is a PV for all of them")
    return name


def _pv_name(pv: str) -> str:
    if not pv or not pv.isprintable() or " " in pv:
        raise ValueError(f"{pv!r} is no PV name: it must not be empty and has no spaces")
    return pv


def _words(names: Any) -> Any:
    return (names,) if isinstance(names, str) else names


_PV = Annotated[str, AfterValidator(_pv_name)]
_Limit = Annotated[float | None, Field(allow_inf_nan=False, validate_default=True)]
_Seconds = Annotated[float, Field(ge=0, allow_inf_nan=False)]
_Names = Annotated[tuple[Annotated[str, Field(min_length=1)], ...], BeforeValidator(_words), Field(strict=False)]

_NEEDS: dict[SuspenderKind, tuple[str, ...]] = {
    SuspenderKind.FLOOR: ("low",),
    SuspenderKind.CEIL: ("high",),
    SuspenderKind.OUTSIDE_BAND: ("low", "high"),
    SuspenderKind.INSIDE_BAND: ("low", "high"),
    SuspenderKind.STALE: ("older_than",),
}
_TAKES: dict[SuspenderKind, tuple[str, ...]] = {
    SuspenderKind.FLOOR: ("low", "resume_low"),
    SuspenderKind.CEIL: ("high", "resume_high"),
    SuspenderKind.OUTSIDE_BAND: ("low", "high", "resume_low", "resume_high"),
    SuspenderKind.INSIDE_BAND: ("low", "high", "resume_low", "resume_high"),
    SuspenderKind.CHANGED: ("expected", "allow_resume"),
    SuspenderKind.SEVERITY: ("at_severity",),
    SuspenderKind.STALE: ("older_than",),
}
_WHAT = {"low": "the value below which it trips", "high": "the value above which it trips", "older_than": "an age in s"}


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class MemberSpec(_Table):
    """A PV, and when it is bad: what a suspender watches, or one of several things that it watches."""

    kind: SuspenderKind = Field(strict=False)
    pv: _PV | None = Field(default=None, validate_default=True)
    low: _Limit = None
    high: _Limit = None
    resume_low: _Limit = None
    resume_high: _Limit = None
    expected: float | str | None = Field(default=None, validate_default=True)
    allow_resume: bool | None = Field(default=None, validate_default=True)
    at_severity: str | None = Field(default=None, validate_default=True)
    older_than: Annotated[float | None, Field(gt=0, allow_inf_nan=False, validate_default=True)] = None

    # Field by field rather than once for the model: a model's validator does not run while a field is wrong,
    # and then a mistake in a limit would only show after the others have been corrected.
    @field_validator("pv")
    @classmethod
    def _pv_fits_the_kind(cls, pv: str | None, info: ValidationInfo) -> str | None:
        kind = info.data.get("kind")
        several = kind in (SuspenderKind.ANY_OF, SuspenderKind.ALL_OF)
        if pv is None and kind is not None and not several:
            raise ValueError("missing: which PV it watches")
        if pv is not None and several:
            raise ValueError(f"{str(kind)!r} watches what is in `of`; leave `pv` out")
        return pv

    @field_validator("low", "high", "expected", "allow_resume", "at_severity", "older_than")
    @classmethod
    def _setting_fits_the_kind(cls, value: Any, info: ValidationInfo) -> Any:
        kind, key = info.data.get("kind"), str(info.field_name)
        if kind is None:
            return value
        if value is None and key in _NEEDS.get(kind, ()):
            raise ValueError(f"missing: {str(kind)!r} needs {_WHAT[key]}")
        return _refuse_for_others(key, value, kind)

    @field_validator("high")
    @classmethod
    def _makes_a_band(cls, high: float | None, info: ValidationInfo) -> float | None:
        low = info.data.get("low")
        if high is not None and low is not None and high <= low:
            raise ValueError(f"{high:g} is not above low = {low:g}: that is no band")
        return high

    @field_validator("at_severity")
    @classmethod
    def _is_a_severity(cls, severity: str | None) -> str | None:
        if severity is not None:
            AtSeverity(severity)  # ValueError says which there are
        return severity

    @field_validator("resume_low", "resume_high")
    @classmethod
    def _resume_limit_fits(cls, value: float | None, info: ValidationInfo) -> float | None:
        kind, key = info.data.get("kind"), str(info.field_name)
        if value is None or kind is None:
            return value
        _refuse_for_others(key, value, kind)
        trip = key.removeprefix("resume_")
        limit = info.data.get(trip)
        if limit is not None and _is_on_the_wrong_side(kind, trip, value, limit):
            side = "below" if value < limit else "above"
            raise ValueError(f"{value:g} is {side} {trip} = {limit:g}: it would be good again while it trips")
        if kind is SuspenderKind.OUTSIDE_BAND:
            _check_band(key, value, info.data)
        return value


class PlanCall(_Table):
    """A plan of the catalogue with its parameters."""

    plan: str
    params: dict[str, Any] = {}


class ScopeSpec(_Table):
    """What a suspender is limited to, by name: plans; commands and devices of messages. Empty is no limit."""

    plans: _Names = ()
    commands: _Names = ()
    devices: _Names = ()


class SuspenderSpec(MemberSpec):
    """One suspender; limits in the PV's unit, times in seconds.

    Limits are those of its kind (`_TAKES`); `delay` is the settle time; a PV older than `max_age` counts as bad.
    `any_of` and `all_of` watch several PVs, each with its kind and limits, in `of`.
    """

    name: Annotated[str, AfterValidator(suspender_name)]
    of: tuple[MemberSpec, ...] = Field(default=(), strict=False, validate_default=True)
    delay: _Seconds = 0.0
    max_age: Annotated[float | None, Field(gt=0, allow_inf_nan=False)] = None
    on_bad_pv: OnBadPV = Field(default=OnBadPV.SUSPEND, strict=False)
    action: Action = Field(default=Action.SUSPEND, strict=False)
    enable: bool = True
    message: str = ""
    scope: ScopeSpec = ScopeSpec()
    pre_plan: PlanCall | None = None
    post_plan: PlanCall | None = None

    @field_validator("of")
    @classmethod
    def _of_fits_the_kind(cls, of: tuple[MemberSpec, ...], info: ValidationInfo) -> tuple[MemberSpec, ...]:
        kind = info.data.get("kind")
        several = kind in (SuspenderKind.ANY_OF, SuspenderKind.ALL_OF)
        if several and len(of) < 2:
            raise ValueError(f"{str(kind)!r} needs two or more tables, each with `pv` and `kind`")
        if of and kind is not None and not several:
            raise ValueError(f"`of` is for kinds 'any_of' and 'all_of'; leave it out for {str(kind)!r}")
        if any(member.kind in (SuspenderKind.ANY_OF, SuspenderKind.ALL_OF) for member in of):
            raise ValueError("`of` may not hold 'any_of' and 'all_of': write two suspenders")
        return of


def _refuse_for_others(key: str, value: Any, kind: SuspenderKind) -> Any:
    if value is not None and key not in _TAKES.get(kind, ()):
        kinds = " and ".join(repr(str(each)) for each, keys in _TAKES.items() if key in keys)
        raise ValueError(f"{key} is for kind {kinds} only; leave it out for {str(kind)!r}")
    return value


def _check_band(key: str, value: float, limits: dict[str, Any]) -> None:
    """Where it is good again must be a band."""
    other = "high" if key == "resume_low" else "low" if limits.get("resume_low") is None else "resume_low"
    end, side = limits.get(other), "below" if key == "resume_low" else "above"
    if end is not None and not (value < end if key == "resume_low" else value > end):
        raise ValueError(f"{value:g} is not {side} {other} = {end:g}: that is no band to be good again in")


def _is_on_the_wrong_side(kind: SuspenderKind, trip: str, resume: float, limit: float) -> bool:
    inwards = kind is not SuspenderKind.INSIDE_BAND
    return (resume < limit) == (inwards == (trip == "low")) and resume != limit
