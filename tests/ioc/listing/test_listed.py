"""The list of PVs is that of what is served."""

from __future__ import annotations

import json
import re

import pytest

from reioc.engine import RunEngine
from reioc.ioc.listing import Served, listed
from reioc.ioc.listing.alarms import as_alarms
from reioc.ioc.listing.archiver import as_archiver
from reioc.ioc.listing.tables import as_json, as_table
from reioc.ioc.metadata import metadata_keys
from reioc.ioc.pvs.declaration import LONGEST_DESCRIPTION, Kind
from reioc.suspenders import ManualSource, SuspendBoolLow

from ..harness import PREFIX, with_ioc

LENGTH = 20  # of the harness' arrays


@pytest.fixture
def RE():
    engine = RunEngine({}, call_returns_result=True)
    yield engine
    engine.close()


def test_what_is_listed_is_what_is_served(RE):
    """Each PV that the IOC serves, with suspenders, is listed with the declaration that it was made from."""
    names = ["beam", "a long name: with a colon"]
    for name in names:
        RE.install_suspender(SuspendBoolLow(ManualSource(), name=name))
    listing = listed(PREFIX, Served(data_length=LENGTH, suspenders=names))
    expected = {pv.name: pv.declared for pv in listing.pvs}

    async def test(ioc):
        served = ioc.ioc.pvdb
        assert {name: pv.declared for name, pv in served.items() if name == pv.pvname} == expected
        assert {name: pv.pvname for name, pv in served.items() if name != pv.pvname} == listing.aliases

    with_ioc(RE, test)


def test_descriptions_fit():
    """DESC has 40 characters, and tools print those that are not ASCII as numbers."""
    said = [pv.declared.description for pv in listed("", Served(suspenders=["S"])).pvs]

    assert [text for text in said if len(text) > LONGEST_DESCRIPTION or not text.isascii()] == []


def test_names_fit():
    """With a prefix of 20 characters and a suspender's name of 12 a name has at most 60, as EPICS' records."""
    found = listed("B" * 20, Served(suspenders=["S" * 12])).pvs

    assert max(len(pv.name) for pv in found) <= 60
    assert len({pv.name for pv in found}) == len(found)


def test_kinds_are_told_apart():
    """What the IOC writes, what stays as it is set, what is done when it is written."""
    kinds = {pv.name: pv.declared.kind for pv in listed("").pvs}

    assert [kinds[name] for name in ("State", "Plan:Name", "Pause", "Plan:Run", "Susp:Add")] == [
        *(Kind.DISPLAY, Kind.SETTING, Kind.COMMAND, Kind.COMMAND, Kind.COMMAND)
    ]


def test_what_cannot_be_archived_is_not():
    """No long text, no array and no command asks to be archived."""
    wrong = [
        pv.name
        for pv in listed("", Served(suspenders=["S"])).pvs
        if pv.declared.archive and (pv.declared.length > 1 or pv.declared.kind is Kind.COMMAND)
    ]

    assert wrong == []


def test_aliases_are_beside_the_pvs():
    """Whoever archives, or raises alarms, takes each PV once; tables tell what else it is called."""
    keys = metadata_keys({f"key{number}": "" for number in range(14)})
    listing = listed("T:", Served(suspenders=["beam"], keys=keys))
    own = {pv.name for pv in listing.pvs}

    assert not own & set(listing.aliases)
    assert set(listing.aliases.values()) <= own
    assert [name for name in listing.aliases if name.startswith("T:MDRow1")] == [
        f"T:MDRow{number}:Value" for number in (1, 10, 11, 12)
    ]
    assert listing.aliases["T:SuspRow1:Enable"] == "T:Susp:beam:Enable"
    assert "SuspRow1:Enable" not in as_archiver(listing) + as_alarms(listing)
    assert re.search(r"^T:SuspRow1:Enable +bo +setting +alias of T:Susp:beam:Enable$", as_table(listing), re.MULTILINE)
    assert {"pv": "T:MDRow1:Value", "alias_of": "T:MD:key0"} in json.loads(as_json(listing))
