"""A scan in our IOC that is started, paused, resumed and aborted over and over by an EPICS client."""

from __future__ import annotations

import contextlib
import json
import random
import threading
import time
from collections.abc import Mapping

from ca_client import CHAR, ENUM, PATIENCE, STRING, connected

__all__ = ["POINTS", "SHOWN", "Operator"]

POINTS = 2_000
"""Points of the scan: more than are measured before it is aborted, and few enough to be listed at once."""
_STATES = (
    "idle",
    "running",
    "pausing",
    "paused",
    "suspended",
    "stopping",
    "aborting",
    "halting",
    "panicked",
    "offline",
)
_WITHIN = 0.03
"""Seconds within which the next command comes: at any time during a point."""

SHOWN = {
    "Plan:Run": "start → running",
    "Pause": "pause → paused",
    "Resume": "resume → running",
    "Abort": "abort → idle",
}
"""What is measured of each command: from the put until the monitor of State says so."""
_BECOMES = {"Plan:Run": "running", "Pause": "paused", "Resume": "running", "Abort": "idle"}


class Operator:
    """Somebody who runs a scan of `motor`, and looks at State."""

    def __init__(self, prefix: str, motor: str) -> None:
        self._motor = motor
        self._prefix = prefix
        self._news = threading.Condition()
        self._seen: list[tuple[str, float]] = []
        self._commands = {name: connected(prefix + name, ENUM) for name in _BECOMES}
        self._dice = random.Random(1)
        self._state = connected(prefix + "State", ENUM)
        self._state.subscribe(self._told)

    def _told(self, state: int, when: float) -> None:
        with self._news:
            self._seen.append((_STATES[state], when))
            self._news.notify()

    def cycles(self, pauses: int) -> tuple[Mapping[str, list[float]], list[float]]:
        """Run a scan that is paused and resumed so often, and aborted.

        Seconds from each put of a command until State says so, by command; and until a pause's put is completed.
        """
        shown: dict[str, list[float]] = {name: [] for name in _BECOMES}
        completed: list[float] = []
        self._choose()
        shown["Plan:Run"].append(self._ask("Plan:Run", completes=False)[0])
        for _ in range(pauses):
            self._let_it_run()
            until_shown, until_completed = self._ask("Pause")
            shown["Pause"].append(until_shown)
            completed.append(until_completed)
            shown["Resume"].append(self._ask("Resume")[0])
        self._let_it_run()
        shown["Abort"].append(self._ask("Abort")[0])
        self._answer_of_the_plan()
        return shown, completed

    def _choose(self) -> None:
        scan = {"detectors": ["det"], "args": [self._motor, -1, 1], "num": POINTS}
        for name, kind, text in (("Plan:Name", STRING, "scan"), ("Plan:Params", CHAR, json.dumps(scan))):
            pv = connected(self._prefix + name, kind)
            pv.put(text)
            pv.clear()

    def _let_it_run(self) -> None:
        time.sleep(self._dice.uniform(0.3, 1) * _WITHIN)

    def _ask(self, name: str, *, completes: bool = True) -> tuple[float, float]:
        """Put a command: seconds until State says so, and until it is completed (0 if that is not waited for)."""
        with self._news:
            self._seen.clear()
        command, begun = self._commands[name], time.perf_counter()
        command.begin_put(1)
        shown = self._until(_BECOMES[name]) - begun
        return shown, command.wait() - begun if completes else 0.0

    def _until(self, state: str) -> float:
        """When State said so (perf_counter, s). Raises RuntimeError."""
        with self._news:
            if not self._news.wait_for(lambda: any(seen == state for seen, _ in self._seen), PATIENCE):
                raise RuntimeError(f"waited {PATIENCE:g} s for {state!r}; seen: {self._seen}")
            return next(when for seen, when in self._seen if seen == state)

    def _answer_of_the_plan(self) -> None:
        """The plan's own put fails, since the plan was aborted."""
        with contextlib.suppress(RuntimeError):
            self._commands["Plan:Run"].wait()
