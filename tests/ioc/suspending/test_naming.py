"""What suspenders are called in PV names."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reioc.ioc.suspending.naming import free_name

NAMES = st.one_of(st.text(max_size=30), st.text("ab_ .", max_size=14))


@pytest.mark.parametrize(
    ("name", "taken", "called"),
    [
        ("beam", (), "beam"),
        ("m1-top_2", (), "m1-top_2"),
        ("ring.current", (), "ring_current"),
        ("SR:C01/I (mA)", (), "SR_C01_I_mA"),
        ("_beam_", (), "beam"),
        ("", (), "suspender"),
        ("…", (), "suspender"),
        ("exactly12_ok", (), "exactly12_ok"),
        ("a_name_that_is_long", (), "a_name_that_"),
        ("beam", ("beam",), "beam2"),
        ("beam", ("beam", "beam2", "beam4"), "beam3"),
        ("a_name_that_is_long", ("a_name_that_",), "a_name_that2"),
        ("beam", ("BEAM",), "beam"),
    ],
)
def test_a_name_becomes_a_part_of_pv_names(name, taken, called):
    """Its own if that can be, else the nearest that can, and that nobody has."""
    assert free_name(name, taken) == called


def test_the_tenth_of_a_name_is_not_longer_than_others():
    """Its number takes the place of more letters."""
    taken: list[str] = []
    for _ in range(11):
        taken.append(free_name("abcdefghijklmno", taken))

    assert taken[:2] == ["abcdefghijkl", "abcdefghijk2"]
    assert taken[8:] == ["abcdefghijk9", "abcdefghij10", "abcdefghij11"]


@given(st.lists(NAMES, max_size=12))
def test_whatever_they_are_called_each_has_a_name_of_its_own(names):
    """One to twelve letters, digits, _ and -, which is what names in beamline.toml are, and no two alike."""
    given_names: list[str] = []
    for name in names:
        given_names.append(free_name(name, given_names))

    assert len(set(given_names)) == len(names)
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{1,12}", each) for each in given_names)
