"""Suspenders of a service, on PVs of EPICS Base's softIoc, operated with EPICS Base's tools."""

import json
import re
from collections.abc import Iterator

import pytest

from .c_ioc import CIoc
from .engine_client import DEVICES, SCAN, Client, P, beamline_toml, seen, serving
from .support import until

DATABASE = """
record(ai, "C:Current") { field(VAL, "250") field(PINI, "YES") field(HIHI, "1000") field(HHSV, "INVALID") }
record(ai, "C:Temp") { field(VAL, "20") field(PINI, "YES") }
record(bo, "C:Shutter") { field(VAL, "1") field(PINI, "YES") field(ZNAM, "Closed") field(ONAM, "Open") }
record(calc, "C:Clock") { field(CALC, "VAL+1") field(PINI, "YES") }
record(calc, "C:Frozen") { field(CALC, "VAL+1") field(SCAN, ".1 second") field(TSEL, "C:Clock.TIME") }
record(ai, "C:Storm") { field(VAL, "250") field(PINI, "YES") field(MDEL, "-1") }
"""
BEAM = {"name": "beam", "kind": "floor", "pv": "C:Current", "low": 100, "resume_low": 200}
LOW = "C:Current is 0, below 100; good again at 200"


@pytest.fixture(scope="module")
def c_ioc(tmp_path_factory) -> Iterator[CIoc]:
    """The source of what is watched; one for all tests, to be left as it was."""
    ioc = CIoc(tmp_path_factory.mktemp("source"), DATABASE)
    with ioc.running():
        yield ioc


@pytest.fixture(scope="module")
def service(c_ioc, fast_beamline, tmp_path_factory):
    """`reioc serve` without suspenders, with the simulated beamline's devices."""
    folder = tmp_path_factory.mktemp("engine")
    with serving(beamline_toml(folder, fast_beamline.address, c_ioc.address, tables=DEVICES)) as running:
        yield running


@pytest.fixture
def engine(service, c_ioc) -> Iterator[Client]:
    """A client of that engine, idle before and after, whose suspenders go with the test."""
    client = service.client
    yield client
    if client.get("State") != "idle":
        client.try_put("Halt")
    for name in client.get("Susp:Names").split()[1:]:
        client.try_put("Susp:Remove", name)
    client.put("Susp:Enable", "Yes")
    for pv, value in (("C:Current", 250), ("C:Temp", 20), ("C:Shutter", 1)):
        c_ioc.put(pv, value)


def add(engine: Client, **description: object) -> None:
    """A suspender that is taken, and watches."""
    engine.put("Susp:Add", json.dumps(BEAM | description), "-S")
    name = description.get("name", BEAM["name"])
    engine.wait(f"Susp:{name}:Connected", "Yes")


def refused(engine: Client, description: object) -> str:
    """Why a suspender is not taken."""
    return engine.refused("Susp:Add", description if isinstance(description, str) else json.dumps(description), "-S")


def test_a_trip_is_told_by_every_pv(engine, c_ioc):
    """What, why, since when, how long still, how often: for the one and for all, and again when it is over."""
    add(engine, delay=1)
    engine.start_and_count()
    c_ioc.put("C:Current", 0)
    engine.wait("State", "suspended")
    assert engine.text("Message").endswith(LOW)
    assert (engine.get("Susp:Tripped"), engine.text("Susp:TrippedBy"), engine.text("Susp:Reason")) == (
        *("Yes", "beam"),
        LOW,
    )
    assert re.match(r"20\d\d-\d\d-\d\d \d\d:\d\d:\d\d", engine.get("Susp:Since"))
    assert (engine.get("Susp:beam:Tripped"), engine.get("Susp:beam:Value")) == ("Yes", "0")
    assert engine.get("Susp:Countdown") == "0"
    c_ioc.put("C:Current", 250)
    engine.wait("Susp:Countdown", r"0\.[1-9]|1")
    assert "goes on after 1 s" in engine.text("Susp:beam:Reason")
    engine.wait("State", "running")

    assert (engine.get("Susp:Tripped"), engine.text("Susp:TrippedBy"), engine.get("Susp:Since")) == ("No", "", "")
    assert engine.get("Susp:beam:Trips") == "1"
    assert float(engine.get("Susp:TimeLost")) >= 1


