"""Line numbers of the keys of a TOML text.

`tomllib` gives values without saying where they stood, and a mistake in a configuration is found by its line.

Rules of this file:
- It reads texts that `tomllib` has already accepted, so it never judges, it only counts.
- A path is a tuple of keys and list positions: `("device", 0, "kwargs", "labels")`.
"""

from __future__ import annotations

import re
import tomllib
from collections import defaultdict

__all__ = ["Path", "TomlLines"]

Path = tuple[str | int, ...]

_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)+")
_KEY_PART = re.compile(r"""[A-Za-z0-9_-]+|"(?:[^"\\]|\\.)*"|'[^']*'""")
_DOT = re.compile(r"[ \t]*\.[ \t]*")
_BARE_VALUE = re.compile(r"[^,\]}#\n]+")
# Long forms first: their quotes also begin the short ones. A long string may end in two quotes of its own.
_STRING = re.compile(
    r'"""(?:[^\\]|\\.)*?"{3,5}' r"|'''.*?'{3,5}" r'|"(?:[^"\\]|\\.)*"' r"|'[^']*'",
    re.DOTALL,
)


class TomlLines:
    """Where each table, key and list element of a TOML text begins."""

    def __init__(self, text: str) -> None:
        """Read `text`, which must be valid TOML."""
        self._text = text
        self._at = 0
        self._lines: dict[Path, int] = {}
        self._array_sizes: defaultdict[Path, int] = defaultdict(int)
        self._read_all()

    def of(self, path: Path) -> int:
        """Return the line, from 1, of the key at `path`, or of the nearest table around one that is missing."""
        while path and path not in self._lines:
            path = path[:-1]
        return self._lines.get(path, 1)

    def _read_all(self) -> None:
        table: Path = ()
        self._skip_blank()
        while self._at < len(self._text):
            if self._text.startswith("[", self._at):
                table = self._read_header()
            else:
                self._read_pair(table)
            self._skip_blank()

    def _read_header(self) -> Path:
        double = self._text.startswith("[[", self._at)
        self._at += 2 if double else 1
        self._skip_blank()
        *outer, last = self._read_key()
        line = self._line()
        path: Path = ()
        for part in outer:
            path = self._into_last_element((*path, part), line)
        path = (*path, last)
        if double:
            self._note(path, line)
            self._array_sizes[path] += 1
        path = self._into_last_element(path, line)
        self._skip_blank()
        self._at += 2 if double else 1
        return path

    def _into_last_element(self, path: Path, line: int) -> Path:
        """`[device.kwargs]` after `[[device]]` goes into the device begun last."""
        self._note(path, line)
        size = self._array_sizes.get(path, 0)
        if not size:
            return path
        self._note((*path, size - 1), line)
        return (*path, size - 1)

    def _read_pair(self, table: Path) -> None:
        line = self._line()
        path = table
        for part in self._read_key():
            path = (*path, part)
            self._note(path, line)
        self._skip_blank()
        self._at += 1  # the equals sign
        self._skip_blank()
        self._read_value(path)

    def _read_key(self) -> list[str]:
        parts = [self._read_key_part()]
        while dot := _DOT.match(self._text, self._at):
            self._at = dot.end()
            parts.append(self._read_key_part())
        return parts

    def _read_key_part(self) -> str:
        raw = self._take(_KEY_PART)
        if raw[0] in "\"'":
            return next(iter(tomllib.loads(f"{raw} = 0")))  # knows the escapes
        return raw

    def _read_value(self, path: Path) -> None:
        match self._text[self._at]:
            case "[":
                self._read_array(path)
            case "{":
                self._read_inline_table(path)
            case '"' | "'":
                self._take(_STRING)
            case _:
                self._take(_BARE_VALUE)

    def _read_array(self, path: Path) -> None:
        self._at += 1
        self._skip_blank()
        index = 0
        while self._text[self._at] != "]":
            self._note((*path, index), self._line())
            self._read_value((*path, index))
            self._skip_comma()
            index += 1
        self._at += 1

    def _read_inline_table(self, path: Path) -> None:
        self._at += 1
        self._skip_blank()
        while self._text[self._at] != "}":
            self._read_pair(path)
            self._skip_comma()
        self._at += 1

    def _skip_comma(self) -> None:
        self._skip_blank()
        if self._text[self._at] == ",":
            self._at += 1
            self._skip_blank()

    def _skip_blank(self) -> None:
        if blank := _BLANK.match(self._text, self._at):
            self._at = blank.end()

    def _take(self, pattern: re.Pattern[str]) -> str:
        found = pattern.match(self._text, self._at)
        if found is None:
            raise ValueError(f"line {self._line()}: this text is not valid TOML")
        self._at = found.end()
        return found.group()

    def _line(self) -> int:
        return self._text.count("\n", 0, self._at) + 1

    def _note(self, path: Path, line: int) -> None:
        # The first mention counts: `[device.kwargs]` must not move the line of its device.
        self._lines.setdefault(path, line)
