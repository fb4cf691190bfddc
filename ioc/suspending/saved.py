"""What suspenders keep over a restart.

Rules of this file
- Saved is what differs from the configuration, with what the configuration said then. Where it says something else at
  the next start, somebody has edited it since: that counts, and the saved value is dropped.
- A suspender that is configured is there at the next start, though it was removed by PV: what guards a beamline is
  written down. One that was added by PV is there as well, until it is removed.
- A bypass goes on to its end, and no longer.
- What does not fit any more is reported, and costs nothing else its settings.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from enum import Enum
from typing import Annotated, Any

import numpy as np
from pydantic import BaseModel, Field

from ...engine import RunEngine
from ...suspenders import SuspenderBase, SuspenderSpec
from ...suspenders.changes import in_text

__all__ = ["SavedSuspenders"]

log = logging.getLogger("reioc.ioc")

_LIMITS = ("low", "high", "resume_low", "resume_high", "expected", "at_severity", "older_than")
_RULES = ("delay", "on_bad_pv", "action", "max_age", "enabled")


class _Saved(BaseModel):
    value: Any
    configured: Any


class _Bypass(BaseModel):
    until: Annotated[float, Field(allow_inf_nan=False)]
    by: str


class _State(BaseModel):
    enabled: bool = True
    added: list[SuspenderSpec] = []
    settings: dict[str, dict[str, _Saved]] = {}
    bypasses: dict[str, _Bypass] = {}


class SavedSuspenders:
    """Those suspenders whose settings are saved, and what they were configured with."""

    def __init__(self, engine: RunEngine, wall_clock: Callable[[], float] = time.time) -> None:
        self._engine = engine
        self._clock = wall_clock
        self._unfit = _State()
        """Those that had been added and cannot be made now, as their device, say, is not in the configuration."""
        self._configured: dict[SuspenderBase, dict[str, Any]] = {}
        self._added: dict[SuspenderBase, SuspenderSpec] = {}

    def know(self, suspender: SuspenderBase, added: SuspenderSpec | None = None) -> None:
        """From now on its settings are saved; `added` is its description if it is not in the configuration."""
        self._configured[suspender] = _settings(suspender)
        self._forget_unfit(suspender.name)  # it has taken its place
        if added is not None:
            self._added[suspender] = added

    def forget(self, suspender: SuspenderBase) -> None:
        """It has been removed."""
        self._configured.pop(suspender, None)
        self._added.pop(suspender, None)

    def _forget_unfit(self, name: str) -> None:
        self._unfit.added = [spec for spec in self._unfit.added if spec.name != name]
        self._unfit.settings.pop(name, None)
        self._unfit.bypasses.pop(name, None)

    # Out

    def state(self) -> dict[str, Any]:
        """What is to be saved, as JSON has it."""
        installed = [each for each in self._engine.suspenders if each in self._configured]
        unfit = self._unfit.model_dump(mode="json")
        settings = {each.name: changed for each in installed if (changed := self._changed(each))}
        bypasses = {each.name: bypass for each in installed if (bypass := self._bypass(each))}
        return {
            "enabled": self._engine.suspenders_enabled,
            "added": [*(spec.model_dump(mode="json") for spec in self._specs(installed)), *unfit["added"]],
            "settings": unfit["settings"] | settings,
            "bypasses": unfit["bypasses"] | bypasses,
        }

    def _specs(self, installed: list[SuspenderBase]) -> list[SuspenderSpec]:
        return [self._added[each] for each in installed if each in self._added]

    def _changed(self, suspender: SuspenderBase) -> dict[str, Any]:
        configured = self._configured[suspender]
        return {
            name: {"value": value, "configured": configured[name]}
            for name, value in _settings(suspender).items()
            if value != configured[name] and not (name == "expected" and configured[name] is None)
        }  # what it was to expect was not said: it has learned that, and will again

    def _bypass(self, suspender: SuspenderBase) -> dict[str, Any] | None:
        status = suspender.status
        if status.bypass_left is None:
            return None
        return {"until": self._clock() + status.bypass_left, "by": status.bypass_by}

    # In

    def restore(self, saved: Mapping[str, Any], make: Callable[[SuspenderSpec], SuspenderBase]) -> list[SuspenderBase]:
        """Give everything back what was saved. Returns the suspenders that had been added, made by `make`.

        Raises ValueError, and changes nothing, for what `state` has never returned.
        """
        state = _State.model_validate(saved)
        self._engine.suspenders_enabled = state.enabled
        added = [each for spec in state.added if (each := self._make_added(spec, state, make)) is not None]
        for suspender in self._configured:
            self._restore_settings(suspender, state.settings.get(suspender.name, {}))
            self._restore_bypass(suspender, state.bypasses.get(suspender.name))
        return added

    def _make_added(
        self, spec: SuspenderSpec, state: _State, make: Callable[[SuspenderSpec], SuspenderBase]
    ) -> SuspenderBase | None:
        if spec.name in (each.name for each in self._configured):
            log.warning("suspender %s, added by PV, is in the configuration now, which counts", spec.name)
            return None
        try:
            suspender = make(spec)
        except ValueError as error:
            log.error("suspender %s, added by PV, is not restored, and kept for the next start: %s", spec.name, error)
            self._keep_unfit(spec, state)
            return None
        self.know(suspender, spec)
        return suspender

    def _keep_unfit(self, spec: SuspenderSpec, state: _State) -> None:
        self._unfit.added.append(spec)
        if spec.name in state.settings:
            self._unfit.settings[spec.name] = state.settings[spec.name]
        if spec.name in state.bypasses:
            self._unfit.bypasses[spec.name] = state.bypasses[spec.name]

    def _restore_settings(self, suspender: SuspenderBase, saved: Mapping[str, _Saved]) -> None:
        configured = self._configured[suspender]
        wanted = {}
        for name, change in saved.items():
            if name not in configured or change.configured != configured[name]:
                log.warning(
                    "suspender %s: %s = %s is configured now; %s, which was saved, is dropped",
                    *(suspender.name, name, in_text(configured.get(name)), in_text(change.value)),
                )
            else:
                wanted[name] = change.value
        # Limits fit together or not at all; of the rest each fits or not by itself.
        limits = {name: value for name, value in wanted.items() if name in _LIMITS}
        for settings in (limits, *({name: wanted[name]} for name in _RULES if name in wanted)):
            try:
                suspender.configure(by="the last session", **settings)
            except ValueError as error:
                log.error("suspender %s: what was saved does not fit any more: %s", suspender.name, error)

    def _restore_bypass(self, suspender: SuspenderBase, saved: _Bypass | None) -> None:
        if saved is None or (left := saved.until - self._clock()) <= 0:
            return
        try:
            suspender.bypass(left, by=saved.by)
        except ValueError as error:  # the clock of a machine that has just started may be years behind
            log.error("suspender %s is not bypassed any more: %s", suspender.name, error)


def _settings(suspender: SuspenderBase) -> dict[str, Any]:
    """Settings by name, as JSON has them; None for each that its kind does not have, or that goes with another."""
    rules, members = suspender.status.rules, suspender.members
    # Not those that the status shows: a limit for going on again that is as configured, while the one that trips has
    # been moved away from it, would pass for one that goes along.
    condition = members[0].condition if len(members) == 1 else None
    found = {name: getattr(condition, name, None) for name in _LIMITS} | {name: getattr(rules, name) for name in _RULES}
    return {name: _plain(value) for name, value in found.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.name if isinstance(value, int) else str(value.value)
    return value.item() if isinstance(value, np.generic) else value
