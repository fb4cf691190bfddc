"""The blocking face."""

import asyncio
import gc
import threading
from concurrent.futures import Future

import pytest

from reioc.engine import (
    DocumentInvalid,
    Msg,
    Outcome,
    RunEngine,
    RunEngineInterrupted,
    RunResult,
    State,
    TransitionError,
)
from reioc.engine.interruptions import Ask, Request

from .documents import named
from .fakes import Detector, Motor, Pausable, points

RUN = [Msg("open_run"), Msg("close_run")]
PAUSED_IN_A_RUN = [Msg("open_run"), Msg("checkpoint"), Msg("pause"), Msg("close_run")]


def pause(RE, plan=PAUSED_IN_A_RUN):
    with pytest.raises(RunEngineInterrupted):
        RE(plan)
    assert RE.state is State.PAUSED


# Running


def test_returns_the_uids(RE, documents):
    """A call returns the uids of its runs."""
    uids = RE([*RUN, *RUN])

    assert uids == tuple(doc["uid"] for doc in named(documents, "start"))
    assert len(uids) == 2


def test_returns_a_result():
    """With `call_returns_result` a call returns all there is to say."""
    engine = RunEngine(call_returns_result=True)
    try:
        det, motor = Detector("det"), Motor("m")
        result = engine(points(det, motor, [1, 2]))
    finally:
        engine.close()

    assert isinstance(result, RunResult)
    assert (result.outcome, result.exit_status, result.reason) == (Outcome.SUCCESS, "success", "")
    assert [reading["m"]["value"] for reading in result.plan_result if "m" in reading] == [1.0, 2.0]
    assert len(result.run_start_uids) == 1


def test_metadata(RE, documents):
    """Metadata: of the call before those of the message before the engine's; the plan's name and type, a scan id."""
    RE.md.update(who="md", where="md", what="md")

    def my_plan():
        yield Msg("open_run", who="msg", where="msg")
        yield Msg("close_run")

    RE(my_plan(), who="call")
    RE(my_plan())
    first, second = named(documents, "start")

    assert (first["who"], first["where"], first["what"]) == ("call", "msg", "md")
    assert (first["plan_name"], first["plan_type"]) == ("my_plan", "generator")
    assert (first["scan_id"], second["scan_id"]) == (1, 2)
    assert {"reioc", "event_model"} <= first["versions"].keys()
    assert "who" not in second or second["who"] == "msg"


def test_metadata_of_a_run_are_its_own(RE, documents):
    """Changing `md` afterwards does not change documents that have been emitted."""
    RE.md["sample"] = {"name": "NaCl"}
    RE(RUN)
    RE.md["sample"]["name"] = "KCl"

    assert named(documents, "start")[0]["sample"] == {"name": "NaCl"}


def test_validator_and_normalizer(documents):
    """A validator can refuse a run, before anything is emitted; a normalizer decides what goes out."""

    def no_secrets(md):
        if "secret" in md:
            raise ValueError("no secrets")

    engine = RunEngine(md_validator=no_secrets, md_normalizer=lambda md: {**md, "normal": True})
    collected = []
    engine.subscribe(lambda name, doc: collected.append((name, doc)))
    try:
        with pytest.raises(ValueError, match="no secrets"):
            engine(RUN, secret=1)
        assert collected == []
        engine(RUN)
    finally:
        engine.close()

    assert named(collected, "start")[0]["normal"] is True


@pytest.mark.parametrize("source", [lambda md: md.get("scan_id", 100) + 5, None], ids=["function", "coroutine"])
def test_scan_id_source(source):
    """The scan id comes from a function, which may be a coroutine function."""

    async def later(md):
        await asyncio.sleep(0)
        return md.get("scan_id", 100) + 5

    engine, collected = RunEngine(scan_id_source=source or later), []
    engine.subscribe(lambda name, doc: collected.append((name, doc)))
    try:
        engine([*RUN, *RUN])
    finally:
        engine.close()

    assert [doc["scan_id"] for doc in named(collected, "start")] == [105, 110]
    assert engine.md["scan_id"] == 110


def test_preprocessors(RE, documents):
    """Each plan goes through the preprocessors, in order; the run still bears the plan's own name."""
    order = []

    def marking(name):
        def preprocessor(plan):
            order.append(name)
            return (yield from plan)

        return preprocessor

    def my_plan():
        yield from RUN_GENERATOR()

    def RUN_GENERATOR():
        yield Msg("open_run")
        yield Msg("close_run")

    RE.preprocessors = [marking("inner"), marking("outer")]
    RE(my_plan())

    assert order == ["outer", "inner"]
    assert named(documents, "start")[0]["plan_name"] == "my_plan"


