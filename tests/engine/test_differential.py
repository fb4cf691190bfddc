"""The same plan through bluesky's engine and ours: equal documents."""

import asyncio
import warnings

import bluesky.plan_stubs as bps
import bluesky.plans as bp
import bluesky.preprocessors as bpp
import numpy as np
import pytest
from ophyd_async.core import soft_signal_r_and_setter, soft_signal_rw

import reioc.engine.plans as ours
from reioc.engine import Msg

from .documents import data_by_seq_num, named, normalised
from .two_engines import collected

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
