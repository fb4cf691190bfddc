"""From the configuration to suspenders."""

import pytest

from reioc.suspenders import (
    PVSuspendBoolHigh,
    PVSuspendBoolLow,
    PVSuspendFloor,
    SuspenderKind,
    SuspenderSpec,
    make_suspender,
)


def test_a_floor():
    """Every key of the configuration arrives."""
    spec = SuspenderSpec(
        name="ring", kind="floor", pv="RING:CUR", low=100, resume_low=200, delay=60, on_bad_pv="abort", enable=False
    )
    suspender = make_suspender(spec)
    status = suspender.status

    assert isinstance(suspender, PVSuspendFloor)
    assert (
        status.name,
        status.source,
        status.kind,
        status.low,
        status.resume_low,
        status.delay,
        status.on_bad_pv,
        status.enabled,
    ) == ("ring", "RING:CUR", "floor", 100, 200, 60, "abort", False)


@pytest.mark.parametrize(("kind", "expected"), [("bool_high", PVSuspendBoolHigh), ("bool_low", PVSuspendBoolLow)])
def test_the_bools(kind, expected):
    """Without limits."""
    suspender = make_suspender(SuspenderSpec(name="shutter", kind=kind, pv="SHUTTER"))

    assert isinstance(suspender, expected)
    assert kind == suspender.status.kind


@pytest.mark.parametrize("kind", SuspenderKind)
def test_every_kind_can_be_made(kind):
    """A kind that the configuration accepts has a suspender, of that kind."""
    low = 1.0 if kind is SuspenderKind.FLOOR else None

    assert kind == make_suspender(SuspenderSpec(name="s", kind=kind, pv="PV", low=low)).status.kind


def test_a_floor_without_its_limit_is_refused():
    """Also when the spec was made without validation."""
    spec = SuspenderSpec.model_construct(name="ring", kind=SuspenderKind.FLOOR, pv="RING:CUR")

    with pytest.raises(ValueError, match="suspender 'ring': a floor needs `low`"):
        make_suspender(spec)
