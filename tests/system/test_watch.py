"""`reioc watch`, with a real engine."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("textual", reason="the extra watch")

from .conftest import SimBeamline
from .engine_client import P, beamline_toml, serving
from .support import Service, client_env, free_port

WATCHER = f"""
import asyncio, os, sys, time
from reioc.ioc.watch.app import WatchApp
from reioc.ioc.watch.asking import myself
from reioc.ioc.watch.source import ChannelAccess
from reioc.ioc.watch.watched import Watched

async def watch():
    app = WatchApp(Watched({P!r}, ChannelAccess({P!r}), myself()))
    async with app.run_test(size=(100, 30)) as pilot:
        def shown():
            return "\\n".join(strip.text for strip in app.screen._compositor.render_strips())

        async def until(*parts):
            deadline = time.monotonic() + 30
            while not all(part in shown() for part in parts):
                assert time.monotonic() < deadline, f"{{parts}} are not all in\\n{{shown()}}"
                await pilot.pause(0.05)
            print("seen:", *parts, file=sys.__stdout__, flush=True)

        await until("R U N N I N G", "scan", "beam", "good", "det1", "of 3000 points")
        await pilot.press("p")
        await until("P A U S E D", "Pause done: the engine is paused", "p(pause)")
        await pilot.press("p")
        await until("pause would be refused: the engine is paused")
        await pilot.press("r")
        await until("R U N N I N G", "Resume done")
        await pilot.press("s", "x", "enter")
        await until("I D L E", "Stop done", "stopped: x")
        print("ready to be lost", file=sys.__stdout__, flush=True)
        await until("L O S T", "the IOC is gone", "last known state: idle")
        await until("I D L E", "queue stopped")

asyncio.run(watch())
print("over", flush=True)
os._exit(0)
"""


def once(prefix: str, addresses: str) -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, "-m", "reioc.ioc", "watch", prefix, "--once", "--timeout", "1"]
    return subprocess.run(argv, env=client_env(addresses), capture_output=True, text=True, timeout=30, check=False)


def test_an_engine_is_watched_and_commanded(fast_beamline: SimBeamline, tmp_path: Path) -> None:
    """By keys, each acknowledged; when its IOC dies that is shown, and when it is back it is watched again."""
    port = free_port()
    path = beamline_toml(tmp_path, fast_beamline.address, port=port)
    addresses = f"127.0.0.1:{port}"
    with serving(path) as engine:
        engine.client.start()
        with Service([sys.executable, "-c", WATCHER], env=client_env(addresses)) as watcher:
            watcher.wait_for("^ready to be lost")
            engine.service.send_signal(signal.SIGKILL)
            watcher.wait_for("^seen: L O S T")
            with serving(path) as again:
                watcher.wait_for("^over", 30)
                again.client.wait("Susp:beam:Connected", "Yes")
                again.client.wait("Susp:beam:Tripped", "No")
                found = once(P, addresses)
                lost = once("NO:RE:", addresses)

    assert (found.returncode, found.stderr) == (0, "")
    lines = [line.split() for line in found.stdout.splitlines()]
    assert ["□", "I", "D", "L", "E"] in [line[:5] for line in lines]
    assert ["beam", "·", "good"] in [line[:3] for line in lines]
    assert lost.returncode == 1
    assert lost.stderr.startswith(f"reioc watch: no engine answers to NO:RE:State within 1 s. Searched: {addresses} (")
