"""Dry runs beside the loop, one after the other.

Rules of this file:
1. The loop never waits for a plan's own statements: they run in a thread, which nobody can end. One that does not end
   is left behind, and that plan is not tried again.
2. Who is asked for while one is under way waits for its end; if somebody asks later still, only the last is tried.
"""

from __future__ import annotations

import asyncio
import logging

from .aside import aside
from .dry_run import DryRun, dry_run
from .entry import BoundPlan, Plan
from .pace import Pace

__all__ = ["Rehearsals"]

log = logging.getLogger("reioc.ioc")

PATIENCE = 5.0
"""Seconds after which a plan's own statements are taken to hang; messages alone end a dry run sooner."""


class Rehearsals:
    """Makes dry runs. To be used on one loop."""

    def __init__(self, pace: Pace | None = None, patience: float = PATIENCE, *, later: bool = False) -> None:
        """`later`: of plans that are for some time to come, by when devices may be elsewhere."""
        self.pace = pace or Pace()
        self._is_later = later
        self._patience = patience
        self._turn = asyncio.Lock()
        self._newest: object = None
        self._hung: set[Plan] = set()

    async def of(self, plan: BoundPlan) -> DryRun | None:
        """The dry run of a plan; None if another one has been asked for since."""
        ticket = self._newest = object()
        async with self._turn:
            if self._newest is not ticket:
                return None
            if plan.function in self._hung:
                return _unknown(plan, "does not end")
            return await self._try(plan)

    async def _try(self, plan: BoundPlan) -> DryRun:
        try:
            async with asyncio.timeout(self._patience):
                return await aside(lambda: dry_run(plan, self.pace, later=self._is_later), f"dry run of {plan.name}")
        except TimeoutError:
            log.warning("the dry run of %s has not ended within %s s and is left behind", plan.text, self._patience)
            self._hung.add(plan.function)
            return _unknown(plan, "does not end")
        except Exception:  # a fault of ours, for which nobody is to be kept from running a plan
            log.exception("the dry run of %s has failed", plan.text)
            return _unknown(plan, "has failed, and the log says where")


def _unknown(plan: BoundPlan, why: str) -> DryRun:
    text = f"the dry run of {plan.name} {why}: points and duration are unknown"
    return DryRun(None, None, (), (text,), (), is_exact=False)
