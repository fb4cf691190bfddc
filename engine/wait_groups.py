"""What has been started and is waited for, by group.

Rules of this file:
1. A status calls back from any thread, perhaps twice, perhaps before `add_callback` has returned. All that happens
   there is one append and a nudge; the rest is the loop's.
2. Every failure reaches the plan exactly once: at the `wait` for its group, or at the next message. What has failed
   by then arrives in one exception: a second one would hit the plan in the middle of its clean-up.
3. What was started before an ending, or is started anew after a rewind, is forgotten: its late failure is nobody's.
4. A status is not trusted. Whatever raises when it is asked is a failure of that status, not of the engine.
"""

from __future__ import annotations

import logging
from collections import defaultdict, deque
from collections.abc import Callable, Collection, Hashable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from .awaited import AwaitedStatus, Begun
from .errors import FailedStatus, UnsupportedDevice
from .messages import Msg
from .telling import name_of, told_by

__all__ = ["Started", "WaitGroups", "group_of"]

log = logging.getLogger("reioc.engine")

MOTIONS = frozenset({"set", "prepare"})
"""The commands that move something: sent again when it was stopped on the way."""
WORK = MOTIONS | {"trigger"}
"""The commands whose work is given up with a point. What flies, or is being staged, is not."""
MANY = 1000
"""Statuses after which those that have succeeded are forgotten: a plan may go on for days and wait for none of them."""


@dataclass(slots=True, eq=False)
class Started:
    """One status: what was asked of which device, by which message."""

    status: Any
    name: str
    action: str
    msg: Msg
    point: int
    """In which point it was started, or first started."""
    over: bool = False
    """Whether the status has called back, or has been taken at its word."""
    told: bool = False
    """Whether its failure has reached the plan, or is pardoned."""
    doubted: bool = False
    """Whether it has said once that it is over, and not called back."""
    mute: bool = False
    """Whether it has raised instead of saying whether it is done."""

    @property
    def pending(self) -> bool:
        """Whether it is not over yet.

        What says that it has succeeded is believed at once. That it has failed is believed when it calls back: one that
        sets `done` a moment before `success` would have failed in between. So is what it raises when it is asked.
        """
        if not self.over:
            with suppress(Exception):
                self.over = bool(self.status.done and self.status.success)
        return not self.over

    @property
    def failed(self) -> bool:
        """Whether it is over and did not succeed."""
        if not self.over:
            return False
        try:
            return not self.status.success
        except Exception:
            return True

    def failure(self) -> FailedStatus:
        """The exception for the plan; its cause is the device's own exception."""
        cause = _why(self.status)
        detail = f": {told_by(cause)}" if cause is not None else ""
        error = FailedStatus(self.status, f"{self.action} of {self.name} failed{detail}")
        error.__cause__ = cause
        error.failed = [(self.msg, cause)]
        return error

    def look_again(self) -> None:
        """It may be over and not call back. What says so twice is believed; what cannot say it is told of, once."""
        try:
            if self.pending and self.status.done:
                self.over, self.doubted = self.doubted, True
        except Exception:
            if not self.mute:
                log.warning("%s of %s: its status cannot say whether it is done", self.action, self.name, exc_info=True)
            self.mute = True

    def abandon(self) -> None:
        """Nobody is interested in it any more."""
        self.told = True
        if isinstance(self.status, AwaitedStatus):
            self.status.abandon()


def _why(status: Any) -> BaseException | None:
    """The exception of a failed status, or the one that it raises when it is asked."""
    try:
        cause = None if status.success else status.exception(0)
        if isinstance(cause, type):  # ophyd takes a class where an exception is meant
            cause = cause()
    except Exception as error:
        return error
    return cause if isinstance(cause, BaseException) else None


def group_of(msg: Msg) -> Hashable:
    """The group that a `wait` waits for."""
    return msg.args[0] if msg.args else msg.kwargs.get("group")


