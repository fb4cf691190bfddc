"""Positioners, shutters, temperatures, slits, scalers and counters, over Channel Access.

One simulated beamline and one client tell everything that is looked at here: processes cost more than what they do.
"""

import json
from typing import Any

import pytest

from .ca import hardware

_TOOLS = """
import json, time
from reioc.devices.counter import Counter
from reioc.devices.fixed_exposure import FixedExposureDetector
from reioc.devices.optics import BraggEnergy, Slit
from reioc.devices.positioner import Positioner
from reioc.devices.scaler import Scaler
from reioc.devices.shutter import Shutter
from reioc.devices.temperature import TemperatureController
from epics import PV, caget, caput

told = {}

def outcome(status):
    try:
        status.wait(15)
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return "done"

def refusal(call, *args):
    try:
        call(*args)
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return "it does"

def until(condition):
    deadline = time.monotonic() + 15
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)

def made(device):
    device.wait_for_connection(timeout=10)
    return device

def seconds(act):
    begun = time.monotonic()
    act()
    return time.monotonic() - begun

def values(device):
    return {key: reading["value"] for key, reading in device.read().items()}
"""

_POSITIONERS = """
slit = made(Positioner("SIM:slit:", name="slit", setpoint="Setpoint", readback="Readback", done="Done", stop="Stop"))
told["positioner"] = [outcome(slit.set(0.2)), values(slit), outcome(slit.set(0.2))]
told["positioner's own"] = [slit.egu, slit.limits, slit.tolerance]
def half_way():
    move, begin = slit.set(5), slit.position
    until(lambda: slit.position != begin)
    return move
move = half_way()
caput("SIM:slit:Stop", 1, wait=True)
told["positioner stopped by somebody"] = outcome(move)
move = half_way()
slit.stop()
told["positioner stopped by us"] = outcome(move)
told["positioner beyond"] = refusal(slit.set, 11)

by_put = made(Positioner("SIM:Temp", name="by_put", setpoint=":Setpoint", readback=""))
took = seconds(lambda: told.update({"put is too early": outcome(by_put.set(301))}))
told["put is too early took"] = took
caput("SIM:Temp:Setpoint", 300, wait=True)

careful = Positioner("SIM:", name="careful", setpoint="slit:Setpoint", readback="slit:Readback", problem="FE:Permit",
                     fine_value=1)
made(careful)
caput("SIM:FE:Permit", 0, wait=True)
until(lambda: careful.problem.get() == 0)
told["positioner with a problem"] = refusal(careful.set, 0)
caput("SIM:FE:Permit", 1, wait=True)
until(lambda: careful.problem.get() == 1)
told["positioner without a problem"] = outcome(careful.set(0))
"""

_SHUTTERS = """
caput("SIM:FE:Open", 1, wait=True)
caput("SIM:Shutter:Open", 1, wait=True)
shutter = made(Shutter("SIM:Shutter:", name="shutter", message="Message"))
until(lambda: shutter.place == "open")
told["shutter"] = [outcome(shutter.set("open")), outcome(shutter.set("close")), values(shutter), shutter.locate(),
                   outcome(shutter.set(True)), shutter.place, shutter.hints]
first = shutter.set("close")
told["shutter told otherwise"] = [outcome(shutter.set("open")), outcome(first)]
told["shutter misspelt"] = refusal(shutter.set, "opne")
shutter.set("close").wait(10)
move = shutter.set("open")
caput("SIM:Shutter:Permit", 0)
told["permit withdrawn"] = outcome(move)
told["without a permit"] = [refusal(shutter.set, "open"), outcome(shutter.set("close"))]
caput("SIM:Shutter:Permit", 1, wait=True)
until(shutter._is_permitted)
names = {"status": "Shutter:Status", "open": "det1:Preset", "close": "Shutter:Close", "permit": "FE:Permit"}
lazy = made(Shutter("SIM:", name="lazy", **names))
move = lazy.set("open")
caput("SIM:FE:Permit", 0)
told["permit of a slow one withdrawn"] = outcome(move)
caput("SIM:FE:Permit", 1, wait=True)
caput("SIM:FE:Open", 1, wait=True)
slow = made(Shutter("SIM:Shutter:", name="slow", open_value="Wide open", timeout=0.1, permit=None))
told["shutter never there"] = outcome(slow.set("open"))
"""

