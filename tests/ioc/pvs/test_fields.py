"""The fields of records, as they are declared."""

from __future__ import annotations

import asyncio

import pytest
from caproto import AccessRights, AlarmSeverity, AlarmStatus, ChannelType, SubscriptionType
from caproto._dbr import _LongStringChannelType
from caproto.server import PVGroup
from caproto.server.common import SubscriptionSpec

from reioc.ioc.pvs import (
    MAJOR,
    MINOR,
    bool_display,
    bool_setting,
    enum_display,
    enum_setting,
    float_display,
    float_setting,
    int_display,
    post,
    string_display,
    string_setting,
    strings_display,
    text_display,
    wave_display,
)


class Group(PVGroup):
    """A PV of each record type."""

    flow = float_display(
        "Flow", "Cooling water", units="l/min", precision=2, shown=(0, 10), low=(2, MINOR), lolo=(1, MAJOR)
    )
    count = int_display("Count", "Bottles", units="pcs", shown=(0, 9), high=(8, MINOR))
    flag = bool_display("Flag", "A flag – perhaps", ("Closed", "Open"), severities={"Open": MINOR})
    choice = enum_display("Choice", "A choice", ["red", "green"], severities={"red": MAJOR})
    short = string_display("Short", "A short text")
    shorts = strings_display("Shorts", "Short texts", 3)
    text = text_display("Text", "A long text", length=20)
    wave = wave_display("Wave", "Numbers", 3, units="mm", precision=1)
    switch = bool_setting("Switch", "A switch")
    select = enum_setting("Select", "A selection", ["a", "b", "c"])
    speed = float_setting("Speed", "A speed", units="mm/s", allowed=(0.0, 5.0))
    name_ = string_setting("Name", "A name")


@pytest.fixture
def group():
    return Group("T:")


def field(pv, name):
    """The value of a field, as a client would read it."""

    async def read():
        found = pv.get_field(name)
        await found.read(found.data_type)
        return found.value

    return asyncio.run(read())


def fields(pv, *names):
    return [field(pv, name) for name in names]


def control(pv, data_type):
    """What DBR_CTRL tells."""

    async def read():
        metadata, _ = await pv.read(data_type)
        return metadata

    return asyncio.run(read())


RECORDS = {
    "flow": "ai",
    "count": "longin",
    "flag": "bi",
    "choice": "mbbi",
    "short": "stringin",
    "shorts": "waveform",
    "text": "waveform",
    "wave": "waveform",
    "switch": "bo",
    "select": "mbbo",
    "speed": "ao",
    "name_": "stringout",
}


@pytest.mark.parametrize(("attribute", "record"), RECORDS.items())
def test_every_record_says_what_it_is(group, attribute, record):
    """NAME, RTYP, and how it is processed."""
    pv = getattr(group, attribute)
    scan = "Passive" if record in ("bo", "mbbo", "ao", "stringout") else "I/O Intr"

    assert fields(pv, "NAME", "RTYP", "DTYP", "SCAN", "TSE") == [pv.pvname, record, "Soft Channel", scan, 0]
    assert pv.reported_record_type == record


def test_a_number_has_units_precision_and_limits(group):
    """EGU, PREC, what is shown, and each alarm limit with its severity; one that is not declared has none."""
    assert fields(group.flow, "DESC", "EGU", "PREC", "LOPR", "HOPR") == ["Cooling water", "l/min", 2, 0.0, 10.0]
    assert fields(group.flow, "LOLO", "LLSV", "LOW", "LSV") == [1.0, "MAJOR", 2.0, "MINOR"]
    assert fields(group.flow, "HIGH", "HSV", "HIHI", "HHSV") == [0.0, "NO_ALARM", 0.0, "NO_ALARM"]


def test_a_whole_number_has_whole_limits(group):
    """Fields of a longin are LONG."""
    assert fields(group.count, "EGU", "HOPR", "HIGH", "HSV") == ["pcs", 9, 8, "MINOR"]
    assert group.count.get_field("HIGH").data_type is ChannelType.LONG


def test_states_have_names_and_severities(group):
    """Of two states ZNAM, ONAM, ZSV, OSV; of more ZRST, ZRSV, ZRVL and so on, empty beyond the last."""
    assert fields(group.flag, "ZNAM", "ONAM", "ZSV", "OSV", "RVAL") == ["Closed", "Open", "NO_ALARM", "MINOR", 0]
    assert fields(group.choice, "ZRST", "ONST", "TWST", "FFST") == ["red", "green", "", ""]
    assert fields(group.choice, "ZRSV", "ONSV", "TWSV", "ONVL") == ["MAJOR", "NO_ALARM", "NO_ALARM", 1]
    assert fields(group.select, "TWST", "OMSL") == ["c", "supervisory"]


def test_a_waveform_tells_its_size(group):
    """NELM is what fits, NORD what there is: characters are counted as bytes."""
    asyncio.run(post(group.text, "für"))
    asyncio.run(post(group.shorts, ["a", "b"]))

    assert fields(group.text, "NELM", "NORD", "FTVL") == [20, 4, "CHAR"]
    assert fields(group.shorts, "NELM", "NORD", "FTVL") == [3, 2, "STRING"]
    assert fields(group.wave, "NELM", "NORD", "FTVL", "EGU", "PREC") == [3, 3, "DOUBLE", "mm", 1]


