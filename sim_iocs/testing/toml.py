"""Writing TOML: Python reads it, and does not write it."""

import json
from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any


def dumps(tables: Mapping[str, Any]) -> str:
    """A document that reads back as this. Raises TypeError for what TOML has no form for."""
    plain = {key: value for key, value in tables.items() if not (_is_table(value) or _is_array_of_tables(value))}
    text = _lines(plain)
    for key, value in tables.items():
        if _is_table(value):
            text += f"\n[{_key(key)}]\n{_lines(value)}"
        elif _is_array_of_tables(value):
            text += "".join(f"\n[[{_key(key)}]]\n{_lines(each)}" for each in value)
    return text


def _is_table(value: object) -> bool:
    return isinstance(value, Mapping)


def _is_array_of_tables(value: object) -> bool:
    return isinstance(value, list | tuple) and bool(value) and all(_is_table(each) for each in value)


def _lines(table: Mapping[str, Any]) -> str:
    return "".join(f"{_key(key)} = {_value(value)}\n" for key, value in table.items())


def _key(key: str) -> str:
    return _text(key)


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{_key(key)} = {_value(each)}' for key, each in value.items())}}}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_value, value))}]"
    raise TypeError(f"TOML has no form for {value!r}")


def _text(text: str) -> str:
    # JSON leaves DEL as it is; its surrogate pairs are no TOML.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
