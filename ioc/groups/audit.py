"""Who has done what."""

from __future__ import annotations

import logging
import time
from collections import deque
from dataclasses import dataclass
from typing import Any

from caproto.server import PVGroup

from ...suspenders import Change
from ..channel_access import Client
from ..desk import Acknowledgement, Result
from ..pvs import MAJOR, NO_ALARM, Guidance, post, text_display
from ..pvs.puts import current_put

__all__ = ["AuditGroup"]

log = logging.getLogger("reioc.ioc.audit")

LINES = 100
_NOT_SAVED = Guidance(
    "Settings are not saved, and would be lost with a restart; the text says why. Make room on the disk, or mend the "
    "permissions of the folder: it is tried again with the next change."
)


@dataclass(frozen=True, slots=True)
class _Line:
    """Who has done what, when last (s since 1970), and how often in a row."""

    moment: float
    what: str
    times: int = 1

    def __str__(self) -> str:
        stamp = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(self.moment))
        return f"{stamp} {self.what}" + (f" ({self.times} times)" if self.times > 1 else "")


def _who(by: str, address: str) -> str:
    return f"{by} ({address})" if by and address else by


class AuditGroup(PVGroup):
    """The last commands and changes of settings, the newest first; written at the next tick."""

    log = text_display("Audit:Log", "The last commands and changes", length=16000)
    autosave = text_display("Autosave:Message", "Whether settings are saved", guidance=_NOT_SAVED)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._lines: deque[_Line] = deque(maxlen=LINES)
        self._is_new = False

    def command(self, news: Acknowledgement) -> None:
        """What became of a command; that it was accepted is not the end of it."""
        if news.result is not Result.ACCEPTED:
            by = _who(news.by, news.address)
            self._add(news.time, by, f"{news.name}: {news.result.name.lower()}: {news.message}")

    def change(self, change: Change) -> None:
        """A setting of a suspender; told in the context of the put that has changed it, if one has."""
        put = current_put()
        self._add(change.time, _who(change.by, put.address if put else "") or "Python", f"Susp:{change}")

    def denied(self, name: str, client: Client, why: str) -> None:
        """Somebody has put to a PV without a right to."""
        by = _who(f"{client.user}@{client.host}", client.address[0])
        self._add(time.time(), by, f"{name}: denied: {why}")

    def _add(self, moment: float, by: str, what: str) -> None:
        # One a line, whatever a client has written: a second one could be made to look like somebody else's.
        line = " ".join(f"{by or 'us'} {what}".splitlines())
        log.info("%s", line)
        if self._lines and self._lines[0].what == line:
            self._lines[0] = _Line(moment, line, self._lines[0].times + 1)  # so that nobody can flush the others out
        else:
            self._lines.appendleft(_Line(moment, line))
        self._is_new = True

    async def publish(self) -> None:
        """Write what is new."""
        if self._is_new:
            self._is_new = False
            await post(self.log, "\n".join(map(str, self._lines)))

    async def publish_autosave(self, text: str, wrong: bool) -> None:
        """What became of saving the settings."""
        await post(self.autosave, text, severity=MAJOR if wrong else NO_ALARM)
