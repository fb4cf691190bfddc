"""A script that uses an engine interactively, and serves it: what the tests of embedding run.

It does what it is told, a line of a file (a pipe) at a time, and says what came of it.
"""

import sys
import threading
from pathlib import Path

from ophyd.sim import det, motor

from reioc.engine import Msg, RunEngine, RunEngineInterrupted
from reioc.engine.plans import scan
from reioc.ioc import EngineIOC


def patient():
    """A run of checkpoints, for ever."""
    yield Msg("open_run")
    while True:
        yield Msg("checkpoint")
        yield Msg("sleep", None, 0.005)


def attempt(call, *args):
    """What a person sees of a call that blocks."""
    try:
        result = call(*args)
    except RunEngineInterrupted:
        return "interrupted"
    return f"over: {result.exit_status} {result.reason}".strip()


RE = RunEngine(call_returns_result=True)
ioc = EngineIOC(RE, prefix="BL:RE:", devices=[det, motor]).start(port=int(sys.argv[1]))
WORDS = {
    "run": lambda: attempt(RE, patient()),
    "scan": lambda: attempt(RE, scan([det], motor, -1, 1, 5)),
    "resume": lambda: attempt(RE.resume),
    "abort": lambda: attempt(RE.abort, "said the person"),
    "stop serving": lambda: ioc.stop() or "stopped",
    "serve again": lambda: ioc.start(port=int(sys.argv[1])) and "started",
    "threads": lambda: sorted(each.name for each in threading.enumerate() if each.name.startswith("reioc-ioc")),
}
print("ready", flush=True)
with Path(sys.argv[2]).open() as lines:
    for line in lines:
        print(f"{line.strip()} -> {WORDS[line.strip()]()}; {RE.state}", flush=True)
