"""The simulated beamline as its clients see it."""

import json
import re
import signal
import socket
import subprocess
import sys

import pytest

from reioc.sim_iocs.listing import served

from .conftest import SimBeamline
from .support import BaseTools, Service, free_port, run_python, until

REFUSAL = "Channel write request failed"
AREA_DETECTOR = ("SIM:cam1:", "SIM:image1:", "SIM:HDF1:")

MOTOR = """
import json, time
from ophyd import EpicsMotor
from ophyd.status import SubscriptionStatus
motor = EpicsMotor("SIM:m2", name="motor")
motor.wait_for_connection(timeout=10)
seen = {}
"""


def ophyd(body: str, beamline: SimBeamline) -> dict[str, object]:
    """What a script, which has `motor` and fills `seen`, saw."""
    return json.loads(run_python(f"{MOTOR}{body}\nprint(json.dumps(seen))", beamline.address))


def start(port: int, *options: str) -> list[str]:
    return [sys.executable, "-m", "reioc.sim_iocs", "--port", str(port), *options]


def test_every_pv_is_served_with_its_description(sim_beamline: SimBeamline) -> None:
    """Every PV but the area detector's answers, and has a DESC that fits and a record type."""
    names = [pv.name for pv in served("SIM:") if not pv.name.startswith(AREA_DETECTOR)]
    fields = [f"{name}.{field}" for name in names for field in ("DESC", "RTYP")]

    done = sim_beamline.tools.caget("-F", "|", *fields)

    assert done.returncode == 0, done.stderr
    assert [line for line in done.stdout.splitlines() if not re.fullmatch(r"SIM:\S+\|.{2,40}", line)] == []


def test_a_put_to_a_motor_completes_when_it_is_there(sim_beamline: SimBeamline) -> None:
    """`caput -c` of VAL comes back with RBV at the target and DMOV 1."""
    tools = sim_beamline.tools

    done = tools.caput("-c", "-w", "10", "SIM:m1", "1.5")

    assert done.returncode == 0, done.stderr
    assert tuple(tools.value(f"SIM:m1.{field}") for field in ("RBV", "DMOV", "MOVN")) == ("1.5", "1", "0")


def test_a_motion_is_published_in_the_order_of_the_real_record(sim_beamline: SimBeamline) -> None:
    """DMOV 0 comes before the first RBV, and DMOV 1 after the last."""
    tools = sim_beamline.tools
    tools.caput("-c", "-w", "10", "SIM:m1", "0")
    with tools.camonitor("-t", "n", "SIM:m1.DMOV", "SIM:m1.RBV", ready="RBV .*0") as monitor:
        tools.caput("-c", "-w", "10", "SIM:m1", "1")
        monitor.wait_for(r"DMOV\s+0[\s\S]*DMOV\s+1")
        events = [tuple(line.split()) for line in monitor.output.splitlines()][2:]

    assert events[0] == ("SIM:m1.DMOV", "0")
    assert events[-2:] == [("SIM:m1.RBV", "1"), ("SIM:m1.DMOV", "1")]
    assert {"SIM:m1.RBV"} == {name for name, _ in events[1:-1]}


def test_the_limits_of_val_are_hlm_and_llm(sim_beamline: SimBeamline) -> None:
    """VAL's control limits are -10 and 10, and follow HLM."""
    tools = sim_beamline.tools

    def upper_limit() -> str:
        return re.findall(r"Hi ctrl limit:\s+(\S+)", tools.caget("-d", "DBR_CTRL_DOUBLE", "SIM:m1").stdout)[0]

    assert upper_limit() == "10"

    tools.caput("-c", "SIM:m1.HLM", "5")
    assert upper_limit() == "5"

    tools.caput("-c", "SIM:m1.HLM", "10")
    assert (upper_limit(), tools.value("SIM:m1.HLM"), tools.value("SIM:m1.LLM")) == ("10", "10", "-10")


