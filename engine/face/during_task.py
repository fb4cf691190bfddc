"""What the caller's thread does while a plan runs, if it is to do something: keep a window alive, for instance."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Protocol

from .news import News

__all__ = ["DuringTask", "meanwhile"]


class DuringTask(Protocol):
    """bluesky's protocol: whatever has such a method can be given to `RunEngine(during_task=…)`."""

    def block(self, blocking_event: threading.Event) -> None:
        """Return when the event is set."""
        ...


def meanwhile(task: DuringTask, news: News, is_so: Callable[[], bool]) -> None:
    """Have the task block until `is_so()`. Raises what the task raises."""
    event = threading.Event()

    def set_when_so() -> None:
        news.wait_for(is_so)
        event.set()

    # A thread of its own, not the engine's: Ctrl-C may leave the event's lock taken, and whoever sets it then hangs.
    threading.Thread(target=set_when_so, name="reioc-during-task", daemon=True).start()
    task.block(event)
