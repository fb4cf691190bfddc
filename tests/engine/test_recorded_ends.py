"""Nobody hears that a run is over before that is durable."""

import asyncio
import threading

import pytest

from reioc.engine import Msg, Outcome, RunResult, State, engine

from .blocking import PATIENCE
from .documents import named
from .flying_fakes import Signal
from .helpers import RUN
from .recorders import Notebook, turn

IN_A_RUN = [Msg("open_run"), Msg("checkpoint"), Msg("null"), Msg("close_run")]


def refuse(*_):
    """A subscriber that raises."""
    raise ZeroDivisionError("division by zero")


# The end of a run


def test_the_end_is_told_when_it_is_durable(RE, documents):
    """Subscribers, observers, callers and the plan hear of the end of a run when the RunStop is kept, and then once."""
    notebook, told, plan = Notebook(RE), [], []
    RE.observers.append(lambda news: told.append(news) if isinstance(news, RunResult) else None)
    RE.register_command("note", lambda msg: plan.append(msg.args[0]))
    future = RE.submit([*IN_A_RUN, Msg("note", None, "closed")])
    notebook.until_asked()

    assert notebook.names == ["start", "stop"]
    assert ([name for name, _ in documents], told, plan, future.done()) == (["start"], [], [], False)
    assert (RE.state, RE.waiting_for) == (State.RUNNING, ("journal",))
    notebook.keep()
    result = future.result(PATIENCE)
    turn(RE)
    assert ([name for name, _ in documents], told, plan) == (["start", "stop"], [result], ["closed"])
    assert (result.outcome, result.problems, RE.waiting_for) == (Outcome.SUCCESS, (), ())


def test_people_see_what_is_waited_for(RE):
    """The recorder is shown by its name, where it has one."""
    notebook = Notebook(RE)
    notebook.name = "logbook"
    future = RE.submit(RUN)
    notebook.until_asked()

    assert RE.waiting_for == ("logbook",)
    notebook.keep()
    future.result(PATIENCE)


def test_a_call_waits(RE):
    """The caller has the uids when the RunStop is durable."""
    notebook = Notebook(RE)
    returned = []
    caller = threading.Thread(target=lambda: returned.append(RE(RUN)))
    caller.start()
    notebook.until_asked()

    assert returned == []
    notebook.keep()
    caller.join(PATIENCE)
    assert returned == [(notebook.noted[0][1]["uid"],)]


def test_two_runs_are_closed_each_by_itself(RE, documents):
    """The one that is open goes on, and its documents keep their order, while a RunStop waits."""
    notebook, signal = Notebook(RE), Signal("signal")
    plan = [
        Msg("open_run", run="a"),
        Msg("open_run", run="b"),
        Msg("monitor", signal, name="watch", run="b"),
        Msg("close_run", run="a"),
        Msg("close_run", run="b"),
    ]
    future = RE.submit(plan)
    notebook.until_asked()
    signal.set(7.0)
    turn(RE)

    assert [name for name, _ in documents] == ["start", "start", "descriptor", "event", "event"]
    notebook.keep()
    notebook.until_asked()
    first, second = (doc["uid"] for doc in named(documents, "start"))
    assert [doc["run_start"] for doc in named(documents, "stop")] == [first]
    notebook.keep()
    assert future.result(PATIENCE).uids == (first, second)
    assert [doc["run_start"] for doc in named(documents, "stop")] == [first, second]


def test_what_is_kept_already_is_told_at_once(RE, documents):
    """Where there is nothing to wait for, nothing is waited for."""
    Notebook(RE, is_slow=False)
    RE(RUN)

    assert [name for name, _ in documents] == ["start", "stop"]


@pytest.mark.parametrize("is_late", [True, False])
def test_a_subscriber_that_must_not_fail(RE, is_late):
    """What it raises on a RunStop that had to wait, be it for a moment, is the plan's, as without a recorder."""
    notebook = Notebook(RE)
    RE.subscribe(refuse, "stop", on_error="fail")
    if not is_late:
        notebook.kept = lambda: asyncio.sleep(0)
    future = RE.submit(RUN)
    if is_late:
        notebook.until_asked()
        notebook.keep()
    result = future.result(PATIENCE)

    assert isinstance(result.exception, ZeroDivisionError)
    assert result.problems == ()


def test_a_monitor_ends_before_the_wait(RE, documents):
    """Where a run with a monitor is closed, its last event comes before the RunStop that waits."""
    notebook, signal = Notebook(RE), Signal("signal")
    future = RE.submit([Msg("open_run"), Msg("monitor", signal, name="watch"), Msg("close_run")])
    notebook.until_asked()
    signal.set(7.0)

    assert (signal.subscribers, notebook.names) == ([], ["start", "descriptor", "event", "stop"])
    notebook.keep()
    assert future.result(PATIENCE).outcome is Outcome.SUCCESS
    assert [name for name, _ in documents] == notebook.names


