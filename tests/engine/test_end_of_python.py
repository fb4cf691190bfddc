"""Python ends, and an engine is not idle."""

import subprocess
import sys

SCRIPT = """
from reioc.engine import Msg, RunEngine, RunEngineInterrupted
RE = RunEngine()
RE.subscribe(lambda name, doc: print(name, doc["exit_status"], doc["reason"]), "stop")
try:
    RE([Msg("open_run"), Msg("checkpoint"), Msg("pause"), Msg("close_run")])
except RunEngineInterrupted:
    print(RE.state)
"""


def run(script):
    argv = [sys.executable, "-W", "error", "-c", script]
    return subprocess.run(argv, capture_output=True, text=True, timeout=40, check=False)


def test_a_plan_that_is_paused_has_its_run_closed():
    """It is halted, and the log says so; nothing of Python's is thrown away with a word."""
    done = run(SCRIPT)

    assert done.returncode == 0
    assert done.stdout.splitlines() == ["paused", "stop abort halted: the engine is closed"]
    assert done.stderr.splitlines() == ["Python ends with a plan in progress, which is halted"]


def test_an_engine_that_is_idle_ends_silently():
    """As one that was closed does."""
    for close in ("", "RE.close()"):
        done = run(f"from reioc.engine import RunEngine\nRE = RunEngine()\nRE([])\n{close}")

        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