_TEMPERATURES = """
caput("SIM:Temp:Ramp", 1000, wait=True)
temp = made(TemperatureController("SIM:Temp", name="temp", tolerance=0.3, stable_for=0.3))
watched = []
move = temp.set(300.9)
move.watch(lambda **told_now: watched.append(told_now["fraction"]))
took = seconds(lambda: told.update({"temperature": [outcome(move), temp.egu, temp.limits]}))
told["temperature took"], told["temperature at"], told["watched"] = took, temp.position, [float(f) for f in watched]
move = temp.set(400)
until(lambda: temp.position > 302)
temp.stop()
until(lambda: temp.setpoint.get() < 390)
told["temperature held"] = [outcome(move), temp.setpoint.get()]
move = temp.set(400)
until(lambda: temp.position > 303)
caput("SIM:Temp:Setpoint", 350, wait=True)
told["temperature sent elsewhere"] = outcome(move)
temp.stop()
until(lambda: temp.ramp.get() == 1000)
told["expected"] = temp.expected(temp.position + 500)
caput("SIM:Fault:PV", b"Temp", wait=True)
caput("SIM:Fault:Kind", "severity", wait=True)
caput("SIM:Fault:Value", "INVALID", wait=True)
move = temp.set(300)
caput("SIM:Fault:Inject", 1, wait=True)
told["temperature invalid"] = outcome(move)
caput("SIM:Fault:ClearAll", 1, wait=True)
caput("SIM:Fault:Kind", "nan", wait=True)
until(lambda: temp.readback.alarm_severity == 0)
move = temp.set(300)
caput("SIM:Fault:Inject", 1, wait=True)
told["temperature none"] = [outcome(move), move.exception().is_over()]
caput("SIM:Fault:ClearAll", 1, wait=True)
until(move.exception().is_over)
"""

_OPTICS = """
energy = made(BraggEnergy("SIM:Mono:", name="energy"))
told["energy"] = [outcome(energy.set(8.2)), energy.position, energy.limits]
until(lambda: abs(caget("SIM:Mono:EnergyRBV") - 8.2) < 1e-4)
told["energy beyond"] = [refusal(energy.set, 1), refusal(energy.set, 100)]
gap = made(Slit("SIM:", name="gap", positive="m3", negative="m4"))
told["slit"] = [outcome(gap.set(gap=0.4, centre=0.1)), list(gap.position), caget("SIM:m3.RBV"), caget("SIM:m4.RBV")]
told["slit closed too far"] = refusal(gap.gap.set, -0.1)
move = gap.centre.set(8)
until(lambda: gap.centre.position > 0.15)
caput("SIM:m3.STOP", 1, wait=True)
told["one blade stopped"] = [outcome(move), caget("SIM:m4.RBV") < 7]
"""

_COUNTING = """
scaler = made(Scaler("SIM:scaler1", name="sc", rates=True))
scaler.preset.set(0.1).wait(10)
scaler.stage()
took = seconds(lambda: told.update({"scaler": outcome(scaler.trigger())}))
told["scaler took"], told["scaler read"] = took, values(scaler)
described = scaler.describe()
told["scaler told"] = [sorted(described) == sorted(scaler.read()), scaler.hints, described["sc_I0_rate"]]
scaler.unstage()
first = scaler.trigger()
told["scaler again"] = [outcome(scaler.trigger()), outcome(first)]
scaler.preset.set(30).wait(10)
move = scaler.trigger()
until(lambda: caget("SIM:scaler1.CNT") == 1)
scaler.stop()
told["scaler stopped"] = outcome(move)
few = made(Scaler("SIM:scaler1", name="few", channels=["It", 2]))
told["few channels"] = sorted(values(few))
caput("SIM:Fault:PV", b"scaler1.S2", wait=True)
caput("SIM:Fault:Kind", "severity", wait=True)
caput("SIM:Fault:Value", "INVALID", wait=True)
caput("SIM:Fault:Inject", 1, wait=True)
told["scaler invalid"] = refusal(few.read)
caput("SIM:Fault:ClearAll", 1, wait=True)
told["no such channel"] = refusal(Scaler("SIM:scaler1", name="no", channels=["Io"]).wait_for_connection)

det = made(Counter("SIM:det1:", name="det", trigger="Acquire", values={"counts": "Counts"}, preset="Preset"))
det.preset.set(0.05).wait(10)
told["counter"] = [outcome(det.trigger()), values(det), det.hints]
one = made(Counter("SIM:", name="one", trigger="det1:Acquire", values=["det1:Counts"]))
told["one value"] = list(values(one))
told["counter of nothing"] = refusal(lambda: Counter("SIM:", name="none", trigger="x", values=[]))

free = made(FixedExposureDetector("SIM:", name="free", exposure=0.1, values=["Ring:Current"]))
told["free"] = [seconds(lambda: outcome(free.trigger())), values(free)["free"] > 0]
told["free configured"] = [refusal(free.configure, {"exposure": 0.1}), refusal(free.configure, {"exposure": 1})]
fixed = made(FixedExposureDetector("SIM:det1:", name="fixed", exposure="Preset", trigger="Acquire", values=["Counts"]))
first = fixed.trigger()
told["fixed"] = [outcome(fixed.trigger()), outcome(first), values(fixed)["fixed"] > 0]
last = free.trigger()
free.stop()
told["free stopped"] = outcome(last)
"""

