"""What cannot be done is refused: a failed put, a message that says why, and nothing has happened."""

import json
import re

import pytest

from .conftest import SimBeamline
from .engine_client import DEVICES, SCAN, Client, P, beamline_toml, serving
from .support import BaseTools

NOT_THERE = """
[[device]]
name = "lost"
class = "ophyd.EpicsMotor"
prefix = "SIM:lost"
timeout = 0.5
"""

WRONG_PARAMETERS = {
    "device": ({**SCAN, "detectors": ["det7"]}, r"detectors\[0\]: no device 'det7' \(did you mean 'det1'"),
    "not a motor": ({**SCAN, "args": ["det1", -1, 1]}, r"args\[0\]: det1 cannot be moved"),
    "parameter": ({**SCAN, "nun": 5}, r"nun: no such parameter \(did you mean 'num'\?\); there are: detectors, args"),
    "missing": ({"num": 5}, r"detectors: missing"),
    "type": ({**SCAN, "num": "five"}, r"num: must be an integer, not 'five'"),
    "type in a list": ({**SCAN, "args": ["m1", "a", 1]}, r"args\[1\]: start must be a number, not 'a'"),
    "left over": ({**SCAN, "args": ["m1", -1]}, r"args: motor, start, stop"),
    "no JSON": ('{"detectors": ["det1"', r"not valid JSON at line 1, column 22"),
    "no object": ("[1, 2]", r"this is a list; a JSON object by parameter name is wanted"),
    "no finite number": ('{"detectors": ["det1"], "args": ["m1", NaN, 1]}', "NaN is no number in JSON"),
}


@pytest.fixture(autouse=True)
def _at_rest(engine: Client) -> None:
    if engine.tools.value("SIM:m1.RBV") != "3":
        engine.run("mv", {"args": ["m1", 3]})


def unharmed(engine: Client) -> bool:
    """Whether the engine is idle, nothing has moved, and a plan can be run."""
    assert (engine.get("State"), engine.tools.value("SIM:m1.RBV")) == ("idle", "3")
    engine.run("mv", {"args": ["m1", 3]})
    return True


def no_alarm(engine: Client, name: str) -> bool:
    return engine.tools.value(f"{P}{name}.SEVR") == "NO_ALARM"


@pytest.mark.parametrize("what", WRONG_PARAMETERS)
def test_wrong_parameters_are_told_and_are_not_run(engine: Client, what: str) -> None:
    """As soon as they are written Plan:Error names the parameter; Plan:Run is refused with that."""
    params, told = WRONG_PARAMETERS[what]
    engine.put("Plan:Name", "scan")
    engine.put("Plan:Params", params if isinstance(params, str) else json.dumps(params), "-S")

    assert engine.get("Plan:Valid") == "No"
    assert re.search(told, engine.text("Plan:Error"))
    assert re.search(told, engine.refused("Plan:Run"))
    assert (engine.get("Cmd:Result"), engine.get("Plan:Run")) == ("refused", "Done")
    assert no_alarm(engine, "Plan:Run")
    assert unharmed(engine)


def test_an_unknown_plan_is_refused(engine: Client) -> None:
    """Plan:Name keeps its value; the message names what there is."""
    engine.put("Plan:Name", "scan")

    message = engine.refused("Plan:Name", "scn")

    assert re.match(r"no plan 'scn' \(did you mean 'scan'.*plans: count, scan", message)
    assert (engine.get("Plan:Name"), engine.get("Cmd:Name"), engine.get("Cmd:Result")) == (
        "scan",
        "Plan:Name",
        "refused",
    )
    assert unharmed(engine)


def test_a_position_beyond_the_limits_is_refused_before_anything_moves(engine: Client) -> None:
    """Named are the parameter, the motor and the limits; no plan has begun."""
    engine.put("Plan:Name", "scan")
    engine.put("Plan:Params", json.dumps({**SCAN, "args": ["m1", 11, 12]}), "-S")

    assert engine.get("Plan:Valid") == "No"
    assert engine.text("Plan:P2:Error") == "[1]: m1 to 11 is beyond its limits -10 to 10"
    message = engine.refused("Plan:Run")
    assert message == "args[1]: m1 to 11 is beyond its limits -10 to 10" == engine.text("Plan:Error")
    assert (engine.get("Cmd:Result"), engine.text("Error")) == ("refused", "")
    assert unharmed(engine)


