"""External data: the documents that devices make themselves, packed for a run."""

import asyncio
from inspect import isawaitable

import pytest

from reioc.engine import DocumentInvalid, IllegalMessageSequence, Msg, RunBundler
from reioc.engine.runs.assets import Assets
from reioc.engine.runs.descriptions import described_as
from reioc.engine.runs.stream import Stream

from .collecting_fakes import Asynchronous, Frames, number, stream_datum, stream_resource
from .documents import named
from .flying_fakes import FileDetector, StreamDetector

EXTERNAL = {**number(), "external": "STREAM:"}


class Teller:
    """Tells what the test wants it to."""

    name, parent = "teller", None

    def __init__(self, *told):
        self.told = list(told)

    def collect_asset_docs(self):
        told, self.told = self.told, []
        return told


def stream_of(device, **keys):
    """A stream of a run that this device belongs to, with these data keys."""
    stream = Stream("run uid", "primary")
    stream.descriptions[device] = asyncio.run(described_as(device, keys or {"a": EXTERNAL}))
    stream.declare([device])
    return stream


def packed(*told, stream=None, **how):
    """What becomes of these documents of a device."""
    device = Teller(*told)
    assets = Assets("run uid")
    stream = stream or stream_of(device)
    assert assets.gather(device) is None
    return assets.pack([device], stream, **how)


RESOURCE = ("stream_resource", stream_resource("file", "a"))
OTHER = ("stream_resource", stream_resource("other", "b"))


def datum(start=0, stop=1, **changes):
    return ("stream_datum", stream_datum("file", start, stop, **changes))


def test_uids_and_numbers_are_filled_in():
    """A stream_resource gets the run, a stream_datum the descriptor and the numbers of its events."""
    device = Teller()
    stream = stream_of(device)
    stream.seq_num = 5
    documents, how_many = packed(RESOURCE, datum(10, 13), stream=stream)

    assert documents[0][1]["run_start"] == "run uid"
    assert documents[1][1]["descriptor"] == stream.descriptor_uid
    assert documents[1][1]["seq_nums"] == {"start": 5, "stop": 8}
    assert how_many == 3


def test_the_devices_documents_are_left_alone():
    """What a device hands over is its own: it is not written into."""
    resource = ("resource", {"uid": "x", "spec": "S", "root": "/", "resource_path": "x", "resource_kwargs": {}})
    told = [resource, RESOURCE, datum()]
    before = repr(told)
    packed(*told)

    assert repr(told) == before


def test_several_pieces_for_a_key():
    """Pieces that follow each other have numbers that do."""
    documents, how_many = packed(RESOURCE, datum(0, 2), datum(2, 5))

    assert [doc["seq_nums"] for name, doc in documents if name == "stream_datum"] == [
        {"start": 1, "stop": 3},
        {"start": 3, "stop": 6},
    ]
    assert how_many == 5


OLDER = {"uid": "file", "data_key": "a", "spec": "S", "root": "/", "resource_path": "x", "resource_kwargs": {}}


def test_older_form_of_a_stream_resource():
    """A stream_resource in the form that it had before event-model 1.21 is taken as well, and checked."""
    ((name, doc),), _ = packed(("stream_resource", OLDER))

    assert (name, doc) == ("stream_resource", {**OLDER, "run_start": "run uid"})


@pytest.mark.parametrize(
    ("told", "text"),
    [
        ([("stream_resource", {**OLDER, "root": 3})], "refused by event-model's schema: root: 3"),
        ([("event", {})], "a device makes only resource, datum, datum_page, stream_resource and stream_datum"),
        ([RESOURCE, RESOURCE], "this stream_resource has come before: each comes once in a run"),
        ([("stream_resource", stream_resource("file", "b"))], "its data_key must be one .* 'STREAM:': a"),
        ([datum()], "its stream_resource has not come"),
        ([RESOURCE, datum(descriptor="mine")], "its descriptor must be an empty string"),
        ([RESOURCE, datum(seq_nums={"start": 1, "stop": 2})], "its seq_nums must be {'start': 0, 'stop': 0}"),
        ([RESOURCE, datum(3, 1)], "its indices end before they start"),
        ([RESOURCE, ("stream_datum", {"uid": "x"})], "stream_datum {'uid': 'x'}: it has no 'descriptor'"),
        ([("stream_resource", {"uid": "file", "data_key": "a"})], "refused by event-model's schema: .*'mimetype'"),
        ([("resource", {"uid": "file"})], "refused by event-model's schema"),
        ([("datum", {"resource": "file"})], "refused by event-model's schema: .*'datum_id'"),
        ([("resource", 7)], "resource 7: .*int"),
    ],
)
def test_refused(told, text):
    """What is not as it should be is refused; the error names the device, the document, and the rule."""
    with pytest.raises(DocumentInvalid, match=rf"teller.collect_asset_docs\(\): .*{text}"):
        packed(*told)


def test_stream_that_was_not_declared():
    """A stream_datum needs a stream with a descriptor."""
    with pytest.raises(DocumentInvalid, match="stream that was not declared: use declare_stream first"):
        packed(datum(), stream=Stream("run uid", "primary"))


@pytest.mark.parametrize(
    ("told", "text"),
    [
        ([RESOURCE, datum(0, 2)], "a, b got {'a': 2}"),
        ([RESOURCE, OTHER, datum(0, 2)], "a, b got {'a': 2}"),
        ([RESOURCE, OTHER, datum(0, 2), ("stream_datum", stream_datum("other", 0, 3))], "a, b got {'a': 2, 'b': 3}"),
    ],
)
def test_keys_out_of_step(told, text):
    """Every external key of a stream has data for as many events as the others."""
    device = Teller()
    with pytest.raises(DocumentInvalid, match=f"every external key must get stream_datum with as many indices.*{text}"):
        packed(*told, stream=stream_of(device, a=EXTERNAL, b=EXTERNAL))