@pytest.mark.parametrize(
    ("pv", "value"),
    [
        ("m1", "10.5"),
        ("m1", "nan"),
        ("m1.VELO", "0"),
        ("m1.SPMG", "7"),
        ("m1.HLM", "-11"),
        ("m1.TWV", "inf"),
        ("det1:Preset", "-1"),
        ("det1:Noise", "2"),
        ("Ring:Mode", "no beam"),
        ("Shutter:Open", "5"),
    ],
)
def test_a_senseless_put_fails_and_changes_nothing(sim_beamline: SimBeamline, pv: str, value: str) -> None:
    """A put that cannot be obeyed is a failed put; value and severity stay as they were."""
    tools, name = sim_beamline.tools, f"SIM:{pv}"
    record = name.split(".")[0]
    before = tools.value(name), tools.value("SIM:m1.RBV"), "NO_ALARM"

    done = tools.caput("-c", "-n", name, value) if value.isdecimal() else tools.caput("-c", name, value)

    assert REFUSAL in done.stdout + done.stderr
    assert before == (tools.value(name), tools.value("SIM:m1.RBV"), tools.value(f"{record}.SEVR"))


def test_a_refused_position_sets_lvio_until_the_next_move(sim_beamline: SimBeamline) -> None:
    """LVIO is 1 after a put beyond the soft limits, and 0 after a put within them."""
    tools = sim_beamline.tools

    tools.caput("-c", "SIM:m1", "-10.5")
    assert tools.value("SIM:m1.LVIO") == "1"

    tools.caput("-c", "-w", "10", "SIM:m1", "0")
    assert tools.value("SIM:m1.LVIO") == "0"


def test_dump_and_restore(sim_beamline: SimBeamline) -> None:
    """A put to Dump comes back without beam, one to Restore with full beam; neither is an alarm."""
    tools = sim_beamline.tools

    assert tools.caput("-c", "SIM:Ring:Dump", "1").returncode == 0
    assert tuple(tools.value(f"SIM:Ring:{pv}") for pv in ("Current", "Mode", "Current.SEVR")) == (
        "0",
        "no beam",
        "NO_ALARM",
    )

    assert tools.caput("-c", "-w", "10", "SIM:Ring:Restore", "1").returncode == 0
    assert float(tools.value("SIM:Ring:Current")) > 490
    assert (tools.value("SIM:Ring:Mode"), tools.value("SIM:Ring:Restore")) == ("top-up", "Done")


def test_a_label_index_in_a_string_is_taken(sim_beamline: SimBeamline) -> None:
    """A client that writes everything as strings, as screens do, can choose with "3"."""
    script = """
from caproto import ChannelType
from caproto.sync.client import write
for value in (b"3", b"decay", b"2", b"7"):
    answer = write("SIM:Ring:Mode", value, data_type=ChannelType.STRING, notify=True, repeater=False)
    print(answer.status.success)
"""

    printed = run_python(script, sim_beamline.address)

    assert printed.split() == ["1", "1", "1", "0"]
    assert sim_beamline.tools.value("SIM:Ring:Mode") == "top-up"


def test_the_detector_sees_motor_shutter_and_ring(sim_beamline: SimBeamline) -> None:
    """A count on the peak is the peak's; one sigma off, or with the shutter closed, or without beam, it is less."""
    tools = sim_beamline.tools

    def count() -> int:
        assert tools.caput("-c", "-w", "10", "SIM:det1:Acquire", "1").returncode == 0
        return int(tools.value("SIM:det1:Counts"))

    tools.caput("-c", "-w", "10", "SIM:m1", "0")
    assert 9850 < count() <= 10_000
    assert tools.value("SIM:det1:Time") == "0.1"

    tools.caput("-c", "-w", "10", "SIM:m1", "1")
    assert 5900 < count() <= 6066

    tools.caput("-c", "SIM:Shutter:Close", "1")
    assert (tools.value("SIM:Shutter:Status"), count()) == ("Closed", 0)

    tools.caput("-c", "SIM:Shutter:Open", "1")
    tools.caput("-c", "SIM:Ring:Dump", "1")
    assert (tools.value("SIM:Shutter:Status"), count()) == ("Open", 0)

    tools.caput("-c", "-w", "10", "SIM:Ring:Restore", "1")
    assert 5900 < count() <= 6066


