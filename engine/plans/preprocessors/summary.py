"""A summary of a plan as it goes by, for those who try it out."""

from __future__ import annotations

import sys
from typing import Any

from ...messages import Msg, MsgGenerator
from ...telling import name_of
from .mutators import msg_mutator

__all__ = ["print_summary_wrapper"]


def print_summary_wrapper(plan: Any) -> MsgGenerator:
    """The plan itself; its runs, its moves and what it reads together are written to `sys.stdout` meanwhile."""
    together: list[str] = []

    def spy(msg: Msg) -> Msg:
        if msg.command == "create":
            together.clear()
        elif msg.command == "read":
            together.append(name_of(msg.obj))
        elif line := _line(msg, together):
            sys.stdout.write(f"{line}\n")  # it is asked for: the engine itself prints nothing
        return msg

    return (yield from msg_mutator(plan, spy))


def _line(msg: Msg, together: list[str]) -> str:
    match msg.command:
        case "open_run":
            return f"{' Open Run ':=^80}"
        case "close_run":
            return f"{' Close Run ':=^80}"
        case "set":
            return f"{name_of(msg.obj)} -> {msg.args[0] if msg.args else msg.kwargs}"
        case "save":
            return f"  Read {together}"
    return ""
