"""Suspension is a level: as long as somebody holds the plan it does not go on."""

import asyncio
import threading

import pytest

from reioc.engine import FailedStatus, Msg, Outcome, RunEngineInterrupted, State

from .documents import data_by_seq_num, named
from .fakes import Detector, Motor, Pausable, Status, points


def released_on(RE, state, *owners):
    """When the engine gets into this state, all these owners let go."""

    def react(change):
        if getattr(change, "new", None) == state:
            for owner in owners:
                RE.release(owner)

    RE.observers.append(react)


def hold_at(RE, command, *holds, times=1):
    """When a message with this command comes, the first `times` times, hold."""
    left = [times]

    def react(msg):
        if msg.command == command and left[0]:
            left[0] -= 1
            for owner, keywords in holds:
                RE.hold(owner, f"{owner} is bad", **keywords)

    RE.msg_hook = react


def paused_and_resumed(RE, plan):
    with pytest.raises(RunEngineInterrupted):
        RE(plan)
    return RE.resume()


def commands_of(RE):
    """The public commands that are executed from now on, with their first argument."""
    executed, hook = [], RE.msg_hook

    def note(msg):
        if not msg.command.startswith("_"):
            executed.append((msg.command, *msg.args))
        if hook is not None:
            hook(msg)

    RE.msg_hook = note
    return executed


def test_suspended_is_a_state_with_a_reason(RE, watch):
    """While it is held the engine says suspended, why, by whom and since when."""
    seen = []

    def look(change):
        if getattr(change, "new", None) is State.SUSPENDED:
            seen.append((change.reason, RE.last_change.reason, RE.holds))
            RE.release("ring")

    RE.observers.append(look)
    hold_at(RE, "checkpoint", ("ring", {}))
    RE([Msg("checkpoint"), Msg("null")])

    ((reason, last_reason, (hold,)),) = seen
    assert reason == last_reason == hold.reason == "ring is bad"
    assert (hold.owner, hold.since <= watch.changes[-1].time) == ("ring", True)
    assert RE.holds == ()
    assert watch.states == ["running", "suspended", "running", "idle"]


def test_held_at_the_start(RE, watch, documents):
    """A plan that is started while something holds begins suspended; nothing of it is done before."""
    RE.hold("ring", "no beam")
    executed = commands_of(RE)
    future = RE.submit([Msg("open_run"), Msg("close_run")])
    assert watch.until(State.SUSPENDED).reason == "no beam"
    assert (executed, documents) == ([], [])
    RE.release("ring")

    assert future.result(timeout=10).outcome is Outcome.SUCCESS
    assert watch.states == ["suspended", "running", "idle"]


def test_stopped_while_held_at_the_start(RE, watch):
    """A plan that is stopped before it could begin does nothing at all."""
    RE.hold("ring", "no beam")
    executed = commands_of(RE)
    future = RE.submit([Msg("open_run"), Msg("close_run")])
    watch.until(State.SUSPENDED)
    RE.stop("tea")

    result = future.result(timeout=10)
    assert (result.outcome, result.reason, result.uids, executed) == (Outcome.STOP, "stopped: tea", (), [])


def test_hold_that_is_gone_before_the_start(RE, watch):
    """What was held and let go while the engine was idle leaves no trace."""
    RE.hold("ring", "no beam")
    RE.release("ring")
    RE([Msg("null")])

    assert watch.states == ["running", "idle"]


def test_trip_while_paused_is_kept(RE, watch):
    """What trips while the plan is paused is not forgotten: it is resumed into suspended."""
    with pytest.raises(RunEngineInterrupted):
        RE([Msg("checkpoint"), Msg("pause"), Msg("null")])
    RE.hold("ring", "no beam")
    assert RE.state is State.PAUSED
    executed = commands_of(RE)
    resuming = threading.Thread(target=RE.resume)
    resuming.start()
    assert watch.until(State.SUSPENDED).reason == "no beam"
    assert executed == []
    RE.release("ring")
    resuming.join(timeout=10)

    assert executed == [("null",)]
    assert watch.states == ["running", "pausing", "paused", "suspended", "running", "idle"]


def test_trip_that_is_over_before_the_resume(RE, watch):
    """What has come and gone while paused does not suspend."""
    with pytest.raises(RunEngineInterrupted):
        RE([Msg("checkpoint"), Msg("pause"), Msg("null")])
    RE.hold("ring", "no beam")
    RE.release("ring")
    RE.resume()

    assert watch.states == ["running", "pausing", "paused", "running", "idle"]


def test_paused_while_suspended(RE, watch):
    """A suspended plan can be paused; resumed, it is suspended again, as long as something holds."""
    RE.hold("ring", "no beam")
    future = RE.submit([Msg("null")])
    watch.until(State.SUSPENDED)
    RE.request_pause(reason="lunch")
    assert watch.until(State.PAUSED).reason == "lunch"
    resuming = threading.Thread(target=RE.resume)
    del watch.changes[:]
    resuming.start()
    assert watch.until(State.SUSPENDED).reason == "no beam"
    RE.release("ring")
    resuming.join(timeout=10)

    assert future.result(timeout=10).outcome is Outcome.SUCCESS
    assert watch.states == ["suspended", "running", "idle"]


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


