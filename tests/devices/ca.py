"""Channel Access for the tests of devices: simulated hardware, and clients in processes of their own."""

import json
import socket
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from ..system.support import Service, client_env, free_port, run_python


@dataclass(frozen=True)
class Hardware:
    """PVs that are served, by a simulated beamline with `$(P)` = `SIM:` unless said otherwise."""

    address: str
    service: Service

    def run(self, script: str) -> Any:
        """What a client script prints last, as JSON."""
        return json.loads(run_python(script, self.address).splitlines()[-1])

    def client(self, script: str) -> Service:
        """A client script whose output can be watched while it runs."""
        return Service([sys.executable, "-c", script], env=client_env(self.address))


def hardware(*options: str) -> AbstractContextManager[Hardware]:
    """A simulated beamline on a free port of 127.0.0.1, with these options of its command line."""
    port = str(free_port())
    return _serving([sys.executable, "-m", "reioc.sim_iocs", "--prefix", "SIM:", "--port", port, *options], port)


def late_monitor(prefix: str) -> AbstractContextManager[Hardware]:
    """A point detector whose monitors come late, on a free port of 127.0.0.1."""
    port = str(free_port())
    return _serving([sys.executable, str(Path(__file__).with_name("late_monitor_ioc.py")), prefix, port], port)


@contextmanager
def _serving(argv: list[str], port: str) -> Iterator[Hardware]:
    with no_repeater(), Service(argv, "^ready") as service:
        yield Hardware(f"127.0.0.1:{port}", service)


@contextmanager
def no_repeater() -> Iterator[None]:
    """Keep clients from starting a caRepeater, which would outlive the tests: with its port taken one seems to run."""
    with socket.socket(type=socket.SOCK_DGRAM) as taken, pytest.MonkeyPatch.context() as patch:
        taken.bind(("127.0.0.1", 0))
        patch.setenv("EPICS_CA_REPEATER_PORT", str(taken.getsockname()[1]))
        yield
