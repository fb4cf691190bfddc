"""The same plan through bluesky's engine and ours: equal documents."""

import asyncio
import warnings

import bluesky
import bluesky.plan_stubs as bps
import bluesky.plans as bp
import bluesky.preprocessors as bpp
import bluesky.utils
import numpy as np
import ophyd.sim
import pytest
from bluesky.run_engine import RunEngine as BlueskyEngine
from ophyd_async.core import soft_signal_r_and_setter, soft_signal_rw

import reioc.engine.plans as ours
from reioc.engine import Msg, RunEngine, RunEngineInterrupted, State

from .documents import data_by_seq_num, named, normalised
from .fakes import Detector, Motor, Pausable, points


class Lab:
    """Fresh simulated devices of ophyd."""

    def __init__(self):
        self.m1 = ophyd.sim.SynAxis(name="m1", labels={"motors"})
        self.m2 = ophyd.sim.SynAxis(name="m2", value=0.5)
        self.m3 = ophyd.sim.SynAxisEmptyHints(name="m3")
        self.det = ophyd.sim.SynGauss("det", self.m1, "m1", center=0, Imax=1, sigma=1)
        self.det2 = ophyd.sim.Syn2DGauss("det2", self.m1, "m1", self.m2, "m2", center=(0, 0), Imax=1)
        self.det2.name = "det2"


@pytest.fixture
def engines():
    """Bluesky's engine and ours, on loops of their own."""
    theirs = BlueskyEngine({"beamline": "sim"}, loop=asyncio.new_event_loop(), context_managers=[])
    mine = RunEngine({"beamline": "sim"})
    yield theirs, mine
    mine.close()
    theirs.loop.call_soon_threadsafe(theirs.loop.stop)
    theirs._th.join(timeout=10)
    theirs.loop.close()


def collected(engine, make_plan, subscribe=True, **metadata):
    """The documents that a plan gives in an engine, with fresh devices. What it raises is returned as well."""
    documents = []
    token = engine.subscribe(lambda name, doc: documents.append((name, doc)))
    error = None
    try:
        engine(make_plan(Lab()), **metadata)
    except Exception as raised:
        error = raised
    engine.unsubscribe(token)
    return documents, error


PLANS = {
    "count": lambda plans, lab: plans.count([lab.det]),
    "count 3": lambda plans, lab: plans.count([lab.det, lab.m2], num=3, md={"sample": "NaCl"}),
    "count with delays": lambda plans, lab: plans.count([lab.det], num=3, delay=[0, 0.001]),
    "scan": lambda plans, lab: plans.scan([lab.det], lab.m1, -1, 1, 5),
    "scan of two": lambda plans, lab: plans.scan([lab.det, lab.det2], lab.m1, -1, 1, lab.m2, 0, 2, num=3),
    "scan without hints": lambda plans, lab: plans.scan([lab.det], lab.m3, 0, 1, 3),
    "scan with metadata": lambda plans, lab: plans.scan([lab.det], lab.m1, 0, 1, 2, md={"plan_name": "mine", "x": 1}),
    "rel_scan": lambda plans, lab: plans.rel_scan([lab.det], lab.m2, -1, 1, 3),
    "list_scan": lambda plans, lab: plans.list_scan([lab.det], lab.m1, [0, 2, 1]),
    "list_scan of two": lambda plans, lab: plans.list_scan([lab.det], lab.m1, [0, 2, 1], lab.m2, [1, 1, 2]),
    "list_scan of an array": lambda plans, lab: plans.list_scan([lab.det], lab.m1, np.linspace(0, 1, 3)),
    "grid_scan": lambda plans, lab: plans.grid_scan([lab.det2], lab.m1, 0, 1, 2, lab.m2, 0, 2, 3),
    "grid_scan snaking": lambda plans, lab: plans.grid_scan([lab.det2], lab.m1, 0, 1, 2, lab.m2, 0, 2, 3, True),
    "rel_grid_scan": lambda plans, lab: plans.rel_grid_scan([lab.det2], lab.m1, 0, 1, 2, lab.m2, 0, 2, 2),
}


@pytest.mark.parametrize("name", PLANS)
def test_blueskys_plans(engines, name):
    """An unmodified plan of bluesky gives the same documents in both engines."""
    theirs, mine = (collected(engine, lambda lab: PLANS[name](bp, lab), who="me") for engine in engines)

    assert theirs[1] is mine[1] is None
    assert normalised(mine[0]) == normalised(theirs[0])
    assert [list(doc) for doc in named(mine[0], "event")] != []


@pytest.mark.parametrize("name", PLANS)
def test_our_plans(engines, name):
    """Our plan in our engine gives the documents of bluesky's plan in bluesky's, but for the module of the pattern."""
    theirs = collected(engines[0], lambda lab: PLANS[name](bp, lab))
    mine = collected(engines[1], lambda lab: PLANS[name](ours, lab))

    assert theirs[1] is mine[1] is None
    without = {"plan_pattern_module"}
    assert normalised(mine[0], without=without) == normalised(theirs[0], without=without)


