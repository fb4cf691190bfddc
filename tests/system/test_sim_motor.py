"""The simulated motor record, as ophyd's, ophyd-async's and pyepics' motors, and EPICS' own screens see it."""

import json
import struct
import sys
from typing import Any

import pytest

from .conftest import SimBeamline
from .raw_ca import RawClient
from .raw_dbr import DOUBLE
from .raw_messages import EVENT_ADD, NORMAL, WRITE_NOTIFY, Message, request_of_put
from .support import Service, free_port, run_python

SCREENS = """
ACCL ATHM BACC BDST BVEL CARD CNEN DESC DHLM DIFF DIR DLLM DLY DMOV DRBV DTYP DVAL EGU ERES FLNK FOFF FRAC HLM HLS HOMF
HOMR HVEL JAR JOGF JOGR JVEL LLM LLS LVIO MIP MISS MOVN MRES MSTA NTM OFF OMSL OUT PREC RBV RCNT RDBD RDBL RDIF REP
RLV RMOD RMP RRBV RRES RTRY RVAL RVEL S SBAK SBAS SET SMAX SPMG SREV STAT STOP STUP SYNC TDIR TWF TWR TWV UEIP UREV
URIP VAL VBAS VELO VERS VMAX
"""
"""Fields on motorx_all, motorx_setup and motorx_more of the EPICS motor module."""

OPHYD = """
import json, threading, time
from ophyd import Component as Cpt, EpicsMotor, EpicsSignal, EpicsSignalRO
from ophyd.epics_motor import MotorBundle
from ophyd.status import SubscriptionStatus

class Motor(EpicsMotor):
    backlash = Cpt(EpicsSignal, ".BDST")
    power = Cpt(EpicsSignal, ".CNEN")
    mode = Cpt(EpicsSignal, ".SPMG", string=True)
    jog = Cpt(EpicsSignal, ".JOGF")
    homed = Cpt(EpicsSignalRO, ".ATHM")
    encoder = Cpt(EpicsSignal, ".UEIP", string=True)

class Pair(MotorBundle):
    x = Cpt(Motor, "m1")
    y = Cpt(Motor, "m2")

pair = Pair("SIM:", name="pair")
pair.wait_for_connection(timeout=10)
motor, seen = pair.x, {}
over = threading.Event()
motor.motor_done_move.subscribe(lambda value, **_: over.set() if value else over.clear())

def outcome(status):
    try:
        status.wait(10)
        return status.success
    except Exception as error:
        return type(error).__name__
    finally:
        # A move begun before ophyd's own callback has returned is forgotten by it.
        assert over.wait(10)

def until(condition):  # what ophyd finds out in a thread of its own, and tells nobody
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)
"""

EPICS_MOTOR = """
motor.velocity.put(20, wait=True)
motor.set(2).wait(10)
motor.backlash.put(0.5, wait=True)
edges, places = [], []
motor.motor_done_move.subscribe(lambda value, **_: edges.append(value), run=False)
motor.user_readback.subscribe(lambda value, **_: places.append(value), run=False)
seen["backlash"] = [outcome(motor.set(1)), list(edges), min(places), motor.position]
motor.backlash.put(0, wait=True)

seen["bundle"] = [outcome(pair.x.set(0.5) & pair.y.set(-0.5)), pair.x.position, pair.y.position]

outcome(motor.home("forward", wait=False))
seen["home"] = [motor.position, motor.user_setpoint.get(), motor.homed.get()]

motor.jog.put(1)
SubscriptionStatus(motor.user_readback, lambda value, **_: value > 0.2).wait(10)
motor.jog.put(0, wait=True)
SubscriptionStatus(motor.motor_done_move, lambda value, **_: value == 1).wait(10)
seen["jog"] = motor.user_setpoint.get(use_monitor=False) == motor.user_readback.get(use_monitor=False) > 0.2

motor.mode.put("Pause", wait=True)
moving = motor.set(-1)
SubscriptionStatus(motor.motor_done_move, lambda value, **_: value == 0).wait(10)
seen["paused"] = [moving.done, motor.motor_is_moving.get(use_monitor=False)]
motor.mode.put("Go", wait=True)
seen["went on"] = [outcome(moving), motor.position]

motor.power.put(0, wait=True)
seen["unpowered"] = [outcome(motor.set(0)), motor.position]
motor.power.put(1, wait=True)
seen["powered"] = [outcome(motor.set(0)), motor.position]

motor.high_limit_travel.put(20, wait=True)
until(lambda: motor.limits[1] == 20)
seen["switch"] = [outcome(motor.set(15)), motor.position, motor.high_limit_switch.get()]
seen["back"] = [outcome(motor.set(0)), motor.high_limit_switch.get()]
motor.high_limit_travel.put(10, wait=True)
motor.velocity.put(2, wait=True)
print(json.dumps(seen))
"""

