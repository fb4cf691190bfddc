"""An sscan record driven from plans, on the simulated one."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from typing import Any

import pytest
from ophyd import Signal
from ophyd.status import Status

from reioc.devices.parts.sscan_parts import data_keys
from reioc.devices.parts.sscan_setup import apply
from reioc.devices.sscan import Sscan

from .ca import Hardware, hardware

_SCAN = """
import json, threading, time
from reioc.devices.motion import stop_motion
from reioc.devices.motor import Motor
from reioc.devices.sscan import Sscan
from epics import caget, caput
from reioc.engine import RunEngine, RunEngineInterrupted
from reioc.engine.plans import count, fly

def outcome(action):
    try:
        action().wait(10)
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return "done"

def refusal(**settings):
    try:
        scan.configure(settings)
    except ValueError as error:
        return str(error)

scan = Sscan("SIM:scan1", name="scan", names={"SIM:slit:Setpoint": "slit"}, detectors=3)
scan.wait_for_connection(timeout=10)
caput("SIM:det1:Preset", 0.05)
LINE = {
    "points": 3,
    "positioners": {"SIM:slit:Setpoint": [-0.1, 0.1]},
    "detectors": ["SIM:slit:Readback", "SIM:det1:Counts"],
    "triggers": ["SIM:det1:Acquire"],
}
"""


@pytest.fixture(scope="module")
def beamline() -> Iterator[Hardware]:
    """One simulated beamline for all tests here."""
    with hardware() as running:
        yield running


def test_its_points_become_events(beamline) -> None:
    """Flown: one event per point. Triggered and read: one event with an array per PV. Who watches is told."""
    script = _SCAN + (
        """
_, configuration = scan.configure(LINE)
docs = []
RE = RunEngine()
RE.subscribe(lambda *doc: docs.append(doc))
RE(fly([scan]))
RE(count([scan]))
told = []
status = scan.trigger()
status.watch(lambda **told_of: told.append(told_of.get("current")))
status.wait(10)
columns = {name: list(values) for name, doc in docs if name == "event" for name, values in doc["data"].items()}
descriptors = [[doc["data_keys"], doc["hints"]["scan"]] for name, doc in docs if name == "descriptor"]
pages = [doc["data"] for name, doc in docs if name == "event_page"]
set_up = [configuration["scan_" + name]["value"] for name in ("points", "positioners_p1_pv", "detectors_d02_pv")]
scan._counted = 20  # as of a record that was aborted, whose put is complete all the same
told.append(outcome(scan._check))
print(json.dumps([pages, columns, descriptors, told, set_up, [signal.dotted_name for signal in scan._detectors]]))
"""
    )
    pages, columns, descriptors, told, set_up, parts = beamline.run(script)

    assert len(pages) == 1
    assert pages[0]["slit"] == pytest.approx([-0.1, 0, 0.1])
    assert pages[0]["SIM_slit_Readback"] == pytest.approx([-0.1, 0, 0.1], abs=0.001)
    assert all(counts > 400 for counts in pages[0]["SIM_det1_Counts"])
    assert columns["slit"] == pytest.approx([-0.1, 0, 0.1])
    flown, read = descriptors
    assert [keys["slit"]["source"] for keys, _ in descriptors] == ["PV:SIM:slit:Setpoint"] * 2
    assert (flown[0]["slit"]["shape"], read[0]["slit"]["shape"]) == ([], [3])
    assert flown[1] == read[1] == {"fields": ["SIM_slit_Readback", "SIM_det1_Counts"]}
    assert [point for point in told[:-1] if point is not None][-1] == 3
    assert told[-1].startswith("ScanFailed: SIM:scan1: ended after 3 of 20 points")
    assert set_up == [3, "SIM:slit:Setpoint", "SIM:det1:Counts"]
    assert parts == ["detectors.d01", "detectors.d02", "detectors.d03"]


def test_a_scan_that_is_not_done_says_why(beamline) -> None:
    """With the record's own message. A pause of the plan is one of the record's, the end of the plan an abort."""
    script = _SCAN + (
        """
