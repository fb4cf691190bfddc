"""Fixtures for the engine's tests."""

import asyncio
import threading

import pytest
from bluesky.run_engine import RunEngine as BlueskyEngine

from reioc.engine import RunEngine, StateChange
from reioc.engine.face import giving_up

from .blocking import PATIENCE, Block

pytest.register_assert_rewrite("tests.engine.interrupting", "tests.engine.soundness")


@pytest.fixture
def RE():
    """An engine that is closed afterwards, and whose thread has then ended."""
    before = set(threading.enumerate())
    engine = RunEngine()
    engine.env.cleanup_timeout = 5.0
    started = set(threading.enumerate()) - before
    yield engine
    engine.close()
    assert not [thread for thread in started if thread.is_alive()]


@pytest.fixture
def documents(RE):
    """The documents that the engine emits, as (name, document), while the test goes on."""
    collected = []
    RE.subscribe(lambda name, doc: collected.append((name, doc)))
    return collected


class Watch:
    """Sees every transition of an engine, and can be waited for."""

    def __init__(self, engine):
        self.changes = []
        self._news = threading.Condition()
        engine.observers.append(self._note)

    def _note(self, news):
        with self._news:
            if isinstance(news, StateChange):
                self.changes.append(news)
            self._news.notify_all()

    @property
    def states(self):
        """The states so far, in order."""
        return [change.new for change in self.changes]

    def until(self, state):
        """Wait until the engine has been in this state. Returns the transition."""
        with self._news:
            assert self._news.wait_for(lambda: state in self.states, timeout=20), f"{state} did not come: {self.states}"
            return next(change for change in reversed(self.changes) if change.new == state)


@pytest.fixture
def watch(RE):
    """The engine's transitions."""
    return Watch(RE)


@pytest.fixture
def blocks(RE, monkeypatch):
    """Makes what blocks the engine, which soon gives up; it is let go at the end, and no thread is left then."""
    RE.halt_patience = 0.1
    monkeypatch.setattr(giving_up, "FREEING", 0.05)
    made = []

    def block(how="wait"):
        made.append(Block(how))
        return made[-1]

    yield block
    for each in made:
        each.go_on.set()
    for given_up in tuple(RE._given_up):
        given_up._thread.join(PATIENCE)
        assert not given_up._thread.is_alive()


@pytest.fixture
def engines():
    """Bluesky's engine and ours, on loops of their own."""
    theirs = BlueskyEngine({"beamline": "sim"}, loop=asyncio.new_event_loop(), context_managers=[])
    mine = RunEngine({"beamline": "sim"})
    yield theirs, mine
    mine.close()
    theirs.loop.call_soon_threadsafe(theirs.loop.stop)
    theirs._th.join(timeout=10)
    theirs.loop.close()
