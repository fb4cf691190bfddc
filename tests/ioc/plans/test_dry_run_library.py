"""What a dry run says of each plan that is offered is what happens when the engine runs it."""

from __future__ import annotations

import math
from collections import Counter
from typing import Any

import pytest
from ophyd.sim import SynAxis, SynSignal, TrivialFlyer

from reioc.devices import Registry
from reioc.engine import RunEngine
from reioc.engine.plans import CATALOGUE
from reioc.ioc.plans.catalogue import Catalogue
from reioc.ioc.plans.dry_run import dry_run

from .test_catalogue_library import GIVEN

DECIDING = {"adaptive_scan", "rel_adaptive_scan", "tune_centroid"}
"""They go by what they read; with a detector that reads what is imagined they go the same way."""
SIGNAL = 1.0


@pytest.fixture(scope="module")
def engine():
    """One engine for all."""
    made = RunEngine()
    yield made
    made.close()


@pytest.fixture(scope="module")
def beamline() -> Registry:
    """Motors that are somewhere, a detector that always reads the same, and a flyer."""
    flyer = TrivialFlyer()
    flyer.name = "flyer"
    det1 = SynSignal(func=lambda: SIGNAL, name="det1")
    return Registry([det1, SynAxis(name="m1", value=0.25), SynAxis(name="m2", value=-0.5), flyer])


@pytest.fixture(scope="module")
def catalogue(beamline: Registry) -> Catalogue:
    return Catalogue(CATALOGUE, beamline)


def executed(engine: RunEngine, plan: Any) -> tuple[int, dict[str, tuple[int, float, float]], Counter[str]]:
    """Points of the primary stream, moves with lowest and highest target by device, readings by device."""
    documents: list[tuple[str, Any]] = []
    targets: dict[str, list[float]] = {}
    reads: Counter[str] = Counter()

    def see(msg: Any) -> None:
        if msg.command == "set":
            targets.setdefault(msg.obj.name, []).append(msg.args[0])
        if msg.command == "read":
            reads[msg.obj.name] += 1

    token = engine.subscribe(lambda name, doc: documents.append((name, doc)))
    engine.msg_hook = see
    try:
        engine(plan)
    finally:
        engine.msg_hook = None
        engine.unsubscribe(token)
    primary = {doc["uid"] for name, doc in documents if name == "descriptor" and doc["name"] == "primary"}
    points = sum(name == "event" and doc["descriptor"] in primary for name, doc in documents)
    return points, {name: (len(each), min(each), max(each)) for name, each in targets.items()}, reads


@pytest.mark.parametrize("name", GIVEN)
def test_points_moves_and_readings_are_those_of_the_real_run(
    name: str, catalogue: Catalogue, engine: RunEngine
) -> None:
    """As the engine executes them with simulated devices; the devices are where they were when it was tried."""
    bound = catalogue[name].bind(GIVEN[name][0])

    tried = dry_run(bound, longest=math.inf)
    points, targets, reads = executed(engine, bound.make())

    assert tried.problems == ()
    assert tried.points == (None if name == "fly" else points)
    assert {each.device: (each.moves, each.low, each.high) for each in tried.ranges} == targets
    assert tried.is_exact == (name not in DECIDING | {"fly"})
    for device, times in reads.items():
        if device not in targets:
            assert f"{device} read {'once' if times == 1 else f'{times} times'}" in tried.lines


@pytest.mark.parametrize("name", GIVEN)
def test_no_device_is_asked_for_anything(name: str, catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch) -> None:
    """No method is called that moves, triggers, reads, stages or flies."""

    def called(*_: Any, **__: Any) -> None:
        pytest.fail("a device was used")

    bound = catalogue[name].bind(GIVEN[name][0])
    for device in (SynAxis, SynSignal, TrivialFlyer):
        for method in (
            "set",
            "trigger",
            "read",
            "describe",
            "stage",
            "unstage",
            "stop",
            "kickoff",
            "complete",
            "collect",
        ):
            if hasattr(device, method):
                monkeypatch.setattr(device, method, called)

    tried = dry_run(bound, longest=math.inf)

    assert (tried.problems, [line for line in tried.lines if "ended" in line]) == ((), [])
