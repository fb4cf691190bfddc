"""Plans that fail, and suspensions that fail, interrupted at every single message; wishes that come to nothing."""

import pytest

from reioc.engine import Msg, TransitionError

from .interrupted_plans import event, move
from .interrupting import (
    OWNER,
    REASON,
    STATES,
    TEXTS,
    asking,
    at_each_message,
    engine_for_many,
    execute,
    goes_on_as_if_nothing_had_happened,
    is_ended,
    is_part_of,
    is_well_afterwards,
    uninterrupted,
)
from .lab import Lab

each_plan = pytest.mark.parametrize("name", ["count", "scan", "supplemented"])
each_verb = pytest.mark.parametrize("verb", ["stop", "abort", "halt"])


@pytest.fixture(scope="module")
def RE():
    yield from engine_for_many()


@pytest.fixture(scope="module")
def wholes(RE):
    return uninterrupted(RE)


def failing(lab):
    """Fails between two events, and moves back."""
    yield Msg("open_run")
    try:
        yield Msg("checkpoint")
        yield from move(lab.m1, 1)
        yield from event(lab.det)
        yield Msg("stage", lab.det)
        raise ValueError("no more")
    finally:
        yield from move(lab.m1, 0)


@pytest.mark.parametrize("ask", ["pause", "hold"])
def test_failing_plan(RE, ask):
    """A plan that fails does so after a pause or a suspension as well, with its own words in the RunStop."""
    whole = execute(RE, failing(lab := Lab()), lab=lab)
    assert whole.endings == [("fail", "no more")]
    for at in range(1, len(whole.messages) + 1):
        lab = Lab()
        run = execute(RE, failing(lab), {at: asking(RE, ask)}, lab=lab)
        assert is_well_afterwards(RE, run), at
        assert (run.data, run.endings) == (whole.data, whole.endings), at
        assert run.result.outcome == "fail", at
        assert run.interrupted.startswith("failed: ValueError"), at
        assert lab.m1.position == 0, at


@each_verb
def test_failing_plan_ended(RE, verb):
    """A plan that is ended before it fails has ended, not failed; what it does in its clean-up is done."""
    whole = execute(RE, failing(lab := Lab()), lab=lab)
    (staged,) = whole.numbers_of("stage")
    for at in range(1, len(whole.messages) + 1):
        lab = Lab()
        run = execute(RE, failing(lab), {at: asking(RE, verb)}, lab=lab)
        assert is_well_afterwards(RE, run), at
        assert is_part_of(run.data, whole.data), at
        if at <= staged:
            assert run.endings == [({"stop": "success"}.get(verb, "abort"), f"{TEXTS[verb]}: {REASON}")], at
            assert verb == "halt" or lab.m1.position == 0, at


@each_plan
@pytest.mark.parametrize("which", ["pre_plan", "post_plan"])
def test_failing_suspension(RE, wholes, name, which):
    """Where a pre- or a post-plan fails the plan is told, and fails with that; nothing is left behind."""

    def broken():
        yield Msg("null")
        raise OSError("the shutter is stuck")

    whole = wholes(name)

    def hold():
        RE.hold(OWNER, REASON, **{which: broken})

    for at, run in at_each_message(RE, whole, name, hold, after=lambda: RE.release(OWNER)):
        assert run.result.outcome == "fail", at
        assert run.result.reason == "the shutter is stuck", at
        assert set(run.endings) <= {("success", ""), ("fail", "the shutter is stuck")}, at
        assert is_part_of(run.data, whole.data), at


@each_plan
def test_held_for_a_moment(RE, wholes, name):
    """What comes and goes before the engine looks leaves no trace."""
    whole = wholes(name)

    def flicker():
        RE.hold(OWNER, REASON)
        RE.release(OWNER)

    for at, run in at_each_message(RE, whole, name, flicker):
        assert run.states == ["running", "idle"], at
        assert len(run.messages) == len(whole.messages), at
        assert goes_on_as_if_nothing_had_happened(whole, run), at


@each_plan
@each_verb
def test_ended_before_a_deferred_pause(RE, wholes, name, verb):
    """A plan that is ended while a pause waits for a checkpoint ends, and nothing is said of the pause."""
    whole = wholes(name)

    def ask():
        RE.request_pause(defer=True)
        asking(RE, verb)()

    for at, run in at_each_message(RE, whole, name, ask):
        assert run.states == ["running", STATES[verb], "idle"], at
        assert is_ended(whole, run, verb, f"{TEXTS[verb]}: {REASON}"), at


@each_plan
def test_paused_or_held_while_ending(RE, wholes, name):
    """A plan that is about to end is not held any more, and cannot be paused: it must be able to clean up."""
    whole, refused = wholes(name), []

    def interrupt():
        RE.hold(OWNER, REASON)
        with pytest.raises(TransitionError, match="is stopping"):
            RE.request_pause()
        refused.append(RE.state)

    for at, run in at_each_message(
        RE, whole, name, asking(RE, "stop"), on={"stopping": [interrupt]}, after=lambda: RE.release(OWNER)
    ):
        assert refused == ["stopping"], at
        assert run.states == ["running", "stopping", "idle"], at
        assert is_ended(whole, run, "stop", f"stopped: {REASON}"), at
        refused.clear()
