"""What the journal has to know of a document.

Rules of this file
- Taken in the engine's thread, when a document is recorded: devices and subscribers may change it later.
- Nothing here trusts a document: what is not of the kind that the schema says counts as not said. SQLite takes no text
  that is not Unicode and no integer of more than 64 bits, and the writer must not fail on one.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from numbers import Integral, Real
from typing import Any, NamedTuple, TypeAlias

__all__ = ["Described", "Events", "Outline", "Referring", "Resource", "Started", "Stopped", "outline_of"]

_MOST_ABOUT = 4000
"""Characters of a RunStart that can be searched."""


class Started(NamedTuple):
    """A RunStart."""

    uid: str
    scan_id: int | None
    plan_name: str
    time: float
    about: str


class Described(NamedTuple):
    """An EventDescriptor."""

    uid: str
    run: str
    stream: str


class Resource(NamedTuple):
    """A resource or a stream resource."""

    uid: str
    run: str


class Referring(NamedTuple):
    """Anything that belongs to a resource or a descriptor."""

    uids: tuple[str, ...]


class Stopped(NamedTuple):
    """A RunStop."""

    run: str
    time: float
    exit_status: str
    reason: str


Events: TypeAlias = tuple[str, tuple[int, ...]]
"""Of an event, or a page of them, the descriptor and the sequence numbers; plain, as there is one for each event."""
Outline: TypeAlias = Started | Described | Events | Resource | Referring | Stopped | None


def outline_of(name: str, doc: Mapping[str, Any]) -> Outline:
    """The outline of a document; None for one of an unknown name, whose run cannot be told."""
    take = _BY_NAME.get(name)
    return None if take is None else take(doc)


def _event(doc: Mapping[str, Any]) -> Events:
    # For each event, so without the helpers for what is right.
    descriptor, seq_num = doc.get("descriptor"), doc.get("seq_num")
    if descriptor.__class__ is not str or seq_num.__class__ is not int:
        descriptor, seq_num = _text(descriptor), _whole(seq_num) or 0
    return descriptor, (seq_num,)  # type: ignore[return-value]


def _event_page(doc: Mapping[str, Any]) -> Events:
    return _text(doc.get("descriptor")), tuple(_whole(each) or 0 for each in doc.get("seq_num", ()))


def _start(doc: Mapping[str, Any]) -> Started:
    uid, scan_id, plan_name = _text(doc.get("uid")), _whole(doc.get("scan_id")), _text(doc.get("plan_name"))
    return Started(uid, scan_id, plan_name, _time(doc), _about(doc))


def _descriptor(doc: Mapping[str, Any]) -> Described:
    return Described(_text(doc.get("uid")), _text(doc.get("run_start")), _text(doc.get("name")))


def _stop(doc: Mapping[str, Any]) -> Stopped:
    return Stopped(_text(doc.get("run_start")), _time(doc), _text(doc.get("exit_status")), _text(doc.get("reason")))


def _resource(doc: Mapping[str, Any]) -> Resource:
    return Resource(_text(doc.get("uid")), _text(doc.get("run_start")))


def _referring(doc: Mapping[str, Any]) -> Referring:
    return Referring(tuple(_text(doc.get(key)) for key in ("descriptor", "resource", "stream_resource")))


_BY_NAME: dict[str, Callable[[Mapping[str, Any]], Outline]] = {
    "start": _start,
    "descriptor": _descriptor,
    "event": _event,
    "event_page": _event_page,
    "stop": _stop,
    "resource": _resource,
    "stream_resource": _resource,
    "datum": _referring,
    "datum_page": _referring,
    "stream_datum": _referring,
}


def _text(value: Any) -> str:
    if value is None:
        return ""
    return str(value).encode(errors="replace").decode().replace("\0", "?")


def _whole(value: Any) -> int | None:
    if isinstance(value, bool) or not isinstance(value, Integral):
        return None
    number = int(value)
    return number if -(2**63) <= number < 2**63 else None


def _time(doc: Mapping[str, Any]) -> float:
    found = doc.get("time")
    seconds = float(found) if isinstance(found, Real) else math.nan
    return seconds if math.isfinite(seconds) else time.time()


def _about(doc: Mapping[str, Any]) -> str:
    lines = [f"{key}={_short(value)}" for key, value in doc.items() if key not in ("uid", "time")]
    return _text("\n".join(lines))[:_MOST_ABOUT]


def _short(value: Any) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(map(_short, value[:20]))
    if isinstance(value, dict):
        return ", ".join(f"{key}={_short(each)}" for key, each in list(value.items())[:20])
    return value[:200] if isinstance(value, str) else str(value)[:200]
