"""Checking a beamline.toml against what is there."""

import io
import os
import re
import subprocess
import sys

import pytest

from reioc.ioc.check import check

from ..devices.ca import hardware

_HEAD = """\
[ioc]
prefix = "DEMO:RE:"
[epics]
addr_list = ["{address}"]
auto_addr_list = false
"""

_GOOD = (
    _HEAD
    + """
[[device]]
name = "m1"
class = "ophyd.EpicsMotor"
prefix = "SIM:m1"
timeout = 15
[[device]]
name = "det1"
class = "reioc.devices.point_detector.PointDetector"
prefix = "SIM:det1"
timeout = 15
[[suspender]]
name = "beam"
kind = "floor"
pv = "SIM:Ring:Current"
low = 100
[[suspender]]
name = "shutter"
kind = "bool_low"
pv = "SIM:Shutter:Status"
"""
)

_WRONG = (
    _HEAD
    + """
[plans]
modules = ["reioc.engine.plans", "no.such.plans"]
[[device]]
name = "lost"
class = "ophyd.EpicsSignal"
kwargs = {{ read_pv = "SIM:Nothing" }}
timeout = 1
[[device]]
name = "m1"
class = "ophyd.EpicsMotr"
[[device]]
name = "ring"
class = "ophyd.EpicsSignalRO"
prefix = "SIM:Ring:Current"
timeout = 15
[[suspender]]
name = "text"
kind = "floor"
pv = "SIM:m1.DESC"
low = 100
[[suspender]]
name = "beam"
kind = "floor"
pv = "SIM:Ring:Curent"
low = 100
[[device_source]]
kind = "module"
module = "no.such.devices"
[[device_source]]
kind = "toml"
file = "more.toml"
"""
)


@pytest.fixture(scope="module")
def beamline():
    """One simulated beamline for all tests here."""
    with hardware() as running:
        yield running


def _run_check(path) -> tuple[int, str]:
    """In a process of its own, which must take the search addresses from the file, not from the environment."""
    script = "import sys; from reioc.ioc.check import check; sys.exit(check(sys.argv[1], sys.stdout))"
    env = {**os.environ, "EPICS_CA_ADDR_LIST": "127.0.0.1:1", "EPICS_CA_AUTO_ADDR_LIST": "NO"}
    done = subprocess.run(
        [sys.executable, "-c", script, path], env=env, capture_output=True, text=True, timeout=60, check=False
    )
    return done.returncode, done.stdout or done.stderr


def test_a_beamline_where_all_is_there_is_right(beamline, tmp_path):
    """Each device and suspender is told with OK; the status is 0."""
    path = tmp_path / "beamline.toml"
    path.write_text(_GOOD.format(address=beamline.address))

    status, said = _run_check(path)

    assert status == 0, said
    assert f"OK     file {path} (prefix DEMO:RE:, port 5064)" in said
    for line in (
        r"OK     plans reioc\.engine\.plans",
        r"OK     device m1 \(ophyd\.EpicsMotor SIM:m1\)",
        r"OK     device det1 \(reioc\.devices\.point_detector\.PointDetector SIM:det1\)",
        r"OK     suspender beam \(floor SIM:Ring:Current, now \d+\.\d+\)",
        r"OK     suspender shutter \(bool_low SIM:Shutter:Status, now \d+\)",
        "everything is right",
    ):
        assert re.search(f"^{line}$", said, re.MULTILINE), said


def test_everything_that_is_wrong_is_told_with_its_line(beamline, tmp_path):
    """A missing module, class and PV, and a value of the wrong kind, beside what is right; the status is 1."""
    path = tmp_path / "beamline.toml"
    path.write_text(_WRONG.format(address=beamline.address))
    (tmp_path / "more.toml").write_text('\n[[device]]\nname = "axis"\nclass = "ophyd.sim.SynAxes"\n')

    status, said = _run_check(path)

    searched = f'searched EPICS_CA_ADDR_LIST="{beamline.address}", EPICS_CA_AUTO_ADDR_LIST=NO'
    assert status == 1, said
    assert {
        f"OK     file {path} (prefix DEMO:RE:, port 5064)",
        "OK     plans reioc.engine.plans",
        "OK     device ring (ophyd.EpicsSignalRO SIM:Ring:Current)",
        "WRONG  plans no.such.plans: cannot be imported: ModuleNotFoundError: No module named 'no' [beamline.toml:8]",
        f"WRONG  device lost: not connected within 1 s: SIM:Nothing; {searched} [beamline.toml:9]",
        f"WRONG  suspender beam: not connected within 5 s: SIM:Ring:Curent; {searched} [beamline.toml:27]",
        "WRONG  device source 'module no.such.devices': no.such.devices cannot be imported: ModuleNotFoundError: "
        "No module named 'no' [beamline.toml:32]",
        "7 wrong",
    } <= set(said.splitlines()), said
    assert re.search(
        r"^WRONG  device 'm1': .*no 'EpicsMotr' \(did you mean 'EpicsMotor'.*\[beamline.toml:14\]$",
        said,
        re.MULTILINE,
    )
    assert re.search(r"^WRONG  device 'axis': .*no 'SynAxes' .*\[more\.toml:2\]$", said, re.MULTILINE)
    assert re.search(
        r"^WRONG  suspender text: SIM:m1.DESC is a text, and 'floor' compares one number.*\[beamline.toml:22\]$",
        said,
        re.MULTILINE,
    )


def test_a_file_with_mistakes_is_told_and_nothing_is_connected(tmp_path):
    """The mistakes are what is said, and the status is 1."""
    path = tmp_path / "beamline.toml"
    path.write_text("[ioc]\nprefx = 'X:'\n")
    out = io.StringIO()

    assert check(path, out) == 1
    assert out.getvalue() == (
        "beamline.toml:1: ioc.prefix: missing: this key is required\n"
        "beamline.toml:2: ioc.prefx: unknown key; allowed: interfaces, port, prefix (did you mean 'prefix'?)\n"
    )
