"""What the caller's thread does while a plan runs: context managers around, a task of the user's inside."""

import sys
import threading

import pytest
from bluesky.utils import DefaultDuringTask, DuringTask

from reioc.engine import Msg, RunEngine, RunEngineInterrupted, State
from reioc.engine.face.during_task import meanwhile
from reioc.engine.face.news import News

from .helpers import PAUSED_IN_A_RUN, RUN


class Manager:
    """Notes when it is made, entered and left, and with what."""

    def __init__(self, notes, name="", *, fails_in="", swallows=False):
        self.notes, self.name, self.fails_in, self.swallows = notes, name, fails_in, swallows

    def __call__(self, engine):
        self.notes.append(f"{self.name} made for {type(engine).__name__} {engine.state}")
        return self

    def __enter__(self):
        self.notes.append(f"{self.name} entered")
        if self.fails_in == "enter":
            raise OSError("no entry")

    def __exit__(self, kind, error, traceback):
        self.notes.append(f"{self.name} left with {kind and kind.__name__}")
        return self.swallows


def test_context_managers(RE):
    """They are called with the engine and entered in order, before the plan begins; left in the opposite order."""
    notes = []
    RE.context_managers = [Manager(notes, "a"), Manager(notes, "b")]
    RE.msg_hook = lambda msg: notes.append(msg.command)
    RE([Msg("null")])

    assert notes == [
        "a made for RunEngine idle",
        "a entered",
        "b made for RunEngine idle",
        "b entered",
        "null",
        "b left with None",
        "a left with None",
    ]


@pytest.mark.parametrize("verb", ["resume", "stop", "abort", "halt"])
def test_context_managers_of_every_call_that_waits(RE, verb):
    """They are entered anew for a resume and for the endings of a paused plan, and left at each pause."""
    notes = []
    RE.context_managers = [Manager(notes)]
    with pytest.raises(RunEngineInterrupted):
        RE(PAUSED_IN_A_RUN)
    assert notes.count(" entered") == len([note for note in notes if "left" in note]) == 1
    getattr(RE, verb)()

    assert notes.count(" entered") == len([note for note in notes if "left" in note]) == 2


def test_a_context_manager_that_fails(RE, documents):
    """Where one cannot be entered nothing is started; those before it are left."""
    notes = []
    RE.context_managers = [Manager(notes, "a"), Manager(notes, "b", fails_in="enter")]
    with pytest.raises(OSError, match="no entry"):
        RE(RUN)

    assert notes[-1] == "a left with OSError"
    assert (documents, RE.state) == ([], State.IDLE)


class Window:
    """A during_task: notes what it gets; ends when it is told, or when `ends` says so."""

    def __init__(self, ends=None):
        self.events, self.threads, self.ends = [], [], ends

    def block(self, blocking_event):
        self.events.append(blocking_event)
        self.threads.append(threading.current_thread())
        if self.ends is None:
            assert blocking_event.wait(20)
        else:
            self.ends(blocking_event)


@pytest.fixture
def engine_with():
    made = []

    def make(task, **keywords):
        made.append(RunEngine(during_task=task, **keywords))
        return made[-1]

    yield make
    for engine in made:
        engine.close()


@pytest.mark.parametrize("verb", ["resume", "stop", "abort", "halt"])
def test_during_task(engine_with, verb):
    """It blocks in the caller's thread, with an event that is set when the call is to return; anew for each call."""
    window = Window()
    engine = engine_with(window)
    with pytest.raises(RunEngineInterrupted):
        engine(PAUSED_IN_A_RUN)
    assert [event.is_set() for event in window.events] == [True]
    getattr(engine, verb)()

    assert [event.is_set() for event in window.events] == [True, True]
    assert set(window.threads) == {threading.current_thread()}


@pytest.mark.parametrize("kind", [DuringTask, DefaultDuringTask])
def test_blueskys_during_tasks(engine_with, monkeypatch, kind):
    """The classes that bluesky has for it, and so what is made of them, do as they are."""
    monkeypatch.delitem(sys.modules, "matplotlib", raising=False)  # with it, it looks for windows
    assert len(engine_with(kind())(RUN)) == 1


def test_a_during_task_that_ends_early(engine_with):
    """Somebody has closed the window: the call goes on waiting without it."""
    engine = engine_with(Window(ends=lambda _: None))

    assert len(engine([Msg("sleep", None, 0.05), *RUN])) == 1
    assert engine.state is State.IDLE


def test_a_during_task_that_fails(engine_with):
    """The plan is halted, since nobody watches it any more; the call raises what the task raised."""

    def fail(event):
        raise OSError("no display")

    engine, stops = engine_with(Window(ends=fail)), []
    engine.subscribe(lambda _, doc: stops.append(doc), "stop")
    with pytest.raises(OSError, match="no display"):
        engine([Msg("open_run"), Msg("sleep", None, 3600)])

    assert engine.state is State.IDLE
    assert [doc["reason"] for doc in stops] in (["halted: during_task failed: no display"], [])
    engine._during_task = None
    assert len(engine(RUN)) == 1


def test_ctrl_c_in_a_during_task(engine_with):
    """A KeyboardInterrupt that comes out of it pauses the plan, as Ctrl-C does."""
    began = threading.Event()

    def interrupted_once(event):
        if not window.events[1:]:
            assert began.wait(20)
            raise KeyboardInterrupt
        assert event.wait(20)

    window = Window(ends=interrupted_once)
    engine = engine_with(window)
    engine.msg_hook = lambda msg: began.set() if msg.command == "sleep" else None
    with pytest.raises(RunEngineInterrupted, match="paused: Ctrl-C"):
        engine([Msg("checkpoint"), Msg("sleep", None, 3600)])

    engine.halt()
    assert len(window.events) == 3


def test_ctrl_c_may_leave_the_event_locked():
    """A Ctrl-C that strikes within the event's own `wait` costs nobody else anything: least of all the engine."""
    news, so = News(), []

    class Struck:
        def block(self, event):
            event._cond.acquire()
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        meanwhile(Struck(), news, lambda: bool(so))
    so.append(True)
    telling = threading.Thread(target=news.tell, daemon=True)
    telling.start()
    telling.join(10)

    assert not telling.is_alive()
    assert news.wait_for(lambda: bool(so), timeout=10)
