"""EPICS calc expressions, compiled.

Rules of this file:
- What EPICS Base's calc accepts and means, this accepts and means; where Base takes text that cannot be meant (an
  argument too many, a `?` inside parentheses and its `:` outside), this is stricter.
- Nothing is ever evaluated as Python, and nothing recurses without a limit.
- Left out, because access rules have no memory and no luck: assignments `:=`, `;`, VAL and RNDM.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from typing import Any

from ...devices.hints import did_you_mean
from .calc import INPUTS, Calc, CalcError, Do, Step
from .calc_arithmetic import BINARY, CONSTANTS, FUNCTIONS, PREFIX, Function

__all__ = ["compile_calc"]

_DEEPEST = 80
_PLAIN = re.ASCII | re.IGNORECASE


def compile_calc(text: str) -> Calc:
    """Compile an expression.

    Raises CalcError for the first mistake, with its position.
    """
    compiler = _Compiler(text)
    compiler.whole()
    return Calc(text, tuple(compiler.steps), tuple(compiler.places))


_NUMBER = re.compile(r"0x[0-9a-f]+|([0-9]+\.?[0-9]*|\.[0-9]+)(e[+-]?[0-9]+)?|inf(inity)?|nan", _PLAIN)
_LEFT_OUT = {
    ":=": "assignments are not allowed in a rule",
    ";": "only one expression is allowed in a rule",
    "VAL": "VAL, the result before, is not available in a rule",
    "RNDM": "random numbers are not available in a rule",
}


def _any_of(*words: str) -> re.Pattern[str]:
    """A pattern for the longest of some words. They need no space after them: `SINA` is SIN(A)."""
    return re.compile("|".join(re.escape(word) for word in sorted(words, key=len, reverse=True)), _PLAIN)


_OPERAND = _any_of("(", *PREFIX, *FUNCTIONS, *CONSTANTS, *INPUTS, "VAL", "RNDM")
_OPERATOR = _any_of(*BINARY, "?", ":", ",", ")", ":=", ";")


class _Compiler:
    """From an expression to steps. Each part is compiled by the method of its name."""

    def __init__(self, text: str) -> None:
        self.steps: list[Step] = []
        self.places: list[int] = []
        self._text = text
        self._at = 0
        self._depth = 0

    def whole(self) -> None:
        """The whole text, which is one expression."""
        self._expression()
        if (word := self._peek()) is not None:
            raise self._wrong(
                "a parenthesis is closed that is not open" if word == ")" else f"{word!r} is out of place"
            )

    def _expression(self) -> None:
        self._deeper(1)
        self._binary()
        if self._peek() == "?":
            self._conditional()
        self._deeper(-1)

    def _conditional(self) -> None:
        opened = self._at
        self._take()
        otherwise = self._step(Do.JUMP_IF_ZERO, 0)
        self._expression()
        if self._peek() != ":":
            raise CalcError("a '?' has no ':'", opened)
        self._take()
        end = self._step(Do.JUMP, 0)
        self.steps[otherwise] = Step(Do.JUMP_IF_ZERO, len(self.steps))
        self._expression()
        self.steps[end] = Step(Do.JUMP, len(self.steps))

    def _binary(self) -> None:
        waiting: list[str] = []
        self._operand()
        while (word := self._peek()) in BINARY:
            while waiting and BINARY[waiting[-1]].priority >= BINARY[word].priority:
                self._step(Do.CALL, 2, BINARY[waiting.pop()].perform)
            waiting.append(word)
            self._take()
            self._operand()
        for word in reversed(waiting):
            self._step(Do.CALL, 2, BINARY[word].perform)

    def _operand(self) -> None:
        """A number, input or what is in parentheses, behind any number of signs and functions."""
        before: list[Callable[..., float]] = []
        while not self._number():
            place, word = self._at, self._operand_word()
            if word in PREFIX:
                before.append(PREFIX[word])
            elif word in FUNCTIONS:
                if self._arguments(word, place):
                    break
                before.append(FUNCTIONS[word].perform)
            else:
                self._simple(word, place)
                break
        for perform in reversed(before):
            self._step(Do.CALL, 1, perform)

    def _simple(self, word: str, place: int) -> None:
        if word == "(":
            self._expression()
            self._close(place)
        elif word in CONSTANTS:
            self._step(Do.PUSH, CONSTANTS[word])
        else:
            self.places.append(place)
            self._step(Do.FETCH, INPUTS.index(word))

    def _arguments(self, name: str, place: int) -> bool:
        """A function's arguments and its call; False where it has no parentheses, and takes the next operand."""
        function = FUNCTIONS[name]
        self._skip_space()
        opened = self._at
        if not self._text.startswith("(", opened):
            if function.arguments not in (1, None):
                raise CalcError(_wants(name, function), place)
            return False
        self._at += 1
        self._expression()
        count = 1
        while self._peek() == ",":
            self._take()
            self._expression()
            count += 1
        self._close(opened)
        if function.arguments not in (count, None):
            raise CalcError(f"{_wants(name, function)}, not {count}", place)
        self._step(Do.CALL, count, function.perform)
        return True

    def _close(self, opened: int) -> None:
        match self._peek():
            case ")":
                self._take()
            case ",":
                raise self._wrong("a comma is only allowed between the arguments of a function")
            case None:
                raise CalcError("a parenthesis is not closed", opened)
            case word:
                raise self._wrong(f"{word!r} is out of place")

    def _number(self) -> bool:
        """A number, if there is one."""
        self._skip_space()
        found = _NUMBER.match(self._text, self._at)
        if found is None:
            return False
        self._step(Do.PUSH, self._value(found.group()))
        self._at = found.end()
        return True

    def _value(self, digits: str) -> float:
        if digits[:2].lower() == "0x":
            number = int(digits, 16)
            if number >= 2**32:
                raise self._wrong(f"{digits} has more than 32 bits")
            return float(number if number < 2**31 else number - 2**32)
        number = float(digits)
        written = re.split("e", digits, maxsplit=1, flags=_PLAIN)[0]
        vanished = number < sys.float_info.min and re.search("[1-9]", written)
        if digits[0] in ".0123456789" and (number == float("inf") or vanished):
            raise self._wrong(f"{digits} is too {'small' if vanished else 'large'} for a number")
        return number

    def _operand_word(self) -> str:
        found = _OPERAND.match(self._text, self._at)
        if found is None:
            raise self._wrong(self._no_operand())
        word = found.group().upper()
        if word in _LEFT_OUT:
            raise self._wrong(_LEFT_OUT[word])
        self._at = found.end()
        return word

    def _no_operand(self) -> str:
        rest = self._text[self._at :]
        if not rest:
            return "incomplete: a number, an input or a function is missing at the end"
        found = re.match(r"\w+", rest)
        word = found.group() if found else rest[0]
        hint = did_you_mean(word, FUNCTIONS) if found else ""
        return f"{word!r} stands where a number, an input (A to U), a function or '(' is needed{hint}"

    def _peek(self) -> str | None:
        """The operator that comes next, which stays; None at the end."""
        self._skip_space()
        if self._at == len(self._text):
            return None
        found = _OPERATOR.match(self._text, self._at)
        if found is None:
            raise self._no_operator()
        word = found.group().upper()
        if word in _LEFT_OUT:
            raise self._wrong(_LEFT_OUT[word])
        return word

    def _no_operator(self) -> CalcError:
        # Of `INT(A)`, the I is an input for calc, and NT no operator: the word as a whole is what was meant.
        word = next((w for w in re.finditer(r"[A-Za-z]\w*", self._text) if w.start() < self._at < w.end()), None)
        if word is None:
            return self._wrong(f"{self._text[self._at]!r} stands where an operator is needed")
        return CalcError(f"{word.group()!r} is unknown{did_you_mean(word.group(), FUNCTIONS)}", word.start())

    def _take(self) -> None:
        """Go past the operator that `_peek` saw."""
        found = _OPERATOR.match(self._text, self._at)
        self._at = found.end() if found else self._at

    def _skip_space(self) -> None:
        while self._at < len(self._text) and self._text[self._at] in " \t\r\n\v\f":
            self._at += 1

    def _step(self, do: Do, number: Any, perform: Callable[..., float] | None = None) -> int:
        self.steps.append(Step(do, number, perform))
        return len(self.steps) - 1

    def _deeper(self, by: int) -> None:
        self._depth += by
        if self._depth > _DEEPEST:
            raise self._wrong(f"nested deeper than {_DEEPEST}")

    def _wrong(self, what: str) -> CalcError:
        return CalcError(what, self._at)


def _wants(name: str, function: Function) -> str:
    return f"{name} takes {function.arguments} argument{'s' if function.arguments != 1 else ''} in parentheses"
