"""The devices of a beamline by name."""

import ophyd.sim  # before anything imports pyepics: ophyd chooses the libca
import pytest
from ophyd_async.core import StandardReadable, soft_signal_rw

from reioc.devices.registry.registry import DevicesNotConnected, DevicesNotLoaded, Registry, UnknownDevice
from reioc.devices.registry.spec import DeviceSpec

from ..ca import hardware


def _spec(name, class_path="ophyd.sim.SynAxis", **keys):
    return DeviceSpec.model_validate({"name": name, "class": class_path, **keys})


@pytest.fixture
def registry():
    return Registry.load(
        [_spec("m2"), _spec("m1"), _spec("flag", "ophyd.Signal"), _spec("det", "ophyd.sim.SynSignalRO")]
    )


def test_devices_keep_the_order_of_the_configuration(registry):
    """Names, iteration and items are in the order in which the devices were given."""
    order = ("m2", "m1", "flag", "det")

    assert order == registry.names == tuple(registry) == tuple(name for name, _ in registry.items())
    assert list(order) == [device.name for device in registry.values()]
    assert len(registry) == 4


def test_a_device_and_its_components_are_found_by_name(registry):
    """A dotted name reaches a component."""
    assert registry["m1"].velocity is registry["m1.velocity"]
    assert registry["m1"] is registry.get("m1")
    assert [name in registry for name in ("m1", "m1.velocity", "m3", "m1.x")] == [True, True, False, False]


def test_movables_and_readables_are_known_by_what_they_can_do(registry):
    """Methods count, not classes."""
    assert registry.movables[:3] == ("m2", "m1", "flag")
    assert registry.readables == ("m2", "m1", "flag", "det")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("m3", "no device 'm3' (did you mean 'm2' or 'm1'?); devices: m2, m1, flag, det"),
        ("", "no device ''; devices: m2, m1, flag, det"),
        ("m1.velocty", "m1 has no component 'velocty' (did you mean 'velocity'?); components: "),
        ("m1.velocity.x", "m1.velocity has no components, so there is no m1.velocity.x"),
        ("m1.__class__", "m1 has no component '__class__'"),
        ("m1.parent", "m1 has no component 'parent'"),
        ("m1.stop", "m1 has no component 'stop'"),
    ],
)
def test_an_unknown_name_is_told_with_the_names_there_are(registry, name, said):
    """Only devices and components can be reached, and the message helps to find the right one."""
    with pytest.raises(UnknownDevice) as caught:
        registry.get(name)

    assert said in str(caught.value)


def test_ophyd_async_components_are_found_by_name():
    """Their children are components too."""

    class Counter(StandardReadable):
        def __init__(self, name=""):
            self.value = soft_signal_rw(int)
            super().__init__(name)

    counter = Counter("counter")

    assert counter.value is Registry([counter])["counter.value"]


def test_an_empty_registry_says_so():
    """A beamline without devices has a registry without devices."""
    with pytest.raises(UnknownDevice, match=r"no device 'm1'; devices: \(none\)"):
        Registry([])["m1"]


def test_two_devices_of_one_name_are_refused():
    """A name means one device."""
    with pytest.raises(ValueError, match="the same name, m1"):
        Registry([ophyd.sim.SynAxis(name="m1"), ophyd.sim.SynAxis(name="m1")])


def test_everything_that_cannot_be_made_is_told_at_once():
    """Whoever corrects the file sees all of it."""
    with pytest.raises(DevicesNotLoaded) as caught:
        Registry.load([_spec("a", "nowhere.A"), _spec("b"), _spec("c", "ophyd.Nothing")])

    assert [error.name for error in caught.value.errors] == ["a", "c"]
    assert len(str(caught.value).splitlines()) == 2


_CONNECT = """
import json
from reioc.devices import DeviceSpec, DevicesNotConnected, Registry

def spec(name, prefix, timeout):
    return DeviceSpec.model_validate(
        {"name": name, "class": "ophyd.EpicsMotor", "prefix": prefix, "timeout": timeout}
    )

heard = []
registry = Registry.load([spec("lost", "SIM:m99", 1.0), spec("m1", "SIM:m1", 10.0), spec("m2", "SIM:m2", 10.0)])
try:
    registry.connect(lambda name, failure: heard.append([name, failure is None]))
except DevicesNotConnected as error:
    message, pvs = str(error), error.failures[0].pvs
print(json.dumps([sorted(heard), message, pvs, registry["m1.user_readback"].get()]))
"""


def test_motors_connect_and_a_missing_one_is_named_with_all_its_pvs():
    """Over Channel Access: the motors that are there work, the one that is not is told with each of its PVs."""
    with hardware() as beamline:
        heard, message, pvs, position = beamline.run(_CONNECT)

    assert heard == [["lost", False], ["m1", True], ["m2", True]]
    assert message.startswith("lost: not connected within 1 s: SIM:m99.RBV, SIM:m99.VAL, ")
    assert f'EPICS_CA_ADDR_LIST="{beamline.address}"' in message
    assert {"SIM:m99.RBV", "SIM:m99.VAL", "SIM:m99.STOP", "SIM:m99.DMOV"} <= set(pvs)
    assert isinstance(position, float)


def test_devices_not_connected_is_raised_for_each_failure():
    """connect() cannot be taken for a success."""

    class Lost:
        name = "lost"

        def wait_for_connection(self, timeout):
            raise TimeoutError("nobody there")

    with pytest.raises(DevicesNotConnected, match="lost: not connected within 5 s: nobody there"):
        Registry([Lost()]).connect()
