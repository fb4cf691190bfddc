"""Streams that are declared before their first event."""

import asyncio

import pytest

from reioc.engine import IllegalMessageSequence, Msg, RunBundler, RunEngineInterrupted

from .collecting_fakes import Asynchronous, Rows
from .documents import data_by_seq_num, named
from .fakes import Detector, Motor
from .helpers import in_a_run


def declare(*devices, name="primary", **kwargs):
    return Msg("declare_stream", None, *devices, name=name, **kwargs)


def event(*devices, name="primary"):
    return [Msg("create", name=name), *(Msg("read", device) for device in devices), Msg("save")]


def test_descriptor_comes_first(RE, documents):
    """The descriptor comes when the stream is declared, with the devices in the order of the message; once."""
    motor, det = Motor("m"), Detector("d")
    RE(in_a_run(declare(motor, det), Msg("trigger", det), *event(det, motor)))

    assert [name for name, _ in documents] == ["start", "descriptor", "event", "stop"]
    assert list(named(documents, "descriptor")[0]["data_keys"]) == ["m", "d"]


def test_stream_without_events(RE, documents):
    """A declared stream without events, or even without devices, counts none."""
    RE(in_a_run(declare(Motor("m")), declare(name="empty")))

    assert named(documents, "stop")[0]["num_events"] == {"primary": 0, "empty": 0}


def test_reply(RE, documents):
    """The plan gets the descriptor, a function that composes events of it, and the devices."""
    motor, replies = Motor("m"), []

    def plan():
        yield Msg("open_run")
        replies.append((yield declare(motor)))
        yield Msg("close_run")

    RE(plan())
    ((descriptor, compose, devices),) = replies

    assert descriptor == named(documents, "descriptor")[0]
    assert devices == [motor]
    composed = compose({"m": 1.0}, {"m": 2.0})
    assert (composed["descriptor"], composed["seq_num"], composed["data"]) == (descriptor["uid"], 1, {"m": 1.0})


def test_other_devices(RE):
    """An event of other devices than declared is refused, with both."""
    with pytest.raises(IllegalMessageSequence, match="'primary' is declared with m, but this event reads d"):
        RE(in_a_run(declare(Motor("m")), *event(Detector("d"))))


def test_described_once(RE):
    """A device is asked what it is when its stream is declared, not again when it is read."""
    asked = []

    class Asked(Motor):
        def describe(self):
            asked.append(1)
            return super().describe()

    motor = Asked("m")
    RE(in_a_run(declare(motor), *event(motor), *event(motor)))

    assert asked == [1]


def test_side_by_side(RE, documents):
    """Devices whose description takes time are asked at the same time."""
    everybody = asyncio.Event()
    asked = []

    class Slow(Motor):
        async def describe(self):
            asked.append(self)
            if len(asked) == 3:
                everybody.set()
            await everybody.wait()
            return super().describe()

    RE(in_a_run(declare(Slow("a"), Slow("b"), Slow("c"))))

    assert list(named(documents, "descriptor")[0]["data_keys"]) == ["a", "b", "c"]


def test_asynchronous_device(RE, documents):
    """A device whose methods are coroutines is declared and read like any other."""
    motor = Asynchronous(Motor("m"))
    RE(in_a_run(declare(motor), *event(motor)))

    assert data_by_seq_num(documents) == {1: {"m": 0.0}}


def test_not_declared_again_by_a_rewind(RE, documents):
    """A rewind does not take back a declaration: the descriptor comes once (in bluesky, once more)."""
    motor = Motor("m")
    with pytest.raises(RunEngineInterrupted):
        RE(in_a_run(declare(motor), *event(motor), Msg("pause")))
    RE.resume()

    assert len(named(documents, "descriptor")) == 1
    assert [doc["seq_num"] for doc in named(documents, "event")] == [1, 1]
    assert named(documents, "stop")[0]["num_events"] == {"primary": 1}


def test_where_all_must_be_declared(RE, documents):
    """A beamline may insist that streams are declared; what was not is refused with what to do."""
    RE.env.strict_pre_declare = True
    motor = Motor("m")
    RE(in_a_run(declare(motor), *event(motor)))
    with pytest.raises(IllegalMessageSequence, match=r"create 'other': .* use 'declare_stream' first"):
        RE(in_a_run(declare(motor), *event(motor, name="other")))

    assert len(named(documents, "event")) == 1


def test_environment_variable_is_for_plans(RE, documents, monkeypatch):
    """BLUESKY_PREDECLARE has bluesky's plans declare their streams; it makes the engine no stricter, nor bluesky's."""
    monkeypatch.setenv("BLUESKY_PREDECLARE", "1")
    motor = Motor("m")
    RE(in_a_run(*event(motor)))

    assert len(named(documents, "event")) == 1


def test_two_runs(RE, documents):
    """Two open runs may have streams of one name with different devices."""
    motor, other = Motor("m"), Motor("o")
    plan = [Msg("open_run", run=1), Msg("open_run", run=2)]
    plan += [declare(motor, run=1), declare(other, run=2)]
    RE([*plan, Msg("close_run", run=2), Msg("close_run", run=1)])

    assert [list(doc["data_keys"]) for doc in named(documents, "descriptor")] == [["m"], ["o"]]


# Configuration


