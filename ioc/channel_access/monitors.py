"""Subscriptions: who is told of which PV, and of what.

Rules of this file:
1. A PV that is written tells everybody in the same moment, in the order of the writes, and waits for nobody.
2. A type that a value cannot be shown as is the trouble of whoever asked for it: the others hear of the value.
3. A client hears of what its mask asks for: values, what is worth archiving, alarms, properties.
"""

from __future__ import annotations

import ctypes
import logging
from collections import deque
from typing import Any, Protocol

from caproto import DBR_TYPES, ChannelType, SubscriptionType
from caproto.server.common import SubscriptionSpec

from .lookup import Found
from .readings import Reading, at_once, dbr_type, payload_size, read

__all__ = ["Monitors", "Subscription", "nothing"]

log = logging.getLogger("reioc.ioc.channel_access")

VALUE = int(SubscriptionType.DBE_VALUE)
LOG = int(SubscriptionType.DBE_LOG)
ALARM = int(SubscriptionType.DBE_ALARM)
PROPERTY = int(SubscriptionType.DBE_PROPERTY)


class Listener(Protocol):
    """Whoever is sent the updates of a subscription."""

    def update(self, subscription: Subscription, reading: Reading, *, good: bool) -> None:
        """Send it, or keep it until it can be sent; never wait."""
        ...


class Subscription:
    """One client's wish to hear of one PV. `pending` are the readings that it could not be sent yet."""

    __slots__ = ("_last", "count", "data_type", "found", "id", "listener", "mask", "pending", "sid")

    def __init__(
        self, listener: Listener, found: Found, sid: int, number: int, data_type: int, count: int, mask: int
    ) -> None:
        self.listener, self.found, self.sid, self.id = listener, found, sid, number
        self.data_type, self.count, self.mask = data_type, count, mask
        self.pending: deque[tuple[Reading, bool]] = deque()
        self._last: float | None = None

    def passes(self, value: Any, *, anyway: bool = False) -> bool:
        """Whether a value is beyond the deadband of its filter, if it has one; it is measured from the last that was.

        One that is told `anyway` is measured from, too.
        """
        dead = self.found.filter.dbnd if self.found.filter is not None else None
        if dead is None or not isinstance(value, int | float):
            return True
        if self._last is not None and not anyway:
            width = dead.d if dead.m == "abs" else abs(self._last) * dead.d / 100  # EPICS Base's is in percent
            if abs(value - self._last) <= width:
                return False
        self._last = value
        return True


class _Watch:
    """One PV that somebody listens to."""

    __slots__ = ("alarm", "made", "spec", "subscriptions")

    def __init__(self, pv: Any, spec: SubscriptionSpec) -> None:
        self.spec = spec
        self.subscriptions: dict[Subscription, None] = {}
        self.alarm = _alarm_of(pv)
        self.made: dict[Any, tuple[Reading, bool]] = {}
        """What has been made of the present value, for who subscribes next."""


class Monitors:
    """All subscriptions of a server. caproto's PVs take it for the queue into which they put what is new."""

    def __init__(self) -> None:
        self._watched: dict[Any, _Watch] = {}

    def add(self, subscription: Subscription) -> None:
        """Tell the listener the present value, and from now on each new one."""
        pv = subscription.found.pv
        watch = self._watched.get(pv)
        if watch is None:
            spec = SubscriptionSpec(pv, ChannelType(pv.data_type).name, VALUE, _NO_FILTER)
            watch = _Watch(pv, spec)
            at_once(pv.subscribe(self, spec, None))  # puts the present value, of which nobody hears
            self._watched[pv] = watch
        watch.subscriptions[subscription] = None
        subscription.passes(pv.value)
        # A field may have another time and alarm than when it was told last.
        _tell(subscription, {} if subscription.found.is_field else watch.made)

    def remove(self, subscription: Subscription) -> None:
        """Tell the listener no more."""
        pv = subscription.found.pv
        watch = self._watched.get(pv)
        if watch is None or subscription not in watch.subscriptions:
            return
        del watch.subscriptions[subscription]
        if not watch.subscriptions:
            del self._watched[pv]
            at_once(pv.unsubscribe(self, watch.spec))

    async def put(self, news: Any) -> None:
        """A PV has been written. Called by caproto's `ChannelData.publish`."""
        pv = news.sub_specs[0].db_entry
        watch = self._watched.get(pv)
        if watch is None:
            return
        events, alarm = int(news.flags) or VALUE | LOG, _alarm_of(pv)
        if alarm != watch.alarm:
            events, watch.alarm = events | ALARM, alarm
        watch.made = made = {}
        for subscription in tuple(watch.subscriptions):
            asked = subscription.mask & events
            # Alarms and properties that change are told whatever the deadband says.
            if asked and subscription.passes(pv.value, anyway=bool(asked & ~(VALUE | LOG))):
                _tell(subscription, made)


def _alarm_of(pv: Any) -> tuple[int, int]:
    return int(pv.alarm.status), int(pv.alarm.severity)


def _tell(subscription: Subscription, made: dict[Any, tuple[Reading, bool]]) -> None:
    found, data_type = subscription.found, subscription.data_type
    asked = found.filter
    key = data_type, found.long_string, asked is not None and asked.arr, asked is not None and asked.ts
    reading, good = made.get(key) or _read(found, data_type)
    if not (asked is not None and asked.ts):  # that has the time at which it is sent
        made[key] = reading, good
    subscription.listener.update(subscription, reading, good=good)


def _read(found: Found, data_type: int) -> tuple[Reading, bool]:
    try:
        return read(found.pv, data_type, long_string=found.long_string, filters=found.filter), True
    except Exception as error:  # see rule 2; caproto raises many kinds
        log.debug("%s cannot be shown as type %s: %s", found.name, data_type, error)
        return nothing(data_type, 1), False


def nothing(data_type: int, count: int) -> Reading:
    """What is sent with the status of a failure: zeros."""
    native = data_type % 7
    metadata = 0 if data_type == native else ctypes.sizeof(DBR_TYPES[dbr_type(data_type)])  # pyright: ignore[reportArgumentType]
    return Reading(bytes(metadata), bytes(payload_size(native, count)), payload_size(native, 1))


class _NoFilter:
    """caproto's PVs group what they publish by this."""

    sync = None


_NO_FILTER = _NoFilter()
