"""What fails: devices, statuses, subscribers, clean-ups. The engine stays usable, and says what it was."""

import asyncio
import signal
import threading

import pytest

from reioc.engine import FailedStatus, Msg, Outcome, RunEngine, RunEngineInterrupted, State, TransitionError

from .documents import named
from .fakes import Detector, Motor, Status, points

RUN = [Msg("open_run"), Msg("close_run")]


class Broken(Motor):
    """Raises in one method; as a coroutine if `later`."""

    def __init__(self, method, *, later=False, error=None):
        super().__init__("broken")
        self.error = error or OSError("no answer from the controller")
        self.armed = True

        def fail(*args, **kwargs):
            if self.armed:
                raise self.error
            return getattr(Motor, method)(self, *args, **kwargs)

        async def fail_later(*args, **kwargs):
            await asyncio.sleep(0)
            return fail(*args, **kwargs)

        setattr(self, method, fail_later if later else fail)


def run(RE, plan):
    """The result of a plan, however it ends; the engine is idle and usable afterwards."""
    result = RE.submit(plan).result(timeout=20)
    assert RE.state is State.IDLE
    assert len(RE(RUN)) == 1
    return result


def in_a_run(*messages):
    yield Msg("open_run")
    for msg in messages:  # noqa: UP028 - a list takes no replies
        yield msg
    yield Msg("close_run")


# Devices that raise


@pytest.mark.parametrize(
    ("method", "later"),
    [("set", False), *((name, later) for name in ("read", "describe", "stage") for later in (False, True))],
)
def test_device_that_raises(RE, documents, method, later):
    """A device's exception reaches the plan and the caller; the RunStop says fail and why; nothing stays staged."""
    device = Broken(method, later=later)
    messages = [
        Msg("stage", device),
        Msg("set", device, 3, group="A"),
        Msg("wait", group="A"),
        Msg("create", name="primary"),
        Msg("read", device),
        Msg("save"),
    ]
    with pytest.raises(OSError, match="no answer") as raised:
        RE(in_a_run(*messages))

    assert raised.value is device.error
    (stop,) = named(documents, "stop")
    assert (stop["exit_status"], stop["reason"]) == ("fail", "no answer from the controller")
    assert not device.staged
    assert device.calls[-1] == "unstage"
    assert len(RE(RUN)) == 1


def test_trigger_that_raises(RE, documents):
    """So does that of a trigger."""

    class Untriggerable(Detector):
        def trigger(self):
            raise OSError("no answer")

    result = run(RE, in_a_run(Msg("trigger", Untriggerable())))

    assert (result.outcome, result.reason) == (Outcome.FAIL, "no answer")
    assert named(documents, "stop")[0]["reason"] == "no answer"


@pytest.mark.parametrize("later", [False, True])
@pytest.mark.parametrize("method", ["stop", "unstage"])
def test_device_that_raises_in_the_clean_up(RE, documents, method, later):
    """A device that raises while it is stopped or unstaged is named among the problems; the others are done."""
    broken, motor = Broken(method, later=later), Motor("m")
    messages = [
        Msg(command, device, *args) for device in (broken, motor) for command, *args in (("stage",), ("set", 1))
    ]
    result = run(RE, in_a_run(*messages))

    assert result.outcome is Outcome.SUCCESS
    assert result.problems == (f"could not {method} broken: OSError: no answer from the controller",)
    assert not motor.staged
    assert motor.calls[-2:] == ["stop", "unstage"]
    assert named(documents, "stop")[0]["exit_status"] == "success"


@pytest.mark.parametrize("method", ["pause", "resume"])
def test_device_that_raises_when_told_of_a_pause(RE, method):
    """A device that raises when it is told of a pause does not prevent it, and is named among the problems."""
    device = Broken("read")
    device.pause = device.resume = lambda: None
    setattr(device, method, device.read)
    with pytest.raises(RunEngineInterrupted):
        RE([Msg("null", device), Msg("checkpoint"), Msg("pause")])
    future = RE._plan
    RE.resume()

    assert future.result().problems == (f"could not {method} broken: OSError: no answer from the controller",)


def test_set_that_returns_no_status(RE):
    """A `set` that returns something else than a status is refused, and the device named."""

    class Statusless(Motor):
        def set(self, value):
            return value

    result = run(RE, [Msg("set", Statusless("m"), 3)])

    assert result.reason == "'set' needs a status that tells its end; m.set() returned 3"


