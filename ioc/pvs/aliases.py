"""PVs that have a second name.

Rules of this file:
1. An alias is the PV itself, found by another name as well: one value, one alarm, one put handler. Rights, the
   acknowledgement and the audit go by its own name, `pvname`, whichever name a client has used.
2. So it is no PV of its own: it is not counted, archived or alarmed a second time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

__all__ = ["aliased", "count_own"]


def aliased(pvs: Iterable[Any], place: str, second: str) -> dict[str, Any]:
    """PVs whose own names begin with `place`, by names that begin with `second` instead."""
    return {second + pv.pvname.removeprefix(place): pv for pv in pvs}


def count_own(pvdb: Mapping[str, Any]) -> int:
    """How many PVs there are, aliases aside."""
    return sum(name == pv.pvname for name, pv in pvdb.items())
