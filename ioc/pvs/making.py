"""How a PV is declared and written.

Rules of this file:
1. A PV is a display, which only we write, or a setting or command, which clients write; never both.
2. What is said of a PV is said in its declaration, and nowhere else: fields, metadata, alarms, `reioc pvs`.
3. `post` is how a display is written: only when something changes, with the time at which it became so.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any, Unpack

import numpy as np
from caproto import AlarmSeverity, AlarmStatus, ChannelType

from .declaration import (
    FAST,
    INVALID,
    MAJOR,
    MINOR,
    MONITOR,
    NO_ALARM,
    SLOW,
    Declaration,
    Guidance,
    Kind,
    Limit,
    NumberSaid,
    StatesSaid,
    TextSaid,
)
from .records import (
    Bool,
    Double,
    Enum,
    Integer,
    String,
    Text,
    WritableBool,
    WritableDouble,
    WritableEnum,
    WritableString,
    WritableText,
    declare,
)

__all__ = [
    "DONE",
    "FAST",
    "INVALID",
    "MAJOR",
    "MINOR",
    "MONITOR",
    "NO_ALARM",
    "NO_YES",
    "SLOW",
    "Guidance",
    "Kind",
    "bool_display",
    "bool_setting",
    "enum_display",
    "enum_setting",
    "float_display",
    "float_setting",
    "handled_by",
    "int_display",
    "post",
    "string_display",
    "string_setting",
    "strings_display",
    "text_display",
    "text_setting",
    "wave_display",
]

TEXT_LENGTH = 2000
NO_YES = ("No", "Yes")
DONE = "Done"
"""What a command reads while it is not being carried out; a switch with this label is a command."""

Put = Callable[..., Any]


def int_display(name: str, doc: str, **said: Unpack[NumberSaid]) -> Any:
    """A whole number (longin)."""
    return declare(Integer, 0, _number(name, doc, "longin", "LONG", **said))


def float_display(name: str, doc: str, *, precision: int = 1, **said: Unpack[NumberSaid]) -> Any:
    """A number (ai)."""
    return declare(Double, 0.0, _number(name, doc, "ai", "DOUBLE", precision=precision, **said))


def bool_display(name: str, doc: str, labels: Sequence[str] = NO_YES, **said: Unpack[StatesSaid]) -> Any:
    """Yes or no (bi)."""
    return declare(Bool, labels[0], _states(name, doc, "bi", labels, **said))


def enum_display(name: str, doc: str, labels: Sequence[str], **said: Unpack[StatesSaid]) -> Any:
    """One of up to 16 states (mbbi)."""
    return declare(Enum, labels[0], _states(name, doc, "mbbi", labels, **said))


def string_display(name: str, doc: str, **said: Unpack[TextSaid]) -> Any:
    """A text of up to 39 characters (stringin)."""
    return declare(String, "", _text(name, doc, "stringin", "STRING", **said))


def strings_display(name: str, doc: str, length: int) -> Any:
    """Up to `length` texts of up to 39 characters (waveform)."""
    return declare(String, [""], _text(name, doc, "waveform", "STRING", length=length))


def text_display(name: str, doc: str, *, length: int = TEXT_LENGTH, **said: Unpack[TextSaid]) -> Any:
    """A long text (waveform of characters; `caget -S`)."""
    return declare(Text, "", _text(name, doc, "waveform", "CHAR", length=length, **said))


def wave_display(name: str, doc: str, length: int, **said: Unpack[NumberSaid]) -> Any:
    """Numbers, always `length` of them (waveform)."""
    return declare(Double, [0.0] * length, _number(name, doc, "waveform", "DOUBLE", length=length, **said))


def bool_setting(
    name: str,
    doc: str,
    labels: Sequence[str] = NO_YES,
    put: Put | None = None,
    **said: Unpack[StatesSaid],
) -> Any:
    """A switch (bo); if its first label is `DONE`, a command."""
    if labels[0] == DONE:
        said.setdefault("archive", None)
    kind = Kind.COMMAND if labels[0] == DONE else Kind.SETTING
    return declare(WritableBool, labels[0], _states(name, doc, "bo", labels, kind, **said), put)


def enum_setting(name: str, doc: str, labels: Sequence[str], put: Put | None = None, **said: Unpack[StatesSaid]) -> Any:
    """A choice (mbbo)."""
    return declare(WritableEnum, labels[0], _states(name, doc, "mbbo", labels, Kind.SETTING, **said), put)


def float_setting(
    name: str, doc: str, *, precision: int = 3, put: Put | None = None, **said: Unpack[NumberSaid]
) -> Any:
    """A number (ao); each change is archived, unless something else is said."""
    said.setdefault("archive", MONITOR)
    declared = _number(name, doc, "ao", "DOUBLE", Kind.SETTING, precision=precision, **said)
    return declare(WritableDouble, 0.0, declared, put)


def string_setting(
    name: str, doc: str, put: Put | None = None, *, kind: Kind = Kind.SETTING, **said: Unpack[TextSaid]
) -> Any:
    """A text of up to 39 characters (stringout)."""
    return declare(WritableString, "", _text(name, doc, "stringout", "STRING", kind, **said), put)


def text_setting(
    name: str, doc: str, *, length: int = TEXT_LENGTH, put: Put | None = None, kind: Kind = Kind.SETTING
) -> Any:
    """A long text (waveform of characters; `caput -S`)."""
    return declare(WritableText, "", _text(name, doc, "waveform", "CHAR", kind, length=length), put)


def _number(
    name: str,
    doc: str,
    record: str,
    element: str,
    kind: Kind = Kind.DISPLAY,
    *,
    length: int = 1,
    precision: int | None = None,
    **said: Unpack[NumberSaid],
) -> Declaration:
    found: dict[str, Any] = dict(said)
    for limit in ("lolo", "low", "high", "hihi"):
        if limit in found:
            found[limit] = Limit(*found[limit])
    about = {"name": name, "description": doc, "kind": kind, "record": record, "element": element}
    return Declaration(**about, length=length, precision=precision, **found)


def _states(
    name: str, doc: str, record: str, labels: Sequence[str], kind: Kind = Kind.DISPLAY, **said: Unpack[StatesSaid]
) -> Declaration:
    said.setdefault("archive", MONITOR)
    about = {"name": name, "description": doc, "kind": kind, "record": record}
    return Declaration(**about, element="ENUM", labels=tuple(labels), **said)


def _text(
    name: str,
    doc: str,
    record: str,
    element: str,
    kind: Kind = Kind.DISPLAY,
    *,
    length: int = 1,
    **said: Unpack[TextSaid],
) -> Declaration:
    about = {"name": name, "description": doc, "kind": kind, "record": record, "element": element}
    return Declaration(**about, length=length, **said)


def handled_by(method: str) -> Callable[..., Any]:
    """A putter that calls the group's method of this name with (pv, value); it may raise Refusal."""

    async def put(group: Any, instance: Any, value: Any) -> Any:
        return await getattr(group, method)(instance, value)

    return put


