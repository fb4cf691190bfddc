"""Suspenders on PVs of EPICS Base's softIoc."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from .c_ioc import CIoc
from .support import run_python

DATABASE = """
record(ai, "T:Current") { field(VAL, "250") field(PINI, "YES") field(HIHI, "1000") field(HHSV, "INVALID") }
record(bo, "T:Shutter") { field(VAL, "1") field(PINI, "YES") field(ZNAM, "Closed") field(ONAM, "Open") }
record(stringin, "T:Text") { field(VAL, "hello") field(PINI, "YES") }
record(calc, "T:Fast") { field(CALC, "VAL+1") field(SCAN, ".1 second") field(INPA, "1") }
record(ai, "T:Locked") { field(VAL, "5") field(PINI, "YES") field(ASG, "LOCKABLE") }
record(longout, "T:Lock") { field(VAL, "0") field(PINI, "YES") }
"""
ACCESS = """
ASG(DEFAULT) { RULE(1, WRITE) }
ASG(LOCKABLE) { INPA(T:Lock) RULE(1, READ) { CALC("A=0") } }
"""

# An engine that writes what it is asked. Numbered, so that a test can tell the second hold from the first; in one
# piece, since threads write at once and `print` writes the end of the line by itself.
CLIENT = """
import itertools, sys, threading
from reioc.suspenders import *

class Engine:
    numbers = itertools.count(1)
    def say(self, *words):
        sys.stdout.write(" ".join((f"#{next(self.numbers)}", *map(str, words))) + "\\n")
        sys.stdout.flush()
    def hold(self, owner, reason, **plans):
        self.say("hold", reason)
    def release(self, owner):
        self.say("release", owner)
    def end_plan(self, how, reason, scope=None):
        self.say(how, reason)
    def remark(self, text):
        self.say("remark", text)

engine = Engine()
"""
FLOOR = 'suspender = PVSuspendFloor("T:Current", 100, resume_thresh=200)\nsuspender.install(engine)\n'
OPHYD = """
from ophyd import EpicsSignalRO

def connected(pv):
    signal = EpicsSignalRO(pv, name="current")
    signal.wait_for_connection(timeout=10)
    return signal
"""
FOR_EVER = 'print("ready", flush=True)\nthreading.Event().wait()\n'
BAD = "T:Current is 0, below 100; good again at 200"


@pytest.fixture
def stopped_ioc(tmp_path: Path) -> CIoc:
    return CIoc(tmp_path, DATABASE, ACCESS)


@pytest.fixture
def ioc(stopped_ioc: CIoc) -> Iterator[CIoc]:
    with stopped_ioc.running():
        yield stopped_ioc


def test_a_value_below_the_floor_holds_until_it_is_back(ioc):
    """Over Channel Access as over a signal: one limit down, the other one up."""
    with ioc.client(CLIENT + FLOOR + FOR_EVER) as client:
        client.wait_for("^#2 release T:Current$")
        ioc.put("T:Current", 0)
        client.wait_for(f"^#3 hold {BAD}$")
        ioc.put("T:Current", 150)
        ioc.put("T:Current", 200)
        client.wait_for("^#4 release T:Current$")


def test_until_it_is_connected_it_holds(stopped_ioc):
    """A plan that starts without the PV waits, and knows for what."""
    with stopped_ioc.client(CLIENT + FLOOR + FOR_EVER) as client:
        client.wait_for("^#1 hold T:Current is not connected yet$")
        with stopped_ioc.running():
            client.wait_for("^#2 release T:Current$")


def test_killing_the_ioc_holds_and_starting_it_again_releases(stopped_ioc):
    """The PV is gone: hold. It is back, with a good value: release. Watched directly, and by way of ophyd."""
    # In one test, since libca lets 10 s pass before it looks for a PV again.
    script = FLOOR + OPHYD + 'SuspendFloor(connected("T:Current"), 100, name="by ophyd").install(engine)\n'
    with stopped_ioc.running() as service, stopped_ioc.client(CLIENT + script + FOR_EVER) as client:
        client.wait_for("release T:Current$")
        service.kill()
        client.wait_for("hold T:Current is disconnected$")
        client.wait_for("hold current is disconnected$")
        with stopped_ioc.running():
            client.wait_for(r"disconnected$(?s:.*)release T:Current$")
            client.wait_for("release by ophyd$")
            stopped_ioc.put("T:Current", 0)
            client.wait_for(f"disconnected$(?s:.*)hold {BAD}$")
            client.wait_for("hold current is 0, below 100; good again at 100$")


def test_killing_the_ioc_under_abort(stopped_ioc):
    """The plan is aborted, and the next one is held."""
    script = 'PVSuspendFloor("T:Current", 100, on_bad_pv="abort").install(engine)\n'
    with stopped_ioc.running() as service, stopped_ioc.client(CLIENT + script + FOR_EVER) as client:
        client.wait_for("^#2 release T:Current$")
        service.kill()
        client.wait_for("^#3 abort T:Current is disconnected$")
        client.wait_for("^#4 hold T:Current is disconnected$")


def test_an_ioc_that_dies_while_it_is_subscribed_to_is_missed(stopped_ioc):
    """A lost connection is told once; told before the monitor is made, it must not be lost with it."""
    script = """
