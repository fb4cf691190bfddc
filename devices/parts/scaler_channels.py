"""Which channels of a scaler are read, and what their data are called."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from ..hints import did_you_mean

__all__ = ["choose"]

_TAKEN = "time"
"""What the counted time is called."""

_CLOCK = 1
"""The channel that the record itself counts time with."""


def choose(device: str, names: Mapping[int, str], wanted: Sequence[str | int] | None) -> dict[str, int]:
    """Name of the data, and number, of each channel that is wanted: by name or number; None: all that have a name,
    but the first, which counts the clock as the time does.

    `names` has the record's own names by number. Names become words of letters, digits and _, each once. Raises
    ValueError, which says what channels `device` has.
    """
    if wanted is None:
        numbers = [number for number, name in names.items() if name and number != _CLOCK]
        if not numbers:
            raise ValueError(f"{device}: none of its {len(names)} channels has a name; say which, channels=[1, 2]")
    else:
        numbers = [_number(device, names, each) for each in wanted]
    chosen: dict[str, int] = {}
    for number in numbers:
        word = re.sub(r"\W+", "_", names[number]) or f"s{number}"
        chosen[f"{word}_{number}" if word in chosen or word == _TAKEN else word] = number
    return chosen


def _number(device: str, names: Mapping[int, str], wanted: str | int) -> int:
    if wanted in names and not isinstance(wanted, str):
        return wanted
    for number, name in names.items():
        if name and name == wanted:
            return number
    known = ", ".join(f"{number} {name!r}" for number, name in names.items())
    raise ValueError(f"{device} has no channel {wanted!r}{did_you_mean(str(wanted), names.values())}; it has {known}")
