"""Ctrl-C, for whoever sits at a prompt."""

import itertools
import logging
import signal
import sys
import threading
import time
from types import SimpleNamespace

import pytest
from bluesky.utils import SigintHandler

from reioc.engine import Msg, PauseOnCtrlC, RunEngine, RunEngineInterrupted, State
from reioc.engine.face.keyboard import BOUNCE, ESCAPE, MEMORY, is_interactive


@pytest.fixture(autouse=True)
def _warnings(caplog):
    """The advice is given as warnings, which Python shows unless told otherwise."""
    caplog.set_level(logging.WARNING, "reioc.engine")


LONG = [Msg("checkpoint"), Msg("sleep", None, 3600), Msg("checkpoint"), Msg("null")]


@pytest.fixture
def prompt(monkeypatch):
    """As if somebody sat at Python's prompt."""
    monkeypatch.setattr(sys, "ps1", ">>> ", raising=False)


class Clock:
    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def press(RE, clock):
    """Ctrl-C: strikes the main thread, `after` seconds after the last one. To be called from the engine's thread."""
    struck = threading.Event()

    class Noting(PauseOnCtrlC):
        def _pressed(self, number, frame):
            try:
                super()._pressed(number, frame)
            finally:
                struck.set()

    def press(after=1.0):
        clock.now += after
        struck.clear()
        signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)
        assert struck.wait(20)

    RE.context_managers = [lambda engine: Noting(engine, clock)]
    return press


def test_whether_somebody_sits_there(monkeypatch):
    """A prompt is there when Python, or IPython, has set one; not in a script, nor in these tests."""
    assert not is_interactive()
    monkeypatch.setattr(sys, "ps1", "In : ", raising=False)
    assert is_interactive()


def test_it_is_what_an_engine_has():
    """Unless other context managers are given, also none, as in bluesky."""
    engines = [RunEngine(), RunEngine(context_managers=[])]
    managers = [engine.context_managers for engine in engines]
    for engine in engines:
        engine.close()

    assert managers == [[PauseOnCtrlC], []]


def test_once_waits_for_a_checkpoint(RE, prompt, press, caplog):
    """Ctrl-C once pauses at the next checkpoint, and says how to pause now."""
    executed = []

    def hook(msg):
        executed.append(msg.command)
        if msg.command == "sleep":
            press()

    RE.msg_hook = hook
    with pytest.raises(RunEngineInterrupted, match="paused: Ctrl-C"):
        RE([Msg("checkpoint"), Msg("sleep", None, 0), Msg("null"), Msg("checkpoint"), Msg("stop")])

    assert executed == ["checkpoint", "sleep", "null", "checkpoint"]
    assert "will pause at its next checkpoint. Once more within 10 s: it pauses now" in caplog.text
    RE.stop()


def test_twice_pauses_now(RE, prompt, press, caplog):
    """The second press does not wait for a checkpoint."""
    RE.msg_hook = lambda msg: (press(), press()) if msg.command == "sleep" else None
    with pytest.raises(RunEngineInterrupted, match="paused: Ctrl-C"):
        RE(LONG)

    assert RE.state is State.PAUSED
    assert f"the plan pauses now. If nothing helps, {ESCAPE - 2} more give the prompt back" in caplog.text
    RE.stop()


@pytest.mark.parametrize(("apart", "expected"), [(MEMORY + 1, True), (BOUNCE / 2, True), (MEMORY - 1, False)])
def test_what_counts_as_a_second_press(RE, prompt, press, apart, expected):
    """A press long after the first is a first one again; one that comes quicker than a hand is none."""
    asked = []
    RE.request_pause = lambda defer=False, **_: asked.append(defer)
    RE.msg_hook = lambda msg: (press(), press(apart)) if msg.command == "null" else None
    RE([Msg("null")])

    assert asked == ([True] if apart < BOUNCE else [True, expected])


def test_pressing_on_gives_the_prompt_back(RE, prompt, press, caplog):
    """However badly the engine hangs: in a device that does not answer. What becomes of the plan is up to the user."""
    answers = threading.Event()

    class Stuck:
        name = "stuck"

        def set(self, value):
            for _ in range(ESCAPE):
                press()
            assert answers.wait(30)
            raise OSError("no answer")

    with pytest.raises(KeyboardInterrupt):
        RE([Msg("open_run"), Msg("set", Stuck(), 1), Msg("null")])
    assert RE.state is State.RUNNING
    assert "here is the prompt" in caplog.text
    assert "may be blocked in a device" in caplog.text

    RE.halt()
    answers.set()
    assert RE._plan.future.result(timeout=20).interrupted
    assert RE.state is State.IDLE


