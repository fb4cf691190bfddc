"""How far a run is, from its documents."""

import json
from collections.abc import Iterable
from typing import Any

import numpy as np
import pytest
from ophyd.sim import SynAxis, SynGauss

from reioc.engine import Outcome
from reioc.engine.plans import grid_scan
from reioc.ioc.progress import RunProgress, RunStatus

from .documents import START_TIME, descriptor, event, start, stop


def after(*documents: tuple[str, dict[str, Any]]) -> RunProgress:
    progress = RunProgress()
    for name, doc in documents:
        progress.document(name, doc)
    return progress


def points(numbers: Iterable[int]) -> list[tuple[str, dict[str, Any]]]:
    return [event(number) for number in numbers]


def test_before_the_first_run_nothing_is_known():
    """A snapshot of nothing has no run, and no exit status."""
    assert RunProgress().status == RunStatus()
    assert RunStatus().exit_status == "none"


def test_start_opens_the_run():
    """The RunStart says which plan, which number, how many points."""
    status = after(start(plan_name="scan", scan_id=12, num_points=5)).status
    assert (status.open, status.plan, status.uid, status.scan_id) == (True, "scan", "run", 12)
    assert (status.points, status.point, status.progress) == (5, 0, 0.0)
    assert status.started == START_TIME


@pytest.mark.parametrize("metadata", [{}, {"num_points": None}, {"num_points": "many"}])
def test_unknown_number_of_points_is_zero(metadata):
    """Without a number of points there is no progress, however many come."""
    status = after(start(**metadata), descriptor(), *points([1, 2])).status
    assert (status.points, status.point, status.progress) == (0, 2, 0.0)


def test_progress_is_the_share_of_points():
    """Two of five points are forty per cent."""
    assert after(start(num_points=5), descriptor(), *points([1, 2])).status.progress == 40.0


def test_a_point_taken_again_counts_once():
    """After a rewind a point comes with the same number."""
    status = after(start(num_points=5), descriptor(), *points([1, 2, 2, 1])).status
    assert (status.point, status.events, status.progress) == (2, 2, 40.0)


def test_other_streams_count_as_events_only():
    """Points are those of the primary stream; events are those of all."""
    status = after(
        start(num_points=2), descriptor("baseline"), event(1, name="baseline"), descriptor(), event(1)
    ).status
    assert (status.point, status.events, status.streams) == (1, 2, ("baseline", "primary"))


def test_more_points_than_announced_are_not_more_than_all():
    """Progress ends at 100 per cent."""
    assert after(start(num_points=1), descriptor(), *points([1, 2])).status.progress == 100.0


def test_stop_closes_the_run():
    """The RunStop says how it ended, why, and when."""
    status = after(start(), stop("fail", "no beam", at=7)).status
    assert (status.open, status.exit_status, status.reason, status.ended) == (False, "fail", "no beam", START_TIME + 7)


def test_next_run_begins_anew():
    """Nothing of the last run is left when the next one starts."""
    status = after(start(num_points=1), descriptor(), event(1), stop("fail", "no beam"), start("next")).status
    assert status == RunStatus(open=True, uid="next", started=START_TIME, metadata=status.metadata)


def test_documents_of_another_run_change_nothing():
    """With two runs open it is about the one that was opened last."""
    progress = after(start("outer"), descriptor(run="outer"), start("inner"))
    before = progress.status
    for name, doc in (event(1, run="outer"), descriptor("late", run="outer"), stop(run="outer")):
        progress.document(name, doc)
    assert progress.status == before


def test_unknown_documents_change_nothing():
    """Kinds of documents that are not about progress are passed over."""
    progress = after(start())
    before = progress.status
    progress.document("resource", {"uid": "r"})
    assert progress.status == before


def test_snapshot_does_not_change_afterwards():
    """A snapshot can go to another task."""
    progress = after(start(num_points=5), descriptor())
    snapshot = progress.status
    progress.document(*event(1))
    assert (snapshot.point, progress.status.point) == (0, 1)


def test_metadata_is_json_whatever_is_in_it():
    """Arrays, numpy's scalars, NaN and objects become JSON that any reader takes."""
    metadata = {"a": np.arange(2), "b": np.float64(1.5), "c": float("nan"), "d": (1, {2}), "e": np.nan, "f": START_TIME}
    text = after(start(plan_args=metadata, shape=np.array([[1]]), thing=Outcome)).status.metadata
    told = json.loads(text, parse_constant=pytest.fail)
    assert told["plan_args"] == {"a": [0, 1], "b": 1.5, "c": None, "d": [1, [2]], "e": None, "f": START_TIME}
    assert told["shape"] == [[1]]


# How it ended


@pytest.mark.parametrize(
    ("in_document", "outcome"),
    [
        ("success", Outcome.STOP),
        ("abort", Outcome.ABORT),
        ("abort", Outcome.HALT),
        ("fail", Outcome.FAIL),
    ],
)
def test_outcome_refines_the_exit_status(in_document, outcome):
    """A RunStop knows three ends, people want five."""
    progress = after(start(), stop(in_document, "because"))
    progress.ended(outcome, "because")
    assert (progress.status.exit_status, progress.status.reason) == (outcome.value, "because")


def test_success_stays_success():
    """A plan that ran to its end has no reason."""
    progress = after(start(), stop())
    progress.ended(Outcome.SUCCESS, "")
    assert (progress.status.exit_status, progress.status.reason) == ("success", "")


