"""Documents: made and checked."""

import uuid

import event_model
import numpy as np
import pytest

from reioc.engine import DocumentInvalid
from reioc.engine.runs import documents

UID = "0b5a8a26-1a2c-4b5e-9f6b-1c2d3e4f5a6b"


def a_descriptor(**changes):
    data_keys = {"x": {"dtype": "number", "shape": [], "source": "fake:x"}}
    return documents.descriptor(UID, "primary", **{"data_keys": data_keys, **changes})


def an_event(**changes):
    content = {"seq_num": 1, "data": {"x": 1.0}, "timestamps": {"x": 2.0}, "filled": {}, **changes}
    return documents.event(UID, **content)


def a_page(**changes):
    columns = {"data": {"x": [1.0, 2.0]}, "timestamps": {"x": [2.0, 3.0]}}
    return documents.event_page(UID, **{"first": 4, **columns, "filled": {}, "times": [5.0, 6.0], **changes})


RANGE = {"start": 0, "stop": 1}
STREAM_RESOURCE = {"uid": UID, "data_key": "x", "mimetype": "a/b", "uri": "file://localhost/x", "parameters": {}}
STREAM_DATUM = {"uid": "1", "stream_resource": UID, "descriptor": UID, "indices": RANGE, "seq_nums": RANGE}
RESOURCE = {"uid": UID, "spec": "S", "root": "/", "resource_path": "x", "resource_kwargs": {}, "run_start": UID}
ASSETS = {
    "resource": RESOURCE,
    "datum": {"resource": UID, "datum_id": "1", "datum_kwargs": {}},
    "datum_page": {"resource": UID, "datum_id": ["1"], "datum_kwargs": {}},
    "stream_resource": STREAM_RESOURCE,
    "stream_datum": STREAM_DATUM,
}

MAKERS = {
    "start": lambda: documents.start(UID, {"scan_id": 1, "plan_name": "scan", "sample": {"name": "NaCl"}}),
    "descriptor": a_descriptor,
    "event": an_event,
    "event_page": a_page,
    "stop": lambda: documents.stop(UID, "success", "", {"primary": 3}),
}


@pytest.mark.parametrize("name", MAKERS)
def test_valid(name):
    """What we make satisfies event-model's own validator."""
    doc = MAKERS[name]()

    event_model.schema_validators[event_model.DocumentNames[name]].validate(doc)
    assert isinstance(doc["time"], list if name == "event_page" else float)


@pytest.mark.parametrize("name", ASSETS)
def test_documents_of_devices(name):
    """What devices make is checked as well: what event-model accepts goes out as it is, anything else is refused."""
    assert documents.check(name, ASSETS[name]) is ASSETS[name]
    for key in ASSETS[name].keys() - {"run_start"}:
        with pytest.raises(DocumentInvalid, match=f"{name} document refused by event-model's schema: .*'{key}'"):
            documents.check(name, {other: value for other, value in ASSETS[name].items() if other != key})


@pytest.mark.parametrize(
    ("make", "where"),
    [
        (lambda: documents.start(UID, {"scan_id": "seven"}), "start document .*: scan_id: 'seven'"),
        (lambda: documents.start(UID, {"bad.key": 1}), "start document .*: bad.key|start document .*'bad.key'"),
        (lambda: documents.start(3, {}), "start document .*: uid: 3"),
        (lambda: a_descriptor(data_keys={"x": {"dtype": "float", "shape": [], "source": ""}}), "data_keys.x.dtype"),
        (lambda: a_descriptor(data_keys={"x": {"dtype": "number"}}), "data_keys.x: 'shape'|data_keys.x: 'source'"),
        (lambda: an_event(seq_num="one"), "event document .*: seq_num: 'one'"),
        (lambda: an_event(data=[1]), r"event document .*: data: \[1\]"),
        (lambda: a_page(data={"x": 1.0}), r"event_page document .*: data.x: 1.0"),
        (lambda: a_page(times=["now"]), r"event_page document .*: time.0: 'now'"),
        (lambda: documents.stop(UID, "stopped", "", {}), "stop document .*: exit_status: 'stopped'"),
        (lambda: documents.stop(UID, "success", "", {"primary": "3"}), "num_events.primary"),
    ],
)
def test_invalid(make, where):
    """What event-model refuses is refused, with the kind of document, the key and the value."""
    with pytest.raises(DocumentInvalid, match=where):
        make()


def test_invalid_beside_what_the_compiled_validator_cannot_judge():
    """An array in the metadata does not open a door for anything else."""
    with pytest.raises(DocumentInvalid, match="scan_id"):
        documents.start(UID, {"scan_id": "seven", "weights": np.arange(3)})


@pytest.mark.parametrize(
    "value",
    [np.arange(3), np.float64(1.5), np.int64(3), np.array(2.0), (1, 2), np.zeros((2, 2), dtype=bool), np.str_("a")],
    ids=lambda value: type(value).__name__,
)
def test_numpy_in_metadata_and_data(value):
    """Arrays, numpy's scalars and tuples are taken as event-model takes them, and go out as they came in."""
    assert documents.start(UID, {"weights": value})["weights"] is value
    assert an_event(data={"x": value})["data"]["x"] is value


@pytest.mark.parametrize("key", ["uid", "time"])
def test_metadata_cannot_replace_what_is_the_engines(key):
    """Metadata named like the engine's own keys are refused: they would break the links between documents."""
    with pytest.raises(DocumentInvalid, match=f"may not have the keys .*{key}"):
        documents.start(UID, {key: "mine"})


def test_uids_are_uuid4():
    """A uid is a random UUID4 in the usual form."""
    uid = documents.new_uid()

    assert str(uuid.UUID(uid)) == uid
    assert (uuid.UUID(uid).version, uuid.UUID(uid).variant) == (4, uuid.RFC_4122)


def test_uids_are_unique():
    """No uid comes twice."""
    assert len({documents.new_uid() for _ in range(20_000)}) == 20_000
