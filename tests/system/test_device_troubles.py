"""The devices' IOC freezes, or is killed, in the middle of a scan."""

import os
import re
import signal
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from reioc.ioc.journal import JournalReader

from .engine_client import DEVICES, Client, beamline_toml, seen, serving
from .support import Service, free_port

LOOKED_AFTER = """
[devices]
settle = 0.2
silence = 1.0
[[device_source]]
kind = "toml"
file = "more.toml"
"""
MORE = """
[[device]]
name = "am2"
class = "ophyd_async.epics.motor.Motor"
prefix = "SIM:m2"
connect = "lazy"
[[device]]
name = "strict"
class = "ophyd.EpicsMotor"
prefix = "SIM:m2"
on_trouble = "fail"
"""
POINTS = 20
BOTH = {"detectors": ["det1"], "args": ["m1", -1, 1, "am2", 0.5, -0.5], "num": POINTS}
STRICT = {"detectors": ["det1"], "args": ["strict", -1, 1], "num": POINTS}


class Hardware:
    """A simulated beamline that freezes, and dies, when a test wants it to; on one port whenever it runs."""

    def __init__(self) -> None:
        port = free_port()
        argv = ["-m", "reioc.sim_iocs", "--prefix", "SIM:", "--port", str(port), "--speed", "20"]
        self._argv = [sys.executable, *argv]
        self.address = f"127.0.0.1:{port}"
        self.service: Service | None = None

    def start(self) -> None:
        self.service = Service(self._argv, "^ready")
        self.service.__enter__()

    def freeze(self) -> None:
        assert self.service is not None
        os.kill(self.service.pid, signal.SIGSTOP)

    def go_on(self) -> None:
        assert self.service is not None
        os.kill(self.service.pid, signal.SIGCONT)

    def kill(self) -> None:
        if self.service is not None:
            self.service.kill()
            self.service = None


@dataclass(frozen=True)
class Setup:
    engine: Client
    hardware: Hardware
    journal: Path
    service: Service

    def events(self) -> list[tuple[int, float, float]]:
        """Of the last run: number, and where the motors were, of each event, in order."""
        with JournalReader(self.journal) as reader:
            documents = list(reader.documents(reader.runs(limit=1)[0].uid))
        streams = {doc["uid"]: doc["name"] for _, name, doc in documents if name == "descriptor"}
        events = [doc for _, name, doc in documents if name == "event" and streams[doc["descriptor"]] == "primary"]
        return [(doc["seq_num"], doc["data"]["m1"], doc["data"]["am2"]) for doc in events]

    def is_as_undisturbed(self) -> bool:
        """Whether the scan has ended as a success with each point once, where it was to be."""
        self.engine.wait("State", "idle")
        wanted = [-1 + 2 * i / (POINTS - 1) for i in range(POINTS)]
        events = self.events()
        assert [number for number, *_ in events] == list(range(1, POINTS + 1))
        assert [m1 for _, m1, _ in events] == pytest.approx(wanted, abs=1e-3)
        assert [am2 for *_, am2 in events] == pytest.approx([-m1 / 2 for m1 in wanted], abs=1e-3)
        return self.engine.ended("success")


def was_suspended(states: list[str]) -> bool:
    """Once, or once more: what answers may be lost again on a busy machine, or be back later than the others."""
    pairs = list(zip(states[::2], states[1::2], strict=True))
    assert pairs[-1] == ("running", "idle")
    return len(pairs) > 1 and set(pairs[:-1]) == {("running", "suspended")}


@pytest.fixture(scope="module")
def setup(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Setup]:
    """One engine with devices of ophyd and ophyd-async, from two files."""
    folder, hardware = tmp_path_factory.mktemp("troubles"), Hardware()
    (folder / "more.toml").write_text(MORE)
    hardware.start()
    try:
        with serving(beamline_toml(folder, hardware.address, tables=LOOKED_AFTER + DEVICES)) as running:
            running.client.wait("Dev:Connected", "4")
            yield Setup(running.client, hardware, folder / "beamline.journal.sqlite", running.service)
    finally:
        hardware.kill()


def test_a_frozen_server_suspends_until_it_answers(setup: Setup) -> None:
    """Nothing is disconnected, and nothing fails: the scan waits for a server that does not answer."""
    engine = setup.engine
    assert engine.get("Dev:States").split()[1:5] == ["connected", "connected", "connected", "lazy"]
    engine.start("scan", BOTH)
    engine.reach(3)
    with engine.watch("State") as monitor:
        setup.hardware.freeze()
        try:
            engine.wait("Susp:Reason", r"((; )?(m1|am2|det1): SIM:(m1|m2|det1)\S* does not answer)+")
            engine.wait("Dev:Trouble", r".* does not answer")
            assert engine.get("State") == "suspended"
        finally:
            setup.hardware.go_on()
        assert setup.is_as_undisturbed()
        monitor.wait_for("idle")
    assert was_suspended(seen(monitor, "State"))
    engine.wait("Dev:Connected", "5")
    assert engine.text("Dev:Trouble") == ""


def test_a_killed_server_suspends_until_it_is_back(setup: Setup) -> None:
    """The reason names a PV of each device; the scan goes on by itself, without a lost or doubled point."""
    engine = setup.engine
    engine.start("scan", BOTH)
    engine.reach(3)
    with engine.watch("State") as monitor:
        setup.hardware.kill()
        engine.wait("Susp:Reason", r"(?=.*det1: SIM:det1:\w+ is not).*m1: SIM:m1\.\w+ is not connected.*")
        engine.wait("Message", r"suspended since [\d:]+: (m1|det1|am2): SIM:(m1|det1|m2)\S+ is not connected.*")
        engine.wait("Dev:Missing", r".*m1: SIM:m1\.RBV, SIM:m1\.VAL, SIM:m1\.\w+ and \d+ more.*")
        assert engine.get("Dev:Connected") == "0"

        setup.hardware.start()  # libca lets up to 10 s pass before it looks for a PV that it has lost
        assert setup.is_as_undisturbed()
        monitor.wait_for("idle")
    assert was_suspended(seen(monitor, "State"))
    engine.wait("Dev:Connected", "5")
    assert engine.text("Dev:Missing") == ""


def test_a_plan_fails_where_it_is_not_to_wait(setup: Setup) -> None:
    """on_trouble = "fail": the plan fails at once, and Error names the PV."""
    engine = setup.engine
    engine.start("scan", STRICT)
    engine.reach(3)

    setup.hardware.kill()

    engine.wait("State", "idle")
    assert engine.ended("fail")
    assert re.match(r"strict: SIM:m2\.\w+ is not connected", engine.text("Error"))


def test_a_service_ends_beside_a_frozen_server(setup: Setup) -> None:
    """SIGTERM takes seconds, not the half minute in which libca would say good-bye to that server."""
    setup.hardware.start()
    setup.engine.wait("Dev:Connected", "5")
    setup.hardware.freeze()
    try:
        assert setup.service.stop(timeout=10) == 0
    finally:
        setup.hardware.go_on()
