"""What becomes of a plan whose device is in trouble."""

import pytest

from reioc.devices.guard.guard import DeviceLost
from reioc.devices.trouble import DeviceTrouble, MoveStopped
from reioc.engine import Msg, Outcome

from ...engine.fakes import Status, points
from ...system.support import until
from .bench import DET_PV, MOTOR_PV, PATIENCE


def failing(device, method, error, times, *, in_status=False):
    """Let the next calls of a device's method fail."""
    works, left = getattr(device, method), [times]

    def fails(*args):
        if not left[0]:
            return works(*args)
        left[0] -= 1
        if in_status:
            return Status(error=error)
        raise error

    setattr(device, method, fails)


def test_a_device_that_the_plan_does_not_use_suspends_nothing(bench):
    """It is lost, and told of; the plan goes on."""
    b = bench()
    b.lose("m2")

    result = b.RE.submit(points(b.det, b.m1, [1])).result(PATIENCE)

    assert (result.outcome, b.states) == (Outcome.SUCCESS, ["running", "idle"])
    assert b.reasons == ["m2: X:m2.RBV is not connected"]


def test_a_plan_begins_when_its_device_is_back(bench):
    """Lost before the start, it holds the plan when that comes to it."""
    b = bench()
    b.lose("det")
    plan = b.RE.submit(points(b.det, b.m1, [1]))
    b.reach("suspended")
    b.recover()

    assert plan.result(PATIENCE).outcome is Outcome.SUCCESS
    assert len(b.events) == 1


def test_it_goes_on_when_the_device_has_been_well_for_a_while(bench):
    """Not before it has settled, and not if it is lost again meanwhile; people are told."""
    b = bench(settle=2.0)
    b.lose("det")
    b.find("det")
    assert b.reasons == [f"det: {DET_PV} is there again; goes on after 2 s"]
    b.pass_time(1.9)
    b.lose("det")
    assert b.reasons == [f"det: {DET_PV} is not connected"]
    b.find("det")
    b.pass_time(1.9)
    assert len(b.reasons) == 1
    b.pass_time(0.2)
    assert b.reasons == []


def test_trouble_is_waited_out(bench):
    """A device says what is wrong, and when it is over."""
    b = bench()
    over = []
    failing(b.m1, "set", DeviceTrouble("X:m1.MSTA", "has no power", over=lambda: bool(over)), 1, in_status=True)
    plan = b.RE.submit(points(b.det, b.m1, [1]))
    b.reach("suspended")
    b.pass_time(60.0)
    assert b.reasons == ["m1: X:m1.MSTA: has no power"]
    over.append(True)
    b.guard.look()
    assert b.reasons == ["m1: is well again; goes on after 1 s"]
    b.pass_time(1.0)

    assert plan.result(PATIENCE).outcome is Outcome.SUCCESS
    assert len(b.events) == 1


@pytest.mark.parametrize(
    "error",
    [
        MoveStopped("X:m1.STOP", "was stopped by somebody"),
        ValueError("beyond the limit"),
        TimeoutError("not there in 5 s"),
    ],
    ids=["stopped", "beyond a limit", "too slow"],
)
def test_what_does_not_pass_by_itself_is_told(bench, error):
    """Nobody waits for it: the plan fails with it."""
    b = bench()
    failing(b.m1, "set", error, 1, in_status=True)

    result = b.RE.submit(points(b.det, b.m1, [1])).result(PATIENCE)

    assert (result.outcome, b.states[:2]) == (Outcome.FAIL, ["running", "idle"])
    assert str(error) in result.reason


def test_a_status_that_is_late_is_believed_to_be_lost_if_the_connection_was(bench):
    """The server is back, and does not know of the move any more."""
    b = bench()
    failing(b.m1, "set", TimeoutError("not there in 5 s"), 1, in_status=True)
    b.lose("m1")
    b.find("m1")
    b.pass_time(1.0)

    plan = b.RE.submit(points(b.det, b.m1, [1]))
    b.reach("suspended")
    b.recover()

    assert plan.result(PATIENCE).outcome is Outcome.SUCCESS


def test_it_is_tried_so_often_and_no_more(bench):
    """With two retries the third failure in a row is the plan's; a point that succeeds lets it begin anew."""
    b = bench(retries=2, settle=0.0)
    works, reads = b.det.read, []

    def read():
        reads.append(b.det.now())
        if reads.count(reads[-1]) <= (2 if reads[-1] < 103 else 9):
            raise TimeoutError("no answer")
        return works()

    b.det.read = read
    plan = b.RE.submit(points(b.det, b.m1, [1, 2, 3]))
    for _ in range(6):
        until(lambda: b.servers.asked or b.guard.look(), "the question")
        b.servers.answer()
        b.guard.look()

    result = plan.result(PATIENCE)
    assert (result.outcome, reads) == (Outcome.FAIL, [101.0] * 3 + [102.0] * 3 + [103.0] * 3)
    assert "no answer" in result.reason
    assert b.states.count("suspended") == 6


