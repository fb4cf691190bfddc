"""Services as children of a nursery: started in milliseconds, killed at any moment."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from reioc.ioc.journal import JournalReader

from ..support import TIMEOUT, free_port, until
from .screen import P, Screen

__all__ = ["Beamline", "Nursery"]

_SCRIPT = Path(__file__).with_name("nursery.py")
_TOML = """
[ioc]
prefix = "{prefix}"
port = {port}
[epics]
addr_list = ["127.0.0.1:1"]
auto_addr_list = false
[journal]
file = "{journal}"
[metadata]
sample = "none"
[plans]
modules = ["crash_plans"]
[[suspender]]
name = "beam"
kind = "floor"
pv = "NO:SUCH:CURRENT"
low = 100
on_bad_pv = "ignore"
"""
"""The suspender has settings to be kept; its PV is not there, and that does not matter."""


class Nursery:
    """The process that has the services as children (see nursery.py); a context manager."""

    def __enter__(self) -> Self:
        env = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
        argv = [sys.executable, str(_SCRIPT)]
        self._process = subprocess.Popen(argv, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self._answer() == "ready"
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.close()  # it ends what it has left
        self._process.wait(TIMEOUT)
        self._process.stdout.close()

    def serve(self, name: str, output: Path, *argv: str) -> int:
        """A child by that name that serves; its pid."""
        return int(self._ask(name, "serve", str(output), ["serve", *argv]))

    def wait(self, name: str) -> int:
        """Its exit status, or minus the signal, when it has ended."""
        return int(self._ask(name, "wait"))

    def _ask(self, *words: object) -> str:
        assert self._process.stdin
        self._process.stdin.write(f"{json.dumps(words)}\n")
        self._process.stdin.flush()
        return self._answer()

    def _answer(self) -> str:
        assert self._process.stdout
        line = self._process.stdout.readline()
        assert line, f"the nursery has ended with {self._process.wait(TIMEOUT)}"
        return line.strip()


class Beamline:
    """One beamline.toml, and the service of it that lives, if one does; a context manager that leaves none behind."""

    def __init__(self, nursery: Nursery, folder: Path, journal: str = "journal") -> None:
        self._nursery = nursery
        self.port = free_port()
        self.toml = folder / "beamline.toml"
        self.toml.write_text(_TOML.format(prefix=P, port=self.port, journal=journal))
        self.journal = folder / journal
        self._output = folder / "output"
        self.pid = 0
        """0 if none lives."""
        self.lives = 0
        self._screens: list[Screen] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for screen in self._screens:
            screen.close()
        if self.pid:
            self.kill()
        if kind is not None:
            print(f"--- output of {self.lives} services\n{self.output[-20_000:]}")

    @property
    def output(self) -> str:
        """What all of its services have written."""
        return self._output.read_text() if self._output.exists() else ""

    def begin(self, *argv: str) -> None:
        """Start a service, and do not wait for it."""
        assert not self.pid
        self.lives += 1
        self.pid = self._nursery.serve(self.toml.parent.name, self._output, str(self.toml), *argv)

    def start(self) -> Screen:
        """Start a service; a client of it, when it serves."""
        self.begin()
        return self.screen()

    def screen(self) -> Screen:
        """Another client of the service, as soon as it serves."""
        deadline = time.monotonic() + TIMEOUT
        while True:
            try:
                self._screens.append(Screen(self.port))
                return self._screens[-1]
            except ConnectionError:
                assert time.monotonic() < deadline, f"nobody serves: {self.output}"
                assert self.is_alive(), f"it has ended: {self.output}"
                time.sleep(0.002)

    def is_alive(self) -> bool:
        """Whether its process runs: one that has ended has no files open."""
        return Path(f"/proc/{self.pid}/fd/1").exists()

    def kill(self) -> None:
        """End it as a failure of the power does."""
        os.kill(self.pid, signal.SIGKILL)
        self.ended()

    def stop(self) -> int:
        """End it as systemd does; its exit status."""
        os.kill(self.pid, signal.SIGTERM)
        return self.ended()

    def ended(self) -> int:
        """Its exit status, as soon as it has ended."""
        until(lambda: not self.is_alive(), "the service to end")
        self.pid = 0
        return self._nursery.wait(self.toml.parent.name)

    def reader(self) -> JournalReader:
        """What is durable."""
        return JournalReader(self.journal)
