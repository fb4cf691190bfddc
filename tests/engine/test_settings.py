"""What a user sets, and the parts that are there for people who build on the engine."""

import asyncio
import inspect

import bluesky
import pytest
from event_model import DocumentNames

from reioc.engine import Msg, RunEngine, RunEngineInterrupted

from .fakes import Motor
from .helpers import RUN


@pytest.mark.parametrize("levels", [0, 1])
def test_max_depth(engines, levels):
    """A call deeper in the stack than `max_depth` is refused, at the same depth as bluesky's."""

    def call(engine):
        engine(RUN)

    depth = len(inspect.stack()) + 1 + levels  # the engine's own call, and `call`
    for engine in engines:
        engine.max_depth = depth
        if levels:
            call(engine)
        else:
            engine(RUN)
        engine.max_depth -= 1
        with pytest.raises(RuntimeError, match=r"max_depth is"):
            call(engine) if levels else engine(RUN)
        engine.max_depth = None
        engine(RUN)


def test_emit(engines):
    """`emit` and `emit_sync` hand a document to the subscribers."""
    for engine in engines:
        heard = []
        engine.subscribe(lambda name, doc, heard=heard: heard.append((name, doc)))
        name = DocumentNames.start
        engine.emit_sync(name, {"uid": "1"})
        asyncio.run_coroutine_threadsafe(engine.emit(name, {"uid": "2"}), engine.loop).result(timeout=10)

        assert heard == [("start", {"uid": "1"}), ("start", {"uid": "2"})]


def test_log(RE, caplog):
    """The engine's log says which engine it is of; `verbose` turns it off and on."""
    assert RE.verbose
    RE.log.warning("one")
    RE.verbose = False
    RE.log.warning("two")
    RE.verbose = True
    RE.log.warning("three", extra={"colour": "red"})

    assert [record.message for record in caplog.records] == ["one", "three"]
    assert all(record.RE is RE for record in caplog.records)
    assert caplog.records[1].colour == "red"


def test_pause_msg(RE):
    """The text of the exception at a pause is a setting; `{why}` in it is the reason, other braces are left alone."""
    RE.pause_msg = "{why}! Ask {Ann}."
    RE.register_command("tea", lambda _: RE.request_pause(reason="tea"))
    with pytest.raises(RunEngineInterrupted, match=r"^paused: tea! Ask \{Ann\}\.$"):
        RE([Msg("checkpoint"), Msg("tea"), Msg("null")])
    RE.stop()


def test_run_bundler(RE):
    """A subclass may make its runs of a class of its own."""

    class Bundler(RunEngine.RunBundler):
        pass

    class Engine(RunEngine):
        RunBundler = Bundler

    engine, kinds = Engine(), []
    engine.register_command("look", lambda _: kinds.extend(type(run) for run in engine._engine.ctx.runs.values()))
    try:
        engine([Msg("open_run"), Msg("look"), Msg("close_run")])
    finally:
        engine.close()

    assert kinds == [Bundler]


def test_raise_if_interrupted_is_metadata(RE):
    """The keyword that bluesky once had is warned about, and is metadata like any other."""
    starts = []
    with pytest.warns(UserWarning, match="raise_if_interrupted is metadata"):
        RE(RUN, lambda _, doc: starts.append(doc), raise_if_interrupted=True)

    assert starts[0]["raise_if_interrupted"] is True


@pytest.mark.parametrize("preset", [True, False])
def test_rewindable(engines, preset):
    """What is set beforehand counts for the plan, whose message asks for it and sets it; both engines agree."""
    for engine in engines:
        engine.rewindable = preset
        seen = []

        def plan(seen=seen, engine=engine):
            seen.append((yield Msg("rewindable", None, None)))
            seen.append((yield Msg("rewindable", None, not preset)))
            seen.append(engine.rewindable)
            seen.append((yield Msg("rewindable", None, preset)))

        engine(plan())
        assert seen == [preset, not preset, not preset, preset]
        assert engine.rewindable is preset


@pytest.mark.parametrize("rewindable", [True, False])
def test_not_rewindable_is_not_repeated(engines, rewindable):
    """With `rewindable` off a paused plan goes on from where it was, without repeating."""
    for engine in engines:
        executed = []
        engine.msg_hook = lambda msg, executed=executed: executed.append(msg.command)
        engine.rewindable = rewindable
        with pytest.raises((RunEngineInterrupted, bluesky.RunEngineInterrupted)):
            engine([Msg("sleep", None, 0), Msg("pause"), Msg("null")])
        engine.resume()

        assert executed == ["sleep", "pause", *(["sleep"] if rewindable else []), "null"]


def test_rewindable_is_restored_for_the_next_plan(RE):
    """A plan that turns it off and fails leaves the engine as it was: bluesky's stays off."""

    def plan():
        yield Msg("rewindable", None, False)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        RE(plan())

    assert RE.rewindable


def test_setting_rewindable_while_paused(RE):
    """It counts from then on: what comes is not recorded, and not repeated after the next pause."""
    executed = []
    plan = [Msg("sleep", None, 0), Msg("pause"), Msg("sleep", None, 0), Msg("pause"), Msg("null")]
    with pytest.raises(RunEngineInterrupted):
        RE(plan)
    RE.rewindable = False
    assert not RE.rewindable
    RE.msg_hook = lambda msg: executed.append(msg.command)
    with pytest.raises(RunEngineInterrupted):
        RE.resume()
    RE.resume()

    assert executed == ["sleep", "sleep", "pause", "null"]


def test_hooks_and_waiting(engines):
    """The waiting hook gets the set of statuses that are waited for, and None when that is over."""
    for engine in engines:
        heard = []
        engine.waiting_hook = heard.append
        motor = Motor("m")
        engine([Msg("set", motor, 1, group="a"), Msg("set", Motor("n"), 2, group="a"), Msg("wait", group="a")])

        assert [type(each) for each in heard] == [set, type(None)]
        assert len(heard[0]) == 2
        assert motor.status in heard[0]
