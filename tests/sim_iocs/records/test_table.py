"""Records that are rows of a table."""

import asyncio
from typing import Any

import pytest
from caproto import ChannelType
from caproto.server import PVGroup

from reioc.sim_iocs.pvs.puts import RefusedError
from reioc.sim_iocs.records.table import Row, declare


class Group(PVGroup):
    """One of each kind."""

    declare(
        locals(),
        (
            Row("Time", 0.5, "a time", units="s", limits=(0.0, 10.0)),
            Row("Number", 3, "a number", writable=False),
            Row("Mode", "A", "a mode", labels=("A", "B", "C")),
            Row("Busy", "Done", "busy", labels=("Done", "Busy"), rtyp="busy"),
            Row("Name", "x", "a name"),
            Row("Path", "/a", "a path", length=20),
            Row("Shown", "/b", "a path shown", length=20, writable=False),
            Row("Sizes", 0, "sizes", length=4),
        ),
    )

    def __getitem__(self, name: str) -> Any:
        return self.attr_pvdb[name]


@pytest.fixture
def group() -> Group:
    return Group("T:")


def read(pv: Any, data_type: ChannelType) -> Any:
    return asyncio.run(pv.read(data_type))[1]


def test_records_have_the_usual_types(group: Group) -> None:
    """As EPICS Base would have them, or as it was said."""
    types = [group[name].reported_record_type for name in ("Time", "Number", "Mode", "Busy", "Name", "Path", "Sizes")]

    assert types == ["ao", "longin", "mbbo", "busy", "stringout", "waveform", "waveform"]


def test_fields_are_made_when_somebody_asks(group: Group) -> None:
    """They are those of the record type; nothing is made before."""
    time = group["Time"]
    assert time.fields == {}

    fields = {name: read(time.get_field(name), ChannelType.STRING)[0] for name in ("DESC", "EGU", "RTYP", "NAME")}

    assert fields == {"DESC": b"a time", "EGU": b"s", "RTYP": b"ao", "NAME": b"T:Time"}
    assert read(group["Busy"].get_field("RTYP"), ChannelType.STRING) == [b"busy"]
    with pytest.raises(KeyError):
        time.get_field("NONE")


def test_a_long_text_comes_whole(group: Group) -> None:
    """As many bytes as were announced, NUL after the text."""
    for name, text in (("Path", b"/a"), ("Shown", b"/b")):
        assert read(group[name], ChannelType.TIME_CHAR) == text.ljust(20, b"\0")


@pytest.mark.parametrize(
    ("data", "data_type", "text"),
    [
        (b"/tmp\0rest", ChannelType.CHAR, "/tmp"),
        (b"\0", ChannelType.CHAR, ""),
        ([b"/tmp"], ChannelType.STRING, "/tmp"),
        ([47, 116, 0], ChannelType.LONG, "/t"),
        (b"/t\xc3\xbc\0", ChannelType.CHAR, "/tü"),
    ],
)
def test_a_long_text_is_put_in_any_form(group: Group, data: Any, data_type: ChannelType, text: str) -> None:
    """As bytes up to their NUL, or numbers of bytes, or as a string; in UTF-8."""
    asyncio.run(group["Path"].write_from_dbr(data, data_type, None))

    assert group["Path"].value == text


def test_what_does_not_fit_is_refused(group: Group) -> None:
    """A text that is too long, a number beyond its limits, no label."""
    for name, value, why in (
        ("Path", "x" * 20, "longer than 19 bytes"),
        ("Time", 11.0, "Limits are set to 0.0 and 10.0"),
        ("Mode", "D", "none of A, B, C"),
    ):
        with pytest.raises(RefusedError, match=why):
            asyncio.run(group[name].write(value))
