"""How a PV is declared and written.

Rules of this file:
1. A PV is a display, which only we write, or a setting or command, which clients write; never both.
2. Each PV has an alarm of its own: caproto shares one among a group, and one MAJOR would paint the whole screen.
3. `post` is how a display is written: only when something changes, with the time at which it became so.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from caproto import AlarmSeverity, AlarmStatus, ChannelType
from caproto.server import pvproperty
from caproto.server.server import (
    PvpropertyBoolEnumRO,
    PvpropertyCharRO,
    PvpropertyDoubleRO,
    PvpropertyEnumRO,
    PvpropertyIntegerRO,
    PvpropertyStringRO,
)

from .puts import BoolSetting, EnumSetting, FloatSetting, StringSetting, TextSetting

__all__ = [
    "NO_YES",
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


def _pv(name: str, doc: str, dtype: type, record: str, **options: Any) -> Any:
    if record == "waveform":
        # caproto keeps what it has sent, per subscriber: 1000 updates of a long array each. The latest are enough.
        options.setdefault("max_subscription_backlog", 10)
    return pvproperty(name=name, doc=doc, dtype=dtype, record=record, alarm_group=name, **options)


def int_display(name: str, doc: str, *, units: str = "") -> Any:
    """A whole number (longin)."""
    return _pv(name, doc, PvpropertyIntegerRO, "longin", value=0, units=units)


def float_display(name: str, doc: str, *, units: str = "", precision: int = 1) -> Any:
    """A number (ai)."""
    return _pv(name, doc, PvpropertyDoubleRO, "ai", value=0.0, units=units, precision=precision)


def bool_display(name: str, doc: str, labels: Sequence[str] = NO_YES) -> Any:
    """Yes or no (bi)."""
    return _pv(name, doc, PvpropertyBoolEnumRO, "bi", value=labels[0], enum_strings=tuple(labels))


def enum_display(name: str, doc: str, labels: Sequence[str]) -> Any:
    """One of up to 16 states (mbbi)."""
    return _pv(name, doc, PvpropertyEnumRO, "mbbi", value=labels[0], enum_strings=tuple(labels))


def string_display(name: str, doc: str) -> Any:
    """A text of up to 39 characters (stringin)."""
    return _pv(name, doc, PvpropertyStringRO, "stringin", value="")


def strings_display(name: str, doc: str, length: int) -> Any:
    """Up to `length` texts of up to 39 characters (waveform)."""
    return _pv(name, doc, PvpropertyStringRO, "waveform", value=[""], max_length=length)


def text_display(name: str, doc: str, *, length: int = TEXT_LENGTH) -> Any:
    """A long text (waveform of characters; `caget -S`)."""
    return _pv(name, doc, PvpropertyCharRO, "waveform", value="", max_length=length, string_encoding="utf-8")


def wave_display(name: str, doc: str, length: int) -> Any:
    """Numbers, always `length` of them (waveform)."""
    return _pv(name, doc, PvpropertyDoubleRO, "waveform", value=[0.0] * length, max_length=length)


def bool_setting(name: str, doc: str, labels: Sequence[str] = NO_YES, put: Callable[..., Any] | None = None) -> Any:
    """A switch, or a command (bo)."""
    return _pv(name, doc, BoolSetting, "bo", value=labels[0], enum_strings=tuple(labels), put=put)


def enum_setting(name: str, doc: str, labels: Sequence[str], put: Callable[..., Any] | None = None) -> Any:
    """A choice (mbbo)."""
    return _pv(name, doc, EnumSetting, "mbbo", value=labels[0], enum_strings=tuple(labels), put=put)


def float_setting(
    name: str, doc: str, *, units: str = "", precision: int = 3, put: Callable[..., Any] | None = None
) -> Any:
    """A number (ao)."""
    return _pv(name, doc, FloatSetting, "ao", value=0.0, units=units, precision=precision, put=put)


def string_setting(name: str, doc: str, put: Callable[..., Any] | None = None) -> Any:
    """A text of up to 39 characters (stringout)."""
    return _pv(name, doc, StringSetting, "stringout", value="", put=put)


def text_setting(name: str, doc: str, *, length: int = TEXT_LENGTH, put: Callable[..., Any] | None = None) -> Any:
    """A long text (waveform of characters; `caput -S`)."""
    return _pv(name, doc, TextSetting, "waveform", value="", max_length=length, string_encoding="utf-8", put=put)


def handled_by(method: str) -> Callable[..., Any]:
    """A putter that calls the group's method of this name with (pv, value); it may raise Refusal."""

    async def put(group: Any, instance: Any, value: Any) -> Any:
        return await getattr(group, method)(instance, value)

    return put


async def post(
    pv: Any, value: Any, *, severity: AlarmSeverity = AlarmSeverity.NO_ALARM, at: float | None = None
) -> None:
    """Write a display, if its value or its severity changes.

    `at` is when it became so, in epoch seconds; without it, now. Texts that are too long are cut, whole numbers stand
    for labels.
    """
    value = _fitting(pv, value)
    if _equal(pv.value, value) and pv.alarm.severity == severity:
        return
    status = AlarmStatus.NO_ALARM if severity is AlarmSeverity.NO_ALARM else AlarmStatus.STATE
    stamp = time.time() if at is None else at
    await pv.write(value, verify_value=False, severity=severity, status=status, timestamp=stamp)


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
