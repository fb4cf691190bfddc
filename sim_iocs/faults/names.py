"""Which PVs and motors a name means."""

import difflib
from collections.abc import Collection, Iterable, Mapping
from fnmatch import fnmatchcase
from typing import Any

from .kinds import FaultError

__all__ = ["Names"]

_PATTERN = frozenset("*?[")
_VALUE_FIELD = "VAL"


class Names:
    """Finds PVs, fields included, and motors; each may be named without `prefix`.

    A pattern with a dot is one for fields: `m1.*` is all of the record m1, `m?.RBV` some readbacks, `m1` the channel of
    that name alone, and `*` all channels but the fields.
    """

    def __init__(self, pvdb: Mapping[str, Any], axes: Collection[str], prefix: str) -> None:
        self._pvdb = pvdb
        self._axes = axes
        self._prefix = prefix
        self._spared: set[Any] = set()

    def spare(self, pvs: Iterable[Any]) -> None:
        """From now on these are meant by no name."""
        for pv in pvs:
            self._spared |= {pv, *_fields(pv).values()}

    def pvs(self, name: str) -> list[Any]:
        """The PVs that are meant, at least one. Raises FaultError."""
        found = self._matching(name) if _PATTERN & set(name) else self._named(name)
        kept = [pv for pv in dict.fromkeys(found) if pv not in self._spared]
        if kept:
            return kept
        if found:
            raise FaultError(f"'{name}': the PVs that clear faults are never hit by one")
        raise FaultError(f"there is no PV '{name}'{self._similar(name)}")

    def axes(self, name: str) -> list[str]:
        """The motors that are meant, at least one. Raises FaultError."""
        found = [axis for axis in self._axes if any(fnmatchcase(axis, each) for each in self._spellings(name))]
        if not found:
            raise FaultError(f"there is no motor '{name}'; there are {', '.join(self._axes) or 'none'}")
        return found

    def _spellings(self, name: str) -> tuple[str, ...]:
        return (name, name.removeprefix(self._prefix))

    def _named(self, name: str) -> list[Any]:
        for full in (self._prefix + name, name):
            if full in self._pvdb:
                return [self._pvdb[full]]
            record, dot, field = full.rpartition(".")
            if dot and record in self._pvdb:
                return [pv for key, pv in _fields(self._pvdb[record]).items() if key == field]
        return []

    def _matching(self, pattern: str) -> list[Any]:
        found = []
        for full in (self._prefix + pattern, pattern):
            record, dot, field = full.rpartition(".")
            for name, pv in self._pvdb.items():
                if not dot and fnmatchcase(name, full):
                    found.append(pv)
                elif dot and fnmatchcase(name, record):
                    found += [each for key, each in _fields(pv).items() if fnmatchcase(key, field)]
        return found

    def _similar(self, name: str) -> str:
        full = self._prefix + name.removeprefix(self._prefix)
        record, dot, field = full.rpartition(".")
        if dot and record in self._pvdb:
            close = [f"{record}.{each}" for each in difflib.get_close_matches(field, _fields(self._pvdb[record]))]
        else:
            close = difflib.get_close_matches(full, self._pvdb)
        return f"; did you mean {' or '.join(each.removeprefix(self._prefix) for each in close)}?" if close else ""


def _fields(pv: Any) -> dict[str, Any]:
    return {_VALUE_FIELD: pv, **getattr(pv, "fields", {})}
