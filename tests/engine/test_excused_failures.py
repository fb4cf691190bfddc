"""Failures of devices that are waited out: the plan is suspended, and does again what it has done."""

import logging

import pytest

from reioc.engine import DeviceFailure, FailedStatus, Msg, Outcome

from .blocking import PATIENCE
from .documents import data_by_seq_num, named
from .fakes import Detector, Motor, Status, points
from .helpers import released_on

UNPLUGGED = OSError("unplugged")
EXCUSED = "motor: unplugged"
UNDISTURBED = {1: {"det": 101.0, "motor": 1.0}, 2: {"det": 102.0, "motor": 2.0}}


def failing(device, method, at, *, in_status=False):
    """Let the calls of these numbers, counted from 1, of a device's method fail: by raising, or in their status."""
    works, calls = getattr(device, method), []

    def fails(*args):
        calls.append(args)
        if len(calls) not in at:
            return works(*args)
        if in_status:
            return Status(error=UNPLUGGED)
        raise UNPLUGGED

    setattr(device, method, fails)
    return calls


def excusing(RE, *, holding=False, only=None):
    """Excuse what fails of any device, or `only` of these; with `holding` there is a hold of the device's."""
    asked = []

    def hook(failure):
        asked.append(failure)
        if only is not None and failure.device not in only:
            return None
        if holding:
            RE.hold(failure.device, f"{failure.device.name}: unplugged", patient=True)
        return f"{failure.device.name}: {failure.error}"

    RE.failure_hooks.append(hook)
    return asked


@pytest.fixture
def motor():
    return Motor()


@pytest.fixture
def det(motor):
    return Detector("det", motor)


@pytest.mark.parametrize("holding", [False, True], ids=["already over", "held"])
@pytest.mark.parametrize("in_status", [False, True], ids=["raised", "in its status"])
@pytest.mark.parametrize("at", [{1}, {2}, {1, 2}, {2, 3}])
def test_a_motion_that_fails_is_sent_off_again(RE, documents, watch, motor, det, at, in_status, holding):
    """The data are those of an undisturbed scan, each point once, and the plan hears of nothing."""
    failing(motor, "set", at, in_status=in_status)
    asked = excusing(RE, holding=holding)
    released_on(RE, "suspended", motor)

    result = RE.submit(points(det, motor, [1, 2])).result(PATIENCE)

    assert (result.outcome, result.problems) == (Outcome.SUCCESS, ())
    assert data_by_seq_num(documents) == UNDISTURBED
    assert watch.states == ["running", *["suspended", "running"] * len(at), "idle"]
    assert {change.reason for change in watch.changes if change.new == "suspended"} == {EXCUSED}
    assert asked == [DeviceFailure(motor, "set", UNPLUGGED)] * len(at)
    assert RE.holds == ()


@pytest.mark.parametrize(
    ("name", "method", "at"),
    [
        ("det", "describe", 1),
        ("det", "trigger", 1),
        ("det", "trigger", 2),
        ("det", "read", 1),
        ("det", "read", 2),
        ("motor", "read", 1),
        ("motor", "read", 2),
    ],
)
def test_a_point_that_fails_is_taken_again(RE, documents, motor, det, name, method, at):
    """Whatever of it fails: no reading is lost or doubled, and the plan gets each of them."""
    failing({"det": det, "motor": motor}[name], method, {at})
    excusing(RE)

    result = RE.submit(points(det, motor, [1, 2])).result(PATIENCE)

    assert data_by_seq_num(documents) == UNDISTURBED
    assert [doc["seq_num"] for doc in named(documents, "event")] == [1, 2]
    assert [reading[name]["value"] for reading in result.value for name in reading] == [101.0, 1.0, 102.0, 2.0]


