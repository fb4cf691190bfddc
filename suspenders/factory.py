"""From the configuration to suspenders."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .base import Member, SuspenderBase
from .combined import PVSuspender
from .conditions import (
    AtSeverity,
    BoolHigh,
    BoolLow,
    Ceil,
    Changed,
    Condition,
    Floor,
    InsideBand,
    OlderThan,
    OutsideBand,
)
from .pv_source import PVSource
from .spec import MemberSpec, SuspenderSpec
from .together import all_of, any_of
from .words import SuspenderKind

__all__ = ["condition_of", "make_suspender"]


def make_suspender(
    spec: SuspenderSpec, *, pre_plan: Any = None, post_plan: Any = None, scope: Any = None
) -> SuspenderBase:
    """The suspender that `spec` describes; it watches nothing until it is installed. ValueError if limits are wrong.

    Its plans and its scope are given as an engine takes them: what they are called is somebody else's to know.
    """
    members = [Member(PVSource(each.pv or ""), condition_of(each)) for each in (spec.of or (spec,))]
    return PVSuspender(
        members,
        together=all_of if spec.kind is SuspenderKind.ALL_OF else any_of,
        name=spec.name,
        sleep=spec.delay,
        max_age=spec.max_age,
        on_bad_pv=spec.on_bad_pv,
        action=spec.action,
        enabled=spec.enable,
        tripped_message=spec.message,
        pre_plan=pre_plan,
        post_plan=post_plan,
        scope=scope,
    )


def condition_of(spec: MemberSpec) -> Condition:
    """When a PV is bad. ValueError if limits are wrong."""
    return _CONDITIONS[spec.kind](spec)


_CONDITIONS: dict[SuspenderKind, Callable[[Any], Condition]] = {
    SuspenderKind.FLOOR: lambda spec: Floor(spec.low, spec.resume_low),
    SuspenderKind.CEIL: lambda spec: Ceil(spec.high, spec.resume_high),
    SuspenderKind.OUTSIDE_BAND: lambda spec: OutsideBand(spec.low, spec.high, spec.resume_low, spec.resume_high),
    SuspenderKind.INSIDE_BAND: lambda spec: InsideBand(spec.low, spec.high, spec.resume_low, spec.resume_high),
    SuspenderKind.BOOL_HIGH: lambda _: BoolHigh(),
    SuspenderKind.BOOL_LOW: lambda _: BoolLow(),
    SuspenderKind.CHANGED: lambda spec: Changed(spec.expected, bool(spec.allow_resume)),
    SuspenderKind.SEVERITY: lambda spec: AtSeverity(spec.at_severity or "MAJOR"),
    SuspenderKind.STALE: lambda spec: OlderThan(spec.older_than),
}
