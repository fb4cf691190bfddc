"""The engine's event loop, as other libraries find it.

ophyd-async connects its devices on the loop that `bluesky.run_engine` knows; bluesky's engine makes its own known
there, and so must ours, or `with init_devices():` in a profile script finds none. bluesky is not imported for that: it
is told when, and if, somebody else imports it.
"""

from __future__ import annotations

import asyncio
import sys
from typing import Any

from wrapt import when_imported

__all__ = ["share_in_place_of", "share_loop", "withdraw_loop"]

_NEIGHBOUR = "bluesky.run_engine"
_shared: list[asyncio.AbstractEventLoop] = []
"""The loops of the engines that have not been closed, the newest last."""


def share_loop(loop: asyncio.AbstractEventLoop) -> None:
    """Name this as the engine's loop. The engine that was made last wins, as among bluesky's own."""
    _shared.append(loop)
    _tell_if_imported()


def share_in_place_of(old: asyncio.AbstractEventLoop, loop: asyncio.AbstractEventLoop) -> None:
    """The engine's loop is another one from now on; which engine's is found does not change by that."""
    _shared[:] = [loop if each is old else each for each in _shared]
    _tell_if_imported()


def withdraw_loop(loop: asyncio.AbstractEventLoop) -> None:
    """Nobody is to find this loop any more; the one before it, if there is one, is found again."""
    while loop in _shared:
        _shared.remove(loop)
    neighbour = sys.modules.get(_NEIGHBOUR)
    if neighbour is not None and neighbour.get_bluesky_event_loop() is loop:
        neighbour.set_bluesky_event_loop(_shared[-1] if _shared else None)


def _tell_if_imported() -> None:
    neighbour = sys.modules.get(_NEIGHBOUR)
    if neighbour is not None:
        _tell(neighbour)


@when_imported(_NEIGHBOUR)
def _tell(neighbour: Any) -> None:
    if _shared:
        neighbour.set_bluesky_event_loop(_shared[-1])
