"""Devices from tables, modules and happi databases."""

import json
import sys
import types

import ophyd.sim
import pytest

from reioc.devices.registry.care import Care
from reioc.devices.registry.making import make_devices
from reioc.devices.registry.source_spec import DeviceSource
from reioc.devices.registry.spec import DeviceSpec

from ...system.support import until


def _source(**keys):
    return DeviceSource.model_validate(keys)


def _axis(name):
    return ophyd.sim.SynAxis(name=name)


@pytest.fixture
def module(monkeypatch):
    """Make a module `mybeamline` with these members."""

    def make(**members):
        made = types.ModuleType("mybeamline")
        vars(made).update(members)
        monkeypatch.setitem(sys.modules, "mybeamline", made)
        return _source(kind="module", module="mybeamline", connect="lazy")

    return make


def _fail():
    raise OSError("no such crate")


@pytest.mark.parametrize(
    ("members", "names"),
    [
        ({"make_devices": lambda: [_axis("a"), _axis("b")], "c": _axis("c")}, ["a", "b"]),
        ({"make_devices": lambda: {"x": _axis("a")}}, ["a"]),
        ({"DEVICES": (_axis("b"), _axis("a")), "c": _axis("c")}, ["b", "a"]),
        ({"DEVICES": {"b": _axis("b")}}, ["b"]),
        ({"a": (axis := _axis("a")), "same": axis, "_b": _axis("b"), "n": 3, "Class": ophyd.Signal, "sys": sys}, ["a"]),
    ],
)
def test_the_devices_of_a_module(module, members, names):
    """What its function makes, or its list has, or all there are; each once, and as its source says."""
    made, errors = make_devices((), [module(**members)], Care(timeout=2.0))

    assert ([each.device.name for each in made], errors) == (names, [])
    assert {each.care for each in made} == {Care(connect="lazy", timeout=2.0)}
    assert {each.place for each in made} == {"module mybeamline"}


@pytest.mark.parametrize(
    ("members", "said"),
    [
        ({}, "has no device: wanted is make_devices(), a list DEVICES, or devices"),
        ({"make_devices": _fail}, "mybeamline.make_devices(): OSError: no such crate"),
        ({"make_devices": lambda: 3}, "make_devices() is 3: wanted is a list of devices"),
        ({"DEVICES": "m1"}, "DEVICES is 'm1': wanted is a list of devices"),
        ({"DEVICES": [_axis("a"), 3]}, "mybeamline.DEVICES: 3 is no device"),
        ({"DEVICES": [_axis("my axis")]}, "module mybeamline: 'my axis' is no device name"),
    ],
)
def test_a_module_without_devices_is_told(module, members, said):
    """Whatever is wrong with it."""
    _, errors = make_devices((), [module(**members)])

    assert [said in str(error) for error in errors] == [True]


def test_a_module_that_is_not_there_is_told():
    """As a source: no device is to blame."""
    _, [error] = make_devices((), [_source(kind="module", module="nowhere.at_all")])

    assert error.is_source
    assert str(error).startswith(
        "device source 'module nowhere.at_all': nowhere.at_all cannot be imported: ModuleNotFoundError"
    )


def test_a_name_means_one_device(module):
    """Who has it second is told with both places; everything else is made, and everything wrong is told."""
    specs = [
        DeviceSpec.model_validate({"name": name, "class": path})
        for name, path in (("a", "ophyd.sim.SynAxis"), ("lost", "nowhere.A"))
    ]
    source = module(DEVICES=[_axis("a"), _axis("b")])

    made, errors = make_devices(specs, [source], places={"a": "beamline.toml:7"})

    assert [each.device.name for each in made] == ["a", "b"]
    assert [error.name for error in errors] == ["lost", "a"]
    assert str(errors[1]) == "device 'a': module mybeamline has a device of that name, and so has beamline.toml:7"


def _item(name, **keys):
    about = {"device_class": "ophyd.sim.SynAxis", "args": [], "kwargs": {"name": "{{name}}"}, "active": True}
    return {"_id": name, "name": name, "prefix": "X", "type": "OphydItem", **about, **keys}


def _happi(tmp_path, *items, **filters):
    pytest.importorskip("happi")
    path = tmp_path / "happi.json"
    path.write_text(json.dumps({item["name"]: item for item in items}))
    return _source(kind="happi", database=str(path), filter=filters)


def test_the_devices_of_a_happi_database(tmp_path):
    """The active items that have all the values of the filter."""
    items = (_item("a", beamline="B"), _item("b", beamline="C"), _item("c", beamline="B", active=False))
    made, errors = make_devices((), [_happi(tmp_path, *items, beamline="B")])

    assert ([each.device.name for each in made], errors) == (["a"], [])
    assert made[0].what == "ophyd.sim.SynAxis"


def test_an_item_of_which_no_device_can_be_made_is_told(tmp_path):
    """With its class, and why; the others are made."""
    items = (_item("a"), _item("b", device_class="nowhere.B"), {"_id": "c", "name": "c", "type": "Nonsense"})
    made, errors = make_devices((), [_happi(tmp_path, *items)])

    assert [each.device.name for each in made] == ["a"]
    assert [error.name for error in errors] == ["b", "c"]
    assert "nowhere.B: ModuleNotFoundError" in str(errors[0])


def test_an_entry_that_is_no_item_keeps_nobody_else_away(tmp_path):
    """One without a name, and one that is no table: each is told by its key."""
    source = _happi(tmp_path, _item("a"))
    entries = {"x": {"_id": "x", "active": True}, "y": "text", "a": _item("a")}
    (tmp_path / "happi.json").write_text(json.dumps(entries))
    made, errors = make_devices((), [source])

    assert [each.device.name for each in made] == ["a"]
    assert [error.name for error in errors] == ["x", "y"]
    assert "the entry 'y' has no name" in str(errors[1])


def test_what_takes_long_to_be_made_is_told(module, monkeypatch, caplog):
    """A device that hangs when it is made keeps the service from starting: the log says which."""
    monkeypatch.setattr("reioc.devices.registry.making.SLOW", 0.01)

    def hangs():
        until(lambda: "being made" in caplog.text, "the log")
        return [_axis("a")]

    assert len(make_devices((), [module(make_devices=hangs)])[0]) == 1
    assert "device source 'module mybeamline': being made for 0.01 s already" in caplog.text


def test_a_database_that_is_none_is_told(tmp_path):
    """Not there, no JSON, or nothing in it that fits."""
    nowhere = _source(kind="happi", database=str(tmp_path / "nothing.json"))
    broken = _happi(tmp_path)
    (tmp_path / "happi.json").write_text("[1,")
    _, errors = make_devices((), [nowhere, broken])
    _, [none] = make_devices((), [_happi(tmp_path, _item("a"), beamline="B")])

    assert "nothing.json is no file" in str(errors[0])
    assert "happi.json cannot be read by happi: " in str(errors[1])
    assert "has no active item with beamline = 'B'" in str(none)