def test_read_that_returns_no_reading(RE):
    """A `read` that returns something else than readings is refused, and the device named."""
    device = Motor("m")
    device.read = lambda: 3
    result = run(RE, [Msg("read", device)])

    assert result.reason == "m.read() must return a dict of readings, not 3"


def test_system_exit_of_a_device(RE, documents):
    """Even a device that raises SystemExit does not take the engine down: the plan fails with it."""
    with pytest.raises(SystemExit):
        RE(in_a_run(Msg("set", Broken("set", error=SystemExit(3)), 1)))

    assert named(documents, "stop")[0]["exit_status"] == "fail"
    assert len(RE(RUN)) == 1


def test_plan_that_raises_system_exit(RE, documents):
    """Nor does a plan that does."""

    def plan():
        yield Msg("open_run")
        raise SystemExit("bye")

    with pytest.raises(SystemExit, match="bye"):
        RE(plan())

    assert named(documents, "stop")[0]["exit_status"] == "fail"
    assert len(RE(RUN)) == 1


def test_cancelled_error_of_a_device(RE):
    """A device whose coroutine was cancelled, by whomever, fails the plan; it is not taken for a shutdown."""
    device = Broken("read", later=True, error=asyncio.CancelledError())
    result = run(RE, [Msg("read", device)])

    assert result.outcome is Outcome.FAIL
    assert result.reason == "a command was cancelled, and not by the engine"


@pytest.mark.parametrize("method", ["stop", "unstage"])
def test_cancelled_error_in_the_clean_up(RE, method):
    """Nor is one in the clean-up; it is a problem like others."""
    device = Broken(method, later=True, error=asyncio.CancelledError())
    result = run(RE, [Msg("stage", device), Msg("set", device, 1)])

    assert result.outcome is Outcome.SUCCESS
    assert result.problems == (f"could not {method} broken: CancelledError: ",)


def test_cancelled_error_while_pausing(RE, watch):
    """A device whose `stop` was cancelled does not get in the way of a pause."""
    device = Broken("stop", later=True, error=asyncio.CancelledError())
    with pytest.raises(RunEngineInterrupted):
        RE([Msg("set", device, 1), Msg("checkpoint"), Msg("pause")])

    assert RE.resume() == ()