@pytest.mark.parametrize("lost", ["before the plan", "while it waits"])
def test_a_plan_can_fail_instead(bench, lost):
    """on_trouble = "fail": the exception names the PV, and the plan cleans up."""
    b = bench(on_trouble="fail")
    b.m1.slow, cleaned = True, []
    b.m1.stop = lambda **_: None
    if lost == "before the plan":
        b.lose("m1")

    def plan():
        try:
            yield from points(b.det, b.m1, [1])
        except DeviceLost as error:
            cleaned.append(str(error))
            yield Msg("read", b.det)
            raise

    running = b.RE.submit(plan())
    if lost == "while it waits":
        until(lambda: b.RE.waiting_for == ("m1",), "the move")
        b.lose("m1")

    result = running.result(PATIENCE)
    assert (result.outcome, cleaned) == (Outcome.FAIL, [f"m1: {MOTOR_PV} is not connected"])
    assert MOTOR_PV in result.reason
    b.find("m1")
    assert b.reasons == []


@pytest.mark.parametrize("is_lost", [True, False])
def test_a_plan_that_fails_is_told_the_pv(bench, is_lost):
    """Also where the failure does not name it, whether the guard has heard of the lost connection or not."""
    b = bench(on_trouble="fail")

    def read():
        if is_lost:
            b.links.connect("det", DET_PV, is_connected=False)
        raise TimeoutError("no answer")

    b.det.read = read

    result = b.RE.submit(points(b.det, b.m1, [1])).result(PATIENCE)

    assert result.outcome is Outcome.FAIL
    assert f"det: {DET_PV} {'is not connected' if is_lost else 'does not answer'}" in result.reason


def test_a_plan_fails_when_it_has_waited_long_enough(bench):
    """give_up = 10: the plan fails, and so does the next one, at once, until the device is back."""
    b = bench(give_up=10.0)
    b.lose("det")
    plan = b.RE.submit(points(b.det, b.m1, [1]))
    b.reach("suspended")
    b.pass_time(9.0)
    assert not plan.done()
    b.pass_time(2.0)

    given_up = f"det: {DET_PV} is not connected; given up after 10 s"
    assert given_up in plan.result(PATIENCE).reason
    assert given_up in b.RE.submit(points(b.det, b.m1, [1])).result(PATIENCE).reason
    b.recover()
    assert b.RE.submit(points(b.det, b.m1, [1])).result(PATIENCE).outcome is Outcome.SUCCESS


def test_a_server_that_is_frozen_is_found_out(bench):
    """The plan waits, and nothing fails: its server is asked, and the plan is suspended until that answers."""
    b = bench(silence=3.0)
    b.m1.slow = True
    plan = b.RE.submit(points(b.det, b.m1, [1]))
    until(lambda: b.RE.waiting_for == ("m1",), "the move")
    b.pass_time(2.0)
    assert b.servers.asked == []
    b.pass_time(1.1)
    assert b.servers.answer(answers=True) == [MOTOR_PV]
    b.pass_time(3.1)
    assert b.servers.answer(answers=False) == [MOTOR_PV]
    b.guard.look()
    b.reach("suspended")
    assert b.reasons == [f"m1: {MOTOR_PV} does not answer"]
    b.servers.answer(answers=False)
    b.pass_time(60.0)
    assert b.reasons == [f"m1: {MOTOR_PV} does not answer"]
    b.m1.slow = False
    b.recover()

    assert plan.result(PATIENCE).outcome is Outcome.SUCCESS


def test_a_plan_that_is_given_up_leaves_no_trouble_behind(bench):
    """What it failed at is nobody's business any more; what is lost still is."""
    b = bench()
    failing(b.det, "read", TimeoutError("no answer"), 1)
    plan = b.RE.submit(points(b.det, b.m1, [1]))
    b.reach("suspended")
    b.RE.abort("enough")
    assert plan.result(PATIENCE).outcome is Outcome.ABORT
    b.guard.look()
    b.pass_time(1.0)

    assert b.reasons == []
    assert b.RE.submit(points(b.det, b.m1, [1])).result(PATIENCE).outcome is Outcome.SUCCESS


def test_a_part_of_a_device_is_the_devices(bench):
    """What fails is a component: the device is in trouble."""
    b = bench()

    class Part(type(b.det)):
        parent = b.det

    part = Part("det_part", b.m1)
    failing(part, "read", TimeoutError("no answer"), 1)
    plan = b.RE.submit(points(part, b.m1, [1]))
    b.reach("suspended")
    assert b.reasons == [f"det: {DET_PV} does not answer"]
    b.recover()

    assert plan.result(PATIENCE).outcome is Outcome.SUCCESS


def test_a_stranger_is_not_looked_after(bench):
    """A device that is in no registry fails as ever."""
    b = bench()
    stranger = type(b.det)("stranger", b.m1)
    failing(stranger, "read", TimeoutError("no answer"), 1)

    assert b.RE.submit(points(stranger, b.m1, [1])).result(PATIENCE).outcome is Outcome.FAIL


def test_a_part_is_its_own_devices(bench):
    """Names may begin alike: the server that is asked is that of the device with the longer one."""
    b = bench()
    b.guard._watches["m1_fine"] = b.guard._watches["m1"]

    assert [b.guard._named(name) for name in ("m1", "m1_rbv", "m1-rbv", "m1_fine_rbv", "m12")] == [
        *("m1", "m1", "m1", "m1_fine", ""),
    ]
