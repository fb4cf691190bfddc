"""What the queue does, in a word."""

from __future__ import annotations

from enum import StrEnum

__all__ = ["QueueState"]


class QueueState(StrEnum):
    """What the queue does."""

    STOPPED = "stopped"
    RUNNING = "running"
    STOPPING = "stopping"
    """It stops after the plan that runs."""
