"""Waiting for what was recorded."""

import asyncio
import threading

import pytest

from reioc.ioc.journal import JournalError
from tests.ioc.journal.support import TIMEOUT, eventually, lift_limit, limit_pages, record, start, stored


@pytest.fixture
def held(journal):
    """A journal whose disk is full."""
    limit_pages(journal, 0)
    big = "x" * 100_000
    record(journal, start(notes=big))
    eventually(lambda: journal.trouble)
    return journal


def test_several_wait_on_several_loops(held, path):
    """Each is told on its own."""
    waiting, told = held.kept(), []

    def wait():
        async def main():
            async with asyncio.timeout(TIMEOUT):
                await asyncio.gather(*(asyncio.ensure_future(waiting) for _ in range(2)))
            told.append(len(stored(path)))

        asyncio.run(main())

    threads = [threading.Thread(target=wait) for _ in range(2)]
    for thread in threads:
        thread.start()
    eventually(lambda: len(held._writer.durability._waiting) == 4)
    lift_limit(held)
    for thread in threads:
        thread.join(TIMEOUT)

    assert told == [1, 1]


def test_who_gives_up_waiting_costs_nothing(held):
    """A waiter that was cancelled, and one whose loop is closed, are passed over."""

    async def give_up():
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(held.kept(), 0.01)

    loop = asyncio.new_event_loop()

    async def begin():
        future = held._writer.durability.future(1)
        assert future is not None

    loop.run_until_complete(begin())
    loop.close()
    asyncio.run(give_up())
    assert len(held._writer.durability._waiting) == 2
    lift_limit(held)
    eventually(lambda: held.kept() is None)

    assert held.trouble == ""


def test_what_was_durable_before_it_is_awaited_is_not_waited_for(journal):
    """It may be awaited at any time, and again."""
    record(journal, start())
    waiting = journal.kept()
    eventually(lambda: journal.backlog == 0)

    async def main():
        if waiting is not None:
            await waiting
            await waiting

    asyncio.run(main())


def test_who_waits_is_told_when_it_is_closed(held, path):
    """It was not stored, and why."""

    async def main():
        task = asyncio.ensure_future(held.kept())
        await asyncio.sleep(0)
        await asyncio.to_thread(held.close, 0.05)
        async with asyncio.timeout(TIMEOUT):
            await task

    with pytest.raises(JournalError, match=r"closed while it could not be written: .*the disk is full"):
        asyncio.run(main())
