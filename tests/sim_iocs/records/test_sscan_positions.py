"""Where an sscan record goes."""

import pytest

from reioc.sim_iocs.records.sscan_positions import FrozenError, Range, after_scan

FROM_0_TO_10 = Range(0.0, 10.0, 11)


@pytest.mark.parametrize(
    ("name", "value", "changed"),
    [
        ("SP", 2.0, {"SP": 2.0, "EP": 10.0, "SI": 0.8}),
        ("EP", 20.0, {"SP": 0.0, "EP": 20.0, "SI": 2.0}),
        ("CP", 7.0, {"SP": 2.0, "EP": 12.0, "SI": 1.0}),
        ("WD", 4.0, {"SP": 3.0, "EP": 7.0, "SI": 0.4}),
        ("SI", 0.5, {"SP": 0.0, "EP": 5.0, "SI": 0.5}),
    ],
)
def test_the_rest_follows_what_is_changed(name: str, value: float, changed: dict[str, float]) -> None:
    """A new start keeps the end, a new end or step the start, a new centre the width, a new width the centre."""
    values = FROM_0_TO_10.changed(name, value).values

    assert {key: values[key] for key in changed} == pytest.approx(changed)
    assert values["CP"] == pytest.approx((values["SP"] + values["EP"]) / 2)
    assert values["WD"] == pytest.approx(values["EP"] - values["SP"])


def test_what_is_frozen_stays() -> None:
    """With the step frozen a new start takes the end with it; with start and end frozen nothing can give way."""
    moved = FROM_0_TO_10.changed("SP", 2.0, frozen=["SI"])
    assert (moved.start, moved.end) == pytest.approx((2.0, 12.0))

    with pytest.raises(FrozenError, match="SI 2: parameters are frozen"):
        FROM_0_TO_10.changed("SI", 2.0, frozen=["SP", "EP"])


def test_more_points_make_smaller_steps() -> None:
    """Unless the step is frozen: then the end moves."""
    assert FROM_0_TO_10.with_points(21).values["SI"] == pytest.approx(0.5)
    assert FROM_0_TO_10.with_points(21, frozen=["SI"]).end == pytest.approx(20.0)
    with pytest.raises(FrozenError, match="NPTS 21"):
        FROM_0_TO_10.with_points(21, frozen=["SI", "EP"])


def test_positions_end_exactly_where_they_should() -> None:
    """The last is the end, whatever the steps; one point is the start."""
    assert Range(-0.3, 0.1, 4).positions == pytest.approx([-0.3, -1 / 6, -1 / 30, 0.1])
    assert Range(-0.3, 0.1, 4).positions[-1] == 0.1
    assert Range(5.0, 9.0, 1).positions == [5.0]


@pytest.mark.parametrize(
    ("mode", "target"),
    [
        ("STAY", None),
        ("START POS", 0.0),
        ("PRIOR POS", -7.0),
        ("PEAK POS", 3.0),
        ("VALLEY POS", 4.0),
        ("+EDGE POS", 2.0),
        ("-EDGE POS", 4.0),
        ("CNTR OF MASS", 2.3),
    ],
)
def test_after_the_scan_it_goes_where_the_mode_says(mode: str, target: float | None) -> None:
    """Peak, valley, edges and centre of mass are those of the reference detector."""
    assert after_scan(mode, [0.0, 1.0, 2.0, 3.0, 4.0], [1.0, 1.0, 2.0, 6.0, 0.0], prior=-7.0) == pytest.approx(target)


@pytest.mark.parametrize("data", [[], [0.0, 0.0]])
def test_without_data_it_stays(data: list[float]) -> None:
    """A detector that has no name, or no counts, sends nothing anywhere."""
    assert after_scan("CNTR OF MASS", [1.0, 2.0], data, prior=0.0) is None
