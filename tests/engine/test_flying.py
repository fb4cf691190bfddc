"""Flyers: kicked off, collected, and not forgotten."""

import asyncio

import pytest

from reioc.engine import DocumentInvalid, IllegalMessageSequence, Msg, Outcome, RunEngineInterrupted, UnsupportedDevice
from reioc.engine.runs.collectable import keys_by_stream, keys_of_stream

from .collecting_fakes import Asynchronous, Collected, Frames, Nested, Pages, Rows, number
from .documents import named
from .fakes import Motor, Status
from .flying_fakes import DeclaredFlyer, Flyer
from .helpers import in_a_run, run


def declared(*devices, name="main", collect=True):
    return Msg("declare_stream", None, *devices, name=name, collect=collect)


def pages(documents):
    """The data of the event pages."""
    return [doc["data"] for doc in named(documents, "event_page")]


# What `describe_collect` says


def test_one_stream_or_several():
    """Data keys are those of the stream that was declared, or they are by stream."""
    flat, nested = {"x": number()}, {"main": {"x": number()}}
    flyer = Collected()

    assert keys_of_stream(flyer, flat, "main") == keys_of_stream(flyer, nested, "main") == flat
    assert keys_by_stream(flyer, nested) == nested
    assert keys_by_stream(flyer, {"main": {}}) == {"main": {}}
    assert keys_by_stream(flyer, {}) == {}


@pytest.mark.parametrize("answer", [None, ["x"], {"x": 3}, {"main": {"x": {"dtype": "number"}}}, {"x": {"shape": []}}])
def test_no_data_keys(answer):
    """What is neither is refused, and the error shows it and names the flyer."""
    for ask in (lambda: keys_by_stream(Collected(), answer), lambda: keys_of_stream(Collected(), answer, "main")):
        with pytest.raises(
            TypeError, match=r"flyer.describe_collect\(\) must return a dict of data keys, or a dict of"
        ):
            ask()


@pytest.mark.parametrize("answer", [{}, {"other": {"x": number()}}, {"main": {"x": number()}, "b": {"y": number()}}])
def test_other_streams_than_declared(answer):
    """A stream cannot be declared for a flyer that describes another one, several, or none."""
    with pytest.raises(
        IllegalMessageSequence, match=r"'declare_stream' of 'main'.*flyer.describe_collect\(\) must desc"
    ):
        keys_of_stream(Collected(), answer, "main")


def test_key_in_two_streams():
    """The events of a flyer are told apart by their keys; the same key in two streams is refused."""
    with pytest.raises(IllegalMessageSequence, match="the key 'x' is in the streams 'a' and 'b'"):
        keys_by_stream(Collected(), {"a": {"x": number()}, "b": {"x": number()}})


# Refused


@pytest.mark.parametrize("command", ["kickoff", "collect"])
def test_without_a_run(RE, command):
    """Neither has a meaning without an open run; nothing is sent off."""
    flyer = Flyer("flyer")
    with pytest.raises(IllegalMessageSequence, match=f"'{command}' needs an open run, and none is open"):
        RE([Msg(command, flyer)])

    assert flyer.calls == []


def test_complete_needs_no_run(RE):
    """A flyer may be told to finish behind the end of its run."""
    flyer = Flyer("flyer")
    RE([Msg("open_run"), Msg("kickoff", flyer, group="a"), Msg("close_run"), Msg("complete", flyer, group="a")])

    assert not flyer.flying


@pytest.mark.parametrize(
    ("messages", "error", "text"),
    [
        ([Msg("kickoff", Motor("m"))], UnsupportedDevice, r"'kickoff' needs a device with the method kickoff\(\); m"),
        ([Msg("collect", Motor("m"))], UnsupportedDevice, r"m cannot be collected: it has no describe_collect\(\)"),
        ([Msg("collect", Rows("f"), stream=True)], ValueError, "stream=True .event by event. is not supported"),
        ([Msg("collect", Rows("f"))], IllegalMessageSequence, "f: its describe_collect.. names no stream; declare one"),
        ([Msg("collect", Rows("f"), name="x")], IllegalMessageSequence, "'collect' of f into 'x'.* Declared are: none"),
        (
            [Msg("collect", Frames("f"), Frames("g"))],
            IllegalMessageSequence,
            "'collect' of f, g: a stream must be declared for all of them together",
        ),
        (
            [Msg("collect", Frames("f"), Rows("g"))],
            UnsupportedDevice,
            r"g cannot be collected together with others: it",
        ),
        ([Msg("declare_stream", None, Rows("f"), collect=True)], ValueError, "'declare_stream' needs the name"),
        ([Msg("declare_stream", Rows("f"), name="x")], ValueError, "'declare_stream' takes its devices as arguments"),
        ([declared(Motor("m"))], UnsupportedDevice, r"m cannot be collected: it has no describe_collect\(\)"),
        (
            [declared(Rows("f"), collect=False)],
            UnsupportedDevice,
            r"f cannot be read into an event: it has no describe",
        ),
    ],
)
def test_refused(RE, messages, error, text):
    """What makes no sense fails the plan with what is wrong, and names the message, the device and the rule."""
    with pytest.raises(error, match=text):
        RE(in_a_run(*messages))


