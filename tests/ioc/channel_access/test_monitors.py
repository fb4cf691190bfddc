"""Who is told of which PV, and of what."""

from __future__ import annotations

import numpy as np
import pytest
from caproto import DBR_TYPES, ChannelType, SubscriptionType

from reioc.ioc.channel_access.lookup import look_up
from reioc.ioc.channel_access.monitors import Monitors
from reioc.ioc.pvs import post

from .fake_transport import with_loop
from .listening import ALARM, LOG, PROPERTY, VALUE, Bench, Ear


@with_loop
async def test_the_present_value_is_told_first():
    """At once, whatever the mask asks for."""
    bench = Bench()
    await post(bench.group.high, 3.0)

    assert [bench.ear("T:High", mask=mask).first for mask in (VALUE, LOG, ALARM, PROPERTY, 0)] == [3.0] * 5


@with_loop
async def test_each_new_value_is_told():
    """In the moment in which it is written."""
    bench = Bench()
    ear = bench.ear("T:High")
    for value in (1.0, 2.0, 3.0):
        await post(bench.group.high, value)
        assert ear.heard[-1] == value

    assert ear.heard == [1.0, 2.0, 3.0]


@with_loop
async def test_of_another_pv_nothing_is_told():
    """Only of the one that was asked for."""
    bench = Bench()
    ear = bench.ear("T:High")
    await post(bench.group.count, 1)

    assert ear.heard == []


@with_loop
async def test_the_order_is_that_of_the_writes():
    """Over several PVs, types and listeners."""
    bench, heard = Bench(), []
    for name in ("T:Count", "T:High", "plain"):
        bench.ear(name, into=heard)
    for value in range(1, 10):
        pv = (bench.group.high, bench.plain, bench.group.count)[value % 3]
        await pv.write(value, verify_value=False)

    assert heard == list(range(1, 10))


# Masks


async def new_value(bench):
    await bench.plain.write(1.0)


async def new_alarm(bench):
    await bench.alarm.write(status=3, severity=2)


async def new_value_and_alarm(bench):
    await bench.plain.write(1.0, status=3, severity=2)


async def new_property(bench):
    await bench.plain.write_metadata(units="mm")


async def worth_archiving(bench):
    await bench.plain.write(1.0, flags=SubscriptionType.DBE_LOG)


@pytest.mark.parametrize(
    ("what", "hear"),
    [
        (new_value, VALUE | LOG),
        (worth_archiving, LOG),
        (new_value_and_alarm, VALUE | LOG | ALARM),
        (new_property, PROPERTY),
    ],
    ids=lambda each: getattr(each, "__name__", None),
)
@pytest.mark.parametrize("mask", [VALUE, LOG, ALARM, PROPERTY])
@with_loop
async def test_a_client_hears_of_what_its_mask_asks_for(what, hear, mask):
    """Of nothing else; and of something that it asks for in two ways once."""
    bench = Bench()
    one, several = bench.ear("plain", mask=mask), bench.ear("plain", mask=VALUE | LOG | ALARM | PROPERTY)
    await what(bench)

    assert len(one.heard) == bool(mask & hear)
    assert len(several.heard) == 1


@pytest.mark.parametrize(("mask", "times"), [(ALARM, 1), (VALUE | ALARM, 1), (PROPERTY, 0)])
@with_loop
async def test_an_alarm_is_told_without_a_new_value(mask, times):
    """To who asks for alarms."""
    bench = Bench()
    ear = bench.ear("plain", mask=mask)
    await new_alarm(bench)

    assert len(ear.heard) == times


@with_loop
async def test_an_alarm_that_stays_is_told_once():
    """Values that come with the same one are values."""
    bench = Bench()
    ear = bench.ear("T:High", mask=ALARM)
    for value in (9.0, 9.5, 10.0, 1.0, 2.0):
        await post(bench.group.high, value)

    assert ear.heard == [9.0, 1.0]


@with_loop
async def test_each_subscription_has_its_own_mask():
    """Beside each other, of one PV."""
    bench = Bench()
    values, alarms = bench.ear("T:High", mask=VALUE), bench.ear("T:High", mask=ALARM)
    for value in (1.0, 9.0, 9.5):
        await post(bench.group.high, value)

    assert (values.heard, alarms.heard) == ([1.0, 9.0, 9.5], [9.0])


# Each as it asks


@with_loop
async def test_a_wrong_type_is_the_trouble_of_who_asks_for_it():
    """A text that is no number cannot be shown as one; others hear of it, and whoever writes it never knows."""
    bench = Bench()
    number, text = bench.ear("T:Name"), bench.ear("T:Name", ChannelType.CTRL_DOUBLE)
    listener = bench.ear("T:Name", ChannelType.STRING)
    for name in ("5", "five", "6"):
        await post(bench.group.name, name)

    assert number.heard == text.heard == [5.0, None, 6.0]
    assert [each.payload(1).rstrip(b"\0") for each in listener.readings[1:]] == [b"5", b"five", b"6"]