from reioc.suspenders import pv_source

def slowly(*args, **kwargs):
    monitor = made(*args, **kwargs)
    engine.say("subscribed")
    while pv_source.ca.isConnected(args[0]):
        pv_source.ca.pend_event(0.01)
    return monitor

made, pv_source.Monitor = pv_source.Monitor, slowly
PVSuspendFloor("T:Current", 100, on_bad_pv="abort").install(engine)
"""
    with stopped_ioc.running() as service, stopped_ioc.client(CLIENT + script + FOR_EVER) as client:
        client.wait_for("^#.* subscribed$")
        service.kill()
        client.wait_for("abort T:Current is disconnected$")


def test_invalid_severity_holds(ioc):
    """The value looks better than ever, but its alarm says that it is none."""
    with ioc.client(CLIENT + FLOOR + FOR_EVER) as client:
        client.wait_for("^#2 release T:Current$")
        ioc.put("T:Current", 2000)
        client.wait_for("^#3 hold T:Current has alarm severity INVALID$")
        ioc.put("T:Current", 250)
        client.wait_for("^#4 release T:Current$")


def test_an_alarm_without_a_change_of_value_is_seen(ioc):
    """The monitor is for alarms too."""
    with ioc.client(CLIENT + FLOOR + FOR_EVER) as client:
        client.wait_for("^#2 release T:Current$")
        ioc.put("T:Current.HIHI", 240)
        ioc.put("T:Current.PROC", 1)
        client.wait_for("^#3 hold T:Current has alarm severity INVALID$")


def test_an_enum_is_its_number(ioc):
    """A binary record trips a bool suspender by its state."""
    with ioc.client(CLIENT + 'PVSuspendBoolLow("T:Shutter").install(engine)\n' + FOR_EVER) as client:
        client.wait_for("^#2 release T:Shutter$")
        ioc.put("T:Shutter", "Closed")
        client.wait_for("^#3 hold T:Shutter is Closed \\(0\\), low; good again at Open \\(1\\)$")
        ioc.put("T:Shutter", "Open")
        client.wait_for("^#4 release T:Shutter$")


def test_a_text_is_bad_for_a_floor(ioc):
    """Fail safe: the wrong PV holds, and says what it found there."""
    with ioc.client(CLIENT + 'PVSuspendFloor("T:Text", 1).install(engine)\n' + FOR_EVER) as client:
        client.wait_for("^#2 hold T:Text is a text, and 'floor' compares one number$")


def test_the_settle_time_passes(ioc):
    """With the real timer, from a thread of Channel Access."""
    with ioc.client(CLIENT + 'PVSuspendFloor("T:Current", 100, sleep=0.2).install(engine)\n' + FOR_EVER) as client:
        client.wait_for("^#2 release T:Current$")
        ioc.put("T:Current", 0)
        client.wait_for("^#3 hold T:Current is 0, below 100; good again at 100$")
        ioc.put("T:Current", 250)
        client.wait_for("^#4 hold T:Current is good again; goes on after 0.2 s$")
        client.wait_for("^#5 release T:Current$")


def test_a_pv_that_may_not_be_read_any_more_holds(ioc):
    """The server takes the right away, and gives it back: what cannot be read is not known."""
    with ioc.client(CLIENT + 'PVSuspendFloor("T:Locked", 1).install(engine)\n' + FOR_EVER) as client:
        client.wait_for("^#2 release T:Locked$")
        ioc.put("T:Lock", 1)
        client.wait_for("^#3 hold T:Locked is disconnected$")
        ioc.put("T:Lock", 0)
        client.wait_for("^#4 release T:Locked$")


def test_an_ophyd_signal_on_the_same_pv_may_come_and_go(ioc):
    """When ophyd destroys a signal it clears the channel that pyepics shares; the suspender has one of its own."""
    # ophyd's own threads may still be asking for metadata: to destroy the signal under them crashes libca.
    script = """
