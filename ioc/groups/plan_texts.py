"""What is told of the chosen plan, as texts that fit their PVs."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from ..plans.catalogue import Catalogue
from ..plans.parameter_errors import ParameterError
from ..stored.texts import table
from .lines import that_fit

__all__ = ["catalogue_text", "errors_text", "problems_text", "schema_text"]


def errors_text(errors: Iterable[ParameterError]) -> str:
    """All mistakes in a line; empty if there is none."""
    return "; ".join(map(str, errors))


def catalogue_text(catalogue: Catalogue, room: int) -> str:
    """What can be chosen, a line each: name, and the first line of what it does. As many as have room, in bytes."""
    rows = [(name, catalogue[name].doc.partition("\n")[0].strip()) for name in catalogue.names]
    return that_fit(table(rows), room)


def problems_text(catalogue: Catalogue) -> str:
    """What cannot be offered, a line each."""
    return "\n".join(f"{what}: {why}" for what, why in {**catalogue.problems, **catalogue.left_out}.items())


def schema_text(schema: dict[str, Any], length: int) -> str:
    """A JSON schema in less than `length` bytes: where there are too many devices for that, without their names."""
    text = json.dumps(schema, ensure_ascii=False)
    return text if len(text.encode()) < length else json.dumps(_without_examples(schema), ensure_ascii=False)


def _without_examples(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_examples(item) for key, item in value.items() if key != "examples"}
    return [_without_examples(item) for item in value] if isinstance(value, list) else value
