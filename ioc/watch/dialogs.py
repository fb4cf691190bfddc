"""Questions on top of the dashboard."""

from __future__ import annotations

from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from .keys import ACTIONS, Action

__all__ = ["Confirm", "Help"]

_OTHERS = (("y", "the next curve"), ("?", "this"), ("q", "leave; the engine goes on as it is"))


class Confirm(ModalScreen[str | None]):
    """Whether it is meant, and why: the answer is the reason, which may be empty, or None if it is not meant."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss(None)", "no")]

    def __init__(self, action: Action, prefix: str) -> None:
        super().__init__()
        self._action = action
        self._prefix = prefix

    def compose(self) -> ComposeResult:
        """The question, and a line for the reason, in which Enter says yes."""
        with Vertical(id="box"):
            yield Static(Text(f"{self._action.word.upper()} {self._prefix}  {self._action.says}?"))
            yield Input(placeholder="reason, which goes into the run (may be empty)")
            yield Static(Text(f"Enter: yes, {self._action.word}      Esc: no"))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """It is meant."""
        self.dismiss(event.value.strip())


class Help(ModalScreen[None]):
    """What the keys do."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,question_mark,q,enter", "dismiss(None)", "back")]

    def compose(self) -> ComposeResult:
        """A line for each."""
        asked = [(action.key, f"{action.word}: {action.says}") for action in ACTIONS]
        lines = [f"{key}  {says}" for key, says in (*asked, *_OTHERS)]
        with Vertical(id="box"):
            yield Static(Text("\n".join([*lines, "", "A key in brackets would be refused now; press it to see why."])))
