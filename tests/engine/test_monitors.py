"""Monitors: events that come when a signal changes."""

import asyncio
import threading

import pytest

from reioc.engine import DocumentInvalid, Msg, RunBundler

from .documents import named
from .fakes import Detector
from .flying_fakes import Signal
from .monitoring import CLOSE, OPEN, Broken, elsewhere, monitor, values


def in_a_loop(steps):
    """The documents and failures of a run with which `steps(run)`, a coroutine function, has been done in a loop."""
    emitted, failures = [], []

    async def main():
        def fail(msg, error):
            failures.append((msg, error))

        bundler = RunBundler({}, lambda name, doc: emitted.append((name, doc)), on_failure=fail)
        bundler.open_run(OPEN)
        await steps(bundler)

    asyncio.run(main())
    return emitted, failures


def test_descriptor_comes_at_once():
    """A monitor begins with its descriptor; the value that the signal has is its first event."""

    async def steps(bundler):
        await bundler.monitor(monitor(Signal("s")))
        bundler.close_run(CLOSE)

    emitted, _ = in_a_loop(steps)

    assert [name for name, _ in emitted] == ["start", "descriptor", "event", "stop"]
    assert emitted[1][1]["name"] == "watched"
    assert emitted[-1][1]["num_events"] == {"watched": 1}


def test_from_another_thread():
    """Readings are taken in the thread of the callback; the events come from the loop's, in the same order."""
    threads, signal = [], Signal("s")

    async def steps(bundler):
        await bundler.monitor(monitor(signal))
        elsewhere(lambda: [signal.set(value) for value in range(1, 100)])
        assert values(emitted) == [0]
        await asyncio.sleep(0)
        assert values(emitted) == list(range(100))
        bundler.close_run(CLOSE)

    emitted = []

    async def main():
        def emit(name, doc):
            threads.append(threading.current_thread())
            emitted.append((name, doc))

        bundler = RunBundler({}, emit)
        bundler.open_run(OPEN)
        await steps(bundler)

    asyncio.run(main())
    assert set(threads) == {threading.current_thread()}


def test_one_that_is_faster_than_its_events(RE, documents):
    """A signal that changes again before each of its events is out does not keep the plan from going on."""
    signal = Signal("s")

    def change(name, doc):
        if doc["seq_num"] < 5000:
            elsewhere(signal.set, doc["seq_num"])

    RE.subscribe(change, "event")
    RE([OPEN, monitor(signal), Msg("sleep", None, 0.01), Msg("unmonitor", signal), CLOSE])

    assert 1 < len(named(documents, "event")) < 5000
    assert values(documents) == list(range(len(values(documents))))


def test_in_the_loops_own_thread():
    """A change that is made by the plan itself is an event at once."""
    signal = Signal("s")

    async def steps(bundler):
        await bundler.monitor(monitor(signal))
        signal.set(1)
        bundler.record_interruption("nothing")
        bundler.create(Msg("create", name="primary"))
        await bundler.read(Msg("read", det), det.read())
        bundler.save(Msg("save"))
        bundler.close_run(CLOSE)

    det = Detector("d")
    det.latched = 7.0

    assert values(in_a_loop(steps)[0]) == [0, 1, 7]


def test_what_happened_first_comes_first():
    """What a monitor has told comes before an event that was taken later, even if the loop had no turn in between."""
    signal, det = Signal("s"), Detector("d")
    det.latched = 7.0

    async def steps(bundler):
        await bundler.monitor(monitor(signal))
        bundler.create(Msg("create", name="primary"))
        await bundler.read(Msg("read", det), det.read())
        elsewhere(signal.set, 1)
        bundler.save(Msg("save"))
        elsewhere(signal.set, 2)
        bundler.close_run(CLOSE)

    assert values(in_a_loop(steps)[0]) == [0, 1, 7, 2]


def test_change_by_a_subscriber():
    """A subscriber that changes the signal does not mix up the order in which all of them get the documents."""
    signal, others = Signal("s"), []

    def emit(name, doc):
        if name == "event" and doc["data"]["s"] < 3:
            signal.set(doc["data"]["s"] + 1)
        others.append((name, doc))

    async def main():
        bundler = RunBundler({}, emit)
        bundler.open_run(OPEN)
        await bundler.monitor(monitor(signal))
        for _ in range(5):
            await asyncio.sleep(0)
        bundler.close_run(CLOSE)

    asyncio.run(main())
    assert values(others) == [0, 1, 2, 3]


def test_readings_that_are_handed_over():
    """A signal that hands its readings over is not read, whether or not `read` is a coroutine."""

    class Telling(Signal):
        async def read(self):
            raise AssertionError("it was read")

        def _tell(self, callbacks):
            for callback in tuple(callbacks):
                callback({self.name: {"value": 10 + self.position, "timestamp": 1.0}})

    signal = Telling("s")

    async def steps(bundler):
        await bundler.monitor(monitor(signal))
        signal.set(1)
        bundler.close_run(CLOSE)

    assert values(in_a_loop(steps)[0]) == [10, 11]


