"""How long plans take is learned from those that have ended."""

from __future__ import annotations

from .journal import Journal
from .plans.pace import Pace
from .queue.history import History

__all__ = ["Learning"]

REMEMBERED = 500
"""Plans of before that count at the start."""


class Learning:
    """Keeps a Pace true to the history."""

    def __init__(self, history: History) -> None:
        self.pace = Pace()
        self._history = history
        self._is_new = False

    def begin(self, journal: Journal | None) -> None:
        """Learn from what the journal has, and from now on from each plan that ends."""
        for entry in reversed(journal.history(REMEMBERED) if journal is not None else []):
            self.pace.learn(entry)
        self._history.observers.append(self._learn)

    def take_news(self) -> bool:
        """Whether something was learned since this was asked last."""
        is_new, self._is_new = self._is_new, False
        return is_new

    def _learn(self) -> None:
        self.pace.learn(self._history.entries[0])
        self._is_new = True
