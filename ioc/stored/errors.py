"""What is wrong with what was asked for."""

from __future__ import annotations

__all__ = ["StoredError"]


class StoredError(Exception):
    """A stored run cannot be found, drawn or written. The text says why, in one line, and what would be right.

    Raised to the command, which shows it; it is not about a journal that cannot be read: that is `JournalError`.
    """
