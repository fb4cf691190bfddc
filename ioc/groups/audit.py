"""Who has done what."""

from __future__ import annotations

import time
from collections import deque
from typing import Any

from caproto import AlarmSeverity
from caproto.server import PVGroup

from ...suspenders import Change
from ..desk import Acknowledgement, Result
from ..pvs import post, text_display

__all__ = ["AuditGroup"]

LINES = 100


class AuditGroup(PVGroup):
    """The last commands and changes of settings, the newest first; written at the next tick."""

    log = text_display("Audit:Log", "The last commands and changes", length=16000)
    autosave = text_display("Autosave:Message", "Whether settings are saved")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._lines: deque[str] = deque(maxlen=LINES)
        self._is_new = False

    def command(self, news: Acknowledgement) -> None:
        """What became of a command; that it was accepted is not the end of it."""
        if news.result is not Result.ACCEPTED:
            self._add(news.time, news.by, f"{news.name}: {news.result.name.lower()}: {news.message}")

    def change(self, change: Change) -> None:
        """A setting of a suspender."""
        self._add(change.time, change.by or "Python", f"Susp:{change}")

    def _add(self, moment: float, by: str, what: str) -> None:
        stamp = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(moment))
        # One a line, whatever a client has written: a second one could be made to look like somebody else's.
        self._lines.appendleft(" ".join(f"{stamp} {by or 'us'} {what}".splitlines()))
        self._is_new = True

    async def publish(self) -> None:
        """Write what is new."""
        if self._is_new:
            self._is_new = False
            await post(self.log, "\n".join(self._lines))

    async def publish_autosave(self, text: str, wrong: bool) -> None:
        """What became of saving the settings."""
        await post(self.autosave, text, severity=AlarmSeverity.MAJOR_ALARM if wrong else AlarmSeverity.NO_ALARM)
