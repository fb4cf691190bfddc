"""Why something would be refused, asked for beforehand."""

from __future__ import annotations

import pytest

from reioc.engine import Ask, Msg, RunEngineInterrupted, State, TransitionError

REQUESTS = {
    Ask.PAUSE: lambda RE: RE.request_pause(),
    Ask.DEFERRED_PAUSE: lambda RE: RE.request_pause(defer=True),
    Ask.PAUSE_AFTER_RUN: lambda RE: RE.request_pause_after_run(),
    Ask.SKIP_POINT: lambda RE: RE.request_skip_point(),
    Ask.RESUME: lambda RE: RE.request_resume(),
    Ask.STOP: lambda RE: RE.request_stop(),
    Ask.ABORT: lambda RE: RE.request_abort(),
    Ask.HALT: lambda RE: RE.request_halt(),
}


def refused(RE, ask):
    """What the request itself says."""
    try:
        REQUESTS[ask](RE)
    except TransitionError as error:
        return str(error)
    return ""


def test_when_idle(RE):
    """Everything is refused, in the same words; another plan is not."""
    assert {ask: RE.why_not(ask) for ask in REQUESTS} == {ask: refused(RE, ask) for ask in REQUESTS}
    assert all("the engine is idle" in RE.why_not(ask) for ask in REQUESTS)
    assert RE.why_no_plan() == ""


def test_when_paused(RE):
    """What would be refused is, in the same words; there is no run in which a point could be skipped."""
    with pytest.raises(RunEngineInterrupted):
        RE([Msg("checkpoint"), Msg("pause")])
    told = {ask: RE.why_not(ask) for ask in REQUESTS}

    assert {ask for ask, why in told.items() if not why} == {
        *(Ask.PAUSE_AFTER_RUN, Ask.RESUME, Ask.STOP, Ask.ABORT, Ask.HALT),
    }
    for ask in (Ask.PAUSE, Ask.DEFERRED_PAUSE, Ask.SKIP_POINT):
        assert told[ask] == refused(RE, ask)
    with pytest.raises(TransitionError) as error:
        RE.submit([])
    assert str(error.value) == RE.why_no_plan()
    RE.abort()


def test_in_a_state_that_was(RE):
    """Who tells of transitions one by one is at one before the last."""
    assert RE.why_not(Ask.STOP, State.SUSPENDED) == ""
    assert "the engine is running" in RE.why_not(Ask.RESUME, State.RUNNING)