def test_engine_that_fails_itself_panics(RE, monkeypatch):
    """A defect of the engine does not leave it running for ever: it panics, says so, and takes no other plan."""
    monkeypatch.setattr("reioc.engine.engine.conclude", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        RE(RUN)

    assert RE.state is State.PANICKED
    assert "division by zero" in RE.last_change.reason
    with pytest.raises(TransitionError, match=r"has panicked \(division by zero\)"):
        RE(RUN)


# Statuses that fail


def test_failed_status_in_a_wait(RE, documents):
    """A motion that fails is raised at its wait, with the device and its own exception, and told in the RunStop."""
    motor = Motor("m1", slow=True)
    cause = RuntimeError("limit switch")
    RE.waiting_hook = lambda statuses: statuses and motor.status.finish(cause)
    with pytest.raises(FailedStatus, match="set of m1 failed: RuntimeError: limit switch") as raised:
        RE(in_a_run(Msg("set", motor, 1, group="A"), Msg("wait", group="A")))

    assert raised.value.__cause__ is cause
    assert raised.value.args == (motor.status,)
    (stop,) = named(documents, "stop")
    assert (stop["exit_status"], stop["reason"]) == ("fail", "set of m1 failed: RuntimeError: limit switch")


def test_failed_status_without_a_wait(RE):
    """A motion that fails while the plan does something else is raised at the next message."""
    motor, done = Motor("m1", slow=True), []

    def hook(msg):
        done.append(msg.command)
        if msg.command == "null":
            motor.status.finish(RuntimeError("limit switch"))

    RE.msg_hook = hook
    with pytest.raises(FailedStatus, match="limit switch"):
        RE([Msg("set", motor, 1), Msg("null"), Msg("sleep", None, 3600)])

    assert done == ["set", "null"]


def test_failed_status_of_a_watched_group(RE):
    """A failure in a watched group ends the wait for another one."""
    m1, m2 = Motor("m1", slow=True), Motor("m2", slow=True)
    RE.waiting_hook = lambda statuses: statuses and m2.status.finish(RuntimeError("limit switch"))
    messages = [Msg("set", m1, 1, group="A"), Msg("set", m2, 1, group="B"), Msg("wait", group="A", watch=("B",))]

    with pytest.raises(FailedStatus, match="set of m2 failed"):
        RE(messages)


def test_two_failures_do_not_hit_the_clean_up(RE):
    """Two motions that have failed are one exception: the clean-up of the plan is not hit by the second one."""
    m1, m2, cleaned = Motor("m1", slow=True), Motor("m2", slow=True), []
    RE.register_command("note", lambda msg: cleaned.append(msg.args[0]))

    def plan():
        try:
            yield Msg("set", m1, 1, group="A")
            yield Msg("set", m2, 1, group="A")
            yield Msg("wait", group="A")
        except FailedStatus as error:
            yield Msg("sleep", None, 0)
            yield Msg("note", None, str(error))

    def fail_both(statuses):
        for status in statuses or ():
            status.finish(RuntimeError("limit switch"))

    RE.waiting_hook = fail_both
    RE(plan())

    (text,) = cleaned
    assert "set of m1 failed" in text
    assert "set of m2 failed" in text


def test_motion_stopped_by_an_ending_is_no_failure(RE):
    """A motion that fails since the plan was stopped is nobody's failure: the plan was stopped."""

    class Touchy(Motor):
        def stop(self, success=True):
            self.status.finish(RuntimeError("stopped on the way"))

    motor, cleaned = Touchy("m", slow=True), []
    RE.register_command("note", lambda msg: cleaned.append(msg.args[0]))

    def plan():
        try:
            yield Msg("set", motor, 1, group="A")
            yield Msg("wait", group="A")
        finally:
            yield Msg("sleep", None, 0)
            yield Msg("note", None, "cleaned")

    RE.waiting_hook = lambda statuses: statuses and RE.request_stop("tea")
    result = run(RE, plan())

    assert (result.outcome, cleaned, result.problems) == (Outcome.STOP, ["cleaned"], ())


def test_root_cause_in_the_run_stop(RE, documents):
    """An error that a plan wraps in its own is told with the root cause."""

    def plan():
        yield Msg("open_run")
        try:
            yield Msg("set", Broken("set"), 1)
        except OSError as error:
            raise RuntimeError("scan failed") from error

    result = run(RE, plan())

    text = "scan failed: OSError: no answer from the controller"
    assert result.reason == named(documents, "stop")[0]["reason"] == text


# Subscribers that fail


def refuse(kind):
    def callback(name, doc):
        if name == kind:
            raise OSError("disk full")

    return callback


@pytest.mark.parametrize("kind", ["start", "descriptor", "event", "stop"])
def test_subscriber_that_raises_is_logged(RE, documents, caplog, kind):
    """By default a subscriber that raises is logged, and neither the plan nor other subscribers suffer."""
    RE.subscribe(refuse(kind))
    after = []
    RE.subscribe(lambda name, _: after.append(name))
    result = run(RE, points(Detector(), Motor(), [1, 2]))

    assert (result.outcome, result.problems) == (Outcome.SUCCESS, ())
    assert after[:5] == ["start", "descriptor", "event", "event", "stop"]
    assert "disk full" in caplog.text


@pytest.mark.parametrize("kind", ["start", "descriptor", "event"])
def test_subscriber_that_must_not_fail(RE, documents, kind):
    """With the policy "fail" the plan fails; others still get one RunStart and one RunStop, which says why."""
    token = RE.subscribe(refuse(kind), on_error="fail")
    result = RE.submit(points(Detector(), Motor(), [1, 2])).result(timeout=20)
    RE.unsubscribe(token)

    assert (result.outcome, result.reason) == (Outcome.FAIL, "disk full")
    (start,), (stop,) = named(documents, "start"), named(documents, "stop")
    assert (stop["run_start"], stop["exit_status"], stop["reason"]) == (start["uid"], "fail", "disk full")


def test_subscriber_that_must_not_fail_on_the_stop(RE, documents):
    """A subscriber that fails the RunStop fails the plan; there is still only one RunStop."""
    token = RE.subscribe(refuse("stop"), on_error="fail")
    result = RE.submit(points(Detector(), Motor(), [1])).result(timeout=20)
    RE.unsubscribe(token)

    assert result.outcome is Outcome.FAIL
    assert len(named(documents, "stop")) == 1


def test_subscriber_that_must_not_fail_on_the_stop_of_a_clean_up(RE, documents):
    """Where the engine closes the run itself, that failure is a problem."""
    RE.subscribe(refuse("stop"), on_error="fail")
    result = RE.submit([Msg("open_run")]).result(timeout=20)

    assert result.outcome is Outcome.SUCCESS
    assert result.problems[0].endswith("disk full")
    assert len(named(documents, "stop")) == 1


def test_ignore_callback_exceptions(RE, documents):
    """The engine's own setting is the policy of those who have none."""
    RE.ignore_callback_exceptions = False
    RE.subscribe(refuse("event"))
    result = run(RE, points(Detector(), Motor(), [1]))

    assert (RE.ignore_callback_exceptions, result.outcome) == (False, Outcome.FAIL)


def test_subscriber_that_fails_on_an_interruption(RE, watch):
    """A subscriber that must not fail, and fails on the event of an interruption, does not prevent the pause."""
    RE.record_interruptions = True
    RE.subscribe(refuse("event"), on_error="fail")
    with pytest.raises(RunEngineInterrupted):
        RE([Msg("open_run"), Msg("checkpoint"), Msg("pause")])
    assert RE.state is State.PAUSED
    RE.stop()

    assert [text for text in RE._plan.result().problems if "could not record an interruption" in text]


# Clean-ups that hang


class Hanging(Motor):
    """Never answers in one method, and does not take it amiss to be cancelled."""

    def __init__(self, method, name="hanging"):
        super().__init__(name)
        self.hangs = threading.Event()

        async def hang(*args, **kwargs):
            self.hangs.set()
            await asyncio.sleep(3600)

        setattr(self, method, hang)


def test_unstage_that_hangs(RE, documents):
    """An unstage that hangs is given up and named; the other devices are unstaged, the run is closed."""
    before, hanging, after = Motor("before"), Hanging("unstage"), Motor("after")
    RE.env.cleanup_timeout = 0.05
    result = run(RE, in_a_run(*(Msg("stage", device) for device in (before, hanging, after))))

    assert result.problems == ("unstaging hanging was given up: not done within 0.05 s, or halted",)
    assert not before.staged
    assert not after.staged
    assert result.outcome is Outcome.SUCCESS


def test_unstage_with_a_status_that_never_ends(RE):
    """So is one that returns a status that is never done; one whose status fails is named."""
    never, failing = Motor("never"), Motor("failing")
    never.unstage = lambda: Status(done=False)
    failing.unstage = lambda: Status(error=OSError("no answer"))
    RE.env.cleanup_timeout = 0.05
    result = run(RE, [Msg("stage", never), Msg("stage", failing)])

    assert result.problems == (
        "could not unstage failing: OSError: no answer",
        "unstaging never was given up: not done within 0.05 s, or halted",
    )


def test_stop_that_hangs(RE):
    """A stop that hangs does not prevent the others from being stopped."""
    hanging, motor = Hanging("stop"), Motor("m", slow=True)
    RE.env.cleanup_timeout = 0.05
    result = run(RE, [Msg("set", hanging, 1), Msg("set", motor, 1)])

    assert not motor.moving
    assert result.problems == ("stopping what moves was given up: not done within 0.05 s, or halted",)


def test_halt_during_an_unstage_that_hangs(RE, documents):
    """Halt works while an aborted plan's clean-up hangs: what still can be put back at once is, the rest is named."""
    first, hanging = Motor("first"), Hanging("unstage")
    RE.env.cleanup_timeout = 60.0

    def halt():
        assert hanging.hangs.wait(10)
        RE.request_halt("fire")

    thread = threading.Thread(target=halt)
    thread.start()
    RE.msg_hook = lambda msg: RE.request_abort("tea") if msg.command == "sleep" else None
    plan = in_a_run(Msg("stage", first), Msg("stage", hanging), Msg("sleep", None, 3600))
    result = RE.submit(plan).result(timeout=20)
    thread.join()
    RE.env.cleanup_timeout = 5.0

    assert (result.outcome, result.reason) == (Outcome.ABORT, "aborted: tea")
    assert result.problems == ("unstaging hanging was given up: not done within 60.0 s, or halted",)
    assert not first.staged
    assert RE.state is State.IDLE
    assert [doc["reason"] for doc in named(documents, "stop")] == ["aborted: tea"]


def test_unstage_is_awaited(RE):
    """An unstage that takes a while is waited for: coroutines and statuses alike."""
    device, other, done = Motor("m"), Motor("other"), []

    async def unstage():
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        done.append("coroutine")

    def unstage_with_status():
        status = Status(done=False)
        threading.Thread(target=lambda: (done.append("status"), status.finish())).start()
        return status

    device.unstage, other.unstage = unstage, unstage_with_status
    result = run(RE, [Msg("stage", device), Msg("stage", other)])

    assert (done, result.problems) == (["status", "coroutine"], ())


def test_unstaged_once(RE):
    """What the plan has unstaged itself is not unstaged again."""
    motor = Motor("m")
    RE([Msg("stage", motor), Msg("unstage", motor)])

    assert motor.calls == ["stage", "unstage"]


def test_coroutine_that_does_not_take_its_cancellation(RE, caplog):
    """A command that goes on after it was cancelled is left behind after a while, and that is logged."""
    release = asyncio.Event()

    async def stubborn(msg):
        while not release.is_set():
            try:
                await release.wait()
            except asyncio.CancelledError:
                continue

    RE.register_command("stubborn", stubborn)
    RE.msg_hook = lambda msg: RE.request_stop("tea") if msg.command == "stubborn" else None
    RE.env.cleanup_timeout = 0.05
    result = run(RE, [Msg("stubborn")])
    RE.loop.call_soon_threadsafe(release.set)

    assert (result.outcome, result.reason) == (Outcome.STOP, "stopped: tea")
    assert "does not take its cancellation" in caplog.text


def test_command_that_is_done_although_it_was_cancelled(RE):
    """A command that finishes while it is being cut short counts: its reply is not lost, and it is not done again."""
    calls, replies = [], []

    async def finishing(msg):
        calls.append(1)
        RE.request_pause()
        try:
            await asyncio.sleep(3600)
        except asyncio.CancelledError:
            return "finished"

    def plan():
        yield Msg("rewindable", None, False)
        replies.append((yield Msg("finishing")))

    RE.register_command("finishing", finishing)
    with pytest.raises(RunEngineInterrupted):
        RE(plan())
    RE.resume()

    assert (calls, replies) == ([1], ["finished"])


def test_plan_that_goes_on_after_a_halt(RE):
    """A plan that yields on in spite of a halt is ended all the same, and named among the problems."""

    def stubborn_plan():
        try:
            yield Msg("sleep", None, 3600)
        finally:
            yield Msg("null")

    RE.msg_hook = lambda msg: RE.request_halt("fire") if msg.command == "sleep" else None
    result = RE.submit(stubborn_plan()).result(timeout=20)

    assert result.outcome is Outcome.HALT
    assert "stubborn_plan" in result.problems[0]
    assert result.problems[0].endswith("tried to go on after a halt")


def test_msg_hook_that_raises(RE):
    """A message hook that raises fails the plan, which can clean up."""
    cleaned = []

    def plan():
        try:
            yield Msg("null")
        finally:
            cleaned.append(1)

    def hook(msg):
        raise ValueError("bad hook")

    RE.msg_hook = hook
    result = RE.submit(plan()).result(timeout=20)

    assert (result.reason, cleaned) == ("bad hook", [1])


def test_failing_clean_up_of_a_stopped_plan(RE, documents):
    """A plan whose clean-up fails after a stop has failed, and its call raises what went wrong."""

    def plan():
        yield Msg("open_run")
        try:
            yield Msg("sleep", None, 3600)
        finally:
            yield Msg("set", Broken("set"), 0)

    RE.msg_hook = lambda msg: RE.request_stop("tea") if msg.command == "sleep" else None
    with pytest.raises(OSError, match="no answer"):
        RE(plan())

    assert named(documents, "stop")[0]["exit_status"] == "fail"


def test_problems_are_not_carried_over(RE):
    """What went wrong in one plan is not told of the next."""
    assert run(RE, [Msg("set", Broken("stop"), 1)]).problems
    assert run(RE, RUN).problems == ()


def test_nothing_is_printed(RE, capsys):
    """The engine prints nothing, whatever happens."""
    RE.subscribe(refuse("start"))
    with pytest.raises(RunEngineInterrupted):
        RE([Msg("open_run"), Msg("checkpoint"), Msg("pause")])
    RE.abort("tea")
    run(RE, [Msg("save")])

    assert capsys.readouterr().out == ""


def test_no_signal_handler_is_installed():
    """Making and using an engine leaves the signal handlers alone."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    engine = RunEngine()
    seen = []
    engine.register_command("look", lambda _: seen.append({number: signal.getsignal(number) for number in before}))
    engine([Msg("look")])
    engine.close()

    assert seen == [before]