@pytest.mark.parametrize("data_type", range(35))
@with_loop
async def test_what_cannot_be_shown_is_as_large_as_if_it_could(data_type):
    """A client that asks for so many elements gets as many bytes, of zeros."""
    bench = Bench()
    ear = bench.ear("T:Label", data_type)
    size = len(ear.readings[0].payload(3))
    await bench.group.label.write("none", verify_value=False)

    assert len(ear.readings[1].payload(3)) == size or ear.first is not None


@with_loop
async def test_who_asks_for_the_same_is_sent_the_same():
    """The bytes are made once."""
    bench = Bench()
    ears = [bench.ear("T:Wave") for _ in range(3)]
    await post(bench.group.wave, [1.0] * 10)

    assert len({id(each.readings[-1]) for each in ears}) == 1


@with_loop
async def test_filters_concern_one_subscription():
    """Parts of arrays, and time stamps of now, are sent to who asks for them; in any order."""
    bench = Bench()
    filters = ["[0:2]", "", '{"ts":{}}', "[5:9]", '{"dbnd":{"abs":1}}']
    ears = [bench.ear(f"T:Wave.VAL{text}", ChannelType.TIME_DOUBLE) for text in filters]
    await bench.group.wave.write(np.arange(10.0), verify_value=False, timestamp=1e9)
    last = [each.readings[-1] for each in ears]
    stamps = [DBR_TYPES[ChannelType.TIME_DOUBLE].from_buffer_copy(each.payload(1)).stamp.timestamp for each in last]

    assert [each.count for each in last] == [3, 10, 10, 5, 10]
    assert [each.heard[-1] for each in ears] == [0, 0, 0, 5, 0]
    assert [stamp == 1e9 for stamp in stamps] == [True, True, False, True, True]


@with_loop
async def test_a_text_is_told_as_characters_to_who_asks_for_it():
    """Beside one who asks for characters of the same PV, each of which is a number there."""
    bench = Bench()
    await post(bench.group.name, "12")
    plain, characters = bench.ear("T:Name", ChannelType.STRING), bench.ear("T:Name.VAL$", ChannelType.CHAR)
    await post(bench.group.name, "34")

    assert plain.readings[-1].payload(0).rstrip(b"\0") == characters.readings[-1].payload(0).rstrip(b"\0") == b"34"
    assert (plain.readings[-1].count, characters.readings[-1].count) == (1, 2)


@with_loop
async def test_a_field_is_told_when_it_changes():
    """Of the severity of a PV."""
    bench = Bench()
    ear = bench.ear("T:High.SEVR")
    for value in (9.0, 9.5, 1.0):
        await post(bench.group.high, value)

    assert ear.heard == [1.0, 0.0]


# Their end


@with_loop
async def test_who_leaves_hears_no_more():
    """The others do."""
    bench = Bench()
    one, two = bench.ear("T:High"), bench.ear("T:High")
    one.leave()
    await post(bench.group.high, 1.0)

    assert (one.heard, two.heard) == ([], [1.0])


@with_loop
async def test_a_pv_of_which_nobody_hears_makes_no_readings(monkeypatch):
    """Nothing is left behind by who was there before."""
    bench = Bench()
    for _ in range(2):
        bench.ear("T:High").leave()
    assert bench.monitors._watched == {}
    monkeypatch.setattr(bench.group.high, "_read", None)  # is called for each kind of update that is wanted
    await post(bench.group.high, 1.0)

    assert bench.group.high.value == 1.0


@with_loop
async def test_who_leaves_twice_does_no_harm():
    """Nor does one who has come again meanwhile hear less."""
    bench = Bench()
    one, two = bench.ear("T:High"), bench.ear("T:High")
    one.leave()
    one.leave()
    await post(bench.group.high, 1.0)

    assert two.heard == [1.0]


@with_loop
async def test_who_leaves_when_it_is_told_does_not_keep_the_others_from_it():
    """As a client does whose connection breaks then."""
    bench = Bench()
    ears = [bench.ear("T:High") for _ in range(3)]
    ears[0].update = lambda *_, **__: [each.leave() for each in ears[:2]]
    await post(bench.group.high, 1.0)

    assert ears[2].heard == [1.0]


@with_loop
async def test_two_servers_can_serve_one_pv():
    """Each tells its own."""
    bench, other = Bench(), Monitors()
    here, there = bench.ear("T:High"), Ear(other, look_up(bench.pvdb, "T:High"))
    here.leave()
    await post(bench.group.high, 1.0)

    assert (here.heard, there.heard) == ([], [1.0])