def test_a_run_that_was_stopped_before_the_halt_was_stopped():
    """Stop and halt at once: the RunStop of the stop was written already."""
    progress = after(start(), stop("success", "stopped: enough"))

    progress.ended(Outcome.HALT, "halted: at once")

    assert (progress.status.exit_status, progress.status.reason) == ("stop", "stopped: enough")


def test_run_that_was_over_before_the_stop_stays_a_success():
    """A stop while the motors move back does not change what the data are worth."""
    progress = after(start(), stop())
    progress.ended(Outcome.STOP, "stopped: enough")
    assert (progress.status.exit_status, progress.status.reason) == ("success", "")


def test_run_that_succeeded_before_the_plan_failed_stays_a_success():
    """A plan that fails after its run was closed does not make the run fail."""
    progress = after(start(), stop())
    progress.ended(Outcome.FAIL, "motor broken")
    assert progress.status.exit_status == "success"


def test_plan_without_a_run_leaves_the_last_run_alone():
    """A halted `mv` says nothing about the aborted scan before it."""
    progress = after(start(), stop("abort", "aborted: no beam"))
    progress.ended(Outcome.ABORT, "aborted: no beam")
    progress.ended(Outcome.HALT, "halted: wrong motor")
    assert (progress.status.exit_status, progress.status.reason) == ("abort", "aborted: no beam")


def test_run_that_was_never_closed_is_over_with_its_plan():
    """Without a RunStop the outcome of the plan is all there is."""
    progress = after(start())
    progress.ended(Outcome.HALT, "halted")
    assert (progress.status.open, progress.status.exit_status, progress.status.reason) == (False, "halt", "halted")


# Time


def test_elapsed_counts_from_the_start():
    """Pauses included: it is what the clock on the wall says."""
    progress = after(start())
    assert progress.tick(START_TIME + 3, active=False)[0] == 3
    assert progress.tick(START_TIME + 9, active=True)[0] == 9


def test_elapsed_stands_still_after_the_end():
    """The run took as long as it took."""
    progress = after(start(), stop(at=7))
    assert progress.tick(START_TIME + 1000, active=False) == (7, 0.0)


def test_nothing_has_elapsed_before_the_first_run():
    """Zero, not the time since the epoch."""
    assert RunProgress().tick(START_TIME, active=False) == (0.0, 0.0)


@pytest.mark.parametrize("documents", [[start(num_points=5)], [start(), descriptor(), event(1)]])
def test_eta_is_zero_when_unknown(documents):
    """Before the first point, and without a number of points, nobody can tell."""
    assert after(*documents).tick(START_TIME + 2, active=True)[1] == 0.0


def test_eta_comes_from_the_time_per_point():
    """Two points in four seconds: three more in six, less what has passed since."""
    progress = after(start(num_points=5), descriptor(), event(1, at=2), event(2, at=4))
    assert progress.tick(START_TIME + 4, active=True)[1] == pytest.approx(6)
    assert progress.tick(START_TIME + 5, active=True)[1] == pytest.approx(5)


def test_eta_stands_still_while_held():
    """Neither paused nor suspended time counts, however long."""
    progress = after(start(num_points=5), descriptor(), event(1, at=2), event(2, at=4))
    assert progress.tick(START_TIME + 5, active=False)[1] == pytest.approx(5)
    assert progress.tick(START_TIME + 1000, active=False)[1] == pytest.approx(5)
    assert progress.tick(START_TIME + 2000, active=True)[1] == pytest.approx(5)
    assert progress.tick(START_TIME + 2001, active=True)[1] == pytest.approx(4)


def test_a_hold_does_not_make_points_slower():
    """The time per point after a hold is that of the active time alone."""
    progress = after(start(num_points=4), descriptor(), event(1, at=2))
    progress.tick(START_TIME + 2, active=False)
    progress.tick(START_TIME + 500, active=True)
    progress.document(*event(2, at=502))
    assert progress.tick(START_TIME + 502, active=True)[1] == pytest.approx(4)


def test_a_point_taken_again_does_not_reset_the_eta():
    """A replayed point is time, not progress."""
    progress = after(start(num_points=4), descriptor(), event(1, at=2), event(2, at=4), event(2, at=5))
    assert progress.tick(START_TIME + 5, active=True)[1] == pytest.approx(3)


def test_eta_is_never_negative():
    """A point that is late makes it zero."""
    progress = after(start(num_points=2), descriptor(), event(1, at=1))
    assert progress.tick(START_TIME + 50, active=True)[1] == 0.0


def test_scan_of_the_engine_is_followed_to_its_end(RE):
    """The documents of our own engine are understood: a grid of 2 by 3 has six points."""
    m1, m2 = SynAxis(name="m1"), SynAxis(name="m2")
    det = SynGauss("det", m1, "m1", center=0, Imax=1, sigma=1)
    progress = RunProgress()
    RE.subscribe(progress.document)
    result = RE(grid_scan([det], m1, -1, 1, 2, m2, 0, 1, 3))
    progress.ended(result.outcome, result.reason)
    status = progress.status
    assert (status.plan, status.points, status.point, status.events) == ("grid_scan", 6, 6, 6)
    assert (status.open, status.exit_status, status.progress, status.streams) == (False, "success", 100.0, ("primary",))
    assert json.loads(status.metadata)["num_points"] == 6
