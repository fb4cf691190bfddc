"""The thread that runs the engine's event loop."""

from __future__ import annotations

import asyncio
import logging
import threading
from concurrent.futures import Future
from typing import Any

from .neighbours import share_loop, withdraw_loop

__all__ = ["LoopThread"]

log = logging.getLogger("reioc.engine")


class LoopThread:
    """An event loop and the thread that runs it. A loop that is given and already runs is somebody else's."""

    def __init__(self, loop: asyncio.AbstractEventLoop | None = None) -> None:
        self.loop = loop or asyncio.new_event_loop()
        self._thread: threading.Thread | None = None
        if not self.loop.is_running():
            self._thread = threading.Thread(target=self.loop.run_forever, name="reioc-engine", daemon=True)
            self._thread.start()
        share_loop(self.loop)

    @property
    def is_current(self) -> bool:
        """Whether the caller is run by this loop: it must not wait for what the loop does."""
        try:
            return asyncio.get_running_loop() is self.loop
        except RuntimeError:
            return False

    def close(self, timeout: float, last: Future[Any] | None = None) -> None:
        """Cancel what still runs on the loop and end the thread. A loop that is somebody else's is left alone.

        `last` may end first, on the loop. A thread that is blocked (in a device's call), and `last`, are left behind
        after `timeout` seconds.
        """
        withdraw_loop(self.loop)
        if self._thread is None or self.loop.is_closed():
            return
        if self._thread.is_alive():
            asyncio.run_coroutine_threadsafe(self._wind_up(timeout, last), self.loop)
        if self.is_current:
            return
        self._thread.join(timeout)
        if self._thread.is_alive():
            log.error("the engine's thread does not end, it is blocked")
        else:
            self.loop.close()

    async def _wind_up(self, timeout: float, last: Future[Any] | None) -> None:
        if last is not None:
            await asyncio.wait([asyncio.wrap_future(last)], timeout=timeout)
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        if others:
            await asyncio.wait(others, timeout=1.0)
        self.loop.call_soon(self.loop.stop)
