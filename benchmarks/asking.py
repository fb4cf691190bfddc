"""What an IOC is asked for, and how long each answer takes."""

from __future__ import annotations

import queue
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from ca_client import PATIENCE, Channel, connected
from served import Process

__all__ = ["Asked", "Connect", "Echo", "Get", "Once", "Put", "in_turn", "rate"]

Once = Callable[[int], float]
"""Asks for something for the so-manieth time; seconds until it was there."""

_FRESH = ("DESC", "EGU", "HOPR", "LOPR", "PREC")
"""Fields of a number that nobody is connected to."""


class Put:
    """Puts of these values in turn, each completed before the next."""

    def __init__(self, pv: Channel, *values: float | str) -> None:
        self._pv, self._values = pv, values

    def __call__(self, number: int) -> float:
        begun = time.perf_counter()
        return self._pv.put(self._values[number % len(self._values)]) - begun


class Get:
    """Gets of all there is."""

    def __init__(self, pv: Channel) -> None:
        self._pv = pv

    def __call__(self, number: int) -> float:
        begun = time.perf_counter()
        return self._pv.get() - begun


class Echo:
    """A put, until its value comes back by a monitor of the same PV; the channel is to have no other use."""

    def __init__(self, pv: Channel) -> None:
        self._pv = pv
        self._seen: queue.SimpleQueue[tuple[float, float]] = queue.SimpleQueue()
        pv.subscribe(lambda value, when: self._seen.put((value, when)))

    def __call__(self, number: int) -> float:
        value, begun = float(1 + number % 90), time.perf_counter()
        self._pv.just_put(value)
        while True:
            seen, when = self._seen.get(timeout=PATIENCE)
            if seen == value and when > begun:
                return when - begun


class Connect:
    """A PV that nobody is connected to, until this client is."""

    def __init__(self, record: str) -> None:
        self._record = record

    def __call__(self, number: int) -> float:
        begun = time.perf_counter()
        pv = connected(f"{self._record}.{_FRESH[number % len(_FRESH)]}")
        pv.clear()
        return pv.connected_at - begun


@dataclass
class Asked:
    """A server that is asked for something: the seconds that each answer took, and those of processor that it used."""

    server: Process
    once: Once
    took: list[float] = field(default_factory=list)
    cpu: float = 0.0

    def ask(self, number: int) -> None:
        """Ask so many times."""
        before = self.server.cpu()
        self.took += [self.once(index) for index in range(number)]
        self.cpu += self.server.cpu() - before

    @property
    def cost(self) -> float:
        """Seconds of the server's processor per answer."""
        return self.cpu / len(self.took)


def in_turn(ours: Asked, theirs: Asked, rounds: int, number: int) -> None:
    """Ask both in turn, so many times a round."""
    for _ in range(rounds):
        for asked in (ours, theirs):
            asked.ask(number)


def rate(many: Callable[[], object], number: int) -> float:
    """How many per second, of `number` that are done together."""
    begun = time.perf_counter()
    many()
    return number / (time.perf_counter() - begun)
