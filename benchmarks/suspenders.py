"""How fast a suspender is, as ratios to bluesky's on the same PV in the same run; part of `make bench`.

From the put of a bad value until the engine says that it is suspended, from the put of a good one until the plan's own
message is executed again (bluesky's state reads `running` all the time). Both engines are asked in turn. Then what a PV
that storms costs the engine that watches it.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import bluesky
import bluesky.suspenders
from soft_ioc import soft_ioc, storm
from workloads import OURS, THEIRS, events, nulls

from reioc.engine import RunEngine, StateChange
from reioc.suspenders import PVSuspendFloor

DATABASE = """
record(ai, "B:Current") { field(VAL, "250") field(PINI, "YES") }
record(ai, "B:Storm") { field(VAL, "250") field(PINI, "YES") field(MDEL, "-1") }
"""
PATIENCE = 10.0
STORM_RATE = 10_000


GOES_ON = "goes on"


def waiting(kind: Any) -> Iterator[Any]:
    """A plan that waits, and can be taken up again."""
    while True:
        yield kind("checkpoint")
        yield kind("sleep", None, 3600)


class Watch:
    """The moment in which an engine gets into a state."""

    def __init__(self) -> None:
        self._news = threading.Condition()
        self._state, self._at = "", 0.0

    def tell(self, state: str) -> None:
        """The engine is in this state now."""
        now = time.perf_counter()
        with self._news:
            self._state, self._at = state, now
            self._news.notify()

    def see(self, msg: Any) -> None:
        """The engine is about to execute a message."""
        if msg.command == "sleep":
            self.tell(GOES_ON)

    def until(self, state: str) -> float:
        """When it got there (perf_counter, s)."""
        with self._news:
            if not self._news.wait_for(lambda: self._state == state, PATIENCE):
                raise RuntimeError(f"waited {PATIENCE:g} s for {state!r}; it is {self._state!r}")
            return self._at


class Ours:
    """Our engine, with a suspender on the PV."""

    def __init__(self) -> None:
        self.watch, self.engine = Watch(), RunEngine(context_managers=[])
        self.engine.observers.append(self._told)
        self.engine.msg_hook = self.watch.see
        self._suspender = PVSuspendFloor("B:Current", 100)

    def _told(self, news: Any) -> None:
        if isinstance(news, StateChange) and news.new.is_suspended:
            self.watch.tell("suspended")

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        """A plan runs, with the suspender installed."""
        self.engine.install_suspender(self._suspender)
        future = self.engine.submit(waiting(OURS))
        self.watch.until(GOES_ON)
        yield
        self.engine.request_halt()
        future.result(PATIENCE)
        self.engine.remove_suspender(self._suspender)


class Theirs:
    """bluesky's engine, with its suspender over a signal of ophyd on the same PV."""

    def __init__(self) -> None:
        from ophyd import EpicsSignalRO  # libca reads its environment when it is loaded

        self.watch, self.engine = Watch(), bluesky.RunEngine(context_managers=[])
        self.engine.state_hook = self._told
        self.engine.msg_hook = self.watch.see
        self._signal = EpicsSignalRO("B:Current", name="current")
        self._signal.wait_for_connection(timeout=PATIENCE)
        self._suspender = bluesky.suspenders.SuspendFloor(self._signal, 100)

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        """A plan runs, with the suspender installed."""
        self.engine.install_suspender(self._suspender)
        thread = threading.Thread(target=self._run, daemon=True)
        thread.start()
        self.watch.until(GOES_ON)
        yield
        self.engine.halt()
        thread.join(PATIENCE)
        self.engine.remove_suspender(self._suspender)

    def _told(self, new: Any, old: Any) -> None:
        if new == "suspending":
            self.watch.tell("suspended")

    def _run(self) -> None:
        with contextlib.suppress(bluesky.utils.RunEngineInterrupted):
            self.engine(waiting(THEIRS))


def trips(engine: Any, put: Callable[[float], None], number: int) -> tuple[list[float], list[float]]:
    """Seconds from a bad value to suspended, and from a good one to running, so many times."""
    down, up = [], []
    with engine.running():
        for _ in range(number):
            begun = time.perf_counter()
            put(0.0)
            down.append(engine.watch.until("suspended") - begun)
            time.sleep(0.01)  # as in life: bluesky's suspender may still be about to ask when the next value comes
            begun = time.perf_counter()
            put(250.0)
            up.append(engine.watch.until(GOES_ON) - begun)
    return down, up


def latencies(rounds: int, number: int) -> None:
    """Print both engines' latencies, and their ratios."""
    import epics

    pv = epics.PV("B:Current", auto_monitor=False)
    pv.wait_for_connection(PATIENCE)
    found: dict[str, tuple[list[float], list[float]]] = {"ours": ([], []), "theirs": ([], [])}
    with contextlib.redirect_stdout(io.StringIO()):  # bluesky's engine prints what its suspender does
        engines = {"ours": Ours(), "theirs": Theirs()}
        for _ in range(rounds):
            for name, engine in engines.items():
                for all_of, new in zip(found[name], trips(engine, pv.put, number), strict=True):
                    all_of += new
    print(f"{'':26}{'reioc ms':>14}{'bluesky ms':>14}{'ratio':>9}")
    for what, mine, peers in zip(("PV bad → suspended", "PV good → running"), *found.values(), strict=True):
        for label, of in (("p50", 0.5), ("p95", 0.95)):
            ours, theirs = (1000 * _quantile(values, of) for values in (mine, peers))
            print(f"{f'{what}, {label}':26}{ours:14.2f}{theirs:14.2f}{ours / theirs:8.2f}x")


def _quantile(values: list[float], of: float) -> float:
    return sorted(values)[min(len(values) - 1, int(of * len(values)))]


def storms(rounds: int, share: float) -> None:
    """Print how much of its speed an engine keeps that watches a PV in a storm, as others see the same storm."""
    engine, suspender = RunEngine(context_managers=[]), PVSuspendFloor("B:Storm", -1)
    cases = (("null messages", nulls(OURS), 2_000_000), ("events, validated", events(OURS), 100_000))
    print(f"{f'a PV at {STORM_RATE:,} /s':26}{'watched /s':>14}{'not watched':>14}{'ratio':>9}")
    for what, plan, number in cases:
        some = max(1, int(number * share))
        rates: dict[bool, list[float]] = {True: [], False: []}
        for _ in range(rounds):
            with storm("B:Storm", STORM_RATE, 120):
                for watched in (True, False, False, True):
                    if watched:
                        engine.install_suspender(suspender)
                        engine([])  # waits until the PV is connected
                    begun = time.perf_counter()
                    engine(plan(some))
                    rates[watched].append(some / (time.perf_counter() - begun))
                    engine.remove_suspender(suspender)
        ours, quiet = (statistics.median(rates[watched]) for watched in (True, False))
        print(f"{what:26}{ours:14,.0f}{quiet:14,.0f}{ours / quiet:8.2f}x", flush=True)
    engine.close()


def main() -> None:
    """Run everything and print the ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="how often each engine is asked")
    parser.add_argument("--trips", type=int, default=20, help="how many trips there are in a round")
    parser.add_argument("--share", type=float, default=1.0, help="how much of each case is run in a storm")
    given = parser.parse_args()
    with soft_ioc(DATABASE):
        latencies(given.rounds, given.trips)
        storms(given.rounds, given.share)


if __name__ == "__main__":
    main()