@pytest.mark.parametrize("name", ["count 3", "scan", "grid_scan", "rel_scan"])
def test_our_plans_in_blueskys_engine(engines, name):
    """Our plans run in bluesky's engine as well."""
    theirs = collected(engines[0], lambda lab: PLANS[name](bp, lab))
    mine = collected(engines[0], lambda lab: PLANS[name](ours, lab))

    assert mine[1] is None
    without = {"plan_pattern_module", "scan_id"}
    assert normalised(mine[0], without=without) == normalised(theirs[0], without=without)


def test_scan_ids_go_on(engines):
    """Three runs in a row are numbered alike."""
    ids = []
    for engine in engines:
        documents = [doc for _ in range(3) for doc in collected(engine, lambda lab: bp.count([lab.det]))[0]]
        ids.append([doc["scan_id"] for doc in named(documents, "start")])

    assert ids[0] == ids[1] == [1, 2, 3]


def two_streams(lab):
    """Baseline and primary, a dropped event, two runs of which one is open while the other comes and goes."""
    yield Msg("open_run", run="outer", purpose="outer")
    yield Msg("create", name="baseline", run="outer")
    yield Msg("read", lab.m2, run="outer")
    yield Msg("save", run="outer")
    yield Msg("open_run", run="inner")
    for position in (1, 2):
        yield Msg("checkpoint")
        yield Msg("set", lab.m1, position, group="A")
        yield Msg("wait", None, group="A")
        yield Msg("trigger", lab.det, group="B")
        yield Msg("wait", None, group="B")
        for run in ("outer", "inner"):
            yield Msg("create", name="primary", run=run)
            yield Msg("read", lab.det, run=run)
            yield Msg("read", lab.m1, run=run)
            yield Msg("save", run=run)
        yield Msg("create", name="primary", run="outer")
        yield Msg("read", lab.det, run="outer")
        yield Msg("drop", run="outer")
    yield Msg("close_run", run="inner")
    yield Msg("close_run", run="outer")


def test_messages_of_ours_in_both(engines):
    """Several runs and streams, dropped events: the same documents from the same messages."""
    theirs, mine = (collected(engine, two_streams) for engine in engines)

    assert theirs[1] is mine[1] is None
    assert normalised(mine[0]) == normalised(theirs[0])


def preprocessed(lab):
    plan = bpp.inject_md_wrapper(bp.scan([lab.det], lab.m1, 0, 1, 2), {"sample": "NaCl"})
    return bpp.subs_wrapper(bpp.finalize_wrapper(plan, bps.mv(lab.m1, 0)), lambda *_: None)


def test_blueskys_preprocessors(engines):
    """Bluesky's preprocessors work on plans in our engine as they do in bluesky's."""
    theirs, mine = (collected(engine, preprocessed) for engine in engines)

    assert theirs[1] is mine[1] is None
    assert normalised(mine[0]) == normalised(theirs[0])
    assert named(mine[0], "start")[0]["sample"] == "NaCl"


def failing(lab):
    """Fails at its second point, and cleans up."""

    @bpp.run_decorator(md={"plan_name": "failing"})
    def inner():
        yield from bps.one_shot([lab.det])
        yield from bps.mv(lab.m1, 3)
        raise ValueError("no more")

    return bpp.finalize_wrapper(inner(), bps.mv(lab.m1, 0))


def test_failing_plan(engines):
    """A plan that fails: the same documents, exit status and reason included, and the same exception."""
    theirs, mine = (collected(engine, failing) for engine in engines)

    assert str(theirs[1]) == str(mine[1]) == "no more"
    assert normalised(mine[0]) == normalised(theirs[0])
    assert named(mine[0], "stop")[0]["exit_status"] == "fail"


@pytest.mark.parametrize("engine", [0, 1], ids=["bluesky's", "ours"])
def test_ophyd_async(engines, engine):
    """An ophyd-async device works in either engine."""
    RE = engines[engine]

    async def connected():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            signal = soft_signal_rw(float, 0.0, "x", units="mm")
            await signal.connect()
        return signal

    signal = asyncio.run_coroutine_threadsafe(connected(), RE.loop).result(timeout=10)
    documents = []
    RE.subscribe(lambda name, doc: documents.append((name, doc)))
    RE(bp.scan([], signal, 1, 3, 3))

    assert data_by_seq_num(documents) == {1: {"x": 1.0}, 2: {"x": 2.0}, 3: {"x": 3.0}}
    assert named(documents, "descriptor")[0]["data_keys"]["x"]["units"] == "mm"


