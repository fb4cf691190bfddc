"""All suspenders together: the master switch, what holds the engine, adding and removing."""

from __future__ import annotations

from collections.abc import Awaitable, Sequence
from datetime import datetime
from typing import Any, Protocol

from caproto.server import PVGroup

from ...engine import Hold
from ...suspenders import SuspenderStatus
from ..desk import Desk
from ..pvs import (
    MINOR,
    MONITOR,
    SLOW,
    Guidance,
    Kind,
    bool_display,
    bool_setting,
    float_display,
    handled_by,
    int_display,
    post,
    string_display,
    string_setting,
    strings_display,
    text_display,
    text_setting,
)

__all__ = ["Keeper", "SuspendersGroup"]

MAX_SUSPENDERS = 100
_OFF = Guidance(
    "All suspenders are off: plans go on without beam, or with a closed shutter. Audit:Log says who has switched them "
    "off; switch them on again when that is over.",
    latching=False,
    delay=60,
)


class Keeper(Protocol):
    """What can be asked of whoever keeps the suspenders."""

    def switch(self, enabled: bool) -> str:
        """The master switch. Returns what was done, for people."""
        ...

    def add(self, description: str) -> Awaitable[str]:
        """Add one by its description in JSON. Raises Refusal; the answer may be a Failure."""
        ...

    def remove(self, name: str) -> Awaitable[str]:
        """Remove the one of that name. Raises Refusal; done when the displays show it."""
        ...


class SuspendersGroup(PVGroup):
    """Of all suspenders; for each there is a group of its own."""

    count = int_display("Count", "How many suspenders there are", archive=MONITOR)
    names = strings_display("Names", "Their names", MAX_SUSPENDERS)
    enable = bool_setting(
        "Enable",
        "Master switch of all suspenders",
        put=handled_by("switch"),
        severities={"No": MINOR},
        guidance=_OFF,
    )
    tripped = bool_display("Tripped", "At least one is tripped", severities={"Yes": MINOR})
    tripped_by = text_display("TrippedBy", "Names of those that are tripped")
    reason = text_display("Reason", "Why they are tripped, or hold")
    since = string_display("Since", "Since when")
    time_lost = float_display("TimeLost", "How long plans were suspended", units="s", precision=0, archive=SLOW)
    countdown = float_display("Countdown", "Time until the engine goes on", units="s")
    add = text_setting("Add", "Add one: a JSON object", length=8000, put=handled_by("add_one"), kind=Kind.COMMAND)
    remove = string_setting("Remove", "Remove one: its name", put=handled_by("remove_one"), kind=Kind.COMMAND)

    def __init__(self, *args: Any, keeper: Keeper, desk: Desk, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.keeper = keeper
        self.desk = desk

    async def switch(self, pv: Any, value: str) -> None:
        """Off, none of them holds anything, and Message says so."""
        await self.desk.note(pv.pvname, self.keeper.switch(value == "Yes"))

    async def add_one(self, pv: Any, value: str) -> None:
        """Done when it watches: its PV is connected, and its value can be judged."""
        await self.desk.carry_out(pv.pvname, lambda: self.keeper.add(value))

    async def remove_one(self, pv: Any, value: str) -> None:
        """It lets go, and its PVs go."""
        await self.desk.carry_out(pv.pvname, lambda: self.keeper.remove(value))

    async def publish(
        self,
        statuses: Sequence[tuple[str, SuspenderStatus]],
        *,
        enabled: bool,
        others: Sequence[Hold],
        time_lost: float,
    ) -> None:
        """Everything; `others` are the holds that none of these suspenders has asked for."""
        tripped = [(name, status) for name, status in statuses if status.tripped]
        # Of ours the status, not the hold: the reason of a hold keeps the value that it began with.
        reasons = [status.reason for _, status in tripped] + [hold.reason for hold in others]
        since = [status.since for _, status in tripped if status.since is not None] + [hold.since for hold in others]
        await post(self.count, len(statuses))
        await post(self.names, [name for name, _ in statuses])
        await post(self.enable, enabled)
        await post(self.tripped_by, ", ".join(name for name, _ in tripped))
        await post(self.reason, "; ".join(dict.fromkeys(reasons)))
        await post(self.since, _moment(min(since, default=None)))
        await post(self.time_lost, round(time_lost))
        await post(self.countdown, 0.0 if others else _countdown([status for _, status in tripped]))
        await post(self.tripped, bool(tripped))


def _countdown(tripped: Sequence[SuspenderStatus]) -> float:
    """Seconds until the last of them lets go; 0 as long as one is still bad, since nobody knows."""
    left = [status.countdown for status in tripped if str(status.rules.action) != "warn"]
    return round(max((each for each in left if each is not None), default=0.0), 1) if None not in left else 0.0


def _moment(seconds: float | None) -> str:
    return (
        "" if seconds is None else datetime.fromtimestamp(seconds).astimezone().isoformat(sep=" ", timespec="seconds")
    )
