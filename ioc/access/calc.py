"""Compiled EPICS calc expressions: a program for a small stack machine.

`calc_compiler` makes them, `calc_arithmetic` has what the operators and functions do.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

import numpy as np

__all__ = ["INPUTS", "Calc", "CalcError", "Do", "Step"]

INPUTS = "ABCDEFGHIJKLMNOPQRSTU"
"""The letters of the inputs, in the order of their values."""


class CalcError(ValueError):
    """A calc expression is wrong. `position` is where in its text, counted from 0."""

    def __init__(self, what: str, position: int) -> None:
        super().__init__(f"{what} (character {position + 1})")
        self.what = what
        self.position = position


class Do(Enum):
    """What a step does."""

    PUSH = auto()
    FETCH = auto()
    CALL = auto()
    JUMP = auto()
    JUMP_IF_ZERO = auto()


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a stack machine; `number` is a constant, an input, a count of arguments or where to jump."""

    do: Do
    number: Any
    perform: Callable[..., float] | None = None


@dataclass(frozen=True)
class Calc:
    """A compiled expression. `inputs` are the letters it uses, `places` where each of them is in the text."""

    text: str
    steps: tuple[Step, ...]
    places: tuple[int, ...]

    @property
    def inputs(self) -> str:
        """The letters of the inputs it uses, each once, in order."""
        return "".join(sorted({self.text[place].upper() for place in self.places}))

    def evaluate(self, values: Sequence[float]) -> float:
        """The result for the values of A, B, C …; those that are not given are 0."""
        stack: list[float] = []
        at = 0
        with np.errstate(all="ignore"):
            while at < len(self.steps):
                step = self.steps[at]
                at += 1
                match step.do:
                    case Do.PUSH:
                        stack.append(step.number)
                    case Do.FETCH:
                        stack.append(float(values[step.number]) if step.number < len(values) else 0.0)
                    case Do.CALL if step.perform is not None:
                        stack[-step.number :] = [step.perform(*stack[-step.number :])]
                    case Do.JUMP:
                        at = step.number
                    case Do.JUMP_IF_ZERO if stack.pop() == 0:
                        at = step.number
        return stack[0]

    def is_true(self, values: Sequence[float]) -> bool:
        """Whether the result counts as true in an access rule: 1, give or take a hundredth."""
        return 0.99 < self.evaluate(values) < 1.01

    def with_names(self, names: Mapping[str, str]) -> str:
        """The text, with names for the letters of the inputs."""
        parts, after = [], 0
        for place in self.places:
            letter = self.text[place].upper()
            parts += [self.text[after:place], names.get(letter, letter)]
            after = place + 1
        return "".join([*parts, self.text[after:]])