# Writing


async def post(pv: Any, value: Any, *, severity: AlarmSeverity | None = None, at: float | None = None) -> None:
    """Write a display, if its value or its severity changes.

    `severity` is for PVs whose alarm depends on more than their value; the declaration has it of the others, and
    ValueError is raised. `at` is when it became so, in epoch seconds; without it, now. Texts that are too long are cut,
    whole numbers stand for labels.
    """
    rule = pv.rule
    if severity is None and not isinstance(value, np.ndarray) and pv.value == value and (rule or not pv.alarm.severity):
        return  # most of them, at each tick
    value = _fitting(pv, value)
    if rule is None:
        alarm = _GOOD if not severity else (_status(pv), severity)
    elif severity is None:
        alarm = rule(value)
    else:
        raise ValueError(f"{pv.pvname}: its severities are declared, and cannot be given")
    if _equal(pv.value, value) and pv.alarm.severity == alarm[1]:
        return
    stamp = time.time() if at is None else at
    await pv.show(value, *alarm, stamp)


_GOOD = (AlarmStatus.NO_ALARM, NO_ALARM)


def _status(pv: Any) -> AlarmStatus:
    """Why a PV has an alarm that its declaration does not tell."""
    return AlarmStatus.STATE if pv.declared.labels else AlarmStatus.SOFT


def _fitting(pv: Any, value: Any) -> Any:
    if pv.data_type is ChannelType.CHAR:
        return _cut(str(value), pv.max_length - 1)
    if pv.data_type is ChannelType.STRING:
        return (
            [_cut(text, 39) for text in value][: pv.max_length] or [""] if pv.max_length > 1 else _cut(str(value), 39)
        )
    labels = getattr(pv, "enum_strings", None)
    if labels and not isinstance(value, str):
        return labels[int(value)]
    return value


def _cut(text: str, size: int) -> str:
    """The beginning of a text that fits in `size` bytes, whole characters only."""
    return text.encode(errors="replace")[:size].decode(errors="ignore")


def _equal(old: Any, new: Any) -> bool:
    if isinstance(new, np.ndarray):
        return np.array_equal(np.asarray(old), new)
    return bool(old == new) or (old != old and new != new)  # NaN stays NaN
