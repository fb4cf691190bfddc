"""Where we are better than bluesky's engine on purpose, in the order in which the design lists it.

That bluesky's engine does otherwise is shown in test_defects_of_bluesky, whose numbers stand here as "defect n". In
depth: holds in test_holds and test_hold_plans, every message in test_interrupted_everywhere, monitors in
test_monitors, clean-up in test_hanging and test_failures.
"""

import asyncio
import signal
import threading

import ophyd.sim
import pytest

from reioc.engine import Msg, Outcome, RunEngineInterrupted, State
from reioc.suspenders import SuspendBoolHigh

from .documents import named
from .fakes import Detector, Motor
from .flying_fakes import Signal
from .interrupting import OWNER, REASON, execute, to_the_end

IN_A_RUN = [Msg("open_run"), Msg("checkpoint"), Msg("null"), Msg("close_run")]


def at_null(ask):
    """A message hook that asks something at the first `null`."""
    left = [ask]

    def hook(msg):
        if msg.command == "null" and left:
            left.pop()()

    return hook


def test_1_suspended_is_a_state_with_who_why_and_since_when(RE, watch):
    """While suspended the state says so, with who, why and since when (defect 1)."""
    RE.hold("ring", "beam current below 10 mA")
    future = RE.submit([Msg("null")])
    change = watch.until(State.SUSPENDED)
    (hold,) = RE.holds

    assert (RE.state, change.reason) == ("suspended", "beam current below 10 mA")
    assert (hold.owner, hold.reason) == ("ring", "beam current below 10 mA")
    assert hold.since <= change.time
    RE.release("ring")
    assert future.result(timeout=10).outcome is Outcome.SUCCESS


def test_1_resumed_into_suspended(RE):
    """What trips while the plan is paused is not forgotten: it is resumed into suspended (defect 2)."""
    run = execute(RE, iter(IN_A_RUN), {3: RE.request_pause}, on={"paused": [lambda: RE.hold(OWNER, REASON)]})

    assert run.states == ["running", "pausing", "paused", "suspended", "running", "idle"]


@pytest.mark.parametrize("when", ["installed", "started", "paused", "at a checkpoint"])
def test_2_suspender_is_a_level(RE, when):
    """A suspender counts by its signal's level: when it is installed, at the start, at resume, at each checkpoint."""
    shutter = ophyd.sim.Signal(name="shutter", value=int(when == "installed"))
    suspender = SuspendBoolHigh(shutter)
    RE.install_suspender(suspender)
    if when == "started":
        shutter.put(1)
    asks = {3: RE.request_pause} if when == "paused" else {2: lambda: shutter.put(1)} if "checkpoint" in when else {}

    run = execute(RE, iter(IN_A_RUN), asks, on={"paused": [lambda: shutter.put(1)]}, let_go=lambda: shutter.put(0))

    assert {
        "installed": ["suspended", "running", "idle"],
        "started": ["suspended", "running", "idle"],
        "paused": ["running", "pausing", "paused", "suspended", "running", "idle"],
        "at a checkpoint": ["running", "suspended", "running", "idle"],
    }[when] == run.states
    RE.remove_suspender(suspender)


def test_2_post_plans_do_not_meet(RE):
    """The post-plans of two holds that let go together drive their common shutter one after the other (defect 12)."""
    shutter, released = Motor("shutter", slow=True), []

    def open_shutter():
        yield Msg("set", shutter, 1, group="shutter")  # raises while it moves
        yield Msg("wait", group="shutter")

    def let_go(msg):
        if msg.command == "_until_holds_change":
            released.extend(RE.release(owner) for owner in ("ring", "front end"))

    RE.hold("ring", "no beam", post_plan=open_shutter)
    RE.hold("front end", "closed", post_plan=open_shutter)
    RE.msg_hook = let_go
    RE.waiting_hook = lambda statuses: statuses and shutter.arrive()
    RE([Msg("null")])

    assert [call for call in shutter.calls if call != "stop"] == [("set", 1.0), ("set", 1.0)]
    assert len(released) == 2


