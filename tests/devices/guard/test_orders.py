"""A read fails, and the connection is lost and found: in every order, no point is lost and none is doubled."""

import pytest

from reioc.engine import Msg, Outcome

from ...engine.fakes import points
from ...system.support import until
from .bench import DET_PV, PATIENCE, PVS

MOMENTS = ("before it fails", "when it has been asked about", "while suspended", "never")
UNDISTURBED = [(1, {"det": 101.0, "m1": 1.0}), (2, {"det": 102.0, "m1": 2.0}), (3, {"det": 103.0, "m1": 3.0})]


class Story:
    """What happens at which moment of the second point's read, which runs out of time."""

    def __init__(self, bench, lost, found):
        self.bench, self.lost, self.found = bench, lost, found
        self.reads = 0
        self.works, bench.det.read = bench.det.read, self.read
        asked = bench.RE.failure_hooks[-1]
        bench.RE.failure_hooks[-1] = lambda failure: (asked(failure), self.happens("when it has been asked about"))[0]

    def happens(self, moment):
        if self.lost == moment:
            self.bench.lose()
        if self.found == moment:
            self.bench.recover()

    def read(self):
        self.reads += 1
        if self.reads != 2:
            return self.works()
        self.happens("before it fails")
        raise TimeoutError(f"no answer of {DET_PV}")


@pytest.mark.parametrize(
    ("lost", "found"),
    [
        (lost, found)
        for lost in MOMENTS
        for found in MOMENTS[:3]
        if lost == "never" or MOMENTS.index(lost) <= MOMENTS.index(found)
    ],
)
def test_whatever_comes_first(bench, lost, found):
    """The scan ends as a success with the events of an undisturbed one, and was suspended for the PV."""
    b = bench()
    story = Story(b, lost, found)

    plan = b.RE.submit(points(b.det, b.m1, [1, 2, 3]))
    b.reach("suspended")
    story.happens("while suspended")
    b.recover()

    result = plan.result(PATIENCE)
    assert (result.outcome, result.problems) == (Outcome.SUCCESS, ())
    assert b.events == UNDISTURBED
    assert b.states == ["running", "suspended", "running", "idle"]
    assert b.changes[1].reason.startswith(f"det: {DET_PV} ")
    assert b.RE.holds == ()


@pytest.mark.parametrize("at", ["set", "trigger", "read"])
@pytest.mark.parametrize("name", ["m1", "det"])
def test_a_connection_that_is_lost_without_a_failure_suspends(bench, at, name):
    """Nothing has failed yet: the point is done again all the same, once."""
    b = bench()
    device = b.m1 if at == "set" else b.det
    works, done = getattr(device, at), []

    def loses(*args):
        done.append(args)
        if len(done) == 2:
            b.lose(name)
        return works(*args)

    setattr(device, at, loses)
    plan = b.RE.submit(points(b.det, b.m1, [1, 2, 3]))
    b.reach("suspended")
    assert b.guard.trouble(name) == b.changes[-1].reason == f"{name}: {PVS[name]} is not connected"
    b.recover()

    assert plan.result(PATIENCE).outcome is Outcome.SUCCESS
    assert b.events == UNDISTURBED


def test_a_motor_whose_move_never_ends_is_sent_again(bench):
    """Its server has died in the middle of the move, and nobody tells its end: the plan does not wait for it."""
    b = bench()
    b.m1.slow = True
    b.m1.stop = lambda **_: None  # nobody there
    plan = b.RE.submit(points(b.det, b.m1, [1]))
    until(lambda: b.RE.waiting_for == ("m1",), "the move")
    b.lose("m1")
    b.reach("suspended")
    b.m1.slow, b.m1.status.done = False, True  # the server has forgotten it
    b.recover()

    assert plan.result(PATIENCE).outcome is Outcome.SUCCESS
    assert b.m1.calls.count(("set", 1.0)) == 2
    assert b.events == UNDISTURBED[:1]


def test_who_is_lost_after_a_point_does_not_have_it_taken_again(bench):
    """It is there: the plan is held when it comes to the device next, which is after its next checkpoint."""
    b = bench()

    def plan():
        for msg in points(b.det, b.m1, [1, 2, 3]):
            yield msg
            if msg.command == "save" and len(b.events) == 2:
                b.lose()
                yield Msg("null")

    running = b.RE.submit(plan())
    b.reach("suspended")
    b.recover()

    assert running.result(PATIENCE).outcome is Outcome.SUCCESS
    assert b.events == UNDISTURBED
