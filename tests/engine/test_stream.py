"""Streams: descriptions, descriptors, sequence numbers."""

import asyncio

import pytest

from reioc.engine import DocumentInvalid, IllegalMessageSequence, UnsupportedDevice
from reioc.engine.runs.descriptions import describe
from reioc.engine.runs.stream import Stream

from .fakes import Detector, Motor


class Configured(Motor):
    """Has configuration, as coroutines."""

    async def describe(self):
        return super().describe()

    async def read_configuration(self):
        return {"velocity": {"value": 2.0, "timestamp": 3.0}}

    async def describe_configuration(self):
        return {"velocity": {"dtype": "number", "shape": [], "source": "fake:velocity"}}


def declared(*devices):
    stream = Stream("run", "primary")
    for device in devices:
        stream.descriptions[device] = asyncio.run(describe(device))
    return stream, stream.declare(devices)


def test_descriptor():
    """The descriptor has the keys with their device, the configuration, and the hints of each."""
    motor, det = Configured("m"), Detector("d", Motor())
    _, doc = declared(det, motor)

    assert {key: data_key["object_name"] for key, data_key in doc["data_keys"].items()} == {"d": "d", "m": "m"}
    assert doc["configuration"]["m"] == {
        "data": {"velocity": 2.0},
        "timestamps": {"velocity": 3.0},
        "data_keys": {"velocity": {"dtype": "number", "shape": [], "source": "fake:velocity"}},
    }
    assert doc["hints"] == {"m": {"fields": ["m"]}, "d": {"fields": ["d"]}}
    assert doc["object_keys"] == {"m": ["m"], "d": ["d"]}
    assert (doc["name"], doc["run_start"]) == ("primary", "run")


def test_device_without_hints_or_configuration():
    """Neither is required of a device."""

    class Plain:
        name, parent = "plain", None

        def describe(self):
            return {"plain": {"dtype": "integer", "shape": [], "source": ""}}

    _, doc = declared(Plain())

    assert doc["hints"] == {}
    assert doc["configuration"] == {"plain": {"data": {}, "timestamps": {}, "data_keys": {}}}


def test_describing_leaves_the_devices_answer_alone():
    """What a device returns from `describe` is not written into."""

    answer = {"same": {"dtype": "number", "shape": [], "source": ""}}

    class Same(Motor):
        def describe(self):
            return answer

    declared(Same("same"))

    assert answer == {"same": {"dtype": "number", "shape": [], "source": ""}}


def test_sequence_numbers():
    """Events are numbered from 1; a rewind goes back to the mark."""
    det = Detector("d")
    stream, _ = declared(det)

    def take():
        return stream.event({det: {"d": {"value": 1.0, "timestamp": 2.0}}})["seq_num"]

    assert [take(), take()] == [1, 2]
    stream.mark()
    assert [take(), take()] == [3, 4]
    stream.rewind()
    assert [take(), stream.seq_num] == [3, 4]


def test_other_devices_than_declared():
    """An event with other devices is refused, and names both."""
    det, motor = Detector("d"), Motor("m")
    stream, _ = declared(det)

    with pytest.raises(IllegalMessageSequence, match="'primary' is declared with d, but this event reads d, m"):
        stream.event({det: {}, motor: {}})


def test_other_keys_than_declared():
    """A reading with other keys than described is refused, and names both; the number is not used up."""
    det = Detector("d")
    stream, _ = declared(det)

    with pytest.raises(DocumentInvalid, match=r"'primary': the readings have the keys \['e'\], the descriptor \['d'\]"):
        stream.event({det: {"e": {"value": 1.0, "timestamp": 2.0}}})
    assert stream.seq_num == 1


class Camera(Detector):
    """Has its data elsewhere: an image for each event, and a stream of frames."""

    def describe(self):
        external = {"dtype": "array", "shape": [2], "source": ""}
        return {"image": {**external, "external": "FILESTORE:"}, "frames": {**external, "external": "STREAM:"}}


def test_external_keys_are_not_filled():
    """Data that are kept elsewhere are marked as not filled; those of external streams are no event's data."""
    camera = Camera("camera")
    stream, doc = declared(camera)
    event = stream.event({camera: {"image": {"value": "datum/1", "timestamp": 1.0}}})

    assert set(doc["data_keys"]) == {"image", "frames"}
    assert (stream.stream_keys, stream.event_keys) == ({"frames"}, {"image"})
    assert event["filled"] == {"image": False}


def test_external_stream_in_a_reading():
    """A reading may have the key of an external stream beside the others, as event-model allows."""
    camera = Camera("camera")
    stream, _ = declared(camera)
    reading = {"value": "datum/1", "timestamp": 1.0}

    assert set(stream.event({camera: {"image": reading, "frames": reading}})["data"]) == {"image", "frames"}


