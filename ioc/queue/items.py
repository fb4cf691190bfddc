"""What waits in the queue: one plan with its parameters.

Rules of this file:
1. What comes from outside is read here, once, and every mistake in it is told of, not the first alone.
2. Whether the plan exists and takes the parameters is the catalogue's to say, at the moment in which it matters.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any
from uuid import uuid4

from ...devices.hints import did_you_mean
from ..plans.parameter_errors import InvalidParameters
from ..plans.parameters_text import parameters_line, parse

__all__ = ["LONGEST", "InvalidItem", "QueueItem", "new_item", "read_item"]

LONGEST = 16_000
"""Characters of an item's JSON: what a PV takes."""
_WANTED = 'wanted: {"plan": "count", "params": {"detectors": ["det1"]}, "metadata": {"sample": "Si"}}'
_KINDS: dict[str, tuple[type, str]] = {
    "plan": (str, "the name of a plan"),
    "params": (dict, "an object by parameter name"),
    "metadata": (dict, "an object"),
}
OURS = {
    "uid": "each run gets one of its own",
    "time": "it is when the run begins",
    "scan_id": "the engine counts the runs",
    "operator": "it is who has added the item",
    "queue_item": "it is the uid of the item",
}
"""Metadata that nobody can give, and why."""


class InvalidItem(ValueError):
    """A text is no item of the queue; says everything that is wrong with it. The queue stays as it was."""


@dataclass(frozen=True)
class QueueItem:
    """A plan that waits, or runs. `by` is who has added it, user@host or nothing, and `added` when (epoch seconds)."""

    uid: str
    plan: str
    params: dict[str, Any]
    metadata: dict[str, Any]
    by: str
    added: float

    def as_dict(self) -> dict[str, Any]:
        """As JSON can hold it."""
        return asdict(self)

    @classmethod
    def from_dict(cls, saved: Mapping[str, Any]) -> QueueItem:
        """One that was saved. Raises ValueError for what is none."""
        try:
            item = cls(**saved)
        except TypeError as error:
            raise ValueError(f"not an item of a queue: {error}") from error
        if not (isinstance(item.plan, str) and isinstance(item.params, dict) and isinstance(item.metadata, dict)):
            raise ValueError(f"not an item of a queue: {saved!r}")
        return item

    @cached_property
    def text(self) -> str:
        """It in a line, for people: `scan(detectors=[det1], args=[m1, -1, 1], num=5)`."""
        return f"{self.plan}({self.summary})"

    @cached_property
    def summary(self) -> str:
        """Its parameters in a line, for people."""
        return parameters_line(self.params)

    @cached_property
    def json(self) -> str:
        """As JSON."""
        return json.dumps(self.as_dict(), ensure_ascii=False)

    def again(self, now: float) -> QueueItem:
        """The same once more, as an item of its own."""
        return QueueItem(str(uuid4()), self.plan, self.params, self.metadata, self.by, now)


def read_item(text: str, *, by: str = "", now: float | None = None) -> QueueItem:
    """The item that a text describes: `{"plan": …, "params": {…}, "metadata": {…}}`. Raises InvalidItem."""
    if len(text) > LONGEST:  # before it is looked at, which takes long
        raise InvalidItem(f"{len(text)} characters are too long for an item: at most {LONGEST}")
    if not text.strip():
        raise InvalidItem(f"an empty text is no item; {_WANTED}")
    try:
        found = parse(text)
    except InvalidParameters as error:
        # It is about JSON; what is wanted then is said of parameters.
        raise InvalidItem(f"{str(error).partition('; a JSON object')[0]}; {_WANTED}") from error
    return _checked(found, by, now)


def new_item(
    plan: str,
    params: Mapping[str, Any] | None = None,
    metadata: Mapping[str, Any] | None = None,
    *,
    by: str = "",
    now: float | None = None,
) -> QueueItem:
    """The item of a plan, from Python. Raises InvalidItem, also for what JSON cannot hold."""
    found = {"plan": plan, "params": dict(params or {}), "metadata": dict(metadata or {})}
    try:
        text = json.dumps(found, ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise InvalidItem(f"an item is kept as JSON, which cannot hold this: {error}") from error
    return read_item(text, by=by, now=now)


def _checked(found: dict[str, Any], by: str, now: float | None) -> QueueItem:
    wrong = [_unknown(key) for key in found if key not in _KINDS]
    if "plan" not in found:
        wrong.append("plan: is missing")
    for key, (kind, what) in _KINDS.items():
        if key in found and not (isinstance(found[key], kind) and (found[key] or kind is dict)):
            wrong.append(f"{key}: must be {what}, not {json.dumps(found[key], ensure_ascii=False)[:40]}")
    metadata = found.get("metadata")
    if isinstance(metadata, dict):
        wrong += [f"metadata: {key} cannot be given: {why}" for key, why in OURS.items() if key in metadata]
    if wrong:
        raise InvalidItem(f"{'; '.join(wrong)}; {_WANTED}")
    added = time.time() if now is None else now
    return QueueItem(str(uuid4()), found["plan"], found.get("params", {}), metadata or {}, by, added)


def _unknown(key: str) -> str:
    return f"{key[:40]}: no such key{did_you_mean(key, _KINDS)}; there are: {', '.join(_KINDS)}"