def speed(documents):
    return [doc["configuration"]["flyer"]["data"]["flyer-speed"] for doc in named(documents, "descriptor")]


class Readable(Rows):
    """Can be read as well as collected."""

    def read(self):
        return {key: {"value": self.speed, "timestamp": 1.0} for key in self.keys()}

    def describe(self):
        return self.describe_collect()


@pytest.fixture(params=[lambda device: device, Asynchronous], ids=["synchronous", "asynchronous"])
def device(request):
    return request.param(Readable())


def test_configured(RE, documents, device):
    """A device that is configured: the streams it belongs to have new descriptors, whichever was used last."""
    motor = Motor("m")
    plan = [declare(device, name="first"), declare(device, motor, name="second"), declare(motor, name="third")]
    RE(in_a_run(*plan, Msg("configure", device, 2.5), *event(device, name="first")))

    assert [doc["name"] for doc in named(documents, "descriptor")] == ["first", "second", "third", "first", "second"]
    assert named(documents, "event")[0]["descriptor"] == named(documents, "descriptor")[3]["uid"]
    assert named(documents, "descriptor")[4]["configuration"]["flyer"]["data"] == {"flyer-speed": 2.5}


def test_configured_before_it_is_declared(RE, documents, device):
    """A device that is configured before a stream has it makes no descriptor; the first one has the configuration."""
    RE(in_a_run(Msg("configure", device, 2.5), *event(device)))

    assert speed(documents) == [2.5]


def test_configured_after_a_bundle_that_was_dropped(RE, documents, device):
    """What a device said of itself for an event that was dropped is not taken for its configuration later."""
    dropped = [Msg("create", name="primary"), Msg("read", device), Msg("drop")]
    RE(in_a_run(*dropped, Msg("configure", device, 2.5), *event(device)))

    assert speed(documents) == [2.5]


def test_configured_without_a_run(RE, device):
    """A device can be configured at any time; the reply is its old and its new configuration."""
    replies = []

    def plan():
        replies.append((yield Msg("configure", device, 2.5)))

    RE(plan())

    ((old, new),) = replies
    assert (old["flyer-speed"]["value"], new["flyer-speed"]["value"]) == (1.0, 2.5)


def test_configured_in_two_runs(RE, documents):
    """Each open run that has the device gets a new descriptor (in bluesky only the one of the message)."""
    device = Readable()
    plan = [Msg("open_run", run=1), Msg("open_run", run=2)]
    plan += [declare(device, run=1), declare(device, run=2), Msg("configure", device, 2.5, run=1)]
    RE([*plan, Msg("close_run", run=2), Msg("close_run", run=1)])

    assert speed(documents) == [1.0, 1.0, 2.5, 2.5]


def test_configured_in_a_bundle(RE):
    """Not between `create` and `save`: half an event would have the old configuration."""
    device = Readable()
    with pytest.raises(IllegalMessageSequence, match="'configure' of flyer between 'create' and 'save'"):
        RE(in_a_run(Msg("create", name="primary"), Msg("configure", device, 2.5)))


@pytest.mark.parametrize("answer", [None, 3, (1, 2, 3)])
def test_configure_that_answers_something_else(RE, answer):
    """`configure` returns the old and the new configuration; anything else fails the plan, with the device."""
    device = Readable()
    device.configure = lambda: answer

    with pytest.raises(TypeError, match=r"flyer.configure\(\) must return its old and its new configuration, not"):
        RE([Msg("configure", device)])


def test_events_before_a_configuration_are_not_taken_again(RE, documents):
    """What was read with the old configuration could not be read again: a pause comes back to behind `configure`."""
    device = Readable()
    plan = [*event(device), Msg("configure", device, 2.5), *event(device), Msg("pause")]
    with pytest.raises(RunEngineInterrupted):
        RE(in_a_run(*plan))
    RE.resume()

    assert [(doc["seq_num"], doc["data"]["flyer-a"]) for doc in named(documents, "event")] == [
        (1, 1),
        (2, 2.5),
        (2, 2.5),
    ]
    assert named(documents, "stop")[0]["num_events"] == {"primary": 2}


# The class that makes the documents


class Counting(RunBundler):
    """A run that notes its messages; some of its methods are coroutines, as bluesky's are."""

    noted = ()

    def open_run(self, msg):
        type(self).noted = ["open_run"]
        return super().open_run(msg)

    async def create(self, msg):
        await asyncio.sleep(0)
        self.noted.append(msg.kwargs["name"])
        super().create(msg)

    async def close_run(self, msg):
        await asyncio.sleep(0)
        self.noted.append("close_run")
        return super().close_run(msg)


def test_run_bundler_of_ones_own(RE, documents):
    """The class that makes the documents of a run can be replaced, also by one with coroutines."""
    RE.env.run_bundler = Counting
    motor = Motor("m")
    uids = RE(in_a_run(*event(motor)))

    assert Counting.noted == ["open_run", "primary", "close_run"]
    assert uids == (named(documents, "stop")[0]["run_start"],)
    assert len(named(documents, "event")) == 1


def test_run_bundler_of_ones_own_at_the_end(RE, documents):
    """Its runs are closed at the end of the plan like any other."""
    RE.env.run_bundler = Counting
    RE([Msg("open_run")])

    assert [name for name, _ in documents] == ["start", "stop"]
