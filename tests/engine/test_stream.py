"""Streams: descriptions, descriptors, sequence numbers."""

import asyncio

import pytest

from reioc.engine import DocumentInvalid, IllegalMessageSequence
from reioc.engine.runs.stream import Stream, describe

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
    readings = [{"d": {"value": 1.0, "timestamp": 2.0}}]

    def take():
        return stream.event([det], readings)["seq_num"]

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
        stream.event([det, motor], [])


def test_other_keys_than_declared():
    """A reading with other keys than described is refused, and names both; the number is not used up."""
    det = Detector("d")
    stream, _ = declared(det)

    with pytest.raises(DocumentInvalid, match=r"'primary': the readings have the keys \['e'\], the descriptor \['d'\]"):
        stream.event([det], [{"e": {"value": 1.0, "timestamp": 2.0}}])
    assert stream.seq_num == 1


def test_external_keys_are_not_filled():
    """Data that are kept elsewhere are marked as not filled; those of external streams are no event's data."""
    stream = Stream("run", "primary")
    external = {"dtype": "array", "shape": [2], "source": "", "external": "FILESTORE:"}
    doc = stream.declare_keys({"image": external, "frames": {**external, "external": "STREAM:"}})
    event = stream.event([], [{"image": {"value": "datum/1", "timestamp": 1.0}}])

    assert set(doc["data_keys"]) == {"image", "frames"}
    assert event["filled"] == {"image": False}
