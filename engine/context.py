"""What the commands of one plan share. Made anew for each plan, so that nothing needs to be cleared."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from .awaited import settled
from .checkpoint import Checkpoint
from .environment import Environment
from .errors import IllegalMessageSequence, PlanHalt, PlanInterruption
from .held_time import HeldTime, Mark
from .holds import Holds
from .interruptions import Inbox, Wishes
from .messages import Msg
from .runs import FailedAlready, RunBundler
from .telling import lacks, name_of, told_by
from .touched import Touched
from .wait_groups import WaitGroups

__all__ = ["Context", "Pulse"]

log = logging.getLogger("reioc.engine")


class Pulse:
    """Wakes whoever waits for a condition, whenever something may have changed."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def beat(self) -> None:
        """Look again."""
        self._event.set()

    async def until(self, condition: Callable[[], object]) -> None:
        """Return when the condition holds."""
        while True:
            self._event.clear()  # before looking, or a change in between is lost
            if condition():
                return
            await self._event.wait()


@dataclass
class Context:
    """One plan's world: its runs, its groups, its checkpoint, the devices it touched, and what is asked of it."""

    env: Environment
    inbox: Inbox
    holds: Holds
    plan: Any
    metadata: dict[str, Any]
    pulse: Pulse = field(default_factory=Pulse)
    held_time: HeldTime = field(default_factory=HeldTime)
    wishes: Wishes = field(default_factory=Wishes)
    checkpoint: Checkpoint = field(default_factory=Checkpoint)
    runs: dict[Any, RunBundler] = field(default_factory=dict)
    marks: dict[Any, Mark] = field(default_factory=dict)
    """By run: how long plans had been suspended when it was opened."""
    uids: list[str] = field(default_factory=list)
    tokens: set[int] = field(default_factory=set)
    ending: PlanInterruption | PlanHalt | None = None
    ended_by: str = ""
    """Who has asked for the ending, if that is known."""
    is_over: bool = False
    """Whether the plan has come to its end, and only what it left behind is put back."""
    problems: list[str] = field(default_factory=list)
    resting: bool = False
    holdable: bool = True
    """Whether holds count; not while the plan cleans up after the plan of a hold has failed."""
    stopped: list[Msg] = field(default_factory=list)
    """The messages whose motion was stopped by `rest`."""
    spares: Callable[[Any], bool] = lambda _: False
    """Whether a device may go on moving while the plan is suspended."""
    going_on: dict[int, Msg] = field(default_factory=dict)
    """The messages, by id, whose motion went on when the plan was suspended."""
    owed: dict[int, Msg] = field(default_factory=dict)
    """Those of them that were stopped after all: they are executed again when the suspension is over."""
    touched: Touched = field(init=False)
    groups: WaitGroups = field(init=False)

    def __post_init__(self) -> None:
        self.checkpoint.rewindable = self.env.rewindable
        self.touched = Touched(self.problems, lambda: self.env.cleanup_timeout)
        self.groups = WaitGroups(self.inbox.nudge)

    def run(self, msg: Msg) -> RunBundler:
        """The run that a message speaks of. Raises IllegalMessageSequence if it is not open."""
        try:
            return self.runs[msg.run]
        except KeyError:
            key = "" if msg.run is None else f" with the key {msg.run!r}"
            raise IllegalMessageSequence(f"{msg.command!r} needs an open run, and none{key} is open") from None

    @property
    def plan_name(self) -> str:
        """What the plan is called."""
        return str(getattr(self.plan, "__name__", ""))

    @property
    def plan_names(self) -> set[str]:
        """What the plan, and those that it is made of, are called."""
        return {self.plan_name, *(run.plan_name for run in self.runs.values())}

    def opened(self, key: Any, run: RunBundler) -> None:
        """A run is open."""
        self.marks[key] = self.held_time.mark(forget=not self.runs)
        self.runs[key] = run
        self.uids.append(run.uid)
        self.groups.point += 1
        if self.holds:
            self.inbox.nudge()  # one may be about plans of this name

    def own_words(self, key: Any) -> dict[str, Any]:
        """What a RunStop says under keys of our own: how often, how long and why the run was suspended, and who has
        ended it; each may be nothing."""
        return {"suspended": self.held_time.since(self.marks.get(key)), "operator": self.ended_by}

    def method(self, msg: Msg, name: str) -> Callable[..., Any]:
        """A method of the message's device. Raises UnsupportedDevice, naming both, if it has none."""
        found = getattr(msg.obj, name, None)
        if found is None:
            raise lacks(msg, name)
        return found

    def mark(self) -> None:
        """A checkpoint is here."""
        if self.holds and not self.checkpoint.resumable:
            self.inbox.nudge()  # a patient one has waited for this
        self.checkpoint.mark()
        for run in self.runs.values():
            run.reset_checkpoint_state()

    def set_rewindable(self, value: bool) -> None:
        """Record messages from here on, or record none."""
        if bool(value) != self.checkpoint.rewindable:
            self.checkpoint.rewindable = value
            for run in list(self.runs.values()):
                run.reset_checkpoint_state()

    def mark_if_resumable(self) -> None:
        """What was just done cannot be repeated: if the plan can be resumed at all, then from here."""
        if self.checkpoint.resumable:
            self.mark()

    def monitor_failed(self, msg: Msg, error: BaseException) -> None:
        """An event of a monitor has failed: the plan is told at its next message, as of anything that it started.

        While it is being ended that is a problem of the ending: it must not get in the way of the plan's clean-up.
        """
        if self.ending is None and not self.is_over:
            self.groups.add(object(), FailedAlready(error), msg)
        else:
            self.problems.append(f"{msg.command} of {name_of(msg.obj)} failed: {told_by(error)}")

    async def rest(self, spared: Callable[[Any], bool] | None = None) -> None:
        """Everything stands still: what the plan moved is stopped, and devices are told, once until `wake`.

        What was under way is remembered: it has to be sent off again, even if that was before the checkpoint. What is
        `spared` goes on moving.
        """
        if not self.resting:
            for run in list(self.runs.values()):
                await settled(run.suspend_monitors())
        if not self.touched.still:
            self.stopped = self._put_off(msg for msg in self.groups.moving() if spared is None or not spared(msg.obj))
            await self.touched.stop_moved(spared)
        if not self.resting:
            self.resting = True
            if not await self.touched.pause():
                self.mark_if_resumable()

    async def rest_again(self) -> None:
        """Everything stands still once more, in the middle of a suspension; what is still spared goes on moving.

        What the plans of holds have sent off is not remembered: they come again.
        """
        await self.stop_no_longer_spared()
        going_on = {id(msg.obj) for msg in self.going_on.values()}
        await self.rest(lambda device: id(device) in going_on)
        self.stopped = []

    async def stop_no_longer_spared(self) -> None:
        """Another hold has joined: what was spared, and is so no longer, is stopped as well."""
        late = [msg for msg in self.groups.moving() if id(msg) in self.going_on and not self.spares(msg.obj)]
        if late:
            self._put_off(late)
            devices = {id(msg.obj) for msg in late}
            await self.touched.stop_moved(lambda device: id(device) not in devices)

    @property
    def going_on_or_owed(self) -> list[Msg]:
        """What the plan that is suspended has under way all the same, or has to send off again when that is over."""
        return [*self.owed.values(), *(msg for msg in self.groups.moving() if id(msg) in self.going_on)]

    def _put_off(self, stopped: Iterable[Msg]) -> list[Msg]:
        """Of what is being stopped: what the suspension has spared is put off to its end, the others are returned."""
        others = []
        for msg in stopped:
            if id(msg) in self.going_on:
                self.owed[id(msg)] = msg
            else:
                others.append(msg)
        return others

    def suspension_over(self) -> list[Msg]:
        """Returns what is to be sent off again, since it was stopped in the middle of the suspension."""
        owed = list(self.owed.values())
        self.owed, self.going_on = {}, {}
        self.groups.forget(owed)
        return owed

    def rewind(self, cut_short: Msg | None) -> list[Msg]:
        """Back to the checkpoint. Returns what is to be executed again, in any case what was cut short or stopped."""
        messages = self.checkpoint.rewind()
        if messages:
            for run in self.runs.values():
                run.rewind()
        if cut_short is not None and not (messages and messages[-1] is cut_short):
            messages.append(cut_short)
        recorded = {id(msg) for msg in messages}
        stopped, self.stopped = self.stopped, []
        messages[:0] = [msg for msg in stopped if id(msg) not in recorded]
        self.groups.forget(messages)
        return messages

    def keep_saved(self) -> None:
        """What has become an event is not measured again: only what came after it is repeated."""
        if self.checkpoint.keep_saved():
            for run in self.runs.values():
                run.keep_saved()

    def give_up_point(self) -> None:
        """From here on there is nothing to repeat of this point; what events it has stay."""
        for run in self.runs.values():
            run.keep_events()
        self.mark_if_resumable()

    def leave_bundles(self) -> None:
        """The plan is ending: what it has not saved by now does not get in the way of its clean-up."""
        for run in self.runs.values():
            run.leave_bundle()

    def record_interruption(self, content: str) -> None:
        """Have the runs record an interruption. What goes wrong is noted: it must not get in the way of stopping."""
        for run in self.runs.values():
            try:
                run.record_interruption(content)
            except BaseException as error:  # a subscriber that must not fail will do so again at the next event
                log.exception("could not record the interruption of %s", run.uid)
                self.problems.append(f"could not record an interruption: {type(error).__name__}: {error}")

    async def end_monitors(self) -> None:
        """No events of monitors any more."""
        for run in list(self.runs.values()):
            await settled(run.clear_monitors())

    async def stand_still(self) -> None:
        """What the plan moved stops at once, before its clean-up moves it back; what rests is woken for that."""
        await self.touched.stop_moved()
        await self.wake()

    def wake_at_once(self) -> bool:
        """What `wake` does, where there is nobody to tell, and so nothing to wait for. Whether that is so."""
        if self.resting and not self.runs and not self.touched.resting:
            self.resting = False
        return not self.resting

    async def wake(self) -> None:
        """The opposite of `rest`: devices are told that the plan goes on."""
        if self.resting:
            self.resting = False
            await self.touched.wake()
            for run in list(self.runs.values()):
                await settled(run.restore_monitors())