from reioc.devices import let_ophyd_rest

signal = connected("T:Current")
let_ophyd_rest()
signal.destroy()
"""
    with ioc.client(CLIENT + FLOOR + OPHYD + script + FOR_EVER) as client:
        client.wait_for("^#2 release T:Current$")
        ioc.put("T:Current", 0)
        client.wait_for(f"^#3 hold {BAD}$")


def test_an_epics_signal_knows_its_value_at_install(ioc):
    """A connected ophyd signal that is good causes not even a moment's hold; a bad value does."""
    with ioc.client(
        CLIENT + OPHYD + 'SuspendFloor(connected("T:Current"), 100).install(engine)\n' + FOR_EVER
    ) as client:
        ioc.put("T:Current", 0)
        client.wait_for("^#1 hold current is 0, below 100; good again at 100$")


def test_an_epics_signal_reports_its_severity(ioc):
    """INVALID holds over ophyd, too, and a signal that is not connected yet may be installed."""
    script = OPHYD + 'SuspendFloor(EpicsSignalRO("T:Current", name="current"), 100).install(engine)\n'
    with ioc.client(CLIENT + script + FOR_EVER) as client:
        client.wait_for("^#2 release current$")
        ioc.put("T:Current", 2000)
        client.wait_for("^#3 hold current has alarm severity INVALID$")


def test_any_thread_may_install_and_remove(ioc):
    """Also ones without a CA context, one after the other; what was attached before comes back."""
    script = """
from epics import ca

def in_thread(call, *args):
    contexts = []
    def run():
        contexts.append(ca.current_context())
        call(*args)
        contexts.append(ca.current_context())
    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    return contexts

ca.use_initial_context()
mine = ca.current_context()
suspender = PVSuspendFloor("T:Current", 100)
good = threading.Event()
suspender.observe(lambda status: good.set() if status.connected else None)
for _ in range(3):
    assert in_thread(suspender.install, engine) == [None, None]
    assert good.wait(10)
    assert in_thread(suspender.remove) == [None, None]
    good.clear()
suspender.install(engine)
assert good.wait(10)
suspender.remove()
assert ca.current_context() == mine
"""
    with ioc.client(CLIENT + script + FOR_EVER) as client:
        holds = client.output.count("hold")
        assert holds == client.output.count("release")
        assert "disconnected" not in client.output


def test_python_ends_while_a_pv_is_watched(ioc):
    """Monitors keep coming until the end; no crash, no message."""
    script = """
good = threading.Event()
suspender = PVSuspendFloor("T:Fast", 3)
suspender.observe(lambda status: good.set() if status.connected and not status.tripped else None)
suspender.install(engine)
assert good.wait(10)
"""
    output = run_python(CLIENT + script, ioc.address)

    assert "#2 hold T:Fast is" in output or "#2 release" in output
    assert "Traceback" not in output
