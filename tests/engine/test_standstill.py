"""What moves is stopped, and stands before anything else is done with it."""

from __future__ import annotations

import asyncio
import threading

import pytest

from reioc.engine import touched
from reioc.engine.touched import Touched


class Coasting:
    """A motor that goes on for a few looks after it was told to stop."""

    name = "m1"
    parent = None

    def __init__(self, looks: int) -> None:
        self.looks = looks
        self.stopped = threading.Event()

    @property
    def moving(self) -> bool:
        if not self.stopped.is_set():
            return True
        self.looks -= 1
        return self.looks >= 0

    def stop(self, success: bool = False) -> None:
        self.stopped.set()


class Silent(Coasting):
    """A motor whose state cannot be read, as one that is not connected."""

    @property
    def moving(self) -> bool:
        raise ConnectionError("m1.MOVN is not connected")


def stop(device) -> list[str]:
    problems: list[str] = []
    moved = Touched(problems)
    moved.moves(device)
    asyncio.run(moved.stop_moved())
    return problems


@pytest.fixture(autouse=True)
def _quick_looks(monkeypatch):
    monkeypatch.setattr(touched, "STANDSTILL_LOOK", 0)
    monkeypatch.setattr(touched, "STANDSTILL_TIMEOUT", 0.2)


def test_stop_waits_until_the_device_stands():
    """It is over when the device has said twice that it does not move."""
    motor = Coasting(looks=3)

    assert stop(motor) == []
    assert motor.looks == -2


def test_device_that_does_not_come_to_a_stop_is_reported():
    """It is left after a while, by name and with the time."""
    problems = stop(Coasting(looks=10**9))

    assert problems == ["could not stop m1: TimeoutError: it still moves 0.2 s after it was told to stop"]


def test_device_that_cannot_say_whether_it_moves_is_stopped_all_the_same():
    """Not to know is no reason not to stop."""
    motor = Silent(looks=0)

    assert stop(motor) == []
    assert motor.stopped.is_set()


def test_device_that_is_lost_is_told_in_a_line(caplog):
    """The log of an outage is for people: where in a library an answer was missed is for those who ask for it."""

    class Lost(Silent):
        def stop(self, *, success=False):
            raise OSError("m1 is not connected")

    assert stop(Lost(looks=0)) == ["could not stop m1: OSError: m1 is not connected"]
    assert [record.exc_info for record in caplog.records if record.levelname != "DEBUG"] == [None, None]