def test_subscriptions_of_a_call(RE):
    """Subscribers of a call hear of that call only; those of a plan until its end."""
    of_call, of_plan = [], []
    plan = [Msg("subscribe", None, lambda name, _: of_plan.append(name), "all"), *RUN]
    RE(plan, {"start": lambda name, _: of_call.append(name)})
    RE(RUN)

    assert (of_call, of_plan) == (["start"], ["start", "stop"])


def test_refused_subscriptions_start_nothing(RE, documents):
    """A call with a subscription that is refused does not run, and leaves no subscription behind."""
    heard = []
    with pytest.raises(ValueError, match="no documents named 'begin'"):
        RE(RUN, {"start": lambda name, _: heard.append(name), "begin": print})
    assert documents == []

    RE(RUN)
    assert heard == []


def test_several_runs_at_once(RE, documents):
    """Runs with keys of their own may be open at once."""
    det, motor = Detector("det"), Motor("m")
    det.trigger()
    plan = [
        Msg("open_run", run="a"),
        Msg("open_run", run="b"),
        Msg("create", name="primary", run="a"),
        Msg("create", name="primary", run="b"),
        Msg("read", det, run="a"),
        Msg("read", motor, run="b"),
        Msg("save", run="b"),
        Msg("save", run="a"),
        Msg("close_run", run="a"),
        Msg("close_run", run="b"),
    ]
    uids = RE(plan)

    assert [list(doc["data"]) for doc in named(documents, "event")] == [["m"], ["det"]]
    assert [doc["run_start"] for doc in named(documents, "stop")] == list(uids)


@pytest.mark.parametrize(
    ("plan", "text"),
    [
        ([Msg("fly_away")], "no command 'fly_away'.*there are: checkpoint, clear_checkpoint, close_run"),
        ([Msg("save")], "'save' needs an open run, and none is open"),
        ([Msg("close_run", run="b")], "'close_run' needs an open run, and none with the key 'b' is open"),
        ([Msg("open_run"), Msg("open_run")], "'open_run' while a run is open"),
        ([Msg("open_run"), Msg("create")], "'create' needs the name of a stream"),
        ([Msg("open_run"), Msg("create", name="p"), Msg("checkpoint")], "'checkpoint' between 'create' and 'save'"),
        ([Msg("set", Detector("det"), 3)], r"'set' needs a device with the method set\(\); det \(Detector\) has none"),
        ([Msg("read", None)], r"'read' needs a device with the method read\(\)"),
        ([None], "A plan yields Msg, not NoneType: None"),
        ([("set", "m", 3)], "A plan yields Msg, not tuple"),
        ([Msg("open_run", scan_id="seven")], "scan_id: 'seven'"),
        ([Msg("open_run", uid="mine")], "may not have the keys"),
    ],
)
def test_bad_messages(RE, documents, plan, text):
    """A message that makes no sense fails its plan, with what is wrong; the engine stays usable, no run stays open."""
    with pytest.raises(Exception, match=text):
        RE(plan)

    assert len(named(documents, "start")) == len(named(documents, "stop"))
    assert RE.state is State.IDLE
    assert len(RE(RUN)) == 1


def test_refused_run_is_no_run(RE):
    """A run whose RunStart was refused is not among the uids, and its key is free."""

    def plan():
        try:
            yield Msg("open_run", scan_id="seven")
        except DocumentInvalid:
            yield Msg("open_run")
            yield Msg("close_run")

    assert len(RE(plan())) == 1


def test_registered_command(RE):
    """A command of the user's own: a function or a coroutine function of the message."""

    async def later(msg):
        await asyncio.sleep(0)
        return msg.args[0] * 2

    replies = []

    def plan():
        replies.append((yield Msg("double", None, 3)))
        replies.append((yield Msg("later", None, 4)))

    RE.register_command("double", lambda msg: msg.args[0] * 2)
    RE.register_command("later", later)
    assert {"double", "later", "set"} <= set(RE.commands)
    RE(plan())
    assert replies == [6, 8]

    RE.unregister_command("double")
    with pytest.raises(KeyError, match="no command 'double'"):
        RE([Msg("double", None, 3)])