@pytest.mark.parametrize(
    ("reading", "what"),
    [
        ({"d": {"timestamp": 2.0}}, "the reading of d for 'd' is {'timestamp': 2.0}"),
        ({"d": {"value": 2.0}}, "the reading of d for 'd' is {'value': 2.0}"),
        ({"d": 3.5}, "the reading of d for 'd' is 3.5"),
        (None, "the reading of d is None"),
    ],
)
def test_reading_that_is_none(reading, what):
    """A reading without value or timestamp is refused, and names device, key and what it should be."""
    det = Detector("d")
    stream, _ = declared(det)

    with pytest.raises(DocumentInvalid, match=f"{what}: it must be a dict with a value and a timestamp"):
        stream.event({det: reading})
    assert stream.seq_num == 1


def test_declared_again():
    """A stream may have another descriptor, of the same keys: its events go on being numbered."""
    det = Detector("d")
    stream, first = declared(det)
    stream.event({det: det.read()})
    second = stream.declare([det])
    event = stream.event({det: det.read()})

    assert first["uid"] != second["uid"] == event["descriptor"]
    assert event["seq_num"] == 2


def test_declared_again_with_other_keys():
    """All descriptors of a stream have the same keys; the refusal names both."""
    stream, _ = declared(Detector("d"))
    motor = Motor("m")
    stream.descriptions[motor] = asyncio.run(describe(motor))

    with pytest.raises(IllegalMessageSequence, match=r"'primary' has the keys \['d'\].* with \['m'\]: other keys need"):
        stream.declare([motor])


def test_declared_for_two_with_the_same_key():
    """Two devices with a common key cannot be declared for one stream."""
    with pytest.raises(ValueError, match=r"m and m are read into one event and both have \['m'\]"):
        declared(Motor("m"), Motor("m"))


def test_page():
    """A page has as many numbers as its columns are long, and comes after what was before."""
    det = Detector("d")
    stream, _ = declared(det)
    stream.event({det: {"d": {"value": 1.0, "timestamp": 2.0}}})
    page = stream.page({"d": [1.0, 2.0]}, {"d": [3.0, 4.0]})

    assert page["seq_num"] == [2, 3]
    assert len(set(page["uid"])) == len(page["time"]) == 2
    assert (page["descriptor"], page["filled"]) == (stream.descriptor_uid, {})
    assert stream.seq_num == 4


@pytest.mark.parametrize(
    ("data", "timestamps", "text"),
    [
        ({"d": [1.0]}, {"d": [1.0, 2.0]}, "of one length, not {'d': 1, 'timestamps of d': 2}"),
        ({"d": 1.0}, {"d": [1.0]}, "of one length, not {'d': None, 'timestamps of d': 1}"),
        ({"e": [1.0]}, {"e": [1.0]}, r"the collected events have the keys \['e'\], the descriptor \['d'\]"),
        ({"d": [1.0]}, {}, r"the collected events have the timestamps \[\], the descriptor \['d'\]"),
    ],
)
def test_page_that_is_none(data, timestamps, text):
    """Columns of other keys, or not of one length, are refused; no number is used up."""
    stream, _ = declared(Detector("d"))

    with pytest.raises(DocumentInvalid, match=f"stream 'primary': .*{text}"):
        stream.page(data, timestamps)
    assert stream.seq_num == 1


def test_what_is_never_taken_again():
    """The events of a monitor are not taken again after a rewind: their numbers go on."""
    det = Detector("d")
    stream, _ = declared(det)
    stream.is_rewound = False
    stream.event({det: det.read()})
    stream.rewind()

    assert stream.seq_num == 2


def test_device_that_cannot_be_described():
    """What has no `describe()` cannot be read into an event; the refusal names it."""

    class Mute:
        name = "mute"

    with pytest.raises(UnsupportedDevice, match=r"mute cannot be read into an event: it has no describe\(\)"):
        asyncio.run(describe(Mute()))


@pytest.mark.parametrize(
    ("method", "answer", "text"),
    [
        ("describe", ["d"], r"d.describe\(\) must return a dict of data keys, not \['d'\]"),
        ("read_configuration", {"x": 3.5}, r"d.read_configuration\(\) must return a dict of readings.* not {'x': 3.5}"),
        ("read_configuration", 7, r"d.read_configuration\(\) must return a dict of readings.* not 7"),
    ],
)
def test_description_that_is_none(method, answer, text):
    """What a device says of itself is refused if it is no description, with the device, the method and the answer."""
    det = Detector("d")
    setattr(det, method, lambda: answer)

    with pytest.raises(TypeError, match=text):
        asyncio.run(describe(det))
