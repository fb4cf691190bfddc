"""What does not answer: given up after a while, and named."""

import asyncio
import threading

import pytest

from reioc.engine import (
    Msg,
    Outcome,
    RunEngineInterrupted,
    State,
)

from .documents import named
from .fakes import Motor, Status
from .helpers import (
    in_a_run,
    run,
)


class Hanging(Motor):
    """Never answers in one method, and does not take it amiss to be cancelled."""

    def __init__(self, method, name="hanging"):
        super().__init__(name)
        self.hangs = threading.Event()

        async def hang(*args, **kwargs):
            self.hangs.set()
            await asyncio.sleep(3600)

        setattr(self, method, hang)


def test_unstage_that_hangs(RE, documents):
    """An unstage that hangs is given up and named; the other devices are unstaged, the run is closed."""
    before, hanging, after = Motor("before"), Hanging("unstage"), Motor("after")
    RE.env.cleanup_timeout = 0.05
    result = run(RE, in_a_run(*(Msg("stage", device) for device in (before, hanging, after))))

    assert result.problems == ("could not unstage hanging: TimeoutError: no answer within 0.05 s",)
    assert not before.staged
    assert not after.staged
    assert result.outcome is Outcome.SUCCESS


def test_unstage_with_a_status_that_never_ends(RE):
    """So is one that returns a status that is never done; one whose status fails is named."""
    never, failing = Motor("never"), Motor("failing")
    never.unstage = lambda: Status(done=False)
    failing.unstage = lambda: Status(error=OSError("no answer"))
    RE.env.cleanup_timeout = 0.05
    result = run(RE, [Msg("stage", never), Msg("stage", failing)])

    assert result.problems == (
        "could not unstage failing: OSError: no answer",
        "could not unstage never: TimeoutError: no answer within 0.05 s",
    )


def test_stop_that_hangs(RE):
    """A stop that hangs does not prevent the others from being stopped."""
    hanging, motor = Hanging("stop"), Motor("m", slow=True)
    RE.env.cleanup_timeout = 0.05
    result = run(RE, [Msg("set", hanging, 1), Msg("set", motor, 1)])

    assert not motor.moving
    assert result.problems == ("could not stop hanging: TimeoutError: no answer within 0.05 s",)


def test_halt_during_an_unstage_that_hangs(RE, documents):
    """Halt works while an aborted plan's clean-up hangs: what still can be put back at once is, the rest is named."""
    first, hanging = Motor("first"), Hanging("unstage")
    RE.env.cleanup_timeout = 60.0

    def halt():
        assert hanging.hangs.wait(10)
        RE.request_halt("fire")

    thread = threading.Thread(target=halt)
    thread.start()
    RE.msg_hook = lambda msg: RE.request_abort("tea") if msg.command == "sleep" else None
    plan = in_a_run(Msg("stage", first), Msg("stage", hanging), Msg("sleep", None, 3600))
    result = RE.submit(plan).result(timeout=20)
    thread.join()
    RE.env.cleanup_timeout = 5.0

    assert (result.outcome, result.reason) == (Outcome.ABORT, "aborted: tea")
    assert result.problems == ("unstaging hanging was given up: no answer from hanging",)
    assert not first.staged
    assert RE.state is State.IDLE
    assert [doc["reason"] for doc in named(documents, "stop")] == ["aborted: tea"]


def test_unstage_is_awaited(RE):
    """An unstage that takes a while is waited for: coroutines and statuses alike."""
    device, other, done = Motor("m"), Motor("other"), []

    async def unstage():
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        done.append("coroutine")

    def unstage_with_status():
        status = Status(done=False)
        threading.Thread(target=lambda: (done.append("status"), status.finish())).start()
        return status

    device.unstage, other.unstage = unstage, unstage_with_status
    result = run(RE, [Msg("stage", device), Msg("stage", other)])

    assert (done, result.problems) == (["status", "coroutine"], ())


def test_unstaged_once(RE):
    """What the plan has unstaged itself is not unstaged again."""
    motor = Motor("m")
    RE([Msg("stage", motor), Msg("unstage", motor)])

    assert motor.calls == ["stage", "unstage"]


def test_coroutine_that_does_not_take_its_cancellation(RE, caplog):
    """A command that goes on after it was cancelled is left behind after a while, and that is logged."""
    release = asyncio.Event()

    async def stubborn(msg):
        while not release.is_set():
            try:
                await release.wait()
            except asyncio.CancelledError:
                continue

    RE.register_command("stubborn", stubborn)
    RE.msg_hook = lambda msg: RE.request_stop("tea") if msg.command == "stubborn" else None
    RE.env.cleanup_timeout = 0.05
    result = run(RE, [Msg("stubborn")])
    RE.loop.call_soon_threadsafe(release.set)

    assert (result.outcome, result.reason) == (Outcome.STOP, "stopped: tea")
    assert "does not take its cancellation" in caplog.text


def test_command_that_is_done_although_it_was_cancelled(RE):
    """A command that finishes while it is being cut short counts: its reply is not lost, and it is not done again."""
    calls, replies = [], []

    async def finishing(msg):
        calls.append(1)
        RE.request_pause()
        try:
            await asyncio.sleep(3600)
        except asyncio.CancelledError:
            return "finished"

    def plan():
        yield Msg("rewindable", None, False)
        replies.append((yield Msg("finishing")))

    RE.register_command("finishing", finishing)
    with pytest.raises(RunEngineInterrupted):
        RE(plan())
    RE.resume()

    assert (calls, replies) == ([1], ["finished"])