def test_the_energy_moves_two_motors_and_shows_an_edge(sim_beamline: SimBeamline) -> None:
    """A put to Energy completes with both there; above the copper edge the detector sees a third of the light."""
    tools = sim_beamline.tools
    tools.caput("-c", "-w", "10", "SIM:m1", "0")

    def count_at(energy: str) -> int:
        assert tools.caput("-c", "-w", "10", "SIM:Mono:Energy", energy).returncode == 0
        tools.caput("-c", "-w", "10", "SIM:det1:Acquire", "1")
        return int(tools.value("SIM:det1:Counts"))

    with tools.camonitor("-t", "n", "SIM:Mono:EnergyRBV", "SIM:Mono:Done", ready="Done +Done") as monitor:
        above = count_at("9")
        monitor.wait_for(r"Done +Moving[\s\S]*EnergyRBV +9 *\nSIM:Mono:Done +Done *\n")
        motors = [float(tools.value(f"SIM:Mono:{motor}.RBV")) for motor in ("bragg", "gap")]
    below = count_at("8.95")

    assert motors == pytest.approx([12.6897, 11.956], abs=1e-3)
    assert above / below == pytest.approx(0.368, abs=0.01)
    assert REFUSAL in tools.caput("-c", "SIM:Mono:Energy", "30").stderr
    assert 9850 < count_at("8") <= 10_000


def test_a_permit_withdrawn_closes_the_front_end(sim_beamline: SimBeamline) -> None:
    """Without its permit it closes, and a put to Open fails with the reason in Message."""
    tools = sim_beamline.tools

    assert tools.caput("-c", "SIM:FE:Permit", "0").returncode == 0
    assert REFUSAL in tools.caput("-c", "SIM:FE:Open", "1").stderr
    reason = tools.caget("-S", "SIM:FE:Message").stdout
    assert (tools.value("SIM:FE:Status"), "has no permit" in reason) == ("Closed", True)

    tools.caput("-c", "SIM:FE:Permit", "1")
    assert tools.caput("-c", "SIM:FE:Open", "1").returncode == 0
    assert (tools.value("SIM:FE:Status"), tools.value("SIM:Shutter:Status")) == ("Open", "Open")


def test_a_temperature_beyond_its_limits_is_an_alarm(sim_beamline: SimBeamline) -> None:
    """The severity comes with the value, by the limits of the record as they are at that moment."""
    tools = sim_beamline.tools
    tools.caput("-c", "SIM:Temp:Ramp", "0")

    with tools.camonitor("SIM:Temp", ready="Temp") as monitor:
        tools.caput("-c", "SIM:Temp:Setpoint", "460")
        monitor.wait_for(r" 42\d\.\d+ HIGH MINOR")
        monitor.wait_for(r" 45\d\.\d+ HIHI MAJOR")
        tools.caput("-c", "SIM:Temp.HIHI", "470")
        monitor.wait_for(r"HIHI MAJOR[\s\S]* HIGH MINOR")
        tools.caput("-c", "SIM:Temp:Setpoint", "300")
        monitor.wait_for(r" 3\d\d\.\d+ *$")


def test_a_scan_record_scans(sim_beamline: SimBeamline) -> None:
    """A put to EXSC completes with the scan, whose arrays are there then; a second one is refused meanwhile."""
    tools = sim_beamline.tools
    setup = {"P1PV": "SIM:slit:Setpoint", "P1SP": "-2", "P1EP": "2", "NPTS": "3"}
    setup |= {"R1PV": "SIM:slit:Readback", "T1PV": "SIM:det1:Acquire", "D01PV": "SIM:det1:Counts"}
    for field, value in setup.items():
        assert tools.caput("-c", f"SIM:scan1.{field}", value).returncode == 0
    tools.caput("-c", "-w", "10", "SIM:m1", "0")

    with tools.putting("-c", "-w", "10", "SIM:scan1.EXSC", "1") as scanning:
        until(lambda: tools.value("SIM:scan1.BUSY") == "1", "the scan to begin")
        assert REFUSAL in tools.caput("-c", "SIM:scan1.EXSC", "1").stderr
        assert scanning.wait() == 0

    def values(field: str) -> list[float]:
        return [float(word) for word in tools.caget("-#", "4", f"SIM:scan1.{field}").stdout.split()[2:]]

    assert values("P1RA") == [-2.0, 0.0, 2.0, 2.0]
    assert values("D01DA") == pytest.approx([6031, 9950, 6031, 6031], rel=0.02)
    assert [tools.value(f"SIM:scan1.{field}") for field in ("CPT", "DATA", "RTYP")] == ["3", "1", "sscan"]

    with tools.putting("-c", "-w", "10", "SIM:scan1.EXSC", "1") as scanning:
        until(lambda: tools.value("SIM:scan1.BUSY") == "1", "the scan to begin again")
        tools.caput("-c", "-w", "10", "SIM:scan1.EXSC", "0")
        scanning.wait()
    assert (tools.value("SIM:scan1.SMSG"), tools.value("SIM:scan1.EXSC")) == ("Scan aborted by operator", "0")

    tools.caput("-c", "SIM:scan1.D01PV", "SIM:nothing")
    assert REFUSAL in tools.caput("-c", "SIM:scan1.EXSC", "1").stderr
    assert tools.value("SIM:scan1.SMSG") == "D01PV: no PV SIM:nothing here"
    assert tools.value("SIM:scan1.D01NV") == "PV BAD"


