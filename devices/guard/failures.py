"""What a failure of a device says: its hardware is in trouble, its server is lost, or neither.

Rules of this file:
- Pure. Exceptions of libraries are known by the names of their classes: nothing is imported for it.
- What is in doubt is told apart: a Status that ran out of time may be a slow motor, or a put whose server has died.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from enum import Enum, auto

from ..trouble import DeviceTrouble, Disconnected

__all__ = ["Finding", "Says", "look_into"]

_ASKS = frozenset({"read", "locate", "describe", "configure", "stage", "unstage"})
"""Commands that take no time by themselves: where one runs out of time, its server has not answered."""
_NO_ANSWER = frozenset(
    {"ReadTimeoutError", "ConnectionTimeoutError", "DisconnectedError", "NotConnectedError", "NotConnected"}
)
_BY_STATUS = frozenset({"CANothing", "ChannelAccessGetFailure"})
"""aioca's, and pyepics': they have libca's status."""
_LOST_STATUS = frozenset({80, 192})  # ECA_TIMEOUT, ECA_DISCONN
_BY_WORDS = frozenset({"ChannelAccessException", "CASeverityException"})
"""pyepics': "timed out waiting … to connect", "Virtual circuit disconnect"."""


class Says(Enum):
    """What it says."""

    TROUBLE = auto()
    """The hardware does not do what it was told, and may do so again."""
    LOST = auto()
    """The server is lost, or does not answer."""
    PERHAPS_LOST = auto()
    """It took too long."""
    OTHER = auto()
    """Something that does not pass by itself."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What a failure says, with the exception that says so, and the PV that it names, if it names one."""

    says: Says
    error: BaseException
    pv: str = ""


def look_into(error: BaseException, command: str, pvs: Collection[str]) -> Finding:
    """What an exception says that a device has raised at a command; `pvs` are those of the device."""
    for each in _chain(error):
        if (says := _said_by(each, command)) is not Says.OTHER:
            return Finding(says, each, _pv_of(each, pvs))
    return Finding(Says.OTHER, error)


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The exception, and what it came from."""
    found: BaseException | None = error
    seen: set[int] = set()
    while found is not None and id(found) not in seen:
        seen.add(id(found))
        yield found
        found = found.__cause__


def _said_by(error: BaseException, command: str) -> Says:
    if isinstance(error, Disconnected):
        return Says.LOST
    if isinstance(error, DeviceTrouble):
        return Says.TROUBLE if error.passes else Says.OTHER
    names = {cls.__name__ for cls in type(error).__mro__}
    if names & _NO_ANSWER or getattr(error, "lost", False) is True:  # PutFailed, which importing would load libca
        return Says.LOST
    if names & _BY_STATUS:
        status = getattr(error, "errorcode", getattr(error, "status", None))
        return Says.LOST if status in _LOST_STATUS else Says.OTHER
    if names & _BY_WORDS:
        return Says.LOST if "connect" in str(error) else Says.OTHER
    if isinstance(error, TimeoutError):
        return Says.LOST if command in _ASKS else Says.PERHAPS_LOST
    return Says.OTHER


def _pv_of(error: BaseException, pvs: Collection[str]) -> str:
    if isinstance(pv := getattr(error, "pv", None), str) and pv:
        return pv
    text = str(error)
    return max((pv for pv in pvs if pv in text), key=len, default="")
