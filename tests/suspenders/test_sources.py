"""Signals of both kinds as sources."""

import asyncio

import pytest
from ophyd import Signal
from ophyd.sim import SynAxis
from ophyd_async.core import soft_signal_rw

from reioc.suspenders.sample import Severity
from reioc.suspenders.sources import AsyncSignalSource, ManualSource, SignalSource, Source, as_source


def seen(samples):
    return [(sample.value, sample.connected) for sample in samples]


class Alarmed(Signal):
    """An ophyd signal that connects, disconnects and has an alarm severity, as an EpicsSignal does."""

    def __init__(self, **settings):
        super().__init__(name="alarmed", **settings)
        self._metadata_keys = (*self._metadata_keys, "severity")

    def connect(self, connected):
        self._metadata["connected"] = connected
        self._run_subs(sub_type=self.SUB_META, **self._metadata)

    def report(self, value, severity):
        self.put(value, force=True, metadata={"severity": severity})


def test_a_soft_signal_reports_what_it_holds_already():
    """Ophyd itself would not say before the next put."""
    samples, source = [], SignalSource(Signal(name="s", value=5))
    source.start(samples.append)

    assert seen(samples) == [(5, True)]
    assert source.name == "s"


def test_a_signal_reports_changes_until_stopped():
    """Values, with ophyd's time stamps."""
    samples, signal = [], Signal(name="s", value=5)
    source = SignalSource(signal)
    source.start(samples.append)
    signal.put(6, timestamp=1234.5)
    source.stop()
    signal.put(7)
    source.stop()

    assert seen(samples) == [(5, True), (6, True)]
    assert samples[-1].timestamp == 1234.5


def test_a_signal_can_be_watched_again():
    """`start` may follow `stop`."""
    samples, signal = [], Signal(name="s", value=5)
    source = SignalSource(signal)
    source.start(samples.append)
    source.stop()
    signal.put(6)
    source.start(samples.append)

    assert seen(samples)[-1] == (6, True)


def test_the_alarm_severity_is_reported():
    """It comes with the value."""
    samples, signal = [], Alarmed(value=5)
    SignalSource(signal).start(samples.append)
    signal.report(6, 3)

    assert Severity.INVALID is samples[-1].severity


def test_a_signal_that_is_not_connected_reports_nothing():
    """What it may hold from before says nothing about now."""
    samples, signal = [], Alarmed(value=5)
    signal.connect(False)
    SignalSource(signal).start(samples.append)

    assert samples == []


def test_disconnections_are_reported():
    """With a new value needed to be connected again: the old one is not known any more."""
    samples, signal = [], Alarmed(value=5)
    SignalSource(signal).start(samples.append)
    signal.connect(False)
    signal.connect(True)
    signal.report(6, 0)

    assert seen(samples) == [(5, True), (None, False), (6, True)]


def test_a_value_that_comes_before_the_connection_is_kept():
    """The two come from two threads of ophyd's: either may come first."""
    samples, signal = [], Alarmed(value=5)
    SignalSource(signal).start(samples.append)
    signal.connect(False)
    signal.report(6, 0)
    signal.connect(True)

    assert seen(samples) == [(5, True), (None, False), (6, True)]


def test_a_signal_that_cannot_be_read_reports_from_its_first_value_on():
    """A time-out or whatever else ophyd raises is no reason not to watch it."""

    class Shy(Signal):
        def get(self, **kwargs):
            raise TimeoutError("no answer")

    samples, signal = [], Shy(name="s", value=5)
    SignalSource(signal).start(samples.append)
    signal.put(6)

    assert seen(samples) == [(6, True)]


def test_a_device_is_watched_by_what_it_subscribes_to_by_default():
    """A motor's is its readback."""
    samples, motor = [], SynAxis(name="motor")
    source = SignalSource(motor)
    source.start(samples.append)
    motor.set(3).wait(10)
    source.stop()
    motor.set(4).wait(10)

    assert seen(samples)[-1] == (3, True)


def test_an_ophyd_async_signal_on_its_loop():
    """Its level is reported as soon as it is known; then its changes, until stopped."""
    samples = []

    async def watch():
        signal = soft_signal_rw(float, 5.0, name="s")
        await signal.connect()
        source = AsyncSignalSource(signal)
        source.start(samples.append)
        await signal.set(6.0)
        source.stop()
        await signal.set(7.0)
        return source.name

    assert asyncio.run(watch()) == "s"
    assert seen(samples) == [(5.0, True), (6.0, True)]
    assert Severity.NO_ALARM is samples[0].severity


def test_an_ophyd_async_signal_from_another_thread():
    """`start` and `stop` find their way to the loop they were given."""
    samples = []

    async def watch():
        signal = soft_signal_rw(float, 5.0, name="s")
        await signal.connect()
        source = AsyncSignalSource(signal, asyncio.get_running_loop())
        await asyncio.to_thread(source.start, samples.append)
        await signal.set(6.0)
        await asyncio.to_thread(source.stop)
        await signal.set(7.0)

    asyncio.run(watch())

    assert seen(samples) == [(5.0, True), (6.0, True)]


def test_an_ophyd_async_signal_without_a_loop_is_refused():
    """The message says what is missing."""
    source = AsyncSignalSource(soft_signal_rw(float, 5.0, name="s"))

    with pytest.raises(RuntimeError, match="s is an ophyd-async signal: it needs an event loop"):
        source.start(print)


def test_the_manual_source():
    """Moved by hand: what was put before `start` counts, what comes after `stop` does not."""
    samples, source = [], ManualSource("ring")
    source.put(1, Severity.MINOR)
    source.start(samples.append)
    source.disconnect()
    source.stop()
    source.put(2)

    assert seen(samples) == [(1, True), (None, False)]
    assert [sample.severity for sample in samples] == [Severity.MINOR, Severity.INVALID]
    assert isinstance(source, Source)


def test_what_can_be_watched():
    """Signals of both kinds and Sources."""
    manual = ManualSource()

    assert manual is as_source(manual)
    assert isinstance(as_source(Signal(name="s")), SignalSource)
    assert isinstance(as_source(soft_signal_rw(float)), AsyncSignalSource)


def test_what_cannot_be_watched_is_refused():
    """A PV name gets a hint."""
    with pytest.raises(TypeError, match=r"3 cannot be watched: it is neither a signal nor a Source$"):
        as_source(3)
    with pytest.raises(TypeError, match=r"'RING:CUR' cannot be watched.*take the PV form of the suspender"):
        as_source("RING:CUR")
