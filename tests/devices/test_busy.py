"""A busy record, on the simulated one."""

from __future__ import annotations

from .ca import hardware

SCRIPT = """
import json, time
from reioc.devices.busy import BusyRecord
from epics import caput
from reioc.engine import RunEngine
from reioc.engine.plans import count, mv

def outcome(action):
    try:
        action().wait(10)
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return "done"

def busy():
    status = action.set("Busy")
    while action.state.get() != 1:
        time.sleep(0.01)
    return status

action = BusyRecord("SIM:busy1", name="action")
action.wait_for_connection(timeout=10)
told = {}

status = busy()
early = status.done
caput("SIM:busy1", 0)
told["by somebody"] = [early, outcome(lambda: status)]

status = busy()
told["ended"] = [outcome(lambda: action.set(0)), outcome(lambda: status)]

status = busy()
action.stop()
told["stopped"] = outcome(lambda: status)

first = busy()
second = action.set(1)
while action.state.get() != 1:
    time.sleep(0.01)
caput("SIM:busy1", "Done")
told["again"] = [outcome(lambda: first), outcome(lambda: second)]

action.overdue = 0.1
told["late"] = outcome(lambda: action.set(1))
action.stop()
action.overdue = None

caput("SIM:busy1.HIGH", 0.1)  # it ends by itself
docs = []
RE = RunEngine()
RE.subscribe(lambda *doc: docs.append(doc))
RE(mv(action, 1))
RE(count([action]))
told["in a plan"] = [doc["data"] for name, doc in docs if name == "event"]
told["nonsense"] = outcome(lambda: action.set(2))
print(json.dumps(told))
"""


def test_it_is_over_when_the_record_is_done() -> None:
    """Whoever put it back; stopped by us it has failed."""
    with hardware() as beamline:
        told = beamline.run(SCRIPT)

    given_up = "ExposureStopped: SIM:busy1: triggered again before it was over"
    assert told == {
        "by somebody": [False, "done"],
        "ended": ["done", "done"],
        "stopped": "ExposureStopped: SIM:busy1: stopped before it was over",
        "again": [given_up, "done"],
        "late": "ExposureOverdue: SIM:busy1: exposure not over after 0.1 s",
        "in a plan": [{"action": 0}],
        "nonsense": "ValueError: action: a busy record takes 1 (Busy) or 0 (Done), not 2",
    }
