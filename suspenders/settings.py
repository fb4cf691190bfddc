"""Settings that every suspender has, and their checks."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypedDict, TypeVar

from .conditions.values import number_of
from .words import Action, OnBadPV

__all__ = ["Rules", "Settings"]

_Word = TypeVar("_Word", bound=StrEnum)


class Settings(TypedDict, total=False):
    """The keywords of every suspender; SuspenderBase says what they mean."""

    name: str | None
    sleep: float
    pre_plan: Any
    post_plan: Any
    tripped_message: str
    on_bad_pv: OnBadPV | str
    max_age: float | None
    action: Action | str
    scope: Any
    enabled: bool
    clock: Any
    wall_clock: Any
    timer: Any


@dataclass(frozen=True, slots=True)
class Rules:
    """How a suspender goes about it, whatever it watches.

    `delay` (s): how long it must have been good before the engine goes on; `on_bad_pv`: what a source does that is
    disconnected, INVALID, or older than `max_age` (s; None: of any age); `action`: what a trip does. ValueError names
    a setting that is wrong, and what it can be.
    """

    delay: float = 0.0
    on_bad_pv: OnBadPV = OnBadPV.SUSPEND
    action: Action = Action.SUSPEND
    max_age: float | None = None
    enabled: bool = True

    def __post_init__(self) -> None:
        object.__setattr__(self, "delay", _seconds("delay", "settle time", self.delay))
        object.__setattr__(self, "on_bad_pv", _word("on_bad_pv", "policy", self.on_bad_pv, OnBadPV))
        object.__setattr__(self, "action", _word("action", "action", self.action, Action))
        object.__setattr__(self, "enabled", bool(self.enabled))
        if self.max_age is not None:
            # 0 is what a PV says for "none": there is no PV without a value.
            object.__setattr__(self, "max_age", _seconds("max_age", "age", self.max_age) or None)


def _seconds(name: str, what: str, value: Any) -> float:
    number = number_of(value)
    if number is not None and math.isfinite(number) and number >= 0:
        return number
    raise ValueError(f"{name} = {value!r} is no {what}: it must be a number of seconds, 0 or more")


def _word(name: str, what: str, value: Any, words: type[_Word]) -> _Word:
    try:
        return words(value)
    except ValueError:
        raise ValueError(f"{name} = {value!r} is no {what}; there are: {', '.join(words)}") from None
