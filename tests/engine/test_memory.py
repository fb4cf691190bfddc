"""A plan may go on for ever: nothing is kept of what is done."""

import gc
import itertools
import tracemalloc

import pytest

from reioc.engine import Msg

from .documents import named
from .fakes import Detector, Motor
from .helpers import commands_of, paused_and_resumed

WARM_UP, ROUNDS = 500, 1500
"""Rounds of a plan before the first look, and between the two."""
NOISE = 8
"""Bytes per round that are nobody's. What is kept of each round is a reference and an object at least: 50 bytes."""


@pytest.fixture
def kept(RE):
    """Bytes that stay behind of each round of a plan, after its first ones."""

    def measure(one_round):
        sizes = []

        def plan():
            yield Msg("open_run")
            for rounds in (WARM_UP, ROUNDS):
                for _ in range(rounds):
                    yield from one_round()
                gc.collect()
                sizes.append(tracemalloc.get_traced_memory()[0])
            yield Msg("close_run")

        RE(plan())
        before, after = sizes
        return (after - before) / ROUNDS

    tracemalloc.start(1)
    yield measure
    tracemalloc.stop()


def event(*devices):
    yield Msg("create", name="primary")
    for device in devices:
        yield Msg("read", device)
        device.calls.clear()
    yield Msg("save")


def test_points(kept):
    """Of points with a checkpoint each nothing is kept, whether a status is over at once or later."""
    motor, slow, det = Motor("m"), Motor("slow", slow=True), Detector("det")

    def point():
        yield Msg("checkpoint")
        yield Msg("set", motor, 1, group="A")
        yield Msg("set", slow, 1, group="A")
        slow.arrive()
        yield Msg("wait", group="A")
        yield Msg("trigger", det, group="B")
        yield Msg("wait", group="B")
        yield from event(det, motor, slow)

    assert kept(point) < NOISE


def test_what_nobody_waits_for(kept, monkeypatch):
    """Of what is started and never waited for nothing is kept when it is over, in few groups or in many."""
    monkeypatch.setattr("reioc.engine.wait_groups.MANY", 10)
    motor, slow, groups = Motor("m"), Motor("slow", slow=True), itertools.count()

    def moves():
        yield Msg("checkpoint")
        yield Msg("set", motor, 1)
        yield Msg("set", slow, 1, group=next(groups))
        slow.arrive()
        motor.calls.clear()
        slow.calls.clear()

    assert kept(moves) < NOISE


def test_idling(kept):
    """Of messages that do nothing nothing is kept, though no checkpoint comes."""

    def idle():
        for _ in range(10):
            yield Msg("null")

    assert kept(idle) < NOISE


def test_no_checkpoints(kept, monkeypatch):
    """A plan that makes no checkpoint does not fill the memory either."""
    monkeypatch.setattr("reioc.engine.checkpoint.LONGEST_RECORD", 100)
    monkeypatch.setattr("reioc.engine.engine.TIME_SLICE", 0)
    det = Detector("det")

    assert kept(lambda: event(det)) < NOISE


def test_what_is_repeated_of_a_long_plan(RE, documents, monkeypatch):
    """Of a plan that made no checkpoint only the end is repeated, even if that is in the middle of an event."""
    monkeypatch.setattr("reioc.engine.checkpoint.LONGEST_RECORD", 10)
    monkeypatch.setattr("reioc.engine.engine.TIME_SLICE", 0)
    executed = commands_of(RE)
    beginning = [Msg("open_run"), Msg("create", name="primary"), Msg("read", Detector("det"))]
    messages = [Msg("wait", None, "nobody")] * 50
    paused_and_resumed(RE, [*beginning, *messages, Msg("pause"), Msg("save"), Msg("close_run")])

    repeated = executed[executed.index(("pause",)) + 1 : -2]
    assert 0 < len(repeated) <= 11
    assert set(repeated) == {("wait", "nobody")}
    assert [list(doc["data"]) for doc in named(documents, "event")] == [["det"]]


def test_null_is_not_repeated(RE):
    """There is nothing to repeat; bluesky shows it to its msg_hook again."""
    executed = commands_of(RE)
    paused_and_resumed(RE, [Msg("checkpoint"), Msg("null"), Msg("wait", None, "nobody"), Msg("pause")])

    assert executed == [("checkpoint",), ("null",), ("wait", "nobody"), ("pause",), ("wait", "nobody")]