def test_ophyd_async_documents(engines):
    """The documents of an ophyd-async device are the same in both engines."""
    found = []
    for RE in engines:
        readback = {}

        async def connected(readback=readback):
            signal, readback["set"] = soft_signal_r_and_setter(int, 7, "counts")
            await signal.connect()
            return signal

        signal = asyncio.run_coroutine_threadsafe(connected(), RE.loop).result(timeout=10)
        documents = []
        RE.subscribe(lambda name, doc, documents=documents: documents.append((name, doc)))
        RE(bp.count([signal], 2))
        found.append(normalised(documents))

    assert found[0] == found[1]


# Interrupted


def paused_and_resumed(engine, make_plan, at):
    """The documents of a plan that is paused before message number `at`, and resumed; and its result."""
    documents, messages, paused = [], [], []
    token = engine.subscribe(lambda name, doc: documents.append((name, doc)))

    def hook(msg):
        messages.append(msg)
        if len(messages) == at:
            paused.append(1)
            if isinstance(engine, RunEngine):
                engine.request_pause()
            else:
                engine.loop.call_soon(asyncio.ensure_future, engine._request_pause_coro(False))

    engine.msg_hook = hook
    try:
        engine(make_plan(Lab()))
    except (RunEngineInterrupted, bluesky.utils.RunEngineInterrupted):
        engine.resume()
    engine.msg_hook = None
    engine.unsubscribe(token)
    return documents, messages


@pytest.mark.parametrize(
    "make_plan", [lambda lab: bp.scan([lab.det], lab.m1, 1, 2, 2), lambda lab: bp.count([lab.det], 2)]
)
def test_ophyd_sim_interrupted_everywhere(engines, make_plan):
    """With ophyd's simulated devices too, a plan that is paused before any message gives the uninterrupted data."""
    RE = engines[1]
    whole, messages = paused_and_resumed(RE, make_plan, 0)
    for at in range(1, len(messages) + 1):
        documents, _ = paused_and_resumed(RE, make_plan, at)
        assert data_by_seq_num(documents) == data_by_seq_num(whole), at
        assert named(documents, "stop")[0]["exit_status"] == "success", at
        assert RE.state is State.IDLE


@pytest.mark.parametrize("command", ["checkpoint", "set", "trigger", "create", "read", "save"])
def test_same_replay_as_bluesky(engines, command):
    """A pause at the same message: both engines repeat the same messages and give the same documents."""

    def until_command(lab):
        yield Msg("open_run")
        for msg in (
            Msg("checkpoint"),
            Msg("set", lab.m1, 1, group="A"),
            Msg("wait", None, group="A"),
            Msg("trigger", lab.det, group="B"),
            Msg("wait", None, group="B"),
            Msg("create", name="primary"),
            Msg("read", lab.det),
            Msg("save"),
        ):
            yield msg
            if msg.command == command:
                break
        yield Msg("pause")
        if command in ("create", "read"):
            yield Msg("drop")
        yield Msg("close_run")

    found = []
    for engine in engines:
        documents, messages = paused_and_resumed(engine, until_command, 0)
        found.append((normalised(documents), [msg.command for msg in messages]))

    assert found[1] == found[0]


@pytest.mark.parametrize("command", ["stage", "unstage", "subscribe", "rewindable"])
def test_same_checkpoints_as_bluesky(engines, command):
    """What makes a checkpoint behind itself does so in both engines: the same messages are repeated."""
    found = []
    for engine in engines:
        motor = Motor("m")
        messages = {
            "stage": [Msg("stage", motor)],
            "unstage": [Msg("unstage", motor)],
            "subscribe": [Msg("subscribe", None, lambda *_: None, "all")],
            "rewindable": [Msg("rewindable", None, False), Msg("null", None, "not repeated")],
        }[command]
        plan = [Msg("checkpoint"), Msg("null", None, "before"), *messages, Msg("null", None, "after"), Msg("pause")]
        _, executed = paused_and_resumed(engine, lambda _, plan=plan: iter(plan), 0)
        found.append([(msg.command, *msg.args[-1:]) for msg in executed])

    assert found[1] == found[0]


def test_pausable_devices(engines):
    """Both engines tell a device of a pause and of its end."""
    calls = []
    for engine in engines:
        det = Pausable("det")
        plan = [Msg("null", det), Msg("checkpoint"), Msg("pause")]
        paused_and_resumed(engine, lambda _, plan=plan: iter(plan), 0)
        calls.append(det.calls)

    assert calls[1] == calls[0] == ["pause", "resume"]


def test_fakes_behave_in_bluesky(engines):
    """The devices that our tests use are good enough for bluesky's engine: it gives the same documents."""
    found = []
    for engine in engines:
        motor = Motor("m")
        found.append(normalised(collected(engine, lambda _, m=motor: points(Detector("det", m), m, [1, 2]))[0]))

    assert found[0] == found[1]
