"""What an operator does at the screens, by clicking, and what there is to see. Every screen is opened."""

import json
import re
from pathlib import Path

import pytest

from ..system.engine_client import ENDLESS, Client, P
from ..system.support import until
from .named import pvs_of
from .viewer import Viewer

# The first that comes waits for npm, where the page is not yet built.
pytestmark = pytest.mark.timeout(180)

PEAK = {"detectors": ["det1"], "args": ["m1", -3, 3], "num": 21}
JUST_NOW = (f"refused: {P}Queue:MoveUp", f"refused: {P}Queue:Remove")
NOT_THERE = re.compile(r"SuspRow([2-9]|1\d):|MDRow\d+:Value$")
"""PVs of rows that are free: they are served once the row is taken."""


def test_runs_and_interrupts_a_plan(viewer: Viewer, engine: Client, screens: Path) -> None:
    """A scan is started on the plan screen; on the main screen it is seen suspended, paused, resumed and aborted."""
    _go_to(viewer, screens, "plan")
    viewer.choose("Plan:Name", "scan")
    viewer.enter("Plan:Params", json.dumps({**ENDLESS, "num": 5}))
    [row] = [n for n in range(1, 13) if _shown(viewer, f"Plan:P{n}:Name", "num")]
    viewer.enter(f"Plan:P{row}:Value", "3000")
    viewer.wait("Plan:Points", "3000")
    viewer.picture("plan")
    viewer.press("Plan:Run")

    _go_to(viewer, screens, "main")
    viewer.wait("State", "running")
    viewer.wait("Run:Plan", "scan")
    viewer.picture("main-running")

    engine.tools.caput("SIM:Ring:Dump", "1")
    viewer.wait("State", "suspended")
    viewer.wait("Message", ".*SIM:Ring:Current.*")
    viewer.wait("SuspRow1:State", "tripped")
    viewer.picture("main-suspended")
    engine.tools.caput("SIM:Ring:Restore", "1")
    viewer.wait("State", "running")

    viewer.press("Pause")
    viewer.wait("State", "paused")
    assert not viewer.can_press("Pause")
    viewer.picture("main-paused")
    viewer.press("Resume")
    viewer.wait("State", "running")

    viewer.enter("Reason", "the sample has moved")
    viewer.press("Abort")
    viewer.press_text("Cancel")
    viewer.press("Abort")
    assert engine.get("State") == "running"
    viewer.press_text("OK")
    viewer.wait("State", "idle")
    viewer.wait("Run:ExitStatus", "abort")
    viewer.wait("Run:Reason", ".*the sample has moved.*")
    assert engine.ended("abort")
    assert _complaints(viewer) == []


def test_edits_the_queue(viewer: Viewer, engine: Client, screens: Path) -> None:
    """Plans are added on the plan screen, moved, removed and run on the queue screen, and drawn on the data screen."""
    _go_to(viewer, screens, "plan")
    for plan, params in (("count", {"detectors": ["det1"], "num": 3}), ("scan", PEAK)):
        viewer.choose("Plan:Name", plan)
        viewer.enter("Plan:Params", json.dumps(params))
        viewer.press("Plan:Enqueue")
        engine.wait("Cmd:Name", "Plan:Enqueue")
    _go_to(viewer, screens, "queue")
    viewer.wait("Queue:Row1:Plan", "count")
    viewer.wait("Queue:Row2:Plan", "scan")
    viewer.picture("queue")

    _press_row(viewer, engine, "Queue:MoveUp", "#2")
    viewer.wait("Queue:Row1:Plan", "scan")
    viewer.wait("Queue:Row2:Plan", "count")
    _press_row(viewer, engine, "Queue:Remove", "#2")
    viewer.wait("Queue:Size", "1")
    until(lambda: viewer.shown("Queue:Row2:Plan") == [], "row 2 to be empty")

    viewer.press("Queue:Start")
    viewer.wait("Queue:Size", "0")
    engine.wait("Queue:State", "stopped")
    viewer.wait("History:Text", r".*\bscan\b.*\bsuccess\b.*")

    _go_to(viewer, screens, "data")
    _drawn_on_both_axes(viewer, engine, points=21)
    viewer.picture("data")
    assert _complaints(viewer) == []


def test_bypasses_a_suspender(viewer: Viewer, engine: Client, screens: Path) -> None:
    """A suspender that has tripped is bypassed in its row, and looked at more closely."""
    engine.tools.caput("SIM:Ring:Dump", "1")
    _go_to(viewer, screens, "suspenders")
    viewer.wait("SuspRow1:State", "tripped")
    viewer.picture("suspenders")
    viewer.press("SuspRow1:Bypass", "60")
    viewer.wait("SuspRow1:State", "bypassed")
    viewer.press("SuspRow1:Bypass", "0")
    viewer.wait("SuspRow1:State", "tripped")
    engine.tools.caput("-c", "-w", "10", "SIM:Ring:Restore", "1")
    viewer.wait("SuspRow1:State", "good")

    _go_to(viewer, screens, "suspender", N="1")
    assert "SIM:Ring:Current" in viewer.shown("SuspRow1:PV")
    assert _complaints(viewer) == []


@pytest.mark.parametrize(("name", "picture"), [("main", "main-idle"), ("engine", "engine"), ("devices", "devices")])
def test_shows_how_it_is(viewer: Viewer, screens: Path, name: str, picture: str) -> None:
    """Screens on which nothing is to be done, and the main one when nothing is done."""
    _go_to(viewer, screens, name)
    viewer.picture(picture)
    assert _complaints(viewer) == []


def _go_to(viewer: Viewer, screens: Path, name: str, **macros: str) -> None:
    """A screen by its button, until all its PVs have come."""
    viewer.go_to(f"{name}.bob")
    named = {pv for pv in pvs_of(screens / f"{name}.bob", macros) if not NOT_THERE.search(pv)}
    until(lambda: named <= viewer.there(), f"all PVs of {name}.bob")


def _drawn_on_both_axes(viewer: Viewer, engine: Client, points: int) -> None:
    """The curve is that of the PVs, to a hundredth of its extent."""
    viewer.wait("Data:N", str(points))
    until(lambda: len(viewer.curve("Data:Y")) == points, f"{points} points to be drawn")
    for drawn, pv in zip(zip(*viewer.curve("Data:Y"), strict=True), ("Data:X", "Data:Y"), strict=True):
        expected = engine.numbers(pv, points)
        assert list(drawn) == pytest.approx(expected, abs=0.01 * (max(expected) - min(expected)))


def _complaints(viewer: Viewer) -> list[str]:
    """That a row had changed just now is no complaint."""
    return [each for each in viewer.complaints() if each not in JUST_NOW]


def _shown(viewer: Viewer, pv: str, text: str) -> bool:
    return text in viewer.shown(pv)


def _press_row(viewer: Viewer, engine: Client, pv: str, row: str) -> None:
    """Press it until it is accepted: it is refused for as long as the row has changed just now."""

    def accepted() -> bool:
        before = engine.get("Cmd:Seq")
        viewer.press(pv, row)
        until(lambda: engine.get("Cmd:Seq") != before, f"{pv} to be taken in")
        return engine.get("Cmd:Result") == "done"

    until(accepted, f"{pv} of row {row} to be accepted")
