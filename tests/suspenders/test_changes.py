"""Changes as people read them."""

import pytest

from reioc.suspenders import Action, Change, Severity
from reioc.suspenders.changes import in_text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "none"),
        (True, "yes"),
        (False, "no"),
        (100.0, "100"),
        (0.5, "0.5"),
        (99.9999999, "99.9999999"),
        (1234567.0, "1234567"),
        (5, "5"),
        (Action.ABORT, "abort"),
        (Severity.MAJOR, "MAJOR"),
        ("2-BM-A", "2-BM-A"),
    ],
)
def test_settings_in_words(value, text):
    """Short, and exact: two limits that differ read differently."""
    assert in_text(value) == text


def test_a_change_in_words():
    """Of which suspender, what, from what to what."""
    change = Change("ring", "low", 100.0, None, "joe@bl1", 0.0)

    assert str(change) == "ring low: 100 -> none"
