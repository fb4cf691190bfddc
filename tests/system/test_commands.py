"""Pause, Resume, Stop, Abort and Halt by `caput -c`."""

import re

import pytest

from .engine_client import ENDLESS, FAILED, Client, P, seen
from .support import TIMEOUT

ENDINGS = [("Stop", "stop"), ("Abort", "abort"), ("Halt", "halt")]


def dump(engine: Client) -> None:
    """Lose the beam; the engine is suspended when this returns."""
    engine.tools.caput("-c", "SIM:Ring:Dump", "1")
    engine.wait("State", "suspended")


def restore(engine: Client) -> None:
    """Have beam again, and wait until the suspender has seen it."""
    engine.tools.caput("-c", "-w", "10", "SIM:Ring:Restore", "1")
    engine.wait("Susp:beam:Tripped", "No")


def test_pause_returns_when_paused_and_resume_when_running(engine: Client) -> None:
    """Each put completes when what was asked for is true; the scan goes on from where it was."""
    engine.start("scan", {**ENDLESS, "num": 40})
    engine.reach(2)

    engine.put("Pause")
    assert (engine.get("State"), engine.get("Pause")) == ("paused", "Done")

    engine.put("Resume")
    assert engine.get("State") in ("running", "idle")
    engine.wait("State", "idle")
    assert (engine.get("Run:ExitStatus"), engine.get("Run:Point"), engine.get("Data:N")) == ("success", "40", "40")


def test_nothing_moves_while_paused(engine: Client) -> None:
    """Paused in mid-move, the motor is stopped where it is; resumed, it goes on to where it should be."""
    engine.start("mv", {"args": ["m1", -9]})
    engine.wait("WaitingFor", "m1")

    engine.put("Pause")
    engine.tools.camonitor("-t", "n", "SIM:m1.DMOV", ready=r"DMOV\s+1")
    where = engine.tools.value("SIM:m1.RBV")
    assert (engine.get("State"), float(where) > -9) == ("paused", True)
    assert engine.tools.value("SIM:m1.RBV") == where

    engine.put("Resume")
    engine.wait("State", "idle")
    assert engine.tools.value("SIM:m1.RBV") == "-9"


def test_pausing_a_paused_plan_is_refused(engine: Client) -> None:
    """It says what the engine is, and stays paused."""
    engine.start_and_count()
    engine.put("Pause")

    assert "the engine is paused" in engine.refused("Pause")
    assert "the engine is paused" in engine.refused("PauseDeferred")
    assert engine.get("State") == "paused"


def test_a_deferred_pause_comes_at_a_checkpoint(engine: Client) -> None:
    """PausePending is Yes until then, and the put completes when it is paused, with the point complete."""
    engine.tools.caput("-c", "SIM:det1:Preset", "10")
    try:
        engine.start("scan", {**ENDLESS, "num": 5})
        engine.wait("WaitingFor", "det1")
        with engine.putting("PauseDeferred") as put:
            engine.wait("PausePending", "Yes")
            assert engine.get("State") == "running"
            assert (put.wait(), FAILED in put.output) == (0, False)
        assert (engine.get("State"), engine.get("PausePending"), engine.get("Run:Point")) == ("paused", "No", "1")
    finally:
        engine.tools.caput("-c", "SIM:det1:Preset", "0.1")


def test_a_deferred_pause_that_never_comes_is_a_failed_put(engine: Client) -> None:
    """With the last checkpoint behind it the plan ends, and the put fails and says so."""
    engine.tools.caput("-c", "SIM:det1:Preset", "10")
    try:
        engine.start("count", {"detectors": ["det1"], "num": 1})
        engine.wait("WaitingFor", "det1")
        with engine.putting("PauseDeferred") as put:
            assert (put.wait(), FAILED in put.output) == (1, True)
        assert engine.ended("success")
        assert engine.get("PausePending") == "No"
    finally:
        engine.tools.caput("-c", "SIM:det1:Preset", "0.1")


@pytest.mark.parametrize(("command", "status"), ENDINGS)
@pytest.mark.parametrize("state", ["running", "paused", "suspended"])
def test_a_plan_is_ended_from_every_state(engine: Client, state: str, command: str, status: str) -> None:
    """The put completes with State idle; Run:ExitStatus tells which command it was; the next plan runs."""
    engine.start_and_count()
    if state == "paused":
        engine.put("Pause")
    elif state == "suspended":
        dump(engine)

    engine.put(command)

    assert engine.ended(status)
    assert (engine.get("Run:Open"), engine.text("Error")) == ("No", "")
    if state == "suspended":
        restore(engine)
    engine.run("scan", {**ENDLESS, "num": 2})
    assert engine.ended("success")


