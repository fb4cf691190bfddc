"""How the IOC itself is doing."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime
from importlib.metadata import version
from typing import Any

from caproto.server import PVGroup

from ..pvs import MONITOR, SLOW, float_display, int_display, post, string_display
from ..usage import ProcessUsage

__all__ = ["StatsGroup"]


class StatsGroup(PVGroup):
    """What operators of IOCs look at when something is odd: since when it runs, for whom, at what cost."""

    uptime = float_display("Uptime", "Since the service started", units="s", precision=0)
    started = string_display("StartedAt", "When the service started", archive=MONITOR)
    version_ = string_display("Version", "Version of reioc", archive=MONITOR)
    clients = int_display("Clients", "Connected clients", archive=MONITOR)
    pv_count = int_display("PVCount", "PVs that are served", archive=MONITOR)
    cpu = float_display("CPU", "Processor time, of one processor", units="%", shown=(0.0, 100.0), archive=SLOW)
    memory = float_display("Memory", "Memory in use", units="MB", archive=SLOW)
    files = int_display("FDs", "Open files and sockets; -1: not known", archive=SLOW)

    def __init__(
        self,
        *args: Any,
        usage: ProcessUsage | None = None,
        clock: Callable[[], float] = time.time,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self._usage = usage or ProcessUsage()
        self._clock = clock
        self._began = clock()

    async def begin(self) -> None:
        """What does not change any more."""
        began = datetime.fromtimestamp(self._began).astimezone()
        await post(self.started, began.isoformat(sep=" ", timespec="seconds"))
        await post(self.version_, version("reioc"))

    async def publish(self, clients: int, pvs: int) -> None:
        """What is to be written once a second: how many clients and PVs there are, and what it costs."""
        used = self._usage.look()
        await post(self.uptime, float(round(self._clock() - self._began)))
        await post(self.clients, clients)
        await post(self.pv_count, pvs)
        await post(self.cpu, round(used.cpu, 1))
        await post(self.memory, round(used.memory, 1))
        await post(self.files, used.files)
