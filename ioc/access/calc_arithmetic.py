"""EPICS calc's operators and functions on numbers.

Rules of this file:
- Everything takes and gives floats, and nothing raises: a division by zero is an infinity, 0/0 is NaN, as in C.
- Integers are 32 bits wide. A number that does not fit becomes what EPICS Base makes of it on x86_64.
- What uses numpy is called inside `numpy.errstate(all="ignore")`.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

__all__ = ["BINARY", "CONSTANTS", "FUNCTIONS", "PREFIX", "Function", "Operator"]

_LOWEST = -(2**31)


@dataclass(frozen=True, slots=True)
class Operator:
    """An operator between two operands; the one of higher priority is done first, equal ones from left to right."""

    priority: int
    perform: Callable[..., float]


@dataclass(frozen=True, slots=True)
class Function:
    """A function; `arguments` is how many it takes, None for any number but zero."""

    arguments: int | None
    perform: Callable[..., float]


def _wrapped(number: int) -> int:
    """The signed 32 bit integer with the low 32 bits of a number."""
    return (number + 2**31) % 2**32 - 2**31


def _whole(x: float) -> int:
    """A number without its fraction; the lowest 32 bit integer where it does not fit into one."""
    if not math.isfinite(x):
        return _LOWEST
    whole = math.trunc(x)
    return whole if _LOWEST <= whole < 2**31 else _LOWEST


def _bits(x: float) -> int:
    """A number as the bit operators see it: signed, but 0xFFFFFFFF is 32 bits as well as -1 is."""
    if x < 0:
        return _whole(x)
    if not math.isfinite(x) or x >= 2**63:
        return 0
    return _wrapped(math.trunc(x))


def _modulo(a: float, b: float) -> float:
    dividend, divisor = _whole(a), _whole(b)
    return math.fmod(dividend, divisor) + 0.0 if divisor else math.nan  # -0.0 is no integer


def _nearest(x: float) -> float:
    return float(_whole(x + 0.5 if x >= 0 else x - 0.5))


def _largest(*numbers: float) -> float:
    return math.nan if any(map(math.isnan, numbers)) else max(numbers)


def _smallest(*numbers: float) -> float:
    return math.nan if any(map(math.isnan, numbers)) else min(numbers)


def _infinite(x: float) -> float:
    return math.copysign(1.0, x) if math.isinf(x) else 0.0


def _shift_left(a: float, b: float) -> float:
    return float(_wrapped(_bits(a) << (_bits(b) & 31)))


def _shift_right(a: float, b: float) -> float:
    return float(_bits(a) >> (_bits(b) & 31))


def _shift_right_unsigned(a: float, b: float) -> float:
    return float((_bits(a) % 2**32) >> (_bits(b) & 31))


def _of_bits(function: Callable[..., int]) -> Callable[..., float]:
    return lambda *numbers: float(function(*map(_bits, numbers)))


def _plain(function: Callable[..., Any]) -> Callable[..., float]:
    """With a float for a result, where it is a bool or one of numpy's."""
    return lambda *numbers: float(function(*numbers))


_EQUAL, _UNEQUAL, _POWER = (
    Operator(3, _plain(operator.eq)),
    Operator(3, _plain(operator.ne)),
    Operator(6, _plain(np.power)),
)
_BIT_AND, _BIT_OR = Operator(2, _of_bits(operator.and_)), Operator(1, _of_bits(operator.or_))

BINARY: dict[str, Operator] = {
    "||": Operator(1, _plain(lambda a, b: bool(a) or bool(b))),
    "|": _BIT_OR,
    "OR": _BIT_OR,
    "XOR": Operator(1, _of_bits(operator.xor)),
    "&&": Operator(2, _plain(lambda a, b: bool(a) and bool(b))),
    "&": _BIT_AND,
    "AND": _BIT_AND,
    "<<": Operator(2, _shift_left),
    ">>": Operator(2, _shift_right),
    ">>>": Operator(2, _shift_right_unsigned),
    "=": _EQUAL,
    "==": _EQUAL,
    "!=": _UNEQUAL,
    "#": _UNEQUAL,
    "<": Operator(3, _plain(operator.lt)),
    "<=": Operator(3, _plain(operator.le)),
    ">": Operator(3, _plain(operator.gt)),
    ">=": Operator(3, _plain(operator.ge)),
    "+": Operator(4, operator.add),
    "-": Operator(4, operator.sub),
    "*": Operator(5, operator.mul),
    "/": Operator(5, _plain(np.divide)),
    "%": Operator(5, _modulo),
    "^": _POWER,
    "**": _POWER,
}

_NOT = _of_bits(lambda bits: ~bits)

PREFIX: dict[str, Callable[[float], float]] = {
    "-": operator.neg,
    "!": _plain(operator.not_),
    "~": _NOT,
    "NOT": _NOT,
}

_ROOT, _LOG_E = Function(1, _plain(np.sqrt)), Function(1, _plain(np.log))

FUNCTIONS: dict[str, Function] = {
    "ABS": Function(1, math.fabs),
    "SQR": _ROOT,
    "SQRT": _ROOT,
    "EXP": Function(1, _plain(np.exp)),
    "LN": _LOG_E,
    "LOGE": _LOG_E,
    "LOG": Function(1, _plain(np.log10)),
    "MIN": Function(None, _smallest),
    "MAX": Function(None, _largest),
    "CEIL": Function(1, _plain(np.ceil)),
    "FLOOR": Function(1, _plain(np.floor)),
    "NINT": Function(1, _nearest),
    "FMOD": Function(2, _plain(np.fmod)),
    "SIN": Function(1, _plain(np.sin)),
    "COS": Function(1, _plain(np.cos)),
    "TAN": Function(1, _plain(np.tan)),
    "ASIN": Function(1, _plain(np.arcsin)),
    "ACOS": Function(1, _plain(np.arccos)),
    "ATAN": Function(1, _plain(np.arctan)),
    "ATAN2": Function(2, lambda x, y: math.atan2(y, x)),  # x comes first, unlike in C
    "SINH": Function(1, _plain(np.sinh)),
    "COSH": Function(1, _plain(np.cosh)),
    "TANH": Function(1, _plain(np.tanh)),
    "ISNAN": Function(None, _plain(lambda *numbers: any(map(math.isnan, numbers)))),
    "ISINF": Function(1, _infinite),
    "FINITE": Function(None, _plain(lambda *numbers: all(map(math.isfinite, numbers)))),
}

CONSTANTS: dict[str, float] = {"PI": math.pi, "D2R": math.pi / 180, "R2D": 180 / math.pi}
