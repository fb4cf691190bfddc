"""The last event, as a text."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np

__all__ = ["json_value", "last_of_page", "latest_text"]

_LONGEST_ARRAY = 16
_LONGEST_TEXT = 200


def latest_text(stream: str, event: dict[str, Any], longest: int) -> str:
    """An event as JSON of up to `longest` bytes: seq_num, time, data by field, and its stream.

    Long arrays are told by their shape, numbers that JSON does not have are null. Fields for which there is no room
    are counted in "…".
    """
    head = {"seq_num": json_value(event["seq_num"]), "time": json_value(event["time"]), "stream": stream}
    data: dict[str, Any] = {}
    size = len(_json({**head, "data": {}, "…": 1_000_000}))
    for number, (field, value) in enumerate(event["data"].items()):
        plain = json_value(value)
        size += len(_json({field: plain}))
        if size > longest:
            return _json({**head, "data": data, "…": len(event["data"]) - number}).decode()
        data[str(field)] = plain
    return _json({**head, "data": data}).decode()


def last_of_page(page: dict[str, Any]) -> dict[str, Any] | None:
    """The last event of a page; None if it has none."""
    if not len(page["seq_num"]):
        return None
    data = {field: column[-1] for field, column in page["data"].items() if len(column)}
    return {"seq_num": page["seq_num"][-1], "time": page["time"][-1], "data": data}


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode(errors="replace")


def json_value(value: Any) -> Any:
    """As JSON has it, and not long."""
    match value:
        case None | bool() | int():
            return value
        case float():
            return float(value) if math.isfinite(value) else None
        case str():
            return value if len(value) <= _LONGEST_TEXT else f"{value[:_LONGEST_TEXT]}…"
        case np.generic():
            return json_value(value.item())
        case np.ndarray() if value.size > _LONGEST_ARRAY:
            return f"{' × '.join(map(str, value.shape))} {value.dtype}"
        case np.ndarray():
            return json_value(value.tolist())
        case list() | tuple():
            return f"{len(value)} values" if len(value) > _LONGEST_ARRAY else [json_value(each) for each in value]
        case dict() if len(value) <= _LONGEST_ARRAY:
            return {str(key): json_value(each) for key, each in value.items()}
        case _:
            return json_value(str(value))
