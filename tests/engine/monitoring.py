"""What the tests of monitors have in common."""

import threading

from reioc.engine import Msg

from .documents import named
from .flying_fakes import Signal

OPEN, CLOSE = Msg("open_run"), Msg("close_run")


def monitor(signal):
    return Msg("monitor", signal, name="watched")


def values(documents):
    """What the monitors gave, in order."""
    return [value for doc in named(documents, "event") for value in doc["data"].values()]


def elsewhere(function, *args):
    """Call it in another thread, and wait until that is over."""
    thread = threading.Thread(target=function, args=args)
    thread.start()
    thread.join(timeout=10)
    assert not thread.is_alive()


class Broken(Signal):
    """Fails in one method as soon as it is told to."""

    def __init__(self, method):
        super().__init__("broken")
        self.method, self.armed = method, False

    def _do(self, method, *args, **kwargs):
        if self.armed and method == self.method:
            raise OSError("no connection")
        return getattr(super(), method)(*args, **kwargs)

    def subscribe(self, *args, **kwargs):
        return self._do("subscribe", *args, **kwargs)

    def clear_sub(self, *args):
        return self._do("clear_sub", *args)

    def read(self):
        return self._do("read")
