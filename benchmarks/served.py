"""What is measured, each on a port of loopback: a `reioc serve` of our own, and EPICS Base's softIoc."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from soft_ioc import free_port, soft_ioc_command

__all__ = ["DELAY", "OURS", "Process", "Servers", "servers", "service"]

OURS = "B:RE:"
"""The prefix of our engine's PVs."""
PATIENCE = 20.0
_SCHEDULER = 2
"""Of the clocks of a process, the one that counts what it has run (Linux, CPUCLOCK_SCHED)."""

_BEAMLINE = """
[ioc]
prefix = "{prefix}"
port = {port}

[[device]]
name = "motor"
class = "ophyd.sim.SynAxis"
kwargs = {{delay = {delay}}}

[[device]]
name = "quick"
class = "ophyd.sim.SynAxis"

[[device]]
name = "det"
class = "ophyd.sim.SynSignal"
"""

_SUSPENDER = """
[[suspender]]
name = "beam"
kind = "floor"
pv = "B:Current"
low = 99
resume_low = 100
"""
DELAY = 0.01
"""Seconds that a move of `motor` takes, here and in queueserver's plan; one of `quick` takes none."""

_DATABASE = """
record(ai, "B:Current") { field(VAL, "250") field(PINI, "YES") }
record(ao, "B:Number") { }
record(bo, "B:Switch") { field(ZNAM, "No") field(ONAM, "Yes") }
record(waveform, "B:Text") { field(FTVL, "CHAR") field(NELM, "2000") }
record(waveform, "B:Array") { field(FTVL, "DOUBLE") field(NELM, "1000") }
"""


@dataclass
class Process:
    """A server that can be started, and ended, again and again; its output goes to a file."""

    argv: list[str]
    env: Mapping[str, str]
    port: int
    log: Path
    _process: subprocess.Popen[bytes] | None = None

    def start(self) -> float:
        """Start it, and wait until it takes connections: when it was started (perf_counter, s).

        Raises RuntimeError if it does not get there.
        """
        begun = time.perf_counter()
        with self.log.open("w") as log:
            self._process = subprocess.Popen(self.argv, env={**os.environ, **self.env}, stdout=log, stderr=log)
        while not self._listens():
            if self._process.poll() is not None or time.perf_counter() - begun > PATIENCE:
                raise RuntimeError(f"{' '.join(self.argv)} does not serve:\n{self.log.read_text()}")
            time.sleep(0.002)
        return begun

    def _listens(self) -> bool:
        with socket.socket() as tcp:
            return tcp.connect_ex(("127.0.0.1", self.port)) == 0

    def cpu(self) -> float:
        """The seconds of processor that it has used; others on the machine do not change that. Raises RuntimeError."""
        if self._process is None:
            raise RuntimeError(f"{self.argv[0]} does not run")
        # clock_getcpuclockid(3), which Python has not: the clock of a process, threads that have ended included.
        return time.clock_gettime((~self._process.pid << 3) | _SCHEDULER)

    def stop(self) -> None:
        """End it, if it runs."""
        if self._process is None:
            return
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None


@dataclass(frozen=True)
class Servers:
    """Ours and theirs."""

    ours: Process
    theirs: Process


@contextmanager
def servers(folder: Path) -> Iterator[Servers]:
    """Both, not started yet, with their files in `folder`; this process' Channel Access clients look at them only.

    Our engine has a suspender on a PV of theirs. To be entered before anything uses libca, which reads its environment
    once.
    """
    here, there = free_port(), free_port()
    _look_at(here, there)
    database = folder / "soft.db"
    database.write_text(_DATABASE)
    argv, env = soft_ioc_command(str(database), there)
    both = Servers(_ours(folder, here, _SUSPENDER), Process(argv, env, there, folder / "softIoc.log"))
    try:
        yield both
    finally:
        both.ours.stop()
        both.theirs.stop()


@contextmanager
def service(folder: Path) -> Iterator[Process]:
    """Ours alone, started, its journal in `folder`; to be entered as `servers` is."""
    here = free_port()
    _look_at(here)
    ours = _ours(folder, here)
    try:
        ours.start()
        yield ours
    finally:
        ours.stop()


def _look_at(*ports: int) -> None:
    addresses = " ".join(f"127.0.0.1:{port}" for port in ports)
    os.environ |= {"EPICS_CA_ADDR_LIST": addresses, "EPICS_CA_AUTO_ADDR_LIST": "NO"}


def _ours(folder: Path, port: int, suspender: str = "") -> Process:
    beamline = folder / "beamline.toml"
    beamline.write_text(_BEAMLINE.format(prefix=OURS, port=port, delay=DELAY) + suspender)
    return Process([sys.executable, "-m", "reioc.ioc", "serve", str(beamline)], {}, port, folder / "reioc.log")
