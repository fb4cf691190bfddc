"""Monitors, configuration and interruptions through bluesky's engine and ours: equal documents."""

import asyncio

import bluesky.plan_stubs as bps
import bluesky.plans as bp
import bluesky.preprocessors as bpp
import ophyd
import ophyd.sim
import pytest
from ophyd_async.core import soft_signal_r_and_setter, soft_signal_rw

from reioc.engine import Msg

from .documents import named, normalised


def outcome(engine, plan):
    """The documents of a plan, which is resumed as often as it pauses, and what it raised."""
    documents, error = [], None
    token = engine.subscribe(lambda name, doc: documents.append((name, doc)))
    go_on = lambda: engine(plan)  # noqa: E731 - what is done next is a value
    while go_on is not None:
        try:
            go_on()
        except Exception as raised:
            error = None if str(engine.state) == "paused" else raised
        go_on = engine.resume if str(engine.state) == "paused" else None
    engine.unsubscribe(token)
    return documents, error


def compared(engines, make_plan):
    """Run the plan in both engines, which must agree. Returns our documents."""
    theirs, mine = (outcome(engine, make_plan()) for engine in engines)

    assert mine[1] is theirs[1] is None
    assert [name for name, _ in mine[0]] == [name for name, _ in theirs[0]]
    left_out = {"plan_args"}  # which has addresses
    assert normalised(mine[0], without=left_out) == normalised(theirs[0], without=left_out)
    return mine[0]


def a_signal(name="signal"):
    """A signal that tells new subscribers of its value, which ophyd's do once they have been put to."""
    signal = ophyd.Signal(name=name)
    signal.put(0)
    return signal


def event_data(documents):
    return [doc["data"] for doc in named(documents, "event")]


def monitored(signal, change, *between):
    """A monitored signal that changes, ended by `unmonitor`, or left to the end of the run."""
    yield Msg("open_run")
    yield Msg("monitor", signal, name="watched")
    for value in (1, 2):
        change(value)
    yield from between
    yield Msg("unmonitor", signal)
    change(3)
    yield Msg("monitor", signal, name="watched")
    change(4)
    yield Msg("close_run")
    change(5)


def test_signal_of_ophyd(engines):
    """Each change of a signal is an event, the present value the first; not after `unmonitor` and the run's end."""

    def plan():
        signal = a_signal()
        return monitored(signal, signal.put)

    documents = compared(engines, plan)

    assert event_data(documents) == [{"signal": value} for value in (0, 1, 2, 3, 4)]
    assert named(documents, "stop")[0]["num_events"] == {"watched": 5}


def test_without_a_name(engines):
    """A monitor that is given no name gets one of its own."""

    def plan():
        signal = a_signal()
        yield Msg("open_run")
        yield Msg("monitor", signal)
        yield Msg("close_run")

    theirs, mine = (named(outcome(engine, plan())[0], "descriptor")[0]["name"] for engine in engines)
    assert (theirs[:8], mine[:8], len(theirs)) == ("monitor-", "monitor-", len(mine))


def test_present_value_is_not_wanted(engines):
    """Keywords of the message go to the signal: `run=False` gives no event of the present value."""

    def plan():
        signal = a_signal()
        yield Msg("open_run")
        yield Msg._make(("monitor", signal, (), {"name": "watched", "run": False}, None))
        signal.put(1)
        yield Msg("close_run")

    assert event_data(compared(engines, plan)) == [{"signal": 1}]


@pytest.mark.parametrize("make", [soft_signal_rw, soft_signal_r_and_setter])
def test_signal_of_ophyd_async(engines, make):
    """A signal of ophyd-async hands over its readings, in the loop's own thread."""
    found = []
    for engine in engines:

        async def connected():
            made = make(int, 0, "signal")
            signal, setter = made if isinstance(made, tuple) else (made, None)
            await signal.connect()
            return signal, setter

        signal, setter = asyncio.run_coroutine_threadsafe(connected(), engine.loop).result(timeout=10)

        def plan(signal=signal, setter=setter):
            yield Msg("open_run")
            yield Msg("monitor", signal, name="watched")
            for value in (1, 2):
                if setter is not None:
                    setter(value)
                else:
                    yield from bps.abs_set(signal, value, wait=True)
            yield Msg("close_run")

        documents, error = outcome(engine, plan())
        assert error is None
        found.append(normalised(documents))

    assert found[1] == found[0]
    assert [doc["data"]["signal"] for name, doc in found[1] if name == "event"] == [0, 1, 2]


