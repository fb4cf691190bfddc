"""One suspender: what it watches, its limits, and whether it holds the engine."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from caproto import AlarmSeverity
from caproto.server import PVGroup

from ...suspenders import Action, OnBadPV, Severity, SuspenderBase, SuspenderStatus
from ...suspenders.changes import in_text
from ..desk import Desk
from ..pvs import (
    MINOR,
    MONITOR,
    SLOW,
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
    string_setting,
    text_display,
)
from ..pvs.puts import current_put
from .suspender_row import SuspenderRowGroup

__all__ = ["SuspenderGroup"]

SEVERITIES = tuple(severity.name for severity in Severity)
_NO_SEVERITY = "none"
_YEAR = 366 * 86400.0
"""What a suspender takes as the longest bypass (s)."""


def _number_setting(name: str, doc: str, field: str, units: str = "") -> Any:
    async def put(group: SuspenderGroup, instance: Any, value: float) -> None:
        await group.change(instance, lambda by: group.suspender.configure(by=by, **{field: float(value)}))

    return float_setting(name, doc, units=units, put=put)


def _word_setting(name: str, doc: str, field: str, words: list[str]) -> Any:
    async def put(group: SuspenderGroup, instance: Any, value: str) -> None:
        setting: dict[str, Any] = {field: value}
        await group.change(instance, lambda by: group.suspender.configure(by=by, **setting))

    return enum_setting(name, doc, words, put=put)


class SuspenderGroup(PVGroup):
    """Settings are taken if they fit, and judged at once; a limit that this kind of suspender has not reads NaN."""

    pv = text_display("PV", "What it watches", length=500)
    kind = string_display("Kind", "When it trips")
    enable = bool_setting("Enable", "It may hold the engine", put=handled_by("switch"))
    bypass = float_setting(
        "Bypass",
        "Hold nothing for so long",
        units="s",
        precision=0,
        put=handled_by("bypass_for"),
        allowed=(0.0, _YEAR),
        high=(1.0, MINOR),
    )
    bypass_by = string_display("BypassBy", "Who has bypassed it")
    value_ = float_display("Value", "The last value of its PV", precision=3)
    low = _number_setting("Low", "It trips below", "low")
    high = _number_setting("High", "It trips above", "high")
    resume_low = _number_setting("ResumeLow", "Good again above", "resume_low")
    resume_high = _number_setting("ResumeHigh", "Good again below", "resume_high")
    expected = string_setting("Expected", "It trips unless its PV is this", put=handled_by("expect"))
    at_severity = _word_setting(
        "AtSeverity", "It trips at this alarm severity", "at_severity", [_NO_SEVERITY, *SEVERITIES[1:]]
    )
    older_than = _number_setting("OlderThan", "It trips when its PV is older", "older_than", "s")
    delay = _number_setting("Delay", "Settle time after it is good again", "delay", "s")
    max_age = _number_setting("MaxAge", "Its PV is bad when older; 0: never", "max_age", "s")
    on_bad_pv = _word_setting("OnBadPV", "What a bad PV does", "on_bad_pv", [str(policy) for policy in OnBadPV])
    action = _word_setting("Action", "What a trip does", "action", [str(action) for action in Action])
    limits = text_display("Limits", "When it trips, and is good again", length=200)
    scope = text_display("Scope", "What it is limited to; empty: nothing")
    tripped = bool_display("Tripped", "It is bad, or not good for long enough", severities={"Yes": MINOR})
    connected = bool_display("Connected", "Its PV is connected")
    severity = enum_display("Severity", "Alarm severity of its PV", SEVERITIES, archive=None)
    reason = text_display("Reason", "Why it is tripped")
    countdown = float_display("Countdown", "Time until it lets go", units="s")
    trips = int_display("Trips", "How often it has tripped", archive=MONITOR)
    time_lost = float_display("TimeLost", "How long it has held the engine", units="s", precision=0, archive=SLOW)

    def __init__(self, *args: Any, known_as: str, suspender: SuspenderBase, desk: Desk, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.known_as = known_as
        self.suspender = suspender
        self.desk = desk
        self.observer: Any = None
        """What the roster has given the suspender to call."""
        self.row: SuspenderRowGroup | None = None
        """Where it is in the table of a screen, if there is room."""

    async def switch(self, pv: Any, value: str) -> None:
        """Disabled, it lets go at once; enabled while its PV is bad, it holds at once."""
        await self.change(pv, lambda by: self.suspender.configure(by=by, enabled=value == "Yes"))

    async def bypass_for(self, pv: Any, value: float) -> None:
        """For so many seconds it holds nothing; 0 ends that."""
        await self.change(pv, lambda by: self.suspender.bypass(float(value), by=by))

    async def expect(self, pv: Any, value: str) -> None:
        """What its PV must be: a number, a text, or the label of a state."""
        # What is a text stays one: the text "5" is not the number 5.
        expected = value if isinstance(self.suspender.status.value, str) else _number_in(value)
        await self.change(pv, lambda by: self.suspender.configure(by=by, expected=expected))

    async def change(self, pv: Any, change: Callable[[str], None]) -> None:
        """Change a setting of the suspender, or refuse it with what the suspender says."""
        put = current_put()
        before = self.suspender.status
        try:
            change(put.by if put is not None else "")
        except ValueError as error:
            await self.desk.refuse(pv.pvname, str(error))
        after = self.suspender.status
        await self.desk.note(pv.pvname, _difference(before, after) or "it was so already", audited=False)
        await self.publish(after)

    async def publish(self, status: SuspenderStatus) -> None:
        """Everything of it."""
        await post(self.pv, status.source)
        await post(self.kind, status.kind)
        await post(self.enable, status.enabled)
        await self._publish_limits(status)
        await post(self.limits, self.suspender.limits_in_words)
        await post(self.on_bad_pv, str(status.rules.on_bad_pv))
        await post(self.action, str(status.rules.action))
        await post(self.scope, "" if status.scope is None else str(status.scope))
        await post(self.connected, status.connected)
        await post(self.severity, SEVERITIES[status.severity])
        await self.publish_values(status)
        await post(self.trips, status.trips)
        await post(self.tripped, status.tripped)
        if self.row is not None:
            await self.row.publish(self.known_as, status)

    async def _publish_limits(self, status: SuspenderStatus) -> None:
        for pv, limit in (
            (self.low, status.low),
            (self.high, status.high),
            (self.resume_low, status.resume_low),
            (self.resume_high, status.resume_high),
            (self.older_than, status.older_than),
            (self.delay, status.rules.delay),
            (self.max_age, status.rules.max_age or 0.0),
        ):
            await post(pv, _number(limit))
        await post(self.expected, _text(status.expected))
        await post(self.at_severity, _NO_SEVERITY if status.at_severity is None else status.at_severity.name)

    async def publish_values(self, status: SuspenderStatus) -> None:
        """What changes all the time, or as time goes by."""
        await post(self.value_, _number(status.value), severity=AlarmSeverity(int(status.severity)))
        await post(self.reason, status.reason)
        await post(self.countdown, round(status.countdown or 0.0, 1))
        await post(self.time_lost, round(status.time_lost))
        await post(self.bypass, float(math.ceil(status.bypass_left or 0.0)))
        await post(self.bypass_by, status.bypass_by)


def _number(value: Any) -> float:
    """A value as a number; NaN where there is none, or none that is a number."""
    try:
        return math.nan if value is None else float(value)
    except (TypeError, ValueError, OverflowError):
        return math.nan


def _text(expected: Any) -> str:
    """What is expected, as it could be written: 5, not 5.0."""
    if isinstance(expected, float):
        return in_text(expected)
    return "" if expected is None else str(expected)


def _number_in(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text


def _difference(before: SuspenderStatus, after: SuspenderStatus) -> str:
    """What was changed, for people."""
    pairs = [(name, getattr(before, name), getattr(after, name)) for name in _LIMITS]
    pairs += [(name, getattr(before.rules, name), getattr(after.rules, name)) for name in _RULES]
    pairs.append(("bypass", round(before.bypass_left or 0), round(after.bypass_left or 0)))
    return "; ".join(f"{name}: {in_text(old)} -> {in_text(new)}" for name, old, new in pairs if old != new)


_LIMITS = ("low", "high", "resume_low", "resume_high", "expected", "at_severity", "older_than")
_RULES = ("delay", "on_bad_pv", "action", "max_age", "enabled")
