"""Detectors of ophyd-async that write frames, through bluesky's engine and ours: equal documents."""

import asyncio

import bluesky.plan_stubs as bps
import bluesky.plans as bp
import pytest
from ophyd_async.core import (
    DetectorAcquireLogic,
    DetectorDataLogic,
    DetectorTriggerLogic,
    StandardDetector,
    StreamResourceDataProvider,
    StreamResourceInfo,
    TriggerInfo,
    soft_signal_r_and_setter,
)

from reioc.engine import RunEngineInterrupted

from .documents import named, normalised
from .soundness import sound_runs

FRAMES = 4


class Camera:
    """Writes as many frames as it was prepared for, all at once, when it is told to acquire."""

    def __init__(self):
        self.written, self.write = soft_signal_r_and_setter(int, 0)
        self.wanted = 0
        self.total = 0

    def acquire(self):
        self.total += self.wanted
        self.write(self.total)


class Trigger(DetectorTriggerLogic):
    def __init__(self, camera):
        self.camera = camera

    async def prepare_internal(self, num, livetime, deadtime):
        self.camera.wanted = num


class Acquire(DetectorAcquireLogic):
    def __init__(self, camera):
        self.camera = camera

    async def start_acquiring(self):
        self.camera.acquire()

    async def wait_for_idle(self):
        await asyncio.sleep(0)

    async def ensure_stopped(self):
        await asyncio.sleep(0)


class Data(DetectorDataLogic):
    def __init__(self, camera):
        self.camera = camera

    async def prepare_unbounded(self, datakey_name):
        place = {"chunk_shape": (1, 5, 5), "dtype_numpy": "<u2", "parameters": {"dataset": "/data"}}
        return StreamResourceDataProvider(
            uri="file://localhost/frames.h5",
            resources=[
                StreamResourceInfo(data_key=datakey_name, shape=(5, 5), **place),
                StreamResourceInfo(data_key=f"{datakey_name}-sum", shape=(), **place),
            ],
            mimetype="application/x-hdf5",
            collections_written_signal=self.camera.written,
        )


def detectors(engine, *names):
    """Detectors that are connected on the engine's loop."""

    async def connected():
        made = []
        for name in names:
            camera, detector = Camera(), StandardDetector(name=name)
            detector.add_detector_logics(Trigger(camera), Acquire(camera), Data(camera))
            await camera.written.connect()
            await detector.connect()
            made.append(detector)
        return made

    return asyncio.run_coroutine_threadsafe(connected(), engine.loop).result(timeout=20)


def outcome(engine, make_plan, *names):
    documents = []
    token = engine.subscribe(lambda name, doc: documents.append((name, doc)))
    engine(make_plan(*detectors(engine, *names)))
    engine.unsubscribe(token)
    return documents


def compared(engines, make_plan, *names):
    """Run the plan in both engines, which must agree. Returns our documents."""
    theirs, mine = (outcome(engine, make_plan, *names) for engine in engines)

    assert [name for name, _ in mine] == [name for name, _ in theirs]
    left_out = {"plan_args"}  # which has addresses
    assert normalised(mine, without=left_out) == normalised(theirs, without=left_out)
    return mine


def test_steps(engines):
    """A frame for each step: stream_datum before each event, numbered as the event is."""
    documents = compared(engines, lambda det: bp.count([det], 3), "det")

    assert [name for name, _ in documents][2:7] == ["stream_resource"] * 2 + ["stream_datum"] * 2 + ["event"]
    assert [doc["seq_nums"]["start"] for doc in named(documents, "stream_datum")] == [1, 1, 2, 2, 3, 3]


def flight(*dets):
    """All detectors fly together, twice, and are collected together while they do."""
    yield from bps.open_run()
    yield from bps.stage_all(*dets)
    for det in dets:
        yield from bps.prepare(det, TriggerInfo(number_of_events=FRAMES), wait=True)
    yield from bps.declare_stream(*dets, name="main", collect=True)
    for _ in range(2):
        for det in dets:
            yield from bps.prepare(det, TriggerInfo(number_of_events=FRAMES), wait=True)
        yield from bps.kickoff_all(*dets, wait=True)
        yield from bps.collect_while_completing(dets, dets, flush_period=0.5, stream_name="main")
    yield from bps.unstage_all(*dets)
    yield from bps.close_run()


@pytest.mark.parametrize("names", [["det"], ["first", "second"]], ids=["one", "two"])
def test_flight(engines, names):
    """Detectors that fly give no events, but frames, which are numbered as if there were."""
    documents = compared(engines, flight, *names)

    assert named(documents, "event") == named(documents, "event_page") == []
    assert named(documents, "stop")[0]["num_events"] == {"main": 2 * FRAMES}


@pytest.mark.parametrize("command", ["trigger", "create", "read", "save"])
def test_paused(RE, documents, command):
    """A step that is taken again after a pause has its last frame; nothing is told twice, nothing is left out."""
    left = [2]

    def pause(msg):
        left[0] -= msg.command == command
        if left[0] == 0:
            left[0] = -1
            RE.request_pause()

    (det,) = detectors(RE, "det")
    RE.msg_hook = pause
    with pytest.raises(RunEngineInterrupted):
        RE(bp.count([det], 3))
    RE.resume()

    (run,) = sound_runs(documents)
    assert run.stop["num_events"] == {"primary": 3}
    assert {doc["seq_nums"]["start"] for doc in named(documents, "stream_datum")} == {1, 2, 3}
