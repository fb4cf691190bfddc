"""Specs of devices."""

import pytest
from pydantic import ValidationError

from reioc.devices.registry.care import Care
from reioc.devices.registry.spec import DeviceSpec


def _spec(**keys):
    return DeviceSpec.model_validate({"name": "m1", "class": "ophyd.EpicsMotor", **keys})


def test_only_name_and_class_are_needed():
    """Prefix and keywords have defaults, and what is not said of care is as for all others."""
    spec = _spec()

    assert (
        spec.name,
        spec.class_path,
        spec.prefix,
        spec.kwargs,
        spec.care(Care(timeout=7.0, settle=2.0)),
    ) == ("m1", "ophyd.EpicsMotor", None, {}, Care(timeout=7.0, settle=2.0))


def test_what_is_said_of_one_device_counts_for_it():
    """The rest is as for all others."""
    care = _spec(connect="lazy", give_up=60).care(Care(timeout=7.0, give_up=5.0))

    assert care == Care(connect="lazy", timeout=7.0, give_up=60.0)


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"name": "1m"}, "'1m' is no device name"),
        ({"name": "my motor"}, "'my motor' is no device name"),
        ({"class": "EpicsMotor"}, "write module and class, like 'ophyd.EpicsMotor'"),
        ({"class": "ophyd..EpicsMotor"}, "is no class path"),
        ({"timeout": 0}, "greater than 0"),
        ({"timeout": float("inf")}, "finite"),
        ({"timeout": "5"}, "valid number"),
        ({"prefix": 3}, "valid string"),
        ({"connect": "later"}, "'eager' or 'lazy'"),
        ({"on_trouble": "wait"}, "'suspend' or 'fail'"),
        ({"retries": -1}, "greater than or equal to 0"),
        ({"clas": "x"}, "clas"),
    ],
)
def test_a_wrong_key_or_value_is_refused(keys, said):
    """What is refused is told with what would be right."""
    with pytest.raises(ValidationError, match=said):
        _spec(**keys)


def test_a_spec_does_not_change():
    """A spec that was checked stays as it was checked."""
    with pytest.raises(ValidationError, match="frozen"):
        _spec().name = "m2"
