"""Near matches."""

import pytest

from reioc.devices.hints import did_you_mean


@pytest.mark.parametrize(
    ("word", "hint"),
    [
        ("EPICSmotor", " (did you mean 'EpicsMotor'?)"),
        ("velocty", " (did you mean 'velocity'?)"),
        ("m", ""),
        ("", ""),
    ],
)
def test_only_near_names_are_suggested(word, hint):
    """Letter case does not count, and what is far off is not suggested."""
    assert hint == did_you_mean(word, ["EpicsMotor", "velocity", "Scaler"])
