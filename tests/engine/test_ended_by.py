"""Who has ended a run is in its RunStop, where that is known."""

import pytest

from reioc.engine import Msg

from .blocking import BlockingMotor

OPERATOR = "anna@ws1"


def patient():
    """A run that goes on for ever."""
    yield Msg("open_run")
    while True:
        yield Msg("checkpoint")
        yield Msg("sleep", None, 0.01)


def stops(RE):
    """The RunStops, as they come."""
    found = []
    RE.subscribe(lambda _, doc: found.append(doc), "stop")
    return found


@pytest.mark.parametrize("how", ["stop", "abort", "halt"])
def test_who_has_asked_for_the_end(RE, watch, how):
    """As whoever asks for them says it."""
    found = stops(RE)
    done = RE.submit(patient())
    watch.until("running")
    getattr(RE, f"request_{how}")("enough", by=OPERATOR)
    done.result(10)

    assert [doc["operator"] for doc in found] == [OPERATOR]
    assert found[0]["reason"].endswith("enough")


@pytest.mark.parametrize("by", [{}, {"by": ""}])
def test_nobody_that_is_known(RE, watch, by):
    """There is no such key then."""
    found = stops(RE)
    done = RE.submit(patient())
    watch.until("running")
    RE.request_abort("enough", **by)
    done.result(10)

    assert ["operator" in doc for doc in found] == [False]


def test_a_run_that_has_ended_by_itself(RE):
    """Nobody has ended it, though somebody is in its RunStart."""
    found = stops(RE)
    RE([Msg("open_run"), Msg("close_run")], operator=OPERATOR)

    assert ["operator" in doc for doc in found] == [False]


def test_the_last_word_counts(RE, watch):
    """A halt that cuts an abort's clean-up short."""

    def stubborn():
        try:
            yield from patient()
        finally:
            yield Msg("checkpoint")
            yield Msg("sleep", None, 60)

    found = stops(RE)
    done = RE.submit(stubborn())
    watch.until("running")
    RE.request_abort("enough", by="otto@ws2")
    watch.until("aborting")
    RE.request_halt("now", by=OPERATOR)
    done.result(10)

    assert [doc["operator"] for doc in found] == [OPERATOR]


def test_a_loop_that_was_given_up(RE, blocks):
    """Who has halted it."""
    block = blocks()
    motor = BlockingMotor("set", block)
    found = stops(RE)
    done = RE.submit([Msg("open_run"), Msg("set", motor, 1)])
    block.until_entered()
    RE.request_halt("stuck", by=OPERATOR)
    done.result(10)

    assert [doc["operator"] for doc in found] == [OPERATOR]
    assert "stuck; given up while blocked in set m1" in found[0]["reason"]
