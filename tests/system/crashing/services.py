"""Services that are forked: started in milliseconds, killed at any moment."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

from reioc.ioc.journal import JournalReader
from reioc.sim_iocs.testing.engine import MODULES
from reioc.sim_iocs.testing.forking import Nursery
from reioc.sim_iocs.testing.processes import Process

from ..support import TIMEOUT, free_port
from .screen import P, Screen

__all__ = ["Beamline", "Nursery"]

StatusT = TypeVar("StatusT")

_PLANS = Path(__file__).parent / "plans"
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


class Beamline:
    """One beamline.toml, and the service of it that lives, if one does; a context manager that leaves none behind."""

    def __init__(self, nursery: Nursery, folder: Path, journal: str = "journal") -> None:
        self._nursery = nursery
        self.port = free_port()
        self.toml = folder / "beamline.toml"
        self.toml.write_text(_TOML.format(prefix=P, port=self.port, journal=journal))
        self.journal = folder / journal
        self._service: Process | None = None
        self._written = ""
        self.lives = 0
        self._screens: list[Screen] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for screen in self._screens:
            screen.close()
        if self._service is not None:
            self.kill()
        if kind is not None:
            print(f"--- output of {self.lives} services\n{self.output[-20_000:]}")

    @property
    def pid(self) -> int:
        """That of the service that lives; 0 if none does."""
        return 0 if self._service is None else self._service.pid

    @property
    def output(self) -> str:
        """What all of its services have written."""
        return self._written + ("" if self._service is None else self._service.output)

    def begin(self, *argv: str) -> None:
        """Start a service, and do not wait for it."""
        assert self._service is None
        self.lives += 1
        path = os.pathsep.join(filter(None, [str(_PLANS), os.environ.get("PYTHONPATH", "")]))
        env = {**os.environ, "PYTHONPATH": path}
        words = ["serve", str(self.toml), *argv]
        service = Process(lambda: self._nursery.run("reioc.ioc", *words, env=env, preload=MODULES), "the service")
        self._service = service.__enter__()

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
        """Whether its process runs."""
        return self._service is not None and self._service.lives

    def kill(self) -> None:
        """End it as a failure of the power does."""
        self._end(Process.kill)

    def stop(self) -> int:
        """End it as systemd does; its exit status."""
        return self._end(Process.stop)

    def ended(self) -> int:
        """Its exit status, as soon as it has ended by itself."""
        return self._end(Process.wait)

    def reader(self) -> JournalReader:
        """What is durable."""
        return JournalReader(self.journal)

    def _end(self, how: Callable[[Process], StatusT]) -> StatusT:
        service = self._service
        assert service is not None
        try:
            return how(service)
        finally:
            self._written += service.output
            self._service = None
