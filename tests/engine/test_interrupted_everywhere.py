"""Plans interrupted once, at every single message."""

import asyncio
import re

import pytest

from reioc.engine import Msg

from .fakes import Motor
from .interrupted_plans import PLANS
from .interrupting import (
    OWNER,
    REASON,
    at_each_message,
    engine_for_many,
    goes_on_as_if_nothing_had_happened,
    is_ended,
    uninterrupted,
)

PAUSED = ["running", "pausing", "paused", "running", "idle"]
SUSPENDED = ["running", "suspended", "running", "idle"]

each_plan = pytest.mark.parametrize("name", [name for name in PLANS if name != "partly_uninterruptible"])


@pytest.fixture(scope="module")
def RE():
    yield from engine_for_many()


@pytest.fixture(scope="module")
def wholes(RE):
    return uninterrupted(RE)


@each_plan
def test_paused_everywhere(RE, wholes, name):
    """A plan that is paused before any message and resumed gives the data of an uninterrupted one."""
    whole = wholes(name)
    for at, run in at_each_message(RE, whole, name, lambda: RE.request_pause(reason=REASON)):
        assert run.states == PAUSED, at
        assert REASON in run.interrupted, at
        assert goes_on_as_if_nothing_had_happened(whole, run), at


@each_plan
@pytest.mark.parametrize("let_go", ["at once", "later"])
def test_held_everywhere(RE, wholes, name, let_go):
    """A plan that is held before any message and let go again gives the data of an uninterrupted one."""
    whole, on = wholes(name), {"suspended": [lambda: RE.release(OWNER)]} if let_go == "at once" else {}
    for at, run in at_each_message(RE, whole, name, lambda: RE.hold(OWNER, REASON), on=on):
        assert run.states == SUSPENDED, at
        assert goes_on_as_if_nothing_had_happened(whole, run), at


@each_plan
def test_suspended_everywhere(RE, wholes, name):
    """The same as bluesky asks for it, until a future is done; a shutter is closed meanwhile, and opened again."""
    shutter, go_on = Motor("shutter"), asyncio.Event()

    def drive(position):
        yield Msg("set", shutter, position, group="shutter")
        yield Msg("wait", group="shutter")

    def suspend():
        go_on.clear()
        shutter.calls.clear()
        RE.request_suspend(go_on.wait, pre_plan=lambda: drive(0), post_plan=lambda: drive(1), justification=REASON)

    whole = wholes(name)
    for at, run in at_each_message(RE, whole, name, suspend, let_go=go_on.set):
        assert run.states == SUSPENDED, at
        assert goes_on_as_if_nothing_had_happened(whole, run), at
        assert [call for call in shutter.calls if call != "stop"] == [("set", 0.0), ("set", 1.0)], at


@each_plan
def test_paused_and_held_everywhere(RE, wholes, name):
    """A plan that is paused and held at once is resumed into suspended, and gives the data of an uninterrupted one."""

    def interrupt():
        RE.hold(OWNER, REASON)
        RE.request_pause()

    whole = wholes(name)
    for at, run in at_each_message(RE, whole, name, interrupt):
        assert run.states == ["running", "pausing", "paused", "suspended", "running", "idle"], at
        assert goes_on_as_if_nothing_had_happened(whole, run), at


@each_plan
def test_deferred_pause_everywhere(RE, wholes, name):
    """A deferred pause comes at the next checkpoint, or is reported; the data are those of an uninterrupted plan."""
    whole = wholes(name)
    last_checkpoint = max(whole.numbers_of("checkpoint"), default=0)
    for at, run in at_each_message(RE, whole, name, lambda: RE.request_pause(defer=True)):
        assert (run.data, run.endings) == (whole.data, whole.endings), at
        if at < last_checkpoint:
            assert run.states == PAUSED, at
            assert len(run.messages) == len(whole.messages), at
            assert run.result.problems == (), at
        else:
            assert run.states == ["running", "idle"], at
            assert [text for text in run.result.problems if "no checkpoint came" in text], at


@each_plan
@pytest.mark.parametrize(
    ("verb", "exit_status", "text", "state"),
    [
        ("stop", "success", "stopped", "stopping"),
        ("abort", "abort", "aborted", "aborting"),
        ("halt", "abort", "halted", "halting"),
    ],
)
def test_ended_everywhere(RE, wholes, name, verb, exit_status, text, state):
    """A plan that is stopped, aborted or halted before any message leaves RunStops that say so, and order."""
    whole = wholes(name)
    ended = (exit_status, f"{text}: {REASON}")
    for at, run in at_each_message(RE, whole, name, lambda: getattr(RE, f"request_{verb}")(REASON)):
        assert run.states == ["running", state, "idle"], at
        assert run.interrupted == ended[1], at
        assert is_ended(whole, run, verb, ended[1]), at
        opened = sum(opening <= at for opening in whole.numbers_of("open_run"))
        assert run.endings == [("success", "") if closing <= at else ended for closing in whole.closings[:opened]], at
        assert verb == "halt" or has_tidied_up(name, run), at


def has_tidied_up(name, run):
    """What is moved back by the plan's own clean-up has been, once."""
    if "rel_scan" in name or "tidying" in name:
        assert run.lab.m1.position == 0
    if "tidying" in name:
        assert run.lab.cleanings == 1
    return True


@pytest.mark.parametrize("ask", ["pause", "hold"])
def test_where_nothing_can_be_taken_up_again(RE, wholes, ask):
    """Where the plan has cleared its checkpoint, a pause or a hold ends it cleanly, and its reason is told."""
    whole = wholes("partly_uninterruptible")
    (cleared,), (checkpoint,) = whole.numbers_of("clear_checkpoint"), whole.numbers_of("checkpoint")
    reason = f"aborted, since it cannot be resumed without a checkpoint: {REASON}"

    def interrupt():
        RE.request_pause(reason=REASON) if ask == "pause" else RE.hold(OWNER, REASON)

    for at, run in at_each_message(RE, whole, "partly_uninterruptible", interrupt, after=lambda: RE.release(OWNER)):
        if cleared <= at < checkpoint:
            assert run.states == ["running", "aborting", "idle"], at
            assert is_ended(whole, run, "abort", reason), at
        else:
            assert goes_on_as_if_nothing_had_happened(whole, run), at


@pytest.mark.parametrize("name", ["scan", "two_runs", "watched"])
def test_interruptions_are_recorded(RE, wholes, name, monkeypatch):
    """With `record_interruptions` each run that is open tells of a pause, a suspension, and their ends, in a stream.

    That of a suspension is told on purpose: bluesky tells only of its beginning.
    """
    whole = wholes(name)

    def interrupt():
        RE.request_pause()
        RE.hold(OWNER, REASON)

    monkeypatch.setattr(RE, "record_interruptions", True)
    for at, run in at_each_message(RE, whole, name, interrupt):
        assert [each.data for each in run.runs] == whole.data, at
        for each, opening, closing in zip(run.runs, whole.numbers_of("open_run"), whole.closings, strict=True):
            texts = [data["interruption"] for _, data in each.streams["interruptions"].events]
            told = [re.sub(r"\d+\.\d", "…", text) for text in texts]
            expected = ["pause", "resume", REASON, "resume after … s"]
            assert told == (expected if opening <= at < closing else []), at
