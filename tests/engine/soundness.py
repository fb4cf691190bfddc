"""Whether the documents of plans are valid and complete."""

import json
from collections import defaultdict
from dataclasses import dataclass, field
from functools import cache

import event_model
import jsonschema_rs

from .documents import plain


@cache
def validator(name):
    schema = event_model.schemas[event_model.DocumentNames[name]]
    return jsonschema_rs.validator_for(json.loads(json.dumps(schema)))


@dataclass
class Stream:
    """The events of one stream, in the order in which they came."""

    name: str
    descriptors: list = field(default_factory=list)
    events: list = field(default_factory=list)

    @property
    def seq_nums(self):
        return [seq_num for seq_num, _ in self.events]

    @property
    def data(self):
        """The data by sequence number; of an event that was taken again, the last."""
        return dict(self.events)

    @property
    def is_monitor(self):
        """Whether nothing of it is ever taken again."""
        return self.name.endswith("_monitor") or self.name == "interruptions"


@dataclass
class SoundRun:
    """One run, whose documents have all been checked as they came."""

    start: dict
    stop: dict | None = None
    streams: dict = field(default_factory=dict)

    @property
    def data(self):
        """The data of each stream that is not a monitor's, by sequence number."""
        return {name: stream.data for name, stream in self.streams.items() if stream.events and not stream.is_monitor}

    @property
    def ending(self):
        return self.stop["exit_status"], self.stop["reason"]


class _Checker:
    """Takes documents one by one; raises AssertionError at the first that should not be there."""

    def __init__(self):
        self.runs = {}
        self.streams = {}
        """By the uid of a descriptor: the run and the stream it belongs to, and its data keys."""
        self.assets = {}
        """Uids of resources and stream resources, and what has been said of them."""
        self.frames = defaultdict(int)
        """By the uid of a stream resource: the first frame that has not been told of."""
        self.covered = defaultdict(set)
        """By the uid of a descriptor and a key: the sequence numbers for which there are frames."""
        self.uids = set()

    def __call__(self, name, doc):
        validator(name).validate(plain(doc))
        if "uid" in doc and isinstance(doc["uid"], str):
            assert doc["uid"] not in self.uids, f"the uid of this {name} is taken: {doc}"
            self.uids.add(doc["uid"])
        getattr(self, name)(doc)

    def open_run(self, uid):
        run = self.runs.get(uid)
        assert run is not None, f"no run {uid}"
        assert run.stop is None, "a document after the RunStop"
        return run

    def start(self, doc):
        self.runs[doc["uid"]] = SoundRun(doc)

    def descriptor(self, doc):
        run = self.open_run(doc["run_start"])
        stream = run.streams.setdefault(doc["name"], Stream(doc["name"]))
        stream.descriptors.append(doc)
        self.streams[doc["uid"]] = run, stream, doc["data_keys"]

    def _event(self, descriptor, seq_num, data, timestamps, filled):
        assert descriptor in self.streams, "an event without a descriptor"
        run, stream, keys = self.streams[descriptor]
        self.open_run(run.start["uid"])
        external = {key for key, value in keys.items() if "external" in value}
        streamed = {key for key in external if keys[key]["external"] == "STREAM:"}
        assert data.keys() == timestamps.keys() == keys.keys() - streamed
        assert filled.keys() <= external - streamed
        data = plain(data)
        for key in external - streamed:
            assert data[key] in self.assets, f"an event of the unknown datum {data[key]}"
            data[key] = self.assets[data[key]]["datum_kwargs"]  # ids differ from run to run
        self._count(stream, seq_num, data)

    @staticmethod
    def _count(stream, seq_num, data):
        last = max(stream.seq_nums, default=0)
        assert 1 <= seq_num <= last + 1, f"{stream.name}: event {seq_num} after {last}"
        if stream.is_monitor:
            assert seq_num == last + 1, f"{stream.name}: a monitor's event {seq_num} after {last}"
        stream.events.append((seq_num, data))

    def event(self, doc):
        self._event(doc["descriptor"], doc["seq_num"], doc["data"], doc["timestamps"], doc.get("filled", {}))

    def event_page(self, doc):
        for index, seq_num in enumerate(doc["seq_num"]):
            row = [{key: column[index] for key, column in doc[name].items()} for name in ("data", "timestamps")]
            filled = {key: column[index] for key, column in doc.get("filled", {}).items()}
            self._event(doc["descriptor"], seq_num, *row, filled)

    def resource(self, doc):
        self.open_run(doc["run_start"])
        self.assets[doc["uid"]] = doc

    stream_resource = resource

    def datum(self, doc):
        assert doc["resource"] in self.assets, f"a datum of an unknown resource: {doc}"
        assert doc["datum_id"] not in self.assets, f"a second {doc['datum_id']}"
        self.assets[doc["datum_id"]] = doc

    def stream_datum(self, doc):
        assert doc["stream_resource"] in self.assets, f"a stream datum of an unknown resource: {doc}"
        run, stream, keys = self.streams[doc["descriptor"]]
        self.open_run(run.start["uid"])
        key = self.assets[doc["stream_resource"]]["data_key"]
        assert keys[key]["external"] == "STREAM:"
        indices, seq_nums = doc["indices"], doc["seq_nums"]
        assert indices["stop"] - indices["start"] == seq_nums["stop"] - seq_nums["start"] > 0
        assert indices["start"] >= self.frames[doc["stream_resource"]], f"a frame that has been told of: {doc}"
        self.frames[doc["stream_resource"]] = indices["stop"]
        self.covered[doc["descriptor"], key].update(range(seq_nums["start"], seq_nums["stop"]))
        if set(keys) == {key}:  # nothing else counts the events of the stream
            for seq_num in range(seq_nums["start"], seq_nums["stop"]):
                self._count(stream, seq_num, {})

    def stop(self, doc):
        run = self.open_run(doc["run_start"])
        run.stop = doc
        counted = {name: len(stream.data) for name, stream in run.streams.items()}
        given = doc["num_events"]
        assert given.keys() <= counted.keys(), f"num_events of streams that are not: {given}"
        assert {name: given.get(name, 0) for name in counted} == counted
        for stream in run.streams.values():
            for descriptor in stream.descriptors:
                self._has_all_frames(stream, descriptor)

    def _has_all_frames(self, stream, descriptor):
        for key, value in descriptor["data_keys"].items():
            if value.get("external") == "STREAM:" and len(stream.descriptors) == 1:
                assert self.covered[descriptor["uid"], key] == set(stream.seq_nums), f"frames of {stream.name}"


def sound_runs(documents):
    """The runs in these documents, in order. Raises AssertionError unless the documents are valid and complete.

    Each is valid by event-model's schema; each run has one RunStart and, as its last document, one RunStop with the
    right number of events; each event has a descriptor with its keys, and its external data are known; sequence numbers
    leave nothing out.
    """
    check = _Checker()
    for name, doc in documents:
        check(name, doc)
    runs = list(check.runs.values())
    for run in runs:
        assert run.stop is not None, f"a run without a RunStop: {run.start}"
    return runs
