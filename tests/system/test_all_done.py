"""ErrorClear and AllDone, by `caput -c` and `camonitor`."""

from __future__ import annotations

import re

from .engine_client import ENDLESS, Client, P


def no_alarm(engine: Client, name: str) -> bool:
    return engine.tools.value(f"{P}{name}.SEVR") == "NO_ALARM"


def fail(engine: Client) -> None:
    """A plan that fails."""
    engine.choose("failing", {})
    engine.refused("Plan:Run")
    assert "the filter wheel is stuck" in engine.text("Error")


def test_an_error_is_cleared(engine: Client) -> None:
    """No text and no alarm any more; cleared again, there is nothing to say against that."""
    fail(engine)
    assert engine.tools.value(f"{P}Error.SEVR") == "MAJOR"

    engine.put("ErrorClear")
    assert (engine.text("Error"), no_alarm(engine, "Error")) == ("", True)
    assert (engine.get("Cmd:Result"), engine.text("Cmd:Message")) == ("done", "Error is cleared")

    engine.put("ErrorClear")
    assert engine.get("ErrorClear") == "Done"


def test_an_error_is_cleared_by_the_next_start(engine: Client) -> None:
    """A plan that succeeds leaves none."""
    fail(engine)

    engine.run("count", {"detectors": [], "num": 1})

    assert (engine.text("Error"), no_alarm(engine, "Error")) == ("", True)


def test_all_done_counts_ends(engine: Client) -> None:
    """However a plan ends, once each; what was refused has not ended; read on completion, it is up to date."""
    before = int(engine.get("AllDone"))
    engine.run("count", {"detectors": [], "num": 1})
    assert int(engine.get("AllDone")) == before + 1

    engine.refused("Pause")
    fail(engine)
    assert int(engine.get("AllDone")) == before + 2

    engine.start("scan", ENDLESS)
    engine.put("Pause")
    assert int(engine.get("AllDone")) == before + 2
    engine.put("Abort")
    assert int(engine.get("AllDone")) == before + 3


def test_all_done_is_the_one_to_wait_for(engine: Client) -> None:
    """Who sees it count finds the engine idle and the run's end in place."""
    engine.choose("count", {"detectors": ["det1"], "num": 1})
    with engine.watch("AllDone", "State", "Run:ExitStatus", "Run:Open") as monitor:
        engine.put("Plan:Run")
        count = engine.get("AllDone")
        text = monitor.wait_for(rf"\A(?s:.*)^T:RE:AllDone\|\|{count}\|").group()

    assert [re.findall(rf"{P}{name}\|\|(\w+)", text)[-1] for name in ("State", "Run:ExitStatus", "Run:Open")] == [
        *("idle", "success", "No")
    ]
