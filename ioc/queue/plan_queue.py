"""The plans that wait, and how they are to be run: whoever asks for a change asks here.

Rules of this file:
1. A change is made at once, as a whole, and is on its way into the journal before anything else can happen: two
   clients cannot come between each other. It is acknowledged when it is durable. What is added is tried first, which
   may take its time; those that are added meanwhile come after it.
2. While the journal is known not to write, changes are refused, and the queue stays as it is. What was taken in before
   that was known is acknowledged when the journal can write again.
3. All of this is for the IOC's loop.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from ..plans.catalogue import BoundPlan, Catalogue, CatalogueError, InvalidParameters, UnknownPlan
from ..plans.presence import devices_in, missing_devices
from ..pvs.puts import Refusal, current_put
from .changes import Change, Valued
from .futures import seen
from .items import InvalidItem, QueueItem, new_item, read_item
from .keeping import Keeping
from .line import Line
from .trials import Trials

__all__ = ["MOST", "ON_FAILURE", "PlanQueue", "Settings"]

log = logging.getLogger("reioc.ioc.queue")

MOST = 100_000
"""Items that may wait."""
ON_FAILURE = ("stop", "skip")
IN_PROGRESS = "queue.in_progress"
SETTINGS = "queue.settings"
_NAMED = 3
_Arrived = tuple[asyncio.Future[None], str]
"""Of an item that is in the line: when it is durable, and what is told then."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How the queue is run: an item that is done goes to the end again; whether it stops when a plan fails, or goes on
    with the next; whether an item that is added to a queue that has nothing to do starts it."""

    loop: bool = False
    on_failure: str = "stop"
    auto_start: bool = False


class PlanQueue:
    """What waits (`line`), what runs (`in_progress`), and the settings. Changes return what to wait for, and a text for
    people; they raise Refusal, which says what is wrong, and what is there."""

    def __init__(self, catalogue: Catalogue, keeping: Keeping, clock: Callable[[], float] = time.time) -> None:
        self.catalogue, self.keeping, self._clock = catalogue, keeping, clock
        self.line = Line()
        self.settings = Settings()
        self.in_progress: QueueItem | None = None
        self.observers: list[Callable[[], None]] = []
        """Each is called when something has changed."""
        self.on_add: Callable[[], None] = lambda: None
        """Called when there is another item."""
        self.to_be_there: Callable[[Iterable[Any]], list[Any]] = catalogue.registry.to_be_there
        """Those of the devices that a plan is given which must be connected when it begins."""
        self.trials = Trials()
        self._arriving: set[asyncio.Task[_Arrived]] = set()

    def restore(self) -> tuple[QueueItem | None, list[Change]]:
        """Take over what the journal has. Returns what ran when it was last written, which is first in the line again,
        and what is to be kept of that."""
        if (journal := self.keeping.journal) is None:
            return None, []
        rows = [(rank, _read(kept)) for _, rank, kept in journal.items()]
        changes = self.line.restore((rank, item) for rank, item in rows if item is not None)
        self.settings = _settings(journal.value(SETTINGS, {}))
        broken = _read(kept) if (kept := journal.value(IN_PROGRESS)) else None
        if broken is not None and broken.uid not in self.line:
            changes += [*self.line.add(broken, front=True), Valued(IN_PROGRESS, None)]
        return broken, changes

    # What clients ask for

    def add(self, text: str, *, front: bool = False) -> Awaitable[str]:
        """Add what a text describes, in the name of whoever puts."""
        return self._add(lambda by: read_item(text, by=by, now=self._clock()), front=front)

    def add_plan(
        self,
        plan: str,
        params: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
        *,
        front: bool = False,
    ) -> Awaitable[str]:
        """Add a plan, in the name of whoever puts, if somebody does."""
        return self._add(lambda by: new_item(plan, params, metadata, by=by, now=self._clock()), front=front)

    def _add(self, read: Callable[[str], QueueItem], *, front: bool) -> Awaitable[str]:
        put = current_put()
        try:
            item = read(put.by if put else "")
        except InvalidItem as error:
            raise Refusal(str(error)) from error
        return self.add_item(item, front=front)

    def add_item(self, item: QueueItem, *, front: bool = False) -> Awaitable[str]:
        """Add an item, if its plan takes its parameters, and who puts may run it.

        What is found out by trying the plan, such as a move beyond limits, is the Refusal of what is returned.
        """
        self._must_accept()
        arriving = asyncio.create_task(self._let_in(item, self.why_not(item), front=front))
        arriving.add_done_callback(seen)
        self._arriving.add(arriving)
        arriving.add_done_callback(self._arriving.discard)
        return _kept(arriving)

    async def arrived(self) -> None:
        """Wait until all that was added before now is in the queue, or is refused."""
        if self._arriving:
            await asyncio.wait(self._arriving)

    async def _let_in(self, item: QueueItem, plan: BoundPlan, *, front: bool) -> _Arrived:
        if why := await self.trials.problems(plan, item.params):
            raise Refusal(why)
        self._must_accept()
        done = self._change(self.line.add(item, front=front))
        self.on_add()
        place = self.line.index(item.uid) + 1 if item.uid in self.line else 0
        where = f"number {place} of {len(self.line)}" if place else "it is begun"
        return done, f"{item.uid} is in the queue, {where}: {item.text}"

    def remove(self, uid: str) -> Awaitable[str]:
        """Take an item out."""
        item = self._asked_for(uid)
        return _when(self._change(self.line.remove(item.uid)), f"{item.uid} is removed: {item.text}")

    def move_up(self, uid: str) -> Awaitable[str]:
        """One place to the front."""
        return self._move(uid, lambda line, uid: line.up(uid))

    def move_down(self, uid: str) -> Awaitable[str]:
        """One place to the end."""
        return self._move(uid, lambda line, uid: line.down(uid))

    def move_front(self, uid: str) -> Awaitable[str]:
        """To the front."""
        return self.move_to(uid, 0)

    def move_to(self, uid: str, index: int) -> Awaitable[str]:
        """To a place from 0 on."""
        return self._move(uid, lambda line, uid: line.move(uid, index))

    def clear(self) -> Awaitable[str]:
        """Take all out that wait; what runs goes on."""
        self._must_keep()
        number = len(self.line)
        return _when(self._change(self.line.clear()), f"the queue is empty: {number} removed")

    def set_loop(self, on: bool) -> Awaitable[str]:
        """Whether what is done goes to the end again."""
        text = "what is done goes to the end again" if on else "what is done is done"
        return self._set(replace(self.settings, loop=on), text)

    def set_on_failure(self, what: str) -> Awaitable[str]:
        """`stop` or `skip`."""
        if what not in ON_FAILURE:
            raise Refusal(f"on failure the queue can {' or '.join(ON_FAILURE)}, not {what!r}")
        text = "a plan that fails stops the queue" if what == "stop" else "a plan that fails is skipped"
        return self._set(replace(self.settings, on_failure=what), text)

    def set_auto_start(self, on: bool) -> Awaitable[str]:
        """Whether adding an item starts the queue."""
        text = "the next item that is added starts the queue" if on else "the queue is started by hand"
        return self._set(replace(self.settings, auto_start=on), text)

    # What the runner asks for

    def why_not(self, item: QueueItem) -> BoundPlan:
        """The plan of an item; raises Refusal where there is none that could be run."""
        try:
            plan = self.catalogue[item.plan].bind(item.params)
        except (CatalogueError, UnknownPlan, InvalidParameters) as error:
            raise Refusal(str(error)) from error
        # Who has added it from within this process may run everything.
        if item.by and (why := self.catalogue.refusal(item.plan, item.by.rpartition("@")[0])):
            raise Refusal(why)
        return plan

    async def ready(self, item: QueueItem) -> BoundPlan | str:
        """The plan of an item, if it could be started now; or why it could not."""
        try:
            plan = self.why_not(item)
        except Refusal as refusal:
            return str(refusal)
        devices = self.to_be_there(devices_in([*plan.args, plan.kwargs]))
        return missing_devices(devices) or await self.trials.problems(plan, item.params) or plan

    def take_first(self) -> tuple[QueueItem, list[Change]]:
        """The first is in progress from now on; returns it, and what has changed."""
        item = next(iter(self.line))
        changes = self.line.remove(item.uid)
        self.in_progress = item
        self._changed()
        return item, [*changes, Valued(IN_PROGRESS, item.as_dict())]

    def finish(self, *, back: bool = False, done: bool = False) -> list[Change]:
        """What is in progress is over, and gone; or it goes `back` to the front. Done, it comes again in a loop."""
        item, self.in_progress = self.in_progress, None
        changes: list[Change] = []
        if item is not None and back:
            changes = self.line.add(item, front=True)
        elif item is not None and done and self.settings.loop:
            changes = self.line.add(item.again(self._clock()))
        self._changed()
        return [*changes, Valued(IN_PROGRESS, None)]

    # How

    def why_full(self) -> str:
        """Why nothing can be added now, whatever it is, for people; empty if something can."""
        full = f"the queue is full: {MOST} items wait" if len(self.line) >= MOST else ""
        return self._why_kept() or full

    def _must_accept(self) -> None:
        if why := self.why_full():
            raise Refusal(why)

    def _must_keep(self) -> None:
        if why := self._why_kept():
            raise Refusal(why)

    def _why_kept(self) -> str:
        trouble = self.keeping.trouble
        return f"the queue stays as it is, since the journal cannot write: {trouble}" if trouble else ""

    def _asked_for(self, uid: str) -> QueueItem:
        self._must_keep()
        uid = uid.strip()
        if uid in self.line:
            return self.line[uid]
        if self.in_progress is not None and uid == self.in_progress.uid:
            raise Refusal(f"{uid} runs now: it can be stopped or aborted, and is not in the queue")
        there = ", ".join(item.uid for item in self.line.first(_NAMED)) or "nothing"
        more = f" and {len(self.line) - _NAMED} more" if len(self.line) > _NAMED else ""
        raise Refusal(f"no item {uid!r} is in the queue; there is: {there}{more}")

    def _move(self, uid: str, move: Callable[[Line, str], list[Change]]) -> Awaitable[str]:
        item = self._asked_for(uid)
        done = self._change(move(self.line, item.uid))
        return _when(done, f"{item.uid} is number {self.line.index(item.uid) + 1} of {len(self.line)}")

    def _set(self, settings: Settings, text: str) -> Awaitable[str]:
        self._must_keep()
        self.settings = settings
        return _when(self._change([Valued(SETTINGS, asdict(settings))]), text)

    def _change(self, changes: Sequence[Change]) -> asyncio.Future[None]:
        self._changed()
        return self.keeping.keep(changes)

    def _changed(self) -> None:
        for observer in self.observers:
            observer()


async def _kept(arriving: asyncio.Task[_Arrived]) -> str:
    done, text = await asyncio.shield(arriving)
    await done
    return text


async def _when(done: asyncio.Future[None], text: str) -> str:
    await done
    return text


def _read(kept: Any) -> QueueItem | None:
    try:
        return QueueItem.from_dict(kept)
    except (ValueError, TypeError):
        log.exception("an item of the queue that the journal has makes no sense, and is left out")
        return None


def _settings(kept: Any) -> Settings:
    """Of what was kept, what makes sense."""
    known = asdict(Settings())
    kept = kept if isinstance(kept, dict) else {}
    fit = {key: kept[key] for key in known if isinstance(kept.get(key), type(known[key]))}
    return Settings(**fit) if fit.get("on_failure", "stop") in ON_FAILURE else Settings()
