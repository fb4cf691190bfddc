"""TOML that is written reads back."""

import datetime
import tomllib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reioc.sim_iocs.testing.toml import dumps

texts = st.text(st.characters(exclude_categories=["Cs"]))
plain = st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False) | texts
values = st.recursive(plain, lambda inner: st.lists(inner) | st.dictionaries(texts, inner), max_leaves=8)


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(texts, values))
def test_what_is_written_reads_back(tables) -> None:
    """Whatever the keys and the values are: tables, arrays of tables, texts with anything in them."""
    assert tomllib.loads(dumps(tables)) == tables


def test_dates_read_back() -> None:
    """They have a form of their own."""
    when = datetime.datetime(2026, 11, 28, 12, 0, tzinfo=datetime.UTC)

    assert tomllib.loads(dumps({"a": {"when": when, "day": when.date()}})) == {"a": {"when": when, "day": when.date()}}


def test_what_has_no_form_is_named() -> None:
    """TOML has no null."""
    with pytest.raises(TypeError, match="no form for None"):
        dumps({"a": {"b": None}})
