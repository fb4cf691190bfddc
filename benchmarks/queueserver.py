"""How fast a scan is paused, as ratios to bluesky-queueserver in the same run; and a queueserver for others to ask.

    python benchmarks/queueserver.py VENV/bin/python PATH/redis-server

Both take turns: the same scan of the same simulated devices is started, paused, resumed and aborted, here by PV, there
by queueserver's own 0MQ API, whose status is asked for every 5 ms. No part of `make bench`: queueserver and Redis are
not among our dependencies.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ca_client import leave
from figures import QUANTILES, quantile
from pausing import POINTS, SHOWN, Operator
from served import DELAY, OURS, Process, servers
from soft_ioc import free_port

STARTUP = """
from bluesky import RunEngine
from bluesky.plans import count, scan
from ophyd.sim import SynAxis, SynSignal

RE = RunEngine()
motor = SynAxis(name="motor", delay={delay})
det = SynSignal(name="det")
"""
PERMISSIONS = """
user_groups:
  root: {allowed_plans: [null], forbidden_plans: [":^_"], allowed_devices: [null], forbidden_devices: [":^_:?.*"]}
  primary: {allowed_plans: [":.*"], allowed_devices: [":?.*:depth=5"]}
"""
OPERATOR = Path(__file__).with_name("queueserver_client.py")
"""Run by queueserver's Python: does what each line that it reads says, and writes what it has measured."""


class Peer:
    """Somebody who runs scans by queueserver."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def cycles(self, pauses: int) -> Mapping[str, list[float]]:
        """As an `Operator`'s: seconds from each request until the status says so. Raises RuntimeError."""
        return self._ask("cycles", pauses=pauses, points=POINTS)

    def queued(self, number: int) -> float:
        """Queued runs of one point per second, so many of them. Raises RuntimeError."""
        return self._ask("queued", number=number)

    def _ask(self, method: str, **arguments: int) -> Any:
        if self._process.stdin is None or self._process.stdout is None:
            raise RuntimeError("queueserver's client has no pipes")
        self._process.stdin.write(json.dumps([method, arguments]) + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        if not answer:
            raise RuntimeError("queueserver's client has ended; what it wrote is above")
        return json.loads(answer)


@contextmanager
def queueserver(python: Path, redis: Path, folder: Path) -> Iterator[Peer]:
    """A queueserver of its own, with Redis, on loopback, its environment open; its files are in `folder`."""
    (folder / "startup").mkdir()
    (folder / "startup" / "00-scan.py").write_text(STARTUP.format(delay=DELAY))
    (folder / "startup" / "user_group_permissions.yaml").write_text(PERMISSIONS)
    store, control, info = free_port(), free_port(), free_port()
    address = f"tcp://127.0.0.1:{control}"
    quiet = {"PYTHONWARNINGS": "ignore"}
    database = [str(redis), "--port", str(store), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
    manager = [str(python.with_name("start-re-manager"))]
    manager += ["--redis-addr", f"127.0.0.1:{store}", "--zmq-control-addr", address]
    manager += ["--zmq-info-addr", f"tcp://127.0.0.1:{info}", "--startup-dir", str(folder / "startup"), "--keep-re"]
    manager += ["--update-existing-plans-devices", "ENVIRONMENT_OPEN"]
    processes = (
        Process(database, {}, store, folder / "redis.log"),
        Process(manager, quiet, control, folder / "queueserver.log"),
    )
    try:
        for process in processes:
            process.start()
        with subprocess.Popen(
            [python, OPERATOR, address],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, **quiet},
        ) as client:
            try:
                yield Peer(client)
            finally:
                client.kill()
    finally:
        for process in reversed(processes):
            process.stop()


def compared(ours: Operator, theirs: Peer, rounds: int, pauses: int, fewer: int) -> None:
    """Print how long each takes until what was asked for is seen."""
    mine: dict[str, list[float]] = {name: [] for name in SHOWN}
    peers: dict[str, list[float]] = {name: [] for name in SHOWN}
    for _ in range(rounds):
        for all_of, new in ((mine, ours.cycles(pauses)[0]), (peers, theirs.cycles(fewer))):
            for name, times in new.items():
                all_of[name] += times
    print(f"{'':34}{'reioc ms':>14}{'queueserver ms':>16}{'faster':>10}")
    for name, what in SHOWN.items():
        for label, of in QUANTILES:
            here, there = (1000 * quantile(times[name], of) for times in (mine, peers))
            print(f"{f'{what}, {label}':34}{here:14.2f}{there:16.2f}{there / here:9.0f}x", flush=True)


def main() -> None:
    """Compare, or say why that cannot be done."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("python", type=Path, help="the Python of an environment that has bluesky-queueserver")
    parser.add_argument("redis", type=Path, help="redis-server")
    parser.add_argument("--rounds", type=int, default=10, help="how often each runs a scan")
    parser.add_argument("--pauses", type=int, default=20, help="how often our scan is paused")
    parser.add_argument("--fewer", type=int, default=3, help="how often queueserver's is, which takes its time")
    given = parser.parse_args()
    require(given.python, given.redis)
    with tempfile.TemporaryDirectory() as folder, servers(Path(folder)) as both:
        both.theirs.start()
        both.ours.start()
        try:
            with queueserver(given.python, given.redis, Path(folder)) as peer:
                compared(Operator(OURS, "motor"), peer, given.rounds, given.pauses, given.fewer)
        finally:
            leave()


def require(python: Path, redis: Path) -> None:
    """Raises SystemExit, with what is wrong, if there is no queueserver in this Python's environment, or no Redis."""
    _works([python, "-c", "import bluesky_queueserver"])
    _works([redis, "--version"])


def _works(command: list[str | Path]) -> None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    except OSError as error:
        sys.exit(f"cannot be run: {error}")
    if done.returncode:
        sys.exit(f"cannot be run: {' '.join(map(str, command))} fails:\n{done.stderr}")


if __name__ == "__main__":
    main()
