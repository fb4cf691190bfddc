"""An engine that is watched: its view, and commands for it.

Rules of this file:
1. Knows neither a screen nor Channel Access: values come from a Source when `look` is called, as often as is drawn.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from .asking import Asked, Asking
from .keys import Action, why_not
from .readings import Readings, Source, engine_names, suspender_names
from .view import View, view_of

__all__ = ["Watched"]


class Watched:
    """The engine with this prefix."""

    def __init__(
        self,
        prefix: str,
        source: Source,
        by: str,
        *,
        now: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self.prefix = prefix
        self.readings = Readings({})
        self._source = source
        self._asking = Asking(by)
        self._now, self._wall = now, wall
        self._suspenders: tuple[str, ...] = ()
        source.watch(engine_names())
        self.view = view_of(prefix, self.readings, now(), wall())

    @property
    def asked(self) -> Asked | None:
        """The last command that was given here."""
        return self._asking.last

    def look(self) -> View:
        """The view as it is now; goes on with what was asked for."""
        heard, now = self._source.take(), self._now()
        self.readings = heard.readings
        for name, value in self._asking.hear(heard.told, now):
            self._source.put(name, value)
        self.view = view_of(self.prefix, self.readings, now, self._wall())
        if self.view.link.is_live:
            self._follow_suspenders()
        return self.view

    def why_not(self, action: Action) -> str:
        """Why the engine would refuse this; empty if it would not."""
        return why_not(action, self.view, self.readings)

    def ask(self, action: Action, reason: str = "") -> None:
        """Give a command."""
        newest = self.readings.whole("Cmd:Seq")
        self._source.put(*self._asking.ask(action.command, reason, newest, self._now()))

    def _follow_suspenders(self) -> None:
        there = self.readings.words("Susp:Names")
        if there == self._suspenders:
            return
        self._source.watch(suspender_names(each for each in there if each not in self._suspenders))
        self._source.forget(suspender_names(each for each in self._suspenders if each not in there))
        self._suspenders = there
