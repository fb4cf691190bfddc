"""Puts whose failure is told."""

import signal

from .ca import hardware

_SET = """
import json
from reioc.devices.checked_signal import CheckedEpicsSignal

def outcome(status):
    try:
        status.wait(10)
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return "done"

def make(pv):
    device = CheckedEpicsSignal(pv, name="device", put_complete=True)
    device.wait_for_connection(timeout=10)
    return device

preset, acquire = make("SIM:det1:Preset"), make("SIM:det1:Acquire")
"""

_GOOD_AND_REFUSED = (
    _SET
    + """
outcomes = [outcome(preset.set(0.25)), preset.get(), outcome(acquire.set("Acquire"))]
outcomes.append(outcome(preset.set(30)))
running = acquire.set(1)
outcomes.append(outcome(acquire.set(1)))
outcomes.append(running.done)
acquire.put(0, use_complete=False)
outcomes.append(outcome(running))
print(json.dumps(outcomes))
"""
)

_LOST = (
    _SET
    + """
outcomes = [outcome(preset.set(30))]
running = acquire.set(1)
print("begun", flush=True)
outcomes.append(outcome(running))
print(json.dumps(outcomes), flush=True)
"""
)


def test_a_put_is_done_at_its_completion_and_fails_when_it_is_refused():
    """Numbers and enum labels are put; the server's refusal reaches the Status, with the PV's name."""
    with hardware() as beamline:
        outcomes = beamline.run(_GOOD_AND_REFUSED)

    assert outcomes[:4] == ["done", 0.25, "done", "done"]
    assert outcomes[4] == "PutFailed: put of 1 to SIM:det1:Acquire failed: Channel write request failed"
    assert outcomes[5:] == [False, "done"]


def test_a_put_whose_server_dies_before_its_completion_fails():
    """A lost connection is no success."""
    with hardware() as beamline, beamline.client(_LOST) as client:
        client.wait_for("^begun$")
        beamline.service.stop(signal.SIGKILL)
        told = client.wait_for(r"^\[.*\]$").group()

    assert told == '["done", "PutFailed: put of 1 to SIM:det1:Acquire failed: Virtual circuit disconnect"]'
