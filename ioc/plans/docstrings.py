"""What a docstring says of each parameter."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator

__all__ = ["parameter_docs"]

_FIELD = re.compile(r":param\s+(?:[^:]*\s)?\*{0,2}(\w+)\s*:\s*(.*)")
_NUMPY_HEAD = re.compile(r"^(?:Other )?Parameters\n-{3,}\n", re.MULTILINE)
_NUMPY_NEXT = re.compile(r"^\S.*\n-{3,}\n", re.MULTILINE)
_NUMPY_NAMES = re.compile(r"([\w*, ]+?)\s*(:.*)?")
_GOOGLE_HEAD = re.compile(r"^(?:Args|Arguments|Parameters):\n", re.MULTILINE)
_GOOGLE_NAME = re.compile(r"\*{0,2}(\w+)\s*(?:\([^)]*\))?:\s*(.*)")


def parameter_docs(doc: str) -> dict[str, str]:
    """Parameter → its text in a line: of a numpydoc table, of Google's `Args:`, or of `:param name:`."""
    found: dict[str, str] = {}
    for name, text in (*_numpy(doc), *_google(doc), *_fields(doc)):
        found.setdefault(name, " ".join(text.split()))
    return {name: text for name, text in found.items() if text}


def _numpy(doc: str) -> Iterator[tuple[str, str]]:
    for head in _NUMPY_HEAD.finditer(doc):
        rest = doc[head.end() :]
        following = _NUMPY_NEXT.search(rest)
        table = rest[: following.start()] if following else rest
        for names, text in _indented(table):
            match = _NUMPY_NAMES.fullmatch(names)
            for name in match.group(1).split(",") if match else ():
                yield name.strip(" *"), text


def _google(doc: str) -> Iterator[tuple[str, str]]:
    for head in _GOOGLE_HEAD.finditer(doc):
        rest = doc[head.end() :]
        following = re.search(r"^\S", rest, re.MULTILINE)
        table = inspect.cleandoc("\n" + (rest[: following.start()] if following else rest))
        for line, text in _indented(table):
            if match := _GOOGLE_NAME.fullmatch(line):
                yield match.group(1), f"{match.group(2)} {text}"


def _fields(doc: str) -> Iterator[tuple[str, str]]:
    for line, text in _indented(doc):
        if match := _FIELD.fullmatch(line):
            yield match.group(1), f"{match.group(2)} {text}"


def _indented(text: str) -> Iterator[tuple[str, str]]:
    """Each line that is not indented, with the first paragraph that is indented below it."""
    lines = text.splitlines()
    for number, line in enumerate(lines):
        if not line or line[0].isspace():
            continue
        below: list[str] = []
        for following in lines[number + 1 :]:
            if not following.strip() and below:
                break
            if following.strip() and not following[0].isspace():
                break
            below.append(following)
        yield line, "\n".join(below)
