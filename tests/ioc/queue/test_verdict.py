"""What the end of a plan means for the queue."""

from __future__ import annotations

import pytest

from reioc.engine import Outcome
from reioc.ioc.queue.verdict import Ending, judge


@pytest.mark.parametrize(
    ("outcome", "on_failure", "done", "back", "stops", "failed"),
    [
        ("success", "stop", True, False, False, False),
        ("success", "skip", True, False, False, False),
        ("stop", "stop", True, False, True, False),
        ("stop", "skip", True, False, True, False),
        ("fail", "stop", False, True, True, True),
        ("fail", "skip", False, False, False, False),
        ("abort", "stop", False, True, True, True),
        ("abort", "skip", False, True, True, True),
        ("halt", "stop", False, True, True, True),
        ("halt", "skip", False, True, True, True),
    ],
)
def test_the_table(outcome, on_failure, done, back, stops, failed):
    """Of all ends, by what is set for failures."""
    verdict = judge(Ending("scan()", Outcome(outcome), "why"), on_failure=on_failure)

    assert (verdict.done, verdict.back, bool(verdict.stops), verdict.failed) == (done, back, stops, failed)
    assert not stops or "why" in verdict.stops


def test_a_pause_that_was_wished_for_stops_the_queue():
    """The plan is done."""
    verdict = judge(Ending("scan()", Outcome.SUCCESS, pause_wished=True), on_failure="skip")

    assert (verdict.done, verdict.back, bool(verdict.stops)) == (True, False, True)


@pytest.mark.parametrize("outcome", [each for each in Outcome if each is not Outcome.SUCCESS])
def test_what_the_end_of_the_service_has_ended_comes_again(outcome):
    """Whatever is set: nobody has decided that it is done, or that it has failed."""
    verdict = judge(Ending("scan()", outcome), on_failure="skip", service_ends="the service ends")

    assert (verdict.done, verdict.back, verdict.failed) == (False, True, False)
    assert "the service ends" in verdict.stops
