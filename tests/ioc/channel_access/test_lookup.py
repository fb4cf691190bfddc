"""Which PV a name means."""

from __future__ import annotations

import pytest
from caproto import ChannelType

from reioc.ioc.channel_access.lookup import look_up

from .client import PVs


@pytest.fixture(scope="module")
def group():
    return PVs("T:")


def find(group, name):
    return look_up(group.pvdb, name)


@pytest.mark.parametrize("name", ["T:Low", "T:Low.VAL", "T:Low."])
def test_a_pv_is_found_by_its_name_and_by_its_value_field(group, name):
    """Also with a dot behind which there is nothing, as in EPICS Base."""
    found = find(group, name)

    assert found.pv is group.low
    assert (found.name, found.record, found.is_field, found.long_string) == (name, "T:Low", False, False)
    assert (found.data_type, found.count) == (ChannelType.DOUBLE, 1)


def test_a_field_is_found(group):
    """It is no PV of its own: `record` is the one to which it belongs."""
    found = find(group, "T:Low.EGU")

    assert (found.record, found.is_field, found.pv.value) == ("T:Low", True, "mm")


def test_the_whole_count_of_an_array_is_announced(group):
    """That is how many there can be."""
    assert [find(group, name).count for name in ("T:Wave", "T:Names", "T:Text")] == [10, 5, 100]


@pytest.mark.parametrize(
    "name",
    [
        "T:None",
        "T:None.DESC",
        "T:Low.NONE",
        "T:Low.desc",
        "T:Low.VAL.VAL",
        "T:",
        "",
        ".",
        ".VAL",
        "$",
        "T:Low$",
        " T:Low",
        "T:Low ",
        "t:low",
        "T:Low.{",
        "T:Low.VAL{}}",
        'T:Low.{"dbnd":1}',
        'T:Low.{"dbnd":{"abs":"much"}}',
        'T:Low.{"nonsense":{}}',
        "T:Wave.[x]",
        "T:Low.\N{SNOWMAN}",
        "T:Low." + "A" * 500,
    ],
)
def test_what_is_no_pv_is_not_found(group, name):
    """Other records, fields that this record has not, filters that are not understood."""
    assert find(group, name) is None


@pytest.mark.parametrize("name", ['T:Low.{"sync":{"m":"while","s":"red"}}', 'T:Low.{"while":"red"}'])
def test_a_filter_that_waits_for_a_state_is_not_found(group, name):
    """No PV here has states: a client that waited for one would wait for ever."""
    assert find(group, name) is None


def test_a_text_is_found_as_characters(group):
    """With `$`: as many as it may have."""
    found = find(group, "T:Name.VAL$")

    assert (found.pv, found.long_string, found.data_type) == (group.name, True, ChannelType.CHAR)
    assert found.count == group.name.long_string_max_length


def test_a_field_is_found_as_characters(group):
    """A description is."""
    found = find(group, "T:Low.DESC$")

    assert (found.is_field, found.long_string, found.data_type) == (True, True, ChannelType.CHAR)


def test_characters_are_found_as_what_they_are(group):
    """A long text is one already."""
    found = find(group, "T:Text.VAL$")

    assert (found.pv, found.long_string, found.count) == (group.text, False, 100)


@pytest.mark.parametrize("name", ["T:Low.$", "T:Low.VAL$", "T:State.VAL$", "T:Wave.VAL$", "T:Low.PREC$"])
def test_a_number_is_not_found_as_characters(group, name):
    """As in EPICS Base."""
    assert find(group, name) is None


def test_filters_are_found_with_a_pv(group):
    """As they were asked for, of the value or of a field."""
    found = find(group, 'T:Low.{"dbnd":{"abs":2},"ts":{}}')
    assert (found.record, found.pv, found.is_field) == ("T:Low", group.low, False)
    assert (found.filter.dbnd, found.filter.ts) == (("abs", 2.0), True)


def test_a_part_of_an_array_is_found(group):
    """In the short form; the count is still that of the whole."""
    found = find(group, "T:Wave.VAL[2:5]")

    assert (found.pv, found.filter.arr.s, found.filter.arr.e, found.count) == (group.wave, 2, 5, 10)


def test_both_modifiers_can_be_used_together(group):
    """Characters, of which the filter tells when."""
    found = find(group, 'T:Name.VAL${"ts":{}}')

    assert (found.long_string, found.filter.ts) == (True, True)