def test_invalid_and_what_it_does(engine, c_ioc):
    """An INVALID value holds by its policy, is ignored by another, and aborts by the third."""
    add(engine)
    engine.start_and_count()
    c_ioc.put("C:Current", 2000)
    engine.wait("State", "suspended")
    assert engine.text("Susp:Reason") == "C:Current has alarm severity INVALID"
    assert engine.get("Susp:beam:Severity") == "INVALID"
    engine.put("Susp:beam:OnBadPV", "ignore")
    engine.wait("State", "running")
    c_ioc.put("C:Current", 250)
    engine.put("Susp:beam:OnBadPV", "abort")
    c_ioc.put("C:Current", 2000)
    engine.wait("State", "idle")

    assert engine.text("Run:Reason") == "aborted: C:Current has alarm severity INVALID"


@pytest.mark.parametrize("how", [{"kind": "stale", "older_than": 1}, {"kind": "floor", "low": -1, "max_age": 1}])
def test_a_frozen_time_stamp_is_stale(engine, c_ioc, how):
    """Values that come with the time stamp of before are no news; a new time stamp is."""
    engine.start()
    c_ioc.put("C:Clock.PROC", 1)
    engine.put("Susp:Add", json.dumps({"name": "beat", "pv": "C:Frozen", **how}), "-S")
    before = float(engine.get("Susp:beat:Value"))
    engine.wait("State", "suspended")
    assert re.search(r"not (been )?updated for 1 s$", engine.text("Susp:Reason"))
    assert engine.get("Susp:beat:Connected") == "Yes"
    engine.wait("Susp:beat:Value", f"(?!{before:g}$).*")
    c_ioc.put("C:Clock.PROC", 1)

    engine.wait("State", "running")


STORM = """
import ctypes, sys, time
import epicscorelibs.path.pyepics
import epics
from epics import ca
pv = epics.PV("C:Storm", auto_monitor=False)
assert pv.wait_for_connection(10)
value, begun, number = ctypes.c_double(), time.perf_counter(), 0
print("ready", flush=True)
while (passed := time.perf_counter() - begun) < 30:
    while number < passed * 10_000:
        value.value = 300 + number % 50
        ca.libca.ca_array_put(6, 1, pv.chid, ctypes.byref(value))
        number += 1
    ca.flush_io()
    time.sleep(0.001)
"""


def test_a_storm_neither_blinds_nor_trips(engine, c_ioc):
    """A watched PV with ten thousand updates a second: the scan goes on, and what is bad in the end trips."""
    add(engine, name="storm", pv="C:Storm")
    with c_ioc.client(STORM) as storm:
        engine.wait("Susp:storm:Value", r"3\d\d(\.\d+)?")
        engine.run("scan", {**SCAN, "num": 10})
        assert engine.ended("success")
        assert (engine.get("Susp:storm:Trips"), engine.get("Susp:storm:Tripped")) == ("0", "No")
        engine.start()
        storm.kill()
    c_ioc.put("C:Storm", 50)
    engine.wait("State", "suspended")
    c_ioc.put("C:Storm", 250)

    engine.wait("State", "running")


@pytest.mark.parametrize(("action", "status"), [("stop", "stop"), ("abort", "abort")])
def test_a_trip_that_ends_the_plan_holds_the_next_one(engine, c_ioc, action, status):
    """The reason is in the run; what is started while it is bad begins suspended, and goes on by itself."""
    add(engine, action=action)
    engine.start_and_count()
    c_ioc.put("C:Current", 0)
    engine.wait("State", "idle")
    assert engine.get("Run:ExitStatus") == status
    assert LOW in engine.text("Run:Reason")
    engine.start("scan", SCAN, state="suspended")
    c_ioc.put("C:Current", 250)
    engine.wait("State", "idle")

    assert engine.ended("success")


