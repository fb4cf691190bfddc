"""How a sink is doing, for people and PVs."""

from __future__ import annotations

import time
from dataclasses import dataclass
from enum import StrEnum

__all__ = ["Failure", "SinkState", "SinkStatus", "status_of", "told"]

MANY = 500
"""Documents from which on a sink is behind: what comes between two of its turns is normal."""
SILENT = 10.0
"""Seconds after which a sink that has not answered is told of."""


class SinkState(StrEnum):
    """How it is doing."""

    OK = "ok"
    BEHIND = "behind"
    """It takes documents, and has many yet to take."""
    FAILING = "failing"
    """It takes none, or does not answer."""
    OFF = "off"


@dataclass(frozen=True, slots=True)
class SinkStatus:
    """How a sink is doing."""

    name: str
    state: SinkState
    enabled: bool
    """Whether it is given documents, now or as soon as it answers."""
    behind: int
    """Durable documents that it does not have yet."""
    message: str
    """For people: what is wrong and since when; or the last document that was passed over."""
    delivered: int
    """Documents that it has taken since the service started."""
    rejected: int
    """Documents that it can never take, since the service started."""
    last_time: float | None
    """When it took the last one (s since 1970)."""


@dataclass(frozen=True, slots=True)
class Failure:
    """What is wrong, since when (s since 1970), and how long until the next attempt (s)."""

    what: str
    since: float
    delay: float


def status_of(
    name: str,
    *,
    enabled: bool,
    behind: int,
    failure: Failure | None,
    silent: float,
    note: str,
    counts: tuple[int, int, float | None],
) -> SinkStatus:
    """Put together a status. `silent` is for how long (s) it has not answered; `counts` end it."""
    state, message = SinkState.OK, note
    if silent >= SILENT:
        state, message = SinkState.FAILING, f"not answering for {silent:.0f} s; {behind} documents behind"
        if not enabled:
            message += "; switched off, as soon as it answers"
    elif not enabled:
        state, message = SinkState.OFF, f"switched off; it catches up when switched on: {behind} documents"
    elif failure is not None:
        since = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(failure.since))
        state = SinkState.FAILING
        message = f"{failure.what}; since {since}, {behind} documents behind; tried again after {failure.delay:g} s"
    elif behind > MANY:
        state = SinkState.BEHIND
    return SinkStatus(name, state, enabled, behind, message, *counts)


def told(error: BaseException) -> str:
    """An error in one line, with what was at its root."""
    root = error
    while (cause := root.__cause__ or (None if root.__suppress_context__ else root.__context__)) is not None:
        root = cause
    text, because = (f"{type(each).__name__}: {each}" for each in (error, root))
    return text if because == text else f"{text} (because of {because})"
