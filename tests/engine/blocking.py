"""Devices, subscribers and plans that block the engine's thread until the test lets them go."""

import threading
import time

from reioc.engine import Msg

from .fakes import Motor

PATIENCE = 20.0


class Block:
    """Blocks whoever calls `here()`, in a way, until `release()`."""

    def __init__(self, how="wait"):
        self.how = how
        self.entered = threading.Event()
        self.go_on = threading.Event()
        self.returned = threading.Event()

    def here(self, *args, **kwargs):
        self.entered.set()
        getattr(self, self.how)()
        self.returned.set()

    def wait(self):
        """In C, until the event comes: no exception gets in."""
        self.go_on.wait(3 * PATIENCE)

    def sleep(self):
        """In C, again and again."""
        while not self.go_on.is_set():
            time.sleep(0.01)

    def spin(self):
        """In Python."""
        while not self.go_on.is_set():
            pass

    def deaf(self):
        """In C, and it takes no exception for an answer, as a driver with a bare `except` does."""
        try:
            self.go_on.wait(3 * PATIENCE)
        except BaseException:
            return

    def until_entered(self):
        assert self.entered.wait(PATIENCE)


class BlockingMotor(Motor):
    """A motor that blocks in one method, the first time."""

    def __init__(self, method, block, name="m1"):
        super().__init__(name)
        original, self.block = getattr(self, method), block

        def blocking(*args, **kwargs):
            if not block.entered.is_set():
                block.here()
            return original(*args, **kwargs)

        setattr(self, method, blocking)


def in_a_run_with(*messages):
    """A run in which something blocks, and a plan that would clean up and go on."""
    yield Msg("open_run")
    try:
        for msg in messages:  # noqa: UP028 - a list takes no replies
            yield msg
    finally:
        yield Msg("null")
        yield Msg("close_run")
