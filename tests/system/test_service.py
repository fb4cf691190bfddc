"""`reioc serve` and `reioc check` as processes: how they start, end and fail."""

import os
import re
import signal
import socket
import subprocess
import sys
import time

import pytest

from .conftest import SimBeamline
from .engine_client import BEAM, DEVICES, Client, beamline_toml, seen, serving
from .support import BaseTools, Service, free_port, run_forked

UNREACHABLE = """
[[device]]
name = "lost"
class = "ophyd.EpicsSignal"
prefix = "SIM:Lost"
timeout = 0.5
"""


def reioc(*words: object) -> subprocess.CompletedProcess[str]:
    return run_forked([sys.executable, "-m", "reioc.ioc", *map(str, words)], os.environ, 60)


def test_the_pvs_are_served_within_seconds(fast_beamline: SimBeamline, tmp_path) -> None:
    """From the start of the process to the first answer of a PV, however long devices take that are not there."""
    port = free_port()
    slow = UNREACHABLE.replace("0.5", "30")
    path = beamline_toml(tmp_path, fast_beamline.address, tables=DEVICES + BEAM + slow, port=port)
    begun = time.monotonic()
    argv = [sys.executable, "-m", "reioc.ioc", "serve", path]
    with Service(argv, "^ready: T:RE: on 127.0.0.1", forked=False):
        assert BaseTools(f"127.0.0.1:{port}").value("T:RE:State") == "idle"
        took = time.monotonic() - begun

    assert took < 8  # 1.5 s on a machine that has nothing else to do


@pytest.mark.parametrize("state", ["running", "suspended"])
def test_sigterm_ends_a_plan_first(fast_beamline: SimBeamline, tmp_path, state: str) -> None:
    """Clients see the plan being stopped, idle, and offline; the process ends with status 0 within seconds."""
    with serving(beamline_toml(tmp_path, fast_beamline.address)) as running:
        engine = running.client
        engine.start_and_count()
        if state == "suspended":
            engine.tools.caput("-c", "SIM:Ring:Dump", "1")
            engine.wait("State", "suspended")
        with engine.watch("State", "Run:ExitStatus", "Run:Reason") as monitor:
            begun = time.monotonic()
            status = running.service.stop(signal.SIGTERM)
            took = time.monotonic() - begun
            monitor.wait_for(r"T:RE:State\|\|offline\|STATE\|INVALID")
    fast_beamline.tools.caput("-c", "-w", "10", "SIM:Ring:Restore", "1")

    assert status == 0
    assert took < 8
    assert seen(monitor, "State") == [state, "stopping", "idle", "offline"]
    assert seen(monitor, "Run:ExitStatus")[-1] == "stop"
    assert "the service ends" in seen(monitor, "Run:Reason")[-1]


def test_ctrl_c_ends_an_idle_service(fast_beamline: SimBeamline, tmp_path) -> None:
    """Status 0 and not a word, with a client that watches."""
    path = beamline_toml(tmp_path, fast_beamline.address)
    port = re.findall(r"port = (\d+)", path.read_text())[0]
    client = Client(BaseTools(f"127.0.0.1:{port}"))
    argv = [sys.executable, "-m", "reioc.ioc", "serve", path]
    with Service(argv, "^ready", forked=False) as service, client.watch("State") as monitor:
        status = service.stop(signal.SIGINT)
        monitor.wait_for("offline")

    assert (status, service.output) == (0, f"ready: T:RE: on 127.0.0.1 port {port}\n")
    assert seen(monitor, "State") == ["idle", "offline"]


@pytest.mark.parametrize("command", ["serve", "check"])
def test_a_wrong_key_is_told(tmp_path, command: str) -> None:
    """Status 1, and file, line, key and what is allowed; nothing else."""
    path = beamline_toml(tmp_path, "127.0.0.1:1", tables=DEVICES.replace("prefix", "prefx", 1))
    line = path.read_text().splitlines().index('prefx = "SIM:m1"') + 1

    done = reioc(command, path)

    told = done.stderr if command == "serve" else done.stdout
    assert done.returncode == 1
    assert done.stdout + done.stderr == told
    assert re.fullmatch(
        rf"beamline\.toml:{line}: device\[0\]\.prefx: unknown key; allowed: .*prefix.*\(did you mean 'prefix'\?\)\n",
        told,
    )


def test_a_file_that_is_not_there_is_told(tmp_path) -> None:
    """Status 1 and one line, no traceback."""
    done = reioc("serve", tmp_path / "nothing.toml")

    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert "nothing.toml: cannot be read: No such file or directory" in done.stderr


def test_a_device_class_that_does_not_exist_is_told(tmp_path) -> None:
    """Status 1; the message names the device and what comes close."""
    path = beamline_toml(tmp_path, "127.0.0.1:1", tables=DEVICES.replace("ophyd.EpicsMotor", "ophyd.EpicsMotr", 1))

    done = reioc("serve", path)

    assert (done.returncode, done.stdout) == (1, "")
    assert re.search(r"^reioc serve: .*'m1'.*'EpicsMotr' \(did you mean 'EpicsMotor'", done.stderr)


@pytest.mark.parametrize("kind", [socket.SOCK_STREAM, socket.SOCK_DGRAM])
def test_a_port_in_use_is_told(tmp_path, kind: socket.SocketKind) -> None:
    """Status 1; the message names the port, and what to do."""
    with socket.socket(type=kind) as other:
        port = free_port()  # the other protocol's port of that number is free as well
        other.bind(("127.0.0.1", port))
        if kind == socket.SOCK_STREAM:
            other.listen()
        path = beamline_toml(tmp_path, "127.0.0.1:1", tables="", port=port)

        done = reioc("serve", path)

    protocol = "TCP" if kind == socket.SOCK_STREAM else "UDP"
    assert (done.returncode, done.stdout) == (1, "")
    assert f"reioc serve: {protocol} port {port} of 127.0.0.1 is in use by another process" in done.stderr
    assert "Traceback" not in done.stderr


def test_check_tells_what_is_there_and_what_is_not(fast_beamline: SimBeamline, tmp_path) -> None:
    """Status 0 if everything is there; else 1, and the PV and the place in the file."""
    argv = [sys.executable, "-m", "reioc.ioc", "check", beamline_toml(tmp_path, fast_beamline.address)]
    good = subprocess.run(argv, capture_output=True, text=True, timeout=60, check=False)
    path = beamline_toml(tmp_path, fast_beamline.address, tables=UNREACHABLE)
    bad = reioc("check", path)

    assert (good.returncode, good.stderr) == (0, "")
    assert good.stdout.endswith("everything is right\n")
    line = path.read_text().splitlines().index("[[device]]") + 1
    assert bad.returncode == 1
    assert re.search(
        rf"^WRONG  device lost: not connected within 0\.5 s: SIM:Lost; .*\[beamline\.toml:{line}\]$",
        bad.stdout,
        re.MULTILINE,
    )