def test_two_streams_declared(RE):
    """Where two streams are declared for a flyer, `collect` must say into which."""
    flyer = Rows("f")
    with pytest.raises(IllegalMessageSequence, match=r"'collect' of f needs name=….*: a, b"):
        RE(in_a_run(declared(flyer, name="a"), declared(flyer, name="b"), Msg("collect", flyer)))


def test_one_way_flyer(RE):
    """What can be kicked off but not completed is not kicked off."""

    class OneWay:
        name, kicked_off = "one-way", False

        def kickoff(self):
            self.kicked_off = True

    flyer = OneWay()
    with pytest.raises(UnsupportedDevice, match=r"'kickoff' needs a device with the method complete\(\); one-way"):
        RE(in_a_run(Msg("kickoff", flyer)))
    assert not flyer.kicked_off


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ([3], r"flyer.collect\(\) must yield dicts with data and timestamps, not 3"),
        ([{"data": {"x": 1}}], r"flyer.collect\(\) must yield dicts with data and timestamps, not {'data'"),
        ([{"data": {"x": 1}, "timestamps": 7}], r"flyer.collect\(\) must yield dicts with data and timestamps"),
        ([{"data": {"z": 1}, "timestamps": {"z": 1}}], r"yields the keys \['z'\], which none of its streams has"),
        ([{"data": {"x": 1, "y": 1}, "timestamps": {"x": 1}}], r"flyer.collect\(\): stream 'flyer-one': .*timestamps"),
        (
            [{"data": {"x": 1, "y": 1}, "timestamps": {"x": 1, "y": 1}}, {"data": {"x": 1, "y": 1}, "timestamps": {}}],
            r"flyer.collect\(\) yields {.*}: its timestamps has not the keys \['x', 'y'\]",
        ),
        (7, r"flyer.collect\(\) must return an iterator, not 7"),
    ],
)
def test_events_that_are_none(RE, given, text):
    """What a flyer gives is refused if it is no event of its streams."""
    flyer = Nested()
    flyer.collect = lambda: given

    with pytest.raises((DocumentInvalid, TypeError), match=text):
        RE(in_a_run(Msg("collect", flyer)))


def test_pages_that_are_none(RE):
    """The columns of a page must be of one length; the error names the flyer and the stream."""
    flyer = Pages()
    columns = {"flyer-a": [1.0], "flyer-b": [1.0, 2.0]}
    flyer.collect_pages = lambda: [{"data": columns, "timestamps": columns}]

    with pytest.raises(DocumentInvalid, match=r"flyer.collect_pages\(\): stream 'main': .* of one length"):
        RE(in_a_run(declared(flyer), Msg("collect", flyer)))


def test_data_of_an_external_stream_in_a_page(RE):
    """A page has no data for a key whose data are an external stream."""
    flyer = Pages()
    flyer.describe_collect = lambda: {"flyer-a": number(), "flyer-b": {**number(), "external": "STREAM:"}}

    with pytest.raises(DocumentInvalid, match=r"the collected events have the keys \['flyer-a', 'flyer-b'\]"):
        RE(in_a_run(declared(flyer), Msg("collect", flyer)))


# What becomes of the data


def test_filled_is_passed_on(RE, documents):
    """What a page says of external data goes into the document, also if it comes as a page (bluesky drops it)."""
    flyer = Pages()
    names = flyer.keys()
    page = {
        "data": {name: ["x/1"] for name in names},
        "timestamps": {name: [1.0] for name in names},
        "filled": {name: [False] for name in names},
    }
    flyer.describe_collect = lambda: {name: {**number(), "external": "OLD:"} for name in names}
    flyer.collect_pages = lambda: [page]
    RE(in_a_run(declared(flyer), Msg("collect", flyer)))

    assert named(documents, "event_page")[0]["filled"] == {"flyer-a": [False], "flyer-b": [False]}


