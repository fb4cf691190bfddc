"""A run in a test's hands."""

import pytest

from reioc.sim_iocs.testing.runs import Run


def event(number: int, descriptor: str = "d1") -> tuple[str, dict]:
    data = {"x": number / 10}
    return "event", {"uid": f"e{number}", "time": 0, "seq_num": number, "descriptor": descriptor, "data": data}


RUN = Run(
    (
        ("start", {"uid": "s"}),
        ("descriptor", {"uid": "d1", "name": "primary"}),
        ("descriptor", {"uid": "d2", "name": "baseline"}),
        event(1),
        event(1, "d2"),
        (
            "event_page",
            {
                "uid": ["e2", "e3"],
                "time": [1, 2],
                "seq_num": [2, 3],
                "descriptor": "d1",
                "data": {"x": [0.2, 0.3]},
                "timestamps": {"x": [1, 2]},
            },
        ),
        ("stop", {"exit_status": "success"}),
    )
)


def test_events_are_those_of_a_stream() -> None:
    """Of one stream, in their order, pages taken apart."""
    assert [each["uid"] for each in RUN.events()] == ["e1", "e2", "e3"]
    assert RUN.data("x") == [0.1, 0.2, 0.3]
    assert RUN.data("x", "baseline") == [0.1]
    assert RUN.events()[1]["timestamps"] == {"x": 1}


def test_start_and_stop_are_at_hand() -> None:
    """How it began and ended."""
    assert (RUN.start, RUN.exit_status) == ({"uid": "s"}, "success")
    with pytest.raises(IndexError):
        _ = Run(RUN.documents[:-1]).stop


def test_a_field_that_is_not_there_is_told() -> None:
    """With those that are."""
    with pytest.raises(LookupError, match="no 'y' in the stream 'primary'; it has x"):
        RUN.data("y")