def test_suspended_in_the_middle_of_a_wait(RE, documents):
    """A plan that is suspended while a motor moves sends it off again, and takes the point that it was about."""
    motor = Motor("m", slow=True)
    det = Detector("det", motor)
    waits = []

    def hook(statuses):
        if statuses:
            waits.append(1)
            if len(waits) == 2:
                RE.hold("ring", "no beam")
            else:
                motor.arrive()

    RE.waiting_hook = hook
    released_on(RE, State.SUSPENDED, "ring")
    RE(points(det, motor, [1, 2, 3]))

    assert data_by_seq_num(documents) == {n: {"det": 100.0 + n, "m": float(n)} for n in (1, 2, 3)}


def test_without_a_checkpoint(RE, watch, documents):
    """A hold where the plan cannot be taken up again refuses cleanly: the plan is aborted with that reason."""
    hold_at(RE, "null", ("ring", {}))
    with pytest.raises(RunEngineInterrupted, match="without a checkpoint: ring is bad"):
        RE([Msg("open_run"), Msg("clear_checkpoint"), Msg("null"), Msg("sleep", None, 3600)])

    (stop,) = named(documents, "stop")
    assert (stop["exit_status"], stop["reason"]) == (
        "abort",
        "aborted, since it cannot be resumed without a checkpoint: ring is bad",
    )
    assert watch.states == ["running", "aborting", "idle"]
    assert [hold.reason for hold in RE.holds] == ["ring is bad"]


def test_plan_cleans_up_while_held(RE):
    """The clean-up of a plan that was aborted for a hold is not itself held."""
    cleaned = []
    RE.register_command("note", lambda msg: cleaned.append(msg.args[0]))

    def plan():
        yield Msg("clear_checkpoint")
        try:
            yield Msg("null")
            yield Msg("null")
        finally:
            yield Msg("note", None, "cleaned")
            yield Msg("sleep", None, 0)
            yield Msg("note", None, "cleaned again")

    hold_at(RE, "null", ("ring", {}))
    with pytest.raises(RunEngineInterrupted):
        RE(plan())

    assert cleaned == ["cleaned", "cleaned again"]


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


def test_checkpoints_in_a_pre_plan_are_its_own(RE, documents):
    """What a pre-plan says of checkpoints has no effect on the plan: its point is taken again all the same."""
    motor = Motor("m")
    det = Detector("det", motor)
    hold_at(RE, "trigger", ("ring", {"pre_plan": lambda: [Msg("checkpoint"), Msg("clear_checkpoint"), Msg("let_go")]}))
    RE.register_command("let_go", lambda _: RE.release("ring"))
    executed = commands_of(RE)
    RE(points(det, motor, [5]))

    assert [args for command, *args in executed if command == "set"] == [[5], [5]]
    assert data_by_seq_num(documents) == {1: {"det": 105.0, "m": 5.0}}


def test_failure_while_suspended_is_the_plans(RE, watch, documents):
    """A motion that fails since it was stopped is told to the plan, not to the suspension's plans."""
    cleaned, done = [], []
    RE.register_command("note", lambda msg: done.append(msg.args[0]))

    class Touchy(Motor):
        def stop(self, success=True):
            self.status.finish(RuntimeError("stopped on the way"))

        def set(self, value):
            self.status = Status(done=False)
            return self.status

    def plan():
        touchy = Touchy("m")
        try:
            yield Msg("set", touchy, 1, group="A")
            yield Msg("clear_checkpoint")
            yield Msg("checkpoint")
            yield Msg("rewindable", None, False)
            yield Msg("trigger", Detector("d"))
            touchy.status.finish(RuntimeError("limit switch"))
            yield Msg("null")
            yield Msg("note", None, "not reached")
        except Exception as error:
            cleaned.append(str(error))
            yield Msg("note", None, "cleaned")

    hold_at(RE, "trigger", ("ring", {"pre_plan": [Msg("note", None, "pre")], "post_plan": [Msg("note", None, "post")]}))
    hook = RE.msg_hook
    RE.msg_hook = lambda msg: (hook(msg), RE.release("ring") if msg.command == "_until_holds_change" else None)
    RE(plan())

    assert done[:2] == ["pre", "post"]
    assert done[2:] == ["cleaned"]
    assert len(cleaned) == 1


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


def test_motor_that_others_move_while_paused(RE, watch):
    """What somebody else moves during a pause is not stopped when the plan is resumed into suspended."""
    motor = Motor("m", slow=True)
    with pytest.raises(RunEngineInterrupted):
        RE([Msg("set", motor, 1), Msg("checkpoint"), Msg("pause")])
    motor.set(5)
    RE.hold("ring", "no beam")
    released_on(RE, State.SUSPENDED, "ring")
    RE.msg_hook = lambda _: motor.arrive()
    RE.resume()

    assert motor.calls.count("stop") == 2  # for the pause, and at the end of the plan


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


