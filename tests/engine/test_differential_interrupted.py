"""The same plan, interrupted, through bluesky's engine and ours."""

import asyncio
import contextlib

import bluesky
import bluesky.plans as bp
import bluesky.utils
import ophyd.sim
import pytest
from ophyd_async.core import soft_signal_rw

from reioc.engine import Msg, RunEngine, RunEngineInterrupted, State

from .documents import named, normalised
from .fakes import Detector, Motor, Pausable, points
from .interrupted_plans import PLANS
from .lab import Lab as Fakes
from .repetitions import difference
from .soundness import sound_runs
from .two_engines import Lab, collected

THEIR_REQUESTS = {"pause": "_request_pause_coro", "stop": "_stop_coro", "halt": "_halt_coro"}


def interrupted(engine, plan, asks, then=None):
    """The documents and messages of a plan of which something is asked at some messages; and what was raised.

    `asks` are names of requests by the number of the message, `then` is a method to be called when it is interrupted.
    """
    documents, messages, error = [], [], None
    token = engine.subscribe(lambda name, doc: documents.append((name, doc)))

    def hook(msg):
        messages.append(msg)
        if ask := asks.get(len(messages)):
            request(engine, ask)

    engine.msg_hook = hook
    try:
        engine(plan)
    except (RunEngineInterrupted, bluesky.utils.RunEngineInterrupted):
        try:
            if then is not None:
                getattr(engine, then)()
        except Exception as raised:
            error = raised
    engine.msg_hook = None
    engine.unsubscribe(token)
    return documents, messages, error


def request(engine, ask):
    """Ask an engine for a pause, a stop, an abort or a halt, from within a hook of it."""
    if isinstance(engine, RunEngine):
        getattr(engine, f"request_{ask}")()
    else:
        run_now(engine._abort_coro("") if ask == "abort" else getattr(engine, THEIR_REQUESTS[ask])())


def paused_and_resumed(engine, plan, at):
    return interrupted(engine, plan, {at: "pause"}, "resume")


def run_now(coroutine):
    """Bluesky's requests are coroutines that wait for nothing: this one is carried out at once."""
    with contextlib.suppress(StopIteration):
        coroutine.send(None)
        raise AssertionError("it waits")


NOT_HERE = {
    "partly_uninterruptible",  # see test_checkpoint_after_clear_checkpoint
    "later",  # bluesky's engine does not await what stages a device
    "bluesky's scan",  # the messages are those of our own plans
    "bluesky's grid_scan",
    "bluesky's rel_scan",
    "bluesky's tidying",
    "bluesky's supplemented",
    "bluesky's baseline and monitor",
}


@pytest.mark.parametrize("name", sorted(PLANS.keys() - NOT_HERE))
def test_paused_everywhere(engines, name):
    """Paused before any message, then resumed: the documents of bluesky's engine, but for what it does wrong.

    Ours are sound and have the data of the uninterrupted plan wherever it is paused.
    """
    whole, messages, _ = paused_and_resumed(engines[1], PLANS[name](Fakes()), 0)
    data = [run.data for run in sound_runs(whole)]
    for at in range(1, len(messages) + 1):
        theirs, mine = (paused_and_resumed(engine, PLANS[name](Fakes()), at) for engine in engines)
        assert mine[2] is None, at
        assert [run.data for run in sound_runs(mine[0])] == data, at
        is_same = theirs[2] is None and compared(theirs[0]) == compared(mine[0])
        assert is_same == (difference(name, messages, at) is None), (at, messages[at - 1], theirs[2])


def compared(documents):
    return normalised(documents, without={"scan_id"})


@pytest.mark.parametrize("name", ["count", "scan", "tidying", "two_runs", "files"])
@pytest.mark.parametrize("ask", ["stop", "abort", "halt"])
def test_ended_everywhere(engines, name, ask):
    """Stopped, aborted or halted before any message: the same documents, but for the reason, which bluesky's lacks."""
    _, messages, _ = interrupted(engines[1], PLANS[name](Fakes()), {})
    for at in range(1, len(messages) + 1):
        theirs, mine = (interrupted(engine, PLANS[name](Fakes()), {at: ask})[0] for engine in engines)
        assert without_reasons(compared(mine)) == without_reasons(compared(theirs)), at
        assert {doc["reason"] for doc in named(theirs, "stop")} <= {""}, at


def without_reasons(documents):
    return [(name, {key: value for key, value in doc.items() if key != "reason"}) for name, doc in documents]


@pytest.mark.parametrize("ask", ["stop", "abort", "halt"])
def test_ended_in_flight(engines, ask):
    """A flyer that is in flight when its plan is ended is left in flight by bluesky's engine, and collected by ours."""
    flown = {}
    for engine in engines:
        lab = Fakes()
        documents, _, _ = interrupted(engine, PLANS["flown"](lab), {5: ask})
        flown[engine] = lab.left_behind, sound_runs(documents)[0].data

    assert flown == {
        engines[0]: (["flyer in flight"], {}),
        engines[1]: ([], {"flyer": {1: {"flyer": 0.0}}}),
    }


def test_num_events_of_what_is_not_taken_again(engines):
    """An event counts although its plan was paused behind it, and ended before it was taken again; not in bluesky's."""
    counts = []
    for engine in engines:
        motor = Motor("m")
        plan = [Msg("open_run"), Msg("checkpoint"), Msg("create", name="primary"), Msg("read", motor), Msg("save")]
        documents, _, error = interrupted(engine, iter([*plan, Msg("null")]), {5: "pause", 6: "stop"}, "resume")
        assert "Interrupted" in type(error).__name__
        assert len(named(documents, "event")) == 1
        counts.append(named(documents, "stop")[0]["num_events"])

    assert counts == [{"primary": 0}, {"primary": 1}]


