"""How fast the engine is, as ratios to bluesky's in the same run: `make bench`.

Each case is run by both engines in turn, a few times; the best of each counts, since a machine is only ever slowed
down. What is printed are rates of this machine, to be read as ratios.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import bluesky
import bluesky.plans as bp
from ophyd.sim import det, motor

from reioc.engine import Msg, RunEngine, plans

ROUNDS = 5

Plan = Callable[[int], Iterable[Msg]]


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


def nulls(number: int) -> Iterator[Msg]:
    """Messages that do nothing, each made anew, as plans do."""
    for _ in range(number):
        yield Msg("null")


def nothing(_: int) -> Iterator[Msg]:
    """A plan without messages."""
    return iter(())


def events(number: int) -> Iterator[Msg]:
    """A run of events, each with its checkpoint."""
    soft = Soft()
    yield Msg("open_run")
    for _ in range(number):
        yield Msg("checkpoint")
        yield Msg("create", name="primary")
        yield Msg("read", soft)
        yield Msg("save")
    yield Msg("close_run")


def scan(module: Any) -> Plan:
    """A scan of a simulated motor, by the plans that come with an engine."""
    return lambda number: module.scan([det], motor, -1, 1, number)


def count(module: Any) -> Plan:
    """One point."""
    return lambda _: module.count([det])


def bare_points(number: int) -> float:
    """The ophyd calls that a scan makes, without any engine. Points per second."""
    start = time.perf_counter()
    for index in range(number):
        motor.set(index / number).wait()
        det.trigger().wait()
        det.read()
        motor.read()
    return number / (time.perf_counter() - start)


def rate(engine: Any, plan: Plan, number: int) -> float:
    """What one engine does per second."""
    start = time.perf_counter()
    engine(plan(number))
    return number / (time.perf_counter() - start)


@dataclass(frozen=True)
class Case:
    """A plan for each engine, and how much of it each is given."""

    what: str
    ours: Plan
    theirs: Plan
    number: int
    fewer: int


CASES = (
    Case("null messages", nulls, nulls, 400_000, 40_000),
    Case("events, validated", events, events, 5_000, 500),
    Case("ophyd.sim scan points", scan(plans), scan(bp), 300, 60),
    Case("the same, bluesky's plans", scan(bp), scan(bp), 100, 60),
    Case("calls of an empty plan", nothing, nothing, 1, 1),
    Case("one-point counts", count(plans), count(bp), 1, 1),
)


def main() -> None:
    """Run every case and print the ratios."""
    ours = RunEngine()
    theirs = bluesky.RunEngine(context_managers=[])
    print(f"{'':26}{'reioc /s':>14}{'bluesky /s':>14}{'ratio':>9}")
    for case in CASES:
        repeats = ROUNDS * (50 if case.number == 1 else 1)
        pairs = [(rate(ours, case.ours, case.number), rate(theirs, case.theirs, case.fewer)) for _ in range(repeats)]
        best, peer = (max(side) for side in zip(*pairs, strict=True))
        print(f"{case.what:26}{best:14,.0f}{peer:14,.0f}{best / peer:8.1f}x")
        if case.what.startswith("ophyd.sim"):
            bare = max(bare_points(300) for _ in range(ROUNDS))
            print(f"{'  the same calls, no engine':26}{bare:14,.0f}{'':14}{best / bare:8.2f}x")
    ours.close()


if __name__ == "__main__":
    main()
