"""The pre- and post-plans of holds."""

import threading

import pytest

from reioc.engine import (
    FailedStatus,
    Msg,
    Outcome,
    RunEngineInterrupted,
    State,
)

from .documents import named
from .fakes import Detector, Motor, Pausable, Status
from .helpers import commands_of, hold_at, paused_and_resumed, released_on


def test_two_holds_nest(RE):
    """With two holds the plan goes on when both are gone; pre-plans come in order, post-plans in the opposite one."""
    plans = [
        (owner, {"pre_plan": [Msg("null", None, f"pre {owner}")], "post_plan": [Msg("null", None, f"post {owner}")]})
        for owner in ("ring", "shutter")
    ]
    hold_at(RE, "sleep", *plans)
    executed = commands_of(RE)
    steps = iter(["ring", "shutter"])

    def let_go_one_by_one(msg):
        if msg.command == "_until_holds_change":
            RE.loop.call_soon(lambda: RE.release(next(steps)))
            RE.loop.call_soon(lambda: RE.release(next(steps)))

    hook = RE.msg_hook
    RE.msg_hook = lambda msg: (hook(msg), let_go_one_by_one(msg))
    RE([Msg("checkpoint"), Msg("sleep", None, 0), Msg("null", None, "plan")])

    assert executed == [
        ("checkpoint",),
        ("sleep", 0),
        ("null", "pre ring"),
        ("null", "pre shutter"),
        ("null", "post shutter"),
        ("null", "post ring"),
        ("sleep", 0),
        ("null", "plan"),
    ]


def test_second_hold_while_suspended(RE, watch):
    """A hold that comes while suspended does its pre-plan then, and keeps the plan when the first one lets go."""
    done = []
    RE.register_command("note", lambda msg: done.append(msg.args[0]))
    noted = threading.Event()
    RE.register_command("noted", lambda _: noted.set())
    RE.hold("ring", "no beam", post_plan=[Msg("note", None, "post ring")])
    future = RE.submit([Msg("note", None, "plan")])
    watch.until(State.SUSPENDED)
    RE.hold("shutter", "closed", pre_plan=[Msg("note", None, "pre shutter"), Msg("noted")])
    assert noted.wait(10)
    RE.release("ring")
    assert not future.done()
    RE.release("shutter")

    assert future.result(timeout=10).outcome is Outcome.SUCCESS
    assert done == ["pre shutter", "post ring", "plan"]


def test_second_hold_in_the_moment_of_the_wait(RE):
    """A hold that comes just when the suspension begins to wait is noticed: its pre-plan is done."""
    done = []
    RE.register_command("note", lambda msg: (done.append(msg.args[0]), RE.release("ring"), RE.release("shutter")))
    RE.hold("ring", "no beam")

    def trip(msg):
        if msg.command == "_until_holds_change" and not done:
            RE.hold("shutter", "closed", pre_plan=[Msg("note", None, "pre shutter")])

    RE.msg_hook = trip
    RE([Msg("null")])

    assert done == ["pre shutter"]


def test_hold_that_trips_again_and_again(RE, watch):
    """Each trip suspends anew, and functions as pre- and post-plans are used for each."""
    counts = {"pre": 0, "post": 0}

    def counting(what):
        def plan():
            counts[what] += 1
            yield Msg("null")

        return plan

    keywords = {"pre_plan": counting("pre"), "post_plan": counting("post")}
    hold_at(RE, "checkpoint", ("ring", keywords), times=3)
    released_on(RE, State.SUSPENDED, "ring")
    RE([Msg("checkpoint"), Msg("null"), Msg("checkpoint"), Msg("null"), Msg("checkpoint"), Msg("null")])

    assert watch.states == ["running", *["suspended", "running"] * 3, "idle"]
    assert counts == {"pre": 0, "post": 0}  # each time it was over before the pre-plan could begin