def test_checkpoint_after_clear_checkpoint(engines):
    """A checkpoint behind a `clear_checkpoint` ends its effect in ours; in bluesky's only its manual says so."""
    plan = [Msg("clear_checkpoint"), Msg("null"), Msg("checkpoint"), Msg("null"), Msg("null")]
    errors = [paused_and_resumed(engine, iter(plan), 4)[2] for engine in engines]

    assert "idle" in str(errors[0])
    assert errors[1] is None


def test_suspended_at_the_last_message(engines, capsys):
    """A plan that is suspended at its last message leaves bluesky's engine unusable; ours suspends, then ends."""
    found = []
    for engine in engines:

        def suspend(msg, engine=engine):
            if msg.args == ("last",):
                engine.request_suspend(lambda: asyncio.sleep(0))

        engine.msg_hook = suspend
        try:
            engine([Msg("checkpoint"), Msg("null", None, "last")])
            found.append((str(engine.state), None))
        except Exception as error:
            found.append((str(engine.state), str(error)))
        engine.msg_hook = None

    assert found == [
        ("suspending", "Cannot transit from 'suspending' to 'idle'."),
        ("idle", None),
    ]


@pytest.mark.parametrize(
    "make_plan",
    [
        lambda lab: bp.scan([lab.det], lab.m1, 1, 2, 2),
        lambda lab: bp.count([lab.det], 2),
        lambda lab: bp.fly([ophyd.sim.MockFlyer("flyer", lab.det, lab.m1, 1, 2, 2)]),
    ],
    ids=["scan", "count", "fly"],
)
def test_ophyd_sim_interrupted_everywhere(engines, make_plan):
    """With ophyd's simulated devices too, a plan that is paused before any message gives the uninterrupted data."""
    RE = engines[1]
    whole, messages, _ = paused_and_resumed(RE, make_plan(Lab()), 0)
    for at in range(1, len(messages) + 1):
        documents, _, _ = paused_and_resumed(RE, make_plan(Lab()), at)
        assert sound_runs(documents)[0].data == sound_runs(whole)[0].data, at
        assert sound_runs(documents)[0].ending == ("success", ""), at
        assert RE.state is State.IDLE


def test_ophyd_async_interrupted_everywhere(engines):
    """With ophyd-async's signals, whose methods are coroutines, the data are the uninterrupted ones as well."""
    RE = engines[1]

    async def connected():
        signal = soft_signal_rw(float, 0.0, "x")
        await signal.connect()
        return signal

    signal = asyncio.run_coroutine_threadsafe(connected(), RE.loop).result(timeout=10)
    whole, messages, _ = paused_and_resumed(RE, bp.scan([], signal, 1, 3, 3), 0)
    for at in range(1, len(messages) + 1):
        documents, _, error = paused_and_resumed(RE, bp.scan([], signal, 1, 3, 3), at)
        assert error is None, at
        assert sound_runs(documents)[0].data == sound_runs(whole)[0].data, at


@pytest.mark.parametrize("command", ["checkpoint", "set", "trigger", "create", "read", "save"])
def test_same_replay_as_bluesky(engines, command):
    """A pause at the same message: both engines repeat the same messages and give the same documents."""

    def until_command(lab):
        yield Msg("open_run")
        for msg in (
            Msg("checkpoint"),
            Msg("set", lab.m1, 1, group="A"),
            Msg("wait", None, group="A"),
            Msg("trigger", lab.det, group="B"),
            Msg("wait", None, group="B"),
            Msg("create", name="primary"),
            Msg("read", lab.det),
            Msg("save"),
        ):
            yield msg
            if msg.command == command:
                break
        yield Msg("pause")
        if command in ("create", "read"):
            yield Msg("drop")
        yield Msg("close_run")

    found = []
    for engine in engines:
        documents, messages, _ = paused_and_resumed(engine, until_command(Lab()), 0)
        found.append((normalised(documents), [msg.command for msg in messages]))

    assert found[1] == found[0]


@pytest.mark.parametrize("command", ["stage", "unstage", "subscribe", "rewindable"])
def test_same_checkpoints_as_bluesky(engines, command):
    """What makes a checkpoint behind itself does so in both engines: the same messages are repeated."""
    found = []
    for engine in engines:
        motor = Motor("m")
        messages = {
            "stage": [Msg("stage", motor)],
            "unstage": [Msg("unstage", motor)],
            "subscribe": [Msg("subscribe", None, lambda *_: None, "all")],
            "rewindable": [Msg("rewindable", None, False), Msg("wait", None, "not repeated")],
        }[command]
        plan = [Msg("checkpoint"), Msg("wait", None, "before"), *messages, Msg("wait", None, "after"), Msg("pause")]
        _, executed, _ = paused_and_resumed(engine, iter(plan), 0)
        found.append([(msg.command, *msg.args[-1:]) for msg in executed])

    assert found[1] == found[0]


def test_pausable_devices(engines):
    """Both engines tell a device of a pause and of its end."""
    calls = []
    for engine in engines:
        det = Pausable("det")
        plan = [Msg("null", det), Msg("checkpoint"), Msg("pause")]
        paused_and_resumed(engine, iter(plan), 0)
        calls.append(det.calls)

    assert calls[1] == calls[0] == ["pause", "resume"]


def test_fakes_behave_in_bluesky(engines):
    """The devices that our tests use are good enough for bluesky's engine: it gives the same documents."""
    found = []
    for engine in engines:
        motor = Motor("m")
        found.append(normalised(collected(engine, lambda _, m=motor: points(Detector("det", m), m, [1, 2]))[0]))

    assert found[0] == found[1]
