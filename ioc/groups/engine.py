"""What the engine is doing."""

from __future__ import annotations

from caproto import AlarmSeverity
from caproto.server import PVGroup

from ...engine import State, StateChange
from ..pvs import bool_display, enum_display, float_display, int_display, post, text_display

__all__ = ["STATES", "EngineGroup"]

STATES = (*(str(state) for state in State), "offline")
"""The labels of `State`; `offline` is the IOC's own: the engine is not there."""

_SEVERITIES = {
    State.IDLE: AlarmSeverity.NO_ALARM,
    State.RUNNING: AlarmSeverity.NO_ALARM,
    State.PANICKED: AlarmSeverity.MAJOR_ALARM,
}


class EngineGroup(PVGroup):
    """State, why, since when, and what could be asked for now."""

    state = enum_display("State", "What the engine does", STATES)
    state_seq = int_display("StateSeq", "Counts the transitions of State")
    state_time = float_display("StateTime", "Time in this state", units="s", precision=0)
    busy = bool_display("Busy", "A plan is being executed, or held")
    can_start = bool_display("CanStart", "A plan could be started now")
    can_pause = bool_display("CanPause", "Pause would be accepted now")
    can_resume = bool_display("CanResume", "Resume would be accepted now")
    can_stop = bool_display("CanStop", "Stop, Abort, Halt would be accepted now")
    pause_pending = bool_display("PausePending", "A pause waits for a checkpoint")
    message = text_display("Message", "What the engine does now, for people")
    waiting_for = text_display("WaitingFor", "Devices that are waited for")
    error = text_display("Error", "Root cause of the last failure")
    heartbeat = int_display("Heartbeat", "Counts seconds")

    async def publish_change(self, change: StateChange) -> None:
        """A transition: State last but one, StateSeq last, so that its monitor finds everything in place."""
        state, at = change.new, change.time
        await post(self.busy, state is not State.IDLE, at=at)
        await post(self.can_start, state is State.IDLE, at=at)
        await post(self.can_resume, state is State.PAUSED, at=at)
        await post(self.can_stop, state not in (State.IDLE, State.PANICKED), at=at)
        await post(self.state_time, 0.0, at=at)
        await post(self.state, str(state), severity=_SEVERITIES.get(state, AlarmSeverity.MINOR_ALARM), at=at)
        await post(self.state_seq, change.seq, at=at)

    async def publish_pending(self, pause_pending: bool, can_pause: bool) -> None:
        """What depends on more than the state: whether a pause waits, and whether one would be accepted."""
        await post(self.pause_pending, pause_pending)
        await post(self.can_pause, can_pause)

    async def publish_time(self, seconds: float) -> None:
        """The time in this state."""
        await post(self.state_time, float(round(seconds)))

    async def publish_offline(self) -> None:
        """The engine has gone; the IOC is about to."""
        await post(self.state, "offline", severity=AlarmSeverity.INVALID_ALARM)

    async def publish_error(self, text: str) -> None:
        """The last failure, MAJOR; or none any more."""
        severity = AlarmSeverity.MAJOR_ALARM if text else AlarmSeverity.NO_ALARM
        await post(self.error, text, severity=severity)

    async def publish_activity(self, message: str, waiting_for: tuple[str, ...]) -> None:
        """What it does, for people."""
        await post(self.message, message)
        await post(self.waiting_for, ", ".join(waiting_for))
