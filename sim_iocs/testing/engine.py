"""The engine's service, as a test drives it and asks for what it has recorded."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .client import PutFailed
from .ioc import Ioc, Program
from .runs import Run

FOR_OPHYD = ("numpy", "networkx", "setuptools_dso.runtime", "epicscorelibs.path")
"""What ophyd imports before it starts its threads."""
MODULES = (*FOR_OPHYD, "reioc.ioc.cli", "reioc.ioc.service", "reioc.ioc.config.beamline", "reioc.engine.plans")
"""What a service imports in any case: only names here, it is a program of its own."""
_CONNECTING = 60.0
_REST = ("idle", "panicked")


class PlanFailed(Exception):
    """A plan was refused, or has failed; says why."""


@dataclass(frozen=True)
class Settings:
    """The beamline.toml of a service in a test, what is in it, and what writes a run to a file."""

    file: Path
    prefix: str
    port: int
    devices: int
    export: Callable[[str, Path], None]


class EngineIoc(Ioc):
    """`reioc serve`. Names of PVs are what comes after its prefix."""

    def __init__(self, program: Program, settings: Settings) -> None:
        super().__init__(program, settings.port, settings.prefix)
        self.file = settings.file
        self._devices = settings.devices
        self._export = settings.export

    def start(self) -> None:
        """Start the service, and wait until its devices are connected or given up. Raises ProcessFailed."""
        super().start()

        def are_tried(states: list[str]) -> bool:
            return len(states) >= self._devices and "connecting" not in states

        self.wait_for("Dev:States", are_tried, timeout=_CONNECTING)

    def run(self, plan: str, timeout: float = 60.0, **params: Any) -> Run:
        """Run a plan, devices by name, `*args` as `args`; its last run. Raises PlanFailed when it does not succeed."""
        self.choose(plan, params)
        before = self.get("Run:UID")
        try:
            self.put("Plan:Run", 1, timeout=timeout)
        except PutFailed as error:
            raise PlanFailed(f"{plan}: {self._why()}") from error
        if self.get("Run:UID") == before:
            raise PlanFailed(f"{plan} has made no run")
        return self.last_run()

    def begin(self, plan: str, **params: Any) -> None:
        """Start a plan, and come back when it is under way. Raises PlanFailed when it is refused."""
        self.choose(plan, params)
        idle = self.get("StateSeq")
        self.put("Plan:Run", 1, wait=False)
        self.wait_for("StateSeq", lambda seq: seq != idle)

    def choose(self, plan: str, params: Mapping[str, Any]) -> None:
        """Choose a plan and its parameters. Raises PlanFailed with every mistake."""
        try:
            self.put("Plan:Name", plan)
            self.put("Plan:Params", json.dumps(params))
        except PutFailed as error:
            raise PlanFailed(f"{plan}: {self._why()}") from error
        if self.get("Plan:Valid") != "Yes":
            raise PlanFailed(f"{plan}: {self.get('Plan:Error')}")

    def wait_until_idle(self, timeout: float = 60.0) -> None:
        """Wait until no plan is under way."""
        self.wait_for("State", _REST.__contains__, timeout=timeout)

    def last_run(self) -> Run:
        """What is recorded of the last run, from the journal."""
        return self.run_of("-1")

    def run_of(self, which: str) -> Run:
        """A run by its scan id, the beginning of its uid, or -1 for the last one, -2 for the one before …."""
        path = self.file.with_name("exported.jsonl")
        self._export(which, path)
        documents = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        return Run(tuple((name, document) for name, document in documents))

    def _why(self) -> str:
        said = [self.get(name) for name in ("Cmd:Message", "Error")]
        return "; ".join(dict.fromkeys(text for text in said if text))
