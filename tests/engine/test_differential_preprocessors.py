"""Stubs and preprocessors in bluesky's engine and ours: equal documents, equal calls of devices, equal replies."""

import asyncio
from types import SimpleNamespace

import bluesky.plan_stubs
import bluesky.plans
import bluesky.preprocessors
import pytest
from bluesky.run_engine import RunEngine as BlueskyEngine
from ophyd_async.core import soft_signal_r_and_setter, soft_signal_rw

import reioc.engine.plans
from reioc.engine import RunEngine

from .documents import named, normalised, plain
from .fakes import Detector, Motor
from .flying_fakes import Flyer, Signal, Tunable

THEIRS = SimpleNamespace(**{**vars(bluesky.preprocessors), **vars(bluesky.plan_stubs), **vars(bluesky.plans)})
OURS = SimpleNamespace(**vars(reioc.engine.plans))


class Suspender:
    """Knows where it is installed."""

    def __init__(self):
        self.calls = []

    def install(self, RE, **kwargs):
        self.calls.append("install")

    def remove(self):
        self.calls.append("remove")


class Lab:
    """Fresh devices."""

    def __init__(self):
        self.m1, self.m2 = Motor("m1"), Motor("m2")
        self.signal = Signal("signal")
        self.det = Detector("det", self.m1)
        self.tunable = Tunable("tunable", self.m1)
        self.det.count_time = Motor("count_time")
        self.det.count_time.get = lambda: self.det.count_time.position
        self.flyer, self.other = Flyer("flyer", 2), Flyer("other", 3)
        self.suspender = Suspender()

    @property
    def calls(self):
        """What was done with each device, in order."""
        return {name: device.calls for name, device in vars(self).items()}


def moving_the_signal(p, lab):
    return p.run_wrapper(p.mv(lab.signal, 3, lab.m1, 1), md={"plan_name": "moving"})


def flight(p, lab):
    statuses = yield from p.kickoff_all(lab.flyer, lab.other)
    yield from p.trigger_and_read([lab.det], name="meanwhile")
    more = yield from p.complete_all(lab.flyer, lab.other, group="landing")
    yield from p.wait("landing")
    collected = yield from p.collect(lab.flyer)
    yield from p.collect(lab.other, return_payload=False)
    return [status.success for status in (*statuses, *more)], [event["data"] for event in collected]


def one_flyer(p, lab):
    kicked = yield from p.kickoff(lab.flyer, wait=True)
    completed = yield from p.complete(lab.flyer, wait=True)
    collected = yield from p.collect(lab.flyer)
    return kicked.done, completed.done, len(collected)


def reconfiguring(p, lab):
    yield from p.trigger_and_read([lab.tunable])
    old, new = yield from p.configure(lab.tunable, 2.5)
    yield from p.trigger_and_read([lab.tunable])
    return old, new


def monitoring(p, lab):
    yield from p.monitor(lab.signal, name="watched")
    yield from p.mv(lab.signal, 4)
    yield from p.unmonitor(lab.signal)
    yield from p.mv(lab.signal, 5)


def declaring(p, lab):
    yield from p.declare_stream(lab.det, lab.m1, name="primary")
    for position in (1, 2):
        yield from p.mv(lab.m1, position)
        yield from p.trigger_and_read([lab.det, lab.m1])


def using(p, lab):
    yield from p.open_run()
    yield from p.mv(lab.m1, 2)
    yield from p.trigger_and_read([lab.det, lab.m1])
    yield from p.mv(lab.m2, 3)
    yield from p.close_run()


def two_counts(p, lab):
    yield from p.count([lab.det])
    yield from p.count([lab.det], md={"number": 2})


def repeating(p, lab):
    yield from p.repeater(2, p.trigger_and_read, [lab.det])
    replies = yield from p.broadcast_msg("set", [lab.m1, lab.m2], 3, group="g")
    yield from p.wait("g")
    return [status.done for status in replies], (yield from p.rd(lab.m1)), (yield from p.rd(lab.det))


