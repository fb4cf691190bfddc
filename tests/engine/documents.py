"""Comparing lists of documents."""

import numpy as np

UIDS = {"uid", "run_start", "descriptor", "resource", "stream_resource"}
CHANGING = {"time", "timestamps"}


def normalised(documents, *, without=()):
    """Documents with uids numbered in the order in which they appear, and without times and `versions`.

    `documents` are pairs (name, document); `without` names more keys of the RunStart to leave out.
    """
    numbers = {}
    return [(name, _normal(name, doc, numbers, {"versions", *without})) for name, doc in documents]


def _normal(name, doc, numbers, without):
    normal = {key: plain(value) for key, value in doc.items() if key not in CHANGING}
    for key in UIDS & normal.keys():
        normal[key] = _numbered(normal[key], numbers)
    normal = _renamed(normal, numbers)
    if name == "start":
        normal = {key: value for key, value in normal.items() if key not in without}
    if name == "descriptor":
        for configuration in normal["configuration"].values():
            configuration.pop("timestamps")
    if name in ("event", "event_page"):
        normal["keys of timestamps"] = sorted(doc["timestamps"])
    return normal


def _numbered(uid, numbers):
    """A number for a uid, the same each time; one that belongs to another (`resource/3`) is told by that one's."""
    if isinstance(uid, list):
        return [_numbered(each, numbers) for each in uid]
    whole, slash, part = uid.partition("/")
    return f"uid {numbers.setdefault(whole, len(numbers))}{slash}{part}"


def _renamed(value, numbers):
    """The value with the uids that are in it, as those of external data are, as numbers."""
    if isinstance(value, dict):
        return {key: _renamed(item, numbers) for key, item in value.items()}
    if isinstance(value, list):
        return [_renamed(item, numbers) for item in value]
    if isinstance(value, str) and value.partition("/")[0] in numbers:
        return _numbered(value, numbers)
    return value


def plain(value):
    """The value with numpy's types and tuples as Python's own, so that == means what it says."""
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return value


def named(documents, name):
    """The documents of one name."""
    return [doc for kind, doc in documents if kind == name]


def data_by_seq_num(documents, stream="primary"):
    """The data of the stream's events by sequence number; of an event that was taken again, the last."""
    uids = {doc["uid"] for doc in named(documents, "descriptor") if doc["name"] == stream}
    return {doc["seq_num"]: plain(doc["data"]) for doc in named(documents, "event") if doc["descriptor"] in uids}
