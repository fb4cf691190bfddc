"""What has to be awaited, as a status and as a future."""

import asyncio

import pytest

from reioc.engine.attention import Exited
from reioc.engine.awaited import AwaitedStatus, Begun
from reioc.engine.protocols import Status


async def give(value):
    await asyncio.sleep(0)
    if isinstance(value, BaseException):
        raise value
    return value


OUTCOMES = [3, ValueError("no"), SystemExit("bye"), asyncio.CancelledError("by itself")]


async def until_done(status):
    """A few turns of the loop are enough."""
    for _ in range(5):
        await asyncio.sleep(0)
    assert status.done


@pytest.mark.parametrize("outcome", OUTCOMES, ids=repr)
def test_awaited_status(outcome):
    """It is done when the awaitable is, calls back once, and tells what that raised; SystemExit stays in it."""

    async def scenario():
        called = []
        status = AwaitedStatus(give(outcome))
        status.add_callback(called.append)
        assert isinstance(status, Status)
        assert (status.done, status.success, status.exception(), called) == (False, False, None, [])
        await until_done(status)
        status.add_callback(called.append)
        assert called == [status, status]
        return status

    status = asyncio.run(scenario())

    assert status.done
    assert status.success == (outcome == 3)
    assert type(status.exception(0)) is (type(None) if outcome == 3 else type(outcome))


def test_abandoned_status():
    """One that is abandoned is cancelled, and has failed with that."""

    async def scenario():
        status = AwaitedStatus(asyncio.Event().wait())
        status.abandon()
        await until_done(status)
        status.abandon()
        return status.success, type(status.exception())

    assert asyncio.run(scenario()) == (False, asyncio.CancelledError)


def test_what_was_begun():
    """A coroutine has a future, which is cancelled when it is abandoned; one of somebody else is not."""

    async def scenario():
        theirs = asyncio.get_running_loop().create_future()
        ours, shared = Begun(give(3)), Begun(theirs)
        assert (ours.name, shared.future) == ("give", theirs)
        ours.abandon()
        shared.abandon()
        await asyncio.wait([ours.future])
        return ours.future.cancelled(), theirs.cancelled()

    assert asyncio.run(scenario()) == (True, False)


def test_exit_in_what_was_begun():
    """A SystemExit in it is in its future, and does not end the loop."""

    async def scenario():
        begun = Begun(give(SystemExit("bye")))
        await asyncio.wait([begun.future])
        return begun.future.exception()

    error = asyncio.run(scenario())
    assert isinstance(error, Exited)
    assert str(error) == "SystemExit: bye"
