"""Texts of many lines that have to fit."""

from __future__ import annotations

import pytest

from reioc.ioc.groups.lines import that_fit

LINES = ["first", "second", "Ångström"]
WHOLE = len("\n".join(LINES).encode())


def test_all_that_have_room():
    """The room is in bytes."""
    assert that_fit(LINES, WHOLE) == "first\nsecond\nÅngström"
    assert that_fit([], 10) == ""


@pytest.mark.parametrize("room", [20, 57, 100])
def test_the_first_that_have_room(room: int):
    """Whole lines, and how many there are besides."""
    lines = LINES * 10
    text = that_fit(lines, room)

    *shown, more = text.split("\n")
    assert room - 30 < len(text.encode()) <= room
    assert shown == lines[: len(shown)]
    assert more == f"and {30 - len(shown)} more"