def test_a_warning_holds_nothing(engine, c_ioc):
    """Tripped, with its reason, MINOR; the scan goes on."""
    add(engine, name="hot", kind="ceil", pv="C:Temp", high=50, low=None, resume_low=None, action="warn")
    engine.start()
    with engine.watch("State") as states:
        c_ioc.put("C:Temp", 60)
        engine.wait("Susp:hot:Tripped", "Yes")
        assert engine.text("Susp:Reason") == "C:Temp is 60, above 50; good again at 50"
        engine.put("Stop")
        assert "suspended" not in seen(states, "State")


def test_one_about_triggers_lets_motors_move(engine, c_ioc):
    """The shutter is closed: what counts waits, what only moves does not."""
    add(engine, name="sh", kind="bool_low", pv="C:Shutter", low=None, resume_low=None, scope={"commands": ["trigger"]})
    c_ioc.put("C:Shutter", 0)
    engine.wait("Susp:sh:Tripped", "Yes")
    engine.run("mv", {"args": ["m1", 0.5]})
    engine.start("scan", SCAN, state="suspended")
    assert engine.get("Run:Open") == "Yes"
    assert engine.text("Susp:Reason") == "C:Shutter is Closed (0), low; good again at Open (1)"
    c_ioc.put("C:Shutter", 1)
    engine.wait("State", "idle")

    assert engine.ended("success")
    assert engine.get("Run:Point") == "5"


def test_one_about_a_plan_lets_others_run(engine, c_ioc):
    """Named plans are held, others are not."""
    add(engine, scope={"plans": ["scan"]})
    c_ioc.put("C:Current", 0)
    engine.wait("Susp:beam:Tripped", "Yes")
    engine.run("count", {"detectors": ["det1"]})

    engine.start("scan", SCAN, state="suspended")


def test_a_bypass_is_seen_and_ends_by_itself(engine, c_ioc):
    """The plan goes on at once; Message says who bypasses what; when its time is over what is bad holds again."""
    add(engine)
    c_ioc.put("C:Current", 0)
    engine.start(state="suspended")
    engine.put("Susp:beam:Bypass", 2)
    engine.wait("State", "running")
    engine.wait("Message", r".*\[beam is bypassed by .*@.* for \d s\]")
    assert "@" in engine.get("Susp:beam:BypassBy")
    engine.wait("State", "suspended")

    assert (engine.get("Susp:beam:Bypass"), engine.get("Susp:beam:BypassBy")) == ("0", "")
    assert "bypassed" not in engine.text("Message")


def test_the_master_switch(engine, c_ioc):
    """Off, nothing is held, and Message says so; on, what is bad holds at once."""
    add(engine)
    c_ioc.put("C:Current", 0)
    engine.start(state="suspended")
    engine.put("Susp:Enable", "No")
    engine.wait("State", "running")
    engine.wait("Message", r".*\[all suspenders are off\]")
    engine.put("Susp:Enable", "Yes")

    engine.wait("State", "suspended")


def test_resume_while_it_is_bad_leads_into_suspended(engine, c_ioc):
    """It tripped while the plan was paused: Resume completes, and the state says why nothing moves."""
    add(engine)
    engine.start_and_count()
    engine.put("Pause")
    c_ioc.put("C:Current", 0)
    engine.wait("Susp:beam:Tripped", "Yes")
    assert engine.get("State") == "paused"
    engine.put("Resume")

    assert engine.get("State") == "suspended"


def test_limits_are_changed_validated_and_audited(engine, c_ioc):
    """Taken at once, with who, from what to what; what does not fit is refused, and nothing has changed."""
    add(engine)
    engine.start()
    engine.put("Susp:beam:ResumeLow", 400)
    engine.put("Susp:beam:Low", 300)
    engine.wait("State", "suspended")
    assert engine.text("Susp:Reason") == "C:Current is 250, below 300; good again at 400"
    assert "below low" in engine.refused("Susp:beam:ResumeLow", 200)
    assert "finite" in engine.refused("Susp:beam:Low", "nan")
    assert "has no high" in engine.refused("Susp:beam:High", 5)
    assert (engine.get("Susp:beam:Low"), engine.get("Susp:beam:ResumeLow")) == ("300", "400")
    engine.wait("Audit:Log", r".*Susp:beam:High: refused.*Susp:beam low: 100.*")

    log = engine.text("Audit:Log")
    who = r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \S+@\S+ \(127\.0\.0\.1\)"
    assert re.search(rf"{who} Susp:beam low: 100 -> 300$", log, re.MULTILINE)
    assert "Susp:beam:Low: refused" in log


