"""The thread that runs the engine's event loop."""

from __future__ import annotations

import asyncio
import logging
import threading

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

    def close(self, timeout: float) -> None:
        """Cancel what still runs on the loop and end the thread. A loop that is somebody else's is left alone.

        A thread that is blocked (in a device's call) is left behind after `timeout` seconds.
        """
        withdraw_loop(self.loop)
        if self._thread is None or self.loop.is_closed():
            return
        asyncio.run_coroutine_threadsafe(self._wind_up(), self.loop)
        if self.is_current:
            return
        self._thread.join(timeout)
        if self._thread.is_alive():
            log.error("the engine's thread does not end, it is blocked")
        else:
            self.loop.close()

    async def _wind_up(self) -> None:
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        if others:
            await asyncio.wait(others, timeout=1.0)
        self.loop.call_soon(self.loop.stop)