def test_a_plan_that_fails_is_an_alarm_until_the_next_one_begins(engine: Client) -> None:
    """Error says what has failed, and so does the put; its run has failed."""
    engine.choose("failing", {})

    message = engine.refused("Plan:Run")

    assert "the filter wheel is stuck" in message
    assert engine.get("Cmd:Result") == "failed"
    assert engine.text("Error") == message
    assert engine.tools.value(P + "Error.SEVR") == "MAJOR"
    assert (engine.get("Run:ExitStatus"), engine.tools.value(P + "Run:ExitStatus.SEVR")) == ("fail", "MAJOR")
    assert unharmed(engine)
    assert (engine.text("Error"), engine.tools.value(P + "Error.SEVR")) == ("", "NO_ALARM")


@pytest.mark.parametrize("command", ["Pause", "PauseDeferred", "Resume", "Stop", "Abort", "Halt"])
def test_a_command_in_the_wrong_state_is_refused(engine: Client, command: str) -> None:
    """Idle: Cmd:Message says so, the PV reads Done and has no alarm."""
    message = engine.refused(command)

    assert "the engine is idle" in message
    assert [engine.get(name) for name in ("Cmd:Name", "Cmd:Result", command)] == [command, "refused", "Done"]
    assert no_alarm(engine, command)
    assert unharmed(engine)


def test_a_second_plan_is_refused(engine: Client) -> None:
    """One plan at a time; the one that runs is not disturbed."""
    engine.start_and_count()

    assert "a plan can be started when the engine is idle" in engine.refused("Plan:Run")

    assert engine.get("State") == "running"
    engine.put("Stop")
    assert engine.ended("stop")


def test_writing_no_command_is_no_command(engine: Client) -> None:
    """0 to a command does nothing, and is no error; a state that it has not is refused."""
    engine.put("Pause", 0)
    assert "Done, Pause" in engine.refused("Pause", 7)
    assert unharmed(engine)


@pytest.mark.parametrize(
    "name", ["State", "Message", "Heartbeat", "Cmd:Result", "Run:Point", "Data:X", "Susp:beam:Tripped"]
)
def test_displays_cannot_be_written(engine: Client, name: str) -> None:
    """Clients are told so before they try."""
    done = engine.try_put(name, 1)

    assert (done.returncode, "Write access denied" in done.stderr) == (1, True)
    assert re.search(r"Access:\s+read, no write", engine.tools.cainfo(P + name).stdout)


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("Low", "300", "resume_low = 200 is below low = 300"),
        ("ResumeLow", "50", "resume_low = 50 is below low = 100"),
        ("Low", "nan", r"low = nan is no limit: it must be a finite number"),
        ("Low", "low", "not a value for T:RE:Susp:beam:Low: 'low'"),
        ("High", "5", "has no high"),
        ("Delay", "-1", r"delay = -1\.0 is no settle time"),
    ],
)
def test_a_suspenders_setting_that_does_not_fit_is_refused(engine: Client, name: str, value: str, told: str) -> None:
    """The setting keeps its value."""
    before = engine.get(f"Susp:beam:{name}")

    message = engine.refused(f"Susp:beam:{name}", value)

    assert re.search(told, message)
    assert engine.get(f"Susp:beam:{name}") == before
    assert no_alarm(engine, f"Susp:beam:{name}")


def test_a_text_that_does_not_fit_is_refused(engine: Client) -> None:
    """Bytes that are no text are a failed put; nonsense in Params is taken and told; the service goes on."""
    assert "a text of up to" in engine.refused("Reason", "\\xff\\xfe", "-S")

    engine.put("Plan:Params", "[" * 7990, "-S")
    assert "nested too deeply" in engine.text("Plan:Error")
    assert unharmed(engine)


def test_a_device_that_is_not_there(fast_beamline: SimBeamline, tmp_path) -> None:
    """The service comes up and says what is missing; plans without it run, one with it is refused and names the PV."""
    path = beamline_toml(tmp_path, fast_beamline.address, tables=DEVICES + NOT_THERE)
    with serving(path) as running:
        engine = running.client
        assert len(re.findall(r"lost: not connected within 0\.5 s: SIM:lost", running.service.output)) == 1

        engine.run("count", {"detectors": ["det1"], "num": 1})
        assert engine.ended("success")

        engine.choose("mv", {"args": ["lost", 1]})
        told = engine.refused("Plan:Run")
        assert told.startswith("lost is not connected: SIM:lost.RBV, SIM:lost.VAL, SIM:lost.OFF and ")
        assert fast_beamline.address in told
        assert (engine.get("State"), engine.get("Cmd:Result")) == ("idle", "refused")

        engine.run("count", {"detectors": ["det1"], "num": 1})
        assert engine.ended("success")


def test_tools_that_do_not_wait_are_refused_as_well(engine: Client) -> None:
    """A plain `caput` has no answer, but nothing happens, and Cmd:Message says why."""
    tools = BaseTools(engine.tools.addr_list)

    tools.caput(P + "Resume", "1")

    engine.wait("Cmd:Message", "Resuming is not possible.*")
    assert unharmed(engine)
