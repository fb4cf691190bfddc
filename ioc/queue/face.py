"""The queue from another thread: a prompt, a script.

ioc.queue.add("scan", {"detectors": ["det1"], "args": ["m1", -1, 1], "num": 5})
ioc.queue.start()
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import CancelledError
from typing import Any

from ..pvs.puts import Refusal
from .futures import seen
from .items import InvalidItem, new_item
from .runner import QueueRunner

__all__ = ["QueueFace"]


class QueueFace:
    """Each method asks the queue on the IOC's loop, waits until it is done and durable, and returns what it says.

    Raises Refusal for what is not done, and Failure for what was begun and has failed; both say why. RuntimeError if it
    is asked on the loop that would have to answer.
    """

    def __init__(self, runner: QueueRunner, loop: asyncio.AbstractEventLoop) -> None:
        self._runner, self._queue, self._loop = runner, runner.queue, loop

    def add(
        self,
        plan: str,
        params: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
        *,
        front: bool = False,
    ) -> str:
        """Add a plan with its parameters by name, devices by their names in the registry. Returns the item's uid."""
        try:
            item = new_item(plan, params, metadata)
        except InvalidItem as error:
            raise Refusal(str(error)) from error
        self._ask(lambda: self._queue.add_item(item, front=front))
        return item.uid

    def remove(self, uid: str) -> str:
        """Take an item out."""
        return self._ask(lambda: self._queue.remove(uid))

    def move_up(self, uid: str) -> str:
        """One place to the front."""
        return self._ask(lambda: self._queue.move_up(uid))

    def move_down(self, uid: str) -> str:
        """One place to the end."""
        return self._ask(lambda: self._queue.move_down(uid))

    def move_to(self, uid: str, index: int) -> str:
        """To a place from 0 on."""
        return self._ask(lambda: self._queue.move_to(uid, index))

    def clear(self) -> str:
        """Take all out that wait."""
        return self._ask(self._queue.clear)

    def set_loop(self, on: bool) -> str:
        """Whether what is done goes to the end again."""
        return self._ask(lambda: self._queue.set_loop(on))

    def set_on_failure(self, what: str) -> str:
        """`stop` or `skip`: what a plan that fails does to the queue."""
        return self._ask(lambda: self._queue.set_on_failure(what))

    def set_auto_start(self, on: bool) -> str:
        """Whether an item that is added starts a queue that has nothing to do."""
        return self._ask(lambda: self._queue.set_auto_start(on))

    def start(self) -> str:
        """Run what waits, and wait until the queue has stopped. Ctrl-C ends the waiting alone."""
        return self._ask(self._runner.start)

    def start_soon(self) -> None:
        """Run what waits; do not wait."""

        async def begun() -> None:
            asyncio.ensure_future(self._runner.start()).add_done_callback(seen)

        self._wait(begun())

    def stop(self) -> None:
        """Have the queue stop after the plan that runs; do not wait for that."""
        self._look(self._runner.stop)

    @property
    def items(self) -> list[dict[str, Any]]:
        """What waits, in order."""
        return self._look(lambda: [item.as_dict() for item in self._queue.line])

    @property
    def history(self) -> list[dict[str, Any]]:
        """What became of the last plans, the newest first."""
        return self._look(lambda: [dict(entry) for entry in self._runner.history.entries])

    @property
    def state(self) -> str:
        """stopped, running or stopping."""
        return str(self._runner.state)

    def _ask(self, ask: Callable[[], Awaitable[str]]) -> str:
        async def asked() -> str:
            return await ask()

        return self._wait(asked())

    def _look(self, look: Callable[[], Any]) -> Any:
        async def looked() -> Any:
            return look()

        return self._wait(looked())

    def _wait(self, asked: Any) -> Any:
        if _running_loop() is self._loop:
            asked.close()
            raise RuntimeError("this is the IOC's own loop: use the PlanQueue and the QueueRunner on it")
        future = asyncio.run_coroutine_threadsafe(asked, self._loop)
        try:
            return future.result()
        except CancelledError as error:
            raise Refusal("the IOC has ended") from error
        except KeyboardInterrupt:
            future.cancel()
            raise


def _running_loop() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None
