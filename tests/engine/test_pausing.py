"""Pausing and resuming, and what is refused meanwhile."""

import re
import signal
import threading

import pytest

from reioc.engine import (
    Msg,
    RunEngineInterrupted,
    State,
    TransitionError,
)

from .documents import named
from .fakes import Pausable
from .helpers import PAUSED_IN_A_RUN, RUN, pause


def test_pause_and_resume(RE, documents, watch):
    """A pause raises RunEngineInterrupted with why and what can be done; resume returns what the call would have."""
    with pytest.raises(RunEngineInterrupted, match=r"paused: the plan asked for it\. .*RE\.resume\(\)"):
        RE(PAUSED_IN_A_RUN)
    assert (RE.state, RE.resumable) == (State.PAUSED, True)
    uids = RE.resume()

    assert uids == (named(documents, "start")[0]["uid"],)
    assert watch.states == ["running", "pausing", "paused", "running", "idle"]


def test_paused_twice(RE):
    """A plan can be paused again after it was resumed."""
    pause(RE, [Msg("checkpoint"), Msg("pause"), Msg("null"), Msg("pause")])
    with pytest.raises(RunEngineInterrupted, match="paused"):
        RE.resume()

    assert RE.state is State.PAUSED
    assert RE.resume() == ()


@pytest.mark.parametrize("verb", ["resume", "stop", "abort", "halt", "request_pause"])
def test_refused_while_idle(RE, verb):
    """What makes no sense while idle is refused, with the state and what would be needed, and changes nothing."""
    with pytest.raises(TransitionError, match="the engine is idle, not "):
        getattr(RE, verb)()

    assert RE.state is State.IDLE
    assert len(RE(RUN)) == 1


def test_refused_while_paused(RE):
    """Neither a second pause nor another plan is taken while paused, and the paused plan goes on unharmed."""
    pause(RE)
    with pytest.raises(TransitionError, match="the engine is paused"):
        RE.request_pause()
    with pytest.raises(TransitionError, match=r"Another plan is in progress.*paused: resume, stop, abort or halt"):
        RE(RUN)

    assert RE.state is State.PAUSED
    assert len(RE.resume()) == 1


def test_refused_while_running(RE):
    """Neither resume nor a second plan is taken while a plan runs, and that plan goes on unharmed."""
    refused = []

    def hook(msg):
        for call in (RE.request_resume, lambda: RE.submit(RUN)):
            with pytest.raises(TransitionError) as raised:
                call()
            refused.append(str(raised.value))

    RE.msg_hook = hook
    assert len(RE(RUN)) == 1
    assert "Resuming is not possible: the engine is running, not paused" in refused
    assert "Another plan is in progress: a plan can be started when the engine is idle" in refused


def test_devices_are_told_of_pauses(RE):
    """A device that wants to know is told once of the pause and once of the resume."""
    det = Pausable("det")
    pause(RE, [Msg("null", det), Msg("checkpoint"), Msg("pause")])
    assert det.calls == ["pause"]
    RE.resume()

    assert det.calls == ["pause", "resume"]


def test_devices_are_told_of_each_pause(RE):
    """A second pause is told as the first one was."""
    det = Pausable("det")
    pause(RE, [Msg("null", det), Msg("checkpoint"), Msg("pause"), Msg("pause")])
    with pytest.raises(RunEngineInterrupted):
        RE.resume()
    RE.resume()

    assert det.calls == ["pause", "resume", "pause", "resume"]


@pytest.mark.parametrize("verb", ["stop", "abort", "halt"])
def test_devices_are_told_that_a_pause_is_over(RE, verb):
    """A device that was told of a pause is told of its end, also where the plan ends."""
    det = Pausable("det")
    pause(RE, [Msg("null", det), Msg("checkpoint"), Msg("pause")])
    getattr(RE, verb)()

    assert det.calls == ["pause", "resume"]


def test_record_interruptions(RE, documents):
    """Pauses and suspensions become events of a stream of their own, if that is wanted.

    bluesky's has no event for the end of a suspension, on purpose ours has, and it says how long that took.
    """
    RE.record_interruptions = True
    pause(RE)
    RE.hold("beam", "no beam")
    RE.observers.append(lambda news: RE.release("beam") if getattr(news, "new", "") == "suspended" else None)
    RE.resume()

    events = [doc["data"]["interruption"] for doc in named(documents, "event")]
    assert events[:3] == ["pause", "resume", "no beam"]
    assert re.fullmatch(r"resume after \d+\.\d s", events[3])
    assert named(documents, "stop")[0]["num_events"] == {"interruptions": 4}


def test_ctrl_c_pauses(RE):
    """Ctrl-C while a call waits pauses the plan; the call says so, and the plan can be ended."""

    def hook(msg):
        if msg.command == "sleep":
            signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)

    RE.msg_hook = hook
    with pytest.raises(RunEngineInterrupted, match=r"paused: Ctrl-C"):
        RE([Msg("checkpoint"), Msg("sleep", None, 50)])

    assert RE.state is State.PAUSED
    assert RE.abort() == ()
