"""Metadata of the engine: in which runs they are, and what is kept over a restart."""

from __future__ import annotations

import json
import logging

import numpy as np
import pytest

from reioc.engine import Msg
from reioc.ioc.metadata import MetadataRule, RunMetadata, metadata_keys

CONFIGURED = {"sample": "Fe", "cycle": 3, "energy": 7.112, "inert": True, "team": ["ann", "bob"]}


def rule(name: str, **said) -> MetadataRule:
    return MetadataRule.model_validate({"name": name, **said})


def one_run():
    """A plan of one empty run."""
    yield Msg("open_run")
    yield Msg("close_run")


@pytest.fixture
def make(RE):
    """The metadata of an engine that was configured so."""

    def make_metadata(*rules, configured=None):
        RE.md.update(configured or CONFIGURED)
        return RunMetadata(RE, metadata_keys(configured or CONFIGURED, rules))

    return make_metadata


# Runs


def test_what_is_set_is_in_the_next_run(RE, make):
    """With its type; the others are as configured."""
    starts = []
    RE.subscribe(lambda _, doc: starts.append(doc), "start")
    metadata = make()
    metadata.put("energy", "8")
    metadata.put("sample", "Cu")
    RE(one_run())

    assert {name: starts[0][name] for name in CONFIGURED} == {**CONFIGURED, "energy": 8.0, "sample": "Cu"}


def test_what_is_refused_changes_nothing(RE, make):
    """The next run says what it said before."""
    metadata = make()
    with pytest.raises(ValueError, match="must be a number"):
        metadata.put("energy", "high")
    assert RE.md["energy"] == 7.112


@pytest.mark.parametrize("nothing", ["", "  "])
def test_a_required_key_that_is_empty_keeps_plans_from_running(make, nothing):
    """It says which, and where to write."""
    metadata = make(rule("sample", required=True), rule("cycle", required=True))
    assert metadata.why_not_run() == ""
    metadata.put("sample", nothing)
    assert metadata.why_not_run() == "metadata that each run must have are empty: sample; write MD:sample"


def test_a_required_key_that_python_has_removed_keeps_plans_from_running(RE, make):
    """It is as if it were empty."""
    metadata = make(rule("sample", required=True))
    del RE.md["sample"]
    assert "sample" in metadata.why_not_run()


# The number of the last run


def test_the_next_run_has_one_more(RE, make):
    """And is the last one then."""
    metadata = make()
    metadata.set_scan_id(41.0)
    RE(one_run())
    assert metadata.scan_id == 42


@pytest.mark.parametrize("number", [-1, 2.5, float("nan"), float("inf"), 2**31])
def test_what_is_no_number_of_a_run_is_refused(RE, make, number):
    """Negative ones, fractions, and what PVs cannot show."""
    metadata = make()
    metadata.set_scan_id(5)
    with pytest.raises(ValueError, match="is a whole number from 0 to 2147483647"):
        metadata.set_scan_id(number)
    assert metadata.scan_id == 5


def test_the_number_is_not_set_while_a_plan_runs(RE, make):
    """Its runs would not follow one another."""
    metadata, refused = make(), []

    def plan():
        yield Msg("null")
        with pytest.raises(ValueError, match="the engine is running: the number can be set while it is idle"):
            metadata.set_scan_id(7)
        refused.append(True)

    RE(plan())
    assert refused == [True]


@pytest.mark.parametrize(("value", "number"), [(np.int64(7), 7), ("seven", 0), (-3, 0), (2**40, 0)])
def test_a_number_that_python_has_set_is_shown_if_a_pv_can(RE, make, value, number):
    """Else it is 0."""
    metadata = make()
    RE.md["scan_id"] = value
    assert metadata.scan_id == number


# Over a restart


def restarted(RE, saved, configured=None, *rules):
    """Metadata as after a restart, and what had been saved as JSON has it."""
    RE.md.clear()
    RE.md.update(configured or CONFIGURED)
    metadata = RunMetadata(RE, metadata_keys(configured or CONFIGURED, rules))
    metadata.restore(json.loads(json.dumps(saved)))
    return metadata


def test_only_what_was_changed_is_saved(make):
    """With what was configured then."""
    metadata = make()
    assert metadata.state() == {"values": {}, "scan_id": None}
    metadata.put("cycle", "4")
    assert metadata.state() == {"values": {"cycle": {"value": 4, "configured": 3}}, "scan_id": None}


