"""Those who listen to PVs, without a client."""

from __future__ import annotations

import itertools
import struct

from caproto import ChannelAlarm, ChannelDouble, ChannelType, SubscriptionType

from reioc.ioc.channel_access.lookup import look_up
from reioc.ioc.channel_access.monitors import Monitors, Subscription

from .client import PVs

__all__ = ["ALARM", "LOG", "PROPERTY", "VALUE", "Bench", "Ear"]

VALUE, LOG, ALARM, PROPERTY = (int(each) for each in SubscriptionType)
NUMBERS = itertools.count(1)


class Ear:
    """Hears of one PV.

    `heard` are the values since: numbers, readings of other types, None where one cannot be shown.
    """

    def __init__(self, monitors, found, data_type=ChannelType.DOUBLE, mask=VALUE | ALARM, *, into=None):
        self.readings = []
        self.heard = [] if into is None else into
        self.monitors = monitors
        self.subscription = Subscription(self, found, 1, next(NUMBERS), data_type, 0, mask)
        monitors.add(self.subscription)
        self.first = self.heard.pop()

    def update(self, subscription, reading, *, good):
        assert subscription is self.subscription
        self.readings.append(reading)
        self.heard.append(self.shown(reading) if good else None)

    def shown(self, reading):
        kind = self.subscription.data_type % 7
        if kind != ChannelType.DOUBLE:
            return reading
        return struct.unpack(">d", reading.payload(1)[-8:])[0]

    def leave(self):
        self.monitors.remove(self.subscription)


class Bench:
    """PVs and those who listen."""

    def __init__(self):
        self.group = PVs("T:")
        self.alarm = ChannelAlarm()
        self.plain = ChannelDouble(value=0.0, alarm=self.alarm)
        self.pvdb = self.group.pvdb | {"plain": self.plain}
        self.monitors = Monitors()

    def ear(self, name, *args, **kwargs):
        return Ear(self.monitors, look_up(self.pvdb, name), *args, **kwargs)
