"""PVs as a table for people, and as JSON."""

from __future__ import annotations

import json
from typing import Any

from caproto import AlarmSeverity

from ..pvs.declaration import NO_ALARM, Declaration
from .listed import Listed, Listing

__all__ = ["as_json", "as_table"]

_HEADINGS = ("PV", "Type", "Kind", "Units", "Description")
_LIMITS = ("lolo", "low", "high", "hihi")


def as_table(listing: Listing) -> str:
    """Aligned columns: name, record type, kind, units, description. Aliases come last, each with the PV that it is."""
    said = {pv.name: pv.declared for pv in listing.pvs}
    about = [(name, it, it.description) for name, it in said.items()]
    about += [(name, said[own], f"alias of {own}") for name, own in listing.aliases.items()]
    rows = [_HEADINGS, *((name, it.record, str(it.kind), it.units, text) for name, it, text in about)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEADINGS))]
    return "\n".join("  ".join(map(str.ljust, row, widths)).rstrip() for row in rows)


def as_json(listing: Listing) -> str:
    """A list of objects with everything that is declared; what is not has no key. Aliases come last, and have only
    the name of the PV that they are."""
    aliases = [{"pv": name, "alias_of": own} for name, own in listing.aliases.items()]
    return json.dumps([*map(_object, listing.pvs), *aliases], indent=1, ensure_ascii=False)


def _object(pv: Listed) -> dict[str, Any]:
    declared = pv.declared
    found = {
        "pv": pv.name,
        "record": declared.record,
        "kind": str(declared.kind),
        "description": declared.description,
        "element": declared.element,
        "count": declared.length,
        "units": declared.units,
        "precision": declared.precision,
        "display_limits": declared.shown,
        "control_limits": declared.allowed,
        "alarm_limits": _alarm_limits(declared),
        "states": list(declared.labels),
        "state_severities": {label: _severity(each) for label, each in declared.severities.items()},
        "archive": declared.archive and {"method": declared.archive.method, "period": declared.archive.period},
        "guidance": declared.guidance and declared.guidance.text,
    }
    return {key: value for key, value in found.items() if value not in (None, "", [], {})}


def _alarm_limits(declared: Declaration) -> dict[str, Any]:
    limits = {name: getattr(declared, name) for name in _LIMITS}
    return {
        name: {"value": limit.value, "severity": _severity(limit.severity)} for name, limit in limits.items() if limit
    }


def _severity(severity: AlarmSeverity) -> str:
    """As EPICS calls it: MINOR, not MINOR_ALARM."""
    return "NO_ALARM" if severity is NO_ALARM else severity.name.removesuffix("_ALARM")