def test_locate(RE):
    """`locate` asks one device, or several; devices may answer by a coroutine."""

    class Located(Motor):
        async def locate(self):
            return {"setpoint": self.target, "readback": self.position}

    m1, m2, found = Located("m1"), Located("m2"), []

    def plan():
        yield Msg("set", m1, 3)
        found.append((yield Msg("locate", m1)))
        found.append((yield Msg("locate", m1, m2)))
        found.append((yield Msg("locate", m1, squeeze=False)))

    RE(plan())
    at = {"setpoint": 3.0, "readback": 3.0}
    assert found == [at, [at, {"setpoint": 0.0, "readback": 0.0}], [at]]


def test_wait_for(RE):
    """`wait_for` waits for what its factories make, and says when time runs out."""
    found = []

    async def seven():
        await asyncio.sleep(0)
        return 7

    def plan():
        futures = yield Msg("wait_for", None, [seven, seven])
        found.extend(future.result() for future in futures)

    RE(plan())
    assert found == [7, 7]
    with pytest.raises(TimeoutError, match="1 awaitables"):
        RE([Msg("wait_for", None, [lambda: asyncio.sleep(3600)], timeout=0.001)])


def test_wait_with_a_timeout(RE):
    """A wait that runs out of time fails and names what it waits for, or replies False where that is wanted."""
    m1, m2, replies = Motor("m1", slow=True), Motor("m2", slow=True), []

    def plan():
        yield Msg("set", m1, 1, group="A")
        yield Msg("set", m2, 1, group="A")
        replies.append((yield Msg("wait", None, group="A", timeout=0.001, error_on_timeout=False)))
        m1.arrive()
        yield Msg("wait", None, group="A", timeout=0.001)

    with pytest.raises(TimeoutError, match=r"not done within 0.001 s: m2$"):
        RE(plan())
    assert replies == [False]


def test_wait_for_nothing(RE):
    """A wait for a group that nobody is in, or that is already done, is over at once."""
    motor, replies = Motor("m"), []

    def plan():
        replies.append((yield Msg("wait", group="nobody")))
        yield Msg("set", motor, 1, group="A")
        replies.append((yield Msg("wait", group="A")))

    RE(plan())
    assert replies == [True, True]


def test_statuses_from_other_threads(RE):
    """A status may end in any thread, at any time."""
    motor = Motor("m", slow=True)
    RE.waiting_hook = lambda statuses: statuses and threading.Thread(target=motor.arrive).start()
    for target in range(1, 200):
        RE([Msg("set", motor, target, group="A"), Msg("wait", group="A")])

    assert motor.position == 199.0


def test_what_it_waits_for_can_be_seen(RE):
    """While it waits, the message and the names of the devices can be read from outside."""
    motor, seen = Motor("m1", slow=True), []

    def look(statuses):
        if statuses:
            seen.append((RE.current_message.command, RE.waiting_for, statuses))
            motor.arrive()

    RE.waiting_hook = look
    RE([Msg("set", motor, 1, group="A"), Msg("wait", group="A")])

    assert seen == [("wait", ("m1",), {motor.status})]
    assert (RE.current_message, RE.waiting_for) == (None, ())


# Pausing, resuming, ending


def test_pause_and_resume(RE, documents, watch):
    """A pause raises RunEngineInterrupted with why and what can be done; resume returns what the call would have."""
    with pytest.raises(RunEngineInterrupted, match=r"paused: the plan asked for it\. .*RE\.resume\(\)"):
        RE(PAUSED_IN_A_RUN)
    assert (RE.state, RE.resumable) == (State.PAUSED, True)
    uids = RE.resume()

    assert uids == (named(documents, "start")[0]["uid"],)
    assert watch.states == ["running", "pausing", "paused", "running", "idle"]


def test_paused_twice(RE):
    """A plan can be paused again after it was resumed."""
    pause(RE, [Msg("checkpoint"), Msg("pause"), Msg("null"), Msg("pause")])
    with pytest.raises(RunEngineInterrupted, match="paused"):
        RE.resume()

    assert RE.state is State.PAUSED
    assert RE.resume() == ()


