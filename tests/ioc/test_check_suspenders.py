"""`reioc check`: the suspenders, without a network."""

import io
import threading
from functools import partial

import pytest
from ophyd.sim import motor

from reioc.devices import Registry
from reioc.ioc import check
from reioc.ioc.check import _check_suspenders, _Report
from reioc.ioc.config.beamline import load
from reioc.ioc.plans.catalogue import Catalogue
from reioc.suspenders import Sample

from .suspending.support import PVs

HEAD = '[ioc]\nprefix = "T:"\n'
BEAM = '[[suspender]]\nname = "beam"\nkind = "floor"\npv = "RING"\nlow = 100\n'


@pytest.fixture
def pvs(monkeypatch):
    """PVs with values; others do not connect."""
    monkeypatch.setattr(check, "_TIMEOUT", 0.0)
    monkeypatch.setattr(check, "search_environment", lambda: 'EPICS_CA_ADDR_LIST=""')
    monkeypatch.setattr(check, "PVSource", made := PVs(RING=250.0, SHUTTER=1, TEXT="on"))
    return made


@pytest.fixture
def checked(tmp_path):
    """What is said of these tables, with or without a catalogue."""

    def run(tables, catalogue=True):
        path = tmp_path / "beamline.toml"
        path.write_text(HEAD + tables)
        out = io.StringIO()
        report = _Report(path, out)
        plans = Catalogue.load(["reioc.engine.plans"], Registry([motor])) if catalogue else None
        _check_suspenders(load(path), plans, report)
        lines = out.getvalue().splitlines()
        assert report.wrongs == sum(line.startswith("WRONG") for line in lines)
        return lines

    return run


def test_one_that_is_right_is_told_with_what_it_watches(pvs, checked):
    """And with the value of now, good or bad; of several, of each."""
    parts = '{ kind = "bool_high", pv = "SHUTTER" }, { kind = "ceil", pv = "RING", high = 1 }'
    both = f'[[suspender]]\nname = "both"\nkind = "any_of"\nof = [{parts}]\n'

    assert checked(BEAM + both) == [
        "OK     suspender beam (floor RING, now 250.0)",
        "OK     suspender both (bool_high SHUTTER, now 1, ceil RING, now 250.0)",
    ]
    assert pvs.running == set()


def test_one_that_does_not_connect_is_told_with_where_it_was_looked_for(pvs, checked):
    """And with its place in the file; one after it is not affected."""
    lost = BEAM.replace("RING", "LOST").replace("beam", "lost")

    assert checked(lost + BEAM) == [
        'WRONG  suspender lost: not connected within 0 s: LOST; searched EPICS_CA_ADDR_LIST="" [beamline.toml:3]',
        "OK     suspender beam (floor RING, now 250.0)",
    ]
    assert pvs.running == set()


def test_one_that_was_there_and_has_gone_is_not_connected(pvs, checked, monkeypatch):
    """What it said before does not count."""

    def gone(name):
        source = pvs(name)
        source.disconnect()
        return source

    monkeypatch.setattr(check, "PVSource", gone)

    assert "not connected within 0 s: RING" in checked(BEAM)[0]


def test_a_value_that_comes_in_time_is_waited_for(pvs, checked, monkeypatch):
    """From the thread in which PVs are watched."""
    monkeypatch.setattr(check, "_TIMEOUT", 30.0)
    heard = []

    def late(name):
        source = pvs(name)
        source.stop()

        def start(callback):
            heard.append(threading.Thread(target=partial(callback, Sample(250.0))))
            heard[-1].start()

        source.start = start
        return source

    monkeypatch.setattr(check, "PVSource", late)

    assert checked(BEAM) == ["OK     suspender beam (floor RING, now 250.0)"]
    for thread in heard:
        thread.join()


def test_everything_that_does_not_fit_is_told(pvs, checked):
    """A value that it can never judge, and names that are not there, each in a line, at the table's place."""
    wrong = BEAM.replace("RING", "TEXT") + 'scope = { plans = "sacn", devices = "motr" }\n'
    lines = checked(BEAM.replace("beam", "kept") + wrong)

    assert lines[0] == "OK     suspender kept (floor RING, now 250.0)"
    assert lines[1].startswith("WRONG  suspender beam: TEXT is a text, and 'floor' compares one number")
    assert lines[2].startswith("WRONG  suspender beam: scope.plans: no plan 'sacn' (did you mean 'scan'")
    assert "scope.devices: no device 'motr' (did you mean 'motor'" in lines[2]
    assert len(lines) == 3
    assert all(line.endswith("[beamline.toml:8]") for line in lines[1:])


def test_without_plans_their_pvs_are_looked_at_all_the_same(pvs, checked):
    """What is wrong with the plans has been told."""
    scoped = BEAM + 'scope = { plans = "sacn" }\n'

    assert checked(scoped, catalogue=False) == ["OK     suspender beam (floor RING, now 250.0)"]