def test_2_suspended_without_a_checkpoint(RE, documents):
    """Suspending without a checkpoint aborts with that reason, in the RunStop and to the caller (defect 9)."""
    RE.msg_hook = lambda msg: RE.hold("ring", "no beam") if msg.command == "sleep" else None
    with pytest.raises(RunEngineInterrupted, match="cannot be resumed without a checkpoint: no beam"):
        RE([Msg("open_run"), Msg("clear_checkpoint"), Msg("sleep", None, 3600)])

    (stop,) = named(documents, "stop")
    assert (stop["exit_status"], stop["reason"].endswith("without a checkpoint: no beam")) == ("abort", True)


def test_3_reason_of_an_abort(RE, documents):
    """The operator's reason reaches the RunStop (defect 3)."""
    with pytest.raises(RunEngineInterrupted):
        RE([Msg("open_run"), Msg("checkpoint"), Msg("pause")])
    RE.abort("wrong sample")

    (stop,) = named(documents, "stop")
    assert (stop["exit_status"], stop["reason"]) == ("abort", "aborted: wrong sample")


def test_3_endings_are_told_apart(RE, documents):
    """Success, stop, abort, halt and failure differ in the RunStop and in the result (defect 4)."""

    def fail(msg):
        raise ValueError("a plan without the name of its motor")

    RE.register_command("fail", fail)
    paused = [Msg("open_run"), Msg("checkpoint"), Msg("pause")]
    results = [to_the_end(RE, iter(paused), getattr(RE, verb))[0] for verb in ("stop", "abort", "halt")]
    results += [to_the_end(RE, plan, RE.halt)[0] for plan in (IN_A_RUN, [Msg("open_run"), Msg("fail")])]

    assert [result.outcome for result in results] == ["stop", "abort", "halt", "success", "fail"]
    assert [(doc["exit_status"], doc["reason"]) for doc in named(documents, "stop")] == [
        ("success", "stopped"),
        ("abort", "aborted"),
        ("abort", "halted"),
        ("success", ""),
        ("fail", "a plan without the name of its motor"),
    ]


def test_4_interrupted_read_gives_its_reading(RE):
    """A `read` that was interrupted by a pause is repeated, and the plan gets its reading (defect 10)."""
    readings = []

    class Slow(Motor):
        async def read(self):
            if self.calls == []:
                self.calls.append("interrupted")
                RE.request_pause()
                await asyncio.sleep(3600)
            return super().read()

    def plan():
        yield Msg("checkpoint")
        readings.append((yield Msg("read", Slow("m"))))

    with pytest.raises(RunEngineInterrupted):
        RE(plan())
    RE.resume()

    assert readings == [{"m": {"value": 0.0, "timestamp": 1.0}}]


def test_5_hung_clean_up_can_be_halted(RE):
    """A clean-up that hangs can be halted; without a halt it is bounded; either way it is reported (defect 11)."""
    hangs = threading.Event()

    class Hanging(Detector):
        async def unstage(self):
            hangs.set()
            await asyncio.sleep(3600)

    def abort_and_halt():
        aborting = threading.Thread(target=RE.abort)
        aborting.start()
        assert hangs.wait(10)
        RE.halt("enough")
        aborting.join(timeout=10)

    RE.env.cleanup_timeout = 60
    plan = [Msg("stage", Hanging("det")), Msg("checkpoint"), Msg("pause")]
    result, _ = to_the_end(RE, iter(plan), abort_and_halt)
    RE.env.cleanup_timeout = 5

    assert (RE.state, result.outcome) == (State.IDLE, Outcome.ABORT)
    assert "unstaging det was given up" in result.problems[0]


def test_5_clean_up_is_awaited_and_bounded(RE):
    """What cleans up is awaited, but not for ever, and the rest is done all the same."""
    unstaged = []

    class Later(Detector):
        async def unstage(self):
            await asyncio.sleep(0)
            unstaged.append(self.name)

    class Never(Detector):
        async def unstage(self):
            await asyncio.sleep(3600)

    RE.env.cleanup_timeout = 0.01
    devices = [Later("first"), Never("never"), Later("last")]
    plan = [*(Msg("stage", device) for device in devices), Msg("checkpoint"), Msg("pause")]
    result, _ = to_the_end(RE, iter(plan), RE.abort)

    assert unstaged == ["last", "first"]
    assert [text for text in result.problems if "never" in text]


