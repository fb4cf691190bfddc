"""A loop that was given up, and the suspenders that watched a signal on it."""

import asyncio
import threading

from ophyd_async.core import soft_signal_rw

from reioc.engine import Msg, RunEngine
from reioc.suspenders import SuspendFloor
from reioc.suspenders.sources import AsyncSignalSource

PATIENCE = 20.0


def test_what_was_watched_on_it_is_not_known_any_more():
    """Whoever judges by it is told so once, and what the old loop still says is not asked for."""
    samples = []

    async def watch():
        signal = soft_signal_rw(float, 5.0, name="s")
        await signal.connect()
        source = AsyncSignalSource(signal)
        source.start(samples.append)
        source.loop_is_given_up()
        source.stop()

    asyncio.run(watch())

    assert [(sample.value, sample.connected) for sample in samples] == [(5.0, True), (None, False)]


def test_a_suspender_over_it_trips():
    """It holds the next plan until its device is connected again, rather than watch nothing."""
    RE = RunEngine(context_managers=[])
    RE.halt_patience = 0.1
    signal = soft_signal_rw(float, 250.0, name="current")
    asyncio.run_coroutine_threadsafe(signal.connect(), RE.loop).result(PATIENCE)
    suspender = SuspendFloor(signal, 100, name="beam")
    RE.install_suspender(suspender)
    entered, go_on, tripped = threading.Event(), threading.Event(), threading.Event()
    suspender.observe(lambda status: tripped.set() if status.tripped else None)

    def blocked():
        entered.set()
        go_on.wait(PATIENCE)
        yield Msg("null")

    done = RE.submit(blocked())
    assert entered.wait(PATIENCE)
    RE.request_halt()
    done.result(PATIENCE)
    assert tripped.wait(PATIENCE)

    assert (suspender.status.connected, [hold.owner for hold in RE.holds]) == (False, [suspender])
    go_on.set()
    RE.close()
