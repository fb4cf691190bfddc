"""The words of an access security file."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum, auto

from .macros import MacroError, expand

__all__ = ["Kind", "Token", "tokens"]

_TOKEN = re.compile(
    r"""
      [ \t\r]+
    | \#.*
    | "(?P<quoted>(?:[^"\\]|\\.)*)"
    | (?P<word>[A-Za-z0-9_\-+:.\[\]<>;]+)
    | (?P<mark>[(){},])
    """,
    re.VERBOSE,
)
# A comment is not looked at for macros; a # in quotes begins none.
_UP_TO_COMMENT = re.compile(r'(?:"(?:[^"\\]|\\.)*"|[^#"])*(?=#)')
_KEYWORD = re.compile(r"UAG|HAG|ASG|RULE|CALC|INP[A-U]")


class Kind(Enum):
    """What sort of word it is. Only `STRING`, with or without quotes, can be a name.

    `BAD` is none: its text says what is wrong there, and nothing comes after it but `END`.
    """

    KEYWORD = auto()
    INTEGER = auto()
    STRING = auto()
    MARK = auto()
    BAD = auto()
    END = auto()


@dataclass(frozen=True, slots=True)
class Token:
    """One word and the line it is on."""

    kind: Kind
    text: str
    line: int

    def __str__(self) -> str:
        return "the end of the file" if self.kind is Kind.END else repr(self.text)


def tokens(text: str, macros: Mapping[str, str]) -> Iterator[Token]:
    """The words of a file, with its macros expanded, and one for the end."""
    lines = text.split("\n")
    for number, line in enumerate(lines, 1):
        try:
            words = list(_tokens_of(_expanded(line, macros), number))
        except MacroError as error:
            words = [Token(Kind.BAD, str(error), number)]
        yield from words
        if words and words[-1].kind is Kind.BAD:
            break
    yield Token(Kind.END, "", len(lines))


def _expanded(line: str, macros: Mapping[str, str]) -> str:
    found = _UP_TO_COMMENT.match(line)
    return expand(found.group() if found else line, macros)


def _tokens_of(line: str, number: int) -> Iterator[Token]:
    at = 0
    while at < len(line):
        found = _TOKEN.match(line, at)
        if found is None:
            yield Token(Kind.BAD, _no_word(line, at), number)
            return
        at = found.end()
        if found.lastgroup is not None:
            yield Token(_kind(found.lastgroup, found[found.lastgroup]), found[found.lastgroup], number)


def _kind(group: str, text: str) -> Kind:
    match group:
        case "mark":
            return Kind.MARK
        case "quoted":
            return Kind.STRING
    if _KEYWORD.fullmatch(text):
        return Kind.KEYWORD
    return Kind.INTEGER if re.fullmatch("[0-9]+", text) else Kind.STRING


def _no_word(line: str, at: int) -> str:
    if line[at] == '"':
        return f"a text in quotes is not closed on its line: {line[at:].strip()}"
    return f"{line[at]!r} is only allowed in quotes; a name without has letters, digits and _ - + : . [ ] < > ; only"
