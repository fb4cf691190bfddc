"""What the reference says of commands, PVs and keys is what the code has."""

import importlib
import re
import sys
import tomllib
from collections.abc import Iterator, Mapping
from types import ModuleType
from typing import Any

import pytest
from pydantic import BaseModel

from reioc.suspenders.spec import SuspenderSpec

from .markdown import ROOT, first_cells, section
from .test_reference import TABLES

REFERENCE = ROOT / "docs" / "reference"
WORDS = {"string": "text", "integer": "integer", "number": "number", "boolean": "boolean", "object": "table"}
WITH_TYPES: dict[str, type[BaseModel]] = {**TABLES, "## `[[suspender]]` (any number)": SuspenderSpec}
"""Tables whose keys are listed with type and default; of a suspender the limits are listed by its kind instead."""


@pytest.fixture(scope="module")
def reference() -> Iterator[ModuleType]:
    """docs/make_reference.py."""
    sys.path.insert(0, str(ROOT / "docs"))
    try:
        yield importlib.import_module("make_reference")
    finally:
        sys.path.remove(str(ROOT / "docs"))


@pytest.mark.parametrize("page", ["command-help.md", "pv-fields.md"])
def test_lists_are_as_the_code_has_them(reference: ModuleType, page: str) -> None:
    """A page has the lists that docs/make_reference.py writes."""
    path = REFERENCE / page

    assert path.read_text(encoding="utf-8") == reference.updated(path), "run: python docs/make_reference.py"


def test_every_command_is_explained(reference: ModuleType) -> None:
    """reference/command-line.md has each command, and each of its options."""
    text = (REFERENCE / "command-line.md").read_text(encoding="utf-8")
    missing = []
    for words, _, parser in reference.commands():
        _, command, *below = words.split()
        _, found, rest = text.partition(f"## `reioc {command}")
        part = rest.partition("\n## ")[0]
        if not found or not all(re.search(rf"`{each}\b", part) for each in below):
            missing.append(words)
        for action in reference.options(parser):
            names = action.option_strings
            if names and not any(re.search(rf"{name}(?![\w-])", part) for name in names):
                missing.append(f"{words} {names[0]}")

    assert missing == []


@pytest.mark.parametrize("heading", WITH_TYPES)
def test_types_and_defaults_of_keys(heading: str) -> None:
    """reference/beamline-toml.md has the type of each key, and its default or that it is required."""
    table = WITH_TYPES[heading]
    schema = table.model_json_schema()
    rows = first_cells(section(REFERENCE / "beamline-toml.md", heading))

    said = {name: (type_.split(",")[0].partition(" of ")[0], default) for name, type_, default, *_ in rows}
    wrong = [
        f"{name}: {said[name]}, not {it}"
        for name, it in _keys(table, schema)
        if name in said and not _fits(said[name], it)
    ]
    assert wrong == []


def _keys(table: type[BaseModel], schema: Mapping[str, Any]) -> Iterator[tuple[str, tuple[str, Any]]]:
    """Each key with its type in TOML and its default; Ellipsis is none, since it is required."""
    for name, field in table.model_fields.items():
        key = field.alias or name
        if key != "allow":  # a table of its own
            yield key, (_type(schema["properties"][key], schema), ... if field.is_required() else field.default)


def _type(it: Mapping[str, Any], schema: Mapping[str, Any]) -> str:
    if "$ref" in it:
        return _type(schema["$defs"][it["$ref"].rpartition("/")[2]], schema)
    if "anyOf" in it:
        return next(_type(each, schema) for each in it["anyOf"] if each.get("type") != "null")
    return {"array": "array"}.get(it["type"]) or WORDS[it["type"]]


def _fits(said: tuple[str, str], it: tuple[str, Any]) -> bool:
    """Where there is no default in the file, the page may say in words what happens."""
    (said_type, said_default), (type_, default) = said, it
    if said_type != type_:
        return False
    if default is ...:
        return said_default == "required"
    if default is None or not said_default.startswith("`"):
        return not said_default.startswith("`") and said_default != "required"
    shown = tomllib.loads(f"it = {said_default.strip('`')}")["it"]
    return shown == (list(default) if isinstance(default, tuple) else default)