def test_emit_waits_and_emit_sync_does_not(RE, documents):
    """A RunStop of somebody else's is handed out when it is kept by the one that can wait, and at once by the other."""
    notebook = Notebook(RE)
    RE.emit_sync("stop", {"uid": "sync"})
    future = asyncio.run_coroutine_threadsafe(RE.emit("stop", {"uid": "later"}), RE.loop)
    notebook.until_asked()

    assert [doc["uid"] for doc in named(documents, "stop")] == ["sync"]
    notebook.keep()
    future.result(PATIENCE)
    assert [doc["uid"] for doc in named(documents, "stop")] == ["sync", "later"]


# Interrupted meanwhile


def test_a_pause_comes_after_the_close(RE, documents, watch):
    """A pause that is asked for while the RunStop waits is obeyed when the run is closed, which is not repeated."""
    notebook = Notebook(RE)
    future = RE.submit([*IN_A_RUN, Msg("null")])
    notebook.until_asked()
    RE.request_pause()
    turn(RE)

    assert RE.state is State.RUNNING
    notebook.keep()
    watch.until(State.PAUSED)
    assert len(named(documents, "stop")) == 1
    RE.resume()
    assert future.result(PATIENCE).outcome is Outcome.SUCCESS
    assert notebook.names == ["start", "stop"]


def test_a_hold_comes_after_the_close(RE, documents, watch):
    """A hold as well: the run is closed, and then the plan is suspended."""
    notebook = Notebook(RE)
    future = RE.submit([*IN_A_RUN, Msg("null")])
    notebook.until_asked()
    RE.hold("journal", "the disk is full", patient=True)
    turn(RE)

    assert RE.state is State.RUNNING
    notebook.keep()
    watch.until(State.SUSPENDED)
    assert len(named(documents, "stop")) == 1
    RE.release("journal")
    assert future.result(PATIENCE).outcome is Outcome.SUCCESS


@pytest.mark.parametrize(("how", "outcome"), [("stop", Outcome.STOP), ("abort", Outcome.ABORT)])
def test_the_plan_cleans_up_while_the_run_stop_waits(RE, documents, how, outcome):
    """A stop or abort lets the plan clean up at once; it is over, and the end of the run told, when that is kept."""
    notebook, cleaned = Notebook(RE), threading.Event()
    RE.register_command("clean", lambda _: cleaned.set())

    def plan():
        yield Msg("open_run")
        try:
            yield Msg("close_run")
        finally:
            yield Msg("clean")

    future = RE.submit(plan())
    notebook.until_asked()
    getattr(RE, f"request_{how}")("enough")
    assert cleaned.wait(PATIENCE)
    turn(RE)

    assert (future.done(), named(documents, "stop"), RE.waiting_for) == (False, [], ("journal",))
    notebook.keep()
    result = future.result(PATIENCE)
    assert (result.outcome, result.problems) == (outcome, ())
    assert [doc["exit_status"] for doc in named(documents, "stop")] == ["success"]
    assert notebook.names == ["start", "stop"]


def test_halt_outranks_the_wait(RE, documents, caplog, monkeypatch):
    """A halt hands the RunStop out at once, once, and says that it is not durable."""
    monkeypatch.setattr(engine, "HALT_PATIENCE", 3600.0)
    notebook = Notebook(RE)
    future = RE.submit(IN_A_RUN)
    notebook.until_asked()
    RE.request_halt("fire")
    result = future.result(PATIENCE)
    (stop,) = named(documents, "stop")

    assert result.outcome is Outcome.HALT
    assert result.problems == (
        f"the RunStop of the run {stop['run_start']} was handed out for a halt, and was not durable yet: journal had "
        "not kept it",
    )
    assert result.problems[0] in caplog.text
    notebook.keep()
    turn(RE)
    assert len(named(documents, "stop")) == 1


def test_an_error_after_a_stop(RE, caplog):
    """What a subscriber raises when nobody waits for the RunStop any more is told in the result."""
    notebook, cleaned = Notebook(RE), threading.Event()
    RE.subscribe(refuse, "stop", on_error="fail")
    RE.register_command("clean", lambda _: cleaned.set())

    def plan():
        yield Msg("open_run")
        try:
            yield Msg("close_run")
        finally:
            yield Msg("clean")

    future = RE.submit(plan())
    notebook.until_asked()
    RE.request_stop()
    assert cleaned.wait(PATIENCE)
    notebook.keep()
    result = future.result(PATIENCE)

    assert result.outcome is Outcome.STOP
    assert [problem.rpartition(": ")[2] for problem in result.problems] == ["division by zero"]
    assert "a subscriber failed on the RunStop of the run" in caplog.text