def test_a_setting_tells_what_is_allowed(group):
    """DRVL and DRVH, and the control limits of DBR_CTRL, whatever type is asked for."""
    double, whole = control(group.speed, ChannelType.CTRL_DOUBLE), control(group.speed, ChannelType.CTRL_LONG)

    assert fields(group.speed, "DRVL", "DRVH") == [0.0, 5.0]
    assert [(each.lower_ctrl_limit, each.upper_ctrl_limit) for each in (double, whole)] == [(0, 5), (0, 5)]


def test_limits_are_told_with_the_value(group):
    """DBR_CTRL has them; a limit without a severity is NaN, or 0 where NaN cannot be told."""
    double, whole = control(group.flow, ChannelType.CTRL_DOUBLE), control(group.flow, ChannelType.CTRL_LONG)

    assert (double.lower_alarm_limit, double.lower_warning_limit) == (1.0, 2.0)
    assert double.upper_warning_limit != double.upper_warning_limit
    assert (whole.lower_warning_limit, whole.upper_warning_limit) == (2, 0)
    assert (double.lower_disp_limit, double.upper_disp_limit, double.precision, double.units) == (0, 10, 2, b"l/min")


def test_severity_and_status_follow_the_alarm(group):
    """SEVR and STAT say what the present value means."""
    assert fields(group.flow, "SEVR", "STAT") == ["MAJOR", "LOLO"]
    asyncio.run(post(group.flow, 1.5))
    assert fields(group.flow, "SEVR", "STAT") == ["MINOR", "LOW"]
    asyncio.run(post(group.flow, 5.0))
    assert fields(group.flow, "SEVR", "STAT") == ["NO_ALARM", "NO_ALARM"]


def test_a_field_has_time_and_alarm_of_its_pv(group):
    """As fields of a record do."""
    asyncio.run(post(group.choice, "green", at=1.7e9))
    asyncio.run(post(group.choice, "red", at=1.8e9))

    assert field(group.choice, "DESC") == "A choice"
    assert group.choice.get_field("DESC").timestamp == pytest.approx(1.8e9)
    assert group.choice.get_field("DESC").alarm.severity is AlarmSeverity.MAJOR_ALARM


@pytest.mark.parametrize("name", ["DESC", "HIGH", "PROC", "DISP", "SEVR", "EGU", "TPRO"])
def test_no_field_can_be_written(group, name):
    """A client may read, whatever the field."""
    for pv in (group.count, group.flow):
        assert pv.get_field(name).check_access("host", "user") == AccessRights.READ


def test_a_long_text_is_cut_in_a_string_alone(group):
    """A DBR_STRING has room for 39 bytes and its end; with a dollar there is all of it."""
    group.flow.pvname = "T:" + "x" * 40
    name = group.flow.get_field("NAME")

    async def read(data_type):
        _, value = await name.read(data_type)
        return bytes(value[0]) if data_type is ChannelType.STRING else bytes(value)

    assert asyncio.run(read(ChannelType.STRING)).rstrip(b"\0") == b"T:" + b"x" * 37
    assert asyncio.run(read(_LongStringChannelType.LONG_STRING)).rstrip(b"\0") == b"T:" + b"x" * 40
    assert name.value == "T:" + "x" * 40


def test_a_description_may_be_in_any_script(group):
    """What is not ASCII is served as UTF-8, rather than not at all."""

    async def read():
        _, (value,) = await group.flag.get_field("DESC").read(ChannelType.STRING)
        return bytes(value).rstrip(b"\0").decode()

    assert asyncio.run(read()) == "A flag – perhaps"


def test_the_value_is_a_field(group):
    """VAL, and no field at all, are the PV."""
    assert group.flow.get_field("VAL") is group.flow
    assert group.flow.get_field("") is group.flow


@pytest.mark.parametrize(
    ("attribute", "name"), [("flow", "ZRST"), ("choice", "HIGH"), ("short", "NELM"), ("text", "X")]
)
def test_other_fields_are_not_there(group, attribute, name):
    """A record type has its own fields, and no others."""
    with pytest.raises(KeyError):
        getattr(group, attribute).get_field(name)


class Queue:
    """What a server gives a PV to put its news into."""

    def __init__(self):
        self.news = []

    async def put(self, update):
        self.news.append(update)


class Unfiltered:
    sync = None


def test_a_monitor_of_a_field_hears_what_changes(group):
    """A subscriber to SEVR is told when the severity changes, and of nothing else."""
    queue, severity = Queue(), group.flow.get_field("SEVR")

    async def watch():
        spec = SubscriptionSpec(severity, "STRING", int(SubscriptionType.DBE_VALUE), Unfiltered)
        await severity.subscribe(queue, spec, None)
        for value in (0.5, 1.5, 1.6, 5.0, 6.0):
            await post(group.flow, value)

    asyncio.run(watch())
    heard = [bytes(update.values[0]).rstrip(b"\0") for update in queue.news]

    assert heard == [b"MAJOR", b"MINOR", b"NO_ALARM"]


def test_an_alarm_follows_whoever_writes(group):
    """Also a value that is not written by `post` has the alarm that is declared."""
    asyncio.run(group.flag.write("Open", verify_value=False))

    assert (group.flag.alarm.severity, group.flag.alarm.status) == (AlarmSeverity.MINOR_ALARM, AlarmStatus.STATE)