OPHYD_ASYNC = """
import asyncio, json
from ophyd_async.core import FlyMotorInfo, init_devices, wait_for_value
from ophyd_async.epics.motor import Motor, OffsetMode, UseSetMode

seen = {}

async def work():
    async with init_devices():
        motor = Motor("ca://SIM:m2", name="motor")
    await motor.set(1.0)
    seen["moved"] = (await motor.read())["motor"]["value"]
    seen["configuration"] = {
        key.removeprefix("motor-"): reading["value"] for key, reading in (await motor.read_configuration()).items()
    }
    seen["described"] = (await motor.describe())["motor"]["units"]
    seen["located"] = await motor.locate()

    try:
        await motor.set(11.0)
    except Exception as error:
        seen["beyond"] = type(error).__name__

    moving = motor.set(9.0)
    await wait_for_value(motor.user_readback, lambda value: value > 2, timeout=10)
    await motor.stop(success=True)
    await moving
    await wait_for_value(motor.motor_done_move, 1, timeout=10)
    seen["stopped"] = 2 < await motor.user_readback.get_value() == await motor.user_setpoint.get_value() < 9

    moving = motor.set(-9.0, timeout=0.1)
    try:
        await moving
    except Exception as error:
        seen["too slow"] = type(error).__name__
    await motor.stop()
    await wait_for_value(motor.motor_done_move, 1, timeout=10)

    await motor.prepare(FlyMotorInfo(start_position=0, end_position=2, time_for_move=1))
    seen["run-up"] = await motor.user_readback.get_value()
    await motor.kickoff()
    await motor.complete()
    seen["run-down"] = await motor.user_readback.get_value()

    await motor.set_use_switch.set(UseSetMode.SET)
    await motor.user_setpoint.set(5.0)
    await motor.set_use_switch.set(UseSetMode.USE)
    seen["offset"] = await motor.offset.get_value()
    await motor.offset.set(0.0)
    seen["freeze"] = await motor.offset_freeze_switch.get_value() == OffsetMode.VARIABLE
    await motor.velocity.set(2.0)

asyncio.run(work())
print(json.dumps(seen))
"""

PYEPICS = """
import json
import epics
motor = epics.Motor("SIM:m3")
seen = {"disabled": motor.get("disabled", as_string=True)}

def now(field):
    return motor.PV(field).get(use_monitor=False)

seen["moved"] = [motor.move(1.0, wait=True), now("RBV")]
seen["relative"] = [motor.move(0.5, relative=True, wait=True), now("RBV")]
seen["raw"] = [motor.move(10000, raw=True, wait=True), now("RBV")]
seen["beyond"] = motor.move(11, wait=True)
motor.move(11, ignore_limits=True, wait=True)
seen["violated"] = now("LVIO")
motor.put("tweak_val", 0.25, wait=True)
motor.tweak("reverse", wait=True)
seen["tweaked"] = now("RBV")
motor.set_position(3.0, dial=True)
seen["set"] = [now("DRBV"), now("RBV")]
motor.set_position(0.75, dial=True)
print(json.dumps(seen))
"""


def run(script: str, beamline: SimBeamline) -> Any:
    """What a client script printed last, as JSON."""
    return json.loads(run_python(script, beamline.address).splitlines()[-1])


def test_ophyds_motor_behaves_as_with_the_real_record(sim_beamline: SimBeamline) -> None:
    """Backlash, bundle, home, jog, pause, no power, limit switch; a move that fails says so."""
    assert run(OPHYD + EPICS_MOTOR, sim_beamline) == {
        "backlash": [True, [0, 1], 0.5, 1.0],
        "bundle": [True, 0.5, -0.5],
        "home": [0.0, 0.0, 1],
        "jog": True,
        "paused": [False, 0],
        "went on": [True, -1.0],
        "unpowered": ["UnknownStatusFailure", -1.0],
        "powered": [True, 0.0],
        "switch": ["UnknownStatusFailure", 12.0, 1],
        "back": [True, 0],
    }


