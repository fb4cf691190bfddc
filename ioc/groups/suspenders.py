"""One suspender: what it watches, its limits, and whether it holds the engine."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from caproto import AlarmSeverity
from caproto.server import PVGroup

from ...suspenders import OnBadPV, SuspenderBase, SuspenderStatus
from ..desk import Desk
from ..pvs import (
    bool_display,
    bool_setting,
    enum_display,
    enum_setting,
    float_display,
    float_setting,
    handled_by,
    int_display,
    post,
    string_display,
    text_display,
)

__all__ = ["SuspenderGroup"]

SEVERITIES = ("NO_ALARM", "MINOR", "MAJOR", "INVALID")


def _limit(name: str, doc: str, field: str) -> Any:
    async def put(group: SuspenderGroup, instance: Any, value: float) -> None:
        await group.change(instance, lambda: group.suspender.configure(**{field: float(value)}), f"{value:g}")

    return float_setting(name, doc, put=put)


class SuspenderGroup(PVGroup):
    """Settings are taken if they fit, and judged at once; a limit that this kind of suspender has not reads NaN."""

    pv = string_display("PV", "What it watches")
    kind = string_display("Kind", "When it trips")
    enable = bool_setting("Enable", "It may hold the engine", put=handled_by("switch"))
    value_ = float_display("Value", "The last value of its PV", precision=3)
    low = _limit("Low", "It trips below", "low")
    high = _limit("High", "It trips above", "high")
    resume_low = _limit("ResumeLow", "Good again above", "resume_low")
    resume_high = _limit("ResumeHigh", "Good again below", "resume_high")
    delay = _limit("Delay", "Settle time after it is good again, s", "delay")
    on_bad_pv = enum_setting(
        "OnBadPV", "What a bad PV does", [str(policy) for policy in OnBadPV], put=handled_by("set_policy")
    )
    tripped = bool_display("Tripped", "It holds the engine")
    connected = bool_display("Connected", "Its PV is connected")
    severity = enum_display("Severity", "Alarm severity of its PV", SEVERITIES)
    reason = text_display("Reason", "Why it holds the engine")
    countdown = float_display("Countdown", "Time until it lets go", units="s")
    trips = int_display("Trips", "How often it has tripped")
    time_lost = float_display("TimeLost", "How long it has held the engine", units="s")

    def __init__(self, *args: Any, suspender: SuspenderBase, desk: Desk, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.suspender = suspender
        self.desk = desk

    async def switch(self, pv: Any, value: str) -> None:
        """Disabled, it lets go at once; enabled while its PV is bad, it holds at once."""
        await self.change(pv, lambda: setattr(self.suspender, "enabled", value == "Yes"), value)

    async def set_policy(self, pv: Any, value: str) -> None:
        """What a PV that is disconnected or INVALID does."""
        await self.change(pv, lambda: self.suspender.configure(on_bad_pv=value), value)

    async def change(self, pv: Any, change: Callable[[], None], value: str) -> None:
        """Change a setting of the suspender, or refuse it with what the suspender says."""
        try:
            change()
        except ValueError as error:
            await self.desk.refuse(pv.pvname, str(error))
        await self.desk.note(pv.pvname, f"{pv.pvspec.name} is {value}")

    async def publish(self, status: SuspenderStatus, now: float) -> None:
        """Everything of it; `now` is in the suspender's clock."""
        await post(self.pv, status.source)
        await post(self.kind, status.kind)
        await post(self.enable, status.enabled)
        await post(self.value_, _number(status.value), severity=AlarmSeverity(int(status.severity)))
        for pv, limit in (
            (self.low, status.low),
            (self.high, status.high),
            (self.resume_low, status.resume_low),
            (self.resume_high, status.resume_high),
            (self.delay, status.delay),
        ):
            await post(pv, _number(limit))
        await post(self.on_bad_pv, str(status.on_bad_pv))
        await post(self.connected, status.connected)
        await post(self.severity, SEVERITIES[status.severity])
        await post(self.reason, status.reason)
        await self.publish_times(status, now)
        await post(self.trips, status.trips)
        held = AlarmSeverity.MINOR_ALARM if status.tripped else AlarmSeverity.NO_ALARM
        await post(self.tripped, status.tripped, severity=held)

    async def publish_times(self, status: SuspenderStatus, now: float) -> None:
        """What changes as time goes by."""
        until = status.countdown_until
        await post(self.countdown, 0.0 if until is None else max(0.0, round(until - now, 1)))
        await post(self.time_lost, round(status.time_lost))


def _number(value: Any) -> float:
    """A value as a number; NaN where there is none, or none that is a number."""
    try:
        return math.nan if value is None else float(value)
    except (TypeError, ValueError):
        return math.nan
