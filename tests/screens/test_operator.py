"""What an operator does at the screens, by clicking, and what there is to see."""

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

JUST_NOW = (f"refused: {P}Queue:MoveUp", f"refused: {P}Queue:Remove")
NOT_THERE = re.compile(r"SuspRow([2-9]|1\d):|MDRow\d+:Value$")
"""PVs of rows that are free: they are served once the row is taken."""


def test_runs_and_interrupts_a_plan(viewer: Viewer, engine: Client) -> None:
    """A scan is started on the plan screen; on the main screen it is seen suspended, paused, resumed and aborted."""
    viewer.go_to("plan.bob")
    viewer.choose("Plan:Name", "scan")
    viewer.enter("Plan:Params", json.dumps({**ENDLESS, "num": 5}))
    [row] = [n for n in range(1, 13) if _shown(viewer, f"Plan:P{n}:Name", "num")]
    viewer.enter(f"Plan:P{row}:Value", "3000")
    viewer.wait("Plan:Points", "3000")
    viewer.picture("plan")
    viewer.press("Plan:Run")

    viewer.go_to("main.bob")
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
    viewer.picture("main-abort")
    assert engine.get("State") == "running"
    viewer.press_text("OK")
    viewer.wait("State", "idle")
    viewer.wait("Run:ExitStatus", "abort")
    viewer.wait("Run:Reason", ".*the sample has moved.*")
    assert engine.ended("abort")
    assert _complaints(viewer) == []


def test_edits_the_queue(viewer: Viewer, engine: Client) -> None:
    """Plans are added on the plan screen; on the queue screen they are moved and removed, and the queue is run."""
    viewer.go_to("plan.bob")
    for plan, params in (("scan", {**ENDLESS, "num": 5}), ("count", {"detectors": ["det1"], "num": 3})):
        viewer.choose("Plan:Name", plan)
        viewer.enter("Plan:Params", json.dumps(params))
        viewer.press("Plan:Enqueue")
        engine.wait("Cmd:Name", "Plan:Enqueue")
    viewer.go_to("queue.bob")
    viewer.wait("Queue:Row1:Plan", "scan")
    viewer.wait("Queue:Row2:Plan", "count")
    viewer.picture("queue")

    _press_row(viewer, engine, "Queue:MoveUp", "#2")
    viewer.wait("Queue:Row1:Plan", "count")
    viewer.wait("Queue:Row2:Plan", "scan")
    _press_row(viewer, engine, "Queue:Remove", "#2")
    viewer.wait("Queue:Size", "1")
    until(lambda: viewer.shown("Queue:Row2:Plan") == [], "row 2 to be empty")

    viewer.press("Queue:Start")
    viewer.wait("Queue:Size", "0")
    engine.wait("Queue:State", "stopped")
    viewer.wait("History:Text", r".*\bcount\b.*\bsuccess\b.*")
    assert _complaints(viewer) == []


def test_bypasses_a_suspender(viewer: Viewer, engine: Client, screens: Path) -> None:
    """A suspender that has tripped is bypassed in its row, and looked at more closely."""
    engine.tools.caput("SIM:Ring:Dump", "1")
    viewer.go_to("suspenders.bob")
    viewer.wait("SuspRow1:State", "tripped")
    viewer.press("SuspRow1:Bypass", "60")
    viewer.wait("SuspRow1:State", "bypassed")
    viewer.picture("suspenders")
    viewer.press("SuspRow1:Bypass", "0")
    viewer.wait("SuspRow1:State", "tripped")
    engine.tools.caput("-c", "-w", "10", "SIM:Ring:Restore", "1")
    viewer.wait("SuspRow1:State", "good")

    viewer.go_to("suspender.bob")
    _wait_for_all(viewer, screens / "suspender.bob", N="1")
    assert "SIM:Ring:Current" in viewer.shown("SuspRow1:PV")
    viewer.picture("suspender")
    assert _complaints(viewer) == []


@pytest.mark.parametrize("name", ["main", "plan", "queue", "suspenders", "data", "engine", "devices"])
def test_shows_each_screen(viewer: Viewer, screens: Path, name: str) -> None:
    """Every screen is reached by its button, all its PVs come, and nothing is wrong."""
    viewer.go_to(f"{name}.bob")
    _wait_for_all(viewer, screens / f"{name}.bob")
    viewer.picture(f"{name}-idle")
    assert _complaints(viewer) == []


def _wait_for_all(viewer: Viewer, screen: Path, **macros: str) -> None:
    named = {pv for pv in pvs_of(screen, macros) if not NOT_THERE.search(pv)}
    until(lambda: named <= viewer.there(), f"all PVs of {screen.name}")


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
