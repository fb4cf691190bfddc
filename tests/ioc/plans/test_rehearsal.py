"""Dry runs beside the loop."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from reioc.engine import Msg
from reioc.ioc.plans import rehearsal
from reioc.ioc.plans.rehearsal import Rehearsals

from .dry_devices import bound


class Gate:
    """A plan that hangs in a statement of its own until it is let go."""

    def __init__(self) -> None:
        self.open = threading.Event()
        self.begun: list[int] = []

    def plan(self, number: int) -> Any:
        self.begun.append(number)
        self.open.wait(30)
        yield Msg("open_run")
        for _ in range(number):
            yield Msg("create", None, name="primary")
            yield Msg("read", self)
            yield Msg("save")

    name = "gate"


@pytest.fixture
def gate():
    made = Gate()
    yield made
    made.open.set()


def run(test: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
    """A test on a loop."""
    return asyncio.run(asyncio.wait_for(test(), 20))


def test_the_loop_goes_on_meanwhile(gate: Gate) -> None:
    """The plan hangs, the loop does not."""

    async def test() -> Any:
        asked = asyncio.create_task(Rehearsals().of(bound(gate.plan, 3)))
        while not gate.begun:  # noqa: ASYNC110  it begins in another thread
            await asyncio.sleep(0)
        gate.open.set()
        return await asked

    assert run(test).points == 3


def test_only_the_last_that_was_asked_for_is_tried(gate: Gate) -> None:
    """Those in between are answered None."""

    async def test() -> Any:
        rehearsals = Rehearsals()
        asked = [asyncio.create_task(rehearsals.of(bound(gate.plan, number))) for number in (1, 2, 3)]
        while not gate.begun:  # noqa: ASYNC110
            await asyncio.sleep(0)
        asked.append(asyncio.create_task(rehearsals.of(bound(gate.plan, 4))))
        await asyncio.sleep(0)
        gate.open.set()
        return [found.points if found is not None else None for found in await asyncio.gather(*asked)]

    assert run(test) == [1, None, None, 4]
    assert gate.begun == [1, 4]


def test_a_plan_that_hangs_is_left_behind(gate: Gate, caplog: pytest.LogCaptureFixture) -> None:
    """It is told, others are tried, and it is not tried again."""
    plan = gate.plan

    def other() -> Any:
        yield Msg("open_run")

    async def test() -> Any:
        rehearsals = Rehearsals(patience=0.05)
        hung = await rehearsals.of(bound(plan, 1))
        rehearsals._patience = 10
        return hung, await rehearsals.of(bound(other)), await rehearsals.of(bound(plan, 2))

    with caplog.at_level(logging.WARNING, "reioc.ioc"):
        hung, fine, again = run(test)

    assert hung.lines == ("the dry run of plan does not end: points and duration are unknown",)
    assert (hung.points, hung.problems) == (None, ())
    assert fine.points == 0
    assert (again, gate.begun) == (hung, [1])
    assert "has not ended within 0.05 s" in caplog.text


def test_a_fault_of_ours_keeps_nobody_from_running_a_plan(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, gate: Gate
) -> None:
    """It is logged."""

    def broken(*_: Any, **__: Any) -> Any:
        raise AssertionError("a mistake in the dry run")

    monkeypatch.setattr(rehearsal, "dry_run", broken)

    found = run(lambda: Rehearsals().of(bound(gate.plan, 1)))

    assert (found.points, found.problems) == (None, ())
    assert found.lines[0].startswith("the dry run of plan has failed")
    assert "a mistake in the dry run" in caplog.text
