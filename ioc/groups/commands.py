"""What can be asked of the engine, and what becomes of each command."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

from caproto import AlarmSeverity, AlarmStatus, SkipWrite
from caproto.server import PVGroup

from ...devices import Registry
from ...devices.motion import stop_motion
from ..bridge import EngineBridge, Failure
from ..desk import Acknowledgement, Desk, Result
from ..pvs import (
    DONE,
    bool_setting,
    enum_display,
    handled_by,
    int_display,
    post,
    string_display,
    text_display,
    text_setting,
)

__all__ = ["AcknowledgementGroup", "CommandGroup", "press"]


async def press(pv: Any, label: str, desk: Desk, command: Callable[[], Awaitable[str]]) -> None:
    """Carry out a command that was given by writing 1 to `pv`: it reads 1 until what was asked for is true.

    Always raises: SkipWrite (the putter's value is not to be written any more), or Refusal.
    """
    if label == DONE:
        raise SkipWrite
    await post(pv, label)
    try:
        await desk.carry_out(pv.pvname, command)
    finally:
        await post(pv, DONE)
    raise SkipWrite


def _command(name: str, doc: str, ask: Callable[[EngineBridge, str], Awaitable[str]], *, reason: bool = False) -> Any:
    async def put(group: CommandGroup, instance: Any, value: Any) -> None:
        def command() -> Awaitable[str]:
            completion = ask(group.bridge, group.reason.value if reason else "")
            return group.without_reason(completion) if reason else completion

        await press(instance, value, group.desk, command)

    return bool_setting(name, doc, (DONE, name), put=put)


class CommandGroup(PVGroup):
    """Pause, resume and the three ways to end a plan …; each completes when what was asked for is true."""

    pause = _command("Pause", "Pause the plan now", lambda ask, why: ask.pause(why), reason=True)
    pause_deferred = _command(
        "PauseDeferred", "Pause at the next checkpoint", lambda ask, why: ask.pause(why, defer=True), reason=True
    )
    pause_after_run = _command(
        "PauseAfterRun", "Pause when the open run has closed", lambda ask, why: ask.pause_after_run(why), reason=True
    )
    resume = _command("Resume", "Go on from the last checkpoint", lambda ask, _: ask.resume())
    stop = _command("Stop", "End the plan, its data count as good", lambda ask, why: ask.stop(why), reason=True)
    abort = _command("Abort", "End the plan, its data do not count", lambda ask, why: ask.abort(why), reason=True)
    halt = _command("Halt", "End the plan now, without clean-up", lambda ask, why: ask.halt(why), reason=True)
    skip_point = _command(
        "SkipPoint", "Give the current point up, go on", lambda ask, why: ask.skip_point(why), reason=True
    )
    stop_motion = bool_setting(
        "StopMotion", "Stop every motor; a plan is paused", (DONE, "StopMotion"), put=handled_by("stop_all")
    )
    error_clear = bool_setting("ErrorClear", "Forget the last failure", (DONE, "ErrorClear"), put=handled_by("forget"))
    reason = text_setting("Reason", "Taken by the next Stop, Abort, Pause", put=handled_by("keep_reason"))

    def __init__(
        self,
        *args: Any,
        bridge: EngineBridge,
        desk: Desk,
        registry: Registry,
        clear_error: Callable[[str], Awaitable[None]],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.bridge = bridge
        self.desk = desk
        self.registry = registry
        self.clear_error = clear_error

    async def stop_all(self, pv: Any, value: str) -> None:
        """A plan that runs is paused with it, or aborted where it cannot be: it would move the next motor."""
        await press(pv, value, self.desk, self._begin_stopping)

    def _begin_stopping(self) -> Awaitable[str]:
        why = self.reason.value or "StopMotion"
        plan = self.bridge.stand_still(why)
        devices, loop = dict(self.registry.items()), self.bridge.engine.loop
        stopping = asyncio.get_running_loop().run_in_executor(None, stop_motion, devices, loop)

        async def done() -> str:
            if plan is not None:
                await self.without_reason(plan)
            stopped, failed = await stopping
            if failed:
                raise Failure("; ".join(f"{name} {wrong}" for name, wrong in failed.items()))
            return f"told to stop: {', '.join(sorted(stopped)) or 'nothing, no device can move'}"

        return done()

    async def forget(self, pv: Any, value: str) -> None:
        """`Error` is empty again, and no alarm."""

        async def clear() -> str:
            await self.clear_error("")
            return "Error is cleared"

        await press(pv, value, self.desk, clear)

    async def keep_reason(self, pv: Any, value: str) -> None:
        """For the next command that takes a reason."""
        await self.desk.note(pv.pvname, value)

    async def without_reason(self, completion: Awaitable[str]) -> str:
        """Empty the Reason, which a command has taken, so that the next one does not; and wait for that command."""
        await post(self.reason, "")
        return await completion


class AcknowledgementGroup(PVGroup):
    """What became of the last command."""

    name_ = string_display("Name", "The last command")
    result = enum_display("Result", "What became of it", [result.name.lower() for result in Result], archive=None)
    message = text_display("Message", "Why it was refused, or what was done")
    by = string_display("By", "Who asked: user@host")
    time = string_display("Time", "When")
    seq = int_display("Seq", "The number of the command")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._writing = asyncio.Lock()

    async def publish(self, news: Acknowledgement) -> None:
        """Seq comes last, so that its monitor finds everything in place; and each time, what ends as well as begins."""
        async with self._writing:
            await self._write(news)

    async def _write(self, news: Acknowledgement) -> None:
        await post(self.name_, news.name, at=news.time)
        await post(self.message, news.message, at=news.time)
        await post(self.by, news.by, at=news.time)
        moment = datetime.fromtimestamp(news.time).astimezone()
        await post(self.time, moment.isoformat(sep=" ", timespec="milliseconds"), at=news.time)
        await post(self.result, news.result.name.lower(), at=news.time)
        await self.seq.show(news.seq, AlarmStatus.NO_ALARM, AlarmSeverity.NO_ALARM, news.time)