@pytest.mark.parametrize(
    ("verb", "exit_status", "reason"),
    [("stop", "success", "stopped: tea"), ("abort", "abort", "aborted: tea"), ("halt", "abort", "halted: tea")],
)
def test_ended_from_paused(RE, documents, watch, verb, exit_status, reason):
    """From paused, stop, abort and halt return the uids when all is over; the operator's reason is in the RunStop."""
    pause(RE)
    uids = getattr(RE, verb)("tea")

    assert uids == (named(documents, "start")[0]["uid"],)
    (stop,) = named(documents, "stop")
    assert (stop["exit_status"], stop["reason"]) == (exit_status, reason)
    assert RE.state is State.IDLE
    assert watch.changes[-1].reason == reason


def test_ended_without_a_reason(RE, documents):
    """Without a reason the RunStop still says what was asked for."""
    for verb in ("stop", "abort", "halt"):
        pause(RE)
        getattr(RE, verb)()

    assert [doc["reason"] for doc in named(documents, "stop")] == ["stopped", "aborted", "halted"]


@pytest.mark.parametrize("verb", ["stop", "abort", "halt"])
def test_ended_from_running_by_another_thread(RE, documents, watch, verb):
    """While it runs, another thread can stop, abort and halt it; the call raises RunEngineInterrupted with why."""

    def end():
        watch.until(State.RUNNING)
        getattr(RE, verb)("tea")

    thread = threading.Thread(target=end)
    thread.start()
    with pytest.raises(RunEngineInterrupted, match=f"{verb}.*: tea"):
        RE([Msg("open_run"), Msg("sleep", None, 3600)])
    thread.join()

    assert named(documents, "stop")[0]["reason"].endswith(": tea")


def test_stop_runs_the_clean_up_and_halt_does_not(RE):
    """Stop and abort let a plan clean up; halt does not."""
    cleaned = []

    def plan():
        try:
            yield Msg("checkpoint")
            yield Msg("pause")
            yield Msg("null")
        except GeneratorExit:
            raise
        except Exception as error:
            cleaned.append(str(error))
            raise

    for verb in ("stop", "abort", "halt"):
        pause(RE, plan())
        getattr(RE, verb)("tea")

    assert cleaned == ["stopped: tea", "aborted: tea"]


def test_halt_during_the_clean_up_of_an_abort(RE, watch, documents):
    """Halt ends a clean-up that the plan does after an abort."""

    def plan():
        try:
            yield Msg("open_run")
            yield Msg("sleep", None, 3600)
        except Exception:
            yield Msg("null", None, "cleaning")
            yield Msg("sleep", None, 3600)

    def react(msg):
        if msg.args == (3600,):
            RE.request_halt("fire") if watch.states[-1] == "aborting" else RE.request_abort("tea")

    RE.msg_hook = react
    with pytest.raises(RunEngineInterrupted, match="halted: fire"):
        RE(plan())

    assert watch.states == ["running", "aborting", "halting", "idle"]
    assert named(documents, "stop")[0]["reason"] == "halted: fire"


def test_halt_while_an_abort_stops_a_device_that_hangs(RE, watch, documents):
    """A halt is obeyed that comes while an abort waits for a device to stop."""

    class Hanging(Motor):
        async def stop(self, success=True):
            if RE.state is State.ABORTING:
                RE.request_halt("fire")
                await asyncio.sleep(3600)
            super().stop()

    def plan():
        yield Msg("open_run")
        yield Msg("set", Hanging("m", slow=True), 1)
        try:
            yield Msg("sleep", None, 3600)
        except Exception:
            yield Msg("sleep", None, 3600)

    asked = []
    RE.msg_hook = lambda msg: msg.command == "sleep" and not asked and asked.append(RE.request_abort())
    with pytest.raises(RunEngineInterrupted, match="halted: fire"):
        RE(plan())

    assert watch.states == ["running", "aborting", "halting", "idle"]
    assert named(documents, "stop")[0]["reason"] == "halted: fire"


def test_stop_beats_resume(RE):
    """A stop and a resume that are asked for at once: the plan is stopped."""
    pause(RE)
    RE.loop.call_soon_threadsafe(lambda: (RE.request_stop("tea"), RE.request_resume()))
    assert RE._plan.result().outcome is Outcome.STOP


@pytest.mark.parametrize("verb", ["resume", "stop", "abort", "halt", "request_pause"])
def test_refused_while_idle(RE, verb):
    """What makes no sense while idle is refused, with the state and what would be needed, and changes nothing."""
    with pytest.raises(TransitionError, match="the engine is idle, not "):
        getattr(RE, verb)()

    assert RE.state is State.IDLE
    assert len(RE(RUN)) == 1


