"""The blocking face: what a call takes and gives."""

import asyncio
import signal
import threading
from concurrent.futures import Future

import pytest

from reioc.engine import (
    Msg,
    Outcome,
    RunEngine,
    RunEngineInterrupted,
    RunResult,
    State,
)
from reioc.engine.interruptions import Ask, Request

from .documents import named
from .fakes import Detector, Motor, points
from .helpers import (
    RUN,
    pause,
    run,
)


def test_returns_the_uids(RE, documents):
    """A call returns the uids of its runs."""
    uids = RE([*RUN, *RUN])

    assert uids == tuple(doc["uid"] for doc in named(documents, "start"))
    assert len(uids) == 2


def test_returns_a_result():
    """With `call_returns_result` a call returns all there is to say."""
    engine = RunEngine(call_returns_result=True)
    try:
        det, motor = Detector("det"), Motor("m")
        result = engine(points(det, motor, [1, 2]))
    finally:
        engine.close()

    assert isinstance(result, RunResult)
    assert (result.outcome, result.exit_status, result.reason) == (Outcome.SUCCESS, "success", "")
    assert [reading["m"]["value"] for reading in result.plan_result if "m" in reading] == [1.0, 2.0]
    assert len(result.run_start_uids) == 1


def test_metadata(RE, documents):
    """Metadata: of the call before those of the message before the engine's; the plan's name and type, a scan id."""
    RE.md.update(who="md", where="md", what="md")

    def my_plan():
        yield Msg("open_run", who="msg", where="msg")
        yield Msg("close_run")

    RE(my_plan(), who="call")
    RE(my_plan())
    first, second = named(documents, "start")

    assert (first["who"], first["where"], first["what"]) == ("call", "msg", "md")
    assert (first["plan_name"], first["plan_type"]) == ("my_plan", "generator")
    assert (first["scan_id"], second["scan_id"]) == (1, 2)
    assert {"reioc", "event_model"} <= first["versions"].keys()
    assert "who" not in second or second["who"] == "msg"


def test_metadata_of_a_run_are_its_own(RE, documents):
    """Changing `md` afterwards does not change documents that have been emitted."""
    RE.md["sample"] = {"name": "NaCl"}
    RE(RUN)
    RE.md["sample"]["name"] = "KCl"

    assert named(documents, "start")[0]["sample"] == {"name": "NaCl"}


def test_validator_and_normalizer(documents):
    """A validator can refuse a run, before anything is emitted; a normalizer decides what goes out."""

    def no_secrets(md):
        if "secret" in md:
            raise ValueError("no secrets")

    engine = RunEngine(md_validator=no_secrets, md_normalizer=lambda md: {**md, "normal": True})
    collected = []
    engine.subscribe(lambda name, doc: collected.append((name, doc)))
    try:
        with pytest.raises(ValueError, match="no secrets"):
            engine(RUN, secret=1)
        assert collected == []
        engine(RUN)
    finally:
        engine.close()

    assert named(collected, "start")[0]["normal"] is True


@pytest.mark.parametrize("source", [lambda md: md.get("scan_id", 100) + 5, None], ids=["function", "coroutine"])
def test_scan_id_source(source):
    """The scan id comes from a function, which may be a coroutine function."""

    async def later(md):
        await asyncio.sleep(0)
        return md.get("scan_id", 100) + 5

    engine, collected = RunEngine(scan_id_source=source or later), []
    engine.subscribe(lambda name, doc: collected.append((name, doc)))
    try:
        engine([*RUN, *RUN])
    finally:
        engine.close()

    assert [doc["scan_id"] for doc in named(collected, "start")] == [105, 110]
    assert engine.md["scan_id"] == 110


def test_preprocessors(RE, documents):
    """Each plan goes through the preprocessors, in order; the run still bears the plan's own name."""
    order = []

    def marking(name):
        def preprocessor(plan):
            order.append(name)
            return (yield from plan)

        return preprocessor

    def my_plan():
        yield from RUN_GENERATOR()

    def RUN_GENERATOR():
        yield Msg("open_run")
        yield Msg("close_run")

    RE.preprocessors = [marking("inner"), marking("outer")]
    RE(my_plan())

    assert order == ["outer", "inner"]
    assert named(documents, "start")[0]["plan_name"] == "my_plan"


