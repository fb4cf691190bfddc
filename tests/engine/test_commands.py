"""What each message does, in an engine."""

import asyncio
import threading

import pytest

from reioc.engine import (
    DocumentInvalid,
    Msg,
    RunEngineInterrupted,
    State,
)

from .documents import named
from .fakes import Detector, Motor
from .helpers import (
    RUN,
)


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
        ([Msg("fly_away")], "no command 'fly_away'.*there are: .*checkpoint, clear_checkpoint, close_run"),
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


def test_locate_asks_at_the_same_time(RE):
    """Several devices are asked side by side: each of these answers when both have been asked."""
    together = asyncio.Barrier(2)

    class Located(Motor):
        async def locate(self):
            await together.wait()
            return self.name

    replies = []

    def plan():
        replies.append((yield Msg("locate", Located("m1"), Located("m2"))))

    RE(plan())
    assert replies == [["m1", "m2"]]


class Preparable(Motor):
    """Goes to where it is prepared for; the value is a position and, by name, how fast."""

    def prepare(self, value, *, speed=1.0):
        self.calls.append(("prepare", value, speed))
        return self.set(value)


def test_prepare(RE):
    """`prepare` hands on its arguments; the reply is the status, which is waited for with the group."""
    motor, replies = Preparable("m"), []

    def plan():
        replies.append((yield Msg("prepare", motor, 3, speed=2.0, group="A")))
        replies.append((yield Msg("wait", group="A")))

    RE(plan())
    assert motor.calls[0] == ("prepare", 3, 2.0)
    assert replies == [motor.status, True]


def test_prepare_counts_as_moving(RE):
    """Better than bluesky, which lets it run: what a plan prepares stops in a pause, and is prepared again after it."""
    motor = Preparable("m", slow=True)
    RE.waiting_hook = lambda statuses: statuses and RE.request_pause()
    with pytest.raises(RunEngineInterrupted):
        RE([Msg("prepare", motor, 4, group="A"), Msg("checkpoint"), Msg("wait", group="A")])
    assert not motor.moving
    RE.waiting_hook = lambda statuses: statuses and motor.arrive()
    RE.resume()

    assert motor.position == 4.0
    assert [call for call in motor.calls if call[0] == "prepare"] == [("prepare", 4, 1.0)] * 2


def test_awaitables_as_statuses(RE):
    """What a device returns to be awaited, from `set`, `trigger` or `prepare`, becomes a status: the reply."""

    class Late(Motor):
        async def set(self, value):
            await asyncio.sleep(0)
            return super().set(value)

    motor, replies = Late("m"), []

    def plan():
        status = yield Msg("set", motor, 3, group="A")
        replies.append((status.done, status.success, status.exception()))
        yield Msg("wait", group="A")
        replies.append((status.done, status.success, status.exception(0)))
        status.add_callback(replies.append)
        replies.append(status)

    RE(plan())
    assert motor.position == 3.0
    assert replies[:2] == [(False, False, None), (True, True, None)]
    assert replies[2] is replies[3]


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
    with pytest.raises(TimeoutError, match=r"not done within 0.001 s: sleep"):
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