def test_nothing_is_lost_at_the_end():
    """What arrived before `unmonitor` and `close_run` is emitted; what comes later is nobody's."""
    signal, other = Signal("s"), Signal("o")

    async def steps(bundler):
        await bundler.monitor(monitor(signal))
        await bundler.monitor(Msg("monitor", other, name="other"))
        callbacks = [*signal.subscribers, *other.subscribers]
        elsewhere(signal.set, 1)
        bundler.unmonitor(Msg("unmonitor", signal))
        elsewhere(other.set, 2)
        bundler.close_run(CLOSE)
        for callback in callbacks:
            callback()
            elsewhere(callback)
        await asyncio.sleep(0)

    emitted, failures = in_a_loop(steps)

    assert (values(emitted), failures) == ([0, 0, 1, 2], [])
    assert emitted[-1][0] == "stop"


def test_reading_that_is_just_being_taken():
    """A reading that another thread is taking when the run is closed belongs to the run; its RunStop waits."""
    taking, go_on = threading.Event(), threading.Event()

    class Slow(Signal):
        def read(self):
            if threading.current_thread() is not threading.main_thread():
                taking.set()
                assert go_on.wait(timeout=10)
            return super().read()

    signal = Slow("s")

    async def steps(bundler):
        await bundler.monitor(monitor(signal))
        thread = threading.Thread(target=signal.set, args=(1,))
        thread.start()
        assert taking.wait(timeout=10)
        closing = bundler.close_run(CLOSE)
        asyncio.get_running_loop().call_soon(go_on.set)
        assert await closing == bundler.uid
        thread.join(timeout=10)

    emitted, _ = in_a_loop(steps)

    assert [name for name, _ in emitted] == ["start", "descriptor", "event", "event", "stop"]


def test_suspended_and_restored_once():
    """However often monitors are suspended and restored: there is one subscription, or none."""
    signal = Signal("s")

    async def steps(bundler):
        await bundler.monitor(monitor(signal))
        for _ in range(2):
            bundler.suspend_monitors()
            assert signal.subscribers == []
        signal.set(1)
        for _ in range(2):
            bundler.restore_monitors()
            assert len(signal.subscribers) == 1
        signal.set(2)
        bundler.clear_monitors()
        assert signal.subscribers == []
        bundler.restore_monitors()
        bundler.close_run(CLOSE)

    assert values(in_a_loop(steps)[0]) == [0, 1, 2]
    assert signal.calls.count("subscribe") == signal.calls.count("clear_sub") == 2


def test_rewinding_does_not_touch_a_monitor():
    """The events of a monitor are not taken again, so their numbers go on; a monitored run has the right number."""
    signal = Signal("s")

    async def steps(bundler):
        await bundler.monitor(monitor(signal))
        bundler.reset_checkpoint_state()
        signal.set(1)
        bundler.rewind()
        signal.set(2)
        bundler.close_run(CLOSE)

    emitted, _ = in_a_loop(steps)

    assert [doc["seq_num"] for doc in named(emitted, "event")] == [1, 2, 3]
    assert emitted[-1][1]["num_events"] == {"watched": 3}


def test_configured_signal():
    """After a signal has been configured its events belong to the new descriptor; what had arrived, to the old one."""
    signal = Signal("s")

    async def steps(bundler):
        await bundler.monitor(monitor(signal))
        elsewhere(signal.set, 1)
        await bundler.configure(Msg("configure", signal))
        signal.set(2)
        bundler.close_run(CLOSE)

    emitted, _ = in_a_loop(steps)
    first, second = (doc["uid"] for doc in named(emitted, "descriptor"))

    assert [doc["descriptor"] for doc in named(emitted, "event")] == [first, first, second]
    assert [name for name, _ in emitted] == ["start", "descriptor", "event", "event", "descriptor", "event", "stop"]


def test_two_failures_are_told_once():
    """A reading that cannot be taken is told with its message; the next one does not hit the clean-up of the plan."""
    signal = Broken("read")

    async def steps(bundler):
        await bundler.monitor(monitor(signal))
        signal.armed = True
        signal.set(1)
        elsewhere(signal.set, 2)
        bundler.close_run(CLOSE)

    emitted, failures = in_a_loop(steps)

    assert [(msg.command, str(error)) for msg, error in failures] == [("monitor", "no connection")]
    assert values(emitted) == [0]


@pytest.mark.parametrize(
    ("reading", "text"),
    [
        ({"s": {"value": 1.0}}, "the reading of s for 's' is {'value': 1.0}"),
        ({"t": {"value": 1.0, "timestamp": 1.0}}, r"the keys \['t'\], the descriptor \['s'\]"),
        (None, "the reading of s is None"),
    ],
)
def test_nonsense_is_told(reading, text):
    """What is no reading of the signal is told with what is wrong."""
    signal = Signal("s")

    async def steps(bundler):
        await bundler.monitor(monitor(signal))
        signal.read = lambda: reading
        signal.set(1)
        bundler.close_run(CLOSE)

    ((_, error),) = in_a_loop(steps)[1]

    with pytest.raises(DocumentInvalid, match=text):
        raise error


def test_coroutine_that_cannot_be_awaited():
    """A signal that calls back without readings, and has a coroutine `read`, is told what it should do."""
    signal = Signal("s")

    async def steps(bundler):
        await bundler.monitor(monitor(signal))

        async def read():
            return {}

        signal.read = read
        signal.set(1)
        bundler.close_run(CLOSE)

    ((_, error),) = in_a_loop(steps)[1]

    with pytest.raises(TypeError, match=r"s was called back without readings.* its subscribe\(\) must hand over"):
        raise error
