"""Monitors: events that come when a signal changes."""

import asyncio
import threading

import pytest

from reioc.engine import DocumentInvalid, IllegalMessageSequence, Msg, Outcome, RunBundler, RunEngineInterrupted

from .documents import named
from .fakes import Detector, Motor
from .flying_fakes import Signal
from .helpers import in_a_run, released_on, run

OPEN, CLOSE = Msg("open_run"), Msg("close_run")


def monitor(signal):
    return Msg("monitor", signal, name="watched")


def values(documents):
    """What the monitors gave, in order."""
    return [value for doc in named(documents, "event") for value in doc["data"].values()]


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


def elsewhere(function, *args):
    """Call it in another thread, and wait until that is over."""
    thread = threading.Thread(target=function, args=args)
    thread.start()
    thread.join(timeout=10)
    assert not thread.is_alive()


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


class Broken(Signal):
    """Fails in one method as soon as it is told to."""

    def __init__(self, method):
        super().__init__("broken")
        self.method, self.armed = method, False

    def _do(self, method, *args, **kwargs):
        if self.armed and method == self.method:
            raise OSError("no connection")
        return getattr(super(), method)(*args, **kwargs)

    def subscribe(self, *args, **kwargs):
        return self._do("subscribe", *args, **kwargs)

    def clear_sub(self, *args):
        return self._do("clear_sub", *args)

    def read(self):
        return self._do("read")


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


# In an engine


def test_monitor_of_a_plan(RE, documents):
    """A monitor goes on from its message to `unmonitor`, the events of the plan beside it."""
    signal, motor = Signal("s"), Motor("m")
    plan = [
        monitor(signal),
        Msg("set", signal, 1, group="a"),
        Msg("create", name="primary"),
        Msg("read", motor),
        Msg("save"),
        Msg("unmonitor", signal),
        Msg("set", signal, 2, group="a"),
    ]
    RE(in_a_run(*plan))

    assert values(documents) == [0, 1, 0]
    assert named(documents, "stop")[0]["num_events"] == {"watched": 2, "primary": 1}
    assert signal.subscribers == []


@pytest.mark.parametrize(
    ("messages", "text"),
    [
        (lambda signal: [monitor(signal), monitor(signal)], "'monitor' of s: it is monitored already"),
        (lambda signal: [Msg("unmonitor", signal)], "'unmonitor' of s: it is not monitored"),
    ],
)
def test_twice_or_never(RE, messages, text):
    """A signal is monitored once at a time; the refusal names the message and the signal."""
    with pytest.raises(IllegalMessageSequence, match=text):
        RE(in_a_run(*messages(Signal("s"))))


@pytest.mark.parametrize("command", ["monitor", "unmonitor"])
def test_without_a_run(RE, command):
    """Neither has a meaning without an open run."""
    with pytest.raises(IllegalMessageSequence, match=f"'{command}' needs an open run"):
        RE([Msg(command, Signal("s"))])


@pytest.mark.parametrize(
    ("message", "error", "text"),
    [
        (Msg("monitor", Motor("m")), TypeError, r"'monitor' needs a device with the method subscribe\(\); m \(Motor\)"),
        (Msg("monitor", Signal("s"), 3), Exception, r"'monitor' of s takes no arguments but keywords, not \(3,\)"),
    ],
)
def test_refused(RE, message, error, text):
    """What cannot be monitored, or not so, is refused with what is wrong."""
    with pytest.raises(error, match=text):
        RE(in_a_run(message))


def test_signal_that_cannot_be_subscribed_to(RE):
    """The plan gets what the signal raises; the signal counts as not monitored."""
    signal = Broken("subscribe")
    signal.armed = True
    refused = []

    def plan():
        yield OPEN
        try:
            yield monitor(signal)
        except OSError as error:
            refused.append(str(error))
        signal.armed = False
        yield monitor(signal)
        yield CLOSE

    RE(plan())

    assert refused == ["no connection"]


def test_not_while_paused(RE, documents):
    """A monitor is silent while the plan is paused, and tells the present value when it goes on."""
    signal = Signal("s")
    with pytest.raises(RunEngineInterrupted):
        RE(in_a_run(monitor(signal), Msg("checkpoint"), Msg("pause"), Msg("set", signal, 2, group="a")))
    assert signal.subscribers == []
    signal.set(1)
    assert values(documents) == [0]
    RE.resume()

    assert values(documents) == [0, 1, 2]
    assert signal.most == 1


def test_once_after_a_suspension(RE, documents):
    """After a suspension a monitor is there once: one put, one event (bluesky gives two)."""
    signal = Signal("s")

    def plan():
        yield OPEN
        yield monitor(signal)
        yield Msg("checkpoint")
        RE.hold("beam", "no beam", pre_plan=[Msg("null")])
        yield Msg("null")
        yield Msg("set", signal, 1, group="a")
        yield CLOSE

    released_on(RE, "suspended", "beam")
    RE(plan())

    assert values(documents) == [0, 0, 1]
    assert signal.most == 1


def refusing(name):
    """A subscriber whose data must not be missing, and which cannot take documents of this name."""

    def refuse(kind, doc):
        if kind == name and doc["seq_num"] > 1:
            raise OSError("disk full")

    return refuse


