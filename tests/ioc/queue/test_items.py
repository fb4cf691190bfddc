"""Items from text: what is taken, and what is said of mistakes."""

from __future__ import annotations

import json
import time
from uuid import UUID

import pytest

from reioc.ioc.queue.items import LONGEST, InvalidItem, QueueItem, new_item, read_item


def test_an_item_has_a_uid_of_its_own():
    """Two of the same text are two."""
    text = '{"plan": "count", "params": {"num": 3}, "metadata": {"sample": "Si"}}'
    first, second = read_item(text, by="u@h", now=12.0), read_item(text)

    assert (first.plan, first.params, first.metadata) == ("count", {"num": 3}, {"sample": "Si"})
    assert (first.by, first.added) == ("u@h", 12.0)
    assert UUID(first.uid) != UUID(second.uid)


def test_parameters_and_metadata_can_be_left_out():
    """A plan may need none."""
    item = read_item('{"plan": "count"}')

    assert (item.params, item.metadata) == ({}, {})


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("", "an empty text is no item"),
        ("count", "not valid JSON at line 1, column 1"),
        ("[1]", "this is a list"),
        ("{}", "plan: is missing"),
        ('{"plan": ""}', "plan: must be the name of a plan"),
        ('{"plan": 7}', "plan: must be the name of a plan, not 7"),
        ('{"plan": "count", "params": [1]}', "params: must be an object by parameter name, not [1]"),
        ('{"plan": "count", "metadata": "x"}', 'metadata: must be an object, not "x"'),
        ('{"plan": "count", "parms": {}}', "parms: no such key (did you mean 'params'"),
        ('{"plan": "count", "plan": "scan"}', "'plan' is given twice"),
        ('{"plan": "count", "params": {"num": NaN}}', "NaN is no number in JSON"),
        ('{"plan": "count", "metadata": {"uid": "x"}}', "metadata: uid cannot be given"),
        ('{"plan": "count", "metadata": {"time": 1}}', "metadata: time cannot be given"),
        ('{"plan": "count", "metadata": {"scan_id": 1}}', "metadata: scan_id cannot be given"),
        ('{"plan": "count", "metadata": {"operator": "x@y"}}', "metadata: operator cannot be given"),
    ],
)
def test_a_mistake_is_named(text, wrong):
    """And what would be right is said."""
    with pytest.raises(InvalidItem) as refused:
        read_item(text)

    assert wrong in str(refused.value)
    assert 'wanted: {"plan"' in str(refused.value)


def test_all_mistakes_are_named():
    """Not the first alone."""
    with pytest.raises(InvalidItem) as refused:
        read_item('{"params": 1, "metadata": 2, "x": 3}')

    assert all(f"{key}: " in str(refused.value) for key in ("plan", "params", "metadata", "x"))


def test_a_huge_text_is_refused_unread():
    """10 MB would keep the loop busy for a second."""
    text = json.dumps({"plan": "count", "params": {"x": ["y" * 100] * 100_000}})
    began = time.perf_counter()

    with pytest.raises(InvalidItem, match=f"at most {LONGEST}"):
        read_item(text)

    assert time.perf_counter() - began < 0.01


def test_what_json_cannot_hold_is_refused_from_python():
    """A device is given by its name."""
    with pytest.raises(InvalidItem, match="kept as JSON"):
        new_item("count", {"detectors": [object()]})


def test_an_item_is_told_in_a_line():
    """Names of devices without quotes, as people write them."""
    item = new_item("scan", {"detectors": ["det1"], "args": ["m1", -1, 1], "num": 5})

    assert item.text == "scan(detectors=[det1], args=[m1, -1, 1], num=5)"
    assert item.summary == "detectors=[det1], args=[m1, -1, 1], num=5"


def test_an_item_survives_json():
    """As it is kept."""
    item = new_item("count", {"num": 3}, {"sample": "Si"}, by="u@h")

    assert QueueItem.from_dict(json.loads(item.json)) == item


@pytest.mark.parametrize("kept", [{}, {"plan": "count"}, {**new_item("count").as_dict(), "params": 3}])
def test_what_was_kept_by_somebody_else_is_no_item(kept):
    """It is left out, not believed."""
    with pytest.raises(ValueError, match="not an item"):
        QueueItem.from_dict(kept)