def test_refused_while_paused(RE):
    """Neither a second pause nor another plan is taken while paused, and the paused plan goes on unharmed."""
    pause(RE)
    with pytest.raises(TransitionError, match="the engine is paused"):
        RE.request_pause()
    with pytest.raises(TransitionError, match="Another plan is in progress"):
        RE(RUN)

    assert RE.state is State.PAUSED
    assert len(RE.resume()) == 1


def test_refused_while_running(RE):
    """Neither resume nor a second plan is taken while a plan runs, and that plan goes on unharmed."""
    refused = []

    def hook(msg):
        for call in (RE.request_resume, lambda: RE.submit(RUN)):
            with pytest.raises(TransitionError) as raised:
                call()
            refused.append(str(raised.value))

    RE.msg_hook = hook
    assert len(RE(RUN)) == 1
    assert "Resuming is not possible: the engine is running, not paused" in refused
    assert "Another plan is in progress: a plan can be started when the engine is idle" in refused


def test_next_plan_from_the_news_of_the_end(RE):
    """Whoever is told that the engine is idle may start the next plan at once."""
    second = []

    def start_next(news):
        if getattr(news, "new", None) is State.IDLE and not second:
            second.append(RE.submit(RUN))

    RE.observers.append(start_next)
    first = RE(RUN)

    assert len(second[0].result(timeout=10).uids) == 1
    assert second[0].result().uids != first


def test_blocking_in_the_engines_own_thread_is_refused(RE):
    """A plan cannot wait for another plan: that is said instead of waiting for ever."""
    refused = []

    def try_it(news):
        with pytest.raises(RuntimeError, match="would never end: use submit") as raised:
            RE(RUN)
        refused.append(raised)

    RE.observers.append(try_it)
    RE([Msg("null")])

    assert len(refused) == 3


def test_submit(RE):
    """`submit` returns at once with a future of the result, which never raises what the plan raises."""
    future = RE.submit([Msg("sleep", None, 0), *RUN])
    assert isinstance(future, Future)
    assert future.result(timeout=10).outcome is Outcome.SUCCESS

    failed = RE.submit([Msg("save")]).result(timeout=10)
    assert failed.outcome is Outcome.FAIL


def test_observers_hear_of_states_and_results(RE):
    """Observers get each transition, and the result when all is over."""
    news = []
    RE.observers.append(news.append)
    RE(RUN)
    pause(RE)
    RE.stop()

    kinds = [item.outcome if isinstance(item, RunResult) else item.new for item in news]
    assert kinds == ["running", "idle", "success", "running", "pausing", "paused", "stopping", "idle", "stop"]
    assert [item.seq for item in news if not isinstance(item, RunResult)] == [1, 2, 3, 4, 5, 6, 7]


def test_hooks_that_fail(RE, caplog):
    """An observer or state hook that raises is logged; it does not touch the plan."""

    def fail(*news):
        raise ValueError("bad hook")

    RE.observers.append(fail)
    RE.state_hook = fail

    assert len(RE(RUN)) == 1
    assert "bad hook" in caplog.text


def test_state_hook(RE):
    """The state hook is called with the new and the old state."""
    seen = []
    RE.state_hook = lambda new, old: seen.append((new, old))
    RE(RUN)

    assert seen == [("running", "idle"), ("idle", "running")]


def test_devices_are_told_of_pauses(RE):
    """A device that wants to know is told once of the pause and once of the resume."""
    det = Pausable("det")
    pause(RE, [Msg("null", det), Msg("checkpoint"), Msg("pause")])
    assert det.calls == ["pause"]
    RE.resume()

    assert det.calls == ["pause", "resume"]


@pytest.mark.parametrize("verb", ["stop", "abort", "halt"])
def test_devices_are_told_that_a_pause_is_over(RE, verb):
    """A device that was told of a pause is told of its end, also where the plan ends."""
    det = Pausable("det")
    pause(RE, [Msg("null", det), Msg("checkpoint"), Msg("pause")])
    getattr(RE, verb)()

    assert det.calls == ["pause", "resume"]