class WaitGroups:
    """Statuses by group, and the failures that nobody has been told of."""

    def __init__(self, changed: Callable[[], None]) -> None:
        self._groups: defaultdict[Hashable, list[Started]] = defaultdict(list)
        self._finished: deque[Started] = deque()
        self._changed = changed
        self._interrupted: dict[int, tuple[Msg, list[Begun]]] = {}
        self._since_tidied = 0
        self.point = 0
        """Counts points: what is started belongs to the present one. Written at each checkpoint, without a call."""
        self._earlier: dict[int, tuple[Msg, int]] = {}
        """What is about to be repeated, by the id of its message, and of which earlier point it is."""
        self.announced: set[Hashable] = set()
        """The groups that the waiting hook knows of, and that the plan moves on from and comes back to."""

    def add(self, group: Hashable, status: Any, msg: Msg) -> None:
        """Something has been started. The message says what and on which device.

        Raises UnsupportedDevice if the status takes no callback.
        """
        _, point = self._earlier.pop(id(msg), (msg, self.point)) if self._earlier else (msg, self.point)
        started = Started(status, name_of(msg.obj), msg.command, msg, point)

        def finished(*_: Any) -> None:
            started.over = True
            self._finished.append(started)
            self._changed()

        try:
            if started.pending or started.failed:  # success has nothing more to tell; a callback costs ophyd 25 µs
                status.add_callback(finished)
        except Exception as error:
            raise UnsupportedDevice(
                f"{msg.command!r} needs a status that calls back; that of {started.name} refuses: {told_by(error)}"
            ) from error
        self._groups[group].append(started)
        self._since_tidied += 1
        if self._since_tidied > MANY:
            self._tidy()

    def _tidy(self) -> None:
        self._since_tidied = 0
        for group, members in list(self._groups.items()):
            self._groups[group] = [each for each in members if each.pending or (each.failed and not each.told)]
            if not self._groups[group]:
                self.close(group)

    def members(self, groups: Iterable[Hashable]) -> list[Started]:
        """What has been started in these groups."""
        return [started for group in groups for started in self._groups.get(group, ())]

    def pending(self, group: Hashable) -> list[Started]:
        """What of the group is not done yet."""
        return [started for started in self._groups.get(group, ()) if started.pending]

    def names_pending(self, group: Hashable) -> tuple[str, ...]:
        """The names of the devices that the group still waits for, each once."""
        return tuple(dict.fromkeys(started.name for started in self.pending(group)))

    def moving(self) -> list[Msg]:
        """The messages whose motion is not over, in the order in which they came."""
        every = self.members(list(self._groups))
        return [started.msg for started in every if started.action in MOTIONS and started.pending]

    def close(self, group: Hashable) -> None:
        """The group has been waited for."""
        self._groups.pop(group, None)

    def look_again(self, groups: Iterable[Hashable]) -> None:
        """Look whether something of these groups is over and has not called back."""
        for started in self.members(groups):
            started.look_again()

    def raise_first(self, groups: Collection[Hashable]) -> None:
        """Raise the first failure of these groups that has not been told; it tells of the others."""
        failure = _told(self.members(groups))
        if failure is not None:
            for group in groups:  # a plan may try again with the same group
                self._groups[group] = self.pending(group)
            raise failure

    def next_failure(self) -> FailedStatus | None:
        """What has failed and nobody has been told of, the oldest first."""
        finished = []
        while self._finished:
            finished.append(self._finished.popleft())
        return _told(finished)

    def forget(self, messages: Iterable[Msg]) -> None:
        """These messages are about to be repeated: what they started no longer counts."""
        repeated = {id(msg) for msg in messages}
        for group, members in list(self._groups.items()):
            for started in members:
                if id(started.msg) in repeated:
                    started.abandon()
                    if started.point != self.point:
                        self._earlier[id(started.msg)] = (started.msg, started.point)
            self._groups[group] = [started for started in members if id(started.msg) not in repeated]

    def interrupted(self, msg: Msg, begun: list[Begun]) -> None:
        """A wait for these is interrupted; when its message is repeated it takes them up again."""
        self._interrupted[id(msg)] = (msg, begun)

    def taken_up(self, msg: Msg) -> list[Begun]:
        """What the message waited for when it was interrupted, if it was."""
        _, begun = self._interrupted.pop(id(msg), (msg, []))
        return begun

    def is_earlier(self, msg: Msg) -> bool:
        """Whether the message is about to be repeated though it is from before this point."""
        return id(msg) in self._earlier

    def work(self, waited_for: Collection[Hashable]) -> list[Started]:
        """What this point, and whoever's end is waited for with these groups, is at, or has failed at."""
        return [
            started
            for group, members in self._groups.items()
            for started in members
            if started.action in WORK and (started.point == self.point or group in waited_for)
        ]

    def give_up(self, given_up: Iterable[Started]) -> None:
        """Nobody waits for these any more, and whether they fail is nobody's business."""
        gone = {id(started) for started in given_up}
        for group, members in list(self._groups.items()):
            for started in members:
                if id(started) in gone:
                    started.abandon()
            self._groups[group] = [started for started in members if id(started) not in gone]

    def pardon(self) -> None:
        """The plan is ending: what was started so far is nobody's business any more."""
        for started in self.members(list(self._groups)):
            started.abandon()
        for _, begun in self._interrupted.values():
            for each in begun:
                each.abandon()
        self._groups.clear()
        self._interrupted.clear()
        self._earlier.clear()
        self.announced.clear()


def _told(candidates: Iterable[Started]) -> FailedStatus | None:
    """One exception for the failures among these that nobody has been told of: the first one's, with all the texts."""
    failures = []
    for started in candidates:
        if not started.told and started.failed:
            started.told = True
            failures.append(started.failure())
    if not failures:
        return None
    first, *others = failures
    first.text = "; ".join([first.text, *(str(other) for other in others)])
    first.failed += [failed for other in others for failed in other.failed]
    return first
