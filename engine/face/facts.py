"""The part of the engine's face that shows what it does. Everything here may be read from any thread."""

from __future__ import annotations

from ..engine import Engine
from ..environment import Environment
from ..errors import TransitionError
from ..holds import Hold
from ..interruptions import Ask
from ..messages import Msg
from ..recording import Recorder
from ..states import State, StateChange
from ..wait_groups import Started, group_of
from .settings import Settings

__all__ = ["Facts"]


class Facts(Settings):
    """What is so now."""

    def __init__(self, env: Environment) -> None:
        super().__init__(env)
        self._engine = Engine(env, self.commands_by_name)

    @property
    def state(self) -> State:
        """The state now."""
        return self._engine.states.state

    @property
    def last_change(self) -> StateChange:
        """The last transition: since when, from what, and why."""
        return self._engine.states.last

    @property
    def holds(self) -> tuple[Hold, ...]:
        """Who holds the plan, why, and since when."""
        return tuple(self._engine.holds)

    @property
    def holds_in_force(self) -> tuple[Hold, ...]:
        """Those that hold the plan that is suspended now; others may be about other plans, or messages to come."""
        return tuple(self._engine.in_force()) if self.state.is_suspended else ()

    @property
    def time_suspended(self) -> float:
        """For how many seconds plans have been suspended since the engine was made."""
        return self._engine.held_time.seconds

    @property
    def resumable(self) -> bool:
        """Whether the plan can be taken up again after an interruption."""
        ctx = self._engine.ctx
        return ctx is None or ctx.checkpoint.resumable

    @property
    def rewindable(self) -> bool:
        """Whether the plan's messages are recorded, to be repeated after an interruption.

        Setting it counts for later plans and for the one in progress, whose message `rewindable` sets it for itself.
        """
        ctx = self._engine.ctx
        return self.env.rewindable if ctx is None else ctx.checkpoint.rewindable

    @rewindable.setter
    def rewindable(self, value: bool) -> None:
        self.env.rewindable = bool(value)
        ctx = self._engine.ctx
        if ctx is not None:
            ctx.set_rewindable(self.env.rewindable)

    @property
    def recorder(self) -> Recorder | None:
        """Gets each document before any subscriber does, and says when they are durable; None for nobody.

        A run's subscribers hear of its end, and a plan is over, only when its RunStop is durable. Set while no plan is
        in progress: TransitionError otherwise; TypeError for what is no recorder.
        """
        return self.env.recording.recorder

    @recorder.setter
    def recorder(self, recorder: Recorder | None) -> None:
        if self._engine.ctx is not None:
            raise TransitionError(f"RE.recorder is set while no plan is in progress: the engine is {self.state}")
        self.env.recording.recorder = recorder

    @property
    def pause_requested(self) -> bool:
        """Whether a pause has been asked for that is not there yet; not one that waits for a checkpoint."""
        ctx = self._engine.ctx
        wished = ctx is not None and ctx.wishes.pause is not None
        return not self.state.is_paused and (wished or Ask.PAUSE in self._engine.inbox)

    @property
    def deferred_pause_requested(self) -> bool:
        """Whether a pause waits for a checkpoint."""
        ctx = self._engine.ctx
        waits = ctx is not None and ctx.wishes.deferred is not None
        return waits or Ask.DEFERRED_PAUSE in self._engine.inbox

    @property
    def pause_after_run_requested(self) -> bool:
        """Whether a pause waits for the end of the run."""
        ctx = self._engine.ctx
        waits = ctx is not None and ctx.wishes.after_run is not None
        return waits or Ask.PAUSE_AFTER_RUN in self._engine.inbox

    @property
    def skipping_point(self) -> bool:
        """Whether a point is being skipped, or is about to be."""
        ctx = self._engine.ctx
        wished = ctx is not None and ctx.wishes.skip is not None
        return wished or self._engine.skipping.reason is not None or Ask.SKIP_POINT in self._engine.inbox

    @property
    def current_message(self) -> Msg | None:
        """The message that is being executed."""
        return self._engine.msg

    @property
    def waiting_for(self) -> tuple[str, ...]:
        """The devices that the plan waits for, by name, each once; and the recorder, where a RunStop waits for it."""
        names = (started.name for started in self._pending())
        return tuple(dict.fromkeys([*names, *self.env.recording.waiting_for]))

    @property
    def started_message(self) -> Msg | None:
        """The message that started the first of what the plan waits for."""
        return next((started.msg for started in self._pending()), None)

    def _pending(self) -> list[Started]:
        ctx, msg = self._engine.ctx, self._engine.msg
        if ctx is None or msg is None or msg.command != "wait":
            return []
        return ctx.groups.pending(group_of(msg))
