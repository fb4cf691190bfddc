"""What an engine does now: each is a look at data, at any time, from any thread."""

from __future__ import annotations

from ..engine import Hold, Msg, RunEngine, State

__all__ = ["EngineView"]

HESITATION = 0.5
"""Seconds of not answering from which on people are told that the engine is blocked."""


class EngineView:
    """Looks at an engine; nothing is asked of it."""

    def __init__(self, engine: RunEngine) -> None:
        self.engine = engine

    @property
    def state(self) -> State:
        """The engine's state now, perhaps ahead of what has been published."""
        return self.engine.state

    @property
    def activity(self) -> tuple[Msg | None, tuple[str, ...]]:
        """What is being executed, or what started that which is waited for; and the devices that are waited for."""
        return self.engine.started_message or self.engine.current_message, self.engine.waiting_for

    @property
    def blocked(self) -> tuple[float, str]:
        """For how long (s) the engine has not answered, and in what it is; 0 and nothing if it answers."""
        seconds = self.engine.blocked
        return (seconds, self.engine.blocked_in) if seconds > HESITATION else (0.0, "")

    def what_blocks(self, command: str) -> str:
        """What keeps the engine from obeying a command now, for people; empty if nothing does."""
        seconds, where = self.blocked
        if not seconds:
            return ""
        then = "it is given up" if command == "Halt" else "it obeys when that ends; Halt does not wait for that"
        return f"the engine is blocked in {where} ({seconds:.0f} s now): {then}"

    @property
    def pause_pending(self) -> bool:
        """Whether a pause waits for a checkpoint, or for the end of the run."""
        return self.engine.deferred_pause_requested or self.engine.pause_after_run_requested

    @property
    def holds(self) -> tuple[Hold, ...]:
        """Who holds the plan that is suspended."""
        return self.engine.holds_in_force
