"""What a run says of how it is to be drawn.

Rule of this file: a plan's author, or a device's, may have written anything there; what makes no sense counts as not
said.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["dimensions", "is_scalar"]

_DTYPES = ("number", "integer", "boolean")


def dimensions(start: Mapping[str, Any]) -> list[tuple[list[str], str]]:
    """Fields and stream of each dimension that a RunStart hints at, outermost first."""
    hints = start.get("hints")
    hinted = hints.get("dimensions") if isinstance(hints, Mapping) else None
    found = []
    for dimension in hinted if isinstance(hinted, list | tuple) else ():
        match dimension:
            case [[str(), *_] as fields, str(stream)]:
                found.append(([field for field in fields if isinstance(field, str)], stream))
    return found


def is_scalar(data_key: Mapping[str, Any]) -> bool:
    """Whether a field is one number, and in the events themselves."""
    return data_key.get("dtype") in _DTYPES and not data_key.get("shape") and not data_key.get("external")
