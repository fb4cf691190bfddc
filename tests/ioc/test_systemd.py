"""What systemd is told."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import time

import pytest

from reioc.ioc.systemd import feed_the_watchdog, notify, watchdog_interval


@pytest.fixture
def systemd(tmp_path, monkeypatch):
    """A socket as systemd has one; the environment names it."""
    path = str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as receiver:
        receiver.bind(path)
        receiver.settimeout(10)
        monkeypatch.setenv("NOTIFY_SOCKET", path)
        yield receiver


def test_a_state_is_sent(systemd) -> None:
    """In one datagram, as it is."""
    notify("READY=1")

    assert systemd.recv(100) == b"READY=1"


def test_an_abstract_socket_is_found(monkeypatch) -> None:
    """Its name begins with a NUL, which the environment writes as an @."""
    name = f"reioc-test-{os.getpid()}-{time.monotonic_ns()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as receiver:
        receiver.bind(f"\0{name}")
        receiver.settimeout(10)
        monkeypatch.setenv("NOTIFY_SOCKET", f"@{name}")
        notify("STOPPING=1")

        assert receiver.recv(100) == b"STOPPING=1"


@pytest.mark.parametrize("value", [None, ""])
def test_nobody_is_told_without_systemd(monkeypatch, value) -> None:
    """As in a shell, or under another supervisor."""
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    if value is not None:
        monkeypatch.setenv("NOTIFY_SOCKET", value)

    notify("READY=1")


@pytest.mark.parametrize(
    ("usec", "pid", "interval"),
    [
        (None, None, None),
        ("", None, None),
        ("30000000", None, 15.0),
        ("30000000", "", 15.0),
        ("30000000", str(os.getpid()), 15.0),
        ("30000000", str(os.getppid()), None),
    ],
    ids=["not wanted", "empty", "wanted", "of nobody", "of this process", "of its parent"],
)
def test_a_sign_of_life_twice_as_often_as_is_wanted(monkeypatch, usec, pid, interval) -> None:
    """If one is wanted, and of this process."""
    for name, value in (("WATCHDOG_USEC", usec), ("WATCHDOG_PID", pid)):
        monkeypatch.delenv(name, raising=False)
        if value is not None:
            monkeypatch.setenv(name, value)

    assert watchdog_interval() == interval


@pytest.mark.parametrize("usec", ["often", "0", "-1", "1.5"])
def test_nonsense_is_raised(monkeypatch, usec) -> None:
    """Rather than a service that systemd kills after a while, and nobody knows why."""
    monkeypatch.delenv("WATCHDOG_PID", raising=False)
    monkeypatch.setenv("WATCHDOG_USEC", usec)

    with pytest.raises(ValueError, match=f"WATCHDOG_USEC={usec}: systemd gives a number of microseconds there"):
        watchdog_interval()


def test_systemd_that_does_not_listen_is_logged(monkeypatch, tmp_path, caplog) -> None:
    """Nothing ends for that, nor fails to end."""
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "nobody"))
    with caplog.at_level(logging.WARNING, "reioc.ioc"):
        notify("STOPPING=1")

    assert "systemd does not take STOPPING=1: " in caplog.text


def test_systemd_that_is_slow_is_not_waited_for(systemd, caplog) -> None:
    """A socket that is full is one that does not take it."""
    with caplog.at_level(logging.WARNING, "reioc.ioc"):
        for _ in range(5000):
            notify("WATCHDOG=1")
            if caplog.records:
                break

    assert "systemd does not take WATCHDOG=1: " in caplog.text


def test_the_watchdog_is_fed_again_and_again(systemd) -> None:
    """The first sign of life comes at once, and they go on until the end."""
    systemd.setblocking(False)

    async def three() -> list[bytes]:
        feeding = asyncio.create_task(feed_the_watchdog(0.001))
        async with asyncio.timeout(10):
            got = [await asyncio.get_running_loop().sock_recv(systemd, 100) for _ in range(3)]
        feeding.cancel()
        await asyncio.gather(feeding, return_exceptions=True)
        return got

    assert asyncio.run(three()) == [b"WATCHDOG=1"] * 3


def test_no_watchdog_is_fed_where_there_is_none(systemd) -> None:
    """Not a word, and nothing that goes on."""
    systemd.setblocking(False)

    asyncio.run(feed_the_watchdog(None))

    with pytest.raises(BlockingIOError):
        systemd.recv(100)
