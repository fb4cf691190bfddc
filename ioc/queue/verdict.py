"""What the end of a plan means for the queue.

Rules of this file:
1. It is decided here and nowhere else, from data alone.
2. A plan that was aborted, or halted, stops the queue, whatever is set for failures: somebody, or something that guards
   the beamline, has decided that it must not go on.
"""

from __future__ import annotations

from dataclasses import dataclass

from ...engine import Outcome

__all__ = ["Ending", "Verdict", "judge"]


@dataclass(frozen=True, slots=True)
class Ending:
    """How the plan of an item has ended; `item` is it in a line, for people."""

    item: str
    outcome: Outcome
    reason: str = ""
    pause_wished: bool = False
    """Somebody has asked for a pause after the run, and the plan was over then."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of the item, and of the queue."""

    done: bool
    """It is done, and comes again where the queue is a loop."""
    back: bool
    """It goes back to the front."""
    stops: str = ""
    """Why the queue stops; empty if it goes on."""
    failed: bool = False
    """Whether it stops for a failure."""


def judge(ending: Ending, *, on_failure: str, service_ends: str = "") -> Verdict:
    """`on_failure` is stop or skip; `service_ends` says why plans are being ended, if they are."""
    done = ending.outcome in (Outcome.SUCCESS, Outcome.STOP)
    again = f"{ending.item} is first in the queue again"
    if service_ends and ending.outcome is not Outcome.SUCCESS:
        return Verdict(done=False, back=True, stops=f"{service_ends}: {again}")
    if ending.outcome is Outcome.FAIL and on_failure == "skip":
        return Verdict(done=False, back=False)
    if not done:
        text = f"{ending.item} {_WORDS[ending.outcome]}: {ending.reason}; it is first in the queue again"
        return Verdict(done=False, back=True, stops=text, failed=True)
    return Verdict(done=True, back=False, stops=_why_done(ending))


def _why_done(ending: Ending) -> str:
    if ending.outcome is Outcome.STOP:
        return f"{ending.item} was stopped{f': {ending.reason}' if ending.reason else ''}"
    return f"a pause after {ending.item} was asked for" if ending.pause_wished else ""


_WORDS = {Outcome.FAIL: "has failed", Outcome.ABORT: "was aborted", Outcome.HALT: "was halted"}