@pytest.mark.parametrize(("command", "status"), ENDINGS)
def test_the_reason_reaches_the_run(engine: Client, command: str, status: str) -> None:
    """Reason is in Run:Reason, and is empty again afterwards."""
    why = "the sample is gone: ½ of it at 3.5 mm, and this is more than 40 characters"
    engine.start_and_count()
    engine.put("Reason", why, "-S")
    assert engine.text("Reason") == why

    engine.put(command)

    assert why in engine.text("Run:Reason")
    assert (engine.text("Reason"), engine.get("Run:ExitStatus")) == ("", status)


def test_the_reason_of_a_pause_is_in_the_message(engine: Client) -> None:
    """Who looks at a paused engine reads why; a resumed one does not say it any more."""
    engine.start_and_count()
    engine.put("Reason", "lunch", "-S")

    engine.put("Pause")

    engine.wait("Message", "paused: lunch")
    assert engine.text("Reason") == ""


def test_a_reason_can_be_taken_back(engine: Client) -> None:
    """An empty text is a text."""
    engine.put("Reason", "a slip of the mouse", "-S")

    engine.put("Reason", "", "-S")

    assert engine.text("Reason") == ""


def test_the_put_to_run_fails_when_the_plan_is_aborted(engine: Client) -> None:
    """Whoever waits for the plan hears that it did not succeed, and why."""
    engine.choose("scan", ENDLESS)
    with engine.putting("Plan:Run") as run:
        engine.wait("State", "running")
        engine.put("Reason", "wrong sample", "-S")
        engine.put("Abort")
        assert (run.wait(), FAILED in run.output) == (1, True)

    assert engine.get("Plan:Run") == "Done"
    assert engine.text("Error") == ""


def test_the_put_to_run_succeeds_when_the_plan_is_stopped(engine: Client) -> None:
    """A stopped plan counts as good."""
    engine.choose("scan", ENDLESS)
    with engine.putting("Plan:Run") as run:
        engine.wait("State", "running")
        engine.put("Stop")
        assert (run.wait(), FAILED in run.output) == (0, False)


@pytest.mark.parametrize("first", ["Stop", "Resume"])
def test_stop_beats_resume(engine: Client, first: str) -> None:
    """Put at once by two people while paused, in whatever order: the plan is stopped, and does not go on after that."""
    second = "Resume" if first == "Stop" else "Stop"
    with engine.watch("State") as monitor:
        for _ in range(2):
            engine.start_and_count()
            engine.put("Pause")
            options = ("-c", "-w", f"{TIMEOUT:g}")
            with (
                engine.tools.putting(*options, P + first, "1") as one,
                engine.tools.putting(*options, P + second, "1") as other,
            ):
                statuses = {first: one.wait(), second: other.wait()}
            assert statuses["Stop"] == 0, one.output + other.output
            assert engine.ended("stop")
        last = len(re.findall("stopping", monitor.wait_for(r"(?s:.*stopping.*){2}idle").string))

    assert last == 2
    states = seen(monitor, "State")
    assert [states[index + 1] for index, state in enumerate(states) if state == "stopping"] == ["idle"] * 2


def test_halt_and_stop_at_once(engine: Client) -> None:
    """Put at once by two people: both puts complete, and the run has ended in one of the two ways."""
    engine.start_and_count()
    options = ("-c", "-w", f"{TIMEOUT:g}")

    with (
        engine.tools.putting(*options, P + "Stop", "1") as stop,
        engine.tools.putting(*options, P + "Halt", "1") as halt,
    ):
        stop.wait()
        halt.wait()

    assert (engine.get("State"), engine.get("Run:ExitStatus") in ("stop", "halt")) == ("idle", True)


def test_a_pause_outlasts_a_suspension(engine: Client) -> None:
    """Paused while suspended, it stays paused when the beam is back; resumed without beam, it is suspended."""
    engine.start_and_count()
    dump(engine)
    engine.put("Pause")
    restore(engine)
    assert engine.get("State") == "paused"

    engine.tools.caput("-c", "SIM:Ring:Dump", "1")
    engine.wait("Susp:beam:Tripped", "Yes")
    engine.put("Resume")
    engine.wait("State", "suspended")
    restore(engine)
    engine.wait("State", "running")
    engine.put("Stop")
    assert engine.ended("stop")
