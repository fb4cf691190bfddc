"""Where commands are taken in: each is acknowledged, whatever becomes of it.

Rules of this file:
1. A command gets its number, and is accepted or refused, before anything is awaited: so commands are taken in the
   order in which they arrive, however long they then take.
2. Its completion is the completion of the put: what was asked for is true, or the put fails.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import NoReturn

from .bridge import Failure
from .pvs.puts import Refusal, current_put

__all__ = ["Acknowledgement", "Desk", "Result"]

log = logging.getLogger("reioc.ioc.commands")


class Result(IntEnum):
    """What became of a command."""

    NONE = 0
    ACCEPTED = 1
    DONE = 2
    REFUSED = 3
    FAILED = 4


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """One command: its number, what, what became of it, who asked and when (epoch seconds)."""

    seq: int
    name: str
    result: Result
    message: str
    by: str
    time: float
    address: str = ""
    """From which host's address it came."""


class Desk:
    """Takes commands and tells `publish` what becomes of each. Names are PV names without the IOC's prefix."""

    def __init__(
        self,
        prefix: str,
        publish: Callable[[Acknowledgement], Awaitable[None]],
        clock: Callable[[], float] = time.time,
        audit: Callable[[Acknowledgement], None] = lambda _: None,
        waits_for: Callable[[str], str] = lambda _: "",
    ) -> None:
        """`audit` is told what becomes of each; `waits_for` says what keeps the engine from obeying, if it does."""
        self._prefix = prefix
        self._publish = publish
        self._clock = clock
        self._audit = audit
        self._waits_for = waits_for
        self._seq = 0

    async def carry_out(self, name: str, command: Callable[[], Awaitable[str]]) -> None:
        """Carry out a command: `command()` asks for it at once, or raises Refusal, and returns what to wait for.

        Raises Refusal if it is refused, and if it was accepted but failed: the put fails in either case.
        """
        task = self._begin(name)
        try:
            completion = command()
        except Refusal as refusal:
            await self._tell(task, Result.REFUSED, str(refusal))
            raise
        late = self._waits_for(task.name)
        await self._tell(task, Result.ACCEPTED, f"accepted; {late}" if late else "accepted")
        try:
            message = await completion
        except Refusal as refusal:  # found out later: nothing is done
            await self._tell(task, Result.REFUSED, str(refusal))
            raise
        except Failure as failure:
            await self._tell(task, Result.FAILED, str(failure))
            raise Refusal(str(failure)) from failure
        except Exception as error:  # a fault of ours: nobody must be left with a command that was "accepted"
            await self._tell(task, Result.FAILED, f"the IOC has failed over it: {type(error).__name__}: {error}")
            raise
        await self._tell(task, Result.DONE, message)

    async def refuse(self, name: str, why: str) -> NoReturn:
        """Acknowledge a command that cannot even be begun, and refuse it."""
        await self.turn_away(name, why)
        raise Refusal(why)

    async def turn_away(self, name: str, why: str) -> None:
        """Acknowledge a command that has been refused elsewhere."""
        await self._tell(self._begin(name), Result.REFUSED, why)

    async def note(self, name: str, message: str, *, audited: bool = True) -> None:
        """Acknowledge a setting that was taken at once; `audited` is false where its change is told of elsewhere."""
        await self._tell(self._begin(name), Result.DONE, message, audited=audited)

    def _begin(self, name: str) -> Acknowledgement:
        self._seq += 1
        put = current_put()
        by, address = (put.by, put.address) if put else ("", "")
        return Acknowledgement(self._seq, name.removeprefix(self._prefix), Result.NONE, "", by, self._clock(), address)

    async def _tell(self, task: Acknowledgement, result: Result, message: str, *, audited: bool = True) -> None:
        log.info("%s by %s: %s: %s", task.name, task.by or "us", result.name.lower(), message)
        news = replace(task, result=result, message=message, time=self._clock())
        if audited:
            self._audit(news)
        await self._publish(news)
