"""The whole library through both engines: equal documents."""

from __future__ import annotations

from typing import Any

import bluesky.plan_stubs
import bluesky.plans
import ophyd.sim
import pytest
from cycler import cycler

import reioc.engine.plans as ours
from reioc.engine import Msg

from ..documents import named, normalised
from ..two_engines import Lab, collected
from .driver import DoneStatus

TYPED = ("0.5", "", "-1", "q")


class Ramp(DoneStatus):
    """Done when it was asked three times."""

    def __init__(self) -> None:
        self._looks = iter(range(3))

    @property
    def done(self) -> bool:
        return next(self._looks, None) is None


def flyer(lab: Lab) -> Any:
    return ophyd.sim.MockFlyer("flyer", lab.det, lab.m1, -1, 1, 4)


def ramp(plans: Any, lab: Lab, **options: Any) -> Any:
    def go() -> Any:
        yield Msg("set", lab.m1, 2, group="ramp")
        return Ramp()

    def point() -> Any:
        yield from bluesky.plan_stubs.trigger_and_read([lab.det, lab.m1])

    return plans.ramp_plan(go(), ophyd.sim.Signal(name="quiet", value=3), point, **options)


PLANS: dict[str, Any] = {
    "count": lambda p, lab: p.count([lab.det, lab.m2], num=3, delay=[0, 0.001]),
    "scan": lambda p, lab: p.scan([lab.det, lab.det2], lab.m1, -1, 1, lab.m2, 0, 2, num=3, md={"hints": {"x": 1}}),
    "relative_scan": lambda p, lab: p.relative_scan([lab.det], lab.m2, -1, 1, 3),
    "rel_list_scan": lambda p, lab: p.rel_list_scan([lab.det], lab.m2, [-1, 1, 3]),
    "relative_list_scan": lambda p, lab: p.relative_list_scan([lab.det], lab.m3, [-1, 1, 3]),
    "scan_nd": lambda p, lab: p.scan_nd([lab.det], cycler(lab.m1, [1, 5, 2]), md={"sample": "x"}),
    "inner_product_scan": lambda p, lab: p.inner_product_scan([lab.det], 3, lab.m1, -1, 1, lab.m2, 0, 2),
    "relative_inner_product_scan": lambda p, lab: p.relative_inner_product_scan([lab.det], 3, lab.m2, -1, 1),
    "x2x_scan": lambda p, lab: p.x2x_scan([lab.det2], lab.m1, lab.m2, -1, 1, 3),
    "outer_product_scan": lambda p, lab: p.outer_product_scan([lab.det2], lab.m1, 0, 1, 2, lab.m2, 0, 2, 3, True),
    "relative_outer_product_scan": lambda p, lab: p.relative_outer_product_scan([lab.det], lab.m2, 0, 1, 2),
    "list_grid_scan": lambda p, lab: p.list_grid_scan([lab.det2], lab.m1, [0, 2.5], lab.m2, [1, 3, 4], md={"a": 1}),
    "list_grid_scan snaking": lambda p, lab: p.list_grid_scan(
        [lab.det2], lab.m1, [0, 2], lab.m2, [1, 3, 4], snake_axes=True
    ),
    "rel_list_grid_scan": lambda p, lab: p.rel_list_grid_scan(
        [lab.det2], lab.m1, [0, 2], lab.m2, [1, 3], snake_axes=[lab.m2]
    ),
    "log_scan": lambda p, lab: p.log_scan([lab.det], lab.m1, -1, 1, 4),
    "rel_log_scan": lambda p, lab: p.rel_log_scan([lab.det], lab.m2, -1, 1, 4, md={"hints": {"x": 1}}),
    "relative_log_scan": lambda p, lab: p.relative_log_scan([lab.det], lab.m3, 0, 1, 2),
    "spiral": lambda p, lab: p.spiral([lab.det2], lab.m1, lab.m2, 0, 1, 2, 2, 0.5, 3, dr_y=0.6, tilt=0.2),
    "rel_spiral": lambda p, lab: p.rel_spiral([lab.det2], lab.m1, lab.m2, 2, 2, 0.5, 3),
    "relative_spiral": lambda p, lab: p.relative_spiral([lab.det2], lab.m1, lab.m3, 2, 2, 0.5, 3),
    "spiral_fermat": lambda p, lab: p.spiral_fermat([lab.det2], lab.m1, lab.m2, 0, 1, 2, 2, 0.5, 1, tilt=0.2),
    "rel_spiral_fermat": lambda p, lab: p.rel_spiral_fermat([lab.det2], lab.m1, lab.m2, 2, 2, 0.5, 1, dr_y=0.6),
    "relative_spiral_fermat": lambda p, lab: p.relative_spiral_fermat([lab.det2], lab.m1, lab.m2, 2, 2, 0.5, 1),
    "spiral_square": lambda p, lab: p.spiral_square([lab.det2], lab.m1, lab.m2, 0, 1, 2, 3, 3, 4),
    "rel_spiral_square": lambda p, lab: p.rel_spiral_square([lab.det2], lab.m1, lab.m3, 2, 3, 2, 2),
    "adaptive_scan": lambda p, lab: p.adaptive_scan([lab.det], "det", lab.m1, -2, 2, 0.05, 1, 0.3, True),
    "rel_adaptive_scan": lambda p, lab: p.rel_adaptive_scan([lab.det], "det", lab.m1, -2, 2, 0.05, 1, 0.3, False),
    "relative_adaptive_scan": lambda p, lab: p.relative_adaptive_scan(
        [lab.det], "det", lab.m1, 2, 0, 0.1, 1, 0.3, False
    ),
    "tune_centroid": lambda p, lab: p.tune_centroid([lab.det], "det", lab.m1, -2, 3, 0.1, 7, snake=True),
    "tweak": lambda p, lab: p.tweak(lab.det, "det", lab.m1, 0.25),
    "ramp_plan": ramp,
    "ramp_plan without pre-data": lambda p, lab: ramp(p, lab, take_pre_data=False, timeout=60, md={"a": 1}),
    "fly": lambda p, lab: p.fly([flyer(lab)], md={"plan_name": "fly"}),
}


