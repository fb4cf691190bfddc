"""From specs to devices."""

import ophyd.sim  # before anything imports pyepics: ophyd chooses the libca
import pytest

from reioc.devices.registry.loader import DeviceLoadError, load_device, resolve_class
from reioc.devices.registry.spec import DeviceSpec


def _load(class_path, **keys):
    return load_device(DeviceSpec.model_validate({"name": "m1", "class": class_path, **keys}))


class Plain:
    """Not a control system's device; takes no prefix."""

    def __init__(self, *, name, gain=1.0):
        self.name, self.gain = name, gain


class Prefixed(Plain):
    def __init__(self, prefix, *, port=1, **kwargs):
        super().__init__(**kwargs)
        self.prefix, self.port = prefix, port


def misnamed(name):
    return Plain(name="other")


def leaving(name):
    raise SystemExit(3)


_HERE = __name__


@pytest.fixture(autouse=True)
def _this_module_by_name(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "fake_beamline", __import__("sys").modules[_HERE])


def test_a_class_of_a_library_is_made_with_its_name():
    """Ophyd's simulated axis needs no prefix."""
    device = _load("ophyd.sim.SynAxis", kwargs={"labels": ["motors"]})

    assert isinstance(device, ophyd.sim.SynAxis)
    assert ("m1", {"motors"}) == (device.name, device._ophyd_labels_)


def test_prefix_comes_first_and_keywords_are_handed_on():
    """The class gets what the spec says."""
    device = _load("fake_beamline.Prefixed", prefix="DEMO:m1", kwargs={"port": 2, "gain": 0.5})

    assert (device.prefix, device.port, device.gain, device.name) == ("DEMO:m1", 2, 0.5, "m1")


@pytest.mark.parametrize(
    ("class_path", "keys", "said"),
    [
        ("nowhere.at.All", {}, "cannot import 'nowhere.at': ModuleNotFoundError: No module named 'nowhere'"),
        ("ophyd.sim.synaxis", {}, r"'ophyd.sim' has no 'synaxis' \(did you mean 'SynAxis'"),
        ("ophyd.sim.zzzzzzzz", {}, "'ophyd.sim' has no 'zzzzzzzz'$"),
        ("fake_beamline._HERE", {}, "is str .*, not a class or function that makes a device"),
        (
            "fake_beamline.Prefixed",
            {},
            r"it takes Prefixed\(prefix, \*, port=1, .*the configuration gives no prefix",
        ),
        (
            "fake_beamline.Prefixed",
            {"prefix": "P", "kwargs": {"gian": 2}},
            r"unknown: gian \(did you mean 'gain'\?\)",
        ),
        (
            "fake_beamline.Plain",
            {"prefix": "P"},
            r"Plain\('P', name='m1'\) raised TypeError.* it takes Plain\(\*, name",
        ),
        ("fake_beamline.misnamed", {}, "made a Plain whose name is 'other', not 'm1'"),
        ("fake_beamline.leaving", {}, r"leaving\(name='m1'\) raised SystemExit: 3"),
        ("builtins.int", {}, "builtins.int"),
    ],
)
def test_what_cannot_be_made_is_told_by_device_class_and_remedy(class_path, keys, said):
    """The message names the device, the class, and what would be right."""
    with pytest.raises(DeviceLoadError, match=said) as caught:
        _load(class_path, **keys)

    assert caught.value.name == "m1"
    assert str(caught.value).startswith("device 'm1': ")
    assert class_path.rpartition(".")[2] in str(caught.value)


def test_a_module_that_fails_while_it_is_imported_is_told_with_its_own_error(tmp_path, monkeypatch):
    """The beamline's own module may fail in any way; the reason is passed on."""
    (tmp_path / "failing_beamline.py").write_text("raise RuntimeError('no such rack')")
    monkeypatch.syspath_prepend(tmp_path)

    with pytest.raises(DeviceLoadError, match="cannot import 'failing_beamline': RuntimeError: no such rack"):
        _load("failing_beamline.Motor")


def test_a_module_that_is_a_script_does_not_end_the_process(tmp_path, monkeypatch):
    """It exits when it is imported: nobody would know why there is no service."""
    (tmp_path / "script_of_a_beamline.py").write_text("import sys; sys.exit(4)")
    monkeypatch.syspath_prepend(tmp_path)

    with pytest.raises(DeviceLoadError, match="cannot import 'script_of_a_beamline': SystemExit: 4"):
        _load("script_of_a_beamline.Motor")


def test_a_path_without_a_module_is_refused():
    """A bare class name says nothing about where it is."""
    with pytest.raises(ValueError, match="has no module: write it like"):
        resolve_class("EpicsMotor")
