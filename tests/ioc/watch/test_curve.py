"""A curve as text."""

import math

from reioc.ioc.watch.curve import curve

BLANK = "\u2800"


def dots(drawn: list[tuple[str, str]]) -> list[str]:
    return [cells for _, cells in drawn if cells]


def test_a_line_goes_from_corner_to_corner():
    """The first point is at the lower left, the last at the upper right, and they are joined."""
    rows = dots(curve([0, 1], [0, 10], 20, 6))

    assert (len(rows), {len(row) for row in rows}) == (4, {10})
    assert rows[0][-1] != BLANK
    assert rows[-1][0] != BLANK
    assert (rows[0][0], rows[-1][-1]) == (BLANK, BLANK)
    assert all(any(row[column] != BLANK for row in rows) for column in range(10))


def test_the_axes_say_how_far_it_goes():
    """Largest and smallest y at the left, x below."""
    drawn = curve([-1.5, 2.5], [0.125, 12345678.0], 30, 6)

    assert [axis.strip(" │") for axis, _ in drawn] == [
        "1.235e+07",
        "",
        "",
        "0.125",
        "└" + "─" * 20,
        "-1.5             2.5",
    ]
    assert all(len(axis + cells) <= 30 for axis, cells in drawn)


def test_what_is_no_number_is_left_out():
    """NaN and infinity have no place; a curve of nothing else is none."""
    clean = curve([0, 2], [0, 10], 20, 6)

    assert curve([0, 1, 2], [0, math.nan, 10], 20, 6) == clean
    assert curve([0, math.inf, 2], [0, 5, 10], 20, 6) == clean
    assert curve([0, 1], [math.nan, math.nan], 20, 6) == []
    assert curve([], [], 20, 6) == []


def test_a_constant_is_a_line_in_the_middle():
    """Also a single point, and whatever its size."""
    for value in (0.0, 7.0, -1e299, 5e-324):
        rows = dots(curve([0, 1], [value, value], 20, 6))
        assert [set(row) == {BLANK} for row in rows].count(False) == 1, value
        assert any(set(row) != {BLANK} for row in dots(curve([3], [value], 20, 6)))


def test_without_room_there_is_none():
    """Rather than something that nobody can read."""
    assert curve([0, 1], [0, 1], 12, 6) == []
    assert curve([0, 1], [0, 1], 20, 3) == []
