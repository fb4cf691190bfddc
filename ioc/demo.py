"""The demo: a simulated beamline, an engine, and a scan that survives a beam dump.

Both are processes of their own, as on a real beamline. What happens here is only what any client can do: puts, gets
and monitors over Channel Access.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from importlib.resources import files
from pathlib import Path
from typing import Any

from .demo_queue import ITEMS, QueueFailed, run_a_queue, show_what_is_kept

__all__ = ["demo", "with_ports"]

PREFIX = "DEMO:RE:"
NUM = 11
SCAN = {"detectors": ["det1"], "args": ["m1", -1, 1], "num": NUM}
START_TIMEOUT = 30.0
SCAN_TIMEOUT = 60.0
ANSWER_TIMEOUT = 15.0


class DemoFailed(Exception):
    """The demo did not go as it should; says where. The command line shows it."""


def demo(port: int, *, once: bool) -> int:
    """Run the demo. Returns the exit status: 0 when the scan succeeded, with every point taken with beam."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # end the services, as Ctrl-C does
    try:
        with ExitStack() as stack:
            configuration = _start_services(stack, port)
            _scan_through_a_beam_dump()
            run_a_queue(PREFIX, _say)
            show_what_is_kept(configuration, 1 + len(ITEMS), _say)
            if not once:
                _invite(port, configuration)
    except (DemoFailed, QueueFailed) as failure:
        print(f"the demo failed: {failure}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130
    return 0


def _start_services(stack: ExitStack, port: int) -> Path:
    """Returns the beamline.toml of the engine that is started."""
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="reioc-demo-")))
    config = folder / "beamline.toml"
    text = files(__package__ or "reioc.ioc").joinpath("demo.toml").read_text()
    config.write_text(with_ports(text, port, port + 2))
    simulation = ["-m", "reioc.sim_iocs", "--prefix", "DEMO:", "--port", str(port + 2)]
    _say("starting the simulated beamline and the engine …")
    stack.enter_context(_service("the simulated beamline", simulation, folder))
    stack.enter_context(_service("the engine", ["-m", "reioc.ioc", "serve", str(config)], folder))
    os.environ["EPICS_CA_ADDR_LIST"] = _addresses(port)
    os.environ["EPICS_CA_AUTO_ADDR_LIST"] = "NO"
    return config


def with_ports(demo_toml: str, engine: int, simulation: int) -> str:
    """The demo's beamline.toml with other ports than 5064 and 5066."""
    # In one pass: one of the new ports may be, or contain, an old one.
    ports = {"5064": str(engine), "5066": str(simulation)}
    return re.sub("5064|5066", lambda old: ports[old[0]], demo_toml)


@contextmanager
def _service(what: str, arguments: list[str], folder: Path) -> Iterator[None]:
    """A process that serves; it is there when it has said `ready`, and it is ended with the demo."""
    log = folder / f"{what.replace(' ', '-')}.log"
    with log.open("w") as out:
        # In a session of its own: Ctrl-C in the terminal is for the demo, which ends the services one by one.
        process = subprocess.Popen(
            [sys.executable, *arguments], stdout=out, stderr=subprocess.STDOUT, start_new_session=True
        )
    try:
        _wait(lambda: "ready" in log.read_text() or process.poll() is not None, START_TIMEOUT, f"{what} to start")
        if process.poll() is not None:
            raise DemoFailed(f"{what} did not start:\n{log.read_text().strip()}")
        yield
    finally:
        process.terminate()
        try:
            process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


class _Client:
    """PVs by name, over Channel Access."""

    def __init__(self) -> None:
        import epics  # not earlier: libca reads its environment when it is loaded

        self._epics = epics
        self._pvs: dict[str, Any] = {}

    def pv(self, name: str) -> Any:
        if name not in self._pvs:
            self._pvs[name] = self._epics.PV(name)
            if not self._pvs[name].wait_for_connection(timeout=10):
                raise DemoFailed(f"{name} does not connect; EPICS_CA_ADDR_LIST={os.environ['EPICS_CA_ADDR_LIST']}")
        return self._pvs[name]

    def get(self, name: str, **options: Any) -> Any:
        value = self.pv(name).get(timeout=ANSWER_TIMEOUT, use_monitor=False, **options)
        if value is None:
            raise DemoFailed(f"{name} did not answer within {ANSWER_TIMEOUT:g} s")
        return value

    def text(self, name: str) -> str:
        return self.get(name, as_string=True)

    def put(self, name: str, value: Any) -> None:
        self.pv(name).put(value, wait=True, timeout=10)

    def close(self) -> None:
        for pv in self._pvs.values():
            pv.disconnect()


