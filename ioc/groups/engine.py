"""What the engine is doing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from caproto.server import PVGroup

from ...engine import Ask, State, StateChange
from ..pvs import (
    FAST,
    INVALID,
    MAJOR,
    MINOR,
    MONITOR,
    NO_ALARM,
    Guidance,
    bool_display,
    enum_display,
    float_display,
    int_display,
    post,
    text_display,
)

__all__ = ["STATES", "EngineGroup"]

STATES = (*(str(state) for state in State), "offline")
"""The labels of `State`; `offline` is the IOC's own: the engine is not there."""

WhyNot = Callable[[Ask, State | None], str]

_SEVERITIES = {
    **{str(state): MINOR for state in State if state not in (State.IDLE, State.RUNNING)},
    str(State.PANICKED): MAJOR,
    "offline": INVALID,
}
_HELD_OR_GONE = Guidance(
    "MINOR: a plan is held or is ending, and Message says why; nothing is to be done unless that takes too long. "
    "MAJOR, panicked: the engine itself has failed; see that nothing moves, keep the log, restart the service. "
    "INVALID, offline: the service is ending; if it does not come back, start it.",
    latching=False,
)
_BLOCKED = Guidance(
    "The engine does not come back from a call, and obeys nothing until it does. BlockedIn says from which: look after "
    "that device. If it never answers, restart the service."
)
_FAILED = Guidance("A plan has failed, and Error says why. The next start clears it, or ErrorClear.", annunciating=True)


class EngineGroup(PVGroup):
    """State, why, since when, and what could be asked for now."""

    state = enum_display(
        "State", "What the engine does", STATES, severities=_SEVERITIES, archive=FAST, guidance=_HELD_OR_GONE
    )
    state_seq = int_display("StateSeq", "Counts the transitions of State")
    state_time = float_display("StateTime", "Time in this state", units="s", precision=0)
    busy = bool_display("Busy", "A plan is being executed, or held")
    all_done = int_display("AllDone", "Counts: idle, and nothing left to run", archive=MONITOR)
    can_start = bool_display("CanStart", "A plan could be started now", archive=None)
    can_pause = bool_display("CanPause", "Pause would be accepted now", archive=None)
    can_resume = bool_display("CanResume", "Resume would be accepted now", archive=None)
    can_stop = bool_display("CanStop", "Stop, Abort, Halt would be accepted now", archive=None)
    can_pause_deferred = bool_display("CanPauseDeferred", "PauseDeferred would be accepted now", archive=None)
    can_pause_after_run = bool_display("CanPauseAfterRun", "PauseAfterRun would be accepted now", archive=None)
    can_skip = bool_display("CanSkip", "SkipPoint would be accepted now", archive=None)
    pause_pending = bool_display("PausePending", "A pause waits: checkpoint or end of run", archive=None)
    message = text_display("Message", "What the engine does now, for people")
    waiting_for = text_display("WaitingFor", "What is waited for")
    blocked = float_display(
        "Blocked",
        "How long the engine has not answered",
        units="s",
        high=(2.0, MINOR),
        hihi=(10.0, MAJOR),
        archive=MONITOR,
        guidance=_BLOCKED,
    )
    blocked_in = text_display("BlockedIn", "What it does not come back from")
    error = text_display("Error", "Root cause of the last failure", guidance=_FAILED)
    heartbeat = int_display("Heartbeat", "Counts seconds")

    def __init__(self, *args: Any, why_not: WhyNot, **kwargs: Any) -> None:
        """`why_not` says why a command would be refused now, or in a state that is being published."""
        super().__init__(*args, **kwargs)
        self._why_not = why_not
        self._offers: tuple[tuple[Any, Ask], ...] = (
            (self.can_pause, Ask.PAUSE),
            (self.can_pause_deferred, Ask.DEFERRED_PAUSE),
            (self.can_pause_after_run, Ask.PAUSE_AFTER_RUN),
            (self.can_resume, Ask.RESUME),
            (self.can_skip, Ask.SKIP_POINT),
            (self.can_stop, Ask.STOP),
        )

    async def publish_change(self, change: StateChange) -> None:
        """A transition: State last but one, StateSeq last, so that its monitor finds everything in place."""
        state, at = change.new, change.time
        await post(self.busy, state is not State.IDLE, at=at)
        await post(self.can_start, state is State.IDLE, at=at)
        await self.publish_offers(state, at)
        await post(self.state_time, 0.0, at=at)
        await post(self.state, str(state), at=at)
        await post(self.state_seq, change.seq, at=at)

    async def publish_offers(self, state: State | None = None, at: float | None = None) -> None:
        """Which commands would be accepted now, or in the state that is being published."""
        for pv, ask in self._offers:
            await post(pv, not self._why_not(ask, state), at=at)

    async def publish_pending(self, pause_pending: bool) -> None:
        """Whether a pause waits."""
        await post(self.pause_pending, pause_pending)

    async def publish_time(self, seconds: float) -> None:
        """The time in this state."""
        await post(self.state_time, float(round(seconds)))

    async def publish_offline(self) -> None:
        """The engine has gone; the IOC is about to."""
        await post(self.state, "offline")

    async def publish_error(self, text: str, at: float | None = None) -> None:
        """The last failure, MAJOR; or none any more."""
        await post(self.error, text, severity=MAJOR if text else NO_ALARM, at=at)

    async def publish_all_done(self, count: int, at: float | None = None) -> None:
        """How often it has been idle with nothing left to run."""
        await post(self.all_done, count, at=at)

    async def publish_blocked(self, seconds: float, where: str) -> None:
        """How long the engine has not answered, to a tenth of a second, and in what; 0 and nothing when it answers."""
        await post(self.blocked_in, where)
        await post(self.blocked, round(seconds, 1))

    async def publish_activity(self, message: str, waiting_for: tuple[str, ...]) -> None:
        """What it does, for people."""
        await post(self.message, message)
        await post(self.waiting_for, ", ".join(waiting_for))
