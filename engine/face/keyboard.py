"""Ctrl-C while a call waits, for whoever sits at a prompt.

Rules of this file:
1. A handler is installed at a prompt only, in the main thread only, and for the time of one call. The one before it
   comes back, whatever happens.
2. The handler runs between any two instructions of the main thread: it asks, and never waits.
3. However badly the engine hangs, pressing on gives the user the prompt back.
"""

from __future__ import annotations

import signal
import sys
import threading
import time
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import Any, Self

from ..errors import TransitionError

__all__ = ["PauseOnCtrlC", "is_interactive"]

BOUNCE = 0.1
"""Seconds in which a second signal is not a second press: nobody is that quick."""
MEMORY = 10.0
"""Seconds after which a press is not the second one any more."""
ESCAPE = 11
"""The press that gives the prompt back."""


def is_interactive() -> bool:
    """Whether somebody sits at a prompt: Python's, IPython's, Jupyter's."""
    return hasattr(sys, "ps1") or bool(sys.flags.interactive)


class PauseOnCtrlC:
    """Ctrl-C once pauses the plan at its next checkpoint, twice at once; eleven times gives up waiting.

    For `RunEngine(context_managers=[…])`, where it is unless something else is given. Does nothing where nobody sits
    at a prompt. The clock (s, monotonic) is for tests.
    """

    def __init__(self, RE: Any, clock: Callable[[], float] = time.monotonic) -> None:
        self._RE = RE
        self._clock = clock
        self._presses = 0
        self._last = clock()
        self._before: Any = None

    def __enter__(self) -> Self:
        if is_interactive() and threading.current_thread() is threading.main_thread():
            before = signal.getsignal(signal.SIGINT)
            if before is not None:  # one that was not installed from Python could not be put back
                self._before = before
                signal.signal(signal.SIGINT, self._pressed)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._before is not None:
            signal.signal(signal.SIGINT, self._before)
            self._before = None

    def _pressed(self, number: int, frame: FrameType | None) -> None:
        now = self._clock()
        since, self._last = now - self._last, now
        if self._presses and since < BOUNCE:
            return
        self._presses = 1 if since > MEMORY else self._presses + 1
        if self._presses >= ESCAPE:
            self._RE.log.warning(
                "Ctrl-C: here is the prompt. The engine is still %s, and may be blocked in a device (RE.blocked_in); "
                "RE.halt() ends the plan, whether the device answers or not.",
                self._RE.state,
            )
            raise KeyboardInterrupt
        self._ask_for_a_pause(defer=self._presses == 1)

    def _ask_for_a_pause(self, *, defer: bool) -> None:
        try:
            self._RE.request_pause(defer, reason="Ctrl-C")
        except TransitionError as refused:
            advice = f"{refused}."
        else:
            advice = "the plan will pause at its next checkpoint." if defer else "the plan pauses now."
        if defer:
            advice += f" Once more within {MEMORY:g} s: it pauses now."
        else:
            advice += f" If nothing helps, {ESCAPE - self._presses} more give the prompt back."
        self._RE.log.warning("Ctrl-C: %s", advice)