def _scan_through_a_beam_dump() -> None:
    client = _Client()
    try:
        states = _follow_state(client)
        _start_scan(client)
        _wait(lambda: client.get(f"{PREFIX}Run:Point") >= NUM // 3, SCAN_TIMEOUT, "the first points")
        _say("*** beam dump (caput DEMO:Ring:Dump 1)")
        client.put("DEMO:Ring:Dump", 1)
        _wait(lambda: client.text(f"{PREFIX}State") == "suspended", 10, "State to become suspended")
        _say(f"    {client.text(f'{PREFIX}Message')}")
        _say("*** beam is back (caput DEMO:Ring:Restore 1)")
        client.put("DEMO:Ring:Restore", 1)
        _wait(lambda: client.text(f"{PREFIX}State") == "idle", SCAN_TIMEOUT, "the scan to end")
        _wait(lambda: states[-1:] == ["idle"], 5, "the monitor of State")
        _verify(client, states)
    finally:
        client.close()


def _follow_state(client: _Client) -> list[str]:
    """The list of states, growing as the monitor reports them."""
    states: list[str] = []
    pv = client.pv(f"{PREFIX}State")
    # Asked for here: the monitor's own text is a number as long as pyepics has not heard of the labels.
    labels = pv.get_ctrlvars(timeout=5)["enum_strs"]

    def changed(value: int = 0, **_: Any) -> None:
        if states[-1:] != [labels[value]]:
            states.append(labels[value])
            _say(f"State {labels[value]}")

    pv.add_callback(changed, run_now=True)
    return states


def _start_scan(client: _Client) -> None:
    client.put(f"{PREFIX}MD:sample", "silicon")
    client.put(f"{PREFIX}Plan:Name", "scan")
    client.put(f"{PREFIX}Plan:Params", json.dumps(SCAN))
    if client.text(f"{PREFIX}Plan:Valid") != "Yes":
        raise DemoFailed(client.text(f"{PREFIX}Plan:Error"))
    duration = client.get(f"{PREFIX}Plan:Duration")
    about = f", about {duration:.0f} s" if duration else ""
    _say(f"scan {json.dumps(SCAN)}: {client.get(f'{PREFIX}Plan:Points'):.0f} points{about}")
    _put_run(client)
    _wait(lambda: _runs(client), START_TIMEOUT, "the scan to start")


def _put_run(client: _Client) -> None:
    client.pv(f"{PREFIX}Plan:Run").put(1, wait=False)  # it would wait for the end of the scan


def _runs(client: _Client) -> bool:
    """Whether the scan runs. The service serves before its devices are connected: refused for that, it is put again."""
    if client.text(f"{PREFIX}State") == "running":
        return True
    name, result = (client.text(f"{PREFIX}Cmd:{field}") for field in ("Name", "Result"))
    if (name, result) == ("Plan:Run", "refused"):
        if "not connected" not in (why := client.text(f"{PREFIX}Cmd:Message")):
            raise DemoFailed(f"the scan was refused: {why}")
        time.sleep(0.2)
        _put_run(client)
    return False


def _verify(client: _Client, states: list[str]) -> None:
    """All points are there, in the right states, and none was taken without beam."""
    status, error = client.text(f"{PREFIX}Run:ExitStatus"), client.text(f"{PREFIX}Error")
    if status != "success":
        raise DemoFailed(f"the scan ended as {status}: {error or client.text(f'{PREFIX}Run:Reason')}")
    if states[-4:] != ["running", "suspended", "running", "idle"]:
        raise DemoFailed(f"State went {' → '.join(states)}")
    n = int(client.get(f"{PREFIX}Data:N"))
    x, y = client.get(f"{PREFIX}Data:X")[:n], client.get(f"{PREFIX}Data:Y")[:n]
    for position, counts in zip(x, y, strict=True):
        print(f"    m1 {position:6.2f} mm   det1 {counts:8.0f}  {'#' * round(counts / max(y) * 40)}")
    if n != NUM:
        raise DemoFailed(f"{n} of {NUM} points are there")
    if min(y) < 0.5 * max(y):  # between -1 and 1 mm the peak falls to 0.6 of its height
        raise DemoFailed("a point was taken without beam")
    _say(f"scan {client.get(f'{PREFIX}Run:ScanID')}: {n} points, none without beam: {status}")
    peak = {name: client.get(f"{PREFIX}Data:{name}") for name in ("Max", "MaxX", "COM")}
    _say(f"peak of {peak['Max']:.0f} at m1 = {peak['MaxX']:.2f} mm, centre of mass {peak['COM']:.2f} mm")


def _invite(port: int, configuration: Path) -> None:
    """What can be tried now; until Ctrl-C."""
    params = json.dumps({**SCAN, "num": 41})
    print(f"""
The beamline and its engine stay up; end them with Ctrl-C. From another terminal:

  export EPICS_CA_ADDR_LIST="{_addresses(port)}" EPICS_CA_AUTO_ADDR_LIST=NO
  reioc watch {PREFIX}             # all of it at a glance; q ends that
  camonitor {PREFIX}State {PREFIX}Susp:beam:Tripped
  caput -S {PREFIX}Plan:Params '{params}'
  caput -c -w 120 {PREFIX}Plan:Run 1
  caput -c {PREFIX}Pause 1        # and {PREFIX}Resume, {PREFIX}Stop, {PREFIX}Abort
  caput DEMO:Ring:Dump 1          # and DEMO:Ring:Restore
  reioc queue {PREFIX} add count '{{"detectors": ["det1"], "num": 5}}'
  reioc queue {PREFIX} start      # and list, stop, history …
  reioc runs show {configuration} -1
""")
    client = _Client()
    client.pv(f"{PREFIX}Message").add_callback(lambda char_value="", **_: _say(char_value))
    try:
        while True:
            time.sleep(3600)
    except KeyboardInterrupt:
        _say("ending …")
    finally:
        client.close()


def _addresses(port: int) -> str:
    return f"127.0.0.1:{port} 127.0.0.1:{port + 2}"


def _wait(condition: Callable[[], bool], timeout: float, what: str) -> None:
    deadline = time.monotonic() + timeout
    while not condition():
        if time.monotonic() > deadline:
            raise DemoFailed(f"waited {timeout:g} s for {what}")
        time.sleep(0.02)


def _say(text: str) -> None:
    now = time.time()
    print(f"{time.strftime('%H:%M:%S', time.localtime(now))}.{int(now * 10 % 10)}  {text}", flush=True)
