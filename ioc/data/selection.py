"""What is drawn: what was selected, and what the hints say of the rest.

Rules of this file:
1. A selection is a wish that stays: a run without that field is drawn as its hints say, a later one that has it as it
   was selected.
2. All that is drawn together is of one stream: that of Y if it was selected, else that of X, else that of the first
   dimension that the RunStart hints at, else the primary one, else the first, such as a flyer's.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ...devices.hints import did_you_mean
from .table import SEQ_NUM, TIME

__all__ = ["AXES", "Axes", "Scene", "StreamFields", "find_field", "shown_as", "shown_names"]

AXES = ("X", "Y", "Y2", "Y3", "Y4")
_ALWAYS = (TIME, SEQ_NUM)
_BESIDE = ("baseline", "interruptions")
"""Streams that are about a run, and not what it measures."""
_LONGEST = 39
"""Characters of a name that fit into a string PV."""
_MOST_NAMED = 20
_PLACE = re.compile(r"#(\d{1,6})", re.ASCII)


@dataclass(frozen=True, slots=True)
class StreamFields:
    """What a stream has that can be drawn: its scalars, and those of them that are hinted at and are no dimension."""

    name: str
    scalars: tuple[str, ...]
    hinted: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Axes:
    """What is drawn: the stream (empty while it is not known) and the field of each axis, empty for none."""

    stream: str
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Scene:
    """What a run offers: its streams, and the fields of its first dimension with the stream that they are in."""

    streams: Mapping[str, StreamFields] = field(default_factory=dict)
    home: str = "primary"
    dimension: Sequence[str] = ()

    @property
    def fields(self) -> tuple[str, ...]:
        """Everything that can be drawn, each once: first what is in the stream of the dimension."""
        names = [name for stream in self._in_order() for name in stream.scalars]
        return tuple(dict.fromkeys((*names, *_ALWAYS)))

    def _in_order(self) -> list[StreamFields]:
        return sorted(self.streams.values(), key=lambda stream: stream.name != self.home)

    @property
    def main(self) -> StreamFields | None:
        """The stream that is drawn where nothing is selected; None while it is not there."""
        if self.dimension or self.home in self.streams:
            return self.streams.get(self.home)
        return next((each for each in self.streams.values() if each.scalars and each.name not in _BESIDE), None)

    def stream_of(self, name: str) -> str:
        """The name of the stream that has a field; empty of those that each stream has, or none."""
        holder = self._holder(name)
        return holder.name if holder is not None else ""

    def _holder(self, name: str) -> StreamFields | None:
        """The stream that has a field; None of those that each stream has, or none."""
        if name in _ALWAYS:
            return None
        return next((stream for stream in self._in_order() if name in stream.scalars), None)

    def axes(self, wanted: Mapping[str, str]) -> Axes:
        """What is drawn where `wanted` says which field was selected for an axis."""
        x, y = wanted.get("X", ""), wanted.get("Y", "")
        stream = self._holder(y) or self._holder(x) or self.main
        if stream is None:
            first = next(iter(self.dimension), TIME)
            return Axes("", (x or first, *(wanted.get(axis, "") for axis in AXES[1:])))
        drawable = {*stream.scalars, *_ALWAYS}
        if x not in drawable:
            hinted = self.dimension if stream.name == self.home else ()
            x = next((name for name in hinted if name in drawable), TIME)
        selected = {axis: wanted[axis] for axis in AXES[1:] if wanted.get(axis) in drawable}
        others = (name for name in stream.hinted if name not in selected.values() and name != x)
        return Axes(stream.name, (x, *(selected.get(axis) or next(others, "") for axis in AXES[1:])))

    def check(self, axis: str, name: str, wanted: Mapping[str, str]) -> None:
        """Raise ValueError if a field cannot be selected for this axis beside what else is wanted."""
        if not self.streams:
            return  # nothing is known yet
        if name not in self.fields:
            some = ", ".join(self.fields[:_MOST_NAMED]) + (", …" if len(self.fields) > _MOST_NAMED else "")
            raise ValueError(f"the run has no field {name!r} to draw; it has: {some}{did_you_mean(name, self.fields)}")
        axes, holder = self.axes({**wanted, axis: name}), self._holder(name)
        if holder is not None and axes.fields[AXES.index(axis)] != name:
            drawn = ", ".join(filter(None, axes.fields[1:])) if axis == "X" else axes.fields[1] or axes.fields[0]
            raise ValueError(
                f"{name} is in the stream {holder.name}, and {drawn} in {axes.stream or self.home}: what is drawn "
                f"together is of one stream, that of Y; select Y first ('auto' gives an axis back to the hints)"
            )


def shown_names(fields: Sequence[str]) -> dict[str, str]:
    """Fields by what a string PV can show of their names; those that begin alike get a number."""
    shown: dict[str, str] = {}
    for name in fields:
        plain = name.encode("ascii", errors="replace").decode()
        fitting, number = plain[:_LONGEST], 1
        while fitting in shown:
            number += 1
            end = f"~{number}"
            fitting = plain[: _LONGEST - len(end)] + end
        shown[fitting] = name
    return shown


def shown_as(name: str, fields: Sequence[str]) -> str:
    """What a string PV shows of a field's name."""
    names = shown_names(fields if name in fields else [name])
    return next(shown for shown, field in names.items() if field == name)


def find_field(text: str, fields: Sequence[str]) -> str:
    """The field that somebody means who has read its name in a PV, or its place among them: `#3` is the third.

    The text itself if it is none of them. Raises ValueError for a place that there is not.
    """
    if text in fields:
        return text
    if (place := _PLACE.fullmatch(text.strip())) is None:
        return shown_names(fields).get(text, text)
    number = int(place[1])
    if not 1 <= number <= len(fields):
        there = f"there are {len(fields)}" if fields else "there is none before the first run"
        raise ValueError(f"there is no field {place[0]}: {there}")
    return fields[number - 1]