IN_A_RUN = {
    "flyers": flight,
    "one flyer": one_flyer,
    "configure": reconfiguring,
    "monitor": monitoring,
    "declare_stream": declaring,
    "repeaters": repeating,
}

PLANS = {
    **{name: lambda p, lab, inner=inner: noting(p, lab, inner) for name, inner in IN_A_RUN.items()},
    "baseline": lambda p, lab: p.baseline_wrapper(p.scan([lab.det], lab.m1, 0, 1, 2), [lab.m1, lab.tunable]),
    "baseline of two runs": lambda p, lab: p.baseline_wrapper(two_counts(p, lab), [lab.m2], name="conditions"),
    "baseline with a run key": lambda p, lab: p.baseline_wrapper(
        p.set_run_key_wrapper(p.count([lab.det]), "inner"), [lab.m2]
    ),
    "monitors": lambda p, lab: p.monitor_during_wrapper(moving_the_signal(p, lab), [lab.signal]),
    "monitors in a scan": lambda p, lab: p.monitor_during_wrapper(p.scan([lab.det], lab.m1, 0, 1, 2), [lab.signal]),
    "flyers in a count": lambda p, lab: p.fly_during_wrapper(p.count([lab.det], 2), [lab.flyer, lab.other]),
    "supplemental data": lambda p, lab: p.SupplementalData(
        baseline=[lab.m2], monitors=[lab.signal], flyers=[lab.flyer]
    )(p.scan([lab.det], lab.m1, 0, 1, 2)),
    "lazy staging": lambda p, lab: p.lazily_stage_wrapper(using(p, lab)),
    "staging": lambda p, lab: p.stage_wrapper(using(p, lab), [lab.det, lab.m1]),
    "count time": lambda p, lab: p.configure_count_time_wrapper(p.count([lab.det]), 3),
    "a stub": lambda p, lab: p.run_wrapper(p.stub_wrapper(p.count([lab.det], md={"a": 1}))),
    "suspenders": lambda p, lab: p.suspend_wrapper(p.count([lab.det]), lab.suspender),
    "relative": lambda p, lab: p.relative_set_wrapper(p.reset_positions_wrapper(using(p, lab))),
    "metadata": lambda p, lab: p.inject_md_wrapper(p.count([lab.det], md={"a": 1}), {"a": 2, "b": 3}),
    "not rewindable": lambda p, lab: p.rewindable_wrapper(p.count([lab.det]), False),
}


def failing(p, lab):
    yield from p.trigger_and_read([lab.det])
    raise ValueError("no more")


FAILING = {
    "supplemental data": lambda p, lab: p.SupplementalData(
        baseline=[lab.m2], monitors=[lab.signal], flyers=[lab.flyer]
    )(p.run_wrapper(failing(p, lab))),
    "lazy staging": lambda p, lab: p.lazily_stage_wrapper(p.run_wrapper(failing(p, lab))),
    "count time": lambda p, lab: p.configure_count_time_wrapper(p.run_wrapper(failing(p, lab)), 3),
    "suspenders": lambda p, lab: p.suspend_wrapper(p.run_wrapper(failing(p, lab)), [lab.suspender]),
    "no landing": lambda p, lab: p.fly_during_wrapper(p.run_wrapper(p.complete(lab.flyer)), [lab.flyer]),
}


def noting(p, lab, inner):
    """A run whose plan's result is kept in the lab."""

    def note():
        lab.result = SimpleNamespace(calls=plain((yield from inner(p, lab))))

    return p.run_wrapper(note(), md={"plan_name": "noting"})


@pytest.fixture(scope="module")
def engines():
    """Bluesky's engine and ours."""
    theirs = BlueskyEngine({}, loop=asyncio.new_event_loop(), context_managers=[])
    mine = RunEngine({})
    yield SimpleNamespace(theirs=theirs, ours=mine)
    mine.close()
    theirs.loop.call_soon_threadsafe(theirs.loop.stop)
    theirs._th.join(timeout=10)
    theirs.loop.close()


