"""An engine's IOC as its clients see it: what the tests of it share."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
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
ENDLESS = {"detectors": ["det1"], "args": ["m1", -1, 1], "num": 3_000}
"""A scan that goes on for longer than any test: it is over when somebody ends it."""


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
        # caget escapes quotes, and the bytes of all that is not ASCII
        return done.stdout.strip().encode().decode("unicode_escape").encode("latin-1").decode()

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

    @contextmanager
    def putting(self, name: str, value: object = 1) -> Iterator[Service]:
        """`caput -c` that waits, once the engine has taken it in; for commands that take their time."""
        with self.tools.putting("-c", "-w", f"{TIMEOUT:g}", P + name, str(value)) as put:
            self.wait(name, "(?!Done)[^|]*")
            yield put

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
        self.reach(points)

    def reach(self, points: int) -> None:
        """Until the run has this many points (at most 9) or more."""
        self.wait("Run:Open", "Yes")  # before that, Run:Point is that of the run before
        self.wait("Run:Point", rf"([{points}-9]|\d\d+)")

    def wait(self, name: str, pattern: str, timeout: float = TIMEOUT) -> None:
        """Until a value matches as a whole."""
        with self.tools.camonitor("-S", "-t", "n", "-F", "|", P + name) as monitor:
            monitor.wait_for(rf"^{re.escape(P + name)}\|\|{pattern}(\||$)", timeout)

    def watch(self, *names: str) -> Service:
        """`camonitor` of these, for a `with`; it has got the present values."""
        first = "".join(rf"(?=(?s:.*)^{re.escape(P + name)}\|)" for name in names)
        pvs = [P + name for name in names]
        return self.tools.camonitor("-S", "-t", "n", "-F", "|", *pvs, ready=rf"\A{first}")

    def ended(self, status: str) -> bool:
        """Whether the engine is idle and the run ended so; a failed assertion shows why it did not."""
        found = self.get("State"), self.get("Run:ExitStatus")
        assert found == ("idle", status), f"{found}: {self.text('Error')} {self.text('Run:Reason')}"
        return True


def seen(monitor: Service, name: str) -> list[str]:
    """The values of a PV that a monitor has printed, without repetitions."""
    values = re.findall(rf"^{re.escape(P + name)}\|\|([^|\n]*)", monitor.output, re.MULTILINE)
    return [value for index, value in enumerate(values) if index == 0 or value != values[index - 1]]


def beamline_toml(folder: Path, *addr_list: str, tables: str = DEVICES + BEAM, port: int = 0) -> Path:
    """A beamline.toml in this folder, which searches these addresses and serves `port`, or else a free one."""
    path = folder / "beamline.toml"
    head = f'[ioc]\nprefix = "{P}"\nport = {port or free_port()}\n'
    epics = f"[epics]\naddr_list = {json.dumps(addr_list)}\nauto_addr_list = false\n"
    path.write_text(head + epics + tables)
    return path


@dataclass(frozen=True)
class EngineService:
    """A `reioc serve` that runs."""

    client: Client
    service: Service


def leave_idle(client: Client) -> None:
    """What a test may have left of an engine on a simulated beamline: no plan is on its way, and there is beam."""
    if client.get("State") != "idle":
        client.try_put("Halt")
    if client.tools.value("SIM:Ring:Mode") == "no beam":
        client.tools.caput("-c", "-w", "10", "SIM:Ring:Restore", "1")


@contextmanager
def serving(path: Path, **env: str) -> Iterator[EngineService]:
    """`reioc serve` with a file that `beamline_toml` has made; its devices are connected, or given up.

    Its client can also put to the PVs that the file's devices have.
    """
    toml = path.read_text()
    argv = [sys.executable, "-m", "reioc.ioc", "serve", "--verbose", path]
    with Service(argv, "^ready", env) as service:
        for name in re.findall(r'\[\[device\]\]\nname = "(\w+)"', toml):
            service.wait_for(rf"[ :]{name}(:| is connected)")
        own = re.findall(r"^port = (\d+)", toml, re.MULTILINE)[0]
        addresses = " ".join([f"127.0.0.1:{own}", *re.findall(r"127\.0\.0\.1:\d+", toml)])
        yield EngineService(Client(BaseTools(addresses)), service)
