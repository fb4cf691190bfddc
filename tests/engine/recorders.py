"""Recorders whose every promise the test decides. No disks, no clocks."""

import asyncio
import threading
from contextlib import suppress

PATIENCE = 20.0


class Notebook:
    """Notes each document; while it `is_slow`, none is durable before `keep()`."""

    def __init__(self, RE, *, is_slow=True):
        self.RE = RE
        self.is_slow = is_slow
        self.noted = []
        self.asked = threading.Semaphore(0)
        """Released each time when somebody begins to wait."""
        self._futures = []
        RE.recorder = self

    @property
    def names(self):
        return [name for name, _ in self.noted]

    def record(self, name, doc):
        self.noted.append((name, dict(doc)))

    def kept(self):
        if not self.is_slow:
            return None
        self._futures.append(asyncio.get_running_loop().create_future())
        self.asked.release()
        return self._futures[-1]

    def until_asked(self):
        """Somebody waits for this, and has done what there was to do before that."""
        assert self.asked.acquire(timeout=PATIENCE)
        turn(self.RE)

    def keep(self, error=None, *, number=0):
        """What was waited for is durable, or has failed. Of several, the one of that number."""
        future = self._futures.pop(number)

        def answer():
            if error is None:
                future.set_result(None)
            else:
                future.set_exception(error)

        with suppress(RuntimeError):  # the loop that it belongs to has been given up, and is closed
            future.get_loop().call_soon_threadsafe(answer)


def turn(RE):
    """The engine's loop has had its turn, three times over."""
    for _ in range(3):
        asyncio.run_coroutine_threadsafe(asyncio.sleep(0), RE.loop).result(PATIENCE)
