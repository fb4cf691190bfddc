"""A recorder gets every document before anybody else."""

import asyncio

import pytest

from reioc.engine import Msg, Outcome, RunEngineInterrupted, State, TransitionError

from .blocking import PATIENCE
from .documents import named
from .fakes import Detector, Motor, points
from .flying_fakes import Signal
from .helpers import RUN, run
from .recorders import Notebook


class Careless:
    """A recorder that raises in one of its methods, or promises what fails."""

    def __init__(self, method, kind):
        self.method, self.kind = method, kind

    def record(self, name, doc):
        if self.method == "record":
            raise self.kind("it burns")

    def kept(self):
        if self.method == "kept":
            raise self.kind("it burns")
        return self._fail() if self.method == "promise" else None

    async def _fail(self):
        raise self.kind("it burns")


def order_of(RE):
    """Who has seen which document, in order: the recorder, which keeps at once, and a subscriber."""
    seen = []
    notebook = Notebook(RE, is_slow=False)
    notebook.record = lambda name, doc: seen.append(("recorder", name, doc["uid"]))
    RE.subscribe(lambda name, doc: seen.append(("subscriber", name, doc["uid"])))
    return seen


def is_each_first_recorded(seen):
    """Whether each document was recorded once, and right before it was handed out."""
    pairs = list(zip(seen[::2], seen[1::2], strict=True))
    return all(first == ("recorder", *second[1:]) and second[0] == "subscriber" for first, second in pairs)


def with_monitor(signal):
    """A run with a monitor, whose signal changes in the loop's thread."""
    yield Msg("open_run")
    yield Msg("monitor", signal, name="watch")
    signal.set(2.0)
    signal.set(3.0)
    yield Msg("unmonitor", signal)
    yield Msg("close_run")


# What is recorded


def test_each_document_is_recorded_first(RE):
    """The recorder sees each document of a run once, before any subscriber, in the order of emission."""
    seen = order_of(RE)
    RE(points(Detector("det"), Motor(), [1, 2]))

    assert [name for _, name, _ in seen[::2]] == ["start", "descriptor", "event", "event", "stop"]
    assert is_each_first_recorded(seen)


def test_monitors_and_interruptions_are_recorded_first(RE):
    """What comes from monitors and interruptions is recorded like the rest."""
    RE.record_interruptions = True
    seen = order_of(RE)
    RE(with_monitor(Signal("signal")))
    with pytest.raises(RunEngineInterrupted):
        RE([Msg("open_run"), Msg("checkpoint"), Msg("pause"), Msg("close_run")])
    RE.stop()

    assert [name for _, name, _ in seen[::2]].count("event") >= 3
    assert is_each_first_recorded(seen)


def test_what_others_emit_is_recorded_first(RE):
    """`emit_sync`, `emit` and the dispatcher's `process` record as well."""
    seen = order_of(RE)
    for number, name in enumerate(("start", "event", "stop")):
        RE.emit_sync(name, {"uid": f"{number} sync"})
        later = RE.emit(name, {"uid": f"{number} later"})
        asyncio.run_coroutine_threadsafe(later, RE.loop).result(PATIENCE)
        RE.dispatcher.process(name, {"uid": f"{number} processed"})

    assert len(seen) == 18
    assert is_each_first_recorded(seen)


def test_it_is_no_subscriber(RE, documents):
    """Who forgets all subscriptions does not forget the recorder; None takes it away."""
    notebook = Notebook(RE, is_slow=False)
    RE.reset()
    RE(RUN)
    RE.recorder = None
    RE(RUN)

    assert (notebook.names, documents) == (["start", "stop"], [])


def test_what_is_no_recorder(RE):
    """It is refused with what it lacks, and the one that is there stays."""
    notebook = Notebook(RE, is_slow=False)
    with pytest.raises(TypeError, match=r"has no record\(\)"):
        RE.recorder = print

    assert RE.recorder is notebook


def test_not_while_a_plan_is_in_progress(RE, watch):
    """A recorder that saw half a run would be of no use: it is refused with the state."""
    RE.hold("beam", "no beam")
    future = RE.submit(RUN)
    watch.until(State.SUSPENDED)
    with pytest.raises(TransitionError, match="while no plan is in progress: the engine is suspended"):
        RE.recorder = None
    RE.release("beam")

    assert future.result(PATIENCE).outcome is Outcome.SUCCESS


# A recorder that is broken


@pytest.mark.parametrize("method", ["record", "kept", "promise"])
@pytest.mark.parametrize("kind", [OSError, SystemExit])
def test_a_recorder_that_raises(RE, documents, caplog, method, kind):
    """The plan and its data are as without it; it is logged once per run, and told in the result."""
    RE.recorder = Careless(method, kind)
    result = run(RE, [*points(Detector("det"), Motor(), [1, 2]), *RUN])

    assert result.outcome is Outcome.SUCCESS
    assert [name for name, _ in documents[:7]] == ["start", "descriptor", "event", "event", "stop", "start", "stop"]
    assert len(result.problems) == 2
    assert all("it burns" in problem for problem in result.problems)
    assert len([each for each in caplog.records if "the plan goes on, and is not recorded" in each.message]) == 3


def test_a_promise_that_is_none(RE, documents):
    """What cannot be awaited is told like any other failure, and the RunStop is not lost for it."""
    notebook = Notebook(RE)
    notebook.kept = lambda: 7
    result = RE.submit(RUN).result(PATIENCE)

    assert len(named(documents, "stop")) == 1
    assert "the recorder failed in kept" in result.problems[0]
