"""SkipPoint, PauseAfterRun and StopMotion by `caput -c`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from .conftest import SimBeamline
from .engine_client import BEAM, DEVICES, FAILED, Client, EngineService, P
from .own_plans import serving_plans
from .support import TIMEOUT


@pytest.fixture(scope="module")
def engine_service(fast_beamline: SimBeamline, tmp_path_factory: pytest.TempPathFactory) -> Iterator[EngineService]:
    """As the one that all tests share, with plans of its own; one for this module."""
    folder = tmp_path_factory.mktemp("commands")
    with serving_plans(folder, fast_beamline.address, tables=DEVICES + BEAM) as running:
        yield running


@contextmanager
def slow_motor(engine: Client, start: float = 0.0, velocity: float = 0.1) -> Iterator[None]:
    """Motor m1, which is at `start`, takes half a second for a millimetre, or longer."""
    engine.run("mv", {"args": ["m1", start]})
    engine.tools.caput("-c", "SIM:m1.VELO", str(velocity))
    try:
        yield
    finally:
        engine.tools.caput("-c", "SIM:m1.VELO", "2")


def position(engine: Client) -> float:
    """Where m1 is, when it stands."""
    with engine.tools.camonitor("-t", "n", "-n", "SIM:m1.DMOV") as monitor:
        monitor.wait_for(r"^SIM:m1\.DMOV\s+1")
    return float(engine.tools.value("SIM:m1.RBV"))


def moving_to(engine: Client, target: float) -> None:
    """Until m1 is on its way to there."""
    with engine.tools.camonitor("-t", "n", "-n", "SIM:m1.VAL", "SIM:m1.DMOV") as monitor:
        monitor.wait_for(rf"\A(?=(?s:.*)^SIM:m1\.VAL\s+{target:g}\s)(?=(?s:.*)^SIM:m1\.DMOV\s+0)")


def no_alarm(engine: Client, name: str) -> bool:
    return engine.tools.value(f"{P}{name}.SEVR") == "NO_ALARM"


# SkipPoint


def test_a_point_is_skipped_and_the_plan_goes_on(engine: Client) -> None:
    """The motor is stopped on its way, there is one event less, the put is over when the next point begins."""
    with slow_motor(engine):
        engine.choose("list_scan", {"detectors": ["det1"], "args": ["m1", [0, 0.5, 9, 1, 0.5]]})
        with engine.putting("Plan:Run") as run:
            moving_to(engine, 9)
            engine.put("Reason", "it takes too long", "-S")
            engine.put("SkipPoint")
            assert (engine.get("SkipPoint"), engine.text("Reason")) == ("Done", "")
            assert (run.wait(), FAILED in run.output) == (0, False)

    assert engine.ended("success")
    assert engine.get("Run:Point") == "4"
    assert [float(x) for x in engine.numbers("Data:X", 4)] == [0, 0.5, 1, 0.5]


def test_a_skipped_point_is_told_and_audited(engine: Client) -> None:
    """Cmd:Message says where the plan goes on."""
    with slow_motor(engine, velocity=0.01):  # the plan is not to end, which would be told by the same PVs
        engine.start("list_scan", {"detectors": ["det1"], "args": ["m1", [0, 9, -9]]})
        moving_to(engine, 9)
        engine.put("SkipPoint")

        assert [engine.get(f"Cmd:{name}") for name in ("Name", "Result")] == ["SkipPoint", "done"]
        assert engine.text("Cmd:Message") == "the point was skipped, up to checkpoint"
        engine.put("Stop")
        assert position(engine) < 9
    engine.wait("Audit:Log", r".*SkipPoint: done: the point was skipped.*")


def test_a_point_of_a_paused_plan_is_skipped_when_it_goes_on(engine: Client) -> None:
    """The put waits until then."""
    with slow_motor(engine):
        engine.start("list_scan", {"detectors": ["det1"], "args": ["m1", [0, 9, 0]]})
        moving_to(engine, 9)
        engine.put("Pause")
        with engine.putting("SkipPoint") as skip:
            engine.put("Resume")
            assert (skip.wait(), FAILED in skip.output) == (0, False)
        assert position(engine) < 9
        engine.wait("State", "idle")

    assert (engine.get("Run:Point"), engine.get("Run:ExitStatus")) == ("2", "success")


def test_there_is_no_point_to_skip(engine: Client) -> None:
    """Idle, and in a plan without a run."""
    assert "the engine is idle" in engine.refused("SkipPoint")

    with slow_motor(engine):
        engine.start("mv", {"args": ["m1", 9]})
        assert "no run is open" in engine.refused("SkipPoint")
        engine.put("Stop")
    assert no_alarm(engine, "SkipPoint")


# PauseAfterRun


def test_a_plan_of_two_runs_pauses_between_them(engine: Client) -> None:
    """PausePending until then; the run has ended as a success, and resumed there is another."""
    engine.start("two_runs", {"points": 25})
    first = engine.get("Run:ScanID")
    with engine.putting("PauseAfterRun") as put:
        engine.wait("PausePending", "Yes")
        assert engine.get("State") == "running"
        assert (put.wait(), FAILED in put.output) == (0, False)

    assert [engine.get(name) for name in ("State", "PausePending", "Run:Open")] == ["paused", "No", "No"]
    assert (engine.get("Run:ExitStatus"), engine.get("Run:ScanID")) == ("success", first)
    engine.wait("Message", "paused: the run is over.*")

    engine.put("Resume")
    engine.wait("State", "idle")
    assert (int(engine.get("Run:ScanID")), engine.get("Run:ExitStatus")) == (int(first) + 1, "success")


def test_after_the_last_run_the_plan_is_over(engine: Client) -> None:
    """The put succeeds: nothing goes on that nobody wants."""
    engine.start("one_run", {"points": 25})
    with engine.putting("PauseAfterRun") as put:
        assert (put.wait(), FAILED in put.output) == (0, False)

    assert engine.ended("success")
    assert (engine.get("Cmd:Name"), engine.text("Cmd:Message")) in {
        ("PauseAfterRun", "the plan is over"),
        ("Plan:Run", "the plan is over"),
    }


def test_a_plan_that_is_ended_first_is_over(engine: Client) -> None:
    """The run has closed and nothing goes on, which is what was asked for."""
    engine.start("two_runs", {"points": 4000})
    with engine.putting("PauseAfterRun") as put:
        engine.put("Abort")
        assert (put.wait(), FAILED in put.output) == (0, False)

    assert engine.ended("abort")
    assert engine.get("PausePending") == "No"


def test_resume_takes_a_pause_after_the_run_back(engine: Client) -> None:
    """The put that asked for it fails, and the plan goes on."""
    engine.start("two_runs", {"points": 4000})
    with engine.putting("PauseAfterRun") as put:
        engine.wait("PausePending", "Yes")
        engine.put("Resume")
        assert (engine.get("State"), engine.get("PausePending")) == ("running", "No")
        assert (put.wait(), FAILED in put.output) == (1, True)
    engine.wait("Audit:Log", r"(?s:.*)PauseAfterRun: failed: the pause after the run was taken back by Resume(?s:.*)")
    assert engine.get("State") == "running"
    engine.put("Stop")


def test_idle_there_is_no_run_to_pause_after(engine: Client) -> None:
    """It says what the engine is."""
    assert "the engine is idle" in engine.refused("PauseAfterRun")


# StopMotion


def test_a_motor_that_somebody_moves_is_stopped(engine: Client) -> None:
    """Without a plan; the put is over when all have been told, and says which."""
    with slow_motor(engine):
        engine.tools.caput("SIM:m1", "9")
        moving_to(engine, 9)
        engine.put("StopMotion")

        assert 0 <= position(engine) < 9
    assert (engine.get("Cmd:Result"), engine.text("Cmd:Message")) == ("done", "told to stop: m1, m2")
    assert engine.get("State") == "idle"


def test_a_plan_is_paused_with_it(engine: Client) -> None:
    """Resumed, it gets all its points; the motor is where it should be."""
    with slow_motor(engine):
        engine.start("scan", {"detectors": ["det1"], "args": ["m1", 0, 1.5], "num": 4})
        moving_to(engine, 0.5)
        engine.put("StopMotion")
        assert (engine.get("State"), engine.get("Run:Open")) == ("paused", "Yes")
        engine.wait("Message", "paused: StopMotion.*")
        assert position(engine) < 0.6

        engine.put("Resume")
        engine.wait("State", "idle")

    assert (engine.get("Run:ExitStatus"), engine.get("Run:Point")) == ("success", "4")
    assert engine.numbers("Data:X", 4) == [0, 0.5, 1, 1.5]


def test_the_reason_is_that_of_the_operator(engine: Client) -> None:
    """If there is one; it is used up."""
    engine.start_and_count()
    engine.put("Reason", "somebody is in the hutch", "-S")
    engine.put("StopMotion")

    engine.wait("Message", "paused: somebody is in the hutch.*")
    assert engine.text("Reason") == ""


def test_a_plan_that_cannot_be_paused_is_aborted_with_it(engine: Client) -> None:
    """It would move the next motor."""
    engine.start("stubborn", {})
    engine.wait("CanPause", "No")
    engine.put("StopMotion")

    assert engine.ended("abort")
    assert "StopMotion" in engine.text("Run:Reason")


def test_a_paused_plan_stays_paused(engine: Client) -> None:
    """What somebody else moves meanwhile is stopped."""
    engine.start_and_count()
    engine.put("Pause")
    with slow_m2(engine):
        engine.tools.caput("SIM:m2", "9")
        with engine.tools.camonitor("-t", "n", "-n", "SIM:m2.DMOV") as monitor:
            monitor.wait_for(r"DMOV\s+0")
            engine.put("StopMotion")
            monitor.wait_for(r"DMOV\s+0(?s:.*)DMOV\s+1")
        assert float(engine.tools.value("SIM:m2.RBV")) < 9

    assert engine.get("State") == "paused"


@contextmanager
def slow_m2(engine: Client) -> Iterator[None]:
    engine.tools.caput("-c", "-w", f"{TIMEOUT:g}", "SIM:m2", "0")
    engine.tools.caput("-c", "SIM:m2.VELO", "0.1")
    try:
        yield
    finally:
        engine.tools.caput("-c", "SIM:m2.VELO", "2")