told = {}
scan.configure(LINE | {"positioners": {"SIM:nothing": [0, 1]}})
told["no such PV"] = [outcome(scan.kickoff), outcome(scan.complete), outcome(scan.trigger)]
scan.configure(LINE | {"points": 50})
told["stopped"] = [outcome(scan.kickoff), scan.stop(), outcome(scan.complete)]
while scan.busy.get():
    time.sleep(0.01)
scan.configure(LINE | {"points": 20})
told["ended early"] = outcome(scan.kickoff)
while not scan.point.get():
    time.sleep(0.01)
scan.pause()
while not caget("SIM:scan1.PAUS"):
    time.sleep(0.01)
scan.resume()
scan.stop(success=True)
told["ended early"] = [told["ended early"], outcome(scan.complete), 0 < len(list(scan.collect())) < 20]
told["paused by"] = caget("SIM:scan1.PAUS")
while scan.busy.get():
    time.sleep(0.01)
told["by somebody"] = outcome(scan.kickoff)
caput("SIM:scan1.EXSC", 0)
told["by somebody"] = [told["by somebody"], outcome(scan.complete)]
while scan.busy.get():
    time.sleep(0.01)

def pause():
    while not (scan.busy.get() and scan.point.get()):
        time.sleep(0.01)
    RE.request_pause()

RE = RunEngine()
pages = []
RE.subscribe(lambda name, doc: pages.append(len(doc["seq_num"])), "event_page")
threading.Thread(target=pause).start()
try:
    RE(fly([scan]))
except RunEngineInterrupted:
    told["in a plan"] = caget("SIM:scan1.PAUS")
    RE.abort()
told["in a plan"] = [told["in a plan"], caget("SIM:scan1.PAUS"), scan.busy.get(), 0 < pages[0] < 20]
told["idle"] = scan.stop()

m1 = Motor("SIM:m1", name="m1")
m1.wait_for_connection(timeout=10)
scan.configure({"points": 20, "positioners": {"SIM:m1.VAL": [0, 5]}, "triggers": []})
caput("SIM:scan1.EXSC", 1)  # from a screen
while not scan.point.get():
    time.sleep(0.01)
scan.pause()  # as the engine does
stopped, failed = stop_motion({"scan": scan, "m1": m1}, RE.loop)
while scan.busy.get() or caget("SIM:m1.DMOV") == 0:
    time.sleep(0.01)
told["with all motion"] = [sorted(stopped), failed, m1.user_setpoint.get(use_monitor=False) < 5]
scan._is_held = True  # a pause that saw it busy a moment ago
caput("SIM:scan1.PAUS", 1, wait=True)
scan.stop()
told["held no longer"] = caget("SIM:scan1.PAUS")
print(json.dumps(told))
"""
    )
    told = beamline.run(script)

    refused = "ScanFailed: SIM:scan1: did not scan: P1PV: no PV SIM:nothing here"
    assert told["no such PV"] == [refused] * 3
    assert told["stopped"] == ["done", None, "ExposureStopped: SIM:scan1.EXSC: stopped before it was over"]
    assert told["ended early"] == ["done", "done", True]
    assert told["paused by"] == 0
    assert told["in a plan"] == [1, 0, 0, True]
    assert told["with all motion"] == [["m1", "scan"], {}, True]
    assert told["held no longer"] == 0
    assert told["by somebody"][0] == "done"
    assert told["by somebody"][1].startswith("ScanFailed: SIM:scan1: ")
    assert told["by somebody"][1].endswith("Scan aborted by operator")


def test_what_it_is_told_to_scan_is_looked_at_first(beamline) -> None:
    """Nothing is put when something of it is wrong, which is named."""
    script = _SCAN + (
        """
