"""Numbers in values, and values in words."""

from __future__ import annotations

import math
from numbers import Real
from typing import Any

from .condition import Reading

__all__ = ["checked_limit", "in_words", "no_number", "not_for_numbers", "number_of"]

_LONGEST = 40


def number_of(value: Any) -> float | None:
    """The number in `value`, be it Python's or numpy's, a scalar or an array of one; None if there is none, or NaN."""
    if type(value) is float:  # nearly always: what is below costs ten times as much
        return None if math.isnan(value) else value
    if getattr(value, "size", 1) == 1 and hasattr(value, "item"):
        value = value.item()
    if not isinstance(value, Real):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return None if math.isnan(number) else number


def checked_limit(name: str, value: Any) -> float:
    """`value` as a limit. ValueError for what is no finite number."""
    number = number_of(value)
    if number is None or not math.isfinite(number):
        raise ValueError(f"{name} = {value!r} is no limit: it must be a finite number")
    return number


def in_words(value: Any, *limits: float) -> str:
    """A value for people: short, but never rounded to, or beyond, one of these limits."""
    number = number_of(value)
    if number is None:
        shown = repr(value)
        return shown if len(shown) <= _LONGEST else f"{shown[: _LONGEST - 3]}..."
    if number.is_integer() and abs(number) < 1e15:
        return str(int(number))
    if not limits:
        return repr(number)
    # 99.9999999 must not read "is 100, below 100".
    texts = (f"{number:.{digits}g}" for digits in (6, 9, 12))
    return next(
        (text for text in texts if all(_is_beside(number, float(text), limit) for limit in limits)), repr(number)
    )


def _is_beside(number: float, shown: float, limit: float) -> bool:
    return (number < limit, number > limit) == (shown < limit, shown > limit)


def no_number(value: Any) -> str:
    """What is wrong with a value that is no number."""
    return f"is {in_words(value)}, which is not a number"


def not_for_numbers(reading: Reading, kind: str) -> str:
    """Why a condition that compares numbers can never judge this; empty if it can."""
    if type(reading.value) is float and not reading.labels:
        return ""
    if reading.labels:
        states = ", ".join(reading.labels)
        return f"is an enum ({states}), and {kind!r} compares numbers; take bool_high, bool_low or changed"
    value = reading.value
    size = getattr(value, "size", 1)
    if isinstance(value, str | bytes) or size != 1:
        what = f"an array of {size} elements" if size != 1 else "a text"
        return f"is {what}, and {kind!r} compares one number"
    return ""
