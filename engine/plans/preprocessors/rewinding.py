"""Whether a plan is repeated from its last checkpoint after an interruption."""

from __future__ import annotations

from typing import Any

from ...messages import Msg, MsgGenerator
from ..generators import ensure_generator, make_decorator, single_gen
from .contingency import finalize_wrapper

__all__ = ["rewindable_decorator", "rewindable_wrapper"]


def rewindable_wrapper(plan: Any, rewindable: bool) -> MsgGenerator:
    """The plan, which with `rewindable` False is not replayed after an interruption; afterwards as it was before."""
    plan = ensure_generator(plan)
    if rewindable:
        return (yield from plan)
    before = yield Msg("rewindable", None, None)
    if not before and before is not None:
        return (yield from plan)
    yield Msg("rewindable", None, False)
    return (yield from finalize_wrapper(plan, lambda: single_gen(Msg("rewindable", None, before))))


rewindable_decorator = make_decorator(rewindable_wrapper)
