"""Asks the server for several PVs at the same time.

What monitors have brought may be older than a put-completion, since EPICS sends the two by different threads. What is
asked for after the completion is not.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import ophyd

from ..trouble import Disconnected, is_connected

# After ophyd, which chooses the libca that pyepics then loads.
from epics import ca, get_pv  # isort: skip

__all__ = ["Answer", "ask", "in_background"]

TIMEOUT = 2.0
"""Seconds that the server has for an answer."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Value, alarm severity (0 to 3) and time stamp (s since 1970) of a PV, as the server has them now."""

    value: Any
    severity: int
    timestamp: float


def ask(signals: Mapping[str, Any], timeout: float = TIMEOUT) -> dict[str, Answer]:
    """What the server says of each ophyd signal's readback PV, by the given names; takes as long as one of them.

    Blocks; not for libca's thread. Raises Disconnected, which names the first PV that is lost or has not answered.
    """
    channels = {name: _channel(signal) for name, signal in signals.items()}
    for name, (chid, kind) in channels.items():
        with _lost(signals[name]):
            ca.get_with_metadata(chid, ftype=kind, wait=False)
    ca.flush_io()
    answers = {}
    for name, (chid, kind) in channels.items():
        signal = signals[name]
        with _lost(signal):
            answer = ca.get_complete_with_metadata(chid, ftype=kind, timeout=timeout)
        if answer is None:
            raise Disconnected(signal.pvname, f"has not answered within {timeout:g} s", over=is_connected(signal))
        answers[name] = Answer(answer["value"], int(answer["severity"]), float(answer["timestamp"]))
    return answers


def _channel(signal: Any) -> tuple[Any, int]:
    pv = get_pv(signal.pvname)  # also makes this thread join the context in which the channel lives
    if not pv.connected:
        raise Disconnected(signal.pvname, "is not connected", over=is_connected(signal))
    with _lost(signal):
        return pv.chid, ca.promote_type(pv.chid, use_time=True)


@contextmanager
def _lost(signal: Any) -> Iterator[None]:
    """A channel that is lost libca knows before pyepics' callbacks have run, and says so by errors of its own."""
    try:
        yield
    except (ca.ChannelAccessException, ca.CASeverityException, ca.ChannelAccessGetFailure) as error:
        raise Disconnected(signal.pvname, f"cannot be read: {error}", over=is_connected(signal)) from error


def in_background(function: Any, *args: Any) -> None:
    """Call a function that may block in one of ophyd's threads that may ask Channel Access."""
    ophyd.cl.get_dispatcher().schedule_utility_task(function, *args)
