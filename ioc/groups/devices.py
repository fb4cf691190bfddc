"""The devices: which are there, which are looked for, and what is wrong with the others."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from caproto.server import PVGroup

from ..desk import Desk
from ..pvs import (
    DONE,
    MINOR,
    MONITOR,
    NO_ALARM,
    Guidance,
    bool_setting,
    float_display,
    handled_by,
    int_display,
    post,
    strings_display,
    text_display,
)
from .commands import press
from .lines import that_fit

__all__ = ["DevicesGroup", "DevicesStatus"]

MAX_DEVICES = 500
TABLE_LENGTH = 8000
_MISSING = Guidance(
    "Devices are not connected: their IOC is down, or their PV names are wrong. Plans that use them are refused, or "
    "wait. They are there by themselves when their PVs are; Dev:Reconnect looks at once.",
    latching=False,
    delay=30,
)


@dataclass(frozen=True, slots=True)
class DevicesStatus:
    """How all of them are: states by name, PVs that are missing, what is wrong, and what is being looked for.

    `notes` say of those with which something is wrong what it is, by name.
    """

    states: Mapping[str, str] = field(default_factory=dict)
    notes: Mapping[str, str] = field(default_factory=dict)
    missing: str = ""
    trouble: str = ""
    connecting: tuple[str, ...] = ()
    progress: float = 100.0
    connected: int = 0


class DevicesGroup(PVGroup):
    """Names and states are rows of a table, in the order of the configuration."""

    names = strings_display("Names", "The devices", MAX_DEVICES)
    states_ = strings_display("States", "How each of them is", MAX_DEVICES)
    table = text_display("Table", "Each with its state and what is wrong", length=TABLE_LENGTH)
    count = int_display("Count", "How many there are", archive=MONITOR)
    connected = int_display("Connected", "How many are connected, and well", archive=MONITOR)
    missing = text_display("Missing", "PVs that are not connected", length=8000, guidance=_MISSING)
    trouble = text_display("Trouble", "What is wrong with them, and waited out", length=4000)
    progress = float_display("Progress", "Of connecting them", units="%", precision=0, shown=(0, 100))
    connecting = text_display("Connecting", "Devices that are being connected")
    reconnect = bool_setting("Reconnect", "Try now who is missing", (DONE, "Reconnect"), put=handled_by("try_now"))

    def __init__(self, *args: Any, retry: Callable[[], Awaitable[str]], desk: Desk, **kwargs: Any) -> None:
        """`retry` tries those that are missing; done when each is there, or has not come in time."""
        super().__init__(*args, **kwargs)
        self._retry, self.desk = retry, desk

    async def try_now(self, pv: Any, value: str) -> None:
        """Try those that are missing, now."""
        await press(pv, value, self.desk, self._retry)

    async def publish(self, status: DevicesStatus) -> None:
        """Everything."""
        await post(self.names, [*status.states])
        await post(self.states_, [*status.states.values()])
        await post(self.table, _table(status))
        await post(self.count, len(status.states))
        await post(self.connected, status.connected)
        await post(self.missing, status.missing, severity=MINOR if status.missing else NO_ALARM)
        await post(self.trouble, status.trouble, severity=MINOR if status.trouble else NO_ALARM)
        await post(self.connecting, ", ".join(status.connecting))
        await post(self.progress, status.progress)


def _table(status: DevicesStatus) -> str:
    """One device a line: name, state, what is wrong."""
    names = max(map(len, status.states), default=0)
    states = max(map(len, status.states.values()), default=0)
    lines = (
        f"{name:{names}}  {state:{states}}  {' '.join(status.notes.get(name, '').split())}".rstrip()
        for name, state in status.states.items()
    )
    return that_fit([*lines], TABLE_LENGTH - 1)
