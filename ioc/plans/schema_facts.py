"""What a screen needs of a JSON schema: limits and choices."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

__all__ = ["choices_in", "limits_in"]

Schema = dict[str, Any]


def limits_in(schema: Schema) -> tuple[float | None, float | None]:
    """Smallest and largest number; None where there is no limit, or where several kinds have different ones."""
    numbers = [each for each in _alternatives(schema) if each.get("type") in ("number", "integer")]
    return (
        _agreed([each.get("minimum", each.get("exclusiveMinimum")) for each in numbers]),
        _agreed([each.get("maximum", each.get("exclusiveMaximum")) for each in numbers]),
    )


def choices_in(schema: Schema) -> tuple[str, ...]:
    """Labels of enumerations and names of devices, those of a list's items too."""
    found = (str(label) for each in _alternatives(schema) for label in _labels(each))
    return tuple(dict.fromkeys(found))


def _labels(schema: Schema) -> list[Any]:
    if "const" in schema:
        return [schema["const"]]
    return schema.get("examples", []) if schema.get("format") == "device" else schema.get("enum", [])


def _agreed(limits: list[float | None]) -> float | None:
    return limits[0] if limits and all(limit == limits[0] for limit in limits) else None


def _alternatives(schema: Schema) -> Iterator[Schema]:
    """The schemas of single values: each of several kinds, and the items of lists; not what is inside an object."""
    definitions = schema.get("$defs", {})
    waiting = [schema]
    while waiting:
        each = waiting.pop(0)
        if "$ref" in each:
            name = each["$ref"].rpartition("/")[2]
            if name in definitions:
                waiting.insert(0, definitions[name])
            definitions = {key: value for key, value in definitions.items() if key != name}
            continue
        inner = [*each.get("anyOf", []), *each.get("oneOf", []), *each.get("prefixItems", [])]
        if isinstance(each.get("items"), dict):
            inner.append(each["items"])
        waiting[:0] = inner
        if not inner:
            yield each
