"""Commands that speak to the user and to the engine itself."""

import io
import os
import sys
import threading

import pytest
from bluesky import plan_stubs as bps
from bluesky.preprocessors import suspend_wrapper
from ophyd import Signal

from reioc.engine import Msg, Outcome, RunEngine, RunEngineInterrupted, State
from reioc.engine.environment import Environment
from reioc.suspenders import SuspendBoolHigh

from .helpers import in_a_run


class Line(io.StringIO):
    """A stream of input whose lines come when the test gives them."""

    def __init__(self):
        super().__init__()
        self.asked, self.given, self.line = threading.Event(), threading.Event(), ""

    def readline(self, *_):
        self.asked.set()
        assert self.given.wait(20)
        return self.line

    def give(self, line):
        self.line = line
        self.given.set()


@pytest.fixture
def typed(monkeypatch):
    line = Line()
    monkeypatch.setattr(sys, "stdin", line)
    yield line
    line.given.set()


def asking(answers, prompt="ready? "):
    answers.append((yield Msg("input", prompt=prompt)))


def test_input(RE, typed, capsys):
    """The prompt is shown, and the line that is typed is the reply, without its end. bluesky's stub works as well."""
    for plan in (asking, _with_blueskys_stub):
        answers = []
        typed.give("yes, quite\n")
        RE(plan(answers))
        assert answers == ["yes, quite"]
        assert capsys.readouterr().out == "ready? "


def _with_blueskys_stub(answers):
    answers.append((yield from bps.input_plan("ready? ")))


def test_the_loop_goes_on_while_somebody_thinks(RE, typed):
    """A line that does not come keeps nobody else waiting."""
    answers, turn = [], threading.Event()
    future = RE.submit(asking(answers))
    assert typed.asked.wait(20)
    RE.loop.call_soon_threadsafe(turn.set)
    assert turn.wait(20)
    typed.give("at last\n")

    assert future.result(timeout=20).outcome is Outcome.SUCCESS
    assert answers == ["at last"]


@pytest.mark.parametrize(("verb", "outcome"), [("request_stop", Outcome.STOP), ("request_abort", Outcome.ABORT)])
def test_ending_while_somebody_thinks(RE, typed, verb, outcome):
    """The plan does not have to wait for a line that is not wanted any more."""
    future = RE.submit(asking([]))
    assert typed.asked.wait(20)
    getattr(RE, verb)()

    assert future.result(timeout=20).outcome is outcome


def test_nobody_there(RE, monkeypatch):
    """At the end of the input, as of a service, the plan is told so, with the question."""
    for stream in (io.StringIO(""), None):
        monkeypatch.setattr(sys, "stdin", stream)
        with pytest.raises(EOFError, match=r"nobody can answer 'ready\? '"):
            RE(asking([]))


def test_a_stream_that_fails(RE, monkeypatch):
    """What its `readline` raises is the plan's."""

    class Broken(io.StringIO):
        def readline(self, *_):
            raise OSError("it is captured")

    monkeypatch.setattr(sys, "stdin", Broken())
    with pytest.raises(OSError, match="it is captured"):
        RE(asking([]))


@pytest.fixture
def terminal(monkeypatch):
    """A terminal as standard input. Gives the end at which people type."""
    master, slave = os.openpty()
    with os.fdopen(slave, encoding="utf-8") as stream:
        monkeypatch.setattr(sys, "stdin", stream)
        yield master
    os.close(master)


def test_a_terminal_is_read_when_there_is_something_to_read(RE, terminal, watch):
    """Who stops waiting leaves no reader behind, which would take the line that is typed next."""
    answers = []
    future = RE.submit([Msg("checkpoint"), Msg("input", prompt="")])
    watch.until(State.RUNNING)
    RE.request_pause()
    watch.until(State.PAUSED)
    assert "reioc-input" not in [thread.name for thread in threading.enumerate()]
    RE.request_abort()
    future.result(timeout=20)
    os.write(terminal, b"for the next one\n")
    RE(asking(answers))

    assert answers == ["for the next one"]


def test_an_answer_may_come_from_elsewhere(RE):
    """Whoever runs an engine without a terminal can answer by other means."""

    async def ask(prompt):
        return f"{prompt} no"

    answers = []
    RE.env.ask_user = ask
    RE(asking(answers, "shall I?"))

    assert answers == ["shall I? no"]


def test_RE_class(RE, engines):
    """The reply is the class of the engine, also if it is a subclass."""

    class Mine(RunEngine):
        pass

    mine = Mine()
    try:
        for engine in (*engines, RE, mine):
            replies = []

            def plan(replies=replies):
                replies.append((yield Msg("RE_class")))

            engine(plan())
            assert replies == [type(engine)]
    finally:
        mine.close()


@pytest.fixture
def shutter():
    made = Signal(name="shutter_closed", value=0)
    yield made
    made.destroy()


def test_suspenders_by_message(RE, shutter):
    """A message installs a suspender, another one removes it; it stays installed when the plan is over."""
    suspender = SuspendBoolHigh(shutter)
    RE([Msg("install_suspender", None, suspender)])
    assert RE.suspenders == (suspender,)
    RE([Msg("remove_suspender", None, suspender), Msg("remove_suspender", None, suspender)])

    assert RE.suspenders == ()
    assert suspender.RE is None


def test_a_suspender_that_is_installed_by_message_suspends_at_once(RE, shutter, watch):
    """One that is tripped already holds the plan that installs it."""
    suspender = SuspendBoolHigh(shutter)
    shutter.put(1)
    future = RE.submit(suspend_wrapper(in_a_run(Msg("checkpoint")), suspender))
    watch.until(State.SUSPENDED)
    shutter.put(0)

    assert future.result(timeout=20).outcome is Outcome.SUCCESS
    assert RE.suspenders == ()


@pytest.mark.parametrize("command", ["install_suspender", "remove_suspender"])
def test_a_message_without_a_suspender(RE, command):
    """It is told what it needs."""
    with pytest.raises(ValueError, match=f"'{command}' needs one suspender: Msg"):
        RE([Msg(command)])


def test_they_are_not_repeated(RE, shutter):
    """After a pause a suspender is not installed again, nor is one that was removed."""
    installed = []

    class Counting(SuspendBoolHigh):
        def install(self, engine):
            installed.append(engine)
            super().install(engine)

    plan = [Msg("checkpoint"), Msg("install_suspender", None, Counting(shutter)), Msg("pause"), Msg("null")]
    with pytest.raises(RunEngineInterrupted):
        RE(plan)
    RE.resume()

    assert installed == [RE]


def test_an_environment_without_a_face():
    """Nobody keeps suspenders for it, which is said."""
    with pytest.raises(RuntimeError, match="'s': suspenders are kept by a RunEngine"):
        Environment().install_suspender("s")
