"""How fast the IOC is, as ratios to EPICS Base's own softIoc in the same run; part of `make bench`.

One client of libca asks both in turn, in rounds: its own time is in both. "CPU" is the processor's time that the server
itself has used, in ms, which depends less on what else the machine does. Then a scan is paused and resumed by PV; the
peer for that is in benchmarks/queueserver.py. What the figures mean: docs/explanation/speed.md.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
from collections.abc import Iterator
from pathlib import Path

from asking import Asked, Connect, Echo, Get, Once, Put, in_turn, rate
from ca_client import CHAR, DOUBLE, ENUM, connected, leave
from crowd import watching
from figures import QUANTILES, head, line, quantile, versus
from pausing import SHOWN, Operator
from served import OURS, Servers, servers

NUMBER, SWITCH, TEXT, ARRAY = (
    (OURS + "Susp:beam:Low", "B:Number"),
    (OURS + "Susp:Enable", "B:Switch"),
    (OURS + "Reason", "B:Text"),
    (OURS + "Data:X", "B:Array"),
)
"""What is asked: a PV of ours, and its like in softIoc."""
LONG = "scan 12: moving m1 to 3.5 mm, waiting for m1; " * 10
CROWD = 100
"""Clients that watch a PV, each with a connection of its own."""
MANY = 2000
"""Puts and gets that do not wait for each other."""
ABORTS = 9
"""Scans in a round that are aborted without a pause; one more is paused first."""
SCANS = {"motor": "a scan with moves of 10 ms", "quick": "a scan that never waits"}


def started(both: Servers, times: int) -> None:
    """Print how long both take from their start until a PV is connected; they are running then."""
    took: tuple[list[float], list[float]] = [], []
    used: tuple[list[float], list[float]] = [], []
    for _ in range(times):
        for index, (server, pv) in enumerate(((both.ours, OURS + "State"), (both.theirs, "B:Number"))):
            server.stop()
            begun = server.start()
            channel = connected(pv)
            took[index].append(channel.connected_at - begun)
            used[index].append(server.cpu())
            channel.clear()
    what = "start → a PV is connected"
    print(line(f"{what}, median", *(1000 * statistics.median(times) for times in took)))
    print(line(f"{what}, worst", *(1000 * max(times) for times in took)))
    print(line(f"{what}, CPU", *(1000 * min(cpu) for cpu in used)), flush=True)


def cases() -> Iterator[tuple[str, Once, Once, float]]:
    """What is asked of both; and how much of it, since a search takes longer than a put."""
    number, switch, text, array = (
        [connected(name, kind) for name in names]
        for names, kind in ((NUMBER, DOUBLE), (SWITCH, ENUM), (TEXT, CHAR), (ARRAY, DOUBLE))
    )
    yield "put of a number", Put(number[0], 10, 20), Put(number[1], 10, 20), 1
    yield "put of a switch", Put(switch[0], 0, 1), Put(switch[1], 0, 1), 1
    yield "put of a text", Put(text[0], "a", LONG), Put(text[1], "a", LONG), 1
    yield "get of a number", Get(number[0]), Get(number[1]), 1
    yield "get of a long text", Get(text[0]), Get(text[1]), 1
    yield "get of 1000 numbers", Get(array[0]), Get(array[1]), 1
    echoes = [connected(name) for name in NUMBER]
    yield "put → own monitor", Echo(echoes[0]), Echo(echoes[1]), 1
    for pv in echoes:
        pv.clear()
    yield "search → connected", Connect(NUMBER[0]), Connect(NUMBER[1]), 0.1


def latencies(both: Servers, rounds: int, number: int) -> None:
    """Print how long each answer takes, and what it costs the server."""
    for what, mine, peers, share in cases():
        compared(what, Asked(both.ours, mine), Asked(both.theirs, peers), rounds, max(1, int(number * share)))


def compared(what: str, ours: Asked, theirs: Asked, rounds: int, number: int) -> None:
    """Ask both, and print what came of it."""
    in_turn(ours, theirs, rounds, number)
    print(versus(what, ours.took, theirs.took))
    print(line(f"{what}, CPU", 1000 * ours.cost, 1000 * theirs.cost), flush=True)


def watched(both: Servers, rounds: int, number: int) -> None:
    """Print how long a put takes while many others get each of its values."""
    mine, peers = (Put(connected(pv), 10, 20) for pv in NUMBER)
    ours, theirs = Asked(both.ours, mine), Asked(both.theirs, peers)
    with watching(NUMBER[0], both.ours.port, CROWD), watching(NUMBER[1], both.theirs.port, CROWD):
        compared(f"put, {CROWD} others watch", ours, theirs, rounds, number)


def rates(rounds: int, number: int) -> None:
    """Print how many puts and gets there are per second if none waits for the one before."""
    mine, peers = (connected(name) for name in NUMBER)
    values = [10.0, 20.0] * max(1, number // 2)
    print(head("", "reioc /s", "softIoc /s"))
    for what, ours, theirs in (
        ("puts, none waited for", lambda: mine.put_many(values), lambda: peers.put_many(values)),
        ("gets, none waited for", lambda: mine.get_many(len(values)), lambda: peers.get_many(len(values))),
    ):
        best = peer = 0.0
        for _ in range(rounds):
            best, peer = max(best, rate(ours, len(values))), max(peer, rate(theirs, len(values)))
        print(line(what, best, peer, ".0f"), flush=True)


def pauses(rounds: int, number: int) -> None:
    """Print how long it takes until State shows what was asked for, and until the put is completed."""
    for motor, scan in SCANS.items():
        operator = Operator(OURS, motor)
        shown: dict[str, list[float]] = {name: [] for name in SHOWN}
        completed: list[float] = []
        for paused in [number, *[0] * ABORTS] * rounds:
            seen, done = operator.cycles(paused)
            completed += done
            for name, times in seen.items():
                shown[name] += times
        lines = {**{what: shown[name] for name, what in SHOWN.items()}, "pause → completed": completed}
        print(f"{scan:34}{'p50 ms':>14}{'p99 ms':>14}{'number':>9}")
        for what, times in lines.items():
            p50, p99 = (1000 * quantile(times, of) for _, of in QUANTILES)
            print(f"{what:34}{p50:14.2f}{p99:14.2f}{len(times):9}", flush=True)


def main() -> None:
    """Run everything and print the ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=10, help="how often each server is asked")
    parser.add_argument("--number", type=int, default=200, help="how much it is asked for in a round")
    parser.add_argument("--starts", type=int, default=3, help="how often each server is started")
    parser.add_argument("--pauses", type=int, default=20, help="how often a scan is paused in a round")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, servers(Path(folder)) as both:
        try:
            print(head("", "reioc ms", "softIoc ms"))
            started(both, given.starts)
            latencies(both, given.rounds, given.number)
            watched(both, given.rounds, max(1, given.number // 4))
            rates(given.rounds, min(MANY, 10 * given.number))
            pauses(given.rounds, given.pauses)
        finally:
            leave()


if __name__ == "__main__":
    main()