def test_one_stream_that_the_flyer_names_itself(RE, documents):
    """A flyer that names one stream may have that declared in advance (in bluesky that is an invalid descriptor)."""
    flyer = Flyer("flyer")
    RE(in_a_run(declared(flyer, name="flyer"), Msg("kickoff", flyer), Msg("complete", flyer), Msg("collect", flyer)))

    assert pages(documents) == [{"flyer": [0.0, 1.0, 2.0]}]
    assert len(named(documents, "descriptor")) == 1


@pytest.mark.parametrize("edition", [lambda device: device, Asynchronous], ids=["synchronous", "asynchronous"])
def test_flyer_that_fails_on_the_way(RE, documents, edition):
    """What a flyer gave before it failed is not lost (bluesky drops it); the plan gets the flyer's own error."""
    flyer = Rows(points=3)
    give = flyer.collect

    def collect():
        events = give()
        yield next(events)
        yield next(events)
        raise OSError("buffer overrun")

    flyer.collect = collect
    device = edition(flyer)
    with pytest.raises(OSError, match="buffer overrun"):
        RE([Msg("open_run"), declared(device), Msg("collect", device), Msg("close_run")])

    assert pages(documents) == [{"flyer-a": [10, 11], "flyer-b": [10, 11]}]
    assert named(documents, "stop")[0]["num_events"] == {"main": 2}


def test_collected_by_two_runs(RE, documents):
    """Two open runs fly with a flyer each; each has its own events."""
    first, second = Flyer("first"), Flyer("second")
    plan = [Msg("open_run", run=1), Msg("open_run", run=2)]
    for command in ("kickoff", "complete", "collect"):
        plan += [Msg(command, first, run=1), Msg(command, second, run=2)]
    RE([*plan, Msg("close_run", run=2), Msg("close_run", run=1)])

    assert [doc["num_events"] for doc in named(documents, "stop")] == [{"second": 3}, {"first": 3}]


# Interrupted


def paused_at(RE, plan, command, times=1):
    """Run a plan that is paused just before its message with this command, and resume it."""
    left = [times]

    def pause(msg):
        if msg.command == command and left[0]:
            left[0] -= 1
            RE.request_pause()

    RE.msg_hook = pause
    with pytest.raises(RunEngineInterrupted):
        RE(plan)
    RE.resume()


@pytest.mark.parametrize("command", ["kickoff", "complete", "wait", "collect", "null"])
@pytest.mark.parametrize("kind", [Flyer, DeclaredFlyer])
def test_flight_is_not_repeated(RE, documents, kind, command):
    """A flight goes on while the plan is paused, and is told of once (bluesky kicks it off again, in flight)."""
    flyer = kind("flyer")
    messages = [declared(flyer, name="flyer")] if kind is DeclaredFlyer else []
    messages += [Msg("checkpoint"), Msg("kickoff", flyer, group="a"), Msg("complete", flyer, group="a")]
    paused_at(RE, in_a_run(*messages, Msg("wait", group="a"), Msg("collect", flyer), Msg("null")), command)

    assert pages(documents) == [{"flyer": [0.0, 1.0, 2.0]}]
    assert flyer.flights == 1
    assert named(documents, "stop")[0]["num_events"] == {"flyer": 3}


class FlyingMotor(Motor):
    """A motor that is flown: it moves on its own axis, and what it passed is collected."""

    def __init__(self):
        super().__init__("motor")
        self.passed = []

    def prepare(self, start):
        self.passed = []
        return self.set(start)

    def kickoff(self):
        return Status()

    def complete(self):
        self.passed = [self.position + step for step in range(3)]
        return Status()

    def describe_collect(self):
        return {"flown": {"motor": number()}}

    def collect(self):
        passed, self.passed = self.passed, []
        for position in passed:
            yield {"data": {"motor": position}, "timestamps": {"motor": 1.0}}


