"""Comparing lists of documents."""

import numpy as np

UIDS = {"uid", "run_start", "descriptor"}
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
        normal[key] = f"uid {numbers.setdefault(normal[key], len(numbers))}"
    if name == "start":
        normal = {key: value for key, value in normal.items() if key not in without}
    if name == "descriptor":
        for configuration in normal["configuration"].values():
            configuration.pop("timestamps")
    if name in ("event", "event_page"):
        normal["keys of timestamps"] = sorted(doc["timestamps"])
    return normal


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
