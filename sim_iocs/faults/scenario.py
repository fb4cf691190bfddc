"""Scenarios: faults in the order of a story, as TOML.

Rules of this file: every mistake is found in one go, each with file, place and what is allowed. Whether the PVs exist
is found out when the scenario is to be played.
"""

import tomllib
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from .kinds import Fault, FaultError, Kind

__all__ = ["Scenario", "Step", "load_scenario", "parse_scenario"]

_Seconds = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Step(_Table):
    """At `at` seconds: a fault begins, or a PV is put to as if by the hardware's own software.

    A fault without duration lasts until the scenario is over.
    """

    at: _Seconds
    fault: Kind | None = None
    pv: str = ""
    duration: _Seconds = 0.0
    value: str | bool | int | float = ""
    put: str | None = None

    @model_validator(mode="after")
    def _is_one_thing(self) -> Self:
        if (self.fault is None) == (self.put is None):
            raise ValueError("a step has one of `fault` (a kind) and `put` (the name of a PV)")
        if self.put is not None and (self.pv or self.duration):
            raise ValueError("`pv` and `duration` belong to a fault; a put has `put`, the name of the PV, and `value`")
        if self.put is not None and self.value == "":
            raise ValueError("a put needs a `value`")
        if self.fault is not None:
            self.as_fault(duration=self.duration or 1.0)
        return self

    def as_fault(self, duration: float) -> Fault:
        """The fault, with this duration. Raises FaultError."""
        if self.fault is None:
            raise FaultError("this step is a put")
        value = int(self.value) if isinstance(self.value, bool) else self.value
        return Fault(self.fault, self.pv, value, duration)


class _Head(_Table):
    name: str = Field(min_length=1, max_length=39)
    description: str = ""
    length: _Seconds = 0.0


class _File(_Table):
    scenario: _Head
    step: tuple[Step, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _ends(self) -> Self:
        length = self.scenario.length
        for number, step in enumerate(self.step, 1):
            if length and step.at + step.duration > length:
                raise ValueError(
                    f"step {number} ends at {step.at + step.duration:g} s, after the length of {length:g} s"
                )
            if step.fault is not None and not step.duration and step.at >= length:
                raise ValueError(f"step {number} has no `duration`, and [scenario] no `length` at which it would end")
        return self


class Scenario:
    """A story of faults: `name`, `description`, `length` in simulated seconds, `steps` in the order of their time."""

    def __init__(self, head: _Head, steps: tuple[Step, ...]) -> None:
        self.name = head.name
        self.description = head.description
        self.steps = tuple(sorted(steps, key=lambda step: step.at))
        self.length = head.length or max(step.at + step.duration for step in steps)

    def fault(self, step: Step) -> Fault:
        """The fault of a step, with the duration that it has here. Raises FaultError where the step is a put."""
        return step.as_fault(step.duration or self.length - step.at)


def parse_scenario(text: str, source: str = "scenario") -> Scenario:
    """The scenario in a text of TOML; `source` is what a mistake is said to be in. Raises FaultError."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise FaultError(f"{source} is no TOML: {error}") from error
    try:
        checked = _File.model_validate(document)
    except ValidationError as error:
        # Steps of which some are wrong are also called too few, by the number of good ones.
        found = [each for each in error.errors(include_url=False) if each["type"] != "too_short" or not each["input"]]
        mistakes = [_mistake(details) for details in found]
        raise FaultError("\n".join(f"{source}: {mistake}" for mistake in mistakes)) from None
    return Scenario(checked.scenario, checked.step)


def load_scenario(file: Path | Traversable) -> Scenario:
    """The scenario in a file. Raises FaultError."""
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise FaultError(f"{file} cannot be read: {error}") from error
    scenario = parse_scenario(text, file.name)
    if scenario.name != file.name.removesuffix(".toml"):
        raise FaultError(f"{file.name}: [scenario]: name: '{scenario.name}' must be that of its file, without .toml")
    return scenario


def _mistake(details: Any) -> str:
    where, key = _place(details["loc"])
    match details["type"]:
        case "extra_forbidden":
            table = Step if where.startswith("step") else _Head if where else _File
            what = f"unknown key; allowed: {', '.join(table.model_fields)}"
        case "missing":
            what = "missing: this key is required"
        case "value_error":
            what = str(details["ctx"]["error"])
        case "enum":
            what = f"'{details['input']}' is no kind of fault; there are {', '.join(Kind)}"
        case _:
            what = f"{details['msg'].removeprefix('Input ')}; got {details['input']!r}"
    return ": ".join(part for part in (where, key, what) if part)


def _place(location: tuple[int | str, ...]) -> tuple[str, str]:
    """Which table, and which of its keys; steps are counted from 1, as people do."""
    match location:
        case ("step", int(index), *keys):
            return f"step {index + 1}", str(keys[0]) if keys else ""
        case ("scenario", str(key)):
            return "[scenario]", key
    return "", ".".join(str(part) for part in location)