def test_ophyd_asyncs_motor_behaves_as_with_the_real_record(sim_beamline: SimBeamline) -> None:
    """Moves, limits, stop, time-out, a fly scan's prepare, kickoff and complete, setting a position."""
    seen = run(OPHYD_ASYNC, sim_beamline)

    configuration = seen.pop("configuration")
    assert {name: configuration[name] for name in ("motor_egu", "steps_per_revolution", "velocity", "offset")} == {
        "motor_egu": "mm",
        "steps_per_revolution": 200,
        "velocity": 2.0,
        "offset": 0.0,
    }
    assert seen == {
        "moved": 1.0,
        "described": "mm",
        "located": {"setpoint": 1.0, "readback": 1.0},
        "beyond": "MotorLimitsError",
        "stopped": True,
        "too slow": "TimeoutError",
        "run-up": pytest.approx(-0.1),
        "run-down": pytest.approx(2.1),
        "offset": 2.9,
        "freeze": True,
    }


def test_pyepics_motor_behaves_as_with_the_real_record(sim_beamline: SimBeamline) -> None:
    """Absolute, relative, raw moves, limits, tweaks and setting a position, by its own return values."""
    assert run(PYEPICS, sim_beamline) == {
        "disabled": "Enable",
        "moved": [0, 1.0],
        "relative": [0, 1.5],
        "raw": [0, 1.0],
        "beyond": -12,
        "violated": 1,
        "tweaked": 0.75,
        "set": [3.0, 0.75],
    }


def test_every_pv_of_the_motor_screens_is_served(sim_beamline: SimBeamline) -> None:
    """With the switch beside the record that disables it; a disabled record fails a put."""
    tools = sim_beamline.tools

    done = tools.caget("-w", "5", "SIM:m1_able.VAL", *(f"SIM:m1.{field}" for field in SCREENS.split()))
    assert (done.returncode, done.stderr) == (0, "")
    assert "not connected" not in done.stdout

    assert tools.caput("-c", "SIM:m1_able", "Disable").returncode == 0
    refused = tools.caput("-c", "SIM:m1.TWF", "1")
    assert tools.caput("-c", "SIM:m1_able", "Enable").returncode == 0

    assert "Channel write request failed" in refused.stdout + refused.stderr
    assert tools.value("SIM:m1.DISP") == "0"


def test_the_severity_of_a_motor_without_power_is_told(sim_beamline: SimBeamline) -> None:
    """SEVR and STAT of the record, and every field's, are MAJOR and STATE until there is power again."""
    tools = sim_beamline.tools

    tools.caput("-c", "SIM:m4.CNEN", "Disable")
    assert tools.caput("-c", "-w", "10", "SIM:m4", "1").returncode == 0
    assert (tools.value("SIM:m4.SEVR"), tools.value("SIM:m4.STAT")) == ("MAJOR", "STATE")
    assert "STATE MAJOR" in tools.caget("-a", "SIM:m4.RBV").stdout

    tools.caput("-c", "SIM:m4.CNEN", "Enable")
    assert tools.value("SIM:m4.SEVR") == "NO_ALARM"
    assert tools.caput("-c", "-w", "10", "SIM:m4", "1").returncode == 0
    assert tools.value("SIM:m4.RBV") == "1"


def test_a_put_is_complete_when_all_of_the_motion_has_been_told() -> None:
    """At each of 200 completions the monitors have said where the motor is, and that it is there: clients read them."""
    port = free_port()
    argv = ["-m", "reioc.sim_iocs", "--prefix", "SIM:", "--port", str(port), "--speed", "200"]
    with Service([sys.executable, *argv], "^ready"), RawClient(port) as client:
        motor = client.channel("SIM:m1")
        names = {client.subscribe(client.channel(f"SIM:m1.{field}")): field for field in ("RBV", "DMOV")}
        told: dict[str, float | bytes] = {}
        number = 0

        def is_complete(each: Message) -> bool:
            if each.command == EVENT_ADD:
                told[names[each.parameter2]] = each.dbr.values[0]
            return (each.command, each.parameter2) == (WRITE_NOTIFY, number)

        for target in [0.1, 0.2] * 100:
            number = client.new_id()
            told.clear()
            client.inbox.clear()
            client.send(request_of_put(motor, number, struct.pack(">d", target), DOUBLE, command=WRITE_NOTIFY))
            assert client.wait_for(is_complete).status == NORMAL
            assert told == {"RBV": target, "DMOV": 1}