def test_what_fails_while_nobody_waits_for_it_is_excused(RE, documents, watch, motor, det):
    """A status that fails in the middle of something else suspends the plan there."""
    motor.slow = True
    excusing(RE)

    def hook(msg):
        if msg.command == "wait" and len(motor.calls) == 1:
            motor.status.finish(UNPLUGGED)
        elif msg.command == "wait" and motor.moving:
            motor.arrive()

    RE.msg_hook = hook
    RE.submit(points(det, motor, [1])).result(PATIENCE)

    assert watch.states == ["running", "suspended", "running", "idle"]
    assert data_by_seq_num(documents) == {1: {"det": 101.0, "motor": 1.0}}


def test_the_plan_waits_for_the_hold(RE, documents, watch, motor, det):
    """It goes on when whoever excused the failure lets go, and not before."""
    failing(motor, "set", {1})
    excusing(RE, holding=True)
    future = RE.submit(points(det, motor, [1, 2]))
    watch.until("suspended")

    assert motor in [hold.owner for hold in RE.holds_in_force]

    RE.release(motor)
    assert future.result(PATIENCE).outcome is Outcome.SUCCESS
    assert data_by_seq_num(documents) == UNDISTURBED


def test_what_is_not_excused_is_told(RE, documents, motor, det):
    """The plan gets it as ever, with the device's own exception."""
    failing(motor, "set", {2}, in_status=True)
    asked = excusing(RE, only=[det])

    with pytest.raises(FailedStatus, match="set of motor failed: OSError: unplugged"):
        RE(points(det, motor, [1, 2]))

    assert len(asked) == 1
    assert [stop["exit_status"] for stop in named(documents, "stop")] == ["fail"]


def test_of_two_failures_both_must_be_excused(RE):
    """One that is not has the plan told of both."""
    m1, m2 = Motor("m1", slow=True), Motor("m2", slow=True)
    RE.waiting_hook = lambda statuses: statuses and [each.status.finish(UNPLUGGED) for each in (m1, m2)]
    excusing(RE, only=[m1])

    with pytest.raises(FailedStatus, match=r"set of m1 failed.*; set of m2 failed"):
        RE([Msg("set", m1, 1, group="A"), Msg("set", m2, 1, group="A"), Msg("wait", group="A")])

    assert RE.holds == ()


def test_without_a_checkpoint_to_come_back_to_it_is_told(RE, motor):
    """What cannot be repeated is not excused; nobody is even asked."""
    failing(motor, "set", {1})
    asked = excusing(RE)

    with pytest.raises(OSError, match="unplugged"):
        RE([Msg("clear_checkpoint"), Msg("set", motor, 1)])

    assert asked == []


def test_a_motion_from_before_the_checkpoint_is_told(RE, motor):
    """It would not be sent off again."""
    motor.slow = True
    excusing(RE)
    RE.msg_hook = lambda msg: msg.command == "wait" and motor.status.finish(UNPLUGGED)

    with pytest.raises(FailedStatus, match="unplugged"):
        RE([Msg("set", motor, 1, group="A"), Msg("checkpoint"), Msg("wait", group="A")])


def test_in_an_ending_it_is_told(RE, motor):
    """The clean-up of a plan that was asked to end is not held up."""
    failing(motor, "set", {1})
    asked = excusing(RE)
    told = []

    def plan():
        try:
            yield Msg("checkpoint")
            RE.request_abort("enough")
            yield Msg("sleep", None, 3600)
        finally:
            try:
                yield Msg("set", motor, 0)
            except OSError as error:
                told.append(error)

    assert RE.submit(plan()).result(PATIENCE).outcome is Outcome.ABORT
    assert (told, asked) == ([UNPLUGGED], [])


def test_in_the_plan_of_a_hold_it_is_told(RE, motor, watch):
    """What is done in a suspension is not the plan's, and has no checkpoint of the plan's."""
    failing(motor, "set", {1})
    asked = excusing(RE)
    RE.hold("beam", "no beam", pre_plan=[Msg("set", motor, 1)])
    future = RE.submit([Msg("checkpoint"), Msg("null")])

    assert future.result(PATIENCE).outcome is Outcome.FAIL
    assert asked == []


