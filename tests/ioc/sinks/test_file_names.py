"""What files of runs are called."""

from __future__ import annotations

from datetime import datetime

import pytest

from reioc.ioc.sinks.file_names import DEFAULT_TEMPLATE, check_template, run_name, safe

NOON = datetime(2026, 3, 4, 12, 30, 15).timestamp()


def test_every_field_can_be_used() -> None:
    """What metadata lack is called none."""
    template = check_template("{year}/{month}/{date}T{time}/{sample}-{operator}/{scan_id:04d}{plan}-{uid}-{uid8}")
    start = {"uid": "abcdefgh-1", "time": NOON, "scan_id": 12, "plan_name": "count", "sample": {"name": "Fe 2"}}
    assert str(run_name(template, start)) == "2026/03/2026-03-04T123015/Fe_2-none/0012count-abcdefgh-1-abcdefgh"


@pytest.mark.parametrize("odd", [None, "x", float("nan"), 1e300, []])
def test_odd_times_and_scan_ids_have_names_too(odd) -> None:
    """Every run gets a file."""
    assert str(run_name(DEFAULT_TEMPLATE, {"uid": "u", "time": odd, "scan_id": odd if odd != 1e300 else None})) == (
        "undated/00000-none-u"
    )


@pytest.mark.parametrize(
    ("template", "what"),
    [
        ("{plan}", r"has no {uid8} \(or {uid}\)"),
        ("{uid8}-{plna}", "{plna} is nothing that a file can be named by; there are: date, year"),
        ("{uid8.__class__}", "{uid8.__class__} is nothing"),
        ("/data/{uid8}", "must name a file inside the folder"),
        ("../{uid8}", "must name a file inside the folder"),
        ("{uid8}/", "must name a file inside the folder"),
        ("{uid8", "is no template: .*; write it like"),
        ("{uid8:05d}", "cannot be filled in"),
        ("{uid8}{plan}{sample}{operator}{uid}", "makes names that are too long"),
    ],
)
def test_a_template_that_would_not_do_is_refused(template, what) -> None:
    """When it is configured, with what would be right."""
    with pytest.raises(ValueError, match=what):
        check_template(template)


@pytest.mark.parametrize(
    ("text", "name"),
    [("a b", "a_b"), ("../..", "_.."), ("ä" * 50, "ä" * 20), ("..", "none"), (5, "5"), ("\udc80", "_")],
)
def test_texts_are_made_safe(text, name) -> None:
    """Letters, digits and a few signs, at most 40 bytes."""
    assert safe(text) == name