def test_what_was_set_is_set_again(RE, make):
    """With its type, and as long as it is not changed back."""
    metadata = make()
    for name, text in (("sample", "Cu"), ("energy", "8"), ("inert", "no")):
        metadata.put(name, text)
    again = restarted(RE, saved := metadata.state())

    assert (RE.md["sample"], RE.md["energy"], RE.md["inert"], RE.md["cycle"]) == ("Cu", 8.0, False, 3)
    assert again.state() == saved


@pytest.mark.parametrize("edited", ["Ni", 5, True])
def test_what_was_edited_in_the_file_counts(RE, make, caplog, edited):
    """The log tells what is dropped."""
    metadata = make()
    metadata.put("sample", "Cu")
    with caplog.at_level(logging.WARNING, "reioc.ioc"):
        restarted(RE, metadata.state(), {**CONFIGURED, "sample": edited})

    assert RE.md["sample"] == edited
    assert "is configured now; Cu, which was saved, is dropped" in caplog.text


def test_another_type_is_an_edit(RE, make):
    """Though 1 equals true for Python."""
    metadata = make(configured={"inert": True})
    metadata.put("inert", "no")
    restarted(RE, metadata.state(), {"inert": 1})
    assert (RE.md["inert"], type(RE.md["inert"])) == (1, int)


def test_a_key_that_is_configured_no_more_is_dropped(RE, make, caplog):
    """The log says so, the others are restored."""
    metadata = make()
    metadata.put("sample", "Cu")
    metadata.put("cycle", "4")
    with caplog.at_level(logging.WARNING, "reioc.ioc"):
        restarted(RE, metadata.state(), {"cycle": 3})

    assert (RE.md["cycle"], "sample" in RE.md) == (4, False)
    assert "sample = Cu was saved; it is not configured any more" in caplog.text


def test_what_breaks_a_rule_by_now_is_dropped(RE, make, caplog):
    """The rule was added since."""
    metadata = make()
    metadata.put("cycle", "9")
    with caplog.at_level(logging.ERROR, "reioc.ioc"):
        restarted(RE, metadata.state(), CONFIGURED, rule("cycle", max=5))

    assert RE.md["cycle"] == 3
    assert "what was saved of cycle does not fit any more: it must be at most 5, not 9" in caplog.text


@pytest.mark.parametrize(
    "saved",
    ["text", [1], {"sample": 3}, {"values": {"sample": {"value": "Cu"}}}, {"scan_id": {"value": -1, "after": 0}}],
)
def test_what_makes_no_sense_is_refused(RE, make, saved):
    """So that the file is set aside; nothing is set."""
    make()
    with pytest.raises(ValueError, match="validation error"):
        restarted(RE, saved)
    assert RE.md["sample"] == "Fe"


def numbered(RE, saved, last):
    """The number of the last run after a restart at which the journal says that it was `last`."""
    RE.md["scan_id"] = last
    metadata = RunMetadata(RE)
    metadata.restore(saved)
    return metadata.scan_id, metadata.state() == saved


def test_a_number_that_no_run_has_had_yet_is_set_again(RE, make):
    """The journal cannot know of it; also after a second restart."""
    metadata = make()
    RE.md["scan_id"] = 41
    metadata.set_scan_id(70)
    metadata.set_scan_id(99)
    saved = metadata.state()

    assert saved["scan_id"] == {"value": 99, "after": 41}
    assert numbered(RE, saved, 41) == (99, True)


def test_a_number_that_runs_have_followed_is_not_set_again(RE, make):
    """Neither where that was saved, nor where the service died before it was."""
    metadata = make()
    metadata.set_scan_id(99)
    saved = metadata.state()
    RE(one_run())

    assert metadata.state()["scan_id"] is None
    assert numbered(RE, saved, 100) == (100, False)


@pytest.mark.parametrize("value", [object(), [1], "hot", float("nan")])
def test_what_python_has_set_and_nobody_could_put_is_not_saved(RE, make, value):
    """It would be dropped at the next start, or could not be written at all."""
    metadata = make()
    RE.md["energy"] = value
    assert metadata.state()["values"] == {}


def test_numbers_of_numpy_are_saved(RE, make):
    """As JSON has them."""
    metadata = make()
    RE.md["energy"] = np.float64(8)
    assert json.dumps(metadata.state()["values"]) == '{"energy": {"value": 8.0, "configured": 7.112}}'


@pytest.mark.parametrize(
    ("value", "text"),
    [("Fe", "Fe"), (3, "3"), (True, "true"), ([1, "a"], '[1, "a"]'), (np.float32(0.5), "0.5"), (1j, "1j")],
)
def test_whatever_is_set_is_shown(RE, make, value, text):
    """As a text."""
    metadata = make()
    RE.md["sample"] = value
    assert metadata.shown("sample") == text
