"""What can be asked of the engine, and what becomes of each command."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

from caproto import SkipWrite
from caproto.server import PVGroup

from ..bridge import EngineBridge
from ..desk import Acknowledgement, Desk, Result
from ..pvs import bool_setting, enum_display, handled_by, int_display, post, string_display, text_display, text_setting

__all__ = ["AcknowledgementGroup", "CommandGroup", "press"]

READY = "Done"


async def press(pv: Any, label: str, desk: Desk, command: Callable[[], Awaitable[str]]) -> None:
    """Carry out a command that was given by writing 1 to `pv`: it reads 1 until what was asked for is true.

    Always raises: SkipWrite (the putter's value is not to be written any more), or Refusal.
    """
    if label == READY:
        raise SkipWrite
    await post(pv, label)
    try:
        await desk.carry_out(pv.pvname, command)
    finally:
        await post(pv, READY)
    raise SkipWrite


def _command(name: str, doc: str, ask: Callable[[EngineBridge, str], Awaitable[str]], *, reason: bool = False) -> Any:
    async def put(group: CommandGroup, instance: Any, value: Any) -> None:
        def command() -> Awaitable[str]:
            completion = ask(group.bridge, group.reason.value if reason else "")
            group.reason_used = group.reason_used or reason
            return completion

        await press(instance, value, group.desk, command)

    return bool_setting(name, doc, (READY, name), put=put)


class CommandGroup(PVGroup):
    """Pause, resume and the three ways to end a plan; each completes when what was asked for is true."""

    pause = _command("Pause", "Pause the plan now", lambda ask, why: ask.pause(why), reason=True)
    pause_deferred = _command(
        "PauseDeferred", "Pause at the next checkpoint", lambda ask, why: ask.pause(why, defer=True), reason=True
    )
    resume = _command("Resume", "Go on from the last checkpoint", lambda ask, _: ask.resume())
    stop = _command("Stop", "End the plan, its data count as good", lambda ask, why: ask.stop(why), reason=True)
    abort = _command("Abort", "End the plan, its data do not count", lambda ask, why: ask.abort(why), reason=True)
    halt = _command("Halt", "End the plan now, without clean-up", lambda ask, why: ask.halt(why), reason=True)
    reason = text_setting("Reason", "Why; taken by the next Stop, Abort, Pause", put=handled_by("keep_reason"))

    def __init__(self, *args: Any, bridge: EngineBridge, desk: Desk, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.bridge = bridge
        self.desk = desk
        self.reason_used = False

    async def keep_reason(self, pv: Any, value: str) -> None:
        """For the next command that takes a reason."""
        await self.desk.note(pv.pvname, value)

    async def tidy(self) -> None:
        """Empty the Reason when a command has taken it."""
        if self.reason_used:
            self.reason_used = False
            await post(self.reason, "")


class AcknowledgementGroup(PVGroup):
    """What became of the last command."""

    name_ = string_display("Name", "The last command")
    result = enum_display("Result", "What became of it", [result.name.lower() for result in Result])
    message = text_display("Message", "Why it was refused, or what was done")
    by = string_display("By", "Who asked: user@host")
    time = string_display("Time", "When")
    seq = int_display("Seq", "The number of the command")

    async def publish(self, news: Acknowledgement) -> None:
        """Seq comes last, so that its monitor finds everything in place."""
        await post(self.name_, news.name, at=news.time)
        await post(self.message, news.message, at=news.time)
        await post(self.by, news.by, at=news.time)
        moment = datetime.fromtimestamp(news.time).astimezone()
        await post(self.time, moment.isoformat(sep=" ", timespec="milliseconds"), at=news.time)
        await post(self.result, news.result.name.lower(), at=news.time)
        await post(self.seq, news.seq, at=news.time)
