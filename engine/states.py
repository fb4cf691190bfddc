"""The states of the engine and what may follow what.

Rules of this file:
1. Everything that decides which transition is legal is `TRANSITIONS`. The diagram in the docs is drawn from it.
2. `StateMachine.move` is the only place where the state changes. It checks first and tells observers afterwards, in
   order, none skipped.
3. This file does not know why a state changes: a reason is text that it passes on.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from .errors import TransitionError

__all__ = ["ENDING", "TRANSITIONS", "State", "StateChange", "StateMachine"]


class State(StrEnum):
    """Where the engine is. Equal to its own name as text, as bluesky's state is."""

    IDLE = "idle"
    RUNNING = "running"
    PAUSING = "pausing"
    PAUSED = "paused"
    SUSPENDED = "suspended"
    STOPPING = "stopping"
    ABORTING = "aborting"
    HALTING = "halting"
    PANICKED = "panicked"

    def __repr__(self) -> str:
        return repr(self.value)  # what people see at a prompt; bluesky's state shows itself so

    @property
    def is_idle(self) -> bool:
        """Ready for a plan."""
        return self is State.IDLE

    @property
    def is_running(self) -> bool:
        """Executing a plan."""
        return self is State.RUNNING

    @property
    def is_pausing(self) -> bool:
        """Putting everything to rest, since somebody asked for a pause."""
        return self is State.PAUSING

    @property
    def is_paused(self) -> bool:
        """Held by somebody's request, until somebody resumes or ends it."""
        return self is State.PAUSED

    @property
    def is_suspended(self) -> bool:
        """Held by a suspender, until it lets go."""
        return self is State.SUSPENDED

    is_suspending = is_suspended
    """bluesky's word, whose state is that for a moment and `running` while the plan is held."""

    @property
    def is_stopping(self) -> bool:
        """Cleaning up after a stop."""
        return self is State.STOPPING

    @property
    def is_aborting(self) -> bool:
        """Cleaning up after an abort."""
        return self is State.ABORTING

    @property
    def is_halting(self) -> bool:
        """Ending without the plan's clean-up."""
        return self is State.HALTING

    @property
    def is_panicked(self) -> bool:
        """The engine itself has failed: it takes no plan any more."""
        return self is State.PANICKED

    @property
    def can_pause(self) -> bool:
        """Whether a pause is possible from here."""
        return State.PAUSING in TRANSITIONS[self]


ENDING = frozenset({State.STOPPING, State.ABORTING, State.HALTING})
"""The states in which the plan can only end."""

TRANSITIONS: dict[State, frozenset[State]] = {
    State.IDLE: frozenset({State.RUNNING, State.SUSPENDED, State.PANICKED}),
    State.RUNNING: frozenset({State.IDLE, State.PAUSING, State.SUSPENDED, *ENDING, State.PANICKED}),
    State.PAUSING: frozenset({State.PAUSED, *ENDING, State.PANICKED}),
    State.PAUSED: frozenset({State.RUNNING, State.SUSPENDED, *ENDING, State.PANICKED}),
    State.SUSPENDED: frozenset({State.RUNNING, State.PAUSING, *ENDING, State.PANICKED}),
    State.STOPPING: frozenset({State.IDLE, State.ABORTING, State.HALTING, State.PANICKED}),
    State.ABORTING: frozenset({State.IDLE, State.HALTING, State.PANICKED}),
    State.HALTING: frozenset({State.IDLE, State.PANICKED}),
    State.PANICKED: frozenset(),
}


@dataclass(frozen=True, slots=True)
class StateChange:
    """One transition: `seq` counts them, so that whoever missed one knows; `time` is seconds since the epoch."""

    seq: int
    old: State
    new: State
    reason: str
    time: float


class StateMachine:
    """Holds the state. Written by the engine's loop only; may be read from anywhere."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self.last = StateChange(0, State.IDLE, State.IDLE, "", clock())
        self.observers: list[Callable[[StateChange], None]] = []

    @property
    def state(self) -> State:
        """The state now."""
        return self.last.new

    def move(self, new: State, reason: str = "") -> StateChange:
        """Change the state and tell the observers.

        Raises TransitionError, and changes nothing, where `TRANSITIONS` does not allow it.
        """
        old = self.state
        if new not in TRANSITIONS[old]:
            allowed = ", ".join(sorted(TRANSITIONS[old])) or "nothing"
            raise TransitionError(f"The engine is {old} and cannot become {new}; from here it can become: {allowed}")
        change = self.last = StateChange(self.last.seq + 1, old, new, reason, self._clock())
        self.tell(change, iter(tuple(self.observers)))
        return change

    def tell(self, change: StateChange, left: Iterator[Callable[[StateChange], None]]) -> None:
        """Tell those of the observers who are left. Where this is given up half-way, another thread goes on with it."""
        for observer in left:
            observer(change)
