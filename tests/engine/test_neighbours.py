"""Whether ophyd-async finds the engine's loop. In processes of their own: it is about what is imported when."""

import subprocess
import sys

import pytest

CONNECT = """
with init_devices():
    x = soft_signal_rw(float, initial_value=2.0)
(uid,) = RE(bp.count([x], num=2))
print(x.name, len(uid))
"""
IMPORTS = "from ophyd_async.core import init_devices, soft_signal_rw\nfrom bluesky import plans as bp\n"
ENGINE = "from reioc.engine import RunEngine\nRE = RunEngine()\n"


def run(script):
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=50, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("script", [IMPORTS + ENGINE, ENGINE + IMPORTS], ids=["imported first", "imported later"])
def test_init_devices_connects_on_the_engines_loop(script):
    """A profile script's `with init_devices():` finds the engine, whichever was imported first."""
    assert run(script + CONNECT) == "x 36\n"


def test_a_closed_engine_is_not_found():
    """When the newest engine is closed the one before it is found, and none after the last."""
    script = """
from bluesky.run_engine import get_bluesky_event_loop
from reioc.engine import RunEngine
first, second = RunEngine(), RunEngine()
assert get_bluesky_event_loop() is second.loop
second.close()
assert get_bluesky_event_loop() is first.loop
first.close()
assert get_bluesky_event_loop() is None
"""
    assert run(script) == ""


def test_bluesky_is_not_imported_for_it():
    """An engine alone does not import bluesky."""
    assert run(ENGINE + "import sys\nprint('bluesky' in sys.modules)") == "False\n"
