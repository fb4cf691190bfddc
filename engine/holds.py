"""Who holds the plan: a level, not an edge.

Rules of this file:
1. As long as a hold is in force the plan does not go on. Nothing that happens while the engine is paused, or idle, can
   therefore be missed.
2. A hold may be limited to plans, and to messages (`Scope`). It is then in force for a plan of that name; and from the
   first message on that it covers, since the last checkpoint: what was done since then is to be done again, without
   what the hold is about. A motion that is under way counts, whenever it was sent off.
3. A hold that is patient is not in force for a plan that has no checkpoint to come back to: that goes on, where any
   other hold would have it aborted, and is held at its next checkpoint. Nor does it have an event measured again: of
   the messages since the last checkpoint only those after the last event count, and are repeated.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from .messages import Msg
from .wait_groups import MOTIONS

__all__ = ["Hold", "Holds", "Scope", "reasons"]

MOST_PARENTS = 50
"""Who asks a thing for its parent need not come to an end: the root of a file system is its own."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What a hold is about: plans, commands and devices by name. Where none are named, it is about any.

    A message must be both one of the commands and about one of the devices, or about something that belongs to one.
    """

    plans: frozenset[str] = frozenset()
    commands: frozenset[str] = frozenset()
    devices: frozenset[str] = frozenset()

    @classmethod
    def of(
        cls,
        *,
        plans: str | Iterable[str] = (),
        commands: str | Iterable[str] = (),
        devices: str | Iterable[str] = (),
    ) -> Scope | None:
        """A scope of these names, or of one each; None where there are none."""
        scope = cls(_set_of(plans), _set_of(commands), _set_of(devices))
        return None if scope == cls() else scope

    @property
    def is_partial(self) -> bool:
        """Whether the plan goes on as long as certain messages do not come."""
        return bool(self.commands or self.devices)

    def covers_plan(self, names: Collection[str]) -> bool:
        """Whether it is about a plan that goes by these names."""
        return not self.plans or not self.plans.isdisjoint(names)

    def covers(self, msg: Msg) -> bool:
        """Whether it is about a message."""
        if self.commands and msg.command not in self.commands:
            return False
        return not self.devices or not self.devices.isdisjoint(_names(msg))

    def covers_device(self, device: Any) -> bool:
        """Whether it is about moving a device."""
        return any(self.covers(Msg(command, device)) for command in MOTIONS)

    def __str__(self) -> str:
        named = {"plans": self.plans, "commands": self.commands, "devices": self.devices}
        return "; ".join(f"{what} {', '.join(sorted(names))}" for what, names in named.items() if names)


def _set_of(names: str | Iterable[str]) -> frozenset[str]:
    return frozenset({names} if isinstance(names, str) else names)  # a name alone would be taken for its letters


def _names(msg: Msg) -> Iterator[str]:
    for thing in (msg.obj, *msg.args):
        yield from _names_of(thing)


def _names_of(thing: Any) -> list[str]:
    """What a thing is called, and what it belongs to. One that raises when it is asked has no name."""
    names: list[str] = []
    with suppress(Exception):
        while thing is not None and len(names) < MOST_PARENTS and hasattr(thing, "name"):
            names.append(str(thing.name))
            thing = getattr(thing, "parent", None)
    return names


@dataclass(frozen=True, slots=True, eq=False)
class Hold:
    """Why the plan may not go on: who says so, why, since when (epoch seconds), and what to do going in and out."""

    owner: Hashable
    reason: str
    since: float
    pre_plan: Any = None
    post_plan: Any = None
    scope: Scope | None = None
    patient: bool = False
    """Whether it waits for a checkpoint, where the plan has none (rule 3)."""

    @property
    def is_partial(self) -> bool:
        """Whether it is about certain messages only."""
        return self.scope is not None and self.scope.is_partial

    def is_about_moving(self, device: Any) -> bool:
        """Whether a device may not move while the plan is held."""
        return self.scope is None or not self.scope.is_partial or self.scope.covers_device(device)

    def is_on(self, plan: Collection[str], messages: Iterable[Msg]) -> bool:
        """Whether it holds a plan that goes by these names, and is at these messages."""
        if self.scope is None:
            return True
        if not self.scope.covers_plan(plan):
            return False
        return not self.scope.is_partial or any(map(self.scope.covers, messages))


class Holds:
    """The holds there are, by owner. Thread-safe; iterates over a snapshot in the order in which they came."""

    def __init__(self, changed: Callable[[], None], clock: Callable[[], float] = time.time) -> None:
        self._holds: dict[Hashable, Hold] = {}
        self._lock = threading.Lock()
        self.changed = changed
        """Called when a hold has come or gone."""
        self._clock = clock
        self.partial = False
        """Whether one of them is about certain messages: then the loop looks at each."""

    def add(
        self,
        owner: Hashable,
        reason: str,
        pre_plan: Any = None,
        post_plan: Any = None,
        scope: Scope | None = None,
        *,
        patient: bool = False,
    ) -> None:
        """Hold, or say anew why, what about and how patiently: a hold that is there keeps its time and its plans."""
        with self._lock:
            old = self._holds.get(owner)
            if old is None:
                self._holds[owner] = Hold(owner, reason, self._clock(), pre_plan, post_plan, scope, patient)
            else:
                self._holds[owner] = replace(old, reason=reason, scope=scope, patient=patient)
            self._look_for_partial()
        self.changed()

    def discard(self, owner: Hashable) -> None:
        """Let go; no matter if it was not held."""
        with self._lock:
            known = self._holds.pop(owner, None)
            self._look_for_partial()
        if known is not None:
            self.changed()

    def _look_for_partial(self) -> None:
        self.partial = any(hold.is_partial for hold in self._holds.values())

    def on(self, plan: Collection[str], messages: Collection[Msg], *, resumable: bool = True) -> list[Hold]:
        """Those that hold a plan that goes by these names, and is at these messages; `resumable`: has a checkpoint."""
        return [hold for hold in self if (resumable or not hold.patient) and hold.is_on(plan, messages)]

    def __iter__(self) -> Iterator[Hold]:
        with self._lock:
            return iter(tuple(self._holds.values()))

    def __bool__(self) -> bool:
        return bool(self._holds)

    def __contains__(self, owner: Hashable) -> bool:
        return owner in self._holds


def reasons(holds: Iterable[Hold]) -> str:
    """Why a plan is held, in one line, each reason once."""
    return "; ".join(dict.fromkeys(hold.reason for hold in holds))
