"""The thread that runs the engine's event loop.

Rules of this file:
1. Whether the loop answers is asked by whoever wants to know (`silence`); nothing here looks by itself.
2. A thread that is given up executes nothing more: GivenUp is raised in it as soon as it executes Python code again,
   and its function ends with that. It cannot be killed: one that never returns stays, and keeps no process from ending.
"""

from __future__ import annotations

import asyncio
import ctypes
import logging
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from time import monotonic
from types import FrameType
from typing import Any

from ..errors import GivenUp
from .neighbours import share_in_place_of, share_loop, withdraw_loop

__all__ = ["LoopThread", "undisturbed"]

log = logging.getLogger("reioc.engine")


LOOK = 0.05
"""Seconds that a look at another thread may take, with what is done on account of it."""


@contextmanager
def undisturbed() -> Iterator[None]:
    """For as long as it does not wait for anything in here, the caller is the only thread that executes Python code.

    What another thread is in does not change then between a look at it and what is done on account of it.
    """
    before = sys.getswitchinterval()
    sys.setswitchinterval(LOOK)
    try:
        time.sleep(0)  # who waits for their turn has begun to with the old interval: they have it now
        yield
    finally:
        sys.setswitchinterval(before)


class LoopThread:
    """An event loop and the thread that runs it. A loop that is given and already runs is somebody else's."""

    def __init__(self, loop: asyncio.AbstractEventLoop | None = None, *, in_place_of: LoopThread | None = None) -> None:
        self.loop = loop or asyncio.new_event_loop()
        self._asked_at: float | None = None
        self._ident: int | None = None
        self._fate = threading.Lock()
        self._given_up = False
        self.is_closed = False
        """Whether it was closed, though it may go on for a while."""
        self._came_back: Callable[[], None] = lambda: None
        self._thread: threading.Thread | None = None
        if not self.loop.is_running():
            self._thread = threading.Thread(target=self._run, name="reioc-engine", daemon=True)
            self._thread.start()
        else:
            self.ask(self._answer)  # it is known by that which thread it is
        if in_place_of is None:
            share_loop(self.loop)
        else:
            share_in_place_of(in_place_of.loop, self.loop)

    @property
    def is_current(self) -> bool:
        """Whether the caller is run by this loop: it must not wait for what the loop does."""
        try:
            return asyncio.get_running_loop() is self.loop
        except RuntimeError:
            return False

    @property
    def is_ours(self) -> bool:
        """Whether the thread was made here, and can be given up."""
        return self._thread is not None

    @property
    def is_calling(self) -> bool:
        """Whether the caller is in the thread that was made here."""
        return threading.current_thread() is self._thread

    def _run(self) -> None:
        self._ident = threading.get_ident()
        while True:
            try:
                self.loop.run_forever()
            except GivenUp:
                if not self._given_up:
                    continue  # it was freed in time
            break
        if self._given_up:
            self._came_back()
            self._leave()

    # Whether it answers

    def silence(self) -> float:
        """For how many seconds the loop has not answered; the first call after an answer asks, and returns 0.

        For any thread; never blocks.
        """
        asked_at = self._asked_at
        if asked_at is not None:
            return monotonic() - asked_at
        self._asked_at = monotonic()
        if not self.ask(self._answer):
            self._asked_at = None
        return 0.0

    def _answer(self) -> None:
        self._asked_at, self._ident = None, threading.get_ident()

    def ask(self, answer: Callable[[], object]) -> bool:
        """Have the loop call this when it can. Returns whether that is possible: the loop is not closed."""
        with suppress(RuntimeError):
            self.loop.call_soon_threadsafe(answer)
            return True
        return False

    def frame(self) -> FrameType | None:
        """The innermost frame of what the thread executes, or None where no thread is known."""
        ident = self._known_ident()
        frames = sys._current_frames()  # noqa: SLF001 - it is documented, and has no other name
        return frames.get(ident) if ident is not None else None

    def _known_ident(self) -> int | None:
        """The thread's number, unless it is over: another one may have it then."""
        return None if self._thread is not None and not self._thread.is_alive() else self._ident

    # When it does not

    def strike(self) -> None:
        """Raise GivenUp in the thread, which is blocked: when it next executes Python code, and so perhaps never."""
        if (ident := self._known_ident()) is not None:
            ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(ident), ctypes.py_object(GivenUp))

    def is_freed(self, patience: float, came_back: Callable[[], None]) -> bool:
        """Whether the loop answers within `patience` seconds, since GivenUp was raised in Python code.

        From a call into C that does not return nothing frees it: then it is given up by this. `came_back()` is called
        in it if it returns all the same.
        """
        answered = threading.Event()

        def answer() -> None:
            with self._fate:
                if self._given_up:
                    raise GivenUp
                answered.set()

        self._came_back = came_back
        self.ask(answer)
        answered.wait(patience)
        with self._fate:
            self._given_up = not answered.is_set()
        return not self._given_up

    def _leave(self) -> None:
        self.loop.set_exception_handler(lambda *_: None)  # nobody will ask for what the tasks have come to
        if tasks := asyncio.all_tasks(self.loop):
            # They will never go on, and must never be collected, not even when the process ends: what is thrown away
            # half-done executes its `finally`, and may call a device in there.
            ctypes.pythonapi.Py_IncRef(ctypes.py_object(tasks))
        else:
            self.loop.close()

    def close(self, timeout: float, last: Future[Any] | None = None) -> None:
        """Cancel what still runs on the loop and end the thread. A loop that is somebody else's is left alone.

        `last` may end first, on the loop. A thread that is blocked (in a device's call), and `last`, are left behind
        after `timeout` seconds.
        """
        withdraw_loop(self.loop)
        self.is_closed = True
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
