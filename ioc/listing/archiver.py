"""PVs as the EPICS Archiver Appliance takes them: the body of a POST to `mgmt/bpl/archivePV`."""

from __future__ import annotations

import json

from .listed import Listing

__all__ = ["as_archiver"]


def as_archiver(listing: Listing) -> str:
    """A list of objects with name, method and period, all of them texts; only PVs that are worth it, one a line."""
    requests = [
        {"pv": pv.name, "samplingmethod": how.method, "samplingperiod": f"{how.period}"}
        for pv in listing.pvs
        if (how := pv.declared.archive) is not None
    ]
    return "[\n" + ",\n".join(f" {json.dumps(request)}" for request in requests) + "\n]"
