"""Which PV a client means: a name, perhaps with a field, a long-string modifier and filters."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from caproto import AccessRights, ChannelType, RecordModifiers, parse_channel_filter, parse_record_field

__all__ = ["Found", "look_up"]

log = logging.getLogger("reioc.ioc.channel_access")

_LONGEST_NAME = 500


@dataclass(frozen=True, slots=True)
class Found:
    """A PV, or a field of one. `record` is the PV's own name, which is another than that in `name` where a client has
    used an alias; `long_string` is its text asked for as characters."""

    name: str
    record: str
    pv: Any
    is_field: bool
    long_string: bool
    filter: Any

    @property
    def is_put_to(self) -> bool:
        """Whether this is a setting or a command; displays and fields cannot be written by anybody."""
        return not self.is_field and AccessRights.WRITE in self.pv.check_access("", "")

    @property
    def data_type(self) -> int:
        """The native type that is announced."""
        return ChannelType.CHAR if self.long_string else self.pv.data_type

    @property
    def count(self) -> int:
        """How many elements there can be."""
        return self.pv.long_string_max_length if self.long_string else self.pv.max_length


def look_up(pvdb: Mapping[str, Any], name: str) -> Found | None:
    """What a client means by this name, or None where there is no such thing."""
    if (pv := pvdb.get(name)) is not None:
        return Found(name, _own_name(pv, name), pv, is_field=False, long_string=False, filter=None)
    if "." not in name or len(name) > _LONGEST_NAME:
        return None
    try:
        return _with_field(pvdb, name)
    except Exception:  # caproto's parsers raise a dozen kinds, and what is asked here is whether they understand it
        log.debug("no such PV: %r", name, exc_info=True)
        return None


def _with_field(pvdb: Mapping[str, Any], name: str) -> Found | None:
    _, record, field, modifiers = parse_record_field(name)
    pv = pvdb.get(record)
    if pv is None:
        return None
    record = _own_name(pv, record)
    is_field = field not in (None, "", "VAL")
    if is_field:
        pv = pv.get_field(field)
    wanted, filter_text = (modifiers.modifiers, modifiers.filter_) if modifiers else (RecordModifiers(0), None)
    is_long = RecordModifiers.long_string in wanted
    if is_long and pv.data_type not in (ChannelType.STRING, ChannelType.CHAR):
        return None
    filters = parse_channel_filter(filter_text) if filter_text else None
    if filters is not None and filters.sync is not None:
        return None  # it speaks of states that no PV here has
    return Found(name, record, pv, is_field, is_long and pv.data_type is ChannelType.STRING, filters)


def _own_name(pv: Any, name: str) -> str:
    """What a PV calls itself: who may write it, and whether it is still there, depends on no other name."""
    return getattr(pv, "pvname", name)  # caproto's channel data need not be a PV of a group, and has no name then
