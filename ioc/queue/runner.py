"""Runs what waits in the queue, one item after the other.

Rules of this file:
1. That an item is in progress is durable before its plan starts, and its history before the next one starts. After a
   crash it is first in the line again.
2. From start to rest the engine is the queue's: nobody's plan comes between two items by PV.
3. What the end of a plan means for the queue is decided in `verdict`.
"""

from __future__ import annotations

import asyncio
import contextvars
import logging
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from ...engine import Outcome, RunResult, State
from ..bridge import EngineBridge, Failure
from ..plans.catalogue import BoundPlan
from ..pvs.puts import Refusal
from .changes import Change, Entered
from .futures import answer, at_once, seen, shared
from .history import ENGINE_DIED, SHOWN, About, BrokenRun, History
from .items import QueueItem
from .plan_queue import PlanQueue
from .state import QueueState
from .stops import Stops
from .verdict import Ending, judge

__all__ = ["QueueRunner", "QueueState"]

log = logging.getLogger("reioc.ioc.queue")

_EMPTY = "the queue is empty"


class QueueRunner:
    """Starts and stops the queue; `state` and `message` tell what it does, and why it has stopped."""

    def __init__(self, queue: PlanQueue, bridge: EngineBridge, history: History) -> None:
        self.queue, self.bridge, self.history = queue, bridge, history
        self.state = QueueState.STOPPED
        self.message = ""
        self.before_rest: list[Callable[[], Awaitable[None]]] = []
        """Each is waited for when the queue has stopped, before anybody who waits for that is told."""
        self.why_not: Callable[[], str] = lambda: ""
        """Why no plan at all can be started now, for people; empty if it can. Asked before each."""
        self.make: Callable[[BoundPlan], Any] = BoundPlan.make
        """Makes of a plan with its arguments what the engine runs."""
        self._task: asyncio.Task[None] | None = None
        self._over: asyncio.Future[str] | None = None
        self._stops = Stops()
        self._waits_for_somebody = False
        self._waits_for_other = False
        queue.on_add = self._added
        bridge.goes_on_between, bridge.stand_still_between = self._goes_on_between, self.stand_still

    def restore(self, recovered: Iterable[BrokenRun] = ()) -> None:
        """Take over what the journal has; `recovered` are runs that it had to close. Starts nothing."""
        keeping, broken = self.queue.keeping, tuple(recovered)
        self.history.restore(keeping.journal.history(SHOWN) if keeping.journal is not None else ())
        item, changes = self.queue.restore()
        if item is not None:
            entries = [self.history.not_run(item, ENGINE_DIED, broken)]
            self.message = f"the engine died while {item.text} ran: it is first in the queue again"
        else:
            entries = [self.history.broken(run) for run in broken]
        # As one: a start that is killed here leaves all of it to the next one.
        keeping.keep([*changes, *map(Entered, entries)])
        self._waits_for_somebody = bool(self.queue.line)

    # What clients ask for

    def start(self) -> Awaitable[str]:
        """Run what waits. Done when the queue has stopped, or nothing waits; fails if it has stopped for a failure.

        Takes a stop back that was asked for. Raises Refusal while somebody else's plan is in progress.
        """
        if why := self.why_not_start():
            raise Refusal(why)
        if self._over is not None:
            self._stops.take_back()
            self._set_state(QueueState.RUNNING)
            return shared(self._over)
        return shared(self._begin()) if self.queue.line else at_once(f"{_EMPTY}: nothing to do")

    def why_not_start(self) -> str:
        """Why `start` would be refused now, for people; empty if it would not."""
        if self._over is not None:
            return self._stops.why_not_taken_back()
        if not self.queue.line:
            return ""
        if trouble := self.queue.keeping.trouble:
            return f"the queue does not start, since the journal cannot write: {trouble}"
        state = self.bridge.state
        busy = "" if state is State.IDLE else f"the engine is {state}: the queue can be started when it is idle"
        return self.why_not() or busy

    def stop(self) -> asyncio.Future[str]:
        """Stop after the plan that runs. Done when the queue has stopped; fails if Start takes it back."""
        if why := self.why_not_stop():
            raise Refusal(why)
        self._set_state(QueueState.STOPPING)
        return self._stops.wait()

    def why_not_stop(self) -> str:
        """Why `stop` would be refused now, for people; empty if it would not."""
        return "" if self._over is not None else "the queue does not run"

    def stand_still(self, why: str) -> asyncio.Future[str] | None:
        """Start no other plan: an end, or a pause, was asked for when no plan was there to obey. Done when it has
        stopped; None where it does not run."""
        if not self._goes_on_between():
            return None
        self._stops.stands_still = why or "an end, or a pause, was asked for"
        return self.stop()

    def _goes_on_between(self) -> bool:
        return self._over is not None and not self._waits_for_other

    def why_not_run(self) -> str:
        """Why nobody else can start a plan now, for people; empty if the queue does not mind."""
        return "" if self._over is None else "the queue runs; stop it first, or add the plan to it"

    @property
    def has_nothing_to_run(self) -> bool:
        """Whether no plan will follow by itself."""
        return self._over is None

    # The end of the IOC

    def give_back(self, why: str) -> None:
        """What runs is about to be ended, since the service ends: it is first in the line again, to be run anew."""
        if self._over is not None:
            self._stops.gives_back = why
            self._set_state(QueueState.STOPPING)

    async def rest(self) -> None:
        """Wait until the queue has stopped."""
        if self._over is not None:
            await asyncio.wait([self._over])

    def close(self) -> None:
        """Run nothing any more. What is in progress is in the journal as that."""
        if self._task is not None:
            self._task.cancel()

    # How

    def _begin(self) -> asyncio.Future[str]:
        loop = asyncio.get_running_loop()
        self._over = over = loop.create_future()
        over.add_done_callback(seen)
        self.message, self._waits_for_somebody = "", False
        self._set_state(QueueState.RUNNING)
        # In a context of its own: what the queue does is not part of the put that has started it.
        self._task = loop.create_task(self._run(), context=contextvars.Context())
        return over

    def _added(self) -> None:
        if self.message == _EMPTY:
            self.message = ""
        if not self.queue.settings.auto_start or self._waits_for_somebody or self._over is not None:
            return
        if self.bridge.state is State.IDLE:
            self._begin()
        else:
            ended = self.bridge.until(lambda item: item if isinstance(item, RunResult) else None)
            ended.add_done_callback(lambda _: self._added() if self.queue.line else None)

    def _set_state(self, state: QueueState) -> None:
        self.state = state
        self._tell()

    def _tell(self) -> None:
        for observer in self.queue.observers:
            observer()

    async def _run(self) -> None:
        failure: Failure | None = None
        try:
            await self._run_items()
        except Failure as error:
            failure = error
            self.message = str(error)
        except asyncio.CancelledError:
            failure = Failure("the IOC has ended")
            raise
        except Exception as error:  # a fault of ours: nobody must be left waiting for it
            log.exception("the queue has failed")
            self.message = f"the queue has failed, and the log says where: {type(error).__name__}: {error}"
            failure = Failure(self.message)
        finally:
            await self._stopped(failure)

    async def _stopped(self, failure: Failure | None) -> None:
        # All of it now: while the displays are written, somebody may start the queue anew, and stop it.
        over, self._over, self._task = self._over, None, None
        stops, message = self._stops.over(), self.message
        self._waits_for_somebody = bool(self.queue.line)
        self._set_state(QueueState.STOPPED)
        try:
            for done in self.before_rest:
                await done()
        finally:
            answer([over] if over is not None else [], message, failure)
            answer(stops, message or "the queue has stopped", None)

    async def _run_items(self) -> None:
        """Until nothing waits, or the queue is to stop; raises Failure if it stops for one."""
        changes: list[Change] = []
        why: str | Failure = ""
        while not why:
            if not self._goes_on():
                await self.queue.keeping.keep(changes)
                changes = []
                if not self._goes_on():  # somebody may have added an item meanwhile
                    break
            if hindrance := self.why_not():
                why = Failure(f"the queue has stopped: {hindrance}")
                continue
            plan = await self._check_first()
            if plan is None:
                continue
            if isinstance(plan, str):
                why = self._not_started(plan, changes)
                await asyncio.sleep(0)  # thousands may be skipped in a row
                continue
            item, taken = self.queue.take_first()
            await self.queue.keeping.keep([*changes, *taken])
            changes = []
            result = await self._execute(item, plan)
            why = self._settle(item, result, changes)
        await self.queue.keeping.keep(changes)
        if isinstance(why, Failure):
            raise why
        self.message = why or self._why_at_rest()

    def _goes_on(self, item: QueueItem | None = None) -> bool:
        return self.state is QueueState.RUNNING and (item is not None or len(self.queue.line) > 0)

    def _why_at_rest(self) -> str:
        if not self.queue.line:
            return _EMPTY
        why = self._stops.stands_still
        return f"stopped before the next plan: {why}" if why else "stopped by Queue:Stop"

    async def _check_first(self) -> BoundPlan | str | None:
        """The first item's plan; or why it cannot be run. None if another is the first by now."""
        item = next(iter(self.queue.line))
        plan = await self.queue.ready(item)
        return plan if self._goes_on() and next(iter(self.queue.line)) is item else None

    def _not_started(self, why: str, changes: list[Change]) -> str | Failure:
        """The first item stays where it is, or is skipped. Returns why the queue stops, if it does."""
        item = next(iter(self.queue.line))
        if self.queue.settings.on_failure == "stop":
            return Failure(f"{item.text} was not started: {why}; it is first in the queue")
        entry = self.history.not_run(item, f"not started: {why}")
        changes += [*self.queue.line.remove(item.uid), Entered(entry)]
        return ""

    async def _execute(self, item: QueueItem, plan: BoundPlan) -> Ending | RunResult | None:
        """What became of the plan; an Ending of ours where it could not be started, None where it was not to be."""
        metadata = {**item.metadata, "queue_item": item.uid, **({"operator": item.by} if item.by else {})}
        about = About(item.plan, item.params, item.by, item.uid)
        while self._goes_on(item):
            try:
                return await self.bridge.run_to_result(self.make(plan), about, **metadata)
            except Refusal as refusal:
                if self.bridge.state is State.PANICKED:
                    return Ending(item.text, Outcome.HALT, str(refusal))
            except Failure as failure:
                return Ending(item.text, Outcome.HALT, str(failure))
            except Exception as error:  # of the plan's function, or of what it returns
                log.exception("the plan of %s could not be started", item.text)
                return Ending(item.text, Outcome.FAIL, f"not started: {type(error).__name__}: {error}")
            # Somebody at a prompt in this process was faster: nobody else can be.
            self.message, self._waits_for_other = "waits for the end of a plan that was started from Python", True
            self._tell()
            await self.bridge.until(lambda news: news if isinstance(news, RunResult) else None)
            self.message, self._waits_for_other = "", False
        return None

    def _settle(self, item: QueueItem, result: Ending | RunResult | None, changes: list[Change]) -> str | Failure:
        """What changes with the end of a plan; returns why the queue stops, if it does."""
        if result is None:
            changes += self.queue.finish(back=True)
            return ""
        if isinstance(result, RunResult):
            entry = self.history.take(item)
            ending = Ending(item.text, result.outcome, result.reason, result.pause_wished)
        else:
            entry, ending = self.history.not_run(item, result.reason), result
        verdict = judge(ending, on_failure=self.queue.settings.on_failure, service_ends=self._stops.gives_back)
        changes += [*self.queue.finish(back=verdict.back, done=verdict.done), Entered(entry)]
        return Failure(verdict.stops) if verdict.failed else verdict.stops