_SCRIPT = (
    _TOOLS + _POSITIONERS + _SHUTTERS + _TEMPERATURES + _OPTICS + _COUNTING + "print(json.dumps(told), flush=True)"
)


@pytest.fixture(scope="module")
def told() -> Any:
    """What the devices have told."""
    with hardware("--speed", "4") as beamline, beamline.client(_SCRIPT) as client:
        return json.loads(client.wait_for(r"^\{.*\}$", timeout=55).group())


def test_a_positioner_is_there_when_its_readback_is(told):
    """Also if it was there before; unit, limits and tolerance are its PVs'."""
    done, read, again = told["positioner"]

    assert (done, again) == ("done", "done")
    assert read == {"slit_setpoint": 0.2, "slit": 0.2}
    assert told["positioner's own"] == ["mm", [-10, 10], 1e-4]


def test_a_positioner_that_is_stopped_is_no_success(told):
    """Whoever it was is told apart."""
    assert told["positioner stopped by somebody"].startswith("MoveStopped: SIM:slit:Setpoint: is ")
    assert told["positioner stopped by us"] == "MoveGivenUp: slit: stopped before it was there"
    assert told["positioner beyond"] == "LimitError: slit cannot be sent to 11: its limits are -10 to 10"


def test_a_put_that_completes_too_early_is_no_success(told):
    """The readback decides, which is given a little time."""
    assert told["put is too early"].startswith("NotAtTarget: SIM:Temp: stands at 300.")
    assert 1 <= told["put is too early took"] < 5


def test_a_problem_that_a_pv_tells_keeps_a_positioner_from_moving(told):
    """In the PV's words, as long as there is one."""
    assert told["positioner with a problem"] == "DeviceTrouble: SIM:FE:Permit: is 'No permit'"
    assert told["positioner without a problem"] == "done"


def test_a_shutter_is_open_when_its_status_says_so(told):
    """By word or number; it reads as a text and a number."""
    was_open, closed, read, located, opened, place, hints = told["shutter"]

    assert (was_open, closed, opened, place) == ("done", "done", "done", "open")
    assert read == {"shutter": "closed", "shutter_is_open": 0}
    assert located == {"setpoint": "closed", "readback": "closed"}
    assert hints == {"fields": ["shutter_is_open"]}


def test_a_shutter_that_is_told_otherwise_on_its_way_is_there_only_once(told):
    """The first Status fails."""
    assert told["shutter told otherwise"] == ["done", "MoveGivenUp: shutter: told to be open before it was there"]
    assert told["shutter misspelt"] == ("LimitError: shutter cannot be set to 'opne': say 'open' or 'close', or 1 or 0")


def test_a_shutter_without_permit_is_not_opened(told):
    """Nor does it wait for one that was withdrawn on its way; it can be closed."""
    assert told["permit withdrawn"].startswith("NoPermit: SIM:Shutter:Permit: is 'No permit'")
    assert told["permit of a slow one withdrawn"].startswith("NoPermit: SIM:FE:Permit: is 'No permit'")
    refused, closed = told["without a permit"]
    assert refused.startswith("NoPermit: SIM:Shutter:Permit: is 'No permit'")
    assert closed == "done"


def test_a_shutter_that_does_not_get_there_is_told_of(told):
    """After its time."""
    assert told["shutter never there"].startswith("NotAtTarget: SIM:Shutter:Status: is ")
    assert told["shutter never there"].endswith(", not open, 0.1 s after the command")


def test_a_temperature_is_set_when_it_is_stable(told):
    """Not when it is there for the first time; whoever watches is told how far it is."""
    assert told["temperature"] == ["done", "K", [4, 500]]
    assert abs(told["temperature at"] - 300.9) <= 0.3
    assert told["temperature took"] > 0.3
    assert told["watched"][0] > told["watched"][-1]


def test_a_temperature_that_is_stopped_is_held(told):
    """Where it is."""
    outcome, setpoint = told["temperature held"]

    assert outcome == "MoveGivenUp: temp: stopped before it was there"
    assert 302 <= setpoint < 390


def test_a_temperature_that_somebody_else_has_set_is_not_waited_for(told):
    """Not even until its time is up."""
    assert told["temperature sent elsewhere"].startswith("MoveStopped: SIM:Temp:Setpoint: is 350 now, it stands at ")


