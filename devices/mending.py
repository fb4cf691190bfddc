"""What is mended in ophyd while it runs, as long as its releases have it."""

from __future__ import annotations

import sys
import time
from typing import Any

__all__ = ["mend_ophyd"]


def mend_ophyd() -> None:
    """Mend what ophyd is loaded of, once; nothing where it is not loaded.

    ophyd 1.11, `PositionerBase._done_moving`: whoever waits for the end of a move is told, and then all who wait are
    forgotten. They are told in another thread, in which the next move may begin before that: it is forgotten with them,
    and its plan waits for ever. It takes two moves of one motor that follow each other at once, on a busy machine.
    """
    module = sys.modules.get("ophyd.positioner")
    base = getattr(module, "PositionerBase", None)
    if base is not None and base._done_moving is not _done_moving:  # noqa: SLF001  there is no public way
        base._done_moving = _done_moving  # noqa: SLF001


def _done_moving(self: Any, success: bool = True, timestamp: Any = None, value: Any = None, **kwargs: Any) -> None:
    """Tell that a move is over; who is told has been forgotten by then, and nobody else."""
    if success:
        self._run_subs(sub_type=self.SUB_DONE, timestamp=timestamp, value=value)
    kind = self._SUB_REQ_DONE
    waiting = dict(self._callbacks[kind])
    for number in waiting:
        self._callbacks[kind].pop(number, None)
        self._unwrapped_callbacks[kind].pop(number, None)
    when = time.time() if timestamp is None else timestamp
    told = {"success": success, "timestamp": when, "sub_type": kind, "obj": self}
    self._args_cache[kind] = ((), dict(told))  # for who subscribes later and wants to hear of the last one
    for tell in waiting.values():
        tell(**told)
