"""Motors of ophyd-async that are on their way when something comes in between."""

import asyncio

import pytest
from ophyd_async.core import set_mock_put_proceeds, set_mock_value

import reioc.engine.plans as ours
from reioc.engine import FailedStatus, Msg, RunEngine, RunEngineInterrupted, WaitForTimeoutError

from .documents import data_by_seq_num, named
from .ophyd_async_lab import Laboratory
from .soundness import sound_runs


@pytest.fixture(scope="module")
def lab():
    """One for all of these tests, in our engine."""
    RE = RunEngine()
    yield Laboratory(RE)
    RE.close()


async def settled(status):
    await asyncio.wait([status.task], timeout=10)


def hold_back(lab, on_wait):
    """The first motor does not arrive any more; `on_wait()` is called when the plan waits for it."""
    set_mock_put_proceeds(lab.m1.user_setpoint, False)

    def waiting(statuses):
        if statuses and on_wait is not None:
            lab.RE.waiting_hook = None
            on_wait()

    lab.RE.waiting_hook = waiting


@pytest.fixture
def let_go(lab):
    """Whatever a test has done to the first motor, it moves again, and nobody looks."""
    yield
    set_mock_put_proceeds(lab.m1.user_setpoint, True)
    lab.RE.waiting_hook = None
    lab.RE([Msg("set", lab.m1, 0, group="A"), Msg("wait", group="A")])


@pytest.mark.usefixtures("let_go")
def test_paused_on_the_way(lab):
    """A motor that is on its way is stopped by a pause, and sent again when the plan goes on; no event is missing."""
    documents = []
    token = lab.RE.subscribe(lambda name, doc: documents.append((name, doc)))
    hold_back(lab, lab.RE.request_pause)
    with pytest.raises(RunEngineInterrupted):
        lab.RE(ours.scan([lab.det], lab.m1, 1, 2, 2))
    set_mock_put_proceeds(lab.m1.user_setpoint, True)
    lab.RE.resume()
    lab.RE.unsubscribe(token)

    assert [data["m1"] for data in data_by_seq_num(documents).values()] == [1.0, 2.0]
    assert [data["det-channel-1-value"] for data in data_by_seq_num(documents).values()] == [100, 200]
    assert named(documents, "stop")[0]["exit_status"] == "success"


@pytest.mark.usefixtures("let_go")
def test_paused_before_it_moves(lab):
    """Better than bluesky: a motor that asks for its limits when it is told to stop does not move in the pause."""
    statuses = []

    def plan():
        yield Msg("checkpoint")
        statuses.append((yield Msg("set", lab.m1, 5, group="A")))
        yield Msg("pause")
        yield Msg("wait", group="A")

    hold_back(lab, None)
    with pytest.raises(RunEngineInterrupted):
        lab.RE(plan())
    assert statuses[0].done
    set_mock_put_proceeds(lab.m1.user_setpoint, True)
    lab.RE.resume()

    assert lab.connect(lab.m1.user_readback.get_value()) == 5


@pytest.mark.usefixtures("let_go")
@pytest.mark.parametrize(("verb", "exit_status"), [("stop", "success"), ("abort", "abort"), ("halt", "abort")])
def test_ended_on_the_way(lab, verb, exit_status):
    """A motor that is on its way is stopped when the plan is ended; its status counts as a good end."""
    documents, statuses = [], []
    token = lab.RE.subscribe(lambda name, doc: documents.append((name, doc)))
    hold_back(lab, lambda: getattr(lab.RE, f"request_{verb}")("tea"))

    def plan():
        statuses.append((yield Msg("set", lab.m1, 5, group="A")))
        yield Msg("wait", group="A")

    result = lab.RE.submit(ours.run_wrapper(plan())).result(timeout=20)
    lab.RE.unsubscribe(token)

    assert (result.exit_status, result.problems) == (exit_status, ())
    assert named(documents, "stop")[0]["reason"].endswith(": tea")
    lab.connect(settled(statuses[0]))
    assert statuses[0].success


@pytest.mark.usefixtures("let_go")
def test_never_arrives(lab):
    """A motor that never arrives is named when time runs out."""
    hold_back(lab, None)
    with pytest.raises(WaitForTimeoutError, match=r"not done within 0.01 s: m1"):
        lab.RE([Msg("set", lab.m1, 5, group="A"), Msg("wait", group="A", timeout=0.01)])


def test_fails_on_the_way(lab):
    """A status that fails is told with its own reason, in the error and in the RunStop, as for any device."""
    documents = []
    token = lab.RE.subscribe(lambda name, doc: documents.append((name, doc)), "stop")
    set_mock_value(lab.m1.dial_high_limit_travel, 1.0)
    set_mock_value(lab.m1.high_limit_travel, 1.0)
    with pytest.raises(FailedStatus, match="set of m1 failed: MotorLimitsError: m1 motor trajectory"):
        lab.RE(ours.scan([lab.det], lab.m1, 5, 6, 2))
    lab.RE.unsubscribe(token)
    set_mock_value(lab.m1.dial_high_limit_travel, 0.0)

    ((_, stop),) = documents
    assert stop["exit_status"] == "fail"
    assert "MotorLimitsError" in stop["reason"]


@pytest.mark.usefixtures("let_go")
def test_a_point_is_skipped_on_the_way(lab):
    """A motor that is on its way is stopped, its point has no event, and the next one is gone to."""
    documents = []
    token = lab.RE.subscribe(lambda name, doc: documents.append((name, doc)))

    def skip(statuses):
        if statuses and lab.RE.waiting_for == ("m1",) and lab.RE.started_message.command == "set":
            lab.RE.waiting_hook = None
            set_mock_put_proceeds(lab.m1.user_setpoint, True)
            lab.RE.request_skip_point()

    hold_back(lab, None)
    lab.RE.waiting_hook = skip
    lab.RE(ours.scan([lab.det], lab.m1, 1, 3, 3))
    lab.RE.unsubscribe(token)

    assert [data["m1"] for data in data_by_seq_num(documents).values()] == [2.0, 3.0]
    assert named(documents, "stop")[0]["exit_status"] == "success"


@pytest.mark.parametrize("command", ["checkpoint", "set", "trigger", "create", "read"])
def test_a_point_is_skipped_at_each_message(lab, command):
    """Frames of a detector that was triggered in a point that is skipped are not taken for the next one's."""
    documents, left = [], [2]
    token = lab.RE.subscribe(lambda name, doc: documents.append((name, doc)))

    def hook(msg):
        if msg.command == command:
            left[0] -= 1
            if left[0] == 0:
                lab.RE.request_skip_point()

    lab.RE.msg_hook = hook
    lab.RE(ours.scan([lab.det], lab.m1, 1, 4, 4))
    lab.RE.msg_hook = None
    lab.RE.unsubscribe(token)

    (run,) = sound_runs(documents)
    assert run.ending == ("success", "")
    assert list(run.data["primary"]) == [1, 2, 3]
