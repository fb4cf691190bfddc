"""The same plan, interrupted, through bluesky's engine and ours."""

import asyncio

import bluesky
import bluesky.plans as bp
import bluesky.utils
import pytest

from reioc.engine import Msg, RunEngine, RunEngineInterrupted, State

from .documents import data_by_seq_num, named, normalised
from .fakes import Detector, Motor, Pausable, points
from .two_engines import Lab, collected


def paused_and_resumed(engine, make_plan, at):
    """The documents of a plan that is paused before message number `at`, and resumed; and its result."""
    documents, messages, paused = [], [], []
    token = engine.subscribe(lambda name, doc: documents.append((name, doc)))

    def hook(msg):
        messages.append(msg)
        if len(messages) == at:
            paused.append(1)
            if isinstance(engine, RunEngine):
                engine.request_pause()
            else:
                engine.loop.call_soon(asyncio.ensure_future, engine._request_pause_coro(False))

    engine.msg_hook = hook
    try:
        engine(make_plan(Lab()))
    except (RunEngineInterrupted, bluesky.utils.RunEngineInterrupted):
        engine.resume()
    engine.msg_hook = None
    engine.unsubscribe(token)
    return documents, messages


@pytest.mark.parametrize(
    "make_plan", [lambda lab: bp.scan([lab.det], lab.m1, 1, 2, 2), lambda lab: bp.count([lab.det], 2)]
)
def test_ophyd_sim_interrupted_everywhere(engines, make_plan):
    """With ophyd's simulated devices too, a plan that is paused before any message gives the uninterrupted data."""
    RE = engines[1]
    whole, messages = paused_and_resumed(RE, make_plan, 0)
    for at in range(1, len(messages) + 1):
        documents, _ = paused_and_resumed(RE, make_plan, at)
        assert data_by_seq_num(documents) == data_by_seq_num(whole), at
        assert named(documents, "stop")[0]["exit_status"] == "success", at
        assert RE.state is State.IDLE


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
        documents, messages = paused_and_resumed(engine, until_command, 0)
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
            "rewindable": [Msg("rewindable", None, False), Msg("null", None, "not repeated")],
        }[command]
        plan = [Msg("checkpoint"), Msg("null", None, "before"), *messages, Msg("null", None, "after"), Msg("pause")]
        _, executed = paused_and_resumed(engine, lambda _, plan=plan: iter(plan), 0)
        found.append([(msg.command, *msg.args[-1:]) for msg in executed])

    assert found[1] == found[0]


def test_pausable_devices(engines):
    """Both engines tell a device of a pause and of its end."""
    calls = []
    for engine in engines:
        det = Pausable("det")
        plan = [Msg("null", det), Msg("checkpoint"), Msg("pause")]
        paused_and_resumed(engine, lambda _, plan=plan: iter(plan), 0)
        calls.append(det.calls)

    assert calls[1] == calls[0] == ["pause", "resume"]


def test_fakes_behave_in_bluesky(engines):
    """The devices that our tests use are good enough for bluesky's engine: it gives the same documents."""
    found = []
    for engine in engines:
        motor = Motor("m")
        found.append(normalised(collected(engine, lambda _, m=motor: points(Detector("det", m), m, [1, 2]))[0]))

    assert found[0] == found[1]
