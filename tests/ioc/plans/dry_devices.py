"""Devices that tell what is asked of them, and plans made of plain functions."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection
from functools import partial
from typing import Any

from ophyd.utils import LimitError

from reioc.devices import Registry
from reioc.engine import Msg
from reioc.engine.plans import CATALOGUE
from reioc.ioc.plans.catalogue import BoundPlan, Catalogue, Entry
from reioc.ioc.plans.dry_run import DryRun, dry_run

SCAN = {"detectors": ["det1"], "num": 21}


class Motor:
    """Remembers where it is, and has limits, as ophyd's motors do; whatever else is asked of it fails the test."""

    parent = None

    def __init__(self, name: str, position: Any = 0.0, limits: tuple[float, float] = (-20, 20)) -> None:
        self.name = name
        self.limits = limits
        self._position = position
        self.connected = True

    @property
    def position(self) -> Any:
        if isinstance(self._position, Exception):
            raise self._position
        return self._position

    @property
    def hints(self) -> dict[str, Any]:
        return {"fields": [self.name]}

    def check_value(self, value: float) -> None:
        low, high = self.limits
        if low < high and not low <= value <= high:
            raise LimitError(f"position={value} not within limits {self.limits}")

    def set(self, value: Any) -> Any:
        raise AssertionError(f"{self.name} was moved")

    def read(self) -> Any:
        raise AssertionError(f"{self.name} was read")

    def describe(self) -> Any:
        raise AssertionError(f"{self.name} was described")


class AsyncMotor(Motor):
    """Its limits are asked over Channel Access, as ophyd-async's are."""

    limits = property(lambda _: None, lambda *_: None)  # type: ignore[assignment]

    async def check_value(self, value: float) -> None:  # type: ignore[override]
        raise AssertionError(f"{self.name} was asked")


class Detector:
    """Can be triggered and read; neither must happen."""

    parent = None
    connected = True

    def __init__(self, name: str) -> None:
        self.name = name
        self.hints = {"fields": [name]}

    def trigger(self) -> Any:
        raise AssertionError(f"{self.name} was triggered")

    def read(self) -> Any:
        raise AssertionError(f"{self.name} was read")

    def describe(self) -> Any:
        raise AssertionError(f"{self.name} was described")


def library(*devices: Any, plans: Collection[str]) -> Catalogue:
    """Some of the plans that are offered by default, for these devices."""
    return Catalogue([plan for plan in CATALOGUE if plan.__name__ in plans], Registry(devices))


def offered(plan: str, *devices: Any) -> Entry:
    """One of them."""
    return library(*devices, plans=[plan])[plan]


def bound(plan: Callable[..., Any], *args: Any, **kwargs: Any) -> BoundPlan:
    """A plan function with its arguments."""
    return BoundPlan(plan.__name__, args, kwargs, plan.__name__, plan)


def tried(plan: Any, *args: Any, **options: Any) -> DryRun:
    """A plan function that is tried with these arguments, however busy the machine is."""
    return dry_run(bound(plan, *args), **{"longest": math.inf, **options})


def replies(*messages: Msg) -> list[Any]:
    """What a plan is replied."""
    found = []

    def plan() -> Any:
        for message in messages:
            reply = yield message
            found.append(reply)

    tried(plan)
    return found


def scanned(motor: Any, start: float, stop: float, plan: str = "scan") -> DryRun:
    """A scan of one motor."""
    entry = offered(plan, motor, Detector("det1"))
    return dry_run(entry.bind({**SCAN, "args": [motor.name, start, stop]}), longest=math.inf)


def partial_named(plan: Any, **kwargs: Any) -> Any:
    """A function of no arguments."""
    made = partial(plan, **kwargs)
    made.__name__ = plan.__name__  # type: ignore[attr-defined]
    return made


def lambda_plan(plan: Any, *args: Any) -> Any:
    """A function of no arguments."""

    def made() -> Any:
        return (yield from plan(*args))

    return made
