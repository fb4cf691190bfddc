"""What was asked of the engine by a key, and what has become of it.

Rules of this file:
1. Sans I/O: it says what is to be put, and hears what is told.
2. What became of a command is read from the `Cmd:` PVs, since pyepics drops the status of a put: an acknowledgement is
   ours if it is newer than the command, of that name, and by us. It may be that of another program of the same user
   that asks for the same at that moment: then both are told what became of what both wanted.
3. Nothing is retried. What is not acknowledged in time is told of, and whoever asked decides.
4. A reason is put first, and the command only when the reason was taken. A command that is then refused leaves no
   reason behind, which the next one would take.
"""

from __future__ import annotations

import os
import pwd
import socket
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from .readings import Told

__all__ = ["TIMEOUT", "Asked", "Asking", "Put", "myself"]

TIMEOUT = 10.0
"""Seconds within which an engine acknowledges, wherever it is."""
_LONGEST = 39
"""Bytes of user@host that a string PV holds."""
_KEPT = 10

Put = tuple[str, int | str]
"""What is to be written: the name of a PV, and the value."""


def myself() -> str:
    """user@host, as libca tells a server, and as much of it as `Cmd:By` holds."""
    try:
        user = pwd.getpwuid(os.getuid()).pw_name  # libca does not look at USER, which `su` and containers leave behind
    except KeyError:
        user = ""
    return f"{user}@{socket.gethostname()}".encode()[:_LONGEST].decode(errors="ignore")


@dataclass(slots=True)
class Asked:
    """A command that was given by a key; `now_at` is the PV whose acknowledgement is waited for, empty when over."""

    command: str
    reason: str
    after: int
    deadline: float
    now_at: str
    result: str = "asked"
    message: str = ""
    seq: int = 0

    @property
    def is_over(self) -> bool:
        """Whether nothing more will be heard of it."""
        return not self.now_at


class Asking:
    """Commands that were given, the last of them last."""

    def __init__(self, by: str) -> None:
        self.by = by
        self.asked: list[Asked] = []

    @property
    def last(self) -> Asked | None:
        """The last one."""
        return self.asked[-1] if self.asked else None

    def ask(self, command: str, reason: str, newest: int, now: float) -> Put:
        """Give a command while `newest` is the largest `Cmd:Seq` that was heard of. Returns what is to be put first."""
        first: Put = ("Reason", reason) if reason else (command, 1)
        self.asked = [*self.asked, Asked(command, reason, newest, now + TIMEOUT, first[0])][-_KEPT:]
        return first

    def hear(self, told: Iterable[Told], now: float) -> Iterator[Put]:
        """Take in what was told, and that time goes by. What is to be put now."""
        for each in told:
            for asked in self.asked:
                if asked.now_at and self._is_of(asked, each):
                    yield from self._take(asked, each, now)
                    break
        for asked in self.asked:
            if asked.now_at and not asked.seq and now > asked.deadline:
                asked.now_at, asked.result = "", "failed"
                asked.message = f"not acknowledged within {TIMEOUT:g} s"

    def _is_of(self, asked: Asked, told: Told) -> bool:
        if asked.seq:  # accepted already: this is about the same put
            return (told.seq, told.name) == (asked.seq, asked.command)
        return told.seq > asked.after and (told.name, told.by) == (asked.now_at, self.by)

    def _take(self, asked: Asked, told: Told, now: float) -> Iterator[Put]:
        asked.message = told.message
        if asked.now_at == "Reason" and told.result == "done":
            asked.now_at, asked.after, asked.deadline = asked.command, told.seq, now + TIMEOUT
            yield asked.command, 1
            return
        if told.result == "refused" and asked.reason and asked.now_at == asked.command:
            yield "Reason", ""
        asked.result = told.result
        asked.seq = 0 if told.is_final else told.seq
        if told.is_final:
            asked.now_at = ""
