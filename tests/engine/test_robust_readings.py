"""Devices that read, or describe, nonsense: taken where bluesky takes it, and otherwise named."""

import math
from types import MappingProxyType

import numpy as np
import pytest

from reioc.engine import Msg, Outcome

from .documents import named
from .fakes import Motor
from .helpers import id_of, in_a_run
from .robust_fakes import outcome

GOOD = {"value": 1.0, "timestamp": 1.0}
KEY = {"dtype": "number", "shape": [], "source": "fake:m"}


def taken(value, timestamp=1.0):
    return {"m": {"value": value, "timestamp": timestamp}}


def two_events(device):
    """Two events of a device: descriptions are asked for the first one, readings for both."""
    for _ in range(2):
        yield Msg("create", name="primary")
        yield Msg("read", device)
        yield Msg("save")


def saying(method, answer):
    device = Motor("m")
    setattr(device, method, lambda: answer)
    return device


@pytest.mark.parametrize(
    ("method", "answer", "rule"),
    [
        ("read", None, r"m.read\(\) must return a dict of readings, not None"),
        ("read", [], r"m.read\(\) must return a dict of readings, not \[\]"),
        ("read", "m", r"m.read\(\) must return a dict of readings, not 'm'"),
        ("read", {}, r"the keys \[\], the descriptor \['m'\]; m reads \[\] and describes \['m'\]"),
        ("read", {"n": GOOD}, r"m reads \['n'\] and describes \['m'\]"),
        ("read", {"m": GOOD, "n": GOOD}, r"m reads \['m', 'n'\] and describes \['m'\]"),
        ("read", {"m": GOOD, 1: GOOD}, r"m reads \[1, 'm'\] and describes \['m'\]"),
        ("read", {"m": 3}, "the reading of m for 'm' is 3: it must be a dict with a value and a timestamp"),
        ("read", {"m": None}, "the reading of m for 'm' is None"),
        ("read", {"m": {"timestamp": 1.0}}, "the reading of m for 'm' is .*: it must be a dict with a value"),
        (
            "read",
            {"m": {"value": 1.0}},
            "the reading of m for 'm' is .*: it must be a dict with a value and a timestamp",
        ),
        ("describe", None, r"m.describe\(\) must return a dict of data keys, not None"),
        ("describe", {"m": 3}, r"m.describe\(\) must return a dict of data keys, not {'m': 3}"),
        ("describe", {1: KEY}, r"m.describe\(\) must return a dict of data keys"),
        (
            "describe",
            {"m": {"shape": []}},
            "data_keys.m: '.*' is a required property",
        ),
        ("describe", {"m": {**KEY, "dtype": "float"}}, "data_keys.m.dtype: 'float' is not one of"),
        ("describe", {"m": {**KEY, "shape": [np.int64(3)]}}, "data_keys.m.shape"),
        ("describe", {}, r"m reads \['m'\] and describes \[\]|the descriptor \[\]"),
        ("read_configuration", None, r"m.read_configuration\(\) must return a dict of readings, each with a value"),
        ("read_configuration", {"c": 3}, r"m.read_configuration\(\) must return a dict of readings"),
        ("read_configuration", {"c": {"timestamp": 1}}, r"m.read_configuration\(\) must return a dict of readings"),
        ("describe_configuration", None, "configuration.m.data_keys: None is not of type 'object'"),
        ("describe_configuration", {"c": 3}, "configuration.m.data_keys.c: 3 is not of type 'object'"),
    ],
)
def test_nonsense(RE, documents, method, answer, rule):
    """What makes no event fails the plan; the error names the device, what it said, and the rule."""
    result, run = outcome(RE, in_a_run(*two_events(saying(method, answer))), documents)

    assert result.outcome is Outcome.FAIL
    with pytest.raises(type(result.exception), match=rule):
        raise result.exception
    assert run.ending == ("fail", result.reason)
    assert "m" in result.reason


def test_nonsense_later(RE, documents):
    """A device that begins to read nonsense after a while fails the plan; the events so far are complete."""
    device = Motor("m")
    answers = iter([taken(1.0), taken(2.0), {"m": {"value": 3.0}}])
    device.read = lambda: next(answers)
    result, run = outcome(RE, in_a_run(*two_events(device), *two_events(device)), documents)

    assert "the reading of m for 'm'" in result.reason
    assert run.data == {"primary": {1: {"m": 1.0}, 2: {"m": 2.0}}}


@pytest.mark.parametrize(
    "reading",
    [
        *map(taken, [math.nan, math.inf, None, "text", b"bytes", 2**70, 1j, object(), {1}, {"a": {1: 2}}, "\ud800"]),
        *map(
            taken, [np.float32(1), np.int64(1), np.bool_(True), np.array(1), np.zeros((2, 2)), np.ma.masked_array([1])]
        ),
        *(taken(1.0, timestamp) for timestamp in [None, "now", math.nan, np.float64(1)]),
        {"m": {**GOOD, "alarm_severity": 2, "message": "HIGH"}},
    ],
    ids=id_of,
)
def test_strange_values(engines, reading):
    """Values of any kind become events, untouched, in our engine as in bluesky's."""
    for RE in engines:
        documents = []
        token = RE.subscribe(lambda name, doc, documents=documents: documents.append((name, doc)))
        RE(in_a_run(*two_events(saying("read", reading))))
        RE.unsubscribe(token)

        events = named(documents, "event")
        assert [event["data"]["m"] is reading["m"]["value"] for event in events] == [True, True]
        assert [event["timestamps"]["m"] is reading["m"]["timestamp"] for event in events] == [True, True]


@pytest.mark.parametrize("hints", [["m"], "m", {"fields": "m"}, {"fields": [object()]}])
def test_strange_hints(engines, hints):
    """Hints are advice: whatever they are they do not fail a plan, in our engine as in bluesky's."""
    found = []
    for RE in engines:
        documents, device = [], Motor("m")
        device.hints = hints
        token = RE.subscribe(lambda name, doc, documents=documents: documents.append((name, doc)))
        RE(in_a_run(*two_events(device)))
        RE.unsubscribe(token)
        found.append([doc["hints"] for doc in named(documents, "descriptor")])

    assert found[0] == found[1]


def test_mapping_that_is_no_dict(RE, documents):
    """A reading may be any mapping."""
    result, run = outcome(RE, in_a_run(*two_events(saying("read", MappingProxyType(taken(1.0))))), documents)

    assert result.outcome is Outcome.SUCCESS
    assert run.data == {"primary": {1: {"m": 1.0}, 2: {"m": 1.0}}}
