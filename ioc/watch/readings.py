"""Values of PVs, as they came."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

__all__ = [
    "Heard",
    "Reading",
    "Readings",
    "Source",
    "SourceFailed",
    "Told",
    "engine_names",
    "readable",
    "suspender_names",
]

_ENGINE = (
    "State StateTime Message Error Heartbeat Blocked BlockedIn PausePending "
    "CanPause CanResume CanStop CanPauseDeferred CanSkip "
    "Reason Pause PauseDeferred Resume Stop Abort Halt SkipPoint "
    "Run:Open Run:Plan Run:ScanID Run:Params Run:Point Run:Points Run:Progress Run:Elapsed Run:ETA Run:Times "
    "Run:ExitStatus Run:Reason "
    "Queue:State Queue:Size Queue:Message Queue:Plans Queue:Summaries Queue:By "
    "Susp:Names Susp:Enable Susp:Reason Susp:Since Susp:Countdown "
    "Data:X Data:Y Data:Y2 Data:Y3 Data:Y4 Data:XName Data:YName Data:Y2Name Data:Y3Name Data:Y4Name Data:N "
    "Cmd:Name Cmd:Result Cmd:Message Cmd:By Cmd:Time Cmd:Seq"
)
_SUSPENDER = "Value Limits Tripped Connected Countdown Bypass Enable Action Reason"


def engine_names() -> tuple[str, ...]:
    """What is watched of every engine; names without the prefix."""
    return tuple(_ENGINE.split())


def suspender_names(suspenders: Iterable[str]) -> tuple[str, ...]:
    """What is watched of these suspenders."""
    return tuple(f"Susp:{suspender}:{name}" for suspender in suspenders for name in _SUSPENDER.split())


def readable(text: str) -> str:
    """In one line, and without what a terminal would obey: anybody who may write a reason can send escape sequences."""
    if text.isprintable():
        return text
    return "".join(" " if each.isspace() else each if each.isprintable() else "�" for each in text)


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """The last value of a PV: a number, a text, the label of a state, a tuple of texts, or an array of numbers."""

    value: Any
    at: float = 0.0
    """When it came, on the clock of `time.monotonic`."""
    lost: float | None = None
    """Since when its PV has been disconnected, on that clock; None while it is connected."""
    writable: bool = False
    """Whether the access rules let us write it."""
    severity: int = 0
    units: str = ""


class Readings:
    """The last reading of each PV that has been heard of; they do not change any more."""

    def __init__(self, by_name: Mapping[str, Reading]) -> None:
        self._by_name = dict(by_name)

    def __iter__(self) -> Any:
        return iter(self._by_name)

    def find(self, name: str) -> Reading | None:
        """The last one of this PV; None if it has never been connected."""
        return self._by_name.get(name)

    def text(self, name: str) -> str:
        """As text; empty if there is none."""
        found = self._by_name.get(name)
        return "" if found is None else str(found.value)

    def number(self, name: str) -> float | None:
        """As a number; None if there is none."""
        found = self._by_name.get(name)
        return float(found.value) if found is not None and isinstance(found.value, (int, float)) else None

    def whole(self, name: str) -> int:
        """As a whole number; 0 if there is none."""
        number = self.number(name)
        return 0 if number is None or number != number else int(number)

    def words(self, name: str) -> tuple[str, ...]:
        """Of an array of strings, as far as they are not empty."""
        found = self._by_name.get(name)
        return tuple(word for word in found.value if word) if found is not None else ()

    def column(self, name: str) -> tuple[str, ...]:
        """All of an array of strings."""
        found = self._by_name.get(name)
        return tuple(found.value) if found is not None else ()


@dataclass(frozen=True, slots=True)
class Told:
    """What the `Cmd:` PVs say of a command."""

    seq: int
    name: str
    result: str
    message: str
    by: str
    time: str = ""

    @property
    def is_final(self) -> bool:
        """Whether nothing will be added to that."""
        return self.result not in ("none", "accepted")


@dataclass(frozen=True, slots=True)
class Heard:
    """What a source has to tell: all that is known, and what was said of commands since it was last asked."""

    readings: Readings
    told: tuple[Told, ...] = field(default=())

    def with_told(self, *told: Told) -> Heard:
        """This, and more of what was said."""
        return replace(self, told=(*self.told, *told))


class SourceFailed(Exception):
    """Nothing more will come; says why. Not raised for what is disconnected: that may come back."""


class Source(Protocol):
    """Where values come from. Nothing here waits for anybody."""

    def watch(self, names: Iterable[str]) -> None:
        """Have the values of these PVs as well."""
        ...

    def forget(self, names: Iterable[str]) -> None:
        """Have them no more."""
        ...

    def put(self, name: str, value: int | str) -> None:
        """Write; what becomes of it is told by the `Cmd:` PVs."""
        ...

    def take(self) -> Heard:
        """All that is known now. Raises SourceFailed."""
        ...
