"""An engine's IOC as its clients see it: what the tests of it share."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from .support import TIMEOUT, BaseTools, Service, free_port

P = "T:RE:"
FAILED = "Channel write request failed"
"""What `caput -c` says of a put that is refused, or that fails."""

DEVICES = """
[[device]]
name = "m1"
class = "ophyd.EpicsMotor"
prefix = "SIM:m1"
[[device]]
name = "m2"
class = "ophyd.EpicsMotor"
prefix = "SIM:m2"
[[device]]
name = "det1"
class = "reioc.devices.point_detector.PointDetector"
prefix = "SIM:det1"
"""
BEAM = """
[[suspender]]
name = "beam"
kind = "floor"
pv = "SIM:Ring:Current"
low = 100
resume_low = 200
"""
SCAN = {"detectors": ["det1"], "args": ["m1", -1, 1], "num": 5}
ENDLESS = {"detectors": ["det1"], "args": ["m1", -1, 1], "num": 100_000}
"""A scan that is over when somebody ends it."""


@dataclass(frozen=True)
class Toml:
    """A beamline.toml to be written."""

    addr_list: tuple[str, ...]
    port: int
    tables: str = DEVICES + BEAM

    def write(self, folder: Path) -> Path:
        """The file, in this folder."""
        path = folder / "beamline.toml"
        head = f'[ioc]\nprefix = "{P}"\nport = {self.port}\n'
        epics = f"[epics]\naddr_list = {json.dumps(self.addr_list)}\nauto_addr_list = false\n"
        path.write_text(head + epics + self.tables)
        return path


class Client:
    """What people do with `caput`, `caget` and `camonitor`. PV names are without the engine's prefix."""

    def __init__(self, tools: BaseTools) -> None:
        self.tools = tools

    def get(self, name: str) -> str:
        """The value as `caget -t` prints it."""
        return self.tools.value(P + name)

    def text(self, name: str) -> str:
        """A long string."""
        done = self.tools.caget("-t", "-S", P + name)
        assert done.returncode == 0, done.stderr
        return re.sub(r"\\(.)", r"\1", done.stdout.strip())  # caget escapes quotes

    def numbers(self, name: str, count: int) -> list[float]:
        """The first elements of an array."""
        return [float(word) for word in self.tools.caget("-#", str(count), "-t", P + name).stdout.split()[1:]]

    def try_put(self, name: str, value: object = 1, *options: str) -> subprocess.CompletedProcess[str]:
        """`caput -c`: returns when what was asked for is true, or will not be."""
        return self.tools.caput("-c", "-w", f"{TIMEOUT:g}", *options, P + name, str(value))

    def put(self, name: str, value: object = 1, *options: str) -> None:
        """A put that succeeds."""
        done = self.try_put(name, value, *options)
        said = f"{done.stdout}{done.stderr}"
        assert (done.returncode, FAILED in said) == (0, False), f"{name}: {said}{self.text('Cmd:Message')}"

    def refused(self, name: str, value: object = 1, *options: str) -> str:
        """A put that fails, with exit status 1; why, as `Cmd:Message` says it."""
        done = self.try_put(name, value, *options)
        assert (done.returncode, FAILED in done.stderr) == (1, True), f"{name}: {done.stdout}{done.stderr}"
        return self.text("Cmd:Message")

    def putting(self, name: str, value: object = 1) -> Service:
        """`caput -c` in the background, for a `with`; it has been accepted."""
        before = int(self.get("Cmd:Seq"))
        service = self.tools.start("caput", "-c", "-w", f"{TIMEOUT:g}", P + name, str(value))
        service.__enter__()
        self.wait("Cmd:Seq", str(before + 1))
        return service

    def choose(self, plan: str, params: Mapping[str, Any]) -> None:
        """Plan and parameters, which are valid."""
        self.put("Plan:Name", plan)
        self.put("Plan:Params", json.dumps(params), "-S")
        assert self.get("Plan:Valid") == "Yes", self.text("Plan:Error")

    def run(self, plan: str, params: Mapping[str, Any]) -> None:
        """A plan, from its start to its end."""
        self.choose(plan, params)
        self.put("Plan:Run")

    def start(self, plan: str = "scan", params: Mapping[str, Any] = ENDLESS, state: str = "running") -> None:
        """A plan, which has got to this state."""
        self.choose(plan, params)
        assert self.tools.caput(P + "Plan:Run", "1").returncode == 0
        self.wait("State", state)

    def start_and_count(self, points: int = 2) -> None:
        """An endless scan, which has got some points."""
        self.start()
        self.wait("Run:Point", rf"([{points}-9]|\d\d+)")

    def wait(self, name: str, pattern: str, timeout: float = TIMEOUT) -> None:
        """Until a value matches as a whole."""
        with self.tools.camonitor("-S", "-t", "n", "-F", "|", P + name) as monitor:
            monitor.wait_for(rf"^{re.escape(P + name)}\|{pattern}(\||$)", timeout)

    def watch(self, *names: str) -> Service:
        """`camonitor` of these, for a `with`; it has got the present values."""
        first = "".join(rf"(?=(?s:.*)^{re.escape(P + name)}\|)" for name in names)
        pvs = [P + name for name in names]
        return self.tools.camonitor("-S", "-t", "n", "-F", "|", *pvs, ready=rf"\A{first}")

    def outcome(self) -> tuple[str, str]:
        """State and how the run ended."""
        return self.get("State"), self.get("Run:ExitStatus")


def seen(monitor: Service, name: str) -> list[str]:
    """The values of a PV that a monitor has printed, without repetitions."""
    values = re.findall(rf"^{re.escape(P + name)}\|([^|\n]*)", monitor.output, re.MULTILINE)
    return [value for index, value in enumerate(values) if index == 0 or value != values[index - 1]]


@contextmanager
def engine_ioc(folder: Path, toml: Toml, **env: str) -> Iterator[tuple[Client, Service]]:
    """`reioc serve` with this file, its devices connected, and a client of it and of what `toml` searches."""
    argv = [sys.executable, "-m", "reioc.ioc", "serve", "--verbose", toml.write(folder)]
    with Service(argv, "^ready", env) as service:
        for name in re.findall(r'\[\[device\]\]\nname = "(\w+)"', toml.tables):
            service.wait_for(rf" {name}(:| is connected)")
        yield Client(BaseTools(" ".join((f"127.0.0.1:{toml.port}", *toml.addr_list)))), service


def toml_for(*addr_list: str, tables: str = DEVICES + BEAM) -> Toml:
    """A beamline.toml on a free port."""
    return replace(Toml(addr_list, free_port()), tables=tables)
