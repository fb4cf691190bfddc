"""The engine's metadata: set by people, kept over a restart.

Rules of this file:
- What is set is in the RunStart of the next run that is opened; a run that is open stays as it was begun.
- Saved is what differs from the configuration, with what the configuration said then. Where it says something else at
  the next start, somebody has edited it since: that counts, and the saved value is dropped.
- Python may set whatever it likes: that is shown, and saved if it could have been put.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable
from typing import Annotated, Any

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, JsonValue

from ...engine import RunEngine
from .keys import MetadataKey, shown

__all__ = ["LARGEST_SCAN_ID", "RunMetadata"]

log = logging.getLogger("reioc.ioc")

LARGEST_SCAN_ID = 2**31 - 1
"""PVs of whole numbers have 32 bits."""


class _Saved(BaseModel):
    value: JsonValue
    configured: JsonValue


class _Numbered(BaseModel):
    """The number of the last run was set to `value` after the run `after`."""

    value: Annotated[int, Field(ge=0, le=LARGEST_SCAN_ID)]
    after: int


class _State(BaseModel):
    model_config = ConfigDict(extra="forbid")

    values: dict[str, _Saved] = {}
    scan_id: _Numbered | None = None


class RunMetadata:
    """What goes into every RunStart by these keys, and the number of the last run."""

    def __init__(self, engine: RunEngine, keys: Iterable[MetadataKey] = ()) -> None:
        """Nothing is set: the engine has the configured values already, or others that count."""
        self._engine = engine
        self.keys = {key.name: key for key in keys}
        self._numbered: _Numbered | None = None

    def shown(self, name: str) -> str:
        """What the next run will say by a key, as a text; empty if nothing."""
        md = self._engine.md
        return shown(md[name]) if name in md else ""

    def put(self, name: str, text: str) -> None:
        """Set a key to what somebody means by a text. Raises ValueError."""
        self._engine.md[name] = self.keys[name].read(text)

    def why_not_run(self) -> str:
        """Why no plan should be started: keys that are required and empty; nothing if there are none."""
        empty = [key.name for key in self.keys.values() if key.is_required and not self.shown(key.name).strip()]
        if not empty:
            return ""
        pvs = ", ".join(f"MD:{name}" for name in empty)
        return f"metadata that each run must have are empty: {', '.join(empty)}; write {pvs}"

    # The number of the last run

    @property
    def scan_id(self) -> int:
        """The number of the last run; 0 before the first, or if it is none that a PV can show."""
        number = self._engine.md.get("scan_id", 0)
        return int(number) if isinstance(number, int | np.integer) and 0 <= number <= LARGEST_SCAN_ID else 0

    def set_scan_id(self, number: float) -> None:
        """The next run is one more. Raises ValueError for what is no number of a run, or while a plan is going on."""
        if not float(number).is_integer() or not 0 <= number <= LARGEST_SCAN_ID:
            raise ValueError(f"the number of a run is a whole number from 0 to {LARGEST_SCAN_ID}, not {number:.12g}")
        if not self._engine.state.is_idle:
            raise ValueError(f"the engine is {self._engine.state}: the number can be set while it is idle")
        # The journal knows of the last run that there was, and not of a number that no run has had yet.
        pending = self._pending_number()
        self._numbered = _Numbered(value=int(number), after=pending.after if pending else self.scan_id)
        self._engine.md["scan_id"] = int(number)

    def _pending_number(self) -> _Numbered | None:
        """The number that was set, as long as no run has followed it."""
        return self._numbered if self._numbered and self._numbered.value == self.scan_id else None

    # Over a restart

    def state(self) -> dict[str, Any]:
        """What is to be saved, as JSON has it."""
        found = {name: self._to_save(key) for name, key in self.keys.items()}
        pending = self._pending_number()
        return {
            "values": {name: saved for name, saved in found.items() if saved is not None},
            "scan_id": pending.model_dump() if pending else None,
        }

    def _to_save(self, key: MetadataKey) -> dict[str, Any] | None:
        try:
            value = key.check(self._engine.md[key.name])
        except (KeyError, ValueError):
            return None
        return None if _same(value, key.configured) else {"value": value, "configured": key.configured}

    @staticmethod
    def check(saved: Any) -> None:
        """Raises ValueError for what `state` has never returned."""
        _State.model_validate(saved)

    def restore(self, saved: Any) -> None:
        """Set what was saved. Raises ValueError, and sets nothing, for what `state` has never returned.

        The engine has the number of the last run that there was by then: one that was set later counts more.
        """
        state = _State.model_validate(saved)
        for name, change in state.values.items():
            self._restore(name, change)
        if state.scan_id is not None and state.scan_id.after == self.scan_id:
            self._numbered = state.scan_id
            self._engine.md["scan_id"] = state.scan_id.value

    def _restore(self, name: str, change: _Saved) -> None:
        key = self.keys.get(name)
        if key is None:
            log.warning("metadata: %s = %s was saved; it is not configured any more, and dropped", name, change.value)
        elif not _same(change.configured, key.configured):
            log.warning(
                "metadata: %s = %s is configured now; %s, which was saved, is dropped",
                *(name, shown(key.configured), shown(change.value)),
            )
        else:
            try:
                self._engine.md[name] = key.check(change.value)
            except ValueError as error:
                log.error("metadata: what was saved of %s does not fit any more: it %s", name, error)


def _same(one: Any, other: Any) -> bool:
    """Whether two values are one for JSON, which tells 1 from 1.0 and true."""
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)
