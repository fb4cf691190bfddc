"""Documents: made here, checked against event-model's schemas.

Rules of this file:
1. No document leaves without having been checked.
2. The compiled validator is asked first: it takes 2 µs where jsonschema takes 600. What it refuses, or cannot judge
   (it knows no numpy arrays), goes to event-model's own validator, whose word is final and whose message is shown.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from functools import cache
from importlib.resources import files
from typing import Any

import event_model
import jsonschema
import jsonschema_rs

from ..errors import DocumentInvalid

__all__ = ["check", "descriptor", "event", "event_page", "new_uid", "start", "stop"]

Document = dict[str, Any]

_SCHEMAS = {
    "start": "run_start",
    "descriptor": "event_descriptor",
    "event": "event",
    "event_page": "event_page",
    "stop": "run_stop",
    "resource": "resource",
    "datum": "datum",
    "datum_page": "datum_page",
    "stream_resource": "stream_resource",
    "stream_datum": "stream_datum",
}


def new_uid() -> str:
    """A random UUID4 as text; `str(uuid.uuid4())` costs eight times as much, and there is one per event."""
    raw = bytearray(os.urandom(16))
    raw[6] = raw[6] & 0x0F | 0x40
    raw[8] = raw[8] & 0x3F | 0x80
    digits = raw.hex()
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


@cache
def _accepts(name: str) -> Callable[[Any], bool]:
    text = files(event_model).joinpath("schemas", f"{_SCHEMAS[name]}.json").read_text()
    return jsonschema_rs.validator_for(json.loads(text)).is_valid


def _is_accepted(name: str, doc: Document) -> bool:
    """The compiled validator's word; False as well where it cannot judge: rule 2."""
    try:
        return _accepts(name)(doc)
    except ValueError:  # "Unsupported type: 'ndarray'": metadata may hold arrays, which event-model allows
        return False


def check(name: str, doc: Document) -> Document:
    """Return the document. Raises DocumentInvalid, naming the key, if event-model's schema refuses it."""
    if _is_accepted(name, doc):
        return doc
    try:
        event_model.schema_validators[event_model.DocumentNames[name]].validate(doc)
    except jsonschema.ValidationError as error:
        where = ".".join(str(part) for part in error.absolute_path) or "document"
        rule = " (a key is a text without '.' and '/')" if "[^./]" in error.message else ""
        said = f"{where}: {error.message}{rule}"
        raise DocumentInvalid(f"{name} document refused by event-model's schema: {said}") from error
    return doc


def start(uid: str, metadata: dict[str, Any]) -> Document:
    """A RunStart. Raises DocumentInvalid for metadata that would replace what makes it one."""
    if taken := metadata.keys() & {"uid", "time"}:
        raise DocumentInvalid(f"the metadata of a run may not have the keys {sorted(taken)}: those are the engine's")
    return check("start", {"uid": uid, "time": time.time(), **metadata})


def descriptor(run_start: str, name: str, **content: Any) -> Document:
    """An EventDescriptor of the stream `name`."""
    empty = {"hints": {}, "configuration": {}, "object_keys": {}, "object_classes": {}}
    doc = {**empty, **content, "name": name, "run_start": run_start, "time": time.time(), "uid": new_uid()}
    return check("descriptor", doc)


def event(
    descriptor_uid: str,
    seq_num: int,
    data: dict[str, Any],
    timestamps: dict[str, Any],
    filled: dict[str, Any],
) -> Document:
    """An Event."""
    doc = {
        "uid": new_uid(),
        "time": time.time(),
        "data": data,
        "timestamps": timestamps,
        "seq_num": seq_num,
        "filled": filled,
        "descriptor": descriptor_uid,
    }
    return check("event", doc)


def event_page(
    descriptor_uid: str,
    first: int,
    data: dict[str, Any],
    timestamps: dict[str, Any],
    filled: dict[str, Any],
    times: list[float],
) -> Document:
    """An EventPage: columns by key, sequence numbers from `first` on."""
    doc = {
        "uid": [new_uid() for _ in times],
        "time": times,
        "data": data,
        "timestamps": timestamps,
        "seq_num": list(range(first, first + len(times))),
        "filled": filled,
        "descriptor": descriptor_uid,
    }
    return check("event_page", doc)


def stop(
    run_start: str, exit_status: str, reason: str, num_events: dict[str, int], own: Document | None = None
) -> Document:
    """A RunStop.

    `own` are keys of our own: `suspended` (how often, how long and why it was), `operator` (who has ended it).
    """
    doc = {
        "uid": new_uid(),
        "time": time.time(),
        "run_start": run_start,
        "exit_status": exit_status,
        "reason": reason,
        "num_events": num_events,
    }
    return check("stop", doc | (own or {}))
