"""Clients of one user on one host are told of their own commands."""

from __future__ import annotations

import threading
import time

import pytest

from reioc.ioc.queue import turns
from reioc.ioc.queue.turns import turn


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """Where the locks are."""
    monkeypatch.setattr(turns.tempfile, "gettempdir", lambda: str(tmp_path))
    return tmp_path


def test_one_asks_at_a_time():
    """The other has its turn when the first is over."""
    order = []

    def other():
        with turn("BL:RE:", 10):
            order.append("second")

    with turn("BL:RE:", 10):
        thread = threading.Thread(target=other)
        thread.start()
        thread.join(5 * turns.LOOK)
        order.append("first")
    thread.join(10)
    assert order == ["first", "second"]


def test_another_engine_is_another_matter():
    """Nobody waits for it."""
    with turn("BL:RE:", 10):
        began = time.monotonic()
        with turn("BL2:RE:", 10):
            assert time.monotonic() - began < 5


def test_who_waits_too_long_asks_all_the_same():
    """Somebody may have been stopped in the middle of it."""
    with turn("BL:RE:", 10), turn("BL:RE:", 0.02):
        pass


def test_where_no_file_can_be_made_there_are_no_turns(folder, monkeypatch):
    """The answer may be another's then, and the command is what matters."""
    monkeypatch.setattr(turns.tempfile, "gettempdir", lambda: str(folder / "nowhere"))
    with turn("BL:RE:", 10):
        pass
