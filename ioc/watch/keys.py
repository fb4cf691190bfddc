"""What can be asked of an engine by a key, and whether it would be refused."""

from __future__ import annotations

from dataclasses import dataclass

from .readings import Readings
from .view import View

__all__ = ["ACTIONS", "Action", "why_not"]


@dataclass(frozen=True, slots=True)
class Action:
    """A key, the command that it gives, the PV that says whether that would be accepted."""

    key: str
    word: str
    command: str
    can: str
    says: str
    is_confirmed: bool = False


ACTIONS = (
    Action("p", "pause", "Pause", "CanPause", "pause now"),
    Action("d", "later", "PauseDeferred", "CanPauseDeferred", "pause at the next checkpoint"),
    Action("r", "resume", "Resume", "CanResume", "go on"),
    Action("k", "skip", "SkipPoint", "CanSkip", "give the current point up and go on"),
    Action("s", "stop", "Stop", "CanStop", "end the plan; its data count as good", is_confirmed=True),
    Action("a", "abort", "Abort", "CanStop", "end the plan; its data do not count", is_confirmed=True),
    Action("h", "halt", "Halt", "CanStop", "end the plan at once, without its clean-up", is_confirmed=True),
)


def why_not(action: Action, view: View, readings: Readings) -> str:
    """Why this command would be refused now; empty if it would be accepted, as far as the engine's PVs say."""
    command = readings.find(action.command)
    if not view.link.is_live or command is None or command.lost is not None:
        return view.link.trouble or f"{view.prefix}{action.command} is not connected"
    if not command.writable:
        return f"{view.prefix}{action.command} cannot be written from here: the access rules say who may"
    if readings.text(action.can) != "No":
        return ""
    return _refusal(action, view)


def _refusal(action: Action, view: View) -> str:
    if view.state == "idle":
        return "there is no plan in progress"
    if action.command in ("Pause", "PauseDeferred") and view.state in ("running", "suspended"):
        return "the plan has no checkpoint to come back to: it can be stopped or aborted"
    if action.command == "Resume":
        return f"only what is paused can be resumed; the engine is {view.state}"
    if action.command == "SkipPoint" and view.state == "running":
        return "no point is being taken, or its plan cannot go on without it"
    return f"the engine is {view.state}"