@pytest.fixture(autouse=True)
def quick_bluesky(monkeypatch):
    """Bluesky formats the stack in each stub, for a warning."""
    monkeypatch.setattr("traceback.format_stack", lambda *_: [])


def executed(engine, make_plan, plans):
    """The documents of a plan, and what was done with the devices."""
    lab, documents, ending = Lab(), [], None
    token = engine.subscribe(lambda name, doc: documents.append((name, doc)))
    try:
        engine(make_plan(plans, lab))
    except Exception as error:
        ending = str(error)
    finally:
        engine.unsubscribe(token)
    return normalised(documents, without={"plan_pattern_module", "scan_id"}), lab.calls, ending


every_mix = pytest.mark.parametrize(
    ("engine", "plans"),
    [("ours", OURS), ("ours", THEIRS), ("theirs", OURS)],
    ids=["ours in our engine", "bluesky's in our engine", "ours in bluesky's engine"],
)


@every_mix
@pytest.mark.parametrize("name", PLANS)
def test_same_documents_and_calls(engines, name, engine, plans):
    """Whose stubs and preprocessors, and whose engine, makes no difference to documents and devices."""
    expected = executed(engines.theirs, PLANS[name], THEIRS)
    actual = executed(getattr(engines, engine), PLANS[name], plans)

    assert actual == expected
    assert named(actual[0], "start") != []
    assert actual[2] is None


@every_mix
@pytest.mark.parametrize("name", FAILING)
def test_same_clean_up(engines, name, engine, plans):
    """A plan that fails leaves the same documents, the same calls of devices and the same error."""
    expected = executed(engines.theirs, FAILING[name], THEIRS)
    actual = executed(getattr(engines, engine), FAILING[name], plans)

    assert actual == expected
    assert named(actual[0], "stop")[0]["exit_status"] == "fail"


@pytest.mark.parametrize("engine", ["ours", "theirs"])
def test_what_is_monitored_and_measured_along_is_there(engines, engine):
    """As a preprocessor of an engine, `SupplementalData` adds its streams to each plan."""
    RE, lab, documents = getattr(engines, engine), Lab(), []
    data = OURS.SupplementalData(baseline=[lab.m2], monitors=[lab.signal], flyers=[lab.flyer])
    RE.preprocessors.append(data)
    token = RE.subscribe(lambda name, doc: documents.append((name, doc)))
    RE(moving_the_signal(OURS, lab))
    RE.preprocessors.remove(data)
    RE.unsubscribe(token)

    streams = {doc["uid"]: doc["name"] for doc in named(documents, "descriptor")}
    events = [streams[doc["descriptor"]] for doc in named(documents, "event")]
    assert sorted(streams.values()) == ["baseline", "flyer", "signal_monitor"]
    assert events == ["baseline", "signal_monitor", "signal_monitor", "baseline"]


@pytest.mark.parametrize("engine", ["ours", "theirs"])
def test_rd_of_asynchronous_signals(engines, engine):
    """Where a signal is that can be set, and the value of one that can only be read."""
    RE, found = getattr(engines, engine), []

    async def connected():
        readable, _ = soft_signal_r_and_setter(int, 7, "counts")
        writable = soft_signal_rw(float, 1.5, "position")
        await asyncio.gather(readable.connect(), writable.connect())
        return readable, writable

    readable, writable = asyncio.run_coroutine_threadsafe(connected(), RE.loop).result(timeout=10)

    def plan():
        yield from OURS.mv(writable, 2.5)
        found.append((yield from OURS.rd(readable)))
        found.append((yield from OURS.rd(writable)))
        found.append((yield from OURS.trigger_and_read([readable, writable])))

    RE(OURS.run_wrapper(plan()))

    assert found[:2] == [7, 2.5]
    assert {name: reading["value"] for name, reading in found[2].items()} == {"counts": 7, "position": 2.5}
