"""`wait_for` in bluesky's engine and in ours, and where it is better on purpose."""

import asyncio

import pytest

from reioc.engine import Msg, RunEngineInterrupted, State, WaitForTimeoutError

from .helpers import run
from .wait_bench import SHORT


async def seven():
    await asyncio.sleep(0)
    return 7


async def refuse():
    raise ValueError("no")


def outcomes(futures):
    return [type(future.exception()).__name__ if future.exception() else future.result() for future in futures]


def of_coroutines(RE):
    return [seven, refuse], {}


def of_one_future(RE):
    future = RE.loop.create_future()
    RE.loop.call_soon_threadsafe(future.set_result, 8)
    return [lambda: future, lambda: future], {}


def that_runs_out_of_time(RE):
    return [seven, lambda: asyncio.sleep(3600)], {"timeout": SHORT}


def for_the_first(RE):
    return [seven, lambda: asyncio.sleep(3600)], {"return_when": asyncio.FIRST_COMPLETED}


def for_a_factory_that_raises(RE):
    return [lambda: 1 / 0], {}


def for_what_cannot_be_awaited(RE):
    return [lambda: 3], {}


@pytest.mark.parametrize(
    "make",
    [
        of_coroutines,
        of_one_future,
        that_runs_out_of_time,
        for_the_first,
        for_a_factory_that_raises,
        for_what_cannot_be_awaited,
    ],
)
def test_wait_for_as_in_bluesky(engines, make):
    """`wait_for` has the replies, and raises the exceptions, that it does in bluesky's engine."""
    found = []
    for RE in engines:
        factories, kwargs = make(RE)

        def plan(factories=factories, kwargs=kwargs):
            try:
                found.append(outcomes((yield Msg("wait_for", None, factories, **kwargs))))
            except Exception as error:
                found.append(next(base.__name__ for base in type(error).__mro__ if base.__name__ in KINDS))

        RE(plan())

    theirs, ours = found
    assert ours == theirs


KINDS = {"TimeoutError", "ZeroDivisionError", "TypeError"}


def test_wait_for_names_what_is_late(RE):
    """When time runs out those are named that are not done, and they go on."""
    late = []

    async def slow():
        await asyncio.sleep(SHORT)
        late.append("done")

    def plan():
        try:
            yield Msg("wait_for", None, [seven, slow], timeout=0)
        except WaitForTimeoutError as error:
            late.append(str(error).partition(": ")[2])
        yield Msg("sleep", None, 3 * SHORT)

    RE(plan())
    assert late == ["test_wait_for_names_what_is_late.<locals>.slow", "done"]


def test_wait_for_nothing_at_all(RE):
    """Kinder than bluesky, where an empty list is an error: there is nothing to wait for."""
    replies = []

    def plan():
        replies.append((yield Msg("wait_for", None, [])))

    RE(plan())
    assert replies == [[]]


def test_wait_for_that_is_interrupted(RE):
    """Better than bluesky, where what can be awaited only once fails then: it is taken up again after a pause."""
    going, results = asyncio.Event(), []

    async def once():
        RE.request_pause()
        await going.wait()
        return "done"

    coroutine = once()

    def plan():
        (future,) = yield Msg("wait_for", None, [lambda: coroutine])
        results.append(future.result())

    with pytest.raises(RunEngineInterrupted):
        RE(plan())
    RE.loop.call_soon_threadsafe(going.set)
    RE.resume()

    assert results == ["done"]


@pytest.mark.parametrize("paused", [False, True])
def test_wait_for_that_is_ended(RE, watch, paused):
    """When the plan is ended what only it waited for is cancelled, and what others have is left alone."""
    theirs, cancelled = RE.loop.create_future(), []

    async def ours():
        try:
            if paused:
                RE.request_pause()
            else:
                RE.request_stop("tea")
            await asyncio.sleep(3600)
        except asyncio.CancelledError:
            cancelled.append("ours")
            raise

    future = RE.submit([Msg("wait_for", None, [ours, lambda: theirs])])
    if paused:
        watch.until(State.PAUSED)
        RE.stop("tea")

    assert future.result(timeout=20).reason == "stopped: tea"
    run(RE, [Msg("sleep", None, 0)])
    assert cancelled == ["ours"]
    assert not theirs.done()
