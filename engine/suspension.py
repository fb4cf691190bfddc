"""What happens while the plan is held: a plan of its own."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from typing import Any

from .holds import Hold
from .messages import Msg, MsgGenerator
from .plan_stack import as_generator

__all__ = ["suspension"]

InForce = Callable[[], list[Hold]]


def suspension(in_force: InForce, known: Iterable[Hashable] = ()) -> MsgGenerator:
    """Wait until nobody holds the plan any more: until `in_force()` is empty.

    Each hold's pre-plan runs once, in the order in which the holds came; the post-plans run in the opposite order when
    the last hold is gone, so that two of them never drive the same shutter at once. A hold that comes back meanwhile
    puts everything to rest again. Of holds by others than the `known` owners it is recorded that they join.
    """
    entered: list[Hold] = []
    recorded = set(known)
    while True:
        if (hold := _new(in_force(), entered)) is not None:
            entered.append(hold)
            if hold.owner not in recorded:
                yield Msg("_joined", None, hold.reason)
            recorded.discard(hold.owner)
            yield from _plan_of(hold.pre_plan)
            continue
        if in_force():
            # Who is known goes along: a hold that comes before the message is executed must not count as known.
            yield Msg("_until_holds_change", None, frozenset(hold.owner for hold in entered), in_force)
            continue
        yield Msg("_wake")
        while entered and not in_force():
            yield from _plan_of(entered.pop().post_plan)
        if not in_force():
            return
        yield Msg("_rest")


def _new(holds: list[Hold], entered: list[Hold]) -> Hold | None:
    owners = {hold.owner for hold in entered}
    return next((hold for hold in holds if hold.owner not in owners), None)


def _plan_of(plan: Any) -> MsgGenerator:
    """A plan that may be missing, an iterable, or a function that makes one (which can be used for every trip)."""
    if plan is None:
        return
    yield from as_generator(plan() if callable(plan) else plan)
    yield Msg("_settle")