def test_too_late_is_said(RE, prompt, press, caplog):
    """Where no pause is possible, since the plan ends, that is said; the call goes on."""

    def plan():
        try:
            yield Msg("checkpoint")
            yield Msg("pause")
        finally:
            press()
            yield Msg("null")

    with pytest.raises(RunEngineInterrupted):
        RE(plan())
    RE.stop()

    assert "Ctrl-C: Pausing at a checkpoint is not possible: the engine is stopping" in caplog.text


def handlers_seen(RE, plan, *, verb=None):
    seen = []
    RE.register_command("look", lambda _: seen.append(signal.getsignal(signal.SIGINT)))
    try:
        RE(plan)
    except Exception:
        if verb is not None:
            seen.clear()
            getattr(RE, verb)()
    return seen


@pytest.mark.parametrize("plan", [[Msg("look")], [Msg("look"), Msg("fail")], [Msg("look"), Msg("pause")]])
def test_the_old_handler_comes_back(RE, prompt, plan):
    """Ours is there while the call waits, and the one before it afterwards, however the call ends."""
    before = signal.getsignal(signal.SIGINT)
    (meanwhile,) = handlers_seen(RE, plan)

    assert meanwhile != before
    assert signal.getsignal(signal.SIGINT) is before


@pytest.mark.parametrize("verb", ["resume", "stop", "abort"])
def test_every_call_that_waits_has_it(RE, prompt, verb):
    """`resume` and the endings wait as well."""

    def plan():
        try:
            yield Msg("pause")
        finally:
            yield Msg("look")

    (meanwhile,) = handlers_seen(RE, plan(), verb=verb)

    assert meanwhile != signal.getsignal(signal.SIGINT)


def test_no_handler_without_a_prompt(RE):
    """A script's handler stays where it is."""
    assert handlers_seen(RE, [Msg("look")]) == [signal.getsignal(signal.SIGINT)]


def test_no_handler_in_other_threads(RE, prompt):
    """Python allows handlers in the main thread only: a call from another one does without."""
    before, seen = signal.getsignal(signal.SIGINT), []
    thread = threading.Thread(target=lambda: seen.extend(handlers_seen(RE, [Msg("look")])))
    thread.start()
    thread.join(20)

    assert seen == [before]


def test_a_handler_that_cannot_be_put_back_is_left_alone(RE, prompt, monkeypatch):
    """One that was not installed from Python."""
    monkeypatch.setattr(signal, "getsignal", lambda _: None)
    installed = []
    monkeypatch.setattr(signal, "signal", lambda *args: installed.append(args))
    with PauseOnCtrlC(RE):
        pass

    assert installed == []


def test_without_a_prompt_ctrl_c_pauses_at_once_and_the_second_is_the_callers(RE):
    """In a script the first one pauses now; a second one, while the engine hangs, ends the wait."""
    answers = threading.Event()

    class Stuck:
        name = "stuck"

        def set(self, value):
            signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)
            while not RE.pause_requested:
                time.sleep(0)
            signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)
            assert answers.wait(30)

    with pytest.raises(KeyboardInterrupt):
        RE([Msg("checkpoint"), Msg("set", Stuck(), 1), Msg("null")])
    RE.halt()
    answers.set()

    assert RE._plan.future.result(timeout=20).interrupted


def test_blueskys_handler_works_with_our_engine(RE, monkeypatch):
    """Who gives bluesky's SigintHandler as a context manager has that: once deferred, twice now."""
    seconds = itertools.count()  # its clock: two presses are a second apart, more than its bounce
    monkeypatch.setattr("bluesky.utils.time", SimpleNamespace(monotonic=lambda: next(seconds)))
    RE.context_managers = [SigintHandler]
    presses = []

    def strike():
        presses.append(1)
        signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)

    def plan():
        yield Msg("checkpoint")
        strike()
        while not RE.deferred_pause_requested:
            yield Msg("null")
        strike()
        while True:
            yield Msg("null")

    with pytest.raises(RunEngineInterrupted, match="paused"):
        RE(plan())

    assert len(presses) == 2
    RE.halt()
