"""Who waits for the queue to stop, and why it is to stop."""

from __future__ import annotations

import asyncio

from ..bridge import Failure
from ..pvs.puts import Refusal
from .futures import seen

__all__ = ["Stops"]


class Stops:
    """What is asked of a queue that runs; until it has stopped."""

    def __init__(self) -> None:
        self.gives_back = ""
        """Why what runs is first in the line again when it has ended: the service ends."""
        self.stands_still = ""
        """Why no other plan is started, where somebody has asked for that between two."""
        self._waiting: list[asyncio.Future[str]] = []

    def wait(self) -> asyncio.Future[str]:
        """Somebody waits for it to stop."""
        stopped: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        stopped.add_done_callback(seen)
        self._waiting.append(stopped)
        return stopped

    def why_not_taken_back(self) -> str:
        """Why it stops whatever anybody asks for; empty if it does not."""
        return f"the queue stops: {self.gives_back}" if self.gives_back else ""

    def take_back(self) -> None:
        """It does not stop: who waits for that is told. Raises Refusal where it must."""
        if why := self.why_not_taken_back():
            raise Refusal(why)
        for stopped in self._waiting:
            if not stopped.done():
                stopped.set_exception(Failure("the queue goes on: Start has taken it back"))
        self._waiting.clear()
        self.stands_still = ""

    def over(self) -> list[asyncio.Future[str]]:
        """It has stopped: nothing is asked of it any more. Returns who is to be told."""
        waiting, self._waiting = self._waiting, []
        self.gives_back = self.stands_still = ""
        return waiting
