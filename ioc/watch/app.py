"""The dashboard on a terminal.

Rules of this file:
1. Textual draws and hears keys; what is shown is decided by `view` and `panels`, what is asked for by `watched`.
2. Drawn ten times a second at most, and only what has changed. Nothing here waits for Channel Access.
3. A key whose command would be refused says why, and asks for nothing.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import ClassVar

from rich.text import Text
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Static

from . import panels
from .dialogs import Confirm, Help
from .keys import ACTIONS, Action
from .readings import SourceFailed
from .spans import Line
from .watched import Watched

__all__ = ["WatchApp"]

FRAME = 0.1
"""Seconds between two drawings."""
HINT = 6.0
"""Seconds for which a hint stays."""
_WIDE = 72
"""Columns from which on there is room for a plot beside the lists."""
_BY_KEY = {action.key: action for action in ACTIONS}


class Panel(Static):
    """Lines, which are drawn when they have changed."""

    shown: Sequence[Line] = ()

    def show(self, lines: Sequence[Line]) -> None:
        """Have these."""
        if lines != self.shown:
            self.shown = lines
            self.update(Text("\n").join(Text.assemble(*((each.text, each.style) for each in one)) for one in lines))


class WatchApp(App[None]):
    """What an engine does, and keys for its commands."""

    ENABLE_COMMAND_PALETTE = False
    CSS = """
    Screen { background: black; color: #e1e1e1; overflow: hidden; }
    Panel { text-wrap: nowrap; }
    #banner { height: 3; }
    #run { height: auto; margin: 0 1; }
    #body { height: 1fr; margin: 1 1 0 1; }
    #lists { width: 1fr; height: 100%; }
    #plot { width: 1fr; height: 100%; margin-left: 2; }
    #foot { height: auto; dock: bottom; }
    #bottom { height: auto; margin: 0 1; }
    #keys { height: 1; }
    ModalScreen { background: black 50%; align: center middle; }
    #box { width: 66; max-width: 95%; height: auto; max-height: 100%; overflow-y: auto; }
    #box { border: heavy #ffbe00; background: #202020; padding: 0 1; }
    #box Input { border: none; height: 1; padding: 0 1; background: #404040; margin: 1 0; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        *(Binding(action.key, f"ask('{action.key}')", action.word) for action in ACTIONS),
        Binding("y", "next_curve", "next curve"),
        Binding("question_mark", "help", "help"),
        Binding("q,ctrl+c", "quit", "quit"),
    ]

    def __init__(self, watched: Watched) -> None:
        super().__init__()
        self.watched = watched
        self._curve = 0
        self._hint = ""
        self._hint_until = 0.0
        self._banner, self._run_panel, self._lists, self._plot, self._bottom, self._keys = (
            Panel(id=name) for name in ("banner", "run", "lists", "plot", "bottom", "keys")
        )

    def compose(self) -> ComposeResult:
        """From top to bottom: state, run, suspenders and queue beside the plot, what was asked for, keys."""
        yield self._banner
        yield self._run_panel
        yield Horizontal(self._lists, self._plot, id="body")
        yield Vertical(self._bottom, self._keys, id="foot")

    def on_mount(self) -> None:
        """Begin to draw."""
        self.draw()
        self.set_interval(FRAME, self.draw)

    def draw(self) -> None:
        """Show what there is now."""
        try:
            view = self.watched.look()
        except SourceFailed as failed:
            self.exit(return_code=1, message=f"reioc watch: {failed}")
            return
        width = self.size.width
        self._banner.show(panels.banner(view, width))
        self._run_panel.show(panels.run(view, width - 2))
        hint = self._hint if time.monotonic() < self._hint_until else ""
        self._bottom.show(panels.bottom(view, self.watched.asked, hint, width - 2))
        self._keys.show([panels.keys(self._key_items(), ("?", "help"), width)])
        self._plot.display = width >= _WIDE and bool(view.curves)
        lists, height = self._lists.size.width, self._lists.size.height
        held = panels.suspenders(view, lists, height if height < 6 else height * 2 // 3)
        room = height - len(held) - 1
        self._lists.show([*held, (), *panels.queue(view, lists, room)] if room > 0 else held)
        self._plot.show(panels.plot(view, self._curve, self._plot.size.width, self._plot.size.height))

    def _key_items(self) -> list[tuple[str, str, bool]]:
        asked = [(action.key, action.word, not self.watched.why_not(action)) for action in ACTIONS]
        return [*asked, ("q", "quit", True)]

    # Keys

    def action_ask(self, key: str) -> None:
        """Give the command of this key; ask first where a slip of the finger would end a plan."""
        action = _BY_KEY[key]
        if self._is_refused(action):
            return
        if action.is_confirmed:
            self.push_screen(Confirm(action, self.watched.prefix), lambda reason: self._confirmed(action, reason))
        else:
            self.watched.ask(action)

    def _confirmed(self, action: Action, reason: str | None) -> None:
        # It may have become impossible while the question stood there.
        if reason is not None and not self._is_refused(action):
            self.watched.ask(action, reason)

    def _is_refused(self, action: Action) -> bool:
        why = self.watched.why_not(action)
        self._hint = f"{action.word} would be refused: {why}" if why else ""
        self._hint_until = time.monotonic() + HINT
        return bool(why)

    def action_next_curve(self) -> None:
        """Show the next curve."""
        self._curve += 1

    def action_help(self) -> None:
        """Say what the keys do."""
        self.push_screen(Help())
