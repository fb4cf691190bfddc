"""Devices whose coroutines never return, or do not let themselves be cancelled."""

import asyncio
import threading

import pytest

from reioc.engine import Msg, Outcome, RunEngineInterrupted, State

from .helpers import RUN, in_a_run
from .robust_fakes import Everything, everything, outcome
from .soundness import sound_runs

HANG = (
    *("stage", "configure", "prepare", "set", "trigger", "locate", "kickoff", "complete", "describe_collect"),
    *("collect", "read", "describe", "describe_configuration", "read_configuration", "stop", "unstage"),
)


class Hanging(Everything):
    """Never returns from one method, until it is let go; `stubborn` if it goes on when it is cancelled."""

    def __init__(self, method, *, stubborn=False):
        super().__init__("hanging")
        self.hangs = threading.Event()
        self.go = asyncio.Event()
        self.stubborn = stubborn
        self.tasks = []
        setattr(self, method, self.hang)

    async def hang(self, *args, **kwargs):
        self.tasks.append(asyncio.current_task())
        self.hangs.set()
        while not self.go.is_set():
            try:
                await self.go.wait()
            except asyncio.CancelledError:
                if not self.stubborn:
                    raise

    def let_go(self, RE):
        """What still hangs returns."""

        async def end():
            self.go.set()
            await asyncio.gather(*self.tasks, return_exceptions=True)

        asyncio.run_coroutine_threadsafe(end(), RE.loop).result(timeout=10)


@pytest.fixture(autouse=True)
def impatient(RE):
    RE.env.cleanup_timeout = 0.05


def ended_while_it_hangs(RE, documents, device, verb):
    """What becomes of a plan that is ended as soon as its device hangs."""

    def end():
        assert device.hangs.wait(10)
        getattr(RE, f"request_{verb}")("tea")

    thread = threading.Thread(target=end)
    thread.start()
    result = RE.submit(everything(device)).result(timeout=20)
    thread.join()
    (run,) = sound_runs(documents)
    assert RE.state is State.IDLE
    assert len(RE(RUN)) == 1
    return result, run


@pytest.mark.parametrize("stubborn", [False, True], ids=["", "stubborn"])
@pytest.mark.parametrize("method", HANG)
def test_ended(RE, documents, method, stubborn):
    """A plan whose device hangs can be aborted; what cannot be put back is named."""
    device = Hanging(method, stubborn=stubborn)
    result, run = ended_while_it_hangs(RE, documents, device, "abort")
    device.let_go(RE)

    assert result.outcome is Outcome.ABORT
    assert run.ending == ("abort", "aborted: tea")
    problems = set()
    if method in ("stop", "unstage"):
        problems = {f"could not {method} hanging: TimeoutError: no answer within 0.05 s"}
    elif method in ("collect", "describe_collect"):
        problems = {f"collecting what flew in run {run.start['uid']} was given up: no answer from hanging"}
    assert set(result.problems) == problems
    assert not device.staged or method == "unstage"


@pytest.mark.parametrize("verb", ["stop", "halt"])
@pytest.mark.parametrize("method", ["read", "set", "stage", "stop", "unstage"])
def test_stopped_and_halted(RE, documents, method, verb):
    """It can be stopped and halted as well."""
    result, run = ended_while_it_hangs(RE, documents, Hanging(method), verb)

    assert result.outcome is (Outcome.STOP if verb == "stop" else Outcome.HALT)
    assert run.ending[1].endswith(": tea")


@pytest.mark.parametrize("stubborn", [False, True], ids=["", "stubborn"])
@pytest.mark.parametrize("method", ["read", "describe", "locate"])
def test_paused_and_resumed(RE, documents, method, stubborn):
    """A plan whose device hangs can be paused, and goes on when the device answers again: nothing is read twice."""
    device = Hanging(method, stubborn=stubborn)

    def pause():
        assert device.hangs.wait(10)
        RE.request_pause()

    thread = threading.Thread(target=pause)
    thread.start()
    messages = [
        Msg("checkpoint"),
        Msg("locate", device),
        Msg("create", name="primary"),
        Msg("read", device),
        Msg("save"),
    ]
    with pytest.raises(RunEngineInterrupted):
        RE(in_a_run(*messages))
    thread.join()
    vars(device).pop(method)
    RE.resume()
    device.let_go(RE)

    (run,) = sound_runs(documents)
    assert run.ending == ("success", "")
    assert run.data["primary"] == {1: {"hanging": 0.0}}