@pytest.mark.parametrize(
    ("description", "why"),
    [
        ("{", "no JSON"),
        ("[1]", "a suspender is a JSON object"),
        ({"name": "x", "kind": "floor", "pv": "C:Current", "low": 1, "lo": 2}, "lo: unknown key; allowed: "),
        ('{"name": "x", "kind": "floor", "pv": "C:Current", "low": NaN}', "NaN is no number"),
        (BEAM | {"resume_low": 50}, "resume_low: 50 is below low = 100"),
        (BEAM | {"pv": "C:Shutter"}, "C:Shutter is an enum (Closed, Open), and 'floor' compares numbers"),
        (BEAM | {"scope": {"plans": ["sacn"]}}, "no plan 'sacn' (did you mean 'scan'"),
        (BEAM | {"scope": {"devices": ["m9"]}}, "no device 'm9'"),
        (BEAM | {"post_plan": {"plan": "mv", "params": {"args": ["m9", 1]}}}, "post_plan: args[0]: no device 'm9'"),
        (BEAM | {"name": "kept"}, "there is a suspender 'kept' already"),
    ],
)
def test_what_does_not_fit_is_refused_with_its_reason(engine, description, why):
    """The others are untouched."""
    add(engine, name="kept")

    assert why in refused(engine, description)
    assert engine.get("Susp:Names").split()[1:] == ["kept"]
    assert engine.get("Susp:kept:Connected") == "Yes"


def test_a_pv_that_does_not_exist_is_refused(engine):
    """It is waited for, and then said."""
    assert refused(engine, BEAM | {"pv": "C:Nowhere"}) == "C:Nowhere did not connect within 5 s"
    assert engine.get("Susp:Count") == "0"


def test_a_suspender_that_is_removed_lets_go_and_its_pvs_disconnect(engine, c_ioc):
    """The plan goes on; clients see the PVs go; they are found again when it is added again."""
    add(engine)
    c_ioc.put("C:Current", 0)
    engine.start(state="suspended")
    with engine.watch("Susp:beam:Low") as monitor:
        engine.put("Susp:Remove", "beam")
        engine.wait("State", "running")
        monitor.wait_for(re.escape(f"{P}Susp:beam:Low") + r".*disconnected")
    assert engine.tools.caget("-w", "0.5", f"{P}Susp:beam:Low").returncode == 1
    c_ioc.put("C:Current", 250)
    add(engine, low=150)
    assert engine.get("Susp:beam:Low") == "150"
    assert "there is no suspender 'bean'; there are: beam" in engine.refused("Susp:Remove", "bean")


def test_a_row_shows_one_suspender_after_the_other(engine, c_ioc):
    """Clients of its PVs see it go and the next one come; what is put there is told under the suspender's own name."""
    add(engine)
    with engine.watch("SuspRow1:Low") as monitor:
        engine.wait("SuspRow1:Name", "beam")
        engine.put("SuspRow1:Low", 120)
        monitor.wait_for(re.escape(f"{P}SuspRow1:Low") + r"\|\|120")
        assert (engine.get("Susp:beam:Low"), engine.get("Cmd:Name")) == ("120", "Susp:beam:Low")
        engine.put("Susp:Remove", "beam")
        monitor.wait_for(re.escape(f"{P}SuspRow1:Low") + r".*disconnected")
    engine.wait("SuspRow1:State", "free")
    low = P + "SuspRow1:Low"  # libca looks for what it has lost after ten seconds, for what it has not found at once
    with engine.tools.camonitor("-t", "n", "-F", "|", low, ready="Not connected") as monitor:
        add(engine, name="next", low=60)
        monitor.wait_for(rf"{re.escape(low)}\|\|60")
        engine.wait("SuspRow1:Name", "next")
    c_ioc.put("C:Current", 0)
    engine.wait("SuspRow1:State", "tripped")


