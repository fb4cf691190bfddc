"""What clients are told instead of the truth.

Rules of this file: the PV itself is never touched. A stand-in of caproto's own class, made for the occasion, says the
wrong value, so that it comes in every type that a client may ask for.
"""

import math
from typing import Any

from caproto import AlarmSeverity, AlarmStatus, ChannelAlarm, ChannelByte, ChannelType

from .kinds import FaultError

__all__ = ["alarm_of", "stand_in", "wrong_value"]

_SEVERITIES = {
    "NO_ALARM": (AlarmSeverity.NO_ALARM, AlarmStatus.NO_ALARM),
    "MINOR": (AlarmSeverity.MINOR_ALARM, AlarmStatus.SOFT),
    "MAJOR": (AlarmSeverity.MAJOR_ALARM, AlarmStatus.SOFT),
    "INVALID": (AlarmSeverity.INVALID_ALARM, AlarmStatus.COMM),
}
"""By name: the severity, and the status if none is given."""

_INTEGERS: dict[Any, tuple[int, int]] = {
    ChannelType.CHAR: (0, 2**8 - 1),
    ChannelType.INT: (-(2**15), 2**15 - 1),
    ChannelType.LONG: (-(2**31), 2**31 - 1),
}
_LONGEST_STRING = 39


def alarm_of(text: str) -> tuple[AlarmStatus, AlarmSeverity]:
    """Status and severity in "MAJOR" or "MAJOR HIHI". Raises FaultError."""
    name, _, status = text.upper().partition(" ")
    if name not in _SEVERITIES:
        raise FaultError(f"'{text}' is no severity; there are {', '.join(_SEVERITIES)}")
    severity, usual = _SEVERITIES[name]
    if not status.strip():
        return usual, severity
    try:
        return AlarmStatus[status.strip()], severity
    except KeyError:
        known = ", ".join(each.name for each in AlarmStatus)
        raise FaultError(f"'{status.strip()}' is no alarm status; there are {known}") from None


def wrong_value(pv: Any, text: str) -> Any:
    """The value in `text` in the form in which this PV keeps its own.

    Of an array it is the elements, separated by blanks; a single one stands for as many as there are now. Raises
    FaultError.
    """
    longest: int = pv.max_length
    if pv.data_type is ChannelType.CHAR and not isinstance(pv, ChannelByte):
        return text if len(text) <= longest else _wrong(f"a text of up to {longest} characters", text)
    if longest == 1:
        return _element(pv, text)
    elements = [_element(pv, each) for each in text.split()]
    if not 0 < len(elements) <= longest:
        _wrong(f"1 to {longest} elements, separated by blanks", text)
    elements = elements * pv.length if len(elements) == 1 else elements
    return bytes(elements) if isinstance(pv, ChannelByte) else elements


def _element(pv: Any, text: str) -> Any:
    match pv.data_type:
        case ChannelType.STRING:
            return text if len(text) <= _LONGEST_STRING else _wrong("a text of up to 39 characters", text)
        case ChannelType.ENUM:
            return _label(pv, text)
        case ChannelType.DOUBLE | ChannelType.FLOAT:
            return _number(text)
    number = _number(text)
    low, high = _INTEGERS[pv.data_type]
    if not low <= number <= high or number != math.floor(number):  # also for NaN, which no comparison is true of
        _wrong(f"a whole number from {low} to {high}", text)
    return int(number)


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return _wrong("a number", text)


def _label(pv: Any, text: str) -> str:
    labels = pv.enum_strings
    if text in labels:
        return text
    if text.isdecimal() and int(text) < len(labels):
        return labels[int(text)]
    return _wrong(f"one of {', '.join(labels)}, or their index", text)


def _wrong(right: str, text: str) -> Any:
    raise FaultError(f"its value must be {right}, not '{text}'")


def stand_in(pv: Any, value: Any, alarm: tuple[AlarmStatus, AlarmSeverity] | None) -> Any:
    """A PV that says `value` with this alarm, and all else as `pv` does now; None leaves what is true."""
    kind: Any = next(each for each in type(pv).__mro__ if each.__module__ == "caproto._data")
    said = kind.__getnewargs_ex__(pv)[1]
    if value is not None:
        said["value"] = value
    if alarm is not None:
        said["alarm"] = ChannelAlarm(status=alarm[0], severity=alarm[1])
    made = kind(**said)
    made.check_access = pv.check_access
    return made
