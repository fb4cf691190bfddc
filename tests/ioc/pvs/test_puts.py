"""Puts from clients, carried out on real channel data without a server."""

from __future__ import annotations

import asyncio

import numpy as np
import pytest
from caproto import CAStatus, ChannelType
from caproto.server import PVGroup

from reioc.ioc.pvs import bool_setting, enum_setting, float_setting, handled_by, text_setting
from reioc.ioc.pvs.puts import Refusal, current_put


class Group(PVGroup):
    """One PV of each kind; `value` is refused when negative."""

    value = float_setting("Value", "A number", put=handled_by("take"))
    switch = bool_setting("Switch", "A switch")
    choice = enum_setting("Choice", "A choice", ["red", "green", "blue"])
    text = text_setting("Text", "A text", length=20)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.turned_away: list[tuple[str, str]] = []
        self.puts: list[str] = []
        self.desk = self

    async def take(self, pv, value):
        put = current_put()
        self.puts.append(put.by if put else "nobody")
        if value < 0:
            raise Refusal("negative")

    async def turn_away(self, name: str, why: str) -> None:
        self.turned_away.append((name, why))


@pytest.fixture
def group():
    return Group("T:")


def put(pv, data, data_type=ChannelType.DOUBLE):
    return asyncio.run(pv.auth_write("host", "user", data, data_type, None))


def test_accepted_put_is_written_and_succeeds(group):
    """A put that is not refused changes the value, and the answer is success."""
    assert put(group.value, [2.5]) is None
    assert group.value.value == 2.5


@pytest.mark.parametrize("data_type", [ChannelType.DOUBLE, ChannelType.ENUM])
def test_choice_by_its_number_reads_as_its_label(group, data_type):
    """As one that was made by its label, and as it is shown: there is no difference to write."""
    assert put(group.choice, [1], data_type) is None
    assert put(group.switch, [1], data_type) is None

    assert (group.choice.value, group.switch.value) == ("green", "Yes")


def test_putter_knows_who_puts(group):
    """The putter finds the client's user and host."""
    put(group.value, [1.0])

    assert group.puts == ["user@host"]


def test_no_put_is_current_outside_of_one(group):
    """Our own writes come from nobody."""
    assert current_put() is None


def test_refused_put_fails_and_keeps_the_value(group):
    """A refusal is a failure status; the PV keeps its value and gets no alarm."""
    status = put(group.value, [-1.0])

    assert status == CAStatus.ECA_PUTFAIL
    assert group.value.value == 0.0
    assert group.value.alarm.severity == 0


def test_value_that_does_not_convert_is_turned_away_by_name(group):
    """A text for a number is a failed put that is acknowledged with the PV's name."""
    status = put(group.value, [b"abc"], ChannelType.STRING)

    assert status == CAStatus.ECA_PUTFAIL
    assert [name for name, _ in group.turned_away] == ["T:Value"]
    assert "T:Value" in group.turned_away[0][1]


@pytest.mark.parametrize(("sent", "label"), [(b"green", "green"), (b"2", "blue"), (b"0", "red")])
def test_enum_takes_labels_and_indices_as_text(group, sent, label):
    """Text for an enum is a label or an index, as EPICS Base takes both."""
    assert put(group.choice, [sent], ChannelType.STRING) is None
    assert group.choice.value == label


def test_index_beyond_the_states_is_refused(group):
    """Caproto would store it, and no client could read the PV any more."""
    assert put(group.choice, [7], ChannelType.ENUM) == CAStatus.ECA_PUTFAIL
    assert put(group.switch, [7.0], ChannelType.DOUBLE) == CAStatus.ECA_PUTFAIL
    assert group.choice.value == "red"
    assert "red, green, blue" in group.turned_away[0][1]


def characters(text):
    return np.frombuffer(text.encode() + b"\0", dtype="u1")


def test_text_that_fits_is_taken_without_its_end_mark(group):
    """`caput -S` sends a NUL, which is not part of the text."""
    assert put(group.text, characters("tea, später"), ChannelType.CHAR) is None
    assert group.text.value == "tea, später"


def test_text_that_is_too_long_is_refused(group):
    """A text beyond the PV's length is a failed put, not a cut text."""
    assert put(group.text, characters("x" * 30), ChannelType.CHAR) == CAStatus.ECA_PUTFAIL
    assert group.text.value == ""
