"""Plans around plans: what is staged only when it is used."""

from __future__ import annotations

from typing import Any

from ...messages import Msg, MsgGenerator
from ...protocols import Status
from ..devices import root_ancestor
from ..generators import make_decorator, pchain, single_gen, unique_group
from ..stubs.staging import unstage_all
from .contingency import finalize_wrapper
from .mutators import plan_mutator

__all__ = ["lazily_stage_decorator", "lazily_stage_wrapper"]

USES = ("read", "set", "trigger", "kickoff")


def lazily_stage_wrapper(plan: Any) -> MsgGenerator:
    """The plan, each of whose devices is staged, by its root device and once, before it is first used.

    At the end, however it ends but for a halt, everything that was staged is unstaged in reverse order.
    """
    seen: set[Any] = set()
    staged: list[Any] = []

    def stage(root: Any) -> MsgGenerator:
        group = unique_group("stage")
        reply = yield Msg("stage", root, group=group)
        if isinstance(reply, Status):
            staged.append(root)
            yield Msg("wait", None, group=group)
        else:
            staged.extend([root] if reply is None else reply)  # None: the plan is only listed

    def insert(msg: Msg) -> tuple[Any, None]:
        if msg.command not in USES or (root := root_ancestor(msg.obj)) in seen:
            return None, None
        seen.add(root)
        return pchain(stage(root), single_gen(msg)), None

    return (yield from finalize_wrapper(plan_mutator(plan, insert), lambda: unstage_all(*reversed(staged))))


lazily_stage_decorator = make_decorator(lazily_stage_wrapper)
