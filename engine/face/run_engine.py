"""The face of the engine: what people make, hold and close. Its parts are in the files that it is composed of.

settings      what is set once: metadata, hooks, subscribers, commands
facts         what is so now
suspending    holds and suspenders
requests      what can be asked without waiting, from any thread
starting      plans come in
giving_up     a halt that needs nothing of a thread that is blocked
calls         the calls that wait

Rules of these files:
1. Here meet the callers' threads and the engine's (`loop_thread`). Everything that is asked of the engine goes
   through the inbox, or is started on the engine's loop.
2. Nothing is printed, and no signal handler is installed, unless somebody sits at a prompt (`keyboard`).
"""

from __future__ import annotations

import asyncio
import atexit
from collections.abc import Callable, MutableMapping
from contextlib import AbstractContextManager
from typing import Any
from weakref import WeakSet

from ..environment import Environment, next_scan_id
from ..runs import RunBundler
from ..states import State
from .calls import Calls
from .during_task import DuringTask
from .keyboard import PauseOnCtrlC
from .loop_thread import LoopThread
from .requests import CLOSED

__all__ = ["RunEngine"]


_made: WeakSet[RunEngine] = WeakSet()


@atexit.register
def _close_what_is_not_over() -> None:
    """A plan that is paused when Python ends has its RunStop, and is not thrown away in the middle."""
    for engine in tuple(_made):
        if engine.state not in (State.IDLE, State.PANICKED) and engine.loop.is_running():
            engine.log.warning("Python ends with a plan in progress, which is halted")
            engine.close()


class RunEngine(Calls):
    """Executes plans and emits documents.

    `md` is kept and goes into every RunStart; `scan_id_source(md)`, a function or coroutine function, gives the next
    scan number; `md_validator(md)` may raise to refuse a run; `md_normalizer(md)` returns the metadata that are used.
    `preprocessors` are applied to each plan, the last one outermost. `context_managers` are called with the engine and
    entered while a call waits; without them Ctrl-C pauses, if somebody sits at a prompt. `during_task` is what the
    caller's thread does while it waits. With `call_returns_result` a call returns a RunResult, otherwise the uids of
    its runs. A `loop` that is given and runs already is somebody else's: it is not closed.
    """

    RunBundler = RunBundler
    """What makes the documents of a run; a subclass of the engine may have its own."""

    def __init__(
        self,
        md: MutableMapping[str, Any] | None = None,
        *,
        loop: asyncio.AbstractEventLoop | None = None,
        preprocessors: list[Callable[[Any], Any]] | None = None,
        context_managers: list[Callable[[Any], AbstractContextManager[Any]]] | None = None,
        md_validator: Callable[[dict[str, Any]], Any] | None = None,
        md_normalizer: Callable[[dict[str, Any]], dict[str, Any]] | None = None,
        scan_id_source: Callable[[Any], Any] = next_scan_id,
        during_task: DuringTask | None = None,
        call_returns_result: bool = False,
    ) -> None:
        given = {"md": md, "md_validator": md_validator, "md_normalizer": md_normalizer}
        env = Environment(
            scan_id_source=scan_id_source,
            run_bundler=type(self).RunBundler,
            engine_class=type(self),
            **{name: value for name, value in given.items() if value is not None},
        )
        super().__init__(env, LoopThread(loop))
        self.preprocessors = preprocessors if preprocessors is not None else []
        self.context_managers = context_managers if context_managers is not None else [PauseOnCtrlC]
        self.call_returns_result = call_returns_result
        self._during_task = during_task
        _made.add(self)

    def __repr__(self) -> str:
        reason = self.last_change.reason
        return f"<{type(self).__name__}: {self.state}{f', {reason}' if reason else ''}>"

    def close(self) -> None:
        """Stop the engine's thread. A plan in progress is halted first. No plan can be started afterwards.

        In the engine's own thread (an observer, a subscriber) it does not wait: plan and thread end afterwards.
        """
        self.clear_suspenders()
        patience, plan = self.env.cleanup_timeout, self._plan
        with self._gate:
            begins, self._busy = self._begins, CLOSED
            if begins or self.state not in (State.IDLE, State.PANICKED):
                self.request_halt("the engine is closed")
        if plan is not None and not self._thread.is_current:
            self._news.wait_for(lambda: plan.over, 2 * patience)
        # In the engine's own thread the plan could not be waited for here: it ends when this has returned.
        last = plan.future if plan is not None and not plan.over and self._thread.is_current else None
        if last is None:
            self._deafen()
        else:
            last.add_done_callback(self._deafen)
        self._thread.close(patience, last)

    def _deafen(self, *_: Any) -> None:
        self._engine.inbox.waker = lambda: None