def test_the_ramp_tells_how_long_it_takes(told):
    """500 K at 1000 K a minute."""
    assert told["expected"] == pytest.approx(30, abs=0.1)


def test_a_temperature_that_is_invalid_is_none(told):
    """Its PV is named."""
    assert told["temperature invalid"].startswith("ReadingInvalid: SIM:Temp: has severity INVALID at ")


def test_a_temperature_that_is_nan_is_none(told):
    """As long as it is NaN."""
    assert told["temperature none"] == ["ReadingInvalid: SIM:Temp: is NaN: where it is cannot be told", False]


def test_an_energy_is_that_of_the_bragg_angle(told):
    """As the monochromator itself computes it, within the steps of its motor."""
    done, position, limits = told["energy"]

    assert done == "done"
    assert position == pytest.approx(8.2, abs=1e-4)
    assert limits[0] < 8 < limits[1]


def test_an_energy_that_the_crystal_or_its_motor_does_not_reach_is_refused(told):
    """Before anything moves."""
    assert told["energy beyond"][0].startswith("LimitError: energy cannot be sent to 1: 1 keV is below 1.977")
    assert told["energy beyond"][1].startswith("LimitError: energy: energy_axis cannot be sent to ")


def test_a_slit_is_gap_and_centre_of_two_blades(told):
    """Which move together."""
    assert told["slit"] == ["done", pytest.approx([0.4, 0.1]), pytest.approx(0.3), pytest.approx(-0.1)]
    assert "the blades would touch" in told["slit closed too far"]


def test_when_one_blade_is_stopped_so_is_the_other(told):
    """And the reason is that blade's."""
    outcome, is_stopped = told["one blade stopped"]

    assert outcome.startswith("MoveStopped: SIM:m3.VAL: is ")
    assert is_stopped


def test_a_scaler_counts_its_named_channels_for_the_preset_time(told):
    """And tells rates if they are wanted."""
    assert told["scaler"] == "done"
    assert told["scaler took"] >= 0.1 / 4
    read = told["scaler read"]
    assert read["sc_time"] == pytest.approx(0.1, rel=0.1)
    assert read["sc_I0"] > 0
    assert read["sc_I0_rate"] == pytest.approx(read["sc_I0"] / read["sc_time"])
    assert "sc_time_1" not in read


def test_a_scaler_describes_what_it_reads(told):
    """Rates are what is plotted, where they are wanted."""
    is_same, hints, key = told["scaler told"]

    assert is_same
    assert "sc_I0_rate" in hints["fields"]
    assert (key["source"], key["units"]) == ("PV:SIM:scaler1.S2", "counts/s")


def test_a_scaler_that_is_triggered_again_or_stopped_fails_the_count(told):
    """The later count is whole."""
    given_up = "ExposureStopped: SIM:scaler1.CNT: "

    assert told["scaler again"] == ["done", given_up + "triggered again before it was over"]
    assert told["scaler stopped"] == given_up + "stopped before it was over"


def test_a_channel_of_a_scaler_that_is_invalid_is_refused(told):
    """It is named, and whatever the others say."""
    assert told["scaler invalid"] == "ReadingInvalid: SIM:scaler1.S2: severity INVALID: no measurement"


def test_channels_of_a_scaler_are_chosen_by_name_or_number(told):
    """One that there is not is told of when the scaler connects."""
    assert told["few channels"] == ["few_I0", "few_It", "few_time"]
    assert told["no such channel"].startswith("ValueError: no has no channel 'Io' (did you mean ")


def test_a_counter_reads_any_pvs_after_its_trigger(told):
    """By their names; a single one has the device's."""
    done, read, hints = told["counter"]

    assert done == "done"
    assert read["det_counts"] > 0
    assert hints == {"fields": ["det_counts"]}
    assert told["one value"] == ["one"]
    assert told["counter of nothing"].startswith("ValueError: a Counter needs the PVs that it reads")


def test_a_detector_that_runs_freely_is_waited_for_two_exposures(told):
    """Its exposure can be set to nothing else."""
    seconds, is_read = told["free"]

    assert 0.2 <= seconds < 5
    assert is_read
    assert told["free configured"] == [
        "it does",
        "LimitError: free_exposure is fixed by the device at 0.1 s, it cannot be 1",
    ]
    assert told["free stopped"] == "ExposureStopped: free: stopped before it was over"


def test_a_detector_of_fixed_exposure_with_a_trigger_is_done_when_that_is(told):
    """The replayed trigger's exposure counts."""
    assert told["fixed"] == ["done", "ExposureStopped: fixed: triggered again before it was over", True]
