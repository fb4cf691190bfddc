"""Plans that are started, followed and read with EPICS Base's tools."""

import json
import os
import pwd
import re
import socket

import pytest

from .engine_client import ENDLESS, SCAN, Client, P, seen

GAUSSIAN = [6065, 8825, 10_000, 8825, 6065]
"""What det1 counts at -1, -0.5, 0, 0.5, 1 mm with the full beam."""


def position(engine: Client, motor: str) -> float:
    return float(engine.tools.value(f"SIM:{motor}.RBV"))


def test_the_put_to_run_returns_when_the_scan_is_over(engine: Client) -> None:
    """`caput -c` of Plan:Run comes back with State idle and everything about the run in place."""
    number = int(engine.get("Run:ScanID"))

    engine.run("scan", SCAN)

    assert engine.ended("success")
    names = ("Point", "Points", "Progress", "Events", "Open", "Plan", "Streams", "ScanID")
    assert [engine.get(f"Run:{name}") for name in names[:-2]] == ["5", "5", "100", "5", "No", "scan"]
    assert (engine.text("Run:Streams"), engine.get("Run:ScanID")) == ("interruptions, primary", str(number + 1))
    assert [engine.text(name) for name in ("Error", "Run:Reason", "Cmd:Message")] == ["", "", "the plan is over"]
    assert (engine.get("Plan:Run"), position(engine, "m1")) == ("Done", 1.0)


def test_the_data_are_in_the_pvs(engine: Client) -> None:
    """Data:X and Data:Y have the points, padded with the last one to their fixed length; Data:N says how many."""
    engine.run("scan", SCAN)

    x, y = engine.numbers("Data:X", 7), engine.numbers("Data:Y", 7)
    assert (engine.get("Data:N"), engine.get("Data:XName"), engine.get("Data:YName")) == ("5", "m1", "det1")
    assert x == [-1.0, -0.5, 0.0, 0.5, 1.0, 1.0, 1.0]
    assert y[:5] == pytest.approx(GAUSSIAN, rel=0.02)
    assert y[5:] == [y[4], y[4]]
    assert len(engine.numbers("Data:X", 5000)) == 1000


def test_the_run_start_is_in_the_metadata(engine: Client) -> None:
    """Run:Metadata is the RunStart as JSON, and Run:UID is its uid."""
    engine.run("scan", SCAN)

    start = json.loads(engine.text("Run:Metadata"))

    assert (start["uid"], start["plan_name"], start["num_points"]) == (engine.get("Run:UID"), "scan", 5)
    assert start["plan_args"]["num"] == 5
    assert (start["detectors"], start["motors"]) == (["det1"], ["m1"])


def test_every_transition_is_printed_in_order(engine: Client) -> None:
    """A monitor of State sees a pause, a resume, a suspension and an abort, and StateSeq counts without a gap."""
    with engine.watch("State", "StateSeq") as monitor:
        engine.start_and_count()
        engine.put("Pause")
        engine.put("Resume")
        engine.tools.caput("-c", "SIM:Ring:Dump", "1")
        engine.wait("State", "suspended")
        engine.tools.caput("-c", "-w", "10", "SIM:Ring:Restore", "1")
        engine.wait("State", "running")
        engine.put("Abort")
        last = engine.get("StateSeq")
        monitor.wait_for(rf"StateSeq\|\|{last}\|")

    states = ["idle", "running", "pausing", "paused", "running", "suspended", "running", "aborting", "idle"]
    numbers = [int(number) for number in seen(monitor, "StateSeq")]
    assert seen(monitor, "State") == states
    assert numbers == list(range(numbers[0], numbers[0] + len(states)))


def test_the_severity_of_state_says_how_bad_it_is(engine: Client) -> None:
    """Running and idle are no alarm; pausing and paused are MINOR."""
    with engine.watch("State") as monitor:
        engine.start()
        engine.put("Pause")
        engine.put("Stop")
        monitor.wait_for(r"stopping[\s\S]*idle")
        severities = dict(re.findall(r"State\|\|(\w+)\|(?:STATE\|(\w+))?", monitor.output))

    minor = dict.fromkeys(("pausing", "paused", "stopping"), "MINOR")
    assert severities == {"idle": "", "running": "", **minor}


def test_a_second_client_sees_what_is_possible(engine: Client) -> None:
    """Busy and the Can… PVs say what would be accepted: idle, running, paused, suspended."""

    def possible() -> str:
        names = ("Busy", "CanStart", "CanPause", "CanResume", "CanStop")
        return " ".join(name for name in names if engine.get(name) == "Yes")

    found = {"before": possible()}
    engine.start_and_count()
    found["running"] = possible()
    engine.put("Pause")
    found["paused"] = possible()
    engine.tools.caput("-c", "SIM:Ring:Dump", "1")
    engine.wait("Susp:beam:Tripped", "Yes")
    engine.put("Resume")
    engine.wait("State", "suspended")
    engine.wait("CanPause", "Yes")
    found["suspended"] = possible()
    engine.put("Stop")

    going = "Busy CanPause CanStop"
    assert found == {
        "before": "CanStart",
        "running": going,
        "paused": "Busy CanResume CanStop",
        "suspended": going,
    }
    assert possible() == "CanStart"


