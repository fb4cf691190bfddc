"""A motor that verifies its moves, over Channel Access."""

import json
import signal
from typing import Any

import pytest

from .ca import hardware

_CLIENT = """
import json, threading, time
from reioc.devices import motor as module
from reioc.devices.motor import Motor
from epics import PV, caget, caput

told = {}

def outcome(status):
    try:
        status.wait(15)
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return "done"

def refusal(target):
    try:
        motor.set(target)
    except Exception as error:
        over = error.is_over() if hasattr(error, "is_over") else None
        return [f"{type(error).__name__}: {error}", over, error]
    return ["it moves"]

def until(condition):
    deadline = time.monotonic() + 15
    while not condition():
        assert time.monotonic() < deadline, condition
        time.sleep(0.01)

def put(field, value):
    caput(f"SIM:m1.{field}", value, wait=True)

def fault(kind, value="", pv="m1"):
    for setting, text in (("PV", pv.encode()), ("Kind", kind), ("Value", value), ("Inject", 1)):
        caput(f"SIM:Fault:{setting}", text, wait=True)

def mend():
    caput("SIM:Fault:ClearAll", 1, wait=True)

def on_the_way(target=8):
    "A move that has begun."
    move = motor.set(target)
    begin = motor.position
    until(lambda: motor.moving and motor.position != begin)
    return move

motor = Motor("SIM:m1", name="motor")
motor.wait_for_connection(timeout=20)
impatient = Motor("SIM:m1", name="motor", stall_after=0.4)
impatient.wait_for_connection(timeout=20)
put("VELO", 4)

told["good"] = [outcome(motor.set(0.5)), motor.read()["motor"]["value"], outcome(motor.set(0.5)), motor.egu]
told["about"] = [motor.limits, motor.tolerance, motor.locate()]

move = on_the_way()
put("STOP", 1)
told["stopped by somebody"] = outcome(move)
move = on_the_way(3)
caput("SIM:m1.VAL", 2, wait=True)
told["sent elsewhere"] = outcome(move)

move = on_the_way(4)
caput("SIM:m1.SPMG", "Pause")
told["held"] = outcome(move)
held, over, error = refusal(1)
caput("SIM:m1.SPMG", "Go", wait=True)
until(error.is_over)
until(lambda: not motor.moving)
told["refused while held"] = [held, over]

asked, has_asked, may_go = module.ask, threading.Event(), threading.Event()

def ask_slowly(signals):
    answers = asked(signals)
    has_asked.set()
    may_go.wait(15)
    return answers

move = on_the_way(5)
module.ask = ask_slowly
caput("SIM:m1.SPMG", "Pause")
has_asked.wait(15)
module.ask = asked
caput("SIM:m1.SPMG", "Go", wait=True)
until(lambda: motor._forbidden() is None)
may_go.set()
outcome(move)
told["let go while it was asked"] = motor._forbidden()
until(lambda: not motor.moving)

caput("SIM:m1.SET", "Set", wait=True)
until(lambda: motor._forbidden() is not None)
told["refused in set mode"] = refusal(1)[:2]
caput("SIM:m1.SET", "Use", wait=True)
until(lambda: motor._forbidden() is None)
told["refused beyond limits"] = refusal(11)[:2]
put("HLM", 9)
until(lambda: motor.limits[1] == 9)
told["refused beyond a new limit"] = refusal(9.5)[0]

move = on_the_way()
motor.stop()
told["stopped by us"] = outcome(move)
until(lambda: not motor.moving)
move = on_the_way(-8)
motor.stop(success=True)
told["stopped as a success"] = outcome(move)
first = motor.set(1)
told["set again"] = [outcome(motor.set(0)), outcome(first)]

move = impatient.set(5)
until(lambda: impatient.moving)
fault("stall")
told["stalled"] = outcome(move)
mend()
until(lambda: not motor.moving)
told["after the stall"] = outcome(motor.set(0))
move = on_the_way()
fault("limit", "high")
told["at a limit switch"] = outcome(move)
mend()
move = on_the_way()
fault("unpowered")
told["power lost"] = outcome(move)
text, over, error = refusal(0)
mend()
until(error.is_over)
told["refused without power"] = [text, over]
fault("severity", "INVALID", "m1.RBV")
told["invalid"] = outcome(motor.set(0))
mend()
fault("value", "1.5", "m1.RBV")
until(lambda: motor.position == 1.5)
told["not there"] = outcome(motor.set(0))
mend()
told["home"] = [outcome(motor.home("forward", wait=False)), motor.position]

lost = Motor("SIM:nothing", name="lost")
try:
    lost.set(1)
except Exception as error:
    told["never there"] = [f"{type(error).__name__}: {error}", lost.egu, lost.limits]

move = on_the_way()
print("moving", flush=True)
told["server died"] = outcome(move)
told["refused without server"] = refusal(0)[:2]
print(json.dumps(told), flush=True)
"""


