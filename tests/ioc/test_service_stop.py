"""A service that is told to end while its queue runs."""

from __future__ import annotations

import asyncio
import signal
import threading
from types import SimpleNamespace

from reioc.engine import RunResult
from reioc.ioc.service import Service, _ends

from .queue.support import with_beamline


def ends(RE, beamline):
    """What SIGTERM does to the plan."""
    pvs = SimpleNamespace(runner=beamline.runner, bridge=beamline.bridge)
    return Service._stop_plan(SimpleNamespace(engine=RE), SimpleNamespace(pvs=pvs))


def test_a_plan_that_is_just_being_started_is_stopped(RE):
    """The engine has accepted it, and is idle still: it would run on until the service loses patience."""

    async def test(beamline):
        await beamline.add("waiting")
        held, submitted = threading.Event(), asyncio.Event()
        submit = RE.submit
        RE.submit = lambda *args, **metadata: (submitted.set(), submit(*args, **metadata))[1]
        RE.loop.call_soon_threadsafe(held.wait, 10)
        over = beamline.runner.start()
        await submitted.wait()
        ending = asyncio.ensure_future(ends(RE, beamline))
        await asyncio.sleep(0)
        held.set()
        async with asyncio.timeout(5):
            await ending
        assert await over == "the service ends: waiting() is first in the queue again"
        assert beamline.waiting == ["waiting"]

    with_beamline(RE, test)


def test_a_plan_that_is_over_just_then_is_no_trouble(RE):
    """It cannot be stopped, and need not be."""

    async def test(beamline):
        beamline.let_go()
        await beamline.add("waiting", "one_point")
        over = beamline.runner.start()
        await beamline.bridge.until(lambda news: news if isinstance(news, RunResult) else None)
        await ends(RE, beamline)
        await over
        assert beamline.waiting in (["one_point"], [])

    with_beamline(RE, test)


def test_signals_that_were_blocked_by_whoever_started_it_are_heard():
    """As procServ does; SIGHUP too, but not where nohup has it ignored."""
    blocked = {signal.SIGTERM, signal.SIGINT, signal.SIGHUP}
    before, hangup = signal.pthread_sigmask(signal.SIG_BLOCK, blocked), signal.getsignal(signal.SIGHUP)
    try:
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        assert signal.SIGHUP not in _ends()
        signal.signal(signal.SIGHUP, signal.SIG_DFL)
        assert set(_ends()) == blocked
        assert not blocked & signal.pthread_sigmask(signal.SIG_BLOCK, ())
    finally:
        signal.signal(signal.SIGHUP, hangup)
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
