"""What the engines are given to do, and the same done without an engine."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import bluesky
import bluesky.plans as bp
from ophyd.sim import det, motor

from reioc.engine import Msg, plans

Plan = Callable[[int], Iterable[Any]]


class Soft:
    """A detector that costs nothing: what is left is the engine."""

    name = "soft"
    parent = None

    def read(self) -> dict[str, Any]:
        """One number, now."""
        return {"soft": {"value": 1.0, "timestamp": time.time()}}

    def describe(self) -> dict[str, Any]:
        """One number."""
        return {"soft": {"dtype": "number", "shape": [], "source": "soft"}}


def nulls(kind: Any) -> Plan:
    """Messages that do nothing, each made anew, as plans do; `kind` is the Msg of the engine's own library."""

    def plan(number: int) -> Iterator[Any]:
        for _ in range(number):
            yield kind("null")

    return plan


def one_null(kind: Any) -> Plan:
    """The same message over and over: what is left is the loop."""

    def plan(number: int) -> Iterator[Any]:
        msg = kind("null")
        for _ in range(number):
            yield msg

    return plan


def kept(kind: Any) -> Plan:
    """Messages that do next to nothing and have to be kept for a replay, since no checkpoint comes."""

    def plan(number: int) -> Iterator[Any]:
        for _ in range(number):
            yield kind("rewindable", None, None)

    return plan


def events(kind: Any, *, checkpoints: bool = True) -> Plan:
    """A run of events, each with its checkpoint."""

    def plan(number: int) -> Iterator[Any]:
        soft = Soft()
        yield kind("open_run")
        for _ in range(number):
            if checkpoints:
                yield kind("checkpoint")
            yield kind("create", name="primary")
            yield kind("read", soft)
            yield kind("save")
        yield kind("close_run")

    return plan


def scan(library: Any) -> Plan:
    """A scan of a simulated motor, by the plans that come with an engine."""
    return lambda number: library.scan([det], motor, -1, 1, number)


def count(library: Any) -> Plan:
    """One point."""
    return lambda _: library.count([det])


def nothing(_: int) -> Iterator[Any]:
    """A plan without messages."""
    return iter(())


def bare_nulls(number: int) -> None:
    """The messages are made, and nothing is done with them."""
    for _ in nulls(Msg)(number):
        pass


def bare_points(number: int) -> None:
    """The ophyd calls that a scan makes at each point: ophyd's motors too have a `trigger`, and are triggered."""
    for index in range(number):
        motor.set(index / number).wait()
        statuses = [det.trigger(), motor.trigger()]
        for status in statuses:
            status.wait()
        det.read()
        motor.read()


OURS, THEIRS = Msg, bluesky.Msg
OUR_PLANS, THEIR_PLANS = plans, bp
