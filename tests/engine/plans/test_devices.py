"""What plans need to know about devices."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import bluesky.utils as theirs
import pytest
from cycler import cycler
from ophyd import sim

from reioc.engine.plans import devices

motor, det, pseudo = sim.motor, sim.det, sim.pseudo3x3


@pytest.mark.parametrize(
    "given",
    [
        [],
        [motor, det],
        [motor.readback, motor],
        [motor, motor.readback, motor.setpoint],
        [motor.readback, det, motor.setpoint, motor],
        [motor, motor],
        [pseudo.pseudo1.readback, pseudo.pseudo1, pseudo],
    ],
)
def test_separate_devices_is_blueskys(given: list[Any]) -> None:
    """Parts of other devices in the list are left out, in bluesky's order."""
    assert theirs.separate_devices(given) == devices.separate_devices(given)


def test_root_ancestor_is_the_device_without_a_parent() -> None:
    """The root of a part is the whole, that of a whole is itself, and no parent attribute is needed."""
    orphan = SimpleNamespace(name="orphan")

    assert pseudo is devices.root_ancestor(pseudo.pseudo1.readback)
    assert motor is devices.root_ancestor(motor)
    assert orphan is devices.root_ancestor(orphan)


def test_one_device_can_forbid_rewinding() -> None:
    """All devices are safe to trigger again, unless the `rewindable` signal of one says no."""
    safe, unsafe = (SimpleNamespace(rewindable=SimpleNamespace(get=lambda value=value: value)) for value in (1, 0))

    assert devices.all_safe_rewind([det, safe])
    assert not devices.all_safe_rewind([det, safe, unsafe])


@pytest.mark.parametrize(
    "device", [det, sim.motor_no_hints1, sim.motor_empty_hints1, sim.det_with_conf, motor.velocity]
)
def test_hinted_fields_are_blueskys(device: Any) -> None:
    """Hints that are missing or empty give no fields."""
    assert theirs.get_hinted_fields(device) == devices.get_hinted_fields(device)


def by_axis(trajectory: Any) -> dict[Any, list[Any]]:
    return {axis: list(points) for axis, points in trajectory.by_key().items()}


@pytest.mark.parametrize(
    "trajectory",
    [
        cycler(motor, [1, 2]),
        cycler(motor, [1, 2]) + cycler(pseudo.pseudo1, [3, 4]),
        cycler(pseudo.pseudo1, [3, 4]) + cycler(motor, [1, 2]) + cycler(pseudo.pseudo3, [5, 6]),
        cycler(pseudo.pseudo1, [3, 4]) * cycler(pseudo.pseudo2, [5, 6]),
        cycler(pseudo, [(1, 2, 3)]) + cycler(motor, [4]),
        cycler(pseudo.real1, [1, 2]) + cycler(pseudo.real2, [3, 4]),
        cycler(pseudo.sig, [1, 2]) + cycler(pseudo.pseudo1, [3, 4]) + cycler(pseudo.pseudo2, [3, 4]),
        cycler(pseudo, [(1, 2, 3)]) + cycler(pseudo.sig, [4]),
    ],
)
def test_merge_cycler_is_blueskys(trajectory: Any) -> None:
    """Several pseudo axes of one parent become one axis, everything else stays."""
    assert by_axis(theirs.merge_cycler(trajectory)) == by_axis(devices.merge_cycler(trajectory))


def test_merging_keeps_the_order_of_the_plan() -> None:
    """The parent takes the place of its first axis."""
    trajectory = cycler(pseudo.pseudo2, [3]) + cycler(motor, [1]) + cycler(pseudo.pseudo1, [5])

    merged = devices.merge_cycler(trajectory)

    assert [pseudo, motor] == devices.axes_of(merged)
    assert [{pseudo: {"pseudo2": 3, "pseudo1": 5}, motor: 1}] == list(merged)


@pytest.mark.parametrize(
    ("axes", "part"),
    [
        (
            [pseudo, pseudo.pseudo1],
            "'pseudo3x3' cannot be moved together with its own axes ('pseudo3x3_pseudo1')",
        ),
        ([pseudo.pseudo1, pseudo.real1], "'pseudo3x3_pseudo1' are pseudo, 'pseudo3x3_real1' are real"),
    ],
)
def test_contradicting_axes_are_refused(axes: list[Any], part: str) -> None:
    """What cannot be moved together is named in a ValueError, where bluesky raises one as well."""
    trajectory = cycler(axes[0], [1]) + cycler(axes[1], [1])

    with pytest.raises(ValueError):  # noqa: PT011 (bluesky's text is not ours to test)
        theirs.merge_cycler(trajectory)
    with pytest.raises(ValueError, match="cannot be moved together") as caught:
        devices.merge_cycler(trajectory)
    assert part in str(caught.value)


@pytest.mark.parametrize("moved", [[motor], [pseudo], [pseudo.pseudo1], [pseudo.real1], [pseudo.pseudo2, motor]])
def test_coupled_axes_are_blueskys(moved: list[Any]) -> None:
    """Axes that move with a named one count as named."""
    assert bluesky_normalized(moved) == devices.with_coupled_axes(moved)


def bluesky_normalized(moved: list[Any]) -> Any:
    from bluesky.preprocessors import _normalize_devices

    return _normalize_devices(moved)
