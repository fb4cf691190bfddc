"""The plugin, in a pytest of its own."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

GROUP = """
from caproto.server import PVGroup, pvproperty

class Here(PVGroup):
    x = pvproperty(value=4.5)
"""
TESTS = """
import os
import epics, pytest
from caproto.server import PVGroup, pvproperty

class InATestFile(PVGroup):
    x = pvproperty(value=4.5)

@pytest.fixture(scope="module")
def of_the_module(iocs):
    with iocs.pvgroup("groups:Here", "M:") as ioc:
        yield ioc

def test_clients_of_this_process_see_every_ioc(of_the_module, start_pvgroup):
    assert epics.caget("M:x", timeout=5) == 4.5
    start_pvgroup(InATestFile, "A:")
    start_pvgroup(InATestFile, "B:").put("x", 1)
    assert (epics.caget("A:x", timeout=5), epics.caget("B:x", timeout=5)) == (4.5, 1)
    assert os.environ["EPICS_CA_AUTO_ADDR_LIST"] == "NO"

def test_is_wrong(of_the_module):
    assert of_the_module.get("x") == 0

@pytest.mark.simulated_beamline("BL:", speed=50, seed=3)
def test_a_marker_sets_it_up(simulated_beamline):
    simulated_beamline.put("m1", 1)
    assert simulated_beamline.get("m1.RBV") == pytest.approx(1, abs=0.01)
"""
ENDS_BADLY = """
import os, signal, pytest

@pytest.fixture
def tidied(simulated_beamline):
    yield
    simulated_beamline.put("m1", 1)
    print("tidied", simulated_beamline.get("m1"))

def test_ends_badly(iocs, tidied):
    with iocs.pvgroup("groups:Here", "M:"):
        os.kill(WHOM, signal.SIG)
"""
CLEAN = {name: value for name, value in os.environ.items() if not name.startswith(("EPICS_", "PYTEST_"))}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "groups.py").write_text(GROUP)
    (tmp_path / "pytest.ini").write_text("[pytest]\npythonpath = .\nca_ports = 6\naddopts = -p no:cacheprovider\n")
    return tmp_path


def run_pytest(project: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """As in a terminal of its own."""
    argv = [sys.executable, "-m", "pytest", "-W", "error", *options]
    return subprocess.run(
        argv,
        cwd=project,
        env=CLEAN,
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
        start_new_session=True,
    )


def left_behind(project: Path) -> list[str]:
    """The processes that live in that folder, where all of a project's are started."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if (process / "cwd").resolve() == project.resolve():
                found.append((process / "cmdline").read_text())
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            continue
    return found


def test_everything_works_in_workers_and_when_one_is_killed(project: Path) -> None:
    """Clients see the IOCs, what these wrote is in the report of a failure, a worker that dies leaves nobody behind."""
    (project / "test_it.py").write_text(TESTS)
    (project / "test_killed.py").write_text(ENDS_BADLY.replace("SIG)", "SIGKILL)").replace("WHOM", "os.getpid()"))

    done = run_pytest(project, "-n", "2", "--dist", "loadfile", "--max-worker-restart", "0", "-rA")

    assert re.search(r"2 failed, 2 passed", done.stdout), done.stdout + done.stderr
    for test in ("clients_of_this_process_see_every_ioc", "a_marker_sets_it_up"):
        assert re.search(rf"^PASSED test_it.py::test_{test}", done.stdout, re.MULTILINE)
    assert re.search(r"- output of Here M: on port \d+ -+\n(.*\n)*ready: Here M: on port", done.stdout)
    assert "crashed" in done.stdout
    assert left_behind(project) == []


def test_ctrl_c_ends_everything(project: Path) -> None:
    """It comes to all processes of a terminal; fixtures that tidy up still have their IOCs, then these end."""
    (project / "test_interrupted.py").write_text(ENDS_BADLY.replace("SIG)", "SIGINT)").replace("WHOM", "0"))

    done = run_pytest(project, "-s")

    assert (done.returncode, "KeyboardInterrupt" in done.stdout) == (2, True), done.stdout
    assert "tidied 1.0" in done.stdout
    assert left_behind(project) == []


def test_it_costs_nothing_until_it_is_used() -> None:
    """What every pytest run loads imports neither caproto nor numpy, and sets nothing."""
    script = """
import os, sys, pytest
before, environment = {*sys.modules}, dict(os.environ)
import reioc.sim_iocs.testing.plugin
print(sorted(name for name in {*sys.modules} - before if not name.startswith("reioc")), environment == dict(os.environ))
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=30, check=True)

    assert done.stdout == "[] True\n"


def test_a_client_that_was_too_early_is_told() -> None:
    """It has read its environment: the IOCs of tests would not be found, and the error says why."""
    script = """
import epics
from reioc.sim_iocs.testing.environment import CaEnvironment, TooLate
epics.PV("ANY:PV")
try:
    CaEnvironment(1).given_to_this_process()
except TooLate as error:
    print(error)
"""
    env = {**CLEAN, "EPICS_CA_ADDR_LIST": "127.0.0.1:1", "EPICS_CA_AUTO_ADDR_LIST": "NO", "PATH": ""}
    done = subprocess.run(
        [sys.executable, "-c", script], env=env, capture_output=True, text=True, timeout=30, check=True
    )

    assert "looks for PVs already" in done.stdout
    assert "not where a module is imported" in done.stdout


def test_the_environment_is_set_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was there before is there afterwards, and what was not is not."""
    from reioc.sim_iocs.testing import environment

    monkeypatch.setattr(environment, "_who_searches", lambda: "")
    monkeypatch.setenv("EPICS_CA_ADDR_LIST", "10.0.0.1")
    before = dict(os.environ)
    with environment.CaEnvironment(2) as made:
        made.given_to_this_process()
        assert os.environ["EPICS_CA_ADDR_LIST"] == made.address_list
        assert len(made.address_list.split()) == 2

    assert dict(os.environ) == before