def test_one_event_has_one_index():
    """A device that is read gives one frame per event."""
    with pytest.raises(DocumentInvalid, match="one event got stream_datum for 2"):
        packed(RESOURCE, datum(0, 2), one=True)


def test_items_that_are_no_documents():
    """What `collect_asset_docs` must return is said."""
    device = Teller()
    device.collect_asset_docs = lambda: 7

    with pytest.raises(TypeError, match=r"teller.collect_asset_docs\(\) must return an iterator, not 7"):
        Assets("run uid").gather(device)


# In a run


@pytest.fixture
def emitted():
    return []


@pytest.fixture
def bundler(emitted):
    run = RunBundler({}, lambda name, doc: emitted.append((name, doc)))
    run.open_run(Msg("open_run"))
    return run


def do(bundler, *commands):
    """Messages, as an engine would execute them."""

    async def main():
        for command, *device in commands:
            msg = Msg(command, *device) if command != "create" else Msg("create", name="primary")
            if command == "trigger":
                device[0].trigger()
            elif command == "rewind":
                bundler.rewind()
            elif command == "checkpoint":
                bundler.reset_checkpoint_state()
            else:
                reading = device[0].read() if command == "read" else None
                reading = await reading if isawaitable(reading) else reading
                reply = getattr(bundler, command)(*([msg] if command != "read" else [msg, reading]))
                if isawaitable(reply):
                    await reply

    asyncio.run(main())


def event_of(device):
    return [("create",), ("trigger", device), ("read", device), ("save",)]


def names(emitted):
    return [name for name, _ in emitted][1:]


def test_before_the_event(bundler, emitted):
    """External data come behind the descriptor and before the event that refers to them."""
    camera = FileDetector("camera")
    camera.stage()
    do(bundler, *event_of(camera), *event_of(camera))

    assert names(emitted) == ["descriptor", "resource", "datum", "event", "datum", "event"]
    assert named(emitted, "event")[0]["filled"] == {"camera": False}


@pytest.mark.parametrize("undo", [[("drop",)], [("rewind",)]], ids=["dropped", "rewound"])
@pytest.mark.parametrize("kind", [FileDetector, StreamDetector])
def test_reading_that_is_taken_again(bundler, emitted, kind, undo):
    """A reading that came to nothing takes its data along, but not the resource, which is told of once."""
    device = kind("camera")
    device.stage()
    do(bundler, ("create",), ("trigger", device), ("read", device), *undo, *event_of(device), ("close_run",))

    resource, told = ("resource", "datum") if kind is FileDetector else ("stream_resource", "stream_datum")
    assert names(emitted) == ["descriptor", resource, told, "event", "stop"]
    if kind is FileDetector:
        assert named(emitted, "datum")[0]["datum_id"] == named(emitted, "event")[0]["data"]["camera"]
    else:
        assert named(emitted, "stream_datum")[0]["indices"] == {"start": 1, "stop": 2}


@pytest.mark.parametrize("edition", [lambda device: device, Asynchronous], ids=["synchronous", "asynchronous"])
def test_detector_that_was_triggered_again(bundler, emitted, edition):
    """Of two frames of which the first one's reading never came, since the plan was rewound, the second counts."""
    frames = Frames()
    device = edition(frames)
    do(bundler, *event_of(device), ("checkpoint",), ("trigger", frames), ("rewind",), *event_of(device))

    assert [doc["indices"] for doc in named(emitted, "stream_datum")[::2]] == [
        {"start": 0, "stop": 1},
        {"start": 2, "stop": 3},
    ]
    assert [doc["seq_nums"]["start"] for doc in named(emitted, "stream_datum")[::2]] == [1, 2]


def test_detector_that_is_triggered_twice(bundler):
    """Two frames for one event, with nothing rewound, are a mistake of the plan."""
    device = Frames()

    with pytest.raises(DocumentInvalid, match="one event got stream_datum for 2"):
        do(bundler, ("trigger", device), *event_of(device))


def test_open_bundle_that_is_come_back_to(bundler, emitted):
    """Where a rewind comes back to an open bundle, the data of the readings in it are kept."""
    first, second = FileDetector("first"), FileDetector("second")
    for camera in (first, second):
        camera.stage()
    do(
        bundler,
        *[("create",), ("trigger", first), ("read", first), ("checkpoint",)],
        *[("trigger", second), ("read", second), ("rewind",), ("trigger", second), ("read", second), ("save",)],
    )

    (event,) = named(emitted, "event")
    assert {doc["datum_id"] for doc in named(emitted, "datum")} == set(event["data"].values())
    assert len(named(emitted, "resource")) == 2


def test_read_without_a_bundle(bundler, emitted):
    """A device that is read outside of a bundle keeps its documents for later."""
    camera = FileDetector("camera")
    camera.stage()
    do(bundler, ("trigger", camera), ("read", camera), *event_of(camera))

    assert len(named(emitted, "datum")) == 2


def test_other_devices_in_the_event_than_declared(bundler, emitted):
    """Where the event is refused, its external data are not emitted either."""
    camera, other = FileDetector("camera"), FileDetector("other")
    camera.stage()
    do(bundler, *event_of(camera))
    before = list(emitted)

    with pytest.raises(IllegalMessageSequence, match="'primary' is declared with camera"):
        do(bundler, *event_of(other))
    assert emitted == before
