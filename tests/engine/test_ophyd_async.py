"""Devices of ophyd-async, whose every method is a coroutine: the same documents as in bluesky's engine."""

import asyncio
import warnings
from types import SimpleNamespace

import bluesky.plan_stubs as bps
import bluesky.plans as bp
import bluesky.preprocessors as bpp
import pytest
from bluesky.run_engine import RunEngine as BlueskyEngine
from ophyd_async.core import (
    AsyncStatus,
    FlyMotorInfo,
    soft_signal_rw,
)
from ophyd_async.plan_stubs import ensure_connected

import reioc.engine.plans as ours
from reioc.engine import Msg, RunEngine, RunEngineInterrupted

from .documents import named, normalised
from .ophyd_async_lab import Laboratory

THEIRS = SimpleNamespace(**vars(bps), **{name: plan for name, plan in vars(bp).items() if name not in vars(bps)})


@pytest.fixture(scope="module")
def laboratories():
    """One in bluesky's engine, one in ours."""
    theirs = BlueskyEngine(loop=asyncio.new_event_loop(), context_managers=[])
    mine = RunEngine()
    yield Laboratory(theirs), Laboratory(mine)
    mine.close()
    theirs.loop.call_soon_threadsafe(theirs.loop.stop)
    theirs._th.join(timeout=10)
    theirs.loop.close()


@pytest.fixture
def lab(laboratories):
    """The one in our engine."""
    return laboratories[1]


def observed(lab, plan):
    """The documents of a plan, and what it returned if that is not the uid of its run."""
    documents, results = [], []

    def noted():
        result = yield from plan
        results.extend([] if isinstance(result, str) else [result])

    token = lab.RE.subscribe(lambda name, doc: documents.append((name, doc)))
    lab.RE(noted())
    lab.RE.unsubscribe(token)
    return normalised(documents, without=("scan_id", "plan_pattern_module", "plan_type", "plan_name")), results


def moved(p, lab):
    """Moves, there and back, and where that leads."""
    yield from p.mv(lab.m1, 3, lab.m2, 4, lab.knob, 1.5)
    yield from p.mvr(lab.m1, 1)
    found = [(yield from p.rd(lab.m1)), (yield from p.rd(lab.knob))]
    found.append((yield from p.locate(lab.m1)))
    found.append((yield from p.locate(lab.m1, lab.m2)))
    found.append((yield from p.locate(lab.m1, squeeze=False)))
    return found


def staged(p, lab):
    """Staging with a group: the replies are statuses, which are waited for."""
    replies = []
    for command in ("stage", "unstage"):
        replies.append(type((yield Msg(command, lab.det, group=command))).__name__)
        replies.append(type((yield Msg(command, lab.m1, group=command))).__name__)
        replies.append((yield Msg("wait", None, group=command)))
    return replies


def prepared(p, lab):
    """A motor that is made ready for a flight goes to its beginning."""
    flight = FlyMotorInfo(start_position=1, end_position=3, time_for_move=1)
    reply = yield Msg("prepare", lab.m1, flight, group="A")
    waited = yield Msg("wait", None, group="A")
    yield from p.prepare(lab.m2, flight, wait=True)
    return [type(reply).__name__, waited, (yield from p.rd(lab.m1)), (yield from p.rd(lab.m2))]


def stopped(p, lab):
    """A device that stands still can be stopped."""
    yield from p.stop(lab.m1)
    return (yield Msg("stop", lab.m2))


def with_a_baseline(p, lab):
    """A baseline, and devices of both kinds of stream."""
    plan = p.scan([lab.det, lab.knob], lab.m1, 0, 1, 2)
    return (yield from bpp.baseline_wrapper(plan, [lab.m2]))


PLANS = {
    "count": lambda p, lab: p.count([lab.det], 3),
    "count of motors": lambda p, lab: p.count([lab.det, lab.m1, lab.m2, lab.knob]),
    "scan": lambda p, lab: p.scan([lab.det], lab.m1, -1, 1, 3),
    "scan of two": lambda p, lab: p.scan([lab.det], lab.m1, -1, 1, lab.m2, 0, 4, 3),
    "scan of a signal": lambda p, lab: p.scan([lab.det], lab.knob, 1, 2, 2),
    "rel_scan": lambda p, lab: p.rel_scan([lab.det], lab.m1, -1, 1, 3),
    "list_scan": lambda p, lab: p.list_scan([lab.det], lab.m1, [3, 1, 2]),
    "grid_scan": lambda p, lab: p.grid_scan([lab.det], lab.m1, 0, 1, 2, lab.m2, 0, 1, 2, True),
    "moved": moved,
    "staged": staged,
    "prepared": prepared,
    "stopped": stopped,
    "with a baseline": with_a_baseline,
}


@pytest.mark.parametrize("name", PLANS)
def test_as_in_bluesky(laboratories, name):
    """A plan gives the same documents and the same value in both engines: bluesky's plan in both, and ours in ours."""
    in_bluesky, in_ours = laboratories
    expected = observed(in_bluesky, PLANS[name](THEIRS, in_bluesky))

    assert observed(in_ours, PLANS[name](THEIRS, in_ours)) == expected
    assert observed(in_ours, PLANS[name](ours, in_ours)) == expected
    assert expected[0] or expected[1]


def test_connected_by_a_plan(lab):
    """ophyd-async's own plan connects devices in our engine, although it awaits what can be awaited only once."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        signal = soft_signal_rw(int, 7, "late")
    documents, _ = observed(lab, _connect_and_count(signal))

    assert [doc["data"] for doc in named(documents, "event")] == [{"late": 7}]


def _connect_and_count(signal):
    yield from ensure_connected(signal)
    yield from ours.count([signal])


class Coroutines:
    """A device whose methods are plain coroutine functions, without a status: they are waited for all the same."""

    name = "coroutines"
    parent = None

    def __init__(self):
        self.calls = []

    async def _call(self, *call):
        await asyncio.sleep(0)
        self.calls.append(call)

    def __getattr__(self, name):
        if name in ("set", "trigger", "prepare", "stage", "unstage", "stop", "pause", "resume"):
            return lambda *args, **_: self._call(name, *args)
        raise AttributeError(name)


class Statuses(Coroutines):
    """One whose every method returns a status."""

    def _call(self, *call):
        return AsyncStatus(super()._call(*call))


@pytest.mark.parametrize("kind", [Coroutines, Statuses])
def test_every_command_waits(lab, kind):
    """Whether a device's method returns an awaitable or a status: each command waits for it, and so does clean-up."""
    device = kind()

    def plan():
        for command, *args in (("stage",), ("prepare", 1), ("set", 2), ("trigger",)):
            yield Msg(command, device, *args, group="A")
            yield Msg("wait", group="A")
            assert device.calls[-1] == (command, *args)
        yield Msg("stop", device)
        yield Msg("checkpoint")
        yield Msg("pause")

    with pytest.raises(RunEngineInterrupted):
        lab.RE(plan())
    assert device.calls[4:] == [("stop",), ("stop",), ("pause",)]
    lab.RE.resume()

    assert device.calls[7:] == [("resume",), ("stop",), ("unstage",)]
