"""PVs of every kind."""

from __future__ import annotations

import asyncio

import caproto
import numpy as np

from reioc.ioc.channel_access.lookup import look_up
from reioc.ioc.pvs import post

from .client import PVs

__all__ = ["NEW", "PV", "SECONDS"]

SECONDS = 1.7e9
NEW = {
    "Low": 2.5,
    "High": 9.25,
    "Count": 42,
    "State": "running",
    "Name": "12",
    "Label": "7",
    "Names": ["1", "2", "3"],
    "Text": "73",
    "Note": "9",
    "Wave": np.arange(10) / 4,
}


def make_pvs():
    """PVs of every kind that caproto has, and of ours, with values."""
    group = PVs("T:")
    for name, value in NEW.items():
        asyncio.run(post(group.pvdb[f"T:{name}"], value, at=SECONDS))
    hot = caproto.ChannelAlarm(status=4, severity=2, alarm_string="hot")
    theirs = {
        "short": caproto.ChannelShort(value=-3, units="mm", upper_disp_limit=7, timestamp=SECONDS),
        "shorts": caproto.ChannelShort(value=[1, 2, 3], max_length=5, timestamp=SECONDS),
        "long": caproto.ChannelInteger(value=-70, timestamp=SECONDS),
        "longs": caproto.ChannelInteger(value=np.array([1, 2, 3]), max_length=5, timestamp=SECONDS),
        "float": caproto.ChannelFloat(value=1.5, precision=2, units="A", timestamp=SECONDS),
        "floats": caproto.ChannelFloat(value=[1.5], max_length=3, timestamp=SECONDS),
        "double": caproto.ChannelDouble(value=2.5, precision=3, lower_alarm_limit=-4, timestamp=SECONDS),
        "enum": caproto.ChannelEnum(value="b", enum_strings=["a", "b"], timestamp=SECONDS),
        "bytes": caproto.ChannelByte(value=b"12", max_length=9, timestamp=SECONDS),
        "chars": caproto.ChannelChar(value="12", max_length=9, timestamp=SECONDS),
        "string": caproto.ChannelString(value="2", timestamp=SECONDS),
        "alarmed": caproto.ChannelInteger(value=3, timestamp=SECONDS, alarm=hot),
    }
    fields = ("T:Low.DESC", "T:Low.PREC", "T:State.ZRSV")
    return group.pvdb | theirs | {name: look_up(group.pvdb, name).pv for name in fields}


PV = make_pvs()
