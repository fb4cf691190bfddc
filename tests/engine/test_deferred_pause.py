"""Pauses that wait for a checkpoint."""

import pytest

from reioc.engine import Msg, RunEngineInterrupted, State


def ask_at(RE, command, **keywords):
    asked = []

    def hook(msg):
        if msg.command == command and not asked:
            asked.append(1)
            RE.request_pause(defer=True, **keywords)
            assert RE.deferred_pause_requested

    RE.msg_hook = hook


def test_pauses_at_the_next_checkpoint(RE, watch):
    """The plan goes on to its next checkpoint, pauses there with the reason, and nothing is repeated."""
    executed = []
    ask_at(RE, "null", reason="tea")
    hook = RE.msg_hook
    RE.msg_hook = lambda msg: (hook(msg), executed.append(msg.command))
    with pytest.raises(RunEngineInterrupted, match="paused: tea"):
        RE([Msg("checkpoint"), Msg("null"), Msg("sleep", None, 0), Msg("checkpoint"), Msg("sleep", None, 0)])

    assert executed == ["checkpoint", "null", "sleep", "checkpoint"]
    assert not RE.deferred_pause_requested
    RE.resume()
    assert executed[4:] == ["sleep"]
    assert watch.changes[1].reason == "tea"


def test_reported_when_no_checkpoint_came(RE):
    """A deferred pause that never met a checkpoint is reported, and not kept for the next plan."""
    ask_at(RE, "null")
    result = RE.submit([Msg("checkpoint"), Msg("null"), Msg("sleep", None, 0)]).result(timeout=10)

    assert result.problems == ("a pause at the next checkpoint was asked for, but no checkpoint came",)
    assert not RE.deferred_pause_requested
    assert RE([Msg("checkpoint"), Msg("null")]) == ()


def test_reported_when_it_came_with_the_last_message(RE):
    """Also one that is asked for when there is nothing left to execute is reported."""

    def plan():
        yield Msg("null")
        RE.request_pause(defer=True)

    result = RE.submit(plan()).result(timeout=10)

    assert len(result.problems) == 1


def test_late_pause_is_reported(RE):
    """A pause that is accepted when the plan has nothing left to do is reported as well."""

    def plan():
        yield Msg("null")
        RE.request_pause()

    result = RE.submit(plan()).result(timeout=10)

    assert result.problems == ("pause was asked for when the plan was already over",)


def test_pause_now_replaces_it(RE):
    """A pause now makes it superfluous: the plan pauses once."""
    ask_at(RE, "null")
    hook = RE.msg_hook
    RE.msg_hook = lambda msg: (hook(msg), RE.request_pause() if msg.command == "null" and RE.state == "running" else 0)
    with pytest.raises(RunEngineInterrupted):
        RE([Msg("checkpoint"), Msg("null"), Msg("checkpoint"), Msg("sleep", None, 0)])
    assert not RE.deferred_pause_requested
    RE.msg_hook = None

    assert RE.resume() == ()


def test_asked_for_by_the_plan(RE):
    """A plan can ask for it itself."""
    with pytest.raises(RunEngineInterrupted):
        RE([Msg("checkpoint"), Msg("pause", defer=True), Msg("null"), Msg("checkpoint"), Msg("null")])

    assert RE.state is State.PAUSED
    assert RE.current_message.command == "checkpoint"


def test_ended_first(RE):
    """A plan that is stopped before the checkpoint is stopped, and the deferred pause is gone with it."""
    ask_at(RE, "null")
    hook = RE.msg_hook
    RE.msg_hook = lambda msg: (hook(msg), RE.request_stop("tea") if msg.command == "sleep" else None)
    result = RE.submit([Msg("null"), Msg("sleep", None, 3600), Msg("checkpoint")]).result(timeout=10)

    assert (result.outcome, result.problems) == ("stop", ())
