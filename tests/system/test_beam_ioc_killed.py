"""A suspender whose PV is served by EPICS Base's softIoc, which can be killed in the middle of a scan."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from .c_ioc import CIoc
from .conftest import SimBeamline
from .engine_client import DEVICES, ENDLESS, Client, beamline_toml, seen, serving
from .support import Service

CURRENT = "B:Current"
DATABASE = f"""
record(ao, "{CURRENT}") {{ field(VAL, "250") field(PINI, "YES") field(HIHI, "1000") field(HHSV, "INVALID") }}
"""
BEAM = f"""
[[suspender]]
name = "beam"
kind = "floor"
pv = "{CURRENT}"
low = 100
resume_low = 200
"""
SCAN = {**ENDLESS, "num": 30}
BAD = f"{CURRENT} is 0, below 100; good again at 200"


class BeamIoc:
    """The softIoc, on one port whenever it runs."""

    def __init__(self, folder: Path) -> None:
        self._ioc = CIoc(folder, DATABASE)
        self.address = self._ioc.address
        self.service: Service | None = None

    def start(self) -> None:
        """Serve; the beam is good."""
        self.service = self._ioc.running()
        self.service.__enter__()

    def kill(self) -> None:
        """End it as a power cut does."""
        if self.service is not None:
            self.service.kill()
            self.service = None

    def put(self, value: float) -> None:
        self._ioc.put(CURRENT, value)


@dataclass(frozen=True)
class Setup:
    engine: Client
    beam: BeamIoc


@contextmanager
def _beam_ioc(folder: Path) -> Iterator[BeamIoc]:
    ioc = BeamIoc(folder)
    ioc.start()
    try:
        yield ioc
    finally:
        ioc.kill()


@pytest.fixture(scope="module")
def both(fast_beamline: SimBeamline, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Setup]:
    """One engine and one beam IOC for all tests here."""
    folder = tmp_path_factory.mktemp("killed")
    with _beam_ioc(folder) as beam:
        addresses = (fast_beamline.address, beam.address)
        with serving(beamline_toml(folder, *addresses, tables=DEVICES + BEAM)) as running:
            yield Setup(running.client, beam)


@pytest.fixture
def engine(both: Setup) -> Iterator[Client]:
    """Its engine: idle, with beam, and the limits of the file."""
    both.engine.wait("Susp:beam:Tripped", "No")
    yield both.engine
    if both.engine.get("State") != "idle":
        both.engine.put("Halt")
    if both.beam.service is None:
        both.beam.start()
    both.beam.put(250)
    for name, value in (("Low", "100"), ("ResumeLow", "200"), ("Delay", "0"), ("Enable", "Yes")):
        both.engine.put(f"Susp:beam:{name}", value)


@pytest.fixture
def beam(both: Setup) -> BeamIoc:
    """Its beam IOC."""
    return both.beam


def finished(engine: Client) -> bool:
    """Whether the scan ends as a success, with all its points."""
    engine.wait("State", "idle")
    assert (engine.get("Run:Point"), engine.get("Data:N")) == ("30", "30")
    assert len(set(engine.numbers("Data:X", 30))) == 30
    return engine.ended("success")


def test_killing_the_ioc_suspends_and_starting_it_again_resumes(engine: Client, beam: BeamIoc) -> None:
    """The reason names the PV and what is the matter with it; with the IOC back the scan goes on by itself."""
    engine.start("scan", SCAN)
    engine.reach(3)
    with engine.watch("State") as monitor:
        beam.kill()
        engine.wait("State", "suspended")
        engine.wait("Susp:beam:Tripped", "Yes")
        assert [engine.get(f"Susp:beam:{name}") for name in ("Connected", "Severity")] == ["No", "INVALID"]
        assert engine.text("Susp:beam:Reason") == f"{CURRENT} is disconnected"
        engine.wait("Message", rf"suspended since \d\d:\d\d:\d\d: {CURRENT} is disconnected")
        points = engine.get("Run:Point")

        beam.start()  # libca lets up to 10 s pass before it looks for a PV again
        assert engine.get("Run:Point") == points
        assert finished(engine)
        monitor.wait_for("idle")
    assert seen(monitor, "State") == ["running", "suspended", "running", "idle"]
    assert [engine.get(f"Susp:beam:{name}") for name in ("Connected", "Tripped", "Value")] == ["Yes", "No", "250"]
    assert engine.text("Susp:beam:Reason") == ""


def test_a_bad_value_suspends(engine: Client, beam: BeamIoc) -> None:
    """Below Low it trips, between Low and ResumeLow it stays so, at ResumeLow the scan goes on."""
    trips = int(engine.get("Susp:beam:Trips"))
    engine.start("scan", SCAN)
    engine.reach(2)
    beam.put(0)
    engine.wait("State", "suspended")
    assert (engine.text("Susp:beam:Reason"), engine.get("Susp:beam:Trips")) == (BAD, str(trips + 1))
    beam.put(150)
    engine.wait("Susp:beam:Value", "150")
    assert engine.get("State") == "suspended"

    beam.put(200)

    assert finished(engine)


def test_an_invalid_value_suspends(engine: Client, beam: BeamIoc) -> None:
    """However good it looks."""
    engine.start("scan", SCAN)
    beam.put(2000)
    engine.wait("State", "suspended")

    assert engine.text("Susp:beam:Reason") == f"{CURRENT} has alarm severity INVALID"
    assert [engine.get(f"Susp:beam:{name}") for name in ("Connected", "Severity")] == ["Yes", "INVALID"]

    beam.put(250)
    assert finished(engine)


def test_a_plan_that_is_started_without_beam_begins_suspended(engine: Client, beam: BeamIoc) -> None:
    """Nothing moves before there is beam; then all of it is done."""
    engine.run("mv", {"args": ["m1", 4]})
    beam.put(0)
    engine.wait("Susp:beam:Tripped", "Yes")
    assert engine.get("State") == "idle"

    with engine.watch("State") as monitor:
        engine.start("scan", SCAN, state="suspended")
        assert engine.tools.value("SIM:m1.RBV") == "4"
        beam.put(250)
        assert finished(engine)
        monitor.wait_for("running[\\s\\S]*idle")
    assert seen(monitor, "State") == ["idle", "suspended", "running", "idle"]


def test_a_disabled_suspender_lets_go(engine: Client, beam: BeamIoc) -> None:
    """Enable 0 while it holds: the scan goes on. Enable 1 with the beam still away: it is suspended again."""
    engine.start("scan", ENDLESS)
    beam.put(0)
    engine.wait("State", "suspended")

    engine.put("Susp:beam:Enable", "No")
    engine.wait("State", "running")
    assert engine.get("Susp:beam:Tripped") == "No"

    engine.put("Susp:beam:Enable", "Yes")
    engine.wait("State", "suspended")


def test_the_settle_time_is_counted_down(engine: Client, beam: BeamIoc) -> None:
    """Countdown goes from the settle time to zero while the reason says what is waited for; then the scan goes on."""
    engine.put("Susp:beam:Delay", 1)
    engine.start("scan", SCAN)
    beam.put(0)
    engine.wait("State", "suspended")
    with engine.watch("Susp:beam:Countdown", "Susp:beam:Reason") as monitor:
        beam.put(250)
        assert finished(engine)
        monitor.wait_for(r"Countdown\|\|0\.[1-4]\|[\s\S]*Countdown\|\|0\|")

    left = [float(seconds) for seconds in seen(monitor, "Susp:beam:Countdown")]
    assert left[0] == left[-1] == 0
    assert left[1:] == sorted(left[1:], reverse=True)
    assert 0.5 < left[1] <= 1
    assert seen(monitor, "Susp:beam:Reason")[1] == f"{CURRENT} is good again; goes on after 1 s"


def test_a_limit_takes_effect_at_once(engine: Client, beam: BeamIoc) -> None:
    """Low above the value suspends, and Low back below it, with ResumeLow, resumes."""
    engine.start("scan", ENDLESS)

    engine.put("Susp:beam:ResumeLow", 300)
    engine.put("Susp:beam:Low", 260)
    engine.wait("State", "suspended")
    assert engine.text("Susp:beam:Reason") == f"{CURRENT} is 250, below 260; good again at 300"

    engine.put("Susp:beam:Low", 100)
    assert engine.get("State") == "suspended"
    engine.put("Susp:beam:ResumeLow", 200)
    engine.wait("State", "running")


def test_a_pv_to_be_ignored_does_not_suspend(engine: Client, beam: BeamIoc) -> None:
    """OnBadPV ignore: INVALID is none of its business; back at suspend, it is."""
    engine.start("scan", ENDLESS)
    engine.put("Susp:beam:OnBadPV", "ignore")
    try:
        beam.put(2000)
        engine.wait("Susp:beam:Severity", "INVALID")
        assert (engine.get("Susp:beam:Tripped"), engine.get("State")) == ("No", "running")
    finally:
        engine.put("Susp:beam:OnBadPV", "suspend")

    engine.wait("State", "suspended")
