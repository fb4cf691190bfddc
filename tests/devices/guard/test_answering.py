"""Asking a server."""

import threading
from types import SimpleNamespace

from reioc.devices.guard.answering import Answering

PATIENCE = 10.0


def _told(answering, pv="X"):
    answers, told = [], threading.Event()

    def tell(answer):
        answers.append(answer)
        told.set()

    assert answering.ask(pv, 1.0, tell)
    assert told.wait(PATIENCE)
    return answers


def test_a_channel_that_cannot_be_read_is_no_answer(monkeypatch):
    """Libca is closed while a thread still asks: that is told in a line, and the PV can be asked again."""

    def read(**_):
        raise RuntimeError("Unexpected channel ID")

    failed = []
    monkeypatch.setattr(threading, "excepthook", failed.append)
    answering = Answering()
    monkeypatch.setattr(answering, "_channel", lambda _: SimpleNamespace(get=read))

    assert _told(answering) == [False]
    assert _told(answering) == [False]
    assert failed == []
