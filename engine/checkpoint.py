"""What to repeat after an interruption. Sans-I/O.

Rules of this file:
1. Which commands may be repeated is declared beside the command, not here.
2. Before the first checkpoint the plan's beginning is one; after `clear` there is none, until the next `mark`.
3. With `rewindable` off nothing is recorded: the plan goes on from where it was.
4. A plan that makes no checkpoint must not fill the memory: the engine makes one when the record `is_overlong`.
"""

from __future__ import annotations

from .messages import Msg

__all__ = ["LONGEST_RECORD", "Checkpoint"]

LONGEST_RECORD = 20_000
"""Messages after which a plan without checkpoints is given one: 5 MB, and half an hour of ten messages a second."""


class Checkpoint:
    """The messages since the last checkpoint."""

    def __init__(self) -> None:
        self._messages: list[Msg] | None = []
        self._rewindable = True

    @property
    def resumable(self) -> bool:
        """Whether there is a checkpoint to come back to."""
        return self._messages is not None

    @property
    def messages(self) -> list[Msg]:
        """The messages that would be repeated."""
        return self._messages or []

    @property
    def is_overlong(self) -> bool:
        """Whether there is more to repeat than anybody can want to have repeated."""
        return self._messages is not None and len(self._messages) > LONGEST_RECORD

    @property
    def rewindable(self) -> bool:
        """Whether messages are recorded; changing it makes a checkpoint here."""
        return self._rewindable

    @rewindable.setter
    def rewindable(self, value: bool) -> None:
        if bool(value) != self._rewindable and self.resumable:
            self._messages = []
        self._rewindable = bool(value)

    def record(self, msg: Msg) -> None:
        """A message that may be repeated is about to be executed."""
        if self._messages is not None and self._rewindable:
            self._messages.append(msg)

    def retract(self, msg: Msg) -> None:
        """The message that was recorded last has failed, or was cut short and is about to be executed anew."""
        if self._messages and self._messages[-1] is msg:
            self._messages.pop()

    def holds(self, msg: Msg) -> bool:
        """Whether a message will be repeated."""
        return any(each is msg for each in self._messages or ())

    @property
    def unsaved(self) -> list[Msg]:
        """Of the messages that would be repeated those after the last event."""
        messages = self.messages
        saved = max((index for index, msg in enumerate(messages) if msg.command == "save"), default=-1)
        return messages[saved + 1 :]

    def keep_saved(self) -> bool:
        """Repeat only what came after the last event. Whether there is one since the checkpoint."""
        unsaved = self.unsaved
        has_event = len(unsaved) < len(self.messages)
        if has_event:
            self._messages = unsaved
        return has_event

    def mark(self) -> None:
        """A checkpoint is here."""
        self._messages = []

    def mark_if_resumable(self) -> None:
        """A checkpoint is here, unless the plan has said that there is none."""
        if self._messages is not None:
            self._messages = []

    def clear(self) -> None:
        """From here on the plan cannot be resumed."""
        self._messages = None

    def rewind(self) -> list[Msg]:
        """The messages to repeat. They are recorded anew as they are executed."""
        messages = self.messages
        self.mark_if_resumable()
        return messages
