"""The fields of records, as clients ask for them: `State.DESC`, `Blocked.HIGH`.

Rules of this file:
1. A field is made when a client asks for it, and says what the declaration and the present alarm say. caproto makes
   some eighty channels per PV beforehand, lets clients write most of them, and writes five of them at every update.
2. No field can be written. `.PROC` and `.VAL` of caproto's write the PV behind the back of whoever serves it.
3. A field shows the time stamp and the alarm of its PV, as fields of a record do.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from caproto import (
    AccessRights,
    AlarmSeverity,
    AlarmStatus,
    ChannelAlarm,
    ChannelDouble,
    ChannelEnum,
    ChannelInteger,
    ChannelString,
    ChannelType,
    SubscriptionType,
    TimeStamp,
)

from .declaration import Declaration
from .field_values import Choice, computation

__all__ = ["Record"]

_EPOCH = 631152000
"""EPICS' second 0, in those since 1970."""
_VALUE = SubscriptionType.DBE_VALUE | SubscriptionType.DBE_LOG
LONGEST_STRING = 39
"""Bytes of a DBR_STRING, less its end mark."""


class Record:
    """Mixed into caproto's channel data: fields and alarm as they are declared, instead of caproto's own."""

    pvname: str
    _data: dict[str, Any]

    def __init__(self, *, declared: Declaration, value: Any, record: str, alarm: Any = None, **options: Any) -> None:
        self.declared = declared
        self.rule = declared.rule()
        self._asked: dict[str, _Field] = {}
        status, severity = self.rule(value) if self.rule else (AlarmStatus.NO_ALARM, AlarmSeverity.NO_ALARM)
        # An alarm of its own: caproto shares one among a group, and one MAJOR would paint the whole screen.
        own = ChannelAlarm(status=status, severity=severity)
        super().__init__(value=value, alarm=own, record=None, **options)  # type: ignore[call-arg]
        self.record_type = self.reported_record_type = record

    def get_field(self, field: str) -> Any:
        """A field, or the PV itself. Raises KeyError if its record type has none of this name."""
        if field in ("", "VAL"):
            return self
        if field not in self._asked:
            self._asked[field] = _make_field(self, field)
        return self._asked[field]

    async def publish(self, flags: Any) -> None:
        """Tell the subscribers, and those of the fields that have been asked for."""
        await super().publish(flags)  # type: ignore[misc]
        for field in tuple(self._asked.values()):
            await field.follow()

    async def show(self, value: Any, status: AlarmStatus, severity: AlarmSeverity, stamp: float) -> None:
        """Write a value that fits, with its alarm, as it became so at `stamp` (epoch seconds).

        Without caproto's `write`, which looks after what clients put and takes five times as long.
        """
        seconds = int(stamp)
        self._data["value"] = value
        self._data["timestamp"] = TimeStamp(seconds - _EPOCH, int((stamp - seconds) * 1e9))
        # caproto's own way to set it tells every channel that shares it, and there is none.
        alarm = self.alarm._data  # noqa: SLF001  # pyright: ignore[reportAttributeAccessIssue]
        alarm["status"], alarm["severity"] = status, severity
        await self.publish(_VALUE)

    async def write_metadata(self, *args: Any, **data: Any) -> None:
        """Whoever writes the value: the alarm is that of the declaration, where it says one."""
        if self.rule is not None:
            data["status"], data["severity"] = self.rule(self._data["value"])
        await super().write_metadata(*args, **data)  # type: ignore[misc]


class _Field:
    """Mixed into caproto's channel data: a field of `pv`, whose value is what `compute` says now."""

    _data: dict[str, Any]
    _content: dict[Any, Any]

    def __init__(self, pv: Any, compute: Callable[[Any], Any], **options: Any) -> None:
        super().__init__(alarm=pv.alarm, reported_record_type=pv.record_type, **options)  # type: ignore[call-arg]
        pv.alarm.disconnect(self)  # it would be told to publish with every value of the PV
        self._pv, self._compute = pv, compute
        self._take()

    def check_access(self, hostname: str, username: str) -> AccessRights:
        """Nobody writes a field."""
        return AccessRights.READ

    async def read(self, data_type: Any) -> Any:
        """As it is now."""
        self._take()
        return await self._read(data_type)  # type: ignore[attr-defined]

    async def follow(self) -> None:
        """Tell the subscribers, if it has changed."""
        if self._take():
            await self.publish(0)  # type: ignore[attr-defined]

    def _take(self) -> bool:
        value = self._compute(self._pv)
        if isinstance(value, Choice):
            value = value.labels[value.index]
        changed = self._data["value"] != value
        self._data.update(value=value, timestamp=self._pv.epics_timestamp)
        self._content.clear()  # what is kept for the next subscriber has the old time and alarm
        return changed


class _Double(_Field, ChannelDouble):
    pass


class _Long(_Field, ChannelInteger):
    pass


class _Menu(_Field, ChannelEnum):
    pass


class _Text(_Field, ChannelString):
    """What is longer than a DBR_STRING is cut in one, end mark included; `.NAME$` and `.DESC$` have all of it."""

    async def _read(self, data_type: Any) -> Any:
        whole = self._data["value"]
        if data_type in _STRINGS:
            self._data["value"] = whole.encode()[:LONGEST_STRING].decode(errors="ignore")
        try:
            return await super()._read(data_type)
        finally:
            self._data["value"] = whole


_STRINGS = (
    ChannelType.STRING,
    ChannelType.STS_STRING,
    ChannelType.TIME_STRING,
    ChannelType.GR_STRING,
    ChannelType.CTRL_STRING,
)


def _make_field(pv: Record, name: str) -> _Field:
    compute = computation(pv.declared.record, name)
    value = compute(pv)
    if isinstance(value, Choice):
        labels = tuple(value.labels)
        return _Menu(pv, compute, value=labels[value.index], enum_strings=labels)
    if isinstance(value, str):
        return _Text(pv, compute, value=value, string_encoding="utf-8")
    return (_Double if isinstance(value, float) else _Long)(pv, compute, value=value)
