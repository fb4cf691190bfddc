"""How the verdicts on several sources make one: pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from .watched import Cause, Trouble

__all__ = ["Together", "Verdict", "all_of", "any_of"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is wrong with what is watched. `cause` tells one from another; it does not change with each value."""

    cause: tuple[Any, ...]
    text: str
    is_waiting: bool
    """Whether it is only that nothing has been heard yet."""
    by_bad_pv: bool
    """Whether a bad PV is part of it."""
    by_value: bool
    """Whether a value is part of it."""


Together: TypeAlias = Callable[[Sequence[Trouble | None]], Verdict | None]


def any_of(troubles: Sequence[Trouble | None]) -> Verdict | None:
    """Bad as soon as one is."""
    return _verdict(troubles) if any(troubles) else None


def all_of(troubles: Sequence[Trouble | None]) -> Verdict | None:
    """Bad only when every one is. One that is not known counts as bad."""
    return _verdict(troubles) if all(troubles) else None


def _verdict(troubles: Sequence[Trouble | None]) -> Verdict:
    causes = [trouble.cause if trouble else None for trouble in troubles]
    known = [cause for cause in causes if cause is not None]
    return Verdict(
        tuple(causes),
        " and ".join(trouble.text for trouble in troubles if trouble),
        is_waiting=all(cause is Cause.WAITING for cause in known),
        by_bad_pv=any(cause.is_bad_pv for cause in known),
        by_value=Cause.VALUE in known,
    )