def test_no_replay_allowed(RE, documents):
    """A device can forbid that what was read since the checkpoint is read again: the plan goes on from where it was."""
    from reioc.engine import NoReplayAllowed

    class Once(Pausable):
        def pause(self):
            raise NoReplayAllowed

    det, motor = Once("det"), Motor("m")
    plan = [
        Msg("open_run"),
        Msg("checkpoint"),
        Msg("trigger", det),
        Msg("create", name="primary"),
        Msg("read", det),
        Msg("pause"),
        Msg("read", motor),
        Msg("save"),
        Msg("close_run"),
    ]
    pause(RE, plan)
    RE.resume()

    assert det.calls == ["trigger", "read", "resume"]
    assert [set(doc["data"]) for doc in named(documents, "event")] == [{"det", "m"}]


def test_not_rewindable(RE, documents):
    """With `rewindable` off an interruption in the middle of an event repeats nothing and loses nothing."""
    det, motor = Detector("det"), Motor("m")

    class Slow(Motor):
        async def read(self):
            await asyncio.sleep(0)
            return super().read()

    slow = Slow("s")
    plan = [
        Msg("open_run"),
        Msg("checkpoint"),
        Msg("rewindable", None, False),
        Msg("trigger", det),
        Msg("create", name="primary"),
        Msg("read", det),
        Msg("read", slow),
        Msg("read", motor),
        Msg("save"),
        Msg("close_run"),
    ]
    asked = []
    RE.msg_hook = lambda msg: msg.obj is slow and not asked and asked.append(RE.request_pause())
    pause(RE, plan)
    RE.resume()

    assert det.calls == ["trigger", "read"]
    assert [set(doc["data"]) for doc in named(documents, "event")] == [{"det", "m", "s"}]


def test_interruption_that_is_gone_before_it_is_obeyed(RE, documents):
    """A read that was cut short for a hold that is gone at once is done again, and counts once in a later replay."""

    class Slow(Motor):
        async def read(self):
            if self.calls == []:
                RE.hold("beam", "no beam")
                try:
                    await asyncio.sleep(3600)
                finally:
                    self.calls.append("cut")
                    RE.release("beam")
            return super().read()

    slow = Slow("s")
    plan = [
        Msg("open_run"),
        Msg("checkpoint"),
        Msg("create", name="primary"),
        Msg("read", slow),
        Msg("pause"),
        Msg("save"),
        Msg("close_run"),
    ]
    pause(RE, plan)
    RE.resume()

    assert slow.calls == ["cut", "read", "read"]
    assert [set(doc["data"]) for doc in named(documents, "event")] == [{"s"}]


def test_motion_from_before_the_checkpoint_is_taken_up_again(RE):
    """A motor that an interruption stopped is sent off again, even if it was set before the last checkpoint."""
    motor = Motor("m", slow=True)

    def arrive_unless_first(statuses, seen=[]):  # noqa: B006
        seen.append(statuses)
        if statuses and len(seen) > 1:
            motor.arrive()
        elif statuses:
            RE.request_pause()

    RE.waiting_hook = arrive_unless_first
    pause(RE, [Msg("set", motor, 8, group="A"), Msg("checkpoint"), Msg("wait", group="A")])
    assert motor.position == 4.0
    RE.resume()

    assert motor.position == 8.0
    assert [call for call in motor.calls if call != "stop"] == [("set", 8.0), ("set", 8.0)]


def test_interruption_after_a_closed_run(RE, documents):
    """An interruption behind a closed run does not try to take its events again."""
    det = Detector("det")
    plan = [
        Msg("open_run"),
        Msg("checkpoint"),
        Msg("trigger", det),
        Msg("create", name="primary"),
        Msg("read", det),
        Msg("save"),
        Msg("close_run"),
        Msg("pause"),
    ]
    pause(RE, plan)
    RE.resume()

    assert [name for name, _ in documents] == ["start", "descriptor", "event", "stop"]


def test_devices_are_told_of_each_pause(RE):
    """A second pause is told as the first one was."""
    det = Pausable("det")
    pause(RE, [Msg("null", det), Msg("checkpoint"), Msg("pause"), Msg("pause")])
    with pytest.raises(RunEngineInterrupted):
        RE.resume()
    RE.resume()

    assert det.calls == ["pause", "resume", "pause", "resume"]


def test_motion_that_fails_since_it_was_stopped_is_repeated(RE):
    """A motor whose motion counts as failed when it is stopped does not fail a plan that is paused and resumed."""

    class Touchy(Motor):
        def stop(self, success=True):
            self.status.finish(RuntimeError("stopped on the way"))

    motor, waits = Touchy("m", slow=True), []

    def hook(statuses):
        if statuses:
            waits.append(1)
            RE.request_pause() if len(waits) == 1 else motor.arrive()

    RE.waiting_hook = hook
    pause(RE, [Msg("checkpoint"), Msg("set", motor, 8, group="A"), Msg("wait", group="A"), Msg("null")])
    RE.resume()

    assert motor.position == 8.0


