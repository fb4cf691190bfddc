"""Objects that a plan describes by a model or a dataclass, checked as strictly as everything else.

pydantic takes "5" for a number in there, and what it does not know for nothing; the schema does neither.
"""

from __future__ import annotations

from typing import Any

import jsonschema_rs

from .parameter_errors import Problem

__all__ = ["ObjectCheck"]


class ObjectCheck:
    """A schema whose objects have no other keys than they say, and the check of it, if there are such objects."""

    def __init__(self, schema: dict[str, Any]) -> None:
        self.schema = _closed(schema)
        self._validator = jsonschema_rs.validator_for(self.schema) if _has_objects(self.schema) else None

    def problems(self, value: Any) -> list[Problem]:
        """What is wrong with a value that pydantic has taken. Raises ValueError if it is no JSON."""
        if self._validator is None:
            return []
        errors = self._validator.iter_errors(value)
        return [Problem(tuple(error.instance_path), error.message, must=False) for error in errors]


def _closed(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_closed(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {
        key: _closed(value) if key not in ("default", "examples", "const", "enum") else value
        for key, value in schema.items()
    }
    if isinstance(schema.get("properties"), dict) and schema.get("type") == "object":
        closed.setdefault("additionalProperties", False)
    return closed


def _has_objects(schema: Any) -> bool:
    if isinstance(schema, list):
        return any(map(_has_objects, schema))
    if not isinstance(schema, dict):
        return False
    return isinstance(schema.get("properties"), dict) or any(map(_has_objects, schema.values()))