def test_who_asked_is_known(engine: Client) -> None:
    """Cmd:By is user@host, Cmd:Name the PV, Cmd:Result done, and Cmd:Seq counts."""
    engine.put("Plan:Name", "scan")
    number = int(engine.get("Cmd:Seq"))

    engine.put("Plan:Name", "count")

    me = f"{pwd.getpwuid(os.getuid()).pw_name}@{socket.gethostname()}"[:39]
    found = [engine.get(f"Cmd:{name}") for name in ("Name", "Result", "By", "Seq")]
    assert found == ["Plan:Name", "done", me, str(number + 1)]


def test_the_message_says_what_is_waited_for(engine: Client) -> None:
    """While a scan moves a motor, Message names the scan, and the motor that is waited for, and so does WaitingFor."""
    with engine.watch("Message", "WaitingFor") as monitor:
        engine.start("scan", {**ENDLESS, "args": ["m1", -9, 9], "num": 3})
        monitor.wait_for(r"Message\|\|scan \d+: moving m1 to -?\d+, waiting for m1\|")
        monitor.wait_for(r"WaitingFor\|\|m1\|")
        engine.put("Stop")

    assert engine.text("Message").startswith("idle")


def test_the_service_is_alive(engine: Client) -> None:
    """Heartbeat counts, while a plan runs as well."""
    engine.start()
    beats = int(engine.get("Heartbeat"))

    engine.wait("Heartbeat", str(beats + 2))


def test_count(engine: Client) -> None:
    """Without a motor the curve is over the time."""
    engine.run("count", {"detectors": ["det1"], "num": 3})

    x = engine.numbers("Data:X", 3)
    assert engine.ended("success")
    assert (engine.get("Data:N"), engine.get("Data:XName")) == ("3", "time")
    assert x == sorted(x)
    assert 0 < x[0] < x[2] < 5


def test_list_scan(engine: Client) -> None:
    """The positions are those of the list, in its order."""
    engine.run("list_scan", {"detectors": ["det1"], "args": ["m1", [0.5, -1, 0]]})

    assert engine.ended("success")
    assert engine.numbers("Data:X", 3) == [0.5, -1.0, 0.0]
    assert engine.numbers("Data:Y", 3) == pytest.approx([8825, 6065, 10_000], rel=0.02)


def test_grid_scan(engine: Client) -> None:
    """A grid of 2 × 3 has six points, and the motors end at its last one."""
    params = {"detectors": ["det1"], "args": ["m2", 0, 1, 2, "m1", -1, 1, 3], "snake_axes": True}

    engine.run("grid_scan", params)

    assert engine.ended("success")
    assert (engine.get("Run:Point"), engine.get("Data:N")) == ("6", "6")
    assert engine.numbers("Data:X", 6) == [0, 0, 0, 1, 1, 1]
    assert (position(engine, "m2"), position(engine, "m1")) == (1.0, -1.0)


def test_mv_moves_without_a_run(engine: Client) -> None:
    """Two motors go at once; no run is opened, and the last one stays on show."""
    before = engine.get("Run:UID")

    engine.run("mv", {"args": ["m1", 2.5, "m2", -1]})

    assert (position(engine, "m1"), position(engine, "m2")) == (2.5, -1.0)
    assert (engine.get("State"), engine.get("Run:UID")) == ("idle", before)


def test_rel_scan_puts_the_motors_back(engine: Client) -> None:
    """The positions are relative to where the motor was, and there it is again at the end."""
    engine.run("mv", {"args": ["m1", 1.5]})

    engine.run("rel_scan", {"detectors": ["det1"], "args": ["m1", -1, 1], "num": 3})

    assert engine.numbers("Data:X", 3) == [0.5, 1.5, 2.5]
    assert engine.ended("success")
    assert position(engine, "m1") == 1.5


@pytest.mark.parametrize("ending", ["stop", "abort"])
def test_an_ended_rel_scan_puts_the_motors_back(engine: Client, ending: str) -> None:
    """Ended in mid-move, it stops the motor, and then moves it back to where it was."""
    engine.run("mv", {"args": ["m1", 1.5]})
    engine.start("rel_scan", {"detectors": ["det1"], "args": ["m1", -9, 8], "num": 2})
    engine.reach(1)
    engine.wait("WaitingFor", "m1")

    engine.put(ending.capitalize())

    assert engine.ended(ending)
    assert position(engine, "m1") == 1.5


def test_every_plan_of_the_catalogue_is_named(engine: Client) -> None:
    """Plan:Names is the catalogue; a plan's text is in Plan:Doc."""
    names = engine.tools.caget("-t", P + "Plan:Names").stdout.split()

    assert {"count", "scan", "rel_scan", "list_scan", "grid_scan", "mv", "mvr"} <= set(names[1:])
    engine.put("Plan:Name", "mv")
    assert "Move" in engine.text("Plan:Doc") or "move" in engine.text("Plan:Doc")


def test_every_pv_describes_itself(engine: Client) -> None:
    """`cainfo` knows the types, and each PV has a description and a record type of its own."""
    names = ["State", "StateSeq", "Pause", "Reason", "Cmd:Result", "Run:Elapsed", "Plan:Params", "Susp:beam:Low"]

    done = engine.tools.caget("-F", "|", *[f"{P}{name}.{field}" for name in names for field in ("DESC", "RTYP")])

    assert done.returncode == 0, done.stderr
    assert [line for line in done.stdout.splitlines() if not re.fullmatch(r"T:RE:\S+\|.{2,40}", line)] == []
    assert "DBF_ENUM" in engine.tools.cainfo(f"{P}State").stdout