def test_who_raises_when_asked_excuses_nothing(RE, motor, caplog):
    """The plan gets its failure, and the log has the other one."""
    failing(motor, "set", {1})

    def broken(failure):
        raise LookupError("no such device")

    RE.failure_hooks.append(broken)
    with caplog.at_level(logging.ERROR, "reioc.engine"), pytest.raises(OSError, match="unplugged"):
        RE([Msg("set", motor, 1)])

    assert "no such device" in caplog.text


@pytest.mark.parametrize("ask", ["request_pause", "request_abort"])
def test_who_asks_for_something_else_at_the_same_time_gets_it(RE, watch, motor, det, ask):
    """A pause comes first, and the point is taken again after it; an abort ends the plan. No hold is left."""
    failing(motor, "set", {1})
    excusing(RE)
    RE.failure_hooks.insert(0, lambda _: getattr(RE, ask)(reason="lunch"))
    future = RE.submit(points(det, motor, [1, 2]))
    if ask == "request_pause":
        watch.until("paused")
        RE.request_resume()

    outcome = future.result(PATIENCE).outcome

    assert outcome is (Outcome.SUCCESS if ask == "request_pause" else Outcome.ABORT)
    assert RE.holds == ()


def two_events(det, motor, *, between):
    """A point of two events, with messages between them; a checkpoint before and after."""
    yield Msg("open_run")
    yield Msg("checkpoint")
    for name in ("before", "after"):
        yield Msg("trigger", det, group="trigger")
        yield Msg("wait", group="trigger")
        yield Msg("create", name=name)
        yield Msg("read", det)
        yield Msg("save")
        for msg in between if name == "before" else ():  # noqa: UP028  a list takes no replies
            yield msg
    yield Msg("checkpoint")
    yield Msg("close_run")


@pytest.mark.parametrize("what", ["set", "read"])
def test_what_is_an_event_already_is_not_measured_again(RE, documents, motor, det, what):
    """Of a point only what came after its last event is repeated."""
    if what == "set":
        failing(motor, "set", {1})
    else:
        failing(det, "read", {2})
    excusing(RE)
    triggered = failing(det, "trigger", ())

    RE(two_events(det, motor, between=[Msg("set", motor, 1, group="A"), Msg("wait", group="A")]))

    assert [doc["seq_num"] for doc in named(documents, "event")] == [1, 1]
    assert [doc["data"]["det"] for doc in named(documents, "event")] == [100.0, 101.0]
    assert len(triggered) == (2 if what == "set" else 3)


def test_a_patient_hold_leaves_the_events_that_there_are(RE, documents, watch, motor, det):
    """Held in a move after an event, the plan moves again, and does not measure again."""
    motor.slow = True
    between = [Msg("set", motor, 1, group="A"), Msg("wait", group="A")]
    RE.waiting_hook = lambda statuses: statuses and motor.moving and RE.hold("m1", "lost", patient=True)
    future = RE.submit(two_events(det, motor, between=between))
    watch.until("suspended")
    RE.waiting_hook, motor.slow = None, False
    RE.release("m1")

    assert future.result(PATIENCE).outcome is Outcome.SUCCESS
    assert [doc["seq_num"] for doc in named(documents, "event")] == [1, 1]
    assert [call for call in motor.calls if call != "stop"] == [("set", 1.0), ("set", 1.0)]


def test_a_motion_from_before_the_event_is_repeated_with_it(RE, documents, motor, det):
    """What fails had been sent off before the last event: only the whole point makes sense."""
    motor.slow = True
    excusing(RE)

    def hook(msg):
        if msg.command == "wait" and msg.kwargs["group"] == "A":
            motor.slow = False
            motor.status.finish(UNPLUGGED)

    RE.msg_hook = hook
    plan = [
        *(Msg("open_run"), Msg("checkpoint"), Msg("set", motor, 1, group="A")),
        *(Msg("create", name="primary"), Msg("read", motor), Msg("save"), Msg("wait", group="A"), Msg("close_run")),
    ]
    RE(plan)

    assert [doc["seq_num"] for doc in named(documents, "event")] == [1, 1]
    assert data_by_seq_num(documents) == {1: {"motor": 1.0}}