def typing(monkeypatch: pytest.MonkeyPatch, engines: Any) -> None:
    """Let both engines' prompts be answered, and bluesky's tweak be silent."""
    monkeypatch.setattr("bluesky.plans.print", lambda *_: None, raising=False)
    monkeypatch.setattr("IPython.display.clear_output", lambda **_: None)
    for engine in engines:
        typed = iter(TYPED * 2)

        async def answer(msg: Any, typed: Any = typed) -> str:
            return next(typed)

        engine.register_command("input", answer)


def comparable(documents: Any) -> Any:
    """Bluesky names the motors of some trajectories in the order of a set: any order."""
    found = normalised(documents, without={"plan_pattern_module", "scan_id"})
    for name, doc in found:
        if name == "start" and "motors" in doc:
            doc["motors"] = sorted(doc["motors"])
    return found


@pytest.mark.parametrize("name", PLANS)
def test_documents_are_blueskys(name: str, engines: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """In our engine bluesky's plan, unmodified, and ours give the documents of bluesky's in bluesky's engine."""
    typing(monkeypatch, engines)
    theirs, mine = engines
    expected, error = collected(theirs, lambda lab: PLANS[name](bluesky.plans, lab))
    unmodified = collected(mine, lambda lab: PLANS[name](bluesky.plans, lab))
    ported = collected(mine, lambda lab: PLANS[name](ours, lab))

    assert error is unmodified[1] is ported[1] is None
    assert comparable(unmodified[0]) == comparable(expected)
    assert comparable(ported[0]) == comparable(expected)
    assert named(expected, "stop")[0]["exit_status"] == "success"
    assert sum(named(expected, "stop")[0]["num_events"].values()) > 0


@pytest.mark.parametrize("name", ["count", "scan", "log_scan", "tune_centroid", "adaptive_scan"])
def test_declared_ahead_documents_are_blueskys(name: str, engines: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """With BLUESKY_PREDECLARE in the environment the descriptor comes before the first event is taken."""
    monkeypatch.setenv("BLUESKY_PREDECLARE", "1")
    theirs, mine = (
        collected(engine, lambda lab, p=p: PLANS[name](p, lab))
        for engine, p in zip(engines, (bluesky.plans, ours), strict=True)
    )

    assert theirs[1] is mine[1] is None
    assert comparable(theirs[0]) == comparable(mine[0])


def test_each_plan_of_bluesky_is_tried() -> None:
    """But for those that `test_differential` has."""
    tried = {name.split()[0] for name in PLANS}
    defined = {
        name
        for name, plan in vars(bluesky.plans).items()
        if getattr(plan, "__module__", "") == "bluesky.plans" and not name.startswith("_")
    }

    assert defined - tried == {"rel_scan", "list_scan", "grid_scan", "rel_grid_scan", "derive_default_hints"}
