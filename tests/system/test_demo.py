"""`reioc demo`."""

import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from .support import BaseTools, Service, free_port

DEMO = [sys.executable, "-m", "reioc.ioc", "demo"]


def children(pid: int) -> list[int]:
    """Who a process has started, and who they have."""
    tasks = Path(f"/proc/{pid}/task").glob("*/children")
    direct = [int(child) for task in tasks for child in task.read_text().split()]
    return [*direct, *(child for parent in direct for child in children(parent))]


def alive(pid: int) -> bool:
    """Whether there is such a process; one that has ended and that nobody has asked about is none."""
    try:
        return " Z " not in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2][:3]
    except FileNotFoundError:
        return False


@pytest.fixture
def staying() -> Iterator[Service]:
    """A demo that stays up. By itself: two at once, each of three processes that start, are too many for two cores."""
    with Service([*DEMO, "--port", str(free_port(2))], "starting", forked=False) as demo:
        yield demo


def test_the_demo_survives_a_beam_dump() -> None:
    """It tells the states in their order and every point, ends with status 0, and leaves no process behind."""
    with Service([*DEMO, "--once", "--port", str(free_port(2))], "beam dump", forked=False) as demo:
        started = children(demo.pid)
        status = demo.wait(60)

    assert status == 0, demo.output
    states = re.findall(r"^[\d:.]+  State (\w+)$", demo.output, re.MULTILINE)
    assert states == ["idle", "running", "suspended", "running", "idle"]
    points = re.findall(r"m1 +(-?\d\.\d\d) mm +det1 +(\d+)", demo.output)
    assert [float(position) for position, _ in points] == [round(-1 + 0.2 * n, 1) for n in range(11)]
    assert min(int(counts) for _, counts in points) > 5500
    assert "11 points, none without beam: success" in demo.output
    kept = re.findall(r" +(\d) +\S+ \S+ +(\w+) +(\d+) +success .* silicon", demo.output)
    assert kept == [("3", "count", "3"), ("2", "scan", "5"), ("1", "scan", "11")]
    assert len(started) == 2
    assert [pid for pid in started if alive(pid)] == []


def test_the_demo_stays_up_until_it_is_interrupted(staying: Service) -> None:
    """What it invites to try works; Ctrl-C ends it and what it has started."""
    staying.wait_for(r"^  caput -c DEMO:RE:Pause 1", 40)  # s, for a start and a whole scan
    started = children(staying.pid)
    tools = BaseTools(re.findall(r'EPICS_CA_ADDR_LIST="([^"]+)"', staying.output)[0])
    tools.caput("-S", "DEMO:RE:Plan:Params", '{"detectors": ["det1"], "args": ["m1", 0, 1], "num": 2}')
    assert tools.caput("-c", "-w", "20", "DEMO:RE:Plan:Run", "1").returncode == 0
    assert (tools.value("DEMO:RE:Run:ScanID"), tools.value("DEMO:RE:Data:N")) == ("4", "2")
    staying.wait_for("scan 4: ")

    status = staying.stop(signal.SIGINT)

    assert (status, "Traceback" in staying.output) == (0, False)
    assert [pid for pid in started if alive(pid)] == []


def test_the_demo_tells_when_it_cannot_start() -> None:
    """With its port taken it says which, and ends with status 1."""
    port = free_port(2)
    with socket.socket() as other:
        other.bind(("127.0.0.1", port))
        other.listen()

        argv = [*DEMO, "--once", "--port", str(port)]
        done = subprocess.run(argv, capture_output=True, text=True, timeout=60, check=False)

    assert done.returncode == 1
    assert "the demo failed: the engine did not start" in done.stderr
    assert f"port {port} of 127.0.0.1 is in use" in done.stderr
