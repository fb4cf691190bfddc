"""Runs whose documents have all that the schema wants."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from .. import documents as docs
from .support import run_of


def field(dtype: str, *shape: int, **more: Any) -> dict[str, Any]:
    return {"source": "test", "dtype": dtype, "shape": list(shape), **more}


def complete(name: str, doc: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """With what the schema of documents wants besides."""
    more: dict[str, Any] = {"uid": f"{name}/{doc.get('descriptor')}/{doc.get('seq_num')}/{doc.get('run_start')}"}
    if name == "event":
        more |= {"timestamps": dict.fromkeys(doc["data"], doc["time"]), "filled": {}}
    if name == "descriptor":
        more |= {"time": docs.START_TIME}
    return name, {**more, **doc}


def run(uid: str, keys: dict[str, Any], *events: dict[str, Any], **stop: Any) -> list[tuple[str, dict[str, Any]]]:
    name, stopped = docs.stop(run=uid)
    return [
        docs.start(uid),
        complete(*docs.descriptor(run=uid, data_keys=keys)),
        *(complete(*docs.event(n, data, run=uid)) for n, data in enumerate(events, 1)),
        complete(name, {**stopped, **stop}),
    ]


def simple(uid: str, points: int) -> list[tuple[str, dict[str, Any]]]:
    return [complete(name, doc) for name, doc in run_of(points, uid)]


def images(uid: str, path: Path, mimetype: str) -> list[tuple[str, dict[str, Any]]]:
    """A run whose images are in a file."""
    documents = run(uid, {"x": field("number"), "image": field("array", 2, 3, external="STREAM:")}, {"x": 1.0})
    resource = {
        "uid": f"{uid}/file",
        "run_start": uid,
        "data_key": "image",
        "mimetype": mimetype,
        "uri": f"file://localhost{path}",
        "parameters": {"dataset": "/entry/data", "chunk_shape": [1]},
    }
    datum = {
        "uid": f"{uid}/file/0",
        "stream_resource": f"{uid}/file",
        "descriptor": f"{uid}/primary",
        "indices": {"start": 0, "stop": 1},
        "seq_nums": {"start": 1, "stop": 2},
    }
    return [*documents[:2], ("stream_resource", resource), documents[2], ("stream_datum", datum), documents[3]]
