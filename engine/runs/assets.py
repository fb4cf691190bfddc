"""External data: the documents that devices make themselves.

Rules of this file:
1. What a device has handed over is kept here until it is emitted: an interruption in between loses nothing.
2. A reading that is taken again has new data, so `forget` lets go of the old ones. Resources stay: a device tells of
   each of them once.
3. A detector that was triggered again has a frame too many: of those that it tells of for one event the last counts.
4. Everything is checked before anything is emitted.
"""

from __future__ import annotations

from collections.abc import Coroutine, Iterable
from typing import Any

from ..errors import DocumentInvalid
from ..telling import name_of
from . import documents
from .answers import for_each
from .stream import Stream

__all__ = ["Assets"]

Document = dict[str, Any]
Asset = tuple[str, Document]

_RESOURCES = frozenset({"resource", "stream_resource"})
_UNNUMBERED = {"start": 0, "stop": 0}


class Assets:
    """What the devices of one run have told of external data and is not yet emitted."""

    def __init__(self, run_uid: str) -> None:
        self._run_uid = run_uid
        self.pending: dict[Any, list[Asset]] = {}
        """What waits to be emitted, by device."""
        self._keys: dict[str, str] = {}
        """The data key of each stream resource, by its uid."""
        self._forgotten = 0
        """How often readings were forgotten, and how often that was when each device was last heard."""
        self._heard: dict[Any, int] = {}

    def gather(self, device: Any, index: int | None = None) -> Coroutine[Any, Any, None] | None:
        """Take over what a device has to tell, up to `index`. Returns None, or a coroutine where it has to wait."""
        method = getattr(device, "collect_asset_docs", None)
        if method is None:
            return None
        answer = method(index) if hasattr(device, "get_index") else method()
        pending = self.pending.setdefault(device, [])
        return for_each(f"{name_of(device)}.collect_asset_docs()", answer, pending.append)

    def forget(self, devices: Iterable[Any] | None = None, *, but: Iterable[Any] = ()) -> None:
        """The readings of these devices (None: of all) are not used: what they told goes, but for resources."""
        self._forgotten += 1
        kept = set(but)
        for device in list(self.pending if devices is None else devices):
            if device in self.pending and device not in kept:
                self.pending[device] = [asset for asset in self.pending[device] if asset[0] in _RESOURCES]

    def pack(self, devices: Iterable[Any], stream: Stream | None, *, one: bool = False) -> tuple[list[Asset], int]:
        """What these devices have told, ready to be emitted, and for how many events of the stream that is.

        `one`: it is for one event. Raises DocumentInvalid, which names the device and the rule, if something of it is
        not as it should be.
        """
        packing, packed = _Packing(self._run_uid, stream, dict(self._keys)), []
        for device in devices:
            told = self.pending.pop(device, ())
            again = one and self._heard.get(device, 0) != self._forgotten
            packed += [packing.packed(device, name, _last(name, doc) if again else doc) for name, doc in told]
            self._heard[device] = self._forgotten
        number = packing.number()
        if one and number > 1:
            raise DocumentInvalid(
                f"one event got stream_datum for {number}: a device that is read gives one index per event"
            )
        self._keys = packing.keys
        return packed, number


def _checked(name: str, doc: Document) -> Document:
    if name == "stream_resource" and "resource_path" in doc and "uri" not in doc:
        # The form that it had before event-model 1.21: that of a resource, with its data key. Devices still use it.
        documents.check("resource", {key: value for key, value in doc.items() if key != "data_key"})
        return doc
    return documents.check(name, doc)


def _last(name: str, doc: Document) -> Document:
    """Of several frames in a stream_datum the last (rule 3)."""
    indices = doc.get("indices") if name == "stream_datum" else None
    if not isinstance(indices, dict) or not {"start", "stop"} <= indices.keys():
        return doc
    return {**doc, "indices": {**indices, "start": max(indices["start"], indices["stop"] - 1)}}


class _Packing:
    """One lot of assets: they get the uids of run and descriptor, and sequence numbers."""

    def __init__(self, run_uid: str, stream: Stream | None, keys: dict[str, str]) -> None:
        self.keys = keys
        self._run_uid = run_uid
        self._stream = stream
        self._numbers: dict[str, int] = {}
        """How many indices have come, by data key."""

    def packed(self, device: Any, name: str, doc: Document) -> Asset:
        try:
            return name, _checked(name, self._completed(name, doc))
        except (DocumentInvalid, KeyError, TypeError) as error:
            what = f"it has no {error}" if isinstance(error, KeyError) else str(error)
            raise DocumentInvalid(f"{name_of(device)}.collect_asset_docs(): {name} {doc!r}: {what}") from error

    def number(self) -> int:
        """How many events this is for: every external key of the stream has data for the same number."""
        if not self._numbers or self._stream is None:
            return 0
        if self._numbers.keys() != self._stream.stream_keys or len(set(self._numbers.values())) > 1:
            raise DocumentInvalid(
                f"stream {self._stream.name!r}: every external key must get stream_datum with as many indices as the "
                f"others; {_listed(self._stream.stream_keys)} got {self._numbers}"
            )
        return next(iter(self._numbers.values()))

    def _completed(self, name: str, doc: Document) -> Document:
        match name:
            case "resource":
                return {**doc, "run_start": self._run_uid}
            case "datum" | "datum_page":
                return doc
            case "stream_resource":
                return self._stream_resource(doc)
            case "stream_datum":
                return self._stream_datum(doc)
        raise DocumentInvalid("a device makes only resource, datum, datum_page, stream_resource and stream_datum")

    def _stream_resource(self, doc: Document) -> Document:
        if doc["uid"] in self.keys:
            raise DocumentInvalid("this stream_resource has come before: each comes once in a run")
        keys = self._stream.stream_keys if self._stream is not None else frozenset()
        if doc["data_key"] not in keys:
            raise DocumentInvalid(f"its data_key must be one that the stream describes as 'STREAM:': {_listed(keys)}")
        self.keys[doc["uid"]] = doc["data_key"]
        return {**doc, "run_start": self._run_uid}

    def _stream_datum(self, doc: Document) -> Document:
        if self._stream is None or not self._stream.is_declared:
            raise DocumentInvalid("it belongs to a stream that was not declared: use declare_stream first")
        if doc["descriptor"]:
            raise DocumentInvalid("its descriptor must be an empty string, which the engine fills in")
        if doc["seq_nums"] != _UNNUMBERED:
            raise DocumentInvalid(f"its seq_nums must be {_UNNUMBERED}, which the engine fills in")
        if doc["stream_resource"] not in self.keys:
            raise DocumentInvalid("its stream_resource has not come: it must come before, in the same run")
        key, number = self.keys[doc["stream_resource"]], doc["indices"]["stop"] - doc["indices"]["start"]
        if number < 0:
            raise DocumentInvalid("its indices end before they start")
        start = self._stream.seq_num + self._numbers.get(key, 0)
        self._numbers[key] = self._numbers.get(key, 0) + number
        return {**doc, "descriptor": self._stream.descriptor_uid, "seq_nums": {"start": start, "stop": start + number}}


def _listed(keys: Iterable[str]) -> str:
    return ", ".join(sorted(keys)) or "none"
