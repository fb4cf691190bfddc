"""What a PV says, as bytes: as caproto's own server would send it."""

from __future__ import annotations

import contextlib
import ctypes
import math

import caproto
import numpy as np
import pytest
from caproto import CaprotoError, ChannelType, native_type
from caproto._dbr import _LongStringChannelType
from epicscorelibs.path import get_lib

from reioc.ioc.channel_access import monitors, readings
from reioc.ioc.channel_access.lookup import look_up
from reioc.ioc.channel_access.readings import Reading, at_once, read

from .kinds import NEW, PV, SECONDS

WITHOUT_DATA = (ChannelType.STSACK_STRING, ChannelType.CLASS_NAME)
TYPES = [*range(35), *WITHOUT_DATA]


def as_caproto_sends_it(pv, data_type, wanted=None):
    """The message with all elements that there are; raises what caproto raises."""
    metadata, values = at_once(pv.read(wanted or readings.dbr_type(data_type)))
    response = caproto.ReadNotifyResponse(
        data=values,
        data_type=readings.dbr_type(data_type),
        data_count=pv.calculate_length(values),
        status=caproto.CAStatus.ECA_NORMAL,
        ioid=1,
        metadata=metadata,
    )
    return response.data_count, b"".join(bytes(each) for each in response.buffers)


def all_caproto_sends(name):
    """By type; without what caproto cannot show as that type."""
    sent = {}
    for data_type in TYPES:
        with contextlib.suppress(CaprotoError, TypeError):
            sent[data_type] = as_caproto_sends_it(PV[name], data_type)
    return sent


FLOATS = (ChannelType.FLOAT, ChannelType.DOUBLE)


@pytest.mark.parametrize("name", PV)
def test_everything_is_told_as_caproto_tells_it(name):
    """Value, alarm, time, limits, units, labels, as every type: byte for byte, but for the padding."""
    for data_type, (count, data) in all_caproto_sends(name).items():
        if PV[name].data_type in FLOATS and native_type(ChannelType(data_type)) is ChannelType.STRING:
            continue  # see the next test
        reading = read(PV[name], data_type)
        assert reading.payload(0).ljust(len(data), b"\0") == data, ChannelType(data_type)
        assert reading.elements(0) == count or data_type in WITHOUT_DATA, ChannelType(data_type)


@pytest.mark.parametrize(
    ("value", "precision", "text"),
    [(100.0, 3, "100.000"), (2.25, 0, "2"), (-0.004, 2, "-0.00"), (1e300, 2, "1.00e+300"), (math.nan, 1, "nan")],
)
def test_a_number_is_shown_with_its_precision(value, precision, text):
    """As EPICS' records show it; caproto shows all digits that there are."""
    pv = caproto.ChannelDouble(value=value, precision=precision)

    assert read(pv, ChannelType.STRING).payload(1) == text.encode().ljust(40, b"\0")
    assert read(pv, ChannelType.TIME_STRING).payload(1).endswith(text.encode().ljust(40, b"\0"))


def test_hardly_anything_cannot_be_shown_as_another_type():
    """Texts that are no numbers, mostly: the test above is about nearly all there is."""
    assert sum(len(all_caproto_sends(name)) for name in PV) > 0.94 * len(PV) * len(TYPES)


def test_values_lie_where_epics_base_looks_for_them():
    """Behind as many bytes as its own client library counts on, for each type; also where there is no value to show."""
    offsets = (ctypes.c_ushort * 35).in_dll(ctypes.CDLL(get_lib("ca")), "dbr_value_offset")
    element = [readings.payload_size(data_type % 7, 1) for data_type in range(35)]
    shown = [len(read(PV["long"], data_type).payload(1)) for data_type in range(35)]
    nothing = [len(monitors.nothing(data_type, 1).payload(1)) for data_type in range(35)]

    assert shown == nothing == [offset + size for offset, size in zip(offsets, element, strict=True)]


