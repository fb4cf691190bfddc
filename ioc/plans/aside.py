"""What takes its time, beside the loop."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar

__all__ = ["aside"]

T = TypeVar("T")


def aside(do: Callable[[], T], name: str) -> asyncio.Future[T]:
    """Call a function in a thread of its own, called `name`; the future of what it returns, or raises.

    A daemon, unlike those of `asyncio.to_thread`: what hangs in other people's code must not keep the process alive.
    """
    loop = asyncio.get_running_loop()
    done: asyncio.Future[T] = loop.create_future()

    def work() -> None:
        tell: Callable[[Any], None]
        try:
            tell, what = done.set_result, do()
        except Exception as error:
            tell, what = done.set_exception, error
        except BaseException as error:  # SystemExit and its like: a future takes them badly
            tell, what = done.set_exception, RuntimeError(f"{type(error).__name__}: {error}")
        with suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(lambda: None if done.done() else tell(what))

    threading.Thread(target=work, name=name, daemon=True).start()
    return done