def test_devices_of_a_suspended_plan(RE):
    """What moves is stopped and what wants to know is told; before the post-plan it is told that it goes on."""
    motor, det = Motor("m", slow=True), Pausable("det")
    order = motor.calls = det.calls
    hold_at(RE, "sleep", ("ring", {"post_plan": lambda: [Msg("note")], "pre_plan": lambda: [Msg("let_go")]}))
    RE.register_command("note", lambda _: order.append("post-plan"))
    RE.register_command("let_go", lambda _: (order.append("pre-plan"), RE.release("ring")))
    RE.waiting_hook = lambda statuses: statuses and motor.arrive()
    RE(
        [
            Msg("null", det),
            Msg("checkpoint"),
            Msg("set", motor, 8, group="A"),
            Msg("sleep", None, 0),
            Msg("wait", group="A"),
        ]
    )

    assert order[:8] == [("set", 8.0), "stop", "pause", "pre-plan", "resume", "post-plan", ("set", 8.0), "stop"]
    assert motor.position == 8.0


def failing_plan():
    yield Msg("null")
    raise ValueError("the shutter is stuck")


@pytest.mark.parametrize("which", ["pre_plan", "post_plan"])
def test_failing_plan_of_a_hold(RE, watch, documents, which):
    """A pre- or post-plan that fails fails the plan, which can clean up, whoever still holds it."""
    cleaned = []
    RE.register_command("note", lambda msg: cleaned.append(msg.args[0]))

    def plan():
        yield Msg("open_run")
        yield Msg("checkpoint")
        try:
            yield Msg("sleep", None, 0)
        finally:
            yield Msg("note", None, "cleaned")

    hold_at(RE, "sleep", ("ring", {which: failing_plan}))
    if which == "post_plan":
        RE.observers.append(
            lambda change: getattr(change, "new", "") == "suspended" and RE.loop.call_later(0.01, RE.release, "ring")
        )
    with pytest.raises(ValueError, match="the shutter is stuck"):
        RE(plan())

    assert cleaned == ["cleaned"]
    (stop,) = named(documents, "stop")
    assert (stop["exit_status"], stop["reason"]) == ("fail", "the shutter is stuck")
    assert watch.states == ["running", "suspended", "running", "idle"]


def test_plan_that_swallows_the_failure_of_a_pre_plan(RE, watch):
    """A plan that goes on although a pre-plan has failed is held again at its next checkpoint, not let loose."""
    done = []
    RE.register_command("note", lambda msg: done.append((msg.args[0], bool(RE.holds))))

    def plan():
        yield Msg("checkpoint")
        try:
            yield Msg("sleep", None, 0)
        except ValueError:
            yield Msg("note", None, "cleaned")
        yield Msg("checkpoint")
        yield Msg("note", None, "exposed")

    plans = iter([failing_plan(), [Msg("let_go")]])
    RE.register_command("let_go", lambda _: RE.release("ring"))
    hold_at(RE, "sleep", ("ring", {"pre_plan": plans.__next__}))
    RE(plan())

    assert done == [("cleaned", True), ("exposed", False)]
    assert watch.states == ["running", "suspended", "running", "suspended", "running", "idle"]


def test_plan_that_does_not_exist_as_a_pre_plan(RE):
    """A pre-plan that is no plan fails the plan with what is wrong."""
    RE.hold("ring", "no beam", pre_plan=3)
    with pytest.raises(TypeError, match="not int: 3"):
        RE([Msg("null")])


def paused_in(RE, plan_of_hold, *, which, slow):
    """A plan held by `ring`; in the middle of that hold's plan a pause is asked for, and resumed."""
    RE.hold("ring", "no beam", **{which: plan_of_hold})
    asked = []

    def pause_in_the_wait(statuses):
        if statuses and not asked:
            asked.append(RE.request_pause())
        elif statuses:
            slow.arrive()

    RE.waiting_hook = pause_in_the_wait
    RE.msg_hook = lambda msg: RE.release("ring") if msg.command == "_until_holds_change" else None
    with pytest.raises(RunEngineInterrupted):
        RE([Msg("null", None, "plan")])


