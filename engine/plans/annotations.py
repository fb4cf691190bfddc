"""How a catalogue reads a plan's parameters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

__all__ = ["Repeats", "Units"]


@dataclass(frozen=True, slots=True, init=False)
class Repeats:
    """What one round of a plan's `*args` consists of: names and types, in order.

    `*args: Annotated[Any, Repeats(motor=Movable, start=float, stop=float)]` reads: any number of times a motor, a
    start and a stop. Raises TypeError when there is nothing to repeat.
    """

    names: tuple[str, ...]
    types: tuple[Any, ...]

    def __init__(self, **fields: Any) -> None:
        if not fields:
            raise TypeError("Repeats needs at least one name=type, such as Repeats(motor=Movable, position=float)")
        object.__setattr__(self, "names", tuple(fields))
        object.__setattr__(self, "types", tuple(fields.values()))


@dataclass(frozen=True, slots=True)
class Units:
    """The unit of a parameter: `delay: Annotated[float, Units("s")]`."""

    symbol: str
