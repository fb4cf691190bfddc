"""Time stamps of the PVs: when it happened in the engine, not when it was written."""

from __future__ import annotations

from typing import Any

import pytest

from reioc.engine import State, StateChange
from reioc.ioc.bridge import Document

from .harness import PREFIX, with_ioc

LONG_AGO = 1.7e9
START = {"uid": "1", "time": LONG_AGO, "scan_id": 3, "plan_name": "scan", "num_points": 5}
DESCRIPTOR = {"uid": "2", "run_start": "1", "time": LONG_AGO + 1, "name": "primary", "data_keys": {}}


def event(number: int) -> dict[str, Any]:
    time = LONG_AGO + 1 + number
    return {"uid": f"e{number}", "descriptor": "2", "seq_num": number, "time": time, "data": {}, "timestamps": {}}


def stamp(ioc, name: str) -> float:
    """When a PV says that its value became so."""
    return pytest.approx(ioc.ioc.pvdb[PREFIX + name].timestamp, abs=1e-6)  # nanoseconds, as a float


async def publish(ioc, *documents: tuple[str, dict[str, Any]]) -> None:
    """What the engine has emitted long ago reaches the publisher now."""
    for name, doc in documents:
        await ioc.ioc.publisher._publish(Document(name, doc))


def test_a_point_has_the_time_of_its_event(RE) -> None:
    """However late it is written; the run's beginning has that of its RunStart."""

    async def test(ioc):
        await publish(ioc, ("start", START))
        assert [ioc.read("Run:Open"), *(stamp(ioc, name) for name in ("Run:Open", "Run:ScanID"))] == [
            *("Yes", LONG_AGO, LONG_AGO)
        ]

        await publish(ioc, ("descriptor", DESCRIPTOR), ("event", event(1)), ("event", event(2)))
        await ioc.until(lambda: ioc.read("Run:Point") == 2)
        assert stamp(ioc, "Run:Point") == LONG_AGO + 3
        assert stamp(ioc, "Run:Progress") == LONG_AGO + 3

    with_ioc(RE, test)


def test_the_end_has_the_time_of_the_run_stop(RE) -> None:
    """Whatever else is written with it."""

    async def test(ioc):
        stop = {"uid": "4", "run_start": "1", "time": LONG_AGO + 9, "exit_status": "success", "reason": ""}
        await publish(ioc, ("start", START), ("stop", stop))

        assert (ioc.read("Run:Open"), stamp(ioc, "Run:Open")) == ("No", LONG_AGO + 9)

    with_ioc(RE, test)


@pytest.mark.parametrize("doc", [{"uid": "x"}, {"uid": "x", "time": [LONG_AGO]}])
def test_a_document_without_a_time_has_the_one_before(RE, doc) -> None:
    """Pages have a list of them, external data none."""

    async def test(ioc):
        await publish(ioc, ("start", START), ("datum", doc))

        assert ioc.ioc.publisher._as_of == LONG_AGO

    with_ioc(RE, test)


def test_state_has_the_time_of_its_transition(RE) -> None:
    """So have those that follow from it."""

    async def test(ioc):
        await ioc.ioc.publisher._publish(StateChange(1, State.IDLE, State.RUNNING, "", LONG_AGO + 5))

        names = ("State", "StateSeq", "Busy", "CanStart", "CanStop")
        assert {name: stamp(ioc, name) for name in names} == dict.fromkeys(names, LONG_AGO + 5)

    with_ioc(RE, test)


def test_a_plans_times_are_those_of_the_engine(RE) -> None:
    """Of a real one: State's is that of its last transition, and Run:Open's that of its RunStop."""
    stops = []
    RE.subscribe(lambda _, doc: stops.append(doc["time"]), "stop")

    async def test(ioc):
        assert await ioc.put("Plan:Name", "count")
        assert await ioc.put("Plan:Params", '{"detectors": ["det"], "num": 1}')
        assert await ioc.put("Plan:Run", 1)

        assert (ioc.read("State"), stamp(ioc, "State")) == ("idle", RE.last_change.time)
        assert stamp(ioc, "Run:Open") == stops[0]

    with_ioc(RE, test)