def test_reply_of_what_is_not_repeated(RE):
    """After a replay the plan gets the reply to its own last message, not that to the last one that was repeated."""
    motor, replies = Motor("m"), []

    def plan():
        yield Msg("checkpoint")
        yield Msg("set", motor, 1)
        replies.append((yield Msg("open_run")))
        yield Msg("close_run")

    RE.msg_hook = lambda msg: RE.request_pause() if msg.command == "open_run" else None
    pause(RE, plan())
    uids = RE.resume()

    assert tuple(replies) == uids
    assert motor.calls.count(("set", 1.0)) == 2


def test_error_and_pause_at_once(RE):
    """A message that fails in the moment of a pause: the plan handles its error as if there had been no pause."""
    handled = []

    def fail(msg):
        RE.request_pause()
        raise ValueError("read failed")

    def plan():
        yield Msg("open_run")
        yield Msg("checkpoint")
        yield Msg("create", name="primary")
        try:
            yield Msg("fail")
        except ValueError as error:
            handled.append(str(error))
            yield Msg("drop")
        yield Msg("close_run")

    RE.register_command("fail", fail)
    pause(RE, plan())
    RE.resume()

    assert handled == ["read failed"]


def test_long_plan_gives_way(RE):
    """A plan that never waits does not keep the loop from what else is to be done there."""
    turn = threading.Event()

    def plan():
        RE.loop.call_soon(turn.set)
        while not turn.is_set():
            yield Msg("null")

    RE(plan())


def test_what_was_asked_of_no_plan_is_forgotten(RE):
    """A request that came when the last plan had just ended does not reach the next one."""
    RE(RUN)
    RE._engine.inbox.post(Request(Ask.ABORT, "too late"))

    assert len(RE(RUN)) == 1


def test_record_interruptions(RE, documents):
    """Pauses and suspensions become events of a stream of their own, if that is wanted."""
    RE.record_interruptions = True
    pause(RE)
    RE.hold("beam", "no beam")
    RE.observers.append(lambda news: RE.release("beam") if getattr(news, "new", "") == "suspended" else None)
    RE.resume()

    events = [doc["data"]["interruption"] for doc in named(documents, "event")]
    assert events == ["pause", "resume", "no beam"]
    assert named(documents, "stop")[0]["num_events"] == {"interruptions": 3}


# Closing


def test_close_ends_the_thread(RE):
    """After `close` the thread has ended, a plan is refused, and closing again does no harm."""
    RE.close()
    RE.close()

    assert "reioc-engine" not in [thread.name for thread in threading.enumerate()]
    with pytest.raises(TransitionError, match="The engine is closed"):
        RE(RUN)


@pytest.mark.parametrize("plan", [PAUSED_IN_A_RUN, [Msg("open_run"), Msg("sleep", None, 3600)]])
def test_close_halts_the_plan(RE, watch, documents, plan):
    """A plan in progress is halted, and its runs are closed with that reason."""
    future = RE.submit(plan)
    watch.until(State.RUNNING)
    RE.close()

    assert future.result().outcome is Outcome.HALT
    assert [doc["reason"] for doc in named(documents, "stop")] in (["halted: the engine is closed"], [])


def test_close_right_after_submit(RE):
    """A plan that was submitted a moment ago is halted or done, and is not left behind."""
    future = RE.submit([Msg("sleep", None, 3600)])
    RE.close()

    assert future.result().outcome is Outcome.HALT


def test_close_cancels_what_waits(RE, caplog):
    """What still waits on the engine's loop, a suspension's future, is cancelled and not destroyed while pending."""
    RE.request_suspend(asyncio.Event().wait, justification="for ever")
    RE.close()
    gc.collect()

    assert "destroyed" not in caplog.text
    assert RE.holds == ()


def test_loop_of_somebody_else():
    """An engine on a loop that already runs uses it, and leaves it running when it is closed."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        engine = RunEngine(loop=loop)
        assert len(engine(RUN)) == 1
        engine.close()
        assert asyncio.run_coroutine_threadsafe(asyncio.sleep(0, "alive"), loop).result(timeout=10) == "alive"
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
