"""Conditions of rules, in a form that Phoebus, which makes Python of it, and the web, JavaScript, read alike.

Rules of this file:
1. A condition compares variables with constants, and combines such comparisons: nothing is called, nothing computed.
2. Whatever is not of this form is an error here, though one of the two may know what to do with it.
3. Macros are filled in before. One that is not known yet is taken for a number.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from operator import eq, ge, gt, le, lt, ne

__all__ = ["Comparison", "Condition", "Constant", "NoCondition", "Variable", "condition"]

_TOKEN = re.compile(
    r"""\s*(?: (?P<variable> pv(?:|Int|Str|Sev)\d+ (?!\w) )
          | (?P<number> -?\d+(?:\.\d+)? | \$\(\w+\) )
          | (?P<text> "[^"\\]*" )
          | (?P<compare> == | != | <= | >= | < | > )
          | (?P<both> && ) | (?P<either> \|\| ) | (?P<not> ! ) | (?P<open> \( ) | (?P<close> \) ) )\s*""",
    re.VERBOSE,
)
Constant = float | str
_OPERATORS = {"==": eq, "!=": ne, "<": lt, "<=": le, ">": gt, ">=": ge}


class NoCondition(ValueError):
    """This is no condition; says what would be one."""


@dataclass(frozen=True)
class Variable:
    """One of a rule's PVs, by its number: as a number, or, of the kind Str, as a text."""

    kind: str
    index: int

    def __str__(self) -> str:
        return f"pv{self.kind}{self.index}"


@dataclass(frozen=True)
class Comparison:
    """Two variables or constants."""

    left: Variable | Constant
    operator: str
    right: Variable | Constant

    @property
    def variables(self) -> list[Variable]:
        """Those that are compared."""
        return [each for each in (self.left, self.right) if isinstance(each, Variable)]

    @property
    def constant(self) -> Constant | None:
        """What a variable is compared with; None for another variable."""
        return next((each for each in (self.right, self.left) if not isinstance(each, Variable)), None)

    def holds(self, values: Mapping[Variable, Constant]) -> bool:
        """Whether it is so."""
        left, right = (values.get(each) if isinstance(each, Variable) else each for each in (self.left, self.right))
        if left is None or right is None or isinstance(left, str) is not isinstance(right, str):
            return self.operator == "!="
        return bool(_OPERATORS[self.operator](left, right))


@functools.cache
def condition(text: str) -> Condition:
    """Parsed. Raises NoCondition."""
    return Condition(text)


class Condition:
    """A parsed condition."""

    def __init__(self, text: str) -> None:
        """Raises NoCondition."""
        self._tokens = list(_tokens(text))
        self.comparisons: list[Comparison] = []
        self._root = self._either()
        if self._tokens:
            raise NoCondition(f"{self._tokens[0][1]!r} is left over")

    def holds(self, values: Mapping[Variable, Constant]) -> bool:
        """Whether it is so with these values."""
        return _holds(self._root, values)

    # One method a level: || binds least, then &&, then !

    def _either(self) -> object:
        parts = [self._both()]
        while self._take("either"):
            parts.append(self._both())
        return ("either", parts) if len(parts) > 1 else parts[0]

    def _both(self) -> object:
        parts = [self._single()]
        while self._take("both"):
            parts.append(self._single())
        return ("both", parts) if len(parts) > 1 else parts[0]

    def _single(self) -> object:
        if self._take("not"):
            # Python's `not` binds less than ==, JavaScript's ! binds more: only before brackets they agree.
            if not self._tokens or self._tokens[0][0] != "open":
                raise NoCondition("! comes before brackets: !(pv0 == 1), or use !=")
            return ("not", [self._single()])
        if self._take("open"):
            inner = self._either()
            if not self._take("close"):
                raise NoCondition("a bracket is not closed")
            return inner
        return self._comparison()

    def _comparison(self) -> Comparison:
        left, operator, right = self._operand(), self._take("compare"), self._operand()
        if left is None or not operator or right is None:
            raise NoCondition('it is a variable and a constant, such as pv0 == 1 or pvStr0 == "running"')
        if _is_text(left) is not _is_text(right):
            raise NoCondition(f"of {left} and {right} one is a text, the other a number")
        if _is_text(left) and operator not in ("==", "!="):
            raise NoCondition("texts are compared with == and !=")
        found = Comparison(left, operator, right)
        self.comparisons.append(found)
        return found

    def _operand(self) -> Variable | Constant | None:
        if name := self._take("variable"):
            kind = name[2:].rstrip("0123456789")
            return Variable(kind, int(name[2 + len(kind) :]))
        if number := self._take("number"):
            return 0.0 if number.startswith("$") else float(number)
        text = self._take("text")
        return text[1:-1] if text else None

    def _take(self, kind: str) -> str:
        if self._tokens and self._tokens[0][0] == kind:
            return self._tokens.pop(0)[1]
        return ""


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    at = 0
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None:
            raise NoCondition(f"{text[at:].strip()!r} is neither pv0, pvInt0, pvStr0 nor a constant nor operator")
        at = found.end()
        kind = found.lastgroup or ""
        yield kind, found[kind].strip()


def _is_text(operand: Variable | Constant) -> bool:
    return operand.kind == "Str" if isinstance(operand, Variable) else isinstance(operand, str)


def _holds(node: object, values: Mapping[Variable, Constant]) -> bool:
    if isinstance(node, Comparison):
        return node.holds(values)
    kind, parts = node  # type: ignore[misc]
    if kind == "not":
        return not _holds(parts[0], values)
    return (all if kind == "both" else any)(_holds(part, values) for part in parts)
