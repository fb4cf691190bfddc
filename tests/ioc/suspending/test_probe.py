"""Whether what is to be watched is there, and can be judged."""

import asyncio
import threading

import pytest

from reioc.ioc.bridge import Failure
from reioc.ioc.suspending.probe import probe
from reioc.suspenders import BoolHigh, Changed, Floor, SuspendAllOf

from .support import Watch, settled


class FromAThread:
    """A source that reports in a thread of its own, as Channel Access does."""

    def __init__(self, source):
        self.source, self.name = source, source.name

    def start(self, callback):
        thread = threading.Thread(target=self.source.start, args=(callback,))
        thread.start()
        thread.join()

    def stop(self):
        self.source.stop()


def several(*watches):
    """A suspender over the sources of all of these."""
    return SuspendAllOf(*(watch.suspender for watch in watches))


def failure(suspender, timeout=5.0):
    with pytest.raises(Failure) as raised:
        asyncio.run(probe(suspender, timeout))
    return str(raised.value)


def test_a_value_is_all_that_it_takes():
    """Good or bad does not matter; afterwards nothing is watched."""
    watch = Watch(value=0.0)
    asyncio.run(probe(watch.suspender))

    assert not watch.is_watched


def test_a_value_that_comes_from_another_thread_is_waited_for():
    """That is where PVs are watched."""
    here, there = Watch(value=250.0), Watch(value=1.0)
    asyncio.run(probe(several(here, Watch(source=FromAThread(there.source)))))

    assert (here.is_watched, there.is_watched) == (False, False)


def test_it_waits_until_the_last_one_is_there():
    """What comes later is not looked at."""

    async def test():
        first, second = Watch(value=250.0), Watch()
        waiting = asyncio.create_task(probe(several(first, second)))
        await settled()
        assert second.is_watched
        second.source.disconnect()
        first.source.put("no number")
        await settled()
        assert not waiting.done()
        second.source.put(1.0)
        second.source.put("no number")
        await waiting
        assert (first.is_watched, second.is_watched) == (False, False)

    asyncio.run(test())


def test_one_that_does_not_connect_is_named():
    """With the time that it was given."""
    there, gone = Watch(value=250.0), Watch(pv="GONE")
    gone.source.disconnect()

    assert failure(several(there, gone), timeout=0) == "GONE did not connect within 0 s"
    assert (there.is_watched, gone.is_watched) == (False, False)


@pytest.mark.parametrize(
    ("condition", "report", "why"),
    [
        (Floor(1), {"value": "on"}, "RING is a text, and 'floor' compares one number"),
        (Floor(1), {"value": 1, "labels": ("Off", "On")}, "RING is an enum (Off, On), and 'floor' compares numbers"),
        (BoolHigh(), {"value": "on"}, "RING is a text, and 'bool_high' needs a number or an enum"),
        (Changed("Auto"), {"value": 0, "labels": ("Off", "On")}, "RING has no state 'Auto'; its states: Off, On"),
        (Floor(1), {"value": None, "problem": "its value cannot be read: 5"}, "RING its value cannot be read: 5"),
    ],
)
def test_what_can_never_be_judged_is_named(condition, report, why):
    """As the suspender would say it."""
    watch = Watch(condition=condition)
    watch.source.report(**report)

    assert failure(watch.suspender).startswith(why)
    assert not watch.is_watched


def test_nothing_is_watched_when_nobody_waits_any_more():
    """Whoever asked has gone."""

    async def test():
        watch = Watch()
        waiting = asyncio.create_task(probe(watch.suspender))
        await settled()
        assert watch.is_watched
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        assert not watch.is_watched

    asyncio.run(test())


def test_nothing_is_watched_when_one_cannot_be_watched():
    """Those before it are stopped."""
    first, second = Watch(value=250.0), Watch()
    second.source.start = None

    with pytest.raises(TypeError):
        asyncio.run(probe(several(first, second)))
    assert not first.is_watched