def test_a_busy_record_completes_when_it_is_done(sim_beamline: SimBeamline) -> None:
    """`caput -c` of 1 comes back after somebody else's 0."""
    tools = sim_beamline.tools

    with tools.putting("-c", "-w", "10", "SIM:busy1", "1") as working:
        until(lambda: tools.value("SIM:busy1") == "Busy", "the record to be busy")
        tools.caput("SIM:busy1", "0")
        assert working.wait() == 0
    assert (tools.value("SIM:busy1"), tools.value("SIM:busy1.RTYP")) == ("Done", "busy")


def test_ophyd_has_a_positioner(sim_beamline: SimBeamline) -> None:
    """PVPositionerPC moves and stops the slit, and the energy, by setpoint, readback, done and stop."""
    seen = ophyd(
        """
from ophyd import Component, EpicsSignal, EpicsSignalRO, PVPositionerPC
class Slit(PVPositionerPC):
    setpoint = Component(EpicsSignal, "Setpoint")
    readback = Component(EpicsSignalRO, "Readback")
    done = Component(EpicsSignalRO, "Done")
    stop_signal = Component(EpicsSignal, "Stop")
    done_value = stop_value = 1
class Mono(Slit):
    setpoint = Component(EpicsSignal, "Energy")
    readback = Component(EpicsSignalRO, "EnergyRBV")
slit, mono = Slit("SIM:slit:", name="slit"), Mono("SIM:Mono:", name="mono")
slit.wait_for_connection(timeout=10); mono.wait_for_connection(timeout=10)
first = slit.set(1.5); second = mono.set(8.5); first.wait(10); second.wait(10)
seen["there"] = [slit.readback.get(use_monitor=False), round(mono.readback.get(use_monitor=False), 4), slit.limits]
move = slit.set(-9); SubscriptionStatus(slit.readback, lambda value, **_: value < 0).wait(10)
slit.stop(); SubscriptionStatus(slit.done, lambda value, **_: value == 1).wait(10)
until = time.monotonic() + 10
while not move.done and time.monotonic() < until: time.sleep(0.01)
seen["stopped"] = [move.done, -9 < slit.readback.get(use_monitor=False) < 0]
slit.set(0).wait(10); mono.set(8).wait(10)
""",
        sim_beamline,
    )

    assert seen == {"there": [1.5, 8.5, [-10, 10]], "stopped": [True, True]}


def test_ophyd_moves_the_motor(sim_beamline: SimBeamline) -> None:
    """EpicsMotor.set succeeds with the readback at the target, also when it is there already."""
    seen = ophyd(
        """
motor.set(0.5).wait(10)
seen["first"] = [motor.position, motor.user_setpoint.get()]
again = motor.set(0.5); again.wait(10)
seen["again"] = [again.success, motor.position]
seen["description"] = motor.describe()["motor"]["units"], motor.precision, motor.limits
""",
        sim_beamline,
    )

    assert seen == {"first": [0.5, 0.5], "again": [True, 0.5], "description": ["mm", 4, [-10, 10]]}