@pytest.mark.parametrize("which", ["pre_plan", "post_plan"])
def test_paused_in_the_middle_of_a_plan_of_a_hold(RE, which):
    """A pause stops what a pre- or post-plan moves; resumed, it is sent off again, and the plan is done once."""
    shutter, det = Motor("shutter", slow=True), Pausable("det")

    def move_shutter():
        yield Msg("null", det)
        yield Msg("set", shutter, 8, group="A")
        yield Msg("wait", group="A")

    paused_in(RE, move_shutter, which=which, slow=shutter)
    assert (RE.state, shutter.position) == (State.PAUSED, 4.0)
    RE.resume()

    assert shutter.position == 8.0
    assert [call for call in shutter.calls if call != "stop"] == [("set", 8.0), ("set", 8.0)]
    assert det.calls.count("pause") == det.calls.count("resume")


def test_paused_in_the_second_post_plan(RE):
    """A pause in the second of two post-plans: devices are told, the first one is not done again."""
    shutter, det, done = Motor("shutter", slow=True), Pausable("det"), []
    RE.register_command("note", lambda msg: done.append(msg.args[0]))

    def first():
        yield Msg("note", None, "first")

    def second():
        yield Msg("set", shutter, 8, group="A")
        yield Msg("wait", group="A")
        yield Msg("note", None, list(det.calls))

    hold_at(RE, "sleep", ("ring", {"post_plan": second}), ("front end", {"post_plan": first}))
    hook, asked = RE.msg_hook, []
    RE.msg_hook = lambda msg: (
        hook(msg),
        [RE.release(hold.owner) for hold in RE.holds if msg.command == "_until_holds_change"],
    )
    RE.waiting_hook = lambda statuses: statuses and (shutter.arrive() if asked else asked.append(RE.request_pause()))
    paused_and_resumed(RE, [Msg("null", det), Msg("checkpoint"), Msg("sleep", None, 0)])

    assert done == ["first", ["pause", "resume", "pause", "resume"]]
    assert shutter.position == 8.0


def test_pre_plan_is_not_repeated_by_a_pause(RE, watch):
    """A pause while suspended, after the pre-plan is done, does not do it again."""
    done = []
    RE.register_command("note", lambda msg: done.append(msg.args[0]))
    RE.hold("ring", "no beam", pre_plan=[Msg("note", None, "pre")], post_plan=[Msg("note", None, "post")])
    paused = []

    def pause_while_waiting(msg):
        if msg.command == "_until_holds_change":
            RE.release("ring") if paused else paused.append(RE.request_pause())

    RE.msg_hook = pause_while_waiting
    paused_and_resumed(RE, [Msg("note", None, "plan")])

    assert done == ["pre", "post", "plan"]
    assert watch.states == ["suspended", "pausing", "paused", "suspended", "running", "idle"]


def test_failure_during_a_suspension_waits_for_its_end(RE, watch):
    """What fails while the plan is suspended is told to the plan afterwards, at its next message."""
    done = []
    det = Detector("det")
    status = Status(done=False)
    det.trigger = lambda: status
    RE.register_command("note", lambda msg: done.append(msg.args[0]))
    RE.register_command("fail", lambda _: status.finish(RuntimeError("no trigger")))
    RE.register_command("let_go", lambda _: RE.release("ring"))
    pre_plan = [Msg("fail"), Msg("note", None, "pre"), Msg("let_go")]
    hold_at(RE, "null", ("ring", {"pre_plan": pre_plan, "post_plan": [Msg("note", None, "post")]}))
    with pytest.raises(FailedStatus, match="trigger of det failed: RuntimeError: no trigger"):
        RE([Msg("trigger", det), Msg("checkpoint"), Msg("null"), Msg("sleep", None, 3600)])

    assert done == ["pre", "post"]