@pytest.mark.parametrize("where", ["the plan's thread", "another thread"])
def test_subscriber_that_fails_on_an_event(RE, where):
    """Where an event of a monitor cannot be written the plan fails, with the root cause, and can clean up in peace."""
    signal, cleaned = Signal("s"), []
    RE.subscribe(refusing("event"), on_error="fail")

    def plan():
        yield OPEN
        yield monitor(signal)
        try:
            if where == "another thread":
                elsewhere(signal.set, 1)
            else:
                yield Msg("set", signal, 1, group="a")
            yield Msg("sleep", None, 0)
            yield Msg("null")
        finally:
            signal.set(2)
            yield Msg("null")
            cleaned.append(True)

    result = run(RE, plan())

    assert (result.outcome, cleaned) == (Outcome.FAIL, [True])
    assert result.reason == "monitor of s failed: OSError: disk full"
    assert isinstance(result.exception.__cause__, OSError)


def test_event_that_fails_during_an_ending(RE, documents):
    """Where the plan is being ended already, its clean-up goes on, and what failed is reported."""
    signal, cleaned = Signal("s"), []
    RE.subscribe(refusing("event"), on_error="fail")

    def plan():
        yield OPEN
        yield monitor(signal)
        try:
            RE.request_stop("enough")
            yield Msg("sleep", None, 60)
        finally:
            signal.set(1)
            yield Msg("null")
            cleaned.append(True)

    result = RE.submit(plan()).result(timeout=20)

    assert (result.outcome, cleaned) == (Outcome.STOP, [True])
    assert result.problems == ("monitor of s failed: OSError: disk full",)


@pytest.mark.parametrize("where", ["the plan's thread", "another thread"])
def test_last_event_fails(RE, documents, where):
    """An event that fails when the plan sends no message any more is reported."""
    signal = Signal("s")
    RE.subscribe(refusing("event"), on_error="fail")

    def plan():
        yield OPEN
        yield monitor(signal)
        if where == "another thread":
            elsewhere(signal.set, 1)
        else:
            signal.set(1)

    (problem,) = RE.submit(plan()).result(timeout=20).problems

    assert problem.endswith("monitor of s failed: OSError: disk full")
    assert documents[-1][0] == "stop"


def test_monitor_that_cannot_be_restored(RE):
    """A signal that cannot be monitored again after a pause fails the plan: its data would be missing."""
    signal = Broken("subscribe")
    with pytest.raises(RunEngineInterrupted):
        RE(in_a_run(monitor(signal), Msg("checkpoint"), Msg("pause"), Msg("null")))
    signal.armed = True

    with pytest.raises(Exception, match="monitor of broken failed: OSError: no connection"):
        RE.resume()


@pytest.mark.parametrize("at", ["pause", "close_run", "the end"])
def test_monitor_that_cannot_be_ended(RE, documents, at):
    """A signal that cannot be let go is reported; the pause, the RunStop and the end come all the same."""
    signal = Broken("clear_sub")
    plan = {"pause": [Msg("checkpoint"), Msg("pause"), CLOSE], "close_run": [CLOSE], "the end": []}[at]

    def arm(msg):
        signal.armed = signal.armed or msg.command in ("monitor", "pause")

    RE.msg_hook = arm
    RE.call_returns_result = True
    if at == "pause":
        with pytest.raises(RunEngineInterrupted):
            RE([OPEN, monitor(signal), *plan])
        result = RE.resume()
    else:
        result = RE([OPEN, monitor(signal), *plan])

    assert result.outcome is Outcome.SUCCESS
    assert "could not stop monitoring broken: OSError: no connection" in result.problems
    assert [name for name, _ in documents][-1] == "stop"


@pytest.mark.parametrize("ending", ["fail", "stop", "halt"])
def test_cleared_whatever_the_end(RE, documents, ending):
    """Monitors end with the plan, whatever its end is."""
    signal = Signal("s")

    def plan():
        yield OPEN
        yield monitor(signal)
        if ending == "fail":
            raise ValueError("no more")
        getattr(RE, f"request_{ending}")("enough")
        yield Msg("sleep", None, 60)

    RE.submit(plan()).result(timeout=20)

    assert signal.subscribers == []
    assert documents[-1][0] == "stop"


def test_two_runs(RE, documents):
    """Two open runs, each with a monitor of the same signal: each has its own events, and ends its own."""
    signal, other = Signal("s"), Signal("o")
    RE(
        [
            Msg("open_run", run=1),
            Msg("monitor", signal, name="first", run=1),
            Msg("open_run", run=2),
            Msg("monitor", signal, name="second", run=2),
            Msg("monitor", other, name="other", run=2),
            Msg("checkpoint"),
            Msg("set", signal, 1, group="a"),
            Msg("unmonitor", signal, run=1),
            Msg("set", signal, 2, group="a"),
            Msg("close_run", run=2),
            Msg("set", other, 3, group="a"),
            Msg("close_run", run=1),
        ]
    )

    assert [doc["num_events"] for doc in named(documents, "stop")] == [{"second": 3, "other": 1}, {"first": 2}]
    assert signal.subscribers == other.subscribers == []