def test_open_event_survives_a_suspension(RE, documents):
    """With `rewindable` off the event that is open when a hold trips is completed, whatever the pre-plan meets."""
    shutter, asked, motor = Motor("shutter", slow=True), [], Motor("m")

    def close_shutter():
        yield Msg("set", shutter, 8, group="S")
        yield Msg("wait", group="S")
        yield Msg("let_go")

    RE.register_command("let_go", lambda _: RE.release("ring"))
    hold_at(RE, "sleep", ("ring", {"pre_plan": close_shutter}))
    RE.waiting_hook = lambda statuses: statuses and (shutter.arrive() if asked else asked.append(RE.request_pause()))
    messages = [
        Msg("open_run"),
        Msg("rewindable", None, False),
        Msg("create", name="primary"),
        Msg("read", motor),
        Msg("sleep", None, 0),
        Msg("save"),
        Msg("close_run"),
    ]
    paused_and_resumed(RE, messages)

    assert data_by_seq_num(documents) == {1: {"m": 0.0}}


def test_error_and_hold_at_once(RE, watch):
    """A message that fails in the moment in which a hold trips: the plan gets its error after the suspension."""
    done = []
    RE.register_command("note", lambda msg: done.append(msg.args[0]))

    def fail(msg):
        RE.hold("ring", "no beam", post_plan=[Msg("note", None, "post")])
        raise ValueError("read failed")

    RE.register_command("fail", fail)

    def plan():
        yield Msg("checkpoint")
        try:
            yield Msg("fail")
        except ValueError as error:
            yield Msg("note", None, str(error))
        RE.hold("again", "no beam again")
        yield Msg("null")
        yield Msg("note", None, "end")

    RE.msg_hook = lambda msg: [RE.release(hold.owner) for hold in RE.holds if msg.command == "_until_holds_change"]
    RE(plan())

    assert done == ["post", "read failed", "read failed", "end"]  # the second one is the replay
    assert watch.states == ["running", "suspended", "running", "suspended", "running", "idle"]


@pytest.mark.parametrize("verb", ["stop", "abort", "halt"])
def test_ended_while_suspended(RE, watch, documents, verb):
    """A suspended plan can be ended; its post-plans are not done, its RunStop says why."""
    done = []
    RE.register_command("note", lambda msg: done.append(msg.args[0]))
    hold_at(RE, "sleep", ("ring", {"post_plan": [Msg("note", None, "post")]}))
    RE.observers.append(
        lambda change: getattr(change, "new", "") == "suspended" and getattr(RE, f"request_{verb}")("tea")
    )
    with pytest.raises(RunEngineInterrupted, match=": tea"):
        RE([Msg("open_run"), Msg("checkpoint"), Msg("sleep", None, 3600)])

    assert done == []
    assert named(documents, "stop")[0]["reason"].endswith(": tea")
    assert watch.states[:2] == ["running", "suspended"]
    assert watch.states[-1] == "idle"


def test_request_suspend(RE, watch):
    """As bluesky does it: until a future is done; the justification is the reason, pre- and post-plans are done."""
    done, go = [], threading.Event()
    RE.register_command("note", lambda msg: done.append(msg.args[0]))

    async def until_go():
        await asyncio.get_running_loop().run_in_executor(None, go.wait, 10)

    RE.request_suspend(
        until_go,
        pre_plan=[Msg("note", None, "pre"), Msg("go")],
        post_plan=[Msg("note", None, "post")],
        justification="no beam",
    )
    RE.register_command("go", lambda _: go.set())
    future = RE.submit([Msg("note", None, "plan")])
    assert watch.until(State.SUSPENDED).reason == "no beam"

    assert future.result(timeout=10).outcome is Outcome.SUCCESS
    assert done == ["pre", "post", "plan"]


def test_request_suspend_with_a_future_that_fails(RE, watch, caplog):
    """A future that fails lets go, and that is logged."""

    async def fail():
        raise OSError("gone")

    RE.request_suspend(fail, justification="no beam")
    RE([Msg("null")])

    assert RE.holds == ()
    assert "no beam: what it waited for has failed" in caplog.text


def test_holds_from_many_threads(RE, documents):
    """Holds that come and go in other threads, however fast, neither lose points nor leave the plan held."""
    motor = Motor("m")
    det = Detector("det", motor)
    running = threading.Event()
    running.set()

    def flicker(owner):
        while running.is_set():
            RE.hold(owner, f"{owner} is bad")
            RE.release(owner)

    threads = [threading.Thread(target=flicker, args=(name,)) for name in ("ring", "shutter")]
    for thread in threads:
        thread.start()
    try:
        RE(points(det, motor, range(1, 31)))
    finally:
        running.clear()
        for thread in threads:
            thread.join()

    assert data_by_seq_num(documents) == {n: {"det": 100.0 + n, "m": float(n)} for n in range(1, 31)}