@pytest.mark.parametrize("name", ["long", "enum", "string", "longs"])
@pytest.mark.parametrize("data_type", WITHOUT_DATA)
def test_what_has_no_elements_is_one(name, data_type):
    """The alarm as it is to be acknowledged, and the record type, are told as a whole."""
    reading = read(PV[name], data_type)
    _, whole = as_caproto_sends_it(PV[name], data_type)

    assert (reading.elements(0), reading.elements(1)) == (1, 1)
    assert reading.payload(1) == reading.payload(0) == whole[: len(reading.payload(0))]


@pytest.mark.parametrize("name", ["longs", "T:Names", "T:Wave", "T:Text"])
def test_as_many_elements_as_were_asked_for_are_sent(name):
    """Zeros stand behind those that there are; fewer are their beginning. So it is as every type."""
    for data_type in all_caproto_sends(name).keys() - set(WITHOUT_DATA):
        reading = read(PV[name], data_type)
        there, data = reading.count, reading.payload(0)
        element = readings.payload_size(data_type % 7, 1)
        head = len(data) - there * element

        assert reading.payload(there + 2) == data + bytes(2 * element)
        assert reading.payload(1) == data[: head + element]
        assert [reading.elements(count) for count in (0, 1, there + 2)] == [there, 1, there + 2]


@pytest.mark.parametrize(
    ("pv", "data_type", "zeros"),
    [
        (caproto.ChannelDouble(value=[], max_length=4), ChannelType.DOUBLE, 8),
        (caproto.ChannelInteger(value=[], max_length=4), ChannelType.STRING, 40),
        (caproto.ChannelChar(value="", max_length=4, string_encoding="utf-8"), ChannelType.CHAR, 1),
        (caproto.ChannelString(value=[], max_length=4), ChannelType.STRING, 40),
    ],
)
def test_of_nothing_one_element_is_sent(pv, data_type, zeros):
    """An update without any would be taken for the end of the subscription."""
    reading = read(pv, data_type)

    assert (reading.elements(0), reading.payload(0)) == (1, bytes(zeros))


def test_a_text_ends_within_its_forty_bytes():
    """Whatever a PV holds: clients look for the end."""
    pv = caproto.ChannelString(value="x" * 39)
    pv._data["value"] = "x" * 60

    assert read(pv, ChannelType.STRING).payload(0) == b"x" * 39 + b"\0"


@pytest.mark.parametrize("value", [np.nan, np.inf, 1e300])
def test_a_number_that_is_too_large_for_a_type_is_refused_or_told(value):
    """But there is no warning, which nobody would see."""
    pv = caproto.ChannelDouble(value=value)
    assert read(pv, ChannelType.DOUBLE).payload(0) == np.array(value, ">f8").tobytes()
    for data_type in range(35):
        with contextlib.suppress(ValueError, OverflowError, TypeError, CaprotoError):
            read(pv, data_type)


# Long strings


@pytest.mark.parametrize("data_type", [each for each in range(35) if each % 7 == ChannelType.CHAR])
def test_a_text_is_told_as_characters(data_type):
    """As caproto does, whatever else is asked for."""
    pv = PV["T:Low.DESC"]
    reading = read(pv, data_type, long_string=True)
    _, data = as_caproto_sends_it(pv, data_type, _LongStringChannelType(data_type))

    assert reading.payload(0).ljust(len(data), b"\0") == data
    assert b"A number to be set" in data


def test_of_a_text_that_is_told_as_characters_a_short_one_can_be_got():
    """By who asks for STRING all the same."""
    assert (
        read(PV["T:Low.DESC"], ChannelType.STRING, long_string=True).payload(0).rstrip(b"\0") == b"A number to be set"
    )


# Filters


