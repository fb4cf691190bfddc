"""Answers that several wait for, or nobody."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

from ..bridge import Failure

__all__ = ["answer", "at_once", "seen", "shared"]


def answer(futures: Iterable[asyncio.Future[str]], text: str, failure: Failure | None) -> None:
    """Tell each of those who still wait."""
    for future in futures:
        if future.done():
            continue
        if failure is None:
            future.set_result(text)
        else:
            future.set_exception(failure)


def shared(over: asyncio.Future[str]) -> asyncio.Future[str]:
    """The same, for one of those who wait: when that one goes away, the others still wait."""
    mine = asyncio.shield(over)
    mine.add_done_callback(seen)
    return mine


def seen(future: asyncio.Future[Any]) -> None:
    """It has been told of in PVs: nobody needs to wait for it."""
    if not future.cancelled():
        future.exception()


async def at_once(text: str) -> str:
    """An answer that need not be waited for."""
    return text
