"""Plans of a beamline's own, which its engine's service finds by PYTHONPATH."""

import threading
import time

from reioc.engine import Msg

TIDYING = 0.2
"""Seconds that each half of `tidy`'s clean-up takes: long enough for everybody who is quick to have a word."""


class Valve:
    """Its `set` does not come back for so many seconds, in C or in Python."""

    name = "valve"
    parent = None

    def __init__(self, seconds: float, *, in_c: bool = True) -> None:
        self._seconds, self._in_c = seconds, in_c

    def set(self, value: float) -> "Done":
        if self._in_c:
            threading.Event().wait(self._seconds)
        else:
            until = time.monotonic() + self._seconds
            while time.monotonic() < until:
                time.sleep(0.01)
        return Done()

    def stop(self, *, success: bool = False) -> None:
        """It does not move."""


class Done:
    """The status of a move that is over."""

    done = success = True

    def add_callback(self, callback) -> None:
        callback(self)

    def exception(self, timeout: float | None = None) -> None:
        return None


def two_runs(points: int = 20):
    """Two runs, one after the other."""
    for _ in range(2):
        yield from one_run(points)


def one_run(points: int = 20):
    """A run of points that take 20 ms each, without events."""
    yield Msg("open_run")
    for _ in range(points):
        yield Msg("checkpoint")
        yield Msg("sleep", None, 0.02)
    yield Msg("close_run")


def stubborn():
    """A run that cannot be paused, and has no end."""
    yield Msg("open_run")
    yield Msg("clear_checkpoint")
    while True:
        yield Msg("sleep", None, 0.01)


def tidy():
    """A run without an end, and after it something to be tidied up, which takes its time; a halt leaves it."""
    try:
        yield Msg("open_run")
        while True:
            yield Msg("checkpoint")
            yield Msg("sleep", None, 0.005)
    finally:
        try:
            yield Msg("sleep", None, TIDYING)
        finally:  # an abort comes through the first one, when a stop has led there
            yield Msg("sleep", None, TIDYING)


def blocking(seconds: float = 60.0, in_c: bool = True):
    """A run in which a device does not come back, and one can go on after that."""
    yield Msg("open_run")
    yield Msg("checkpoint")
    yield Msg("set", Valve(seconds, in_c=in_c), 1.0, group="valve")
    yield Msg("wait", None, group="valve")
    while True:
        yield Msg("checkpoint")
        yield Msg("sleep", None, 0.01)


def failing():
    """A run that fails: nothing tells before it has begun."""
    yield Msg("open_run")
    yield Msg("checkpoint")
    yield Msg("sleep", None, 0.01)
    yield Msg("trigger", Wheel(), group="wheel")


class Wheel:
    """A device that fails."""

    name = "wheel"
    parent = None

    def trigger(self) -> "Done":
        raise RuntimeError("the filter wheel is stuck")


CATALOGUE = (two_runs, one_run, stubborn, tidy, blocking, failing)
