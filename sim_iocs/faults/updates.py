"""What PVs publish, on its way to the clients.

Rules of this file:
- Nothing here waits: who writes a PV does not wait for those who listen to it.
- For a client that does not read the newest update of each of its subscriptions is kept, and some of the older ones.
"""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any

import caproto as ca

__all__ = ["AtOnce", "Backlog"]

_log = logging.getLogger("reioc.sim_iocs.faults")


class AtOnce:
    """What PVs take for the queue into which they publish: it is empty again when `put` comes back.

    From caproto's own queue updates reach the clients some turns of the loop later, after the answer to the put that
    has caused them.
    """

    def __init__(self, pass_on: Callable[..., Coroutine[Any, Any, None]]) -> None:
        self._pass_on = pass_on

    async def put(self, update: Any) -> None:
        """Pass an update on to all who have subscribed to it."""
        try:
            await self._pass_on(*update)
        except Exception:
            # Whoever has written the PV can do nothing about it.
            pv = update.sub_specs[0].db_entry
            _log.exception("clients could not be told of %s", getattr(pv, "pvname", pv))


class Backlog(asyncio.Queue[Any]):
    """The updates that a client is still to be sent: weak references, dead where caproto has dropped an old one."""

    async def put(self, item: Any) -> None:
        """Put an update behind the others."""
        if self.qsize() >= ca.MAX_TOTAL_SUBSCRIPTION_BACKLOG:
            self._keep_the_newest()
        self.put_nowait(item)

    def take(self) -> list[Any]:
        """All of them, in order; then there are none."""
        taken = (self.get_nowait()() for _ in range(self.qsize()))
        return [each for each in taken if each is not None]

    def _keep_the_newest(self) -> None:
        newest: dict[int, Any] = {}
        for reference in [self.get_nowait() for _ in range(self.qsize())]:
            update = reference()
            if update is not None:
                newest.pop(update.subscriptionid, None)
                newest[update.subscriptionid] = reference
        for reference in newest.values():
            self.put_nowait(reference)
