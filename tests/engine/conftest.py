"""Fixtures for the engine's tests."""

import threading

import pytest

from reioc.engine import RunEngine


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
