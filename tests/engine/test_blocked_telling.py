"""A halt while the engine is blocked by somebody who is told: nobody else misses anything."""

import pytest

from reioc.engine import Msg, Outcome, State, StateChange

from .blocking import PATIENCE, in_a_run_with
from .documents import named
from .fakes import Detector
from .helpers import RUN

EVENT = [Msg("create", name="primary"), Msg("read", Detector("det")), Msg("save")]


class BlockingSubscriber:
    """Blocks at the first document of a kind, and notes what it has got."""

    def __init__(self, block, kind):
        self.block, self.kind, self.got = block, kind, []

    def __call__(self, name, doc):
        if name == self.kind and not self.block.entered.is_set():
            self.block.here()
        self.got.append((name, doc["uid"]))


def halted(RE, block, plan):
    future = RE.submit(plan)
    block.until_entered()
    RE.halt("fire")
    return future.result(PATIENCE)


def returned(RE, block):
    threads = [given_up._thread for given_up in RE._given_up]
    block.go_on.set()
    for thread in threads:
        thread.join(PATIENCE)


@pytest.mark.parametrize("how", ["wait", "spin", "deaf"])
@pytest.mark.parametrize("kind", ["start", "descriptor", "event", "stop"])
def test_blocked_in_a_subscriber(RE, blocks, kind, how):
    """Those subscribed before and after it get every document once, in order, up to one RunStop."""
    block, before, after = blocks(how), [], []
    RE.subscribe(lambda name, doc: before.append((name, doc)))
    RE.subscribe(BlockingSubscriber(block, kind))
    RE.subscribe(lambda name, doc: after.append((name, doc)))
    result = halted(RE, block, in_a_run_with(*EVENT))
    returned(RE, block)
    kinds = ["start", "descriptor", "event", "stop"]
    expected = kinds if kind == "stop" else [*kinds[: kinds.index(kind) + 1], "stop"]

    assert [name for name, _ in before] == expected
    assert after == before
    assert result.outcome is Outcome.HALT
    assert f"given up while blocked in a subscriber of {kind} documents, in Block." in result.reason
    assert result.uids == (before[0][1]["uid"],)
    if kind != "stop":
        assert named(after, "stop")[0]["reason"] == result.reason


@pytest.mark.parametrize("how", ["wait", "deaf"])
def test_subscriber_that_is_blocked_is_passed_over(RE, blocks, how):
    """It hears nothing until it has returned, and everything after that."""
    block = blocks(how)
    subscriber = BlockingSubscriber(block, "event")
    RE.subscribe(subscriber)
    halted(RE, block, in_a_run_with(*EVENT))
    RE(RUN)
    assert [name for name, _ in subscriber.got] == ["start", "descriptor"]
    returned(RE, block)
    subscriber.got.clear()
    (uid,) = RE(RUN)

    assert subscriber.got[0] == ("start", uid)
    assert len(subscriber.got) == 2


def test_subscriber_that_must_not_miss_a_document(RE, documents, blocks):
    """While it is blocked no plan that has documents succeeds; the others hear of them."""
    block = blocks()
    RE.subscribe(BlockingSubscriber(block, "event"), on_error="fail")
    halted(RE, block, in_a_run_with(*EVENT))
    documents.clear()
    with pytest.raises(RuntimeError, match=r"must not miss a document, and is still blocked in one"):
        RE(RUN)
    assert [name for name, _ in documents] == ["start", "stop"]
    returned(RE, block)

    assert len(RE(RUN)) == 1


@pytest.mark.parametrize("how", ["wait", "spin", "deaf"])
@pytest.mark.parametrize("state", ["running", "pausing", "paused", "idle"])
def test_blocked_in_an_observer(RE, watch, blocks, state, how):
    """Those who observe after it miss no transition, and get each once."""
    block, after = blocks(how), []

    def block_once(news):
        if getattr(news, "new", None) == state and not block.entered.is_set():
            block.here()

    RE.observers += [block_once, lambda news: after.append(news) if isinstance(news, StateChange) else None]
    plan = [Msg("checkpoint"), Msg("pause")] if state in ("pausing", "paused") else [Msg("null")]
    result = halted(RE, block, plan)
    returned(RE, block)

    assert result.outcome is Outcome.HALT
    assert after == watch.changes
    assert [change.seq for change in after] == list(range(1, len(after) + 1))
    assert after[-1].new is State.IDLE
    assert RE._engine.states.last == after[-1]


def test_blocked_in_the_state_hook(RE, watch, blocks):
    """The same goes for the state hook, which comes before the observers."""
    block = blocks()
    RE.state_hook = lambda *_: block.here() if not block.entered.is_set() else None
    halted(RE, block, RUN)

    assert watch.states == ["running", "halting", "idle"]


def test_blocked_when_the_result_is_told(RE, blocks):
    """The caller has its result by then; the loop that tells the others can be given up."""
    block, results = blocks(), []
    RE.observers.append(lambda news: block.here() if not isinstance(news, StateChange) else None)
    RE.observers.append(lambda news: results.append(news) if not isinstance(news, StateChange) else None)
    assert len(RE(RUN)) == 1
    block.until_entered()
    RE.halt("fire")
    RE.observers.clear()

    assert [result.outcome for result in results] == [Outcome.SUCCESS]
    assert len(RE(RUN)) == 1


def test_monitors_are_silent_afterwards(RE, documents, blocks):
    """A signal that was monitored stays subscribed, since no device is called, and emits nothing more."""
    block = blocks()

    class Signal(Detector):
        def subscribe(self, callback, **kwargs):
            self.callback = callback

        def clear_sub(self, callback):
            self.calls.append("clear_sub")

        def value(self):
            return 1.0

    signal = Signal("sig")
    RE.register_command("block", block.here)
    halted(RE, block, in_a_run_with(Msg("monitor", signal), Msg("block")))
    emitted = len(documents)
    signal.callback()
    returned(RE, block)
    RE(RUN)

    assert "clear_sub" not in signal.calls
    assert [name for name, _ in documents[:emitted]] == ["start", "descriptor", "stop"]
    assert [name for name, _ in documents[emitted:]] == ["start", "stop"]


def test_blocked_by_two_at_once(RE, documents, blocks):
    """One halt is enough where a subscriber blocks the RunStop as well, with which the first blocked plan is ended."""
    first, second = blocks(), blocks()
    RE.register_command("block", first.here)
    RE.subscribe(BlockingSubscriber(second, "stop"))
    result = halted(RE, first, in_a_run_with(Msg("block")))

    assert "given up while blocked in block, in Block.wait" in result.reason
    assert len(named(documents, "stop")) == 1
    assert second.entered.is_set()