def test_pause(engines):
    """A monitor is suspended while the plan is paused, and then begins anew with the present value."""

    def plan():
        signal = a_signal()
        yield Msg("open_run")
        yield Msg("monitor", signal, name="watched")
        yield Msg("checkpoint")
        yield Msg("pause")
        signal.put(1)
        yield Msg("close_run")

    assert event_data(compared(engines, plan)) == [{"signal": 0}, {"signal": 0}, {"signal": 1}]


def during(scan):
    motor = ophyd.sim.SynAxis(name="motor")
    det = ophyd.sim.SynGauss("det", motor, "motor", center=0, Imax=1, sigma=1)
    return bpp.monitor_during_wrapper(scan(det, motor), [motor.readback])


def test_monitor_during_a_scan(engines):
    """The monitored readback of a motor that is scanned: events of both streams in the order in which they come."""
    documents = compared(engines, lambda: during(lambda det, motor: bp.scan([det], motor, 1, 3, 3)))

    assert named(documents, "stop")[0]["num_events"] == {"motor_monitor": 3, "primary": 3}


def test_two_runs(engines):
    """Two open runs, each with its monitors, of which one is of the same signal."""

    def plan():
        one, two = a_signal("one"), a_signal("two")
        yield Msg("open_run", run="outer")
        yield Msg("monitor", one, name="watched", run="outer")
        yield Msg("open_run", run="inner")
        yield Msg("monitor", one, name="watched", run="inner")
        yield Msg("monitor", two, name="other", run="inner")
        one.put(1)
        two.put(2)
        yield Msg("close_run", run="inner")
        one.put(3)
        two.put(4)
        yield Msg("unmonitor", one, run="outer")
        one.put(5)
        yield Msg("close_run", run="outer")

    documents = compared(engines, plan)

    assert [doc["num_events"] for doc in named(documents, "stop")] == [{"watched": 2, "other": 2}, {"watched": 3}]


def test_configuration(engines):
    """A device that is configured: a new descriptor with the new configuration, the events go on being numbered."""

    def plan():
        det = ophyd.sim.DetWithConf(name="det")
        det.configuration_attrs = ["d"]
        yield from bps.open_run()
        yield from bps.configure(det, {"d": 1})
        yield from bps.trigger_and_read([det])
        yield from bps.configure(det, {"d": 5})
        yield from bps.trigger_and_read([det])
        yield from bps.close_run()

    documents = compared(engines, plan)

    configurations = [doc["configuration"]["det"]["data"]["det_d"] for doc in named(documents, "descriptor")]
    assert configurations == [1, 5]
    assert [doc["seq_num"] for doc in named(documents, "event")] == [1, 2]


def test_reply_of_configure(engines):
    """The plan gets the old and the new configuration, also where no run is open."""
    replies = []

    def plan(det):
        replies.append((yield Msg("configure", det, {"d": 5})))

    for engine in engines:
        det = ophyd.sim.DetWithConf(name="det")
        outcome(engine, plan(det))

    assert [[part["det_d"]["value"] for part in reply] for reply in replies] == [[4, 5], [4, 5]]


def test_interruptions(engines):
    """Where interruptions are recorded, a pause and its end are events of a stream that every run has."""
    for engine in engines:
        engine.record_interruptions = True

    def plan():
        yield Msg("open_run", run="one")
        yield Msg("open_run", run="two")
        yield Msg("checkpoint")
        yield Msg("pause")
        yield Msg("close_run", run="two")
        yield Msg("close_run", run="one")

    documents = compared(engines, plan)

    assert event_data(documents) == [{"interruption": what} for what in ("pause", "pause", "resume", "resume")]
    assert [doc["num_events"] for doc in named(documents, "stop")] == [{"interruptions": 2}] * 2
