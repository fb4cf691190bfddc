"""What is on its way to one client.

Rules of this file:
1. Nothing here waits. Answers go in the order in which they were given; so do updates, unless the client is slow.
2. A client that does not keep up has the newest updates kept for it, a limited number of bytes of all its subscriptions
   together, but always the very newest of each: it hears of the present at last.
3. One that has turned events off hears once of each PV that has changed meanwhile, when it turns them on.
4. That a put is complete is told behind what it has changed, as clients then read what they were told last; also to a
   client that does not keep up.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass

from .monitors import Subscription
from .readings import Reading
from .wire import ECA, Command, message

__all__ = ["Outbox"]

MAX_WAITING = 1 << 20
"""Bytes of updates that are kept for a client which does not keep up."""
MAX_UPDATES = 1000
"""And how many of one subscription."""


@dataclass(frozen=True, eq=False)
class _Completion:
    """The answer to a put, in the line of what waits."""

    data: bytes


class Outbox:
    """Sends answers and updates over a transport. `is_blocked` while the client does not take what it is sent."""

    def __init__(self, transport: asyncio.WriteTransport) -> None:
        self._transport = transport
        self._loop = asyncio.get_running_loop()
        self._ready: list[bytes] = []
        self._scheduled = False
        self._late: dict[Subscription | _Completion, None] = {}
        self._waiting = 0
        self.is_blocked = False
        self._muted = False

    def send(self, data: bytes) -> None:
        """Send an answer."""
        self._ready.append(data)
        if not self._scheduled:
            self._scheduled = True
            self._loop.call_soon(self.flush)

    def complete(self, data: bytes) -> None:
        """Send the answer to a put, behind the updates that wait now."""
        if self.is_blocked and self._late and not self._muted:
            self._late[_Completion(data)] = None
        else:
            self.send(data)

    def flush(self) -> None:
        """What was to be sent goes out now."""
        self._scheduled = False
        if self._ready:
            data = b"".join(self._ready)
            self._ready.clear()
            if not self._transport.is_closing():  # asyncio warns of what is written for nobody
                self._transport.write(data)

    def update(self, subscription: Subscription, reading: Reading, *, good: bool) -> None:
        """Send an update, now or as soon as the client takes it."""
        if self.is_blocked or self._muted:
            self._keep(subscription, reading, good)
        else:
            self.send(_event(subscription, reading, good))

    def block(self) -> None:
        """The client does not take what it is sent."""
        self.is_blocked = True

    def unblock(self) -> None:
        """It does again."""
        self.is_blocked = False
        self._catch_up()

    def mute(self) -> None:
        """The client wants no events for now."""
        self._muted = True
        for completion in [each for each in self._late if isinstance(each, _Completion)]:
            del self._late[completion]
            self.send(completion.data)

    def unmute(self) -> None:
        """It wants them again."""
        self._muted = False
        self._catch_up()

    def forget(self, subscriptions: Iterable[Subscription]) -> None:
        """Nothing more is sent of these."""
        for subscription in subscriptions:
            self._late.pop(subscription, None)
            while subscription.pending:
                self._drop(subscription)

    def _keep(self, subscription: Subscription, reading: Reading, good: bool) -> None:
        waiting, most = subscription.pending, 1 if self._muted else MAX_UPDATES
        most = min(most, subscription.found.pv.max_subscription_backlog)
        self._waiting += reading.size
        waiting.append((reading, good))
        while len(waiting) > most or (self._waiting > MAX_WAITING and len(waiting) > 1):
            self._drop(subscription)
        self._late[subscription] = None

    def _drop(self, subscription: Subscription) -> None:
        reading, _ = subscription.pending.popleft()
        self._waiting -= reading.size

    def _catch_up(self) -> None:
        while self._late and not self.is_blocked and not self._muted:
            first = next(iter(self._late))
            del self._late[first]
            if isinstance(first, _Completion):
                self._ready.append(first.data)
            else:
                self._take_out(first)
            self.flush()  # which may block again

    def _take_out(self, subscription: Subscription) -> None:
        while subscription.pending:
            reading, good = subscription.pending.popleft()
            self._waiting -= reading.size
            self._ready.append(_event(subscription, reading, good))


def _event(subscription: Subscription, reading: Reading, good: bool) -> bytes:
    return message(
        Command.EVENT_ADD,
        reading.payload(subscription.count),
        data_type=subscription.data_type,
        count=reading.elements(subscription.count),
        p1=ECA.NORMAL if good else ECA.GETFAIL,
        p2=subscription.id,
    )
