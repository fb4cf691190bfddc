"""A TOML file, with the lines of what is in it."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

from .errors import ConfigError
from .toml_lines import TomlLines

__all__ = ["read_toml"]


def read_toml(file: Path) -> tuple[dict[str, Any], TomlLines]:
    """What is in a file. Raises ConfigError when it cannot be read or is no TOML."""
    try:
        text = file.read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigError([f"{file}: cannot be read: {error.strerror or error}"]) from error
    except UnicodeDecodeError as error:
        raise ConfigError([f"{file}: is not UTF-8 text: {error.reason} at byte {error.start}"]) from error
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError([_syntax_error(file, text, error)]) from error
    return document, TomlLines(text)


def _syntax_error(file: Path, text: str, error: tomllib.TOMLDecodeError) -> str:
    # tomllib writes the place at the end of its message, in words; everybody's line number stands in front.
    found = re.search(r" \(at (?:line (\d+), column (\d+)|end of document)\)$", str(error))
    message = str(error)[: found.start()] if found else str(error)
    line = found.group(1) if found and found.group(1) else text.count("\n") + 1
    return f"{file.name}:{line}: not valid TOML: {message}"
