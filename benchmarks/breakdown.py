"""Where the time of a message, an event, a point and a call goes; part of `make bench`.

What is printed are microseconds. The whole and its parts are measured in turn, a few times; the best of each counts.
What is left is the engine.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from contextlib import closing
from functools import partial
from queue import SimpleQueue
from typing import Any

from workloads import OUR_PLANS, OURS, Plan, Soft, bare_points, events, nothing, nulls, one_null, scan

from reioc.engine import RunEngine
from reioc.engine.runs import documents

Run = Callable[[int], object]


def best(runs: dict[str, Run], number: int, rounds: int) -> dict[str, float]:
    """Microseconds that each `run(number)` takes for each of the number, at best."""
    took = dict.fromkeys(runs, float("inf"))
    for _ in range(rounds):
        for what, run in runs.items():
            start = time.perf_counter()
            run(number)
            took[what] = min(took[what], (time.perf_counter() - start) / number * 1e6)
    return took


def drained(plan: Plan) -> Run:
    """The messages of a plan are made, and nothing is done with them."""

    def drain(number: int) -> None:
        for _ in plan(number):
            pass

    return drain


def repeated(function: Callable[[], object]) -> Run:
    """A function, called so many times."""

    def repeat(number: int) -> None:
        for _ in range(number):
            function()

    return repeat


def message(RE: Any) -> dict[str, Run]:
    """A null message."""
    return {
        "a null message": lambda number: RE(nulls(OURS)(number)),
        "the plan's generator": drained(one_null(OURS)),
        "making the Msg": repeated(partial(OURS, "null")),
    }


def event(RE: Any) -> dict[str, Run]:
    """An event of a device that costs nothing."""
    found: list[dict[str, Any]] = []
    RE(events(OURS)(1), {"event": lambda _, doc: found.append(doc)})
    return {
        "an event and its checkpoint": lambda number: RE(events(OURS)(number)),
        "the plan, four messages": drained(events(OURS)),
        "the device": repeated(Soft().read),
        "a uid": repeated(documents.new_uid),
        "event-model's schema": repeated(partial(documents.check, "event", found[0])),
    }


def point(RE: Any) -> dict[str, Run]:
    """A point of a scan of ophyd's simulated motor."""
    return {
        "a point of an ophyd.sim scan": lambda number: RE(scan(OUR_PLANS)(number)),
        "ophyd, two devices": bare_points,
        "the plan, ten messages": drained(scan(OUR_PLANS)),
    }


def call(RE: Any) -> dict[str, Run]:
    """A call of the engine."""
    return {
        "a call of an empty plan": repeated(lambda: RE(nothing(0))),
        "to another thread and back": repeated(partial(handed_over, RE)),
    }


def handed_over(RE: Any) -> None:
    """To the engine's thread and back."""
    back: SimpleQueue[None] = SimpleQueue()
    RE.loop.call_soon_threadsafe(back.put, None)
    back.get(timeout=10)


def main() -> None:
    """Print a table for each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=10, help="how often everything is measured")
    parser.add_argument("--share", type=float, default=1.0, help="how much of everything is done")
    given = parser.parse_args()
    with closing(RunEngine()) as RE:
        for runs, number in ((message(RE), 50_000), (event(RE), 2_000), (point(RE), 100), (call(RE), 100)):
            took = best(runs, max(1, int(number * given.share)), given.rounds)
            (what, total), *parts = took.items()
            parts.append(("the engine", total - sum(part for _, part in parts)))
            print(f"{what:40}{total:10.2f} µs")
            for name, part in parts:
                print(f"  {name:38}{part:10.2f}{part / total:8.0%}", flush=True)


if __name__ == "__main__":
    main()