def test_6_monitors_are_restored_once(RE):
    """After a pause and a suspension there is one subscription, and one event for a change (defect 8)."""
    monitored = Signal()
    plan = [
        Msg("open_run"),
        Msg("monitor", monitored, name="monitored"),
        Msg("checkpoint"),
        Msg("null"),
        Msg("set", monitored, 5),
        Msg("close_run"),
    ]

    def interrupt():
        RE.request_pause()
        RE.hold(OWNER, REASON)

    seen = []
    on = {"paused": [lambda: seen.append(len(monitored.subscribers))]}
    run = execute(RE, iter(plan), {4: interrupt}, on=on)

    assert (seen, monitored.most, monitored.subscribers) == ([0], 1, [])
    values = [data["signal"] for _, data in run.runs[0].streams["monitored"].events]
    assert values.count(5.0) == 1


def test_6_all_documents_leave_in_one_order(RE):
    """Subscribers of whatever kind see one and the same order of documents, those of monitors included."""
    det, monitored, first, second = Detector("det"), Signal(), [], []
    RE.subscribe(lambda name, doc: first.append((name, doc["uid"])))
    RE.subscribe(lambda name, doc: second.append((name, doc["uid"])), on_error="fail")
    point = [
        Msg("set", monitored, 1),
        Msg("create", name="primary"),
        Msg("trigger", det),
        Msg("read", det),
        Msg("save"),
    ]
    RE([Msg("open_run"), Msg("monitor", monitored, name="monitored"), *point, *point, Msg("close_run")])

    assert first == second
    names = [name for name, _ in first]
    assert names == ["start", "descriptor", "event", "event", "descriptor", "event", "event", "event", "stop"]


def test_7_deferred_pause_without_a_checkpoint(RE):
    """A deferred pause after the last checkpoint is reported, and not left hanging (defect 6)."""
    RE.msg_hook = at_null(lambda: RE.request_pause(defer=True))
    result, _ = to_the_end(RE, [Msg("checkpoint"), Msg("null")], RE.halt)

    assert not RE.deferred_pause_requested
    assert "no checkpoint came" in result.problems[0]


def test_8_prints_nothing_and_handles_no_signals(RE, capfd):
    """Where nobody sits at a prompt nothing is printed and no signal handler is installed, whatever happens."""
    handlers = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    during = []

    def interrupt():
        during.append([signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)])
        RE.request_pause(defer=True)
        RE.request_pause()
        RE.hold(OWNER, REASON)

    execute(RE, iter(IN_A_RUN), {3: interrupt})
    for verb in ("stop", "abort", "halt"):
        execute(RE, iter(IN_A_RUN), {3: getattr(RE, f"request_{verb}")})

    assert during == [handlers]
    assert capfd.readouterr() == ("", "")


def test_failing_callback_does_not_fail_the_plan(RE):
    """A callback that fails does not fail the plan, unless it was subscribed as one that must not (defect 5)."""

    def plot(name, doc):
        raise ValueError("no display")

    RE.subscribe(plot)
    assert len(RE(IN_A_RUN)) == 1

    RE.subscribe(plot, on_error="fail")
    with pytest.raises(ValueError, match="no display"):
        RE(IN_A_RUN)


def test_abort_does_not_wait_for_a_blocked_device(RE):
    """`abort` returns at once while a device blocks the engine, which says what it is blocked in (defect 7)."""
    blocked, go_on = threading.Event(), threading.Event()

    class Blocking(Motor):
        def read(self):
            blocked.set()
            go_on.wait(20)
            return super().read()

    device = Blocking("slow")
    future = RE.submit([Msg("checkpoint"), Msg("read", device), Msg("null")])
    assert blocked.wait(10)
    RE.abort("no more")

    assert (RE.current_message.command, RE.current_message.obj) == ("read", device)
    assert not future.done()
    go_on.set()
    assert future.result(timeout=10).reason == "aborted: no more"
