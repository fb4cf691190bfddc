"""Whether a plan that waits would go beyond limits, or refuse its parameters: it is tried, and nothing moves.

Rules of this file:
1. One at a time, in the order in which it is asked for. What was tried is remembered for a while: a plan with the same
   parameters is compared with the limits of now at once.
2. Where devices will be when the plan runs is not known: what a plan derives from that is no mistake.
"""

from __future__ import annotations

import asyncio
import json
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from typing import Any

from ..plans.dry_run import DryRun
from ..plans.entry import BoundPlan, Plan
from ..plans.parameter_errors import ParameterError
from ..plans.rehearsal import Rehearsals

__all__ = ["Trials"]

REMEMBERED = 64
"""Plans with their parameters; the places to which they move may be thousands each."""

_Key = tuple[Plan, str]


class Trials:
    """Tries plans. To be used on one loop."""

    def __init__(self) -> None:
        self._rehearsals = Rehearsals(later=True)
        self._turn = asyncio.Lock()
        self._tried: OrderedDict[_Key, DryRun] = OrderedDict()

    async def problems(self, plan: BoundPlan, params: Mapping[str, Any]) -> str:
        """What is wrong with a plan, for people; empty if nothing is. `params` are what it was bound with."""
        key = (plan.function, json.dumps(params, sort_keys=True))
        async with self._turn:
            known = self._tried.get(key)
            if known is not None:
                self._tried.move_to_end(key)
                return _text(known.beyond_limits(plan))
            found = await self._rehearsals.of(plan)
            if found is None or found.problems:  # what is wrong with it may be mended
                return _text(found.problems if found is not None else ())
            self._tried[key] = found
            if len(self._tried) > REMEMBERED:
                self._tried.popitem(last=False)
            return ""


def _text(errors: Iterable[ParameterError]) -> str:
    return "; ".join(map(str, errors))