def filtered(name, data_type, text):
    return read(PV[name], data_type, filters=caproto.parse_channel_filter(text))


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("[2:5]", slice(2, 6)),
        ("[2:2:8]", slice(2, 9, 2)),
        ('{"arr":{"s":7}}', slice(7, None)),
        ('{"arr":{"s":-3}}', slice(-3, None)),
        ('{"arr":{"e":1}}', slice(0, 2)),
    ],
)
def test_a_part_of_an_array_is_told(text, part):
    """First and last as they are named, which is one more than Python would give."""
    reading = filtered("T:Wave", ChannelType.DOUBLE, text)
    expected = NEW["Wave"][part]

    assert reading.payload(0) == expected.astype(">f8").tobytes()
    assert reading.elements(0) == len(expected)


def test_a_part_of_the_texts_is_told():
    """A text is one element."""
    reading = filtered("T:Names", ChannelType.STRING, "[1:2]")

    assert (reading.elements(0), reading.payload(0)) == (2, b"2".ljust(40, b"\0") + b"3".ljust(40, b"\0"))


@pytest.mark.parametrize("data_type", [ChannelType.STRING, ChannelType.CTRL_STRING])
def test_a_part_of_an_array_is_told_as_text(data_type):
    """A number is one element then, too."""
    reading = filtered("longs", data_type, "[1:2]")

    assert (reading.elements(0), reading.payload(0)[-80:]) == (2, b"2".ljust(40, b"\0") + b"3".ljust(40, b"\0"))


def test_of_a_part_in_which_there_is_nothing_one_element_is_told():
    """A zero, as of an empty array."""
    reading = filtered("longs", ChannelType.LONG, "[4:4]")

    assert (reading.elements(0), reading.payload(0)) == (1, bytes(4))


@pytest.mark.parametrize("data_type", range(14, 21))
def test_the_time_of_now_is_told_if_that_is_asked_for(data_type, monkeypatch):
    """Instead of the PV's; nothing else is changed."""
    monkeypatch.setattr(readings, "time", Clock(SECONDS + 100.5))
    plain, stamped = read(PV["alarmed"], data_type).payload(0), filtered("alarmed", data_type, '{"ts":{}}').payload(0)
    then, now = (caproto.DBR_TYPES[data_type].from_buffer_copy(each) for each in (plain, stamped))

    assert (then.stamp.timestamp, now.stamp.timestamp) == (SECONDS, SECONDS + 100.5)
    assert (stamped[:4], stamped[12:]) == (plain[:4], plain[12:])


@pytest.mark.parametrize("data_type", [0, 6, 7, 13, 21, 27, 28, 34])
def test_types_without_a_time_are_not_touched(data_type):
    """There is nothing to be stamped."""
    assert filtered("alarmed", data_type, '{"ts":{}}').payload(0) == read(PV["alarmed"], data_type).payload(0)


class Clock:
    def __init__(self, now):
        self.now = now

    def time(self):
        return self.now


# What else is asked


def test_types_that_can_be_read():
    """All of Channel Access, but not those that are for acknowledging alarms, and no others."""
    assert [each for each in range(-2, 100) if readings.is_readable_type(each)] == TYPES


def test_a_display_cannot_be_written_by_anybody():
    """A setting can."""
    assert [look_up(PV, name).is_put_to for name in ("T:High", "T:Low")] == [False, True]


def test_a_reading_knows_how_large_it_is():
    """With what belongs to the value."""
    assert read(PV["T:Wave"], ChannelType.TIME_DOUBLE).size == 16 + 10 * 8


def test_a_payload_is_made_once():
    """For all who are sent it."""
    reading = Reading(b"", bytes(8), 8)

    assert reading.payload(1) is reading.payload(1)


def test_a_pv_that_waits_is_an_error():
    """A reading is for everybody, who would wait with it."""

    class Waits:
        def __await__(self):
            yield

    async def value():
        await Waits()

    with pytest.raises(RuntimeError, match="a PV must be read from memory"):
        at_once(value())
