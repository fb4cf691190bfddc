"""Where we differ from bluesky's engine on purpose: its defects, by the numbers of the list they were noted in."""

import asyncio
import threading

import pytest

from reioc.engine import Msg, Outcome, RunEngineInterrupted, State

from .documents import named
from .fakes import Detector, Motor


def result_of(RE):
    return RE._plan.future.result(timeout=20)


def test_defect_1_suspended_is_said(RE, watch):
    """While suspended the state says so, with who, why and since when."""
    RE.hold("ring", "beam current below 10 mA")
    future = RE.submit([Msg("null")])
    change = watch.until(State.SUSPENDED)
    (hold,) = RE.holds

    assert (RE.state, change.reason, hold.owner) == ("suspended", "beam current below 10 mA", "ring")
    assert hold.since <= change.time
    RE.release("ring")
    assert future.result(timeout=10).outcome is Outcome.SUCCESS


def test_defect_2_trip_while_paused_is_kept(RE, watch):
    """What trips while the plan is paused is not forgotten: resume goes into suspended."""
    with pytest.raises(RunEngineInterrupted):
        RE([Msg("checkpoint"), Msg("pause"), Msg("null")])
    RE.hold("ring", "no beam")
    resuming = threading.Thread(target=RE.resume)
    resuming.start()
    watch.until(State.SUSPENDED)
    RE.release("ring")
    resuming.join(timeout=10)

    assert watch.states[-3:] == ["suspended", "running", "idle"]


def test_defect_3_reason_of_an_abort(RE, documents):
    """The operator's reason reaches the RunStop."""
    with pytest.raises(RunEngineInterrupted):
        RE([Msg("open_run"), Msg("checkpoint"), Msg("pause")])
    RE.abort("wrong sample")

    (stop,) = named(documents, "stop")
    assert (stop["exit_status"], stop["reason"]) == ("abort", "aborted: wrong sample")


def test_defect_4_endings_are_told_apart(RE, documents):
    """Success, stop, abort, halt and failure differ in the RunStop and in the result."""
    outcomes = []
    RE.register_command("fail", fail)
    for verb in ("stop", "abort", "halt"):
        with pytest.raises(RunEngineInterrupted):
            RE([Msg("open_run"), Msg("checkpoint"), Msg("pause")])
        getattr(RE, verb)()
        outcomes.append(result_of(RE).outcome)
    RE([Msg("open_run"), Msg("close_run")])
    outcomes.append(result_of(RE).outcome)
    with pytest.raises(ValueError, match="without the name"):
        RE([Msg("open_run"), Msg("fail")])
    outcomes.append(result_of(RE).outcome)

    assert outcomes == ["stop", "abort", "halt", "success", "fail"]
    ends = [(doc["exit_status"], doc["reason"]) for doc in named(documents, "stop")]
    assert ends == [
        ("success", "stopped"),
        ("abort", "aborted"),
        ("abort", "halted"),
        ("success", ""),
        ("fail", "a plan without the name of its motor"),
    ]


def fail(msg):
    raise ValueError("a plan without the name of its motor")


def test_defect_5_failing_callback(RE, documents):
    """A callback that fails does not fail the plan, unless it was subscribed as one that must not."""

    def plot(name, doc):
        raise ValueError("no display")

    RE.subscribe(plot)
    assert len(RE([Msg("open_run"), Msg("close_run")])) == 1

    RE.subscribe(plot, on_error="fail")
    with pytest.raises(ValueError, match="no display"):
        RE([Msg("open_run"), Msg("close_run")])


def test_defect_6_deferred_pause_without_a_checkpoint(RE):
    """A deferred pause after the last checkpoint is reported, and not left hanging."""
    RE.msg_hook = lambda msg: RE.request_pause(defer=True) if msg.command == "null" else None
    RE([Msg("checkpoint"), Msg("null")])

    assert not RE.deferred_pause_requested
    assert "no checkpoint came" in result_of(RE).problems[0]


def test_defect_9_suspended_without_a_checkpoint(RE, documents):
    """Suspending without a checkpoint aborts with that reason, in the RunStop and to the caller."""
    RE.msg_hook = lambda msg: RE.hold("ring", "no beam") if msg.command == "sleep" else None
    with pytest.raises(RunEngineInterrupted, match="cannot be resumed without a checkpoint: no beam"):
        RE([Msg("open_run"), Msg("clear_checkpoint"), Msg("sleep", None, 3600)])

    (stop,) = named(documents, "stop")
    assert (stop["exit_status"], stop["reason"].endswith("without a checkpoint: no beam")) == ("abort", True)


def test_defect_10_interrupted_read_gives_its_reading(RE):
    """A `read` that was interrupted by a pause is repeated, and the plan gets its reading."""
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


def test_defect_11_hung_unstage(RE):
    """A clean-up that hangs can be halted; without a halt it is bounded; either way it is reported."""
    hangs = threading.Event()

    class Hanging(Detector):
        async def unstage(self):
            hangs.set()
            await asyncio.sleep(3600)

    with pytest.raises(RunEngineInterrupted):
        RE([Msg("stage", Hanging("det")), Msg("checkpoint"), Msg("pause")])
    RE.env.cleanup_timeout = 60
    aborting = threading.Thread(target=RE.abort)
    aborting.start()
    assert hangs.wait(10)
    RE.halt("enough")
    aborting.join(timeout=10)
    RE.env.cleanup_timeout = 5

    assert (RE.state, result_of(RE).outcome) == (State.IDLE, Outcome.ABORT)
    assert "unstaging det was given up" in result_of(RE).problems[0]


def test_defect_12_post_plans_do_not_meet(RE):
    """The post-plans of two holds that let go together drive their common shutter one after the other."""
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


def test_all_documents_leave_in_one_order(RE):
    """Subscribers of whatever kind see one and the same order of documents."""
    det, motor, first, second = Detector("det"), Motor("m"), [], []
    RE.subscribe(lambda name, doc: first.append((name, doc["uid"])))
    RE.subscribe(lambda name, doc: second.append((name, doc["uid"])), on_error="fail")
    messages = [Msg("create", name="primary"), Msg("trigger", det), Msg("read", det), Msg("read", motor), Msg("save")]
    RE([Msg("open_run"), *messages, *messages, Msg("close_run")])

    assert first == second
    assert [name for name, _ in first] == ["start", "descriptor", "event", "event", "stop"]