scan.configure(LINE)
before = scan.read_configuration()
told = [
    refusal(point=5),
    refusal(points=0),
    refusal(positioners={"SIM:m1.VAL": 3}),
    refusal(positioners={f"SIM:m{n}": [0, 1] for n in range(5)}),
    refusal(relative=True),
    refusal(points=7, detectors=["SIM:a", "two words"]),
    refusal(detectors=["a", "b", "c", "d"]),
    refusal(triggers="SIM:det1:Acquire"),
]
after = {name: reading["value"] for name, reading in scan.read_configuration().items()}
changed = [name for name, reading in before.items() if after[name] != reading["value"]]
try:
    scan.read()
except RuntimeError as error:
    told.append(str(error))
print(json.dumps([told, changed]))
"""
    )
    told, changed = beamline.run(script)

    assert changed == []
    assert told == [
        "scan: 'point' is none of points, positioners, relative, detectors, triggers (did you mean 'points' or "
        "'positioners'?)",
        "scan: points must be a whole number from 1, not 0",
        "scan: positioners: SIM:m1.VAL needs [start, end], not 3",
        "scan: positioners must be up to 4 PVs with [start, end], not "
        "{'SIM:m0': [0, 1], 'SIM:m1': [0, 1], 'SIM:m2': [0, 1], 'SIM:m3': [0, 1], 'SIM:m4': [0, 1]}",
        "scan: relative belongs to positioners, and there are none",
        "scan: detectors: 'two words' is not the name of a PV of up to 39 characters",
        "scan: detectors must be a list of up to 3 PVs, not ['a', 'b', 'c', 'd']",
        "scan: triggers must be a list of up to 4 PVs, not 'SIM:det1:Acquire'",
        "scan has no finished scan: have it scan before its data are read",
    ]


class Field(Signal):
    """A field that takes what it likes."""

    pvname = "SIM:scan1.NPTS"

    def put(self, value: Any, **kwargs: Any) -> None:
        super().put(min(value, 1000), **kwargs)

    def set(self, value: Any, **kwargs: Any) -> Status:
        self.put(value)
        status = Status()
        status.set_finished()
        return status


def test_a_record_that_takes_something_else_is_found_out() -> None:
    """It cuts numbers of points off, and freezes fields."""
    field = Field(name="points", value=1)

    apply([(field, 20)])
    with pytest.raises(ValueError, match="NPTS is 1000 after it was set to 1001: is it frozen, or limited"):
        apply([(field, 1001)])


def test_data_are_called_as_their_pvs() -> None:
    """Or as somebody wishes; two of the same name are refused."""
    assert data_keys(["SIM:m1.VAL", "SIM:m1.RBV", "a-b"], {"a-b": "c"}) == ["SIM_m1", "SIM_m1_RBV", "c"]
    with pytest.raises(ValueError, match=r"SIM:m1 and SIM:m1\.VAL would both be called 'SIM_m1'"):
        data_keys(["SIM:m1.VAL", "SIM:m1"], {})


@pytest.mark.parametrize("number", [0, 71])
def test_a_record_has_70_detectors(number: int) -> None:
    """No more, and at least one is looked at."""
    with pytest.raises(ValueError, match=f"scan: detectors must be 1 to 70, not {number}"):
        Sscan("SIM:scan1", name="scan", detectors=number)


def test_a_scan_whose_server_dies_fails() -> None:
    """Flown or not; the PV is named."""
    script = _SCAN + (
        """
scan.configure(LINE | {"points": 100})
print(outcome(scan.kickoff), flush=True)
print("ended: " + outcome(scan.complete), flush=True)
"""
    )
    told: Any
    with hardware() as mortal, mortal.client(script) as client:
        client.wait_for("^done$")
        mortal.service.stop(signal.SIGKILL)
        told = client.wait_for("^ended: .*$").group()

    assert told == "ended: PutFailed: put of 1 to SIM:scan1.EXSC failed: Virtual circuit disconnect"