def test_subscriptions_of_a_call(RE):
    """Subscribers of a call hear of that call only; those of a plan until its end."""
    of_call, of_plan = [], []
    plan = [Msg("subscribe", None, lambda name, _: of_plan.append(name), "all"), *RUN]
    RE(plan, {"start": lambda name, _: of_call.append(name)})
    RE(RUN)

    assert (of_call, of_plan) == (["start"], ["start", "stop"])


def test_refused_subscriptions_start_nothing(RE, documents):
    """A call with a subscription that is refused does not run, and leaves no subscription behind."""
    heard = []
    with pytest.raises(ValueError, match="no documents named 'begin'"):
        RE(RUN, {"start": lambda name, _: heard.append(name), "begin": print})
    assert documents == []

    RE(RUN)
    assert heard == []


def test_submit(RE):
    """`submit` returns at once with a future of the result, which never raises what the plan raises."""
    future = RE.submit([Msg("sleep", None, 0), *RUN])
    assert isinstance(future, Future)
    assert future.result(timeout=10).outcome is Outcome.SUCCESS

    failed = RE.submit([Msg("save")]).result(timeout=10)
    assert failed.outcome is Outcome.FAIL


def test_next_plan_from_the_news_of_the_end(RE):
    """Whoever is told that the engine is idle may start the next plan at once."""
    second = []

    def start_next(news):
        if getattr(news, "new", None) is State.IDLE and not second:
            second.append(RE.submit(RUN))

    RE.observers.append(start_next)
    first = RE(RUN)

    assert len(second[0].result(timeout=10).uids) == 1
    assert second[0].result().uids != first


def test_blocking_in_the_engines_own_thread_is_refused(RE):
    """A plan cannot wait for another plan: that is said instead of waiting for ever."""
    refused = []

    def try_it(news):
        with pytest.raises(
            RuntimeError, match=r"never end.*'yield from plan\(…\)' in place of RE.*use submit"
        ) as raised:
            RE(RUN)
        refused.append(raised)

    RE.observers.append(try_it)
    RE([Msg("null")])

    assert len(refused) == 3


def test_what_was_asked_of_no_plan_is_forgotten(RE):
    """A request that came when the last plan had just ended does not reach the next one."""
    RE(RUN)
    RE._engine.inbox.post(Request(Ask.ABORT, "too late"))

    assert len(RE(RUN)) == 1


def test_long_plan_gives_way(RE):
    """A plan that never waits does not keep the loop from what else is to be done there."""
    turn = threading.Event()

    def plan():
        RE.loop.call_soon(turn.set)
        while not turn.is_set():
            yield Msg("null")

    RE(plan())


def test_observers_hear_of_states_and_results(RE):
    """Observers get each transition, and the result when all is over."""
    news = []
    RE.observers.append(news.append)
    RE(RUN)
    pause(RE)
    RE.stop()

    kinds = [item.outcome if isinstance(item, RunResult) else item.new for item in news]
    assert kinds == ["running", "idle", "success", "running", "pausing", "paused", "stopping", "idle", "stop"]
    assert [item.seq for item in news if not isinstance(item, RunResult)] == [1, 2, 3, 4, 5, 6, 7]


@pytest.mark.parametrize("kind", [ValueError, SystemExit, KeyboardInterrupt, asyncio.CancelledError])
def test_hooks_that_fail(RE, caplog, kind):
    """An observer or state hook that raises, even SystemExit, is logged; it touches neither plan nor engine."""

    def fail(*news):
        raise kind("bad hook")

    RE.observers.append(fail)
    RE.state_hook = fail

    assert len(RE(RUN)) == 1
    assert "bad hook" in caplog.text


def test_state_hook(RE):
    """The state hook is called with the new and the old state."""
    seen = []
    RE.state_hook = lambda new, old: seen.append((new, old))
    RE(RUN)

    assert seen == [("running", "idle"), ("idle", "running")]


def test_nothing_is_printed(RE, capsys):
    """The engine prints nothing, whatever happens."""
    RE.subscribe(lambda *_: 1 / 0)
    with pytest.raises(RunEngineInterrupted):
        RE([Msg("open_run"), Msg("checkpoint"), Msg("pause")])
    RE.abort("tea")
    run(RE, [Msg("save")])

    assert capsys.readouterr().out == ""


def test_no_signal_handler_is_installed():
    """Making and using an engine leaves the signal handlers alone."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    engine = RunEngine()
    seen = []
    engine.register_command("look", lambda _: seen.append({number: signal.getsignal(number) for number in before}))
    engine([Msg("look")])
    engine.close()

    assert seen == [before]
