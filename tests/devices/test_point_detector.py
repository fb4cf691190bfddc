"""A point detector over Channel Access."""

import signal

import pytest

from .ca import hardware, late_monitor

_DETECTOR = """
import json
from reioc.devices.point_detector import PointDetector

def outcome(status):
    try:
        status.wait(10)
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return "done"

def exposure(seconds):
    det.preset.set(seconds).wait(10)
    return det.trigger()

det = PointDetector("SIM:det1", name="det1")
det.wait_for_connection(timeout=10)
"""


@pytest.fixture(scope="module")
def beamline():
    """One simulated beamline for all tests here that leave it running."""
    with hardware() as running:
        yield running


def test_documents_name_the_counts_like_the_device(beamline):
    """The counts are the hinted reading, the preset is configuration, acquire is in no document."""
    script = _DETECTOR + "print(json.dumps([list(det.read()), list(det.read_configuration()), det.hints]))"

    assert beamline.run(script) == [["det1"], ["det1_preset"], {"fields": ["det1"]}]


def test_a_reading_belongs_to_the_exposure_just_done():
    """Each exposure's counts are read, though the monitor that brings them comes later."""
    script = _DETECTOR + (
        """
det.counts.subscribe(lambda **_: None)
readings = []
for _ in range(3):
    det.trigger().wait(10)
    readings.append(det.read()["det1"]["value"])
print(json.dumps(readings))
"""
    )
    with late_monitor("SIM:det1") as detector:
        assert detector.run(script) == [1, 2, 3]


def test_a_stopped_exposure_fails_unless_stopping_is_a_success(beamline):
    """stop() ends it early; success decides what its Status says."""
    script = _DETECTOR + (
        """
first = exposure(30)
det.stop()
while det.acquire.get():
    pass
second = det.trigger()
while not det.acquire.get():
    pass
det.stop(success=True)
print(json.dumps([outcome(first), outcome(second)]))
"""
    )

    assert beamline.run(script) == ["ExposureStopped: SIM:det1:Acquire: stopped before it was over", "done"]


def test_a_second_trigger_gives_the_first_exposure_up_and_counts_anew(beamline):
    """The replayed trigger's exposure is a whole one; the first Status fails."""
    script = _DETECTOR + (
        """
first = exposure(30)
det.preset.set(0.2).wait(10)
second, third = det.trigger(), det.trigger()
print(json.dumps([outcome(first), outcome(second), outcome(third), det.read()["det1"]["value"] > 0]))
"""
    )
    given_up = "ExposureStopped: SIM:det1:Acquire: triggered again before it was over"

    assert [given_up, given_up, "done", True] == beamline.run(script)


def test_a_stop_keeps_an_exposure_that_waits_for_the_last_one_from_beginning(beamline):
    """After stop() the detector is at rest."""
    script = _DETECTOR + (
        """
import threading

first, stopped = exposure(30), threading.Event()  # until it is set, the end of an exposure is not heard of
det.acquire.cl.get_dispatcher().get_thread_context("get_put").run(stopped.wait)
second = det.trigger()
det.stop(success=True)
stopped.set()
outcomes = [outcome(first), outcome(second)]
while det.acquire.get():
    pass
print(json.dumps(outcomes + [outcome(exposure(0.05))]))
"""
    )
    first, second, third = beamline.run(script)

    assert first.startswith("ExposureStopped")
    assert second == "ExposureStopped: SIM:det1:Acquire: stopped before it was over"
    assert third == "done"


def test_a_refused_exposure_fails_with_the_name_of_the_pv(beamline):
    """Somebody else is counting: the server refuses, the Status says which PV."""
    script = _DETECTOR + (
        """
from epics import caput
det.preset.set(30).wait(10)
caput("SIM:det1:Acquire", 1)
while det.acquire.get() != 1:
    pass
refused = outcome(det.trigger())
det.stop()
print(json.dumps(refused))
"""
    )

    assert beamline.run(script) == "PutFailed: put of 1 to SIM:det1:Acquire failed: Channel write request failed"


def test_an_exposure_whose_server_dies_fails():
    """A lost detector is a failed exposure, and so is triggering it again; each names the PV."""
    script = _DETECTOR + (
        """
running = exposure(30)
print("begun", flush=True)
lost = outcome(running)
print(json.dumps([lost, outcome(det.trigger())]), flush=True)
"""
    )
    with hardware() as mortal, mortal.client(script) as client:
        client.wait_for("^begun$")
        mortal.service.stop(signal.SIGKILL)
        told = client.wait_for(r"^\[.*\]$").group()

    assert told.startswith('["PutFailed: put of 1 to SIM:det1:Acquire failed: Virtual circuit disconnect", ')
    assert told.count("SIM:det1:Acquire") == 2
