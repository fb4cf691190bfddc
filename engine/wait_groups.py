"""What has been started and is waited for, by group.

Rules of this file:
1. A status calls back from any thread. All that happens there is one append and a nudge; the rest is the loop's.
2. Every failure reaches the plan exactly once: at the `wait` for its group, or at the next message. What has failed
   by then arrives in one exception: a second one would hit the plan in the middle of its clean-up.
3. What was started before an ending, or is started anew after a rewind, is forgotten: its late failure is nobody's.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from typing import Any

from .errors import FailedStatus
from .messages import Msg

__all__ = ["Started", "WaitGroups", "name_of", "root_cause"]


def name_of(obj: Any) -> str:
    """What people call a device."""
    return str(getattr(obj, "name", None) or repr(obj))


def root_cause(error: BaseException) -> BaseException:
    """The exception that began it: follows `__cause__`, and `__context__` where that was not suppressed."""
    seen: set[int] = set()
    while id(error) not in seen:
        seen.add(id(error))
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__) or error
    return error


@dataclass(slots=True, eq=False)
class Started:
    """One status: what was asked of which device, by which message."""

    status: Any
    name: str
    action: str
    msg: Msg
    told: bool = False
    """Whether its failure has reached the plan, or is pardoned."""

    @property
    def failed(self) -> bool:
        """Whether it is over and did not succeed."""
        return self.status.done and not self.status.success

    def failure(self) -> FailedStatus:
        """The exception for the plan; its cause is the device's own exception."""
        cause = self.status.exception(0)
        detail = f": {type(cause).__name__}: {cause}" if cause is not None else ""
        error = FailedStatus(self.status, f"{self.action} of {self.name} failed{detail}")
        error.__cause__ = cause
        return error


class WaitGroups:
    """Statuses by group, and the failures that nobody has been told of."""

    def __init__(self, changed: Callable[[], None]) -> None:
        self._groups: defaultdict[Hashable, list[Started]] = defaultdict(list)
        self._finished: deque[Started] = deque()
        self._changed = changed

    def add(self, group: Hashable, status: Any, msg: Msg) -> None:
        """Something has been started. The message says what and on which device."""
        started = Started(status, name_of(msg.obj), msg.command, msg)
        self._groups[group].append(started)

        def finished(*_: Any) -> None:
            self._finished.append(started)
            self._changed()

        status.add_callback(finished)

    def members(self, groups: Iterable[Hashable]) -> list[Started]:
        """What has been started in these groups."""
        return [started for group in groups for started in self._groups.get(group, ())]

    def pending(self, group: Hashable) -> list[Started]:
        """What of the group is not done yet."""
        return [started for started in self._groups.get(group, ()) if not started.status.done]

    def names_pending(self, group: Hashable) -> tuple[str, ...]:
        """The names of the devices that the group still waits for, each once."""
        return tuple(dict.fromkeys(started.name for started in self.pending(group)))

    def moving(self) -> list[Msg]:
        """The `set` messages whose motion is not over, in the order in which they came."""
        every = self.members(list(self._groups))
        return [started.msg for started in every if started.action == "set" and not started.status.done]

    def close(self, group: Hashable) -> None:
        """The group has been waited for."""
        self._groups.pop(group, None)

    def raise_first(self, groups: Iterable[Hashable]) -> None:
        """Raise the first failure of these groups that has not been told; it tells of the others."""
        failure = _told(self.members(groups))
        if failure is not None:
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
                started.told = started.told or id(started.msg) in repeated
            self._groups[group] = [started for started in members if id(started.msg) not in repeated]

    def pardon(self) -> None:
        """The plan is ending: what was started so far is nobody's business any more."""
        for started in self.members(list(self._groups)):
            started.told = True
        self._groups.clear()


def _told(candidates: Iterable[Started]) -> FailedStatus | None:
    """One exception for the failures among these that nobody has been told of: the first one's, with all the texts."""
    failed = [started for started in candidates if started.failed and not started.told]
    if not failed:
        return None
    for started in failed:
        started.told = True
    first, *others = [started.failure() for started in failed]
    first.text = "; ".join([first.text, *(str(other) for other in others)])
    return first