# The clean-up


def failing():
    """A plan that fails, and leaves its run open."""
    yield Msg("open_run")
    raise OSError("the vacuum is gone")


def test_the_clean_up_waits_without_a_bound(RE, documents, monkeypatch):
    """Of a plan that has failed the RunStop waits as well, for longer than a part of the clean-up may take."""
    notebook = Notebook(RE)
    monkeypatch.setattr(RE.env, "cleanup_timeout", 0.0)
    monkeypatch.setattr(engine, "HALT_PATIENCE", 0.0)
    future = RE.submit(failing())
    notebook.until_asked()
    turn(RE)

    assert (future.done(), named(documents, "stop"), RE.waiting_for) == (False, [], ("journal",))
    notebook.keep()
    result = future.result(PATIENCE)
    assert (result.outcome, result.problems) == (Outcome.FAIL, ())
    assert [(doc["exit_status"], doc["reason"]) for doc in named(documents, "stop")] == [("fail", "the vacuum is gone")]


def test_the_plans_own_subscribers_hear_the_run_stop(RE):
    """Those of the call are let go when they have heard the RunStop that the clean-up waits for."""
    notebook, heard = Notebook(RE), []
    future = RE.submit(failing(), lambda name, _: heard.append(name))
    notebook.until_asked()
    notebook.keep()
    future.result(PATIENCE)

    assert heard == ["start", "stop"]


def test_all_open_runs_are_closed_before_the_wait(RE, documents):
    """One that is not durable does not keep the RunStop of another from being recorded and told."""
    notebook = Notebook(RE)

    def plan():
        yield Msg("open_run", run="a")
        yield Msg("open_run", run="b")
        raise OSError("gone")

    future = RE.submit(plan())
    notebook.until_asked()
    notebook.until_asked()
    assert notebook.names == ["start", "start", "stop", "stop"]
    notebook.keep(number=1)
    turn(RE)

    assert len(named(documents, "stop")) == 1
    notebook.keep()
    assert future.result(PATIENCE).outcome is Outcome.FAIL
    assert len(named(documents, "stop")) == 2


def test_halted_in_the_clean_up(RE, documents):
    """A halt ends the wait of the clean-up, and nothing else about how the plan has ended."""
    notebook = Notebook(RE)
    future = RE.submit(failing())
    notebook.until_asked()
    RE.request_halt()
    result = future.result(PATIENCE)

    assert result.outcome is Outcome.FAIL
    assert len(named(documents, "stop")) == 1
    assert any("not durable yet" in problem for problem in result.problems)


def test_a_halt_has_a_moment_for_its_own_run_stop(RE, documents):
    """The RunStop that a halt itself makes is kept as on any other day, and nothing is said where the disk is well."""
    notebook = Notebook(RE)
    RE.register_command("halt", lambda _: RE.request_halt("fire"))
    record = notebook.record
    notebook.record = lambda name, doc: (record(name, doc), name == "stop" and RE.loop.call_soon(notebook.keep))
    result = RE.submit([Msg("open_run"), Msg("halt"), Msg("null")]).result(PATIENCE)

    assert (result.outcome, result.problems) == (Outcome.HALT, ())
    assert [doc["reason"] for doc in named(documents, "stop")] == ["halted: fire"]


def test_a_halt_does_not_wait_for_a_full_disk(RE, documents, monkeypatch):
    """The RunStop that a halt itself makes is handed out all the same, when that moment is over."""
    monkeypatch.setattr(engine, "HALT_PATIENCE", 0.01)
    Notebook(RE)
    RE.register_command("halt", lambda _: RE.request_halt("fire"))
    result = RE.submit([Msg("open_run"), Msg("halt"), Msg("null")]).result(PATIENCE)

    assert len(named(documents, "stop")) == 1
    assert [problem[:24] for problem in result.problems] == ["the RunStop of the run " + documents[0][1]["uid"][0]]


@pytest.mark.parametrize("how", ["wait", "spin"])
def test_the_thread_is_given_up_while_a_run_stop_waits(RE, documents, blocks, how):
    """Who takes over hands it out, once; what the old loop still hears of it has no effect."""
    notebook, block = Notebook(RE), blocks(how)
    future = RE.submit(IN_A_RUN)
    notebook.until_asked()
    RE.loop.call_soon_threadsafe(block.here)
    block.until_entered()
    RE.request_halt("fire")
    result = future.result(PATIENCE)
    notebook.keep()
    block.go_on.set()
    turn(RE)

    assert result.outcome is Outcome.HALT
    assert (len(named(documents, "stop")), notebook.names) == (1, ["start", "stop"])
    assert any("not durable yet" in problem for problem in result.problems)
