"""Specs of devices."""

import pytest
from pydantic import ValidationError

from reioc.devices.registry.spec import DeviceSpec


def _spec(**keys):
    return DeviceSpec.model_validate({"name": "m1", "class": "ophyd.EpicsMotor", **keys})


def test_only_name_and_class_are_needed():
    """Prefix, keywords and time-out have defaults."""
    spec = _spec()

    assert (
        spec.name,
        spec.class_path,
        spec.prefix,
        spec.kwargs,
        spec.timeout,
    ) == ("m1", "ophyd.EpicsMotor", None, {}, 5.0)


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
