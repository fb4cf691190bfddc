"""From a description, of beamline.toml or a PV, to a suspender.

Rules of this file
- Everything that is called by name is looked up here: plans, commands, devices. What is not there is an error that
  names it, before anything is watched.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from typing import Any

from pydantic import ValidationError

from ...devices.hints import did_you_mean
from ...engine import Scope
from ...suspenders import SuspenderBase, SuspenderSpec, make_suspender
from ...suspenders.spec import PlanCall, ScopeSpec
from ..catalogue import Catalogue, InvalidParameters, UnknownPlan
from ..config_errors import explain

__all__ = ["SuspenderMaker"]


class SuspenderMaker:
    """Makes suspenders; `commands` and `devices` are the names there are."""

    def __init__(self, catalogue: Catalogue, commands: Collection[str], devices: Collection[str]) -> None:
        self._catalogue = catalogue
        self._commands, self._devices = commands, devices

    def parse(self, text: str) -> SuspenderSpec:
        """The description in a JSON object. ValueError with every mistake and its key."""
        try:
            found = json.loads(text, parse_constant=_refuse_constant)
        except ValueError as error:
            raise ValueError(f"this is no JSON: {error}") from error
        if not isinstance(found, Mapping):
            raise ValueError(f'a suspender is a JSON object, {{"name": …, "kind": …, "pv": …}}, not {text[:40]}')
        try:
            return SuspenderSpec.model_validate(found)
        except ValidationError as error:
            mistakes = "; ".join(map(str, explain(error, SuspenderSpec)))
            raise ValueError(mistakes) from error

    def make(self, spec: SuspenderSpec) -> SuspenderBase:
        """The suspender that is described, not installed. ValueError for a plan, command, device that is not there."""
        plans = {
            "pre_plan": self._plan("pre_plan", spec.pre_plan),
            "post_plan": self._plan("post_plan", spec.post_plan),
        }
        return make_suspender(spec, **plans, scope=self._scope(spec.scope))

    def _plan(self, key: str, call: PlanCall | None) -> Callable[[], Any] | None:
        if call is None:
            return None
        try:
            return self._catalogue[call.plan].bind(call.params).make
        except (UnknownPlan, InvalidParameters) as error:
            raise ValueError(f"{key}: {error}") from error

    def _scope(self, scope: ScopeSpec) -> Scope | None:
        _check("scope.plans", "plan", scope.plans, self._catalogue.names)
        _check("scope.commands", "command", scope.commands, self._commands)
        _check("scope.devices", "device", scope.devices, self._devices)
        return Scope.of(plans=scope.plans, commands=scope.commands, devices=scope.devices)


def _check(key: str, what: str, names: Collection[str], known: Collection[str]) -> None:
    for name in names:
        if name not in known and name.split(".")[0] not in known:
            there = ", ".join(sorted(known)) or "none"
            raise ValueError(f"{key}: no {what} {name!r}{did_you_mean(name, list(known))}; there are: {there}")


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is no number that JSON knows")
