"""`reioc serve` as a service: where it serves, what systemd is told, and how it goes."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from reioc.ioc.cli import main

from .engine_client import Client, P, beamline_toml
from .own_plans import serving_plans
from .raw_ca import Closed, RawClient
from .raw_dbr import to_bytes
from .raw_messages import EVENT_ADD, NORMAL, WRITE_NOTIFY, request_of_put
from .support import TIMEOUT, BaseTools, Service, free_port

STRING, ENUM = 0, 3
SERVE = [sys.executable, "-m", "reioc.ioc", "serve"]


def serve(*words: object) -> subprocess.CompletedProcess[str]:
    """One that is to end by itself."""
    return subprocess.run([*SERVE, *map(str, words)], capture_output=True, text=True, timeout=60, check=False)


class Systemd:
    """The socket that systemd has."""

    def __init__(self, path: Path, receiver: socket.socket) -> None:
        self.path, self._receiver = path, receiver
        self.told: list[str] = []

    def wait(self, state: str) -> None:
        """Until it is told this, now or later."""
        deadline = time.monotonic() + TIMEOUT
        while not self.told or self.told[-1] != state:
            self._receiver.settimeout(deadline - time.monotonic())
            self.told.append(self._receiver.recv(1000).decode())

    def drain(self) -> list[str]:
        """All that it was told."""
        self._receiver.setblocking(False)
        with suppress(BlockingIOError):
            while True:
                self.told.append(self._receiver.recv(1000).decode())
        return self.told


@pytest.fixture
def systemd(tmp_path: Path) -> Iterator[Systemd]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as receiver:
        receiver.bind(str(tmp_path / "notify"))
        yield Systemd(tmp_path / "notify", receiver)


def test_the_command_line_says_where(tmp_path: Path) -> None:
    """Interfaces and port instead of the file's, where nobody serves then; it says so."""
    files, port = free_port(), free_port()
    path = beamline_toml(tmp_path, tables="", port=files)
    ready = rf"^ready: {P} on 127\.0\.0\.2, 127\.0\.0\.3 port {port}$"
    with Service([*SERVE, "--interfaces", "127.0.0.2, 127.0.0.3", "--port", str(port), path], ready):
        for address in ("127.0.0.2", "127.0.0.3"):
            assert BaseTools(f"{address}:{port}").value(P + "State") == "idle"
        for nobody in (("127.0.0.1", port), ("127.0.0.2", files), ("127.0.0.1", files)):
            with pytest.raises(OSError, match="refused"), socket.create_connection(nobody, 5):
                pass


@pytest.mark.parametrize(
    ("option", "text", "told"),
    [
        ("--interfaces", "everywhere", "'everywhere' is no IPv4 address: write one like '127.0.0.1', or '0.0.0.0'"),
        ("--interfaces", "127.0.0.1,", "'' is no IPv4 address"),
        ("--port", "80", "'80' is no port: a number from 1024 to 65533"),
        ("--port", "ca", "'ca' is no port: a number from 1024 to 65533"),
    ],
)
def test_a_place_that_is_none_is_told(capsys: pytest.CaptureFixture[str], option: str, text: str, told: str) -> None:
    """Status 2, as of every wrong command line, and what would be right; the file is not even looked at."""
    with pytest.raises(SystemExit) as ended:
        main(["serve", option, text, "beamline.toml"])

    assert ended.value.code == 2
    assert f"argument {option}: {told}" in capsys.readouterr().err


def test_an_address_that_this_host_has_not_is_told(tmp_path: Path) -> None:
    """Status 1; the message tells those that it has."""
    done = serve("--interfaces", "192.0.2.7", "--port", port := free_port(), beamline_toml(tmp_path, tables=""))

    assert (done.returncode, done.stdout) == (1, "")
    assert f"reioc serve: TCP port {port} of 192.0.2.7 cannot be used: this host has no such address" in done.stderr
    assert "127.0.0.1" in done.stderr


def test_systemd_is_told_of_its_life(tmp_path: Path, systemd: Systemd) -> None:
    """Ready when clients can connect, alive from then on, and stopping before the plan is stopped."""
    port, watchdog = free_port(), {"WATCHDOG_USEC": "200000"}
    with serving_plans(tmp_path, port=port, NOTIFY_SOCKET=str(systemd.path), **watchdog) as running:
        systemd.wait("READY=1")
        for _ in range(3):
            systemd.told.append("")
            systemd.wait("WATCHDOG=1")
        running.client.start("tidy", {})
        running.client.wait("Run:Open", "Yes")
        with RawClient(port) as client:
            state = client.channel(P + "State")
            os.kill(running.service.pid, signal.SIGTERM)
            systemd.wait("STOPPING=1")
            assert client.get(state, STRING).dbr.text in ("running", "stopping")
            client.wait_closed()
        assert running.service.wait() == 0

    told = [each for each in systemd.drain() if each]
    assert {*told} == {"READY=1", "WATCHDOG=1", "STOPPING=1"}
    assert (told.count("READY=1"), told.count("STOPPING=1")) == (1, 1)
    assert "WATCHDOG=1" in told[told.index("STOPPING=1") :]


def test_clients_see_it_go_step_by_step(tmp_path: Path) -> None:
    """The plan is stopped and idle, whoever waits for it is answered, then offline, then the connection ends."""
    port = free_port()
    with serving_plans(tmp_path, port=port) as running, RawClient(port) as client:
        running.client.choose("tidy", {})
        state, run = client.channel(P + "State"), client.channel(P + "Plan:Run")
        number, put = client.subscribe(state, STRING), client.new_id()
        client.send(request_of_put(run, put, to_bytes(ENUM, [1]), ENUM, command=WRITE_NOTIFY))
        running.client.wait("Run:Open", "Yes")
        os.kill(running.service.pid, signal.SIGTERM)
        with pytest.raises(Closed):
            client.wait_for(lambda _: False, "the end", TIMEOUT)
        assert running.service.wait() == 0

    seen = [
        each.dbr.text if each.command == EVENT_ADD else f"answered {each.status}"
        for each in client.inbox
        if (each.command, each.parameter2) in ((EVENT_ADD, number), (WRITE_NOTIFY, put))
    ]
    assert seen == ["idle", "running", "stopping", "idle", f"answered {NORMAL}", "offline"]


def test_an_idle_service_goes_without_a_word(tmp_path: Path, systemd: Systemd) -> None:
    """SIGINT is as SIGTERM; nothing is written, and systemd is told all the same."""
    port = free_port()
    path = beamline_toml(tmp_path, tables="", port=port)
    env = {"NOTIFY_SOCKET": str(systemd.path)}
    with Service([*SERVE, path], "^ready", env) as service:
        client = Client(BaseTools(f"127.0.0.1:{port}"))
        with client.watch("State") as monitor:
            assert service.stop(signal.SIGINT) == 0
            monitor.wait_for(r"offline(?s:.*)[Dd]isconnected")

    assert service.output == f"ready: {P} on 127.0.0.1 port {port}\n"
    assert systemd.drain() == ["READY=1", "STOPPING=1"]


def test_what_systemd_says_must_make_sense(tmp_path: Path) -> None:
    """A service that would be killed after a while says so when it starts."""
    path = beamline_toml(tmp_path, tables="")
    with Service([*SERVE, path], env={"WATCHDOG_USEC": "often"}) as service:
        assert service.wait() == 1
    assert "often" in service.output
    assert "Traceback" not in service.output
