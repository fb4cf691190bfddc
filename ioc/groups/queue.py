"""The queue of plans: what waits, what runs, and what clients can ask for."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from caproto.server import PVGroup

from ..desk import Desk
from ..pvs import (
    DONE,
    MONITOR,
    Kind,
    bool_display,
    bool_setting,
    enum_display,
    enum_setting,
    handled_by,
    int_display,
    post,
    string_display,
    string_setting,
    strings_display,
    text_display,
    text_setting,
)
from ..queue.items import LONGEST, QueueItem
from ..queue.plan_queue import ON_FAILURE, PlanQueue
from ..queue.rows import ShownRows
from ..queue.runner import QueueRunner, QueueState
from .commands import press
from .queue_row import QUEUE_ROWS, QueueRowGroup, publish_rows

__all__ = ["ROWS", "QueueGroup"]

ROWS = 200
"""How many of those that wait are shown as a table."""
JSON_LENGTH = 60_000
STATES = [str(state) for state in QueueState]


def _uid_command(name: str, doc: str, ask: Callable[[PlanQueue, str], Awaitable[str]]) -> Any:
    async def put(group: QueueGroup, instance: Any, value: str) -> None:
        await group.carry_out(instance, lambda: ask(group.queue, group.meant(value)))

    return string_setting(name, doc, put=put, kind=Kind.COMMAND)


def _setting_put(ask: Callable[[QueueGroup, str], Awaitable[str]]) -> Callable[..., Any]:
    async def put(group: QueueGroup, instance: Any, value: str) -> None:
        await group.desk.carry_out(instance.pvname, lambda: ask(group, value))

    return put


class QueueGroup(PVGroup):
    """What waits is shown in its order, the first rows of it."""

    add = text_setting(
        "Add", "Add a plan: a JSON object", length=LONGEST + 1, put=handled_by("add_one"), kind=Kind.COMMAND
    )
    size = int_display("Size", "How many wait", archive=MONITOR)
    state = enum_display("State", "What the queue does", STATES)
    message = text_display("Message", "Why it has stopped")
    current = string_display("Current", "uid of what runs", archive=MONITOR)
    can_start = bool_display("CanStart", "Start would be accepted now", archive=None)
    can_stop = bool_display("CanStop", "Stop would be accepted now", archive=None)
    start = bool_setting("Start", "Run what waits; done when all is", (DONE, "Start"), put=handled_by("begin_running"))
    stop = bool_setting("Stop", "Stop after the plan that runs", (DONE, "Stop"), put=handled_by("stop_running"))
    clear = bool_setting("Clear", "Remove all that wait", (DONE, "Clear"), put=handled_by("remove_all"))
    remove = _uid_command("Remove", "Remove one: its uid, or #3", PlanQueue.remove)
    move_up = _uid_command("MoveUp", "One place to the front: its uid, or #3", PlanQueue.move_up)
    move_down = _uid_command("MoveDown", "One place to the end: its uid, or #3", PlanQueue.move_down)
    move_front = _uid_command("MoveFront", "To the front: its uid, or #3", PlanQueue.move_front)
    loop = bool_setting(
        "Loop",
        "What is done goes to the end again",
        put=_setting_put(lambda group, value: group.queue.set_loop(value == "Yes")),
    )
    on_failure = enum_setting(
        "OnFailure",
        "When a plan fails: stop, or skip it",
        ON_FAILURE,
        put=_setting_put(lambda group, value: group.queue.set_on_failure(value)),
    )
    auto_start = bool_setting(
        "AutoStart",
        "What is added starts the queue",
        put=_setting_put(lambda group, value: group.queue.set_auto_start(value == "Yes")),
    )
    uids = strings_display("Uids", "Their uids", ROWS)
    plans = strings_display("Plans", "Their plans", ROWS)
    summaries = strings_display("Summaries", "Their parameters, in short", ROWS)
    by = strings_display("By", "Who has added them", ROWS)
    more = text_display("More", "How many wait beyond the rows", length=40)
    json_ = text_display("JSON", "What runs and what waits, as JSON", length=JSON_LENGTH)

    def __init__(self, *args: Any, runner: QueueRunner, desk: Desk, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.runner, self.queue, self.desk = runner, runner.queue, desk
        self.rows = tuple(QueueRowGroup(f"{self.prefix}Row{number + 1}:") for number in range(QUEUE_ROWS))
        """The PVs of the first that wait, to be served beside this group's own."""
        self._shown = ShownRows(ROWS)
        self._dirty = True
        self._writing = asyncio.Lock()
        self.queue.observers.append(self._changed)
        runner.before_rest.append(self.publish)

    def _changed(self) -> None:
        self._dirty = True

    async def add_one(self, pv: Any, value: str) -> None:
        """Done when it is safe in the queue; `Cmd:Message` begins with its uid."""
        await self.carry_out(pv, lambda: self.queue.add(value))

    async def begin_running(self, pv: Any, value: str) -> None:
        """Done when the queue has stopped; a failed put if it has stopped for a failure."""
        await self.queue.arrived()  # of one client, what was added before it is meant as well
        await press(pv, value, self.desk, self.runner.start)

    async def stop_running(self, pv: Any, value: str) -> None:
        """Done when it has stopped; a failed put if Start takes it back."""
        await press(pv, value, self.desk, self.runner.stop)

    async def remove_all(self, pv: Any, value: str) -> None:
        """What runs goes on."""
        await self.queue.arrived()
        await press(pv, value, self.desk, lambda: self.shown_when(self.queue.clear()))

    async def carry_out(self, pv: Any, ask: Callable[[], Awaitable[str]]) -> None:
        """Have something changed: whoever waits for that finds it in the displays."""
        await self.desk.carry_out(pv.pvname, lambda: self.shown_when(ask()))

    def meant(self, text: str) -> str:
        """The uid that a text means, `#3` that in the third row. Raises Refusal."""
        return self._shown.meant(text, self.queue.line)

    async def shown_when(self, done: Awaitable[str]) -> str:
        """The answer, when the displays show what has changed."""
        message = await done
        await self.publish()
        return message

    async def publish(self) -> None:
        """Write what has changed; at most ten times a second, unless somebody waits for it."""
        async with self._writing:
            if not self._dirty:
                return
            self._dirty = False
            await self._publish_rows(self.queue.line.first(ROWS))
            settings, running = self.queue.settings, self.queue.in_progress
            await post(self.loop, settings.loop)
            await post(self.on_failure, settings.on_failure)
            await post(self.auto_start, settings.auto_start)
            await post(self.json_, self._json())
            await post(self.message, self.runner.message)
            await post(self.current, running.uid if running else "")
            await post(self.size, len(self.queue.line))
            await self.publish_offers()
            await post(self.state, str(self.runner.state))

    async def publish_offers(self) -> None:
        """Which commands would be accepted now."""
        await post(self.can_start, not self.runner.why_not_start())
        await post(self.can_stop, not self.runner.why_not_stop())

    async def _publish_rows(self, items: list[QueueItem]) -> None:
        await publish_rows(self.rows, items)
        more = len(self.queue.line) - len(self.rows)
        await post(self.more, f"and {more} more" if more > 0 else "")
        self._shown.show([item.uid for item in items])
        await post(self.uids, [item.uid for item in items])
        await post(self.plans, [item.plan for item in items])
        await post(self.summaries, [item.summary for item in items])
        await post(self.by, [item.by for item in items])

    def _json(self) -> str:
        running = self.queue.in_progress
        head = {"size": len(self.queue.line), "state": str(self.runner.state), "message": self.runner.message}
        text = (
            f'{json.dumps(head, ensure_ascii=False)[:-1]}, "current": {running.json if running else "null"}, "items": ['
        )
        return f"{text}{_as_many(self.queue.line, JSON_LENGTH - len(text.encode()) - 3)}]}}"


def _as_many(items: Iterable[QueueItem], room: int) -> str:
    """As many of the first as have room, in bytes."""
    rows: list[str] = []
    for item in items:
        room -= len(item.json.encode()) + 2
        if room < 0:
            break
        rows.append(item.json)
    return ", ".join(rows)
