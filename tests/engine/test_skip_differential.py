"""A scan with a point skipped is, in its documents, a scan without that point."""

import asyncio
from functools import partial

import bluesky.plans as theirs
import bluesky.preprocessors
import pytest
from bluesky.run_engine import RunEngine as BlueskyEngine
from hypothesis import given
from hypothesis import strategies as st

import reioc.engine.plans as ours
from reioc.engine import TransitionError

from .documents import named, normalised
from .interrupted_plans import PLANS
from .interrupting import engine_for_many, execute, is_well_afterwards
from .lab import Lab
from .two_engines import collected

ABOUT_POINTS = ("plan_args", "num_points", "num_intervals", "plan_pattern_args", "hints", "shape", "extents")
POSITIONS = [-1.0, 0.0, 2.0, 5.0]


def list_scan(plans, positions, lab):
    return plans.list_scan([lab.det], lab.m1, positions)


def rel_scan(plans, positions, lab):
    return plans.rel_list_scan([lab.det], lab.m1, positions)


def two_motors(plans, positions, lab):
    return plans.list_scan([lab.det2], lab.m1, positions, lab.m2, positions)


def count(plans, positions, lab):
    return plans.count([lab.det], num=len(positions), delay=0.001)


SCANS = [list_scan, rel_scan, two_motors, count]


def with_baseline(plans, positions, lab):
    return bluesky.preprocessors.baseline_wrapper(list_scan(plans, positions, lab), [lab.m2])


@pytest.fixture(scope="module")
def RE():
    yield from engine_for_many()


@pytest.fixture(scope="module")
def their_engine():
    engine = BlueskyEngine({}, loop=asyncio.new_event_loop(), context_managers=[])
    yield engine
    engine.loop.call_soon_threadsafe(engine.loop.stop)
    engine._th.join(timeout=10)
    engine.loop.close()


def skipped_at(RE, make_plan, number, command="checkpoint"):
    """The documents of a plan of which a point is skipped: asked for at this command, when it comes this often."""
    come = [0]

    def hook(msg):
        come[0] += msg.command == command
        if msg.command == command and come[0] == number + 1:
            RE.request_skip_point()

    RE.msg_hook = hook
    try:
        documents, error = collected(RE, make_plan)
    finally:
        RE.msg_hook = None
    assert error is None
    return comparable(documents)


def comparable(documents):
    return normalised(documents, without=(*ABOUT_POINTS, "plan_name", "scan_id"))


CASES = [
    *((scan, "create", number) for scan in SCANS for number in range(len(POSITIONS))),
    # That of `count` makes two checkpoints for each point: nothing is between the first one and the second.
    *((scan, "checkpoint", number) for scan in SCANS[:-1] for number in range(len(POSITIONS))),
]


@pytest.mark.parametrize(("scan", "command", "number"), CASES)
@pytest.mark.parametrize("plans", [ours, theirs], ids=["ours", "bluesky's"])
def test_as_without_the_point(RE, their_engine, scan, plans, command, number):
    """A scan of ours or theirs, a point of it skipped, gives what their engine gives of one that does not have it."""
    mine = skipped_at(RE, partial(scan, plans, POSITIONS), number, command)
    reference, error = collected(their_engine, partial(scan, plans, POSITIONS[:number] + POSITIONS[number + 1 :]))

    assert error is None
    assert mine == comparable(reference)


def test_what_follows_the_last_checkpoint_is_of_the_last_point(RE):
    """A plan that reads a baseline at its end makes no checkpoint before: it is skipped with the last point."""
    mine = skipped_at(RE, partial(with_baseline, theirs, POSITIONS), len(POSITIONS) - 1)

    assert [doc["num_events"] for doc in named(mine, "stop")] == [{"baseline": 1, "primary": len(POSITIONS) - 1}]


@pytest.mark.parametrize("plans", [ours, theirs], ids=["ours", "bluesky's"])
def test_adaptive_plans_go_on(RE, plans):
    """A plan that computes the next point from the readings of this one comes to its end, whichever is skipped."""

    def adaptive(lab):
        return plans.adaptive_scan([lab.det], "det", lab.m1, -1, 1, 0.1, 0.5, 0.1, True)

    def tune(lab):
        return plans.tune_centroid([lab.det], "det", lab.m1, -1, 1, 0.1, 4)

    for plan in (adaptive, tune):
        for number in range(8):
            documents = skipped_at(RE, plan, number, "trigger")
            assert named(documents, "stop")[0]["exit_status"] == "success"
            numbers = [doc["seq_num"] for doc in named(documents, "event")]
            assert numbers == list(range(1, len(numbers) + 1))


@pytest.mark.parametrize("name", PLANS)
def test_skipped_everywhere(RE, name):
    """Each of the plans that we interrupt, at every message: it ends well, and its documents are sound."""
    whole = execute(RE, name)
    for at in range(1, len(whole.messages) + 1):
        try:
            run = execute(RE, name, {at: partial(if_possible, RE)})
            is_sound(RE, whole, run)
        except BaseException as error:
            error.add_note(f"skipped at message {at}: {whole.messages[at - 1]}")
            raise


def if_possible(RE, what="skip_point"):
    """Ask for it, unless it is refused."""
    try:
        getattr(RE, f"request_{what}")()
    except TransitionError:
        assert not RE._engine.ctx.runs


def is_sound(RE, whole, run):
    assert run.result.outcome == "success", run.result
    assert run.result.problems == ()
    assert run.endings == [("success", "")] * len(whole.runs)
    assert not RE.skipping_point
    assert is_well_afterwards(RE, run)
    none_is_taken_again(run)


def none_is_taken_again(run):
    """Each stream's numbers are those that come one after the other; that none is missing is checked for all runs."""
    for each in run.runs:
        for stream in each.streams.values():
            if not any(
                key.get("external") for key in stream.descriptors[0]["data_keys"].values()
            ):  # frames count twice
                assert stream.seq_nums == list(range(1, len(stream.seq_nums) + 1))


@given(
    name=st.sampled_from(["scan of ours", "scan of theirs", *PLANS]),
    asks=st.dictionaries(
        st.integers(1, 60), st.sampled_from(["skip_point", "skip_point", "skip_point", "pause"]), max_size=6
    ),
)
def test_skipped_at_random(RE, name, asks):
    """Whatever is skipped, whenever, between pauses: nothing is raised, no number is missing, and the run ends well."""
    scans = {"scan of ours": ours.scan, "scan of theirs": theirs.scan}
    lab = Lab()
    plan = scans[name]([lab.det], lab.m1, 1, 4, 4) if name in scans else name
    if name == "partly_uninterruptible":
        asks = dict.fromkeys(asks, "skip_point")
    run = execute(RE, plan, {at: partial(if_possible, RE, what) for at, what in asks.items()}, lab=lab)

    assert run.result.outcome == "success", run.result
    assert not RE.skipping_point
    assert {exit_status for exit_status, _ in run.endings} <= {"success"}
    if "pause" not in asks.values():
        none_is_taken_again(run)