def test_ophyd_stops_the_motor(sim_beamline: SimBeamline) -> None:
    """stop() in mid-move leaves the motor where it is, with VAL at RBV."""
    seen = ophyd(
        """
motor.set(-9).wait(10)
move = motor.set(9)
SubscriptionStatus(motor.user_readback, lambda value, **_: value > -8).wait(10)
motor.stop(success=True); move.wait(10)
SubscriptionStatus(motor.motor_done_move, lambda value, **_: value == 1).wait(10)
seen["between"] = -8 < motor.position < 8
seen["apart"] = motor.user_setpoint.get(use_monitor=False) - motor.user_readback.get(use_monitor=False)
""",
        sim_beamline,
    )

    assert seen == {"between": True, "apart": 0.0}


def test_ophyd_knows_the_limits(sim_beamline: SimBeamline) -> None:
    """A set beyond the soft limits raises LimitError in the client, before anything is put."""
    seen = ophyd(
        """
try:
    motor.set(11)
except Exception as error:
    seen["error"] = type(error).__name__
""",
        sim_beamline,
    )

    assert seen == {"error": "LimitError"}


def test_ophyd_sets_the_position(sim_beamline: SimBeamline) -> None:
    """set_current_position changes the offset, not the place, and can be undone."""
    seen = ophyd(
        """
motor.set(1).wait(10)
motor.set_current_position(3)
seen["shifted"] = [motor.user_readback.get(use_monitor=False), motor.user_offset.get(use_monitor=False)]
motor.set_current_position(1)
seen["back"] = [motor.user_readback.get(use_monitor=False), motor.user_offset.get(use_monitor=False)]
""",
        sim_beamline,
    )

    assert seen == {"shifted": [3.0, 2.0], "back": [1.0, 0.0]}


def test_put_completion_does_not_wait_for_the_network(sim_beamline: SimBeamline) -> None:
    """With monitors open, half of the puts complete in far less than the 40 ms that a delayed acknowledgement costs."""
    script = """
import statistics, time
import epics
pv = epics.PV("SIM:m2", auto_monitor=True)
pv.wait_for_connection(timeout=10)
def seconds():
    begun = time.perf_counter()
    pv.put(pv.value, wait=True)
    return time.perf_counter() - begun
print(statistics.median(seconds() for _ in range(30)))
"""

    assert float(run_python(script, sim_beamline.address)) < 0.02


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_cleanly(number: signal.Signals) -> None:
    """SIGTERM and SIGINT end it with status 0 and nothing more on its output, clients and motions or not."""
    port = free_port()
    tools = BaseTools(f"127.0.0.1:{port}")
    with Service(start(port), "^ready", forked=False) as service, tools.camonitor("DEMO:m1.RBV", ready="RBV"):
        tools.caput("DEMO:m1", "5")

        assert service.stop(number) == 0
        assert [f"ready: simulated beamline DEMO: on 127.0.0.1 port {port}"] == service.output.splitlines()


def test_a_port_can_be_served_again_at_once() -> None:
    """Connections of the server that ended a moment ago do not keep its port busy."""
    port = free_port()
    for _ in range(2):
        with Service(start(port), "^ready"):
            assert BaseTools(f"127.0.0.1:{port}").value("DEMO:m1") == "0"


@pytest.mark.parametrize(("kind", "protocol"), [(socket.SOCK_STREAM, "TCP"), (socket.SOCK_DGRAM, "UDP")])
def test_a_port_in_use_is_told(kind: socket.SocketKind, protocol: str) -> None:
    """With its TCP or UDP port taken it says so in one line and ends with status 1."""
    with socket.socket(type=kind) as other:
        port = free_port()  # the other protocol's port of that number is free as well
        other.bind(("127.0.0.1", port))
        if kind == socket.SOCK_STREAM:
            other.listen()

        done = subprocess.run(start(port), capture_output=True, text=True, timeout=20, check=False)

    told = f"sim_iocs: {protocol} port {port} of 127.0.0.1 is in use by another process; see --port and --interface"
    assert (1, "", told) == (done.returncode, done.stdout, done.stderr.strip())


@pytest.mark.parametrize("options", [["--port", "0"], ["--port", "http"], ["--speed", "0"], ["--seed", "-1"]])
def test_a_wrong_option_is_told(options: list[str]) -> None:
    """An option out of range ends it with status 2 and names the value."""
    argv = [sys.executable, "-m", "reioc.sim_iocs", *options]

    done = subprocess.run(argv, capture_output=True, text=True, timeout=20, check=False)

    assert done.returncode == 2
    assert f"'{options[1]}' is not a" in done.stderr
