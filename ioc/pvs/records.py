"""From the declaration of a PV to what caproto serves."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from caproto.server import pvproperty
from caproto.server.server import (
    PvpropertyBoolEnumRO,
    PvpropertyCharRO,
    PvpropertyDoubleRO,
    PvpropertyEnumRO,
    PvpropertyIntegerRO,
    PvpropertyStringRO,
)

from .declaration import Declaration, Kind
from .fields import Record
from .puts import BoolSetting, EnumSetting, FloatSetting, StringSetting, TextSetting

__all__ = [
    "Bool",
    "Double",
    "Enum",
    "Integer",
    "String",
    "Text",
    "WritableBool",
    "WritableDouble",
    "WritableEnum",
    "WritableString",
    "WritableText",
    "declare",
]


class Integer(Record, PvpropertyIntegerRO):
    """A whole number, LONG."""


class _Limits:
    """Mixed into numbers: what caproto cannot tell of limits without acting on it."""

    declared: Declaration

    def _read_metadata(self, dbr_metadata: Any) -> None:
        super()._read_metadata(dbr_metadata)  # type: ignore[misc]
        allowed = self.declared.allowed
        if allowed is not None and hasattr(dbr_metadata, "upper_ctrl_limit"):
            kind = type(dbr_metadata.upper_ctrl_limit)
            lower, upper = (bytes([int(limit) & 0xFF]) if kind is bytes else kind(limit) for limit in allowed)
            dbr_metadata.lower_ctrl_limit, dbr_metadata.upper_ctrl_limit = lower, upper
        for name, limit in _ALARM_LIMITS.items():
            # As of a record's limit without a severity. Only as a number that can be NaN: whole ones stay 0.
            if getattr(self.declared, limit) is None and isinstance(getattr(dbr_metadata, name, None), float):
                setattr(dbr_metadata, name, math.nan)


_ALARM_LIMITS = {
    "lower_alarm_limit": "lolo",
    "lower_warning_limit": "low",
    "upper_warning_limit": "high",
    "upper_alarm_limit": "hihi",
}


class Double(_Limits, Record, PvpropertyDoubleRO):
    """A number, or several."""


class Bool(Record, PvpropertyBoolEnumRO):
    """Two states."""


class Enum(Record, PvpropertyEnumRO):
    """Up to 16 states."""


class String(Record, PvpropertyStringRO):
    """A text of up to 39 bytes, or several."""


class Text(Record, PvpropertyCharRO):
    """A long text."""


class WritableBool(Record, BoolSetting):
    """Two states that clients set."""


class WritableEnum(Record, EnumSetting):
    """Up to 16 states that clients set."""


class WritableDouble(_Limits, Record, FloatSetting):
    """A number that clients set.

    What is allowed is told to them here, and judged by whoever handles the put, in words. caproto would refuse it in
    its own, and leave the PV with a MAJOR alarm.
    """


class WritableString(Record, StringSetting):
    """A text of up to 39 bytes that clients set."""


class WritableText(Record, TextSetting):
    """A long text that clients set."""


def declare(dtype: type, value: Any, declared: Declaration, put: Callable[..., Any] | None = None) -> Any:
    """The attribute of a PVGroup that is declared so; `value` is what it begins with, `put` takes what clients put."""
    options: dict[str, Any] = {}
    if declared.record == "waveform":
        # caproto keeps what it has sent, per subscriber: 1000 updates of a long array each. The latest are enough.
        options.update(max_subscription_backlog=10, max_length=declared.length)
    if declared.element in ("CHAR", "STRING"):
        options["string_encoding"] = "utf-8"  # caproto's own, latin-1, cannot show every user's text
    if declared.labels:
        options["enum_strings"] = declared.labels
    if declared.element in ("DOUBLE", "LONG"):
        options.update(_metadata(declared))
    return pvproperty(
        name=declared.name,
        doc=declared.description,
        dtype=dtype,
        value=value,
        record=declared.record,
        put=put,
        declared=declared,
        **options,
    )


def _metadata(declared: Declaration) -> dict[str, Any]:
    """What DBR_GR and DBR_CTRL tell."""
    whole = declared.element == "LONG"
    number = int if whole else float
    shown = declared.shown or (0, 0)
    control = shown if declared.kind is Kind.DISPLAY else (0, 0)  # of a display that is what is shown, as in a record
    ends = {"lower_disp_limit": shown[0], "upper_disp_limit": shown[1]}
    ends |= {"lower_ctrl_limit": control[0], "upper_ctrl_limit": control[1]}
    for name, limit in _ALARM_LIMITS.items():
        found = getattr(declared, limit)
        ends[name] = found.value if found else 0
    precision = {} if whole else {"precision": declared.precision or 0}
    return {"units": declared.units, **precision, **{name: number(end) for name, end in ends.items()}}
