"""What a service makes of its configuration and of what was saved: nothing is connected or served."""

import json

import pytest

from reioc.ioc.config.beamline import load
from reioc.ioc.service import Service
from reioc.suspenders import SuspenderSpec

from .support import SUSPENDERS, PVs

TABLES = """
[ioc]
prefix = "T:"
[[suspender]]
name = "beam"
kind = "floor"
pv = "RING"
low = 100
[[suspender]]
name = "hot"
kind = "ceil"
pv = "TEMP"
high = 50
"""
MORE = SuspenderSpec(name="more", kind="bool_low", pv="SHUTTER").model_dump(mode="json")


@pytest.fixture
def make(tmp_path, monkeypatch):
    """A service of these tables, and of what is saved; closed afterwards."""
    monkeypatch.setattr(SUSPENDERS, PVs())
    made = []

    def make_service(tables=TABLES, saved=None):
        path, autosave = tmp_path / "beamline.toml", tmp_path / "beamline.autosave.json"
        path.write_text(tables)
        if saved is not None:
            autosave.write_text(json.dumps({"format": 1} | saved))
        made.append(Service(load(path), autosave))
        return made[-1]

    yield make_service
    for service in made:
        service.engine.close()


def low(value, configured):
    return {"low": {"value": value, "configured": configured}}


def test_suspenders_are_as_they_were(make):
    """Those of the configuration in its order, then those that were added, with what was changed of them."""
    saved = {"enabled": False, "added": [MORE], "settings": {"beam": low(150, 100)}}
    service = make(saved=saved)

    assert [each.name for each in service.suspenders] == ["beam", "hot", "more"]
    assert service.suspenders[0].status.low == 150
    assert not service.engine.suspenders_enabled


def test_nothing_was_saved_at_the_first_start(make):
    """All is as configured."""
    service = make()

    assert [(each.name, each.status.low) for each in service.suspenders] == [("beam", 100), ("hot", None)]
    assert service.engine.suspenders_enabled


@pytest.mark.parametrize("saved", [{"settings": {"beam": 5}}, {"format": 7}, {"added": [MORE | {"pv": ""}]}])
def test_what_cannot_be_read_is_set_aside_and_all_is_as_configured(make, tmp_path, saved):
    """Nothing of it counts, also what could be read."""
    service = make(saved={"enabled": False, "added": [MORE]} | saved)

    assert [each.name for each in service.suspenders] == ["beam", "hot"]
    assert service.engine.suspenders_enabled
    assert len(list(tmp_path.glob("beamline.autosave.json.*.broken"))) == 1


def test_a_suspender_that_cannot_be_made_is_named(make):
    """With everything that is wrong with it."""
    scope = '[[suspender]]\nname = "lost"\nkind = "bool_low"\npv = "X"\nscope = { plans = "sacn", devices = "m9" }\n'

    with pytest.raises(
        ValueError, match=r"suspender 'lost': scope\.plans: no plan 'sacn'.*; scope.devices: no device 'm9'"
    ):
        make(TABLES + scope)