def test_reading_that_comes_too_late(RE, documents):
    """What a read that was left behind gives at last does not get into the event that the plan takes meanwhile."""
    device = Hanging("read", stubborn=True)

    def pause():
        assert device.hangs.wait(10)
        RE.request_pause()

    def plan():
        yield Msg("open_run")
        yield Msg("checkpoint")
        yield Msg("create", name="primary")
        yield Msg("read", device)
        yield Msg("wait_for", None, [late])
        yield Msg("save")
        yield Msg("close_run")

    async def late():
        device.go.set()
        await asyncio.gather(*device.tasks, return_exceptions=True)

    thread = threading.Thread(target=pause)
    thread.start()
    with pytest.raises(RunEngineInterrupted):
        RE(plan())
    thread.join()
    vars(device).pop("read")
    RE.resume()

    (run,) = sound_runs(documents)
    assert run.ending == ("success", "")
    assert run.data["primary"] == {1: {"hanging": 0.0}}


@pytest.mark.parametrize("stubborn", [False, True], ids=["", "stubborn"])
@pytest.mark.parametrize("method", ["stop", "pause", "resume"])
def test_device_that_hangs_around_a_pause(RE, documents, method, stubborn):
    """A device that does not answer when the plan is paused, or goes on, is named in the end, and prevents neither."""
    device = Hanging(method, stubborn=stubborn)

    def plan():
        yield Msg("open_run")
        yield Msg("set", device, 1)
        yield Msg("checkpoint")
        yield Msg("pause")
        vars(device).pop(method)
        yield Msg("close_run")

    def resume(news):
        if getattr(news, "new", None) == "paused":
            RE.request_resume()

    RE.observers.append(resume)
    result, run = outcome(RE, plan(), documents)
    device.let_go(RE)

    assert run.ending == ("success", "")
    assert result.problems == (f"could not {method} hanging: TimeoutError: no answer within 0.05 s",)


@pytest.mark.parametrize("method", ["set", "trigger", "prepare"])
def test_coroutine_that_nobody_waits_for(RE, documents, method):
    """A move that is a coroutine, and that the plan does not wait for, ends with the plan."""
    device = Hanging(method)
    result, _ = outcome(
        RE, in_a_run(Msg(method, device, *[1] * (method != "trigger")), Msg("sleep", None, 0)), documents
    )
    RE([Msg("wait_for", None, [lambda: asyncio.wait(device.tasks)])])

    assert (result.outcome, result.problems) == (Outcome.SUCCESS, ())
    assert [task.cancelled() for task in device.tasks] == [True]


def test_engine_closes_while_a_device_hangs(RE):
    """The engine can be closed while a device hangs; the fixture sees to it that its thread ends."""
    device = Hanging("read", stubborn=False)
    future = RE.submit([Msg("read", device)])
    assert device.hangs.wait(10)
    RE.close()

    assert future.result(timeout=20).outcome is Outcome.HALT


@pytest.mark.parametrize("kind", [OSError, SystemExit])
@pytest.mark.parametrize("at_once", [True, False])
def test_request_suspend_with_a_future_that_fails(RE, caplog, kind, at_once):
    """A future that fails, or cannot even be made, lets go, and that is logged."""

    def fail():
        if at_once:
            raise kind("gone")
        return fail_later()

    async def fail_later():
        raise kind("gone")

    RE.request_suspend(fail, justification="no beam")
    RE([Msg("null")])

    assert RE.holds == ()
    assert "no beam: what it waited for has failed" in caplog.text