def test_several_together(engine, c_ioc):
    """`all_of` holds only while every one is bad; the plans of both drive the same motor, one after the other."""
    parts = [
        {"kind": "floor", "pv": "C:Current", "low": 100},
        {"kind": "bool_low", "pv": "C:Shutter"},
    ]
    engine.put("Susp:Add", json.dumps({"name": "both", "kind": "all_of", "of": parts}), "-S")
    drive = {"plan": "mv", "params": {"args": ["m2", 0.2]}}
    back = {"plan": "mv", "params": {"args": ["m2", 0]}}
    add(engine, pre_plan=drive, post_plan=back)
    add(
        engine, name="hot", kind="ceil", pv="C:Temp", high=50, low=None, resume_low=None, pre_plan=drive, post_plan=back
    )
    engine.start_and_count()
    c_ioc.put("C:Temp", 60)
    c_ioc.put("C:Current", 0)
    engine.wait("State", "suspended")
    engine.wait("Susp:TrippedBy", "beam, hot|hot, beam|both, beam, hot")
    assert engine.get("Susp:both:Tripped") == "No"
    c_ioc.put("C:Shutter", 0)
    engine.wait("Susp:both:Tripped", "Yes")
    for pv, value in (("C:Shutter", 1), ("C:Temp", 20), ("C:Current", 250)):
        assert engine.get("State") == "suspended"
        c_ioc.put(pv, value)
    engine.wait("State", "running")
    engine.put("Stop")

    assert engine.ended("stop")
    assert engine.text("Error") == ""
    assert float(engine.tools.value("SIM:m2.RBV")) == pytest.approx(0, abs=0.01)


def test_settings_survive_a_restart(c_ioc, tmp_path):
    """Limits, switches, bypasses and suspenders that were added are there again; what was edited since is not."""
    tables = "".join(
        f'[[suspender]]\nname = "{name}"\nkind = "floor"\npv = "C:Current"\nlow = {low}\n'
        for name, low in (("beam", 100), ("edited", 50))
    )
    path = beamline_toml(tmp_path, c_ioc.address, tables=tables)
    with serving(path) as first:
        first.client.put("Susp:beam:Low", 120)
        first.client.put("Susp:beam:Delay", 3)
        first.client.put("Susp:edited:Low", 60)
        first.client.put("Susp:beam:Bypass", 600)
        first.client.put("Susp:Add", json.dumps(BEAM | {"name": "added", "low": 10}), "-S")
        saved = path.with_name(f"{path.stem}.autosave.json")
        until(lambda: '"name": "added"' in saved.read_text(), "what was put last to be saved")
        first.service.kill()
    path.write_text(path.read_text().replace("low = 50", "low = 55"))
    with serving(path) as second:
        client = second.client
        assert client.get("Susp:Names").split()[1:] == ["beam", "edited", "added"]
        assert [client.get(f"Susp:{name}") for name in ("beam:Low", "beam:Delay", "edited:Low", "added:Low")] == [
            *("120", "3", "55"),
            "10",
        ]
        assert 500 < float(client.get("Susp:beam:Bypass")) <= 600
        assert "low = 55 is configured now; 60, which was saved, is dropped" in second.service.output
        second.service.stop()
    _break(tmp_path)
    with serving(path) as third:
        assert third.client.get("Susp:beam:Low") == "100"
        assert "it is set aside as" in third.service.output
    assert list(tmp_path.glob("*.broken"))


def _break(folder) -> None:
    (saved,) = folder.glob("*.autosave.json")
    saved.write_text(saved.read_text()[:-20])


def test_what_guards_from_the_start_says_so(c_ioc, fast_beamline, tmp_path):
    """A plan that is started while what is watched has never been seen begins suspended, and says why."""
    tables = DEVICES + '[[suspender]]\nname = "gone"\nkind = "floor"\npv = "C:Nowhere"\nlow = 1\n'
    with serving(beamline_toml(tmp_path, fast_beamline.address, tables=tables)) as running:
        client = running.client
        assert client.text("Susp:Reason") == "C:Nowhere is not connected yet"
        client.start("mv", {"args": ["m1", 0]}, state="suspended")
        client.put("Susp:gone:Enable", "No")
        client.wait("State", "idle")

        client.wait("Message", r"idle \[disabled: gone\]")