def test_flight_of_what_was_stopped_is_repeated(RE, documents):
    """A motor that the plan has sent to its start is stopped by a pause: its flight, and its data, are repeated."""
    motor = FlyingMotor()
    plan = [
        Msg("prepare", motor, 5, group="a"),
        Msg("kickoff", motor, group="a"),
        Msg("complete", motor, group="a"),
        Msg("collect", motor),
    ]
    paused_at(RE, in_a_run(Msg("checkpoint"), *plan, Msg("null")), "null")

    assert motor.calls.count(("set", 5.0)) == 2
    assert [doc["seq_num"] for doc in named(documents, "event_page")] == [[1, 2, 3], [1, 2, 3]]
    assert named(documents, "stop")[0]["num_events"] == {"flown": 3}


class Hanging(Rows):
    """Gives its second event when it is told to."""

    def __init__(self):
        super().__init__()
        self.go_on = None
        self.given = 0

    async def collect(self):
        for value in range(self.given, 3):
            if value == 1 and self.go_on is None:
                self.go_on = asyncio.Event()
                await self.go_on.wait()
            self.given += 1
            yield {"data": dict.fromkeys(self.keys(), value), "timestamps": dict.fromkeys(self.keys(), 1.0)}


def test_collection_that_is_cut_short(RE, documents, watch):
    """A pause in the middle of an asynchronous collection loses nothing and repeats nothing."""
    flyer = Hanging()

    def interrupt(msg):
        if msg.command == "collect":
            RE.loop.call_later(0, RE.request_pause)

    RE.msg_hook = interrupt
    future = RE.submit([Msg("open_run"), declared(flyer), Msg("collect", flyer), Msg("close_run")])
    watch.until("paused")
    RE.msg_hook = None
    RE.resume()

    assert future.result(timeout=20).outcome is Outcome.SUCCESS
    assert [doc["seq_num"] for doc in named(documents, "event_page")] == [[1], [2, 3]]
    assert [value for data in pages(documents) for value in data["flyer-a"]] == [0, 1, 2]


# Left behind


@pytest.mark.parametrize("ending", ["end", "fail", "stop", "halt"])
def test_left_behind(RE, documents, ending):
    """What was kicked off and not collected is stopped, and collected, before its run is closed, whatever the end."""
    flyer = Flyer("flyer", 4, slow=True)

    def plan():
        yield Msg("open_run")
        yield Msg("kickoff", flyer, group="a")
        if ending == "fail":
            raise ValueError("no more")
        if ending != "end":
            getattr(RE, f"request_{ending}")("enough")
            yield Msg("sleep", None, 60)

    result = run(RE, plan())

    assert result.problems == ()
    assert (flyer.flying, pages(documents)) == (False, [{"flyer": [0.0, 1.0]}])
    assert [name for name, _ in documents][:4] == ["start", "descriptor", "event_page", "stop"]


def test_left_behind_together(RE, documents):
    """What was declared together is collected together."""
    first, second = Frames("first"), Frames("second")

    def plan():
        yield Msg("open_run")
        yield declared(first, second)
        for device in (first, second):
            yield Msg("kickoff", device, group="a")
            device.fly(2)

    result = run(RE, plan())

    assert result.problems == ()
    assert named(documents, "stop")[0]["num_events"] == {"main": 2}


def test_left_behind_and_broken(RE, documents):
    """A flyer that cannot be collected is reported, and does not keep the others from being collected."""
    broken, good = Nested("broken"), Nested("good")

    def collect():
        raise OSError("no connection")
        yield

    broken.collect = collect
    result = run(RE, [Msg("open_run"), Msg("kickoff", broken), Msg("kickoff", good)])

    assert result.outcome is Outcome.SUCCESS
    assert result.problems == ("could not collect broken: OSError: no connection",)
    assert named(documents, "stop")[0]["num_events"] == {"broken-one": 0, "broken-two": 0, "good-one": 2, "good-two": 2}


def test_left_behind_with_nothing_to_collect(RE):
    """A motor that was flown has nothing to collect; nobody is told that it cannot be."""

    class Axis(Motor):
        def kickoff(self):
            return Status()

        complete = kickoff

    assert run(RE, [Msg("open_run"), Msg("kickoff", Axis())]).problems == ()


def test_left_behind_and_hanging(RE):
    """A flyer that never answers is given up, and named; the run is closed all the same."""
    RE.env.cleanup_timeout = 0.05
    flyer = Hanging()
    result = RE.submit([Msg("open_run"), declared(flyer), Msg("kickoff", flyer)]).result(timeout=20)

    assert [problem for problem in result.problems if "collecting what flew" in problem]
    assert result.outcome is Outcome.SUCCESS
