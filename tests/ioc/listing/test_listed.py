"""The list of PVs is that of what is served."""

from __future__ import annotations

import pytest

from reioc.engine import RunEngine
from reioc.ioc.listing import Served, listed
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
    expected = {pv.name: pv.declared for pv in listed(PREFIX, Served(data_length=LENGTH, suspenders=names)).pvs}

    async def test(ioc):
        assert {name: pv.declared for name, pv in ioc.ioc.pvdb.items()} == expected

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
