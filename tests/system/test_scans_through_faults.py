"""A scan through each scenario of faults: it suspends where it has to, and its data are those of an undisturbed one."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from reioc.ioc.journal import JournalReader
from reioc.sim_iocs.faults.library import Library

from .engine_client import BEAM, Client, beamline_toml, seen, serving
from .support import BaseTools, Service, free_port

DEVICES = """
[devices]
settle = 0.1
silence = 0.5
retries = 50
[[device]]
name = "m1"
class = "reioc.devices.motor.Motor"
prefix = "SIM:m1"
kwargs = { stall_after = 0.3, at_limit = "wait" }
[[device]]
name = "det1"
class = "reioc.devices.point_detector.PointDetector"
prefix = "SIM:det1"
"""
SCAN = {"detectors": ["det1"], "args": ["m1", -2, 2], "num": 5}
DISTURBED_AT = 0.0
"""The third position; the fault comes while the motor is on its way there."""

UNHARMED = {"delay", "freeze", "nan", "severity", "wrong_value"}
"""Through these a scan may go on, if they are over in time, or nothing that it reads is concerned."""
REFUSED = {"refuse"}
"""What is refused does not pass by itself: the scan fails."""


@dataclass(frozen=True)
class Setup:
    engine: Client
    tools: BaseTools
    journal: Path

    def data(self) -> list[tuple[int, float, int]]:
        """Number, position and counts of each event of the last run, in order."""
        with JournalReader(self.journal) as reader:
            documents = list(reader.documents(reader.runs(limit=1)[0].uid))
        streams = {doc["uid"]: doc["name"] for _, name, doc in documents if name == "descriptor"}
        events = [doc for _, name, doc in documents if name == "event" and streams[doc["descriptor"]] == "primary"]
        return [(doc["seq_num"], round(doc["data"]["m1"], 3), doc["data"]["det1"]) for doc in events]

    def velocity(self, value: float) -> None:
        """Of the motor, in mm per simulated second; there are ten of those in a real one."""
        assert self.tools.caput("-c", "SIM:m1.VELO", str(value)).returncode == 0

    def on_its_way(self) -> None:
        """Until the motor is on its way to the third position."""
        with self.tools.camonitor("-t", "n", "-n", "SIM:m1.VAL", "SIM:m1.DMOV") as monitor:
            monitor.wait_for(rf"\A(?=(?s:.*)^SIM:m1\.VAL\s+{DISTURBED_AT:g}\s)(?=(?s:.*)^SIM:m1\.DMOV\s+0)")


@pytest.fixture(scope="module")
def setup(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Setup]:
    """An engine on a beamline whose beam does not decay, with a motor that takes 0.2 s for each step."""
    folder, port = tmp_path_factory.mktemp("faults"), free_port()
    argv = [sys.executable, "-m", "reioc.sim_iocs", "--prefix", "SIM:", "--port", str(port), "--speed", "10"]
    address = f"127.0.0.1:{port}"
    with (
        Service(argv, "^ready"),
        serving(beamline_toml(folder, address, tables=DEVICES + BEAM)) as running,
    ):
        tools = BaseTools(address)
        assert tools.caput("-c", "SIM:Ring:Lifetime", "1000000").returncode == 0
        setup = Setup(running.client, tools, folder / "beamline.journal.sqlite")
        setup.velocity(0.5)
        yield setup


@pytest.fixture(scope="module")
def undisturbed(setup: Setup) -> list[tuple[int, float, int]]:
    """The data of a scan to which nothing happens."""
    setup.engine.run("scan", SCAN)
    data = setup.data()
    assert [point[:2] for point in data] == [(1, -2.0), (2, -1.0), (3, 0.0), (4, 1.0), (5, 2.0)]
    return data


@pytest.mark.parametrize("scenario", sorted({*Library().names} - REFUSED))
def test_the_data_are_those_of_an_undisturbed_scan(
    setup: Setup, undisturbed: list[tuple[int, float, int]], scenario: str
) -> None:
    """The scan succeeds with each point once, and the same counts; what must not be measured suspends it."""
    engine = setup.engine
    assert setup.tools.caput("-c", "SIM:Fault:Scenario", scenario).returncode == 0
    # Nobody can tell a wrong readback that comes between the end of a move and the reading: it must come on the way.
    setup.velocity(0.1 if scenario == "wrong_value" else 0.5)
    with engine.watch("State", "Susp:Reason") as monitor:
        engine.start("scan", SCAN)
        setup.on_its_way()
        assert setup.tools.caput("SIM:Fault:Run", "1").returncode == 0
        monitor.wait_for(r"State\|.*\|idle(?s:.*)State\|.*\|idle", timeout=40)

    assert engine.ended("success")
    assert setup.data() == undisturbed
    if scenario not in UNHARMED:
        assert "suspended" in seen(monitor, "State"), monitor.output


def test_what_is_refused_fails_the_scan(setup: Setup, undisturbed: list[tuple[int, float, int]]) -> None:
    """A put that the server refuses is not waited out: the plan fails, naming the PV, and keeps its points."""
    engine = setup.engine
    engine.start("scan", SCAN)
    setup.on_its_way()
    for name, value in {"PV": "m1", "Kind": "refuse", "Duration": "0", "Inject": "1"}.items():
        assert setup.tools.caput("-c", f"SIM:Fault:{name}", value).returncode == 0

    engine.wait("State", "idle")
    assert setup.tools.caput("-c", "SIM:Fault:ClearAll", "1").returncode == 0

    assert engine.ended("fail")
    assert "SIM:m1.VAL" in engine.text("Error")
    measured = setup.data()
    assert measured == undisturbed[: len(measured)]
    assert len(measured) >= 2