@pytest.fixture(scope="module")
def told() -> Any:
    """What one motor has told of all that can befall it; at last its server is killed."""
    with hardware() as beamline, beamline.client(_CLIENT) as client:
        client.wait_for("^moving$", timeout=50)
        beamline.service.stop(signal.SIGKILL)
        return json.loads(client.wait_for(r"^\{.*\}$").group())


def test_a_motor_that_is_there_is_a_success(told):
    """Also if it was there before; a read gives where it is."""
    assert told["good"] == ["done", 0.5, "done", "mm"]
    assert told["about"][2] == {"setpoint": 0.5, "readback": 0.5}


def test_it_knows_its_limits_and_tolerance(told):
    """From the record, by monitors."""
    (low, high), tolerance, _ = told["about"]

    assert (low, high) == (-10, 10)
    assert tolerance > 0


def test_a_motor_that_somebody_else_stops_is_no_success(told):
    """As ophyd's is."""
    assert told["stopped by somebody"].startswith("MoveStopped: SIM:m1.VAL: is ")
    assert told["stopped by somebody"].endswith("on its way to 8: somebody has stopped it or sent it elsewhere")


def test_a_motor_that_somebody_sends_elsewhere_is_no_success(told):
    """Though it has arrived somewhere."""
    assert told["sent elsewhere"] == (
        "MoveStopped: SIM:m1.VAL: is 2 now, it stands at 2 on its way to 3: "
        "somebody has stopped it or sent it elsewhere"
    )


def test_a_motor_held_by_spmg_fails_and_is_worth_trying_when_it_is_let_go(told):
    """The record would complete the put only then."""
    assert told["held"].startswith("MotorHeld: SIM:m1.SPMG: is Pause, it stands at ")
    assert told["refused while held"] == ["MotorHeld: SIM:m1.SPMG: is Pause: put Go there first", False]


def test_what_was_asked_does_not_outlive_what_has_come_since(told):
    """An answer that is older than a monitor is not believed for ever."""
    assert told["let go while it was asked"] is None


def test_a_record_in_set_mode_is_not_sent_anywhere(told):
    """It would redefine its position."""
    assert told["refused in set mode"] == [
        "DeviceTrouble: SIM:m1.SET: is Set: a put to VAL would not move it but redefine its position",
        False,
    ]


def test_what_is_beyond_the_limits_is_refused(told):
    """Those that the record has now."""
    assert told["refused beyond limits"] == ["LimitError: motor cannot be sent to 11: its limits are -10 to 10", None]
    assert told["refused beyond a new limit"] == "LimitError: motor cannot be sent to 9.5: its limits are -10 to 9"


def test_our_own_stop_is_no_trouble_of_the_motor(told):
    """Whoever stops says whether it counts as a success; so does whoever sends it elsewhere."""
    assert told["stopped by us"] == "MoveGivenUp: motor: stopped before it was there"
    assert told["stopped as a success"] == "done"
    assert told["set again"] == ["done", "MoveGivenUp: motor: sent to 0 before it was there"]


def test_a_stalled_motor_is_found_out_and_stopped(told):
    """It would be waited for, for ever."""
    assert told["stalled"].startswith("MotorStalled: SIM:m1.VAL: stands at ")
    assert told["stalled"].endswith(", on its way to 5, without progress for 0.4 s")
    assert told["after the stall"] == "done"


def test_a_limit_switch_is_no_success(told):
    """Nor is it just not there."""
    assert told["at a limit switch"].startswith("LimitSwitchHit: SIM:m1.HLS: the high limit switch is hit at ")


def test_a_motor_that_loses_its_power_fails_and_is_not_moved_without(told):
    """It may be again when the power is back."""
    assert told["power lost"].startswith("MotorUnpowered: SIM:m1.MSTA: tells that it has no power at ")
    assert told["refused without power"] == ["MotorUnpowered: SIM:m1.MSTA: tells that it has no power", False]


def test_a_readback_that_is_invalid_or_elsewhere_is_no_success(told):
    """Whatever the record says of being done."""
    assert told["invalid"].startswith("ReadingInvalid: SIM:m1.RBV: is invalid")
    assert told["not there"].startswith("NotAtTarget: SIM:m1.RBV: stands at 1.5 on its way to 0, which is more than ")


def test_it_searches_its_home(told):
    """And is where the mark is."""
    assert told["home"] == ["done", 0]


def test_a_motor_that_never_was_there_is_refused_at_once(told):
    """What it cannot know is no error."""
    assert told["never there"] == ["Disconnected: SIM:nothing.VAL: is not connected", "", [0, 0]]


def test_a_server_that_dies_is_a_failed_move(told):
    """With the PV's name; the next move is refused at once."""
    died, (refused, is_over) = told["server died"], told["refused without server"]

    assert "SIM:m1" in died
    assert died.startswith(("PutFailed", "Disconnected"))
    assert refused.startswith(("Disconnected: SIM:m1.", "PutFailed: put of 0 to SIM:m1.VAL failed"))
    assert not is_over
