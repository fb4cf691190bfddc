"""Commands that speak to the user, and to the engine's face."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any

from ..context import Context
from ..errors import MalformedMessage
from ..messages import Msg

__all__ = ["configure_suspender", "engine_class", "input_", "install_suspender", "remove_suspender"]


def input_(ctx: Context, msg: Msg) -> Coroutine[Any, Any, str]:
    """Ask whoever sits at the terminal: `Msg("input", prompt="ready? ")`. The reply is the line that is typed."""
    return ctx.env.ask_user(msg.kwargs.get("prompt", ""))


def engine_class(ctx: Context, msg: Msg) -> type:
    """Which engine executes this plan: `Msg("RE_class")`. The reply is its class."""
    return ctx.env.engine_class


def install_suspender(ctx: Context, msg: Msg) -> None:
    """Have a suspender watch from now on, beyond the end of the plan: `Msg("install_suspender", None, suspender)`."""
    ctx.env.install_suspender(_suspender(msg))


def remove_suspender(ctx: Context, msg: Msg) -> None:
    """Forget a suspender: `Msg("remove_suspender", None, suspender)`."""
    ctx.env.remove_suspender(_suspender(msg))


def configure_suspender(ctx: Context, msg: Msg) -> None:
    """Change settings of a suspender, an object or a name: `Msg("configure_suspender", None, suspender, low=…, …)`.

    `bypass` is one of them: the seconds for which it holds nothing.
    """
    ctx.env.configure_suspender(_suspender(msg), by=f"plan {ctx.plan_name}".rstrip(), **msg.kwargs)


def _suspender(msg: Msg) -> Any:
    if len(msg.args) != 1:
        raise MalformedMessage(
            f"{msg.command!r} needs one suspender: Msg({msg.command!r}, None, suspender); this is {msg!r}"
        )
    return msg.args[0]
