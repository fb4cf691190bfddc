"""Documents go to a recorder before anybody else, and nobody hears that a run is over before that is durable.

Rules of this file:
1. A RunStop is handed to the subscribers exactly once: as soon as it is kept, or by a halt, which outranks the wait.
   Whoever waits for that may be interrupted; it is handed out all the same.
2. All of it happens in the engine's thread. One that was given up takes nothing away from the one that goes on.
3. A recorder that raises fails no plan. It has lost its record already; with the plan, the measurement would be lost as
   well, and the subscribers can still have it. So it is logged once per run, and told in the result of the plan. One
   that cannot write just now does not raise: it keeps what it is given, and has the engine held (`RE.hold`).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Coroutine
from functools import partial
from typing import Any, Protocol

from .awaited import Begun
from .dispatcher import Dispatcher
from .errors import GivenUp
from .telling import told_by

__all__ = ["Recorder", "Recording"]

log = logging.getLogger("reioc.engine")

Document = dict[str, Any]


class Recorder(Protocol):
    """Keeps the documents, and tells when they are durable; `name`, if it has one, is what people are shown."""

    def record(self, name: str, doc: dict[str, Any]) -> None:
        """Take a document, before any subscriber sees it. Called in the thread that emits it; must never block.

        The subscribers get the same dict, and may change it: what is to be kept is taken from it before this returns.
        """
        ...

    def kept(self) -> Awaitable[None] | None:
        """None where all that was recorded is durable, otherwise what to wait for until it is.

        Called, and awaited, on the engine's loop. A future is never cancelled by the engine.
        """
        ...


class _Untold:
    """A RunStop that is recorded, and that nobody has heard of."""

    def __init__(self, doc: Document, kept: Awaitable[None]) -> None:
        self.doc = doc
        self.loop = asyncio.get_running_loop()
        self.kept = Begun(kept).future
        self.told = asyncio.Event()
        self.error: BaseException | None = None
        """What a subscriber raised that must not fail."""


async def _until_told(untold: _Untold, answer: Any) -> Any:
    await untold.told.wait()
    if (error := untold.error) is not None:
        untold.error = None  # it is told
        raise error
    return answer


class Recording:
    """What becomes of documents where there is a recorder."""

    def __init__(self, dispatcher: Dispatcher) -> None:
        self._dispatcher = dispatcher
        self._recorder: Recorder | None = None
        self._untold: dict[str, _Untold] = {}
        """By the uid of the run."""
        self._ill_told: list[_Untold] = []
        """Those that a subscriber has failed on."""
        self._has_failed = False
        self._problems: list[str] = []

    @property
    def recorder(self) -> Recorder | None:
        """Gets each document before the subscribers, if there is one."""
        return self._recorder

    @recorder.setter
    def recorder(self, recorder: Recorder | None) -> None:
        for method in ("record", "kept") if recorder is not None else ():
            if not callable(getattr(recorder, method, None)):
                raise TypeError(
                    f"A recorder has the methods record(name, doc) and kept(); {recorder!r} has no {method}()"
                )
        self._recorder = recorder
        self._dispatcher.first = self._record if recorder is not None else None

    @property
    def waiting_for(self) -> tuple[str, ...]:
        """What a RunStop waits for, for people. May be read from any thread."""
        return (str(getattr(self._recorder, "name", None) or "journal"),) if self._untold else ()

    def waiting(self, run_uid: str, answer: Any) -> Coroutine[Any, Any, Any] | None:
        """Where the RunStop of a run waits to be durable: a coroutine of `answer`, when it has been handed out.

        That raises what a subscriber raised that must not fail.
        """
        untold = self._untold.get(run_uid)
        return _until_told(untold, answer) if untold is not None else None

    def emit(self, name: str, doc: Document) -> None:
        """Emit a document of a run. A RunStop that is not durable at once is handed out later: see `waiting`."""
        if name != "stop":
            self._dispatcher.process(name, doc)
            return
        self._dispatcher.record(name, doc)
        kept = self._kept()
        try:
            untold = _Untold(doc, kept) if kept is not None else None
        except Exception as error:  # what is neither a future nor a coroutine nor awaitable
            self._failed("kept", error)
            untold = None
        if untold is None:
            self._dispatcher.tell(name, doc)
            return
        self._untold[doc["run_start"]] = untold
        untold.kept.add_done_callback(partial(self._is_kept, untold))

    async def emit_when_kept(self, name: str, doc: Document) -> None:
        """Emit a document of somebody else's; where it is a RunStop, hand it out when it is durable."""
        if name != "stop" or self._recorder is None:
            self._dispatcher.process(name, doc)
            return
        self._dispatcher.record(name, doc)
        try:
            if (kept := self._kept()) is not None:
                await asyncio.shield(Begun(kept).future)
        except Exception as error:
            self._failed("kept", error)
        self._dispatcher.tell(name, doc)

    async def until_all_told(self) -> None:
        """Wait until each RunStop has been handed out."""
        while self._untold:
            await next(iter(self._untold.values())).told.wait()

    def tell_at_once(self) -> None:
        """Hand out what is not durable yet: for a halt."""
        for untold in tuple(self._untold.values()):
            problem = (
                f"the RunStop of the run {untold.doc['run_start']} was handed out for a halt, and was not durable yet: "
                f"{self.waiting_for[0]} had not kept it"
            )
            log.warning("%s", problem)
            self._problems.append(problem)
            self._tell(untold)

    def take_problems(self) -> list[str]:
        """What has gone wrong since this was asked last, and nobody was told of, one sentence each."""
        problems, self._problems = self._problems, []
        ill_told, self._ill_told = self._ill_told, []
        for untold in ill_told:
            if untold.error is not None:
                problem = f"a subscriber failed on the RunStop of the run {untold.doc['run_start']}"
                log.error("%s", problem, exc_info=untold.error)
                problems.append(f"{problem}: {told_by(untold.error)}")
        return problems

    # Inside

    def _record(self, name: str, doc: Document) -> None:
        if name == "start":
            self._has_failed = False
        try:
            self._recorder.record(name, doc)  # type: ignore[union-attr]  # this is asked only where there is one
        except GivenUp:
            raise
        except BaseException as error:  # a SystemExit would end the thread that runs the loop
            self._failed(f"record of a {name} document", error)

    def _kept(self) -> Awaitable[None] | None:
        try:
            return self._recorder.kept() if self._recorder is not None else None
        except GivenUp:
            raise
        except BaseException as error:
            self._failed("kept", error)
            return None

    def _failed(self, what: str, error: BaseException) -> None:
        if self._has_failed:
            return
        self._has_failed = True
        log.error(
            "the recorder %r failed in %s; the plan goes on, and is not recorded", self._recorder, what, exc_info=error
        )
        self._problems.append(f"the recorder failed in {what}, what it has kept is not complete: {told_by(error)}")

    def _is_kept(self, untold: _Untold, kept: asyncio.Future[Any]) -> None:
        error = asyncio.CancelledError("it was cancelled") if kept.cancelled() else kept.exception()
        if self._untold.get(untold.doc["run_start"]) is not untold:
            return  # a halt has handed it out
        if error is not None:
            self._failed("kept", error)
        self._tell(untold)

    def _tell(self, untold: _Untold) -> None:
        self._dispatcher.refuse_given_up()
        self._untold.pop(untold.doc["run_start"], None)
        try:
            self._dispatcher.tell("stop", untold.doc)
        except GivenUp:
            raise
        except BaseException as error:  # for whoever waits for this, or else for the result
            untold.error = error
            self._ill_told.append(untold)
        finally:
            if asyncio.get_running_loop() is untold.loop:  # on one that was given up nobody waits any more
                untold.told.set()
