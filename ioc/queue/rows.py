"""What waits, named by the row in which it is shown.

Rules of this file:
1. A row names what people see in it. While it has just become something else nobody can have meant that: it names
   nothing then.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ..pvs.puts import Refusal
from .line import Line

__all__ = ["ShownRows"]

SETTLED = 0.5
"""Seconds for which a row must have been what it is: a click may be that much older than what is shown by now."""


@dataclass(frozen=True, slots=True)
class _Row:
    uid: str = ""
    before: str = ""
    since: float = 0.0
    """When it became so, on the clock."""


class ShownRows:
    """The first of the line, as far as there are rows for them."""

    def __init__(self, number: int, clock: Callable[[], float] = time.monotonic) -> None:
        """`number` is how many rows there are."""
        self._clock = clock
        self._rows = [_Row()] * number

    def show(self, uids: Sequence[str]) -> None:
        """These are shown from now on."""
        now = self._clock()
        for place, row in enumerate(self._rows):
            uid = uids[place] if place < len(uids) else ""
            if uid != row.uid:
                self._rows[place] = _Row(uid, row.uid, now)

    def meant(self, text: str, line: Line) -> str:
        """The uid that a text means: `#3` what the third row shows, else itself. Raises Refusal where a row is empty,
        or was something else until just now."""
        number = text.strip().removeprefix("#")
        if not text.strip().startswith("#") or not number.isdecimal():
            return text
        place = int(number) - 1
        if not 0 <= place < len(self._rows):
            raise Refusal(f"there is no row {number}: there are rows 1 to {len(self._rows)}")
        if place >= len(line):
            raise Refusal(f"row {number} is empty: {len(line)} wait")
        uid, row = line.first(place + 1)[place].uid, self._rows[place]
        if row.uid == uid and self._clock() - row.since >= SETTLED:
            return uid
        before = row.before if row.uid == uid else row.uid
        raise Refusal(f"row {number} was {'another plan' if before else 'empty'} until just now: look again")
