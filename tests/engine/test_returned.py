"""What the blocking calls return and raise, beside bluesky's."""

import threading

import bluesky
import bluesky.utils
import pytest

import reioc.engine
from reioc.engine import Msg, RunEngineInterrupted

from .helpers import PAUSED_IN_A_RUN, RUN


def returned(engine, plan, verb):
    try:
        return engine(plan)
    except (RunEngineInterrupted, bluesky.RunEngineInterrupted):
        return getattr(engine, verb)()


@pytest.mark.parametrize("verb", ["resume", "stop", "abort", "halt"])
@pytest.mark.parametrize("as_result", [False, True])
def test_return_values(engines, verb, as_result):
    """A call, and each verb after a pause, returns what bluesky's does: uids, or a result."""
    theirs, mine = engines
    theirs._call_returns_result = mine.call_returns_result = as_result
    expected, actual = (returned(engine, PAUSED_IN_A_RUN, verb) for engine in (theirs, mine))

    if not as_result:
        assert (type(actual), len(actual)) == (type(expected), len(expected)) == (tuple, 1)
        return
    assert len(actual.run_start_uids) == len(expected.run_start_uids) == 1
    assert actual.interrupted == expected.interrupted == (verb != "resume")
    assert (actual.plan_result is mine.NO_PLAN_RETURN) == (expected.plan_result is theirs.NO_PLAN_RETURN)
    assert (actual.plan_result is mine.NO_PLAN_RETURN) == (verb != "resume")
    # bluesky's halt makes its result before it writes down that it has halted.
    assert actual.exit_status == ("abort" if verb == "halt" else expected.exit_status)


@pytest.mark.parametrize("as_result", [False, True])
@pytest.mark.parametrize("verb", ["stop", "abort", "halt"])
def test_return_values_while_running(RE, verb, as_result):
    """From another thread, while the plan runs, the verbs return at once, with the uids so far."""
    RE.call_returns_result = as_result
    answers = []
    others = threading.Thread(target=lambda: answers.append(getattr(RE, verb)()))

    def plan():
        yield Msg("open_run")
        others.start()
        yield Msg("sleep", None, 3600)

    future = RE.submit(plan())
    uids = future.result(timeout=20).uids

    others.join(20)
    (answer,) = answers
    if as_result:
        assert (answer.run_start_uids, answer.interrupted, answer.plan_result) == (uids, True, RE.NO_PLAN_RETURN)
        assert answer.exit_status == ("success" if verb == "stop" else "abort")
    else:
        assert answer == uids


def test_ending_raises_what_the_clean_up_raises(engines):
    """What the plan raises while it cleans up after a stop comes out of `stop`, as in bluesky."""

    def plan():
        try:
            yield Msg("checkpoint")
            yield Msg("pause")
        finally:
            raise ValueError("cannot clean up")

    for engine in engines:
        with pytest.raises((RunEngineInterrupted, bluesky.RunEngineInterrupted)):
            engine(plan())
        with pytest.raises(ValueError, match="cannot clean up"):
            engine.stop()
        assert engine.state == "idle"


def test_reset(RE):
    """`reset` halts what is paused, and forgets the subscriptions; metadata and suspenders stay."""
    heard = []
    RE.subscribe(lambda name, _: heard.append(name))
    RE.md["sample"] = "dirt"
    with pytest.raises(RunEngineInterrupted):
        RE(PAUSED_IN_A_RUN)

    assert RE.reset() is None
    assert RE.state == "idle"
    assert heard == ["start", "stop"]
    RE(RUN)
    assert heard == ["start", "stop"]
    assert RE.md["sample"] == "dirt"


def test_reset_of_an_idle_engine(RE):
    """Where no plan is in progress only the subscriptions go."""
    RE.subscribe(print)
    RE.reset()

    assert len(RE(RUN)) == 1


def test_refusals_are_runtime_errors(engines):
    """Where bluesky raises a RuntimeError ours does: a second plan while paused, a verb while idle."""
    for engine in engines:
        for verb in ("resume", "stop", "abort", "halt", "request_pause"):
            with pytest.raises(RuntimeError):
                getattr(engine, verb)()
        with pytest.raises((RunEngineInterrupted, bluesky.RunEngineInterrupted)):
            engine([Msg("pause")])
        with pytest.raises(RuntimeError):
            engine(RUN)
        engine.resume()


@pytest.mark.parametrize("module", [bluesky.utils, reioc.engine])
@pytest.mark.parametrize(
    ("name", "status"),
    [("RequestStop", "success"), ("RequestAbort", "abort"), ("FailedPause", "abort"), ("PlanHalt", "abort")],
)
def test_a_plan_that_ends_itself(engines, module, name, status):
    """By raising what an operator's request would raise: the call returns, and the run is closed accordingly."""
    for engine in engines:
        stops = []

        def plan():
            yield Msg("open_run")
            raise getattr(module, name)("enough")

        assert len(engine(plan(), {"stop": lambda _, doc, stops=stops: stops.append(doc)})) == 1
        assert [doc["exit_status"] for doc in stops] == [status]
        assert engine.state == "idle"
