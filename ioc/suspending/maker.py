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

from ...devices import UnknownDevice
from ...devices.hints import did_you_mean
from ...engine import Scope
from ...suspenders import SuspenderBase, SuspenderSpec, make_suspender
from ...suspenders.spec import PlanCall, ScopeSpec
from ..config.errors import explain
from ..plans.catalogue import Catalogue, InvalidParameters, UnknownPlan

__all__ = ["SuspenderMaker"]


class SuspenderMaker:
    """Makes suspenders, with the plans and devices of a catalogue; `commands` are those that the engine knows."""

    def __init__(self, catalogue: Catalogue, commands: Collection[str]) -> None:
        self._catalogue = catalogue
        self._commands = commands

    def parse(self, text: str) -> SuspenderSpec:
        """The description in a JSON object. ValueError with every mistake and its key."""
        try:
            found = json.loads(text, parse_constant=_refuse_constant)
        except (ValueError, RecursionError) as error:
            raise ValueError(f"this is no JSON: {error}") from error
        if not isinstance(found, Mapping):
            raise ValueError(f'a suspender is a JSON object, {{"name": …, "kind": …, "pv": …}}, not {text[:40]}')
        try:
            return SuspenderSpec.model_validate(found)
        except ValidationError as error:
            mistakes = "; ".join(map(str, explain(error, SuspenderSpec)))
            raise ValueError(mistakes) from error

    def make(self, spec: SuspenderSpec) -> SuspenderBase:
        """The suspender that is described, not installed. ValueError names every plan, command, device not there."""
        mistakes: list[str] = []
        plans = {key: self._plan(key, getattr(spec, key), mistakes) for key in ("pre_plan", "post_plan")}
        scope = self._scope(spec.scope, mistakes)
        if mistakes:
            raise ValueError("; ".join(mistakes))
        return make_suspender(spec, **plans, scope=scope)

    def _plan(self, key: str, call: PlanCall | None, mistakes: list[str]) -> Callable[[], Any] | None:
        if call is None:
            return None
        try:
            return self._catalogue[call.plan].bind(call.params).make
        except (UnknownPlan, InvalidParameters) as error:
            mistakes.append(f"{key}: {error}")
        return None

    def _scope(self, scope: ScopeSpec, mistakes: list[str]) -> Scope | None:
        mistakes += _unknown("scope.plans", "plan", scope.plans, self._catalogue.names)
        mistakes += _unknown("scope.commands", "command", scope.commands, self._commands)
        devices = [name for each in scope.devices if (name := self._device(each, mistakes))]
        return Scope.of(plans=scope.plans, commands=scope.commands, devices=devices)

    def _device(self, name: str, mistakes: list[str]) -> str:
        """What a device, or a component of one, calls itself: `m1.velocity` is `m1_velocity` in messages."""
        try:
            return str(self._catalogue.registry[name].name)
        except UnknownDevice as error:
            mistakes.append(f"scope.devices: {error}")
        return ""


def _unknown(key: str, what: str, names: Collection[str], known: Collection[str]) -> list[str]:
    there = ", ".join(sorted(known)) or "none"
    return [
        f"{key}: no {what} {name!r}{did_you_mean(name, list(known))}; there are: {there}"
        for name in names
        if name not in known
    ]


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is no number that JSON knows")
