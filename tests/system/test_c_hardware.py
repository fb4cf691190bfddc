"""The same beamline.toml and the same plans on caproto's simulation and on a C IOC: EPICS Base's softIoc."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from .c_ioc import CIoc
from .engine_client import BEAM, Client, beamline_toml, serving
from .support import BaseTools, until

TABLES = (
    """
[[sink]]
kind = "jsonl"
folder = "data"
template = "{scan_id:05d}-{uid8}"

[[device]]
name = "slit"
class = "reioc.devices.positioner.Positioner"
prefix = "SIM:slit:"
kwargs = { setpoint = "Setpoint", readback = "Readback", done = "Done", stop = "Stop", tolerance = 0.001 }

[[device]]
name = "energy"
class = "reioc.devices.positioner.Positioner"
prefix = "SIM:Mono:"
kwargs = { setpoint = "Energy", readback = "EnergyRBV", done = "Done", stop = "Stop", tolerance = 0.001 }

[[device]]
name = "shutter"
class = "reioc.devices.shutter.Shutter"
prefix = "SIM:Shutter:"

[[device]]
name = "det1"
class = "reioc.devices.point_detector.PointDetector"
prefix = "SIM:det1"

[[device]]
name = "temp"
class = "ophyd.EpicsSignalRO"
prefix = "SIM:Temp"
"""
    + BEAM
)
"""What both beamlines have: nothing in it says which of them it is."""

DATABASES = Path(__file__).parent / "databases"
SLIT = {"SP": "SIM:slit:Setpoint", "RB": "SIM:slit:Readback", "R": "SIM:slit:", "AT": 0, "LOW": -10, "HIGH": 10}
MONO = {"SP": "SIM:Mono:Energy", "RB": "SIM:Mono:EnergyRBV", "R": "SIM:Mono:", "AT": 8, "LOW": 7, "HIGH": 20}

LINE = {"detectors": ["det1"], "args": ["slit", -1, 1], "num": 13}
"""A scan that is long enough to be interrupted."""

Documents = list[tuple[str, dict[str, Any]]]


def database() -> str:
    """The beamline as records."""
    positioner = DATABASES / "positioner.db"
    return (
        _expanded(DATABASES / "beamline.db", P="SIM:")
        + _expanded(positioner, **SLIT, STEP=1, EGU="mm")
        + _expanded(positioner, **MONO, STEP=1, EGU="keV")
    )


def _expanded(path: Path, **macros: Any) -> str:
    text = path.read_text()
    for name, value in macros.items():
        text = text.replace(f"$({name})", str(value))
    return text


@dataclass(frozen=True)
class Beamline:
    """An engine's service on some hardware."""

    engine: Client
    hardware: BaseTools
    data: Path

    def documents(self) -> Documents:
        """Those of its last run, once all are there."""
        last = max(self.data.glob("*.jsonl"))
        until(lambda: '"stop"' in last.read_text().splitlines()[-1], f"the RunStop in {last}")
        return [(name, doc) for name, doc in map(json.loads, last.read_text().splitlines())]


@pytest.fixture(scope="module")
def beamlines(fast_beamline, tmp_path_factory) -> Iterator[list[Beamline]]:
    """Caproto's simulation, and EPICS Base's softIoc."""
    c_ioc = CIoc(tmp_path_factory.mktemp("c"), database())
    with ExitStack() as stack:
        for place in ("SIM:slit:Setpoint", "SIM:Mono:Energy"):  # the detector sees them, and others use this beamline
            stack.callback(fast_beamline.tools.caput, "-c", "-w", "10", place, fast_beamline.tools.value(place))
        stack.enter_context(c_ioc.running())
        made = []
        for hardware in (fast_beamline.tools, c_ioc.tools):
            folder = tmp_path_factory.mktemp("engine")
            service = stack.enter_context(serving(beamline_toml(folder, hardware.addr_list, tables=TABLES)))
            made.append(Beamline(service.client, hardware, folder / "data"))
        yield made


def on_both(beamlines: list[Beamline], action: Callable[[Beamline], Any]) -> list[Any]:
    """What comes of the same on each, at the same time: it is mostly waiting."""
    with ThreadPoolExecutor() as threads:
        return list(threads.map(action, beamlines))


def shape(documents: Documents) -> list[Any]:
    """What documents of two beamlines have in common: all but numbers that were measured, times, uids."""
    return [(name, _SHAPES[name](doc)) for name, doc in documents]


def _start(doc: dict[str, Any]) -> Any:
    own = ("uid", "time", "scan_id", "plan_args")  # plan_args has the devices' reprs, with times in them
    return {key: value for key, value in doc.items() if key not in own}


def _descriptor(doc: dict[str, Any]) -> Any:
    keys = {
        name: (key["source"], key["dtype"], key["shape"], key.get("units"), key.get("enum_strs"))
        for name, key in doc["data_keys"].items()
    }
    configured = {name: sorted(device["data_keys"]) for name, device in doc["configuration"].items()}
    return doc["name"], keys, doc["object_keys"], doc["hints"], configured


def _event(doc: dict[str, Any]) -> Any:
    return doc["seq_num"], sorted(doc["data"]), sorted(doc["timestamps"])


_SHAPES: dict[str, Callable[[dict[str, Any]], Any]] = {
    "start": _start,
    "descriptor": _descriptor,
    "event": _event,
    "stop": lambda doc: (doc["exit_status"], doc["num_events"]),
}


def positions(documents: Documents, *names: str) -> list[tuple[float, ...]]:
    """Where these were at each event."""
    return [tuple(round(doc["data"][name], 3) for name in names) for doc in _events(documents)]


def _events(documents: Documents) -> list[dict[str, Any]]:
    """
    Those of the points, in order; interruptions are events of their own.

    A point whose event was saved just before the interruption is taken again, as with bluesky: the last event of a
    seq_num is the one that counts.
    """
    primary = next(doc["uid"] for kind, doc in documents if kind == "descriptor" and doc["name"] == "primary")
    events = [doc for kind, doc in documents if kind == "event" and doc["descriptor"] == primary]
    return list({doc["seq_num"]: doc for doc in events}.values())


@pytest.mark.parametrize(
    ("plan", "params", "expected"),
    [
        (
            "scan",
            {"detectors": ["det1", "temp"], "args": ["slit", -1, 1], "num": 3},
            [(-1,), (0,), (1,)],
        ),
        ("list_scan", {"detectors": ["det1"], "args": ["slit", [0.5, -0.25]]}, [(0.5,), (-0.25,)]),
        (
            "grid_scan",
            {"detectors": ["det1"], "args": ["energy", 8, 9, 2, "slit", 0, 1, 2], "snake_axes": True},
            [(0, 8), (1, 8), (1, 9), (0, 9)],
        ),
    ],
)
def test_a_plan_takes_the_same_data_on_both(beamlines, plan, params, expected) -> None:
    """Documents of equal shape, equal positions, in equal order."""
    moved = ["energy"] if len(expected[0]) == 2 else []

    def take(beamline: Beamline) -> Documents:
        beamline.engine.run("mv", {"args": ["energy", 8, "slit", 0]})
        beamline.engine.run(plan, params)
        return beamline.documents()

    simulated, real = on_both(beamlines, take)

    assert shape(simulated) == shape(real)
    assert positions(simulated, "slit", *moved) == positions(real, "slit", *moved) == expected


def test_a_plan_goes_on_where_it_was_paused_on_both(beamlines) -> None:
    """All points, once, at the positions of an undisturbed scan."""

    def interrupt(beamline: Beamline) -> None:
        engine = beamline.engine
        engine.start("scan", LINE)
        engine.reach(2)
        engine.put("Pause")
        engine.put("Resume")
        engine.wait("State", "idle")

    on_both(beamlines, interrupt)

    _are_whole(beamlines)


def test_a_plan_is_suspended_without_beam_on_both(beamlines) -> None:
    """All points, once, though the beam was lost in between."""

    def interrupt(beamline: Beamline) -> str:
        engine = beamline.engine
        engine.start("scan", LINE)
        engine.reach(2)
        beamline.hardware.caput("SIM:Ring:Dump", "1")
        engine.wait("State", "suspended")
        reason = engine.text("Susp:Reason")
        beamline.hardware.caput("-c", "-w", "10", "SIM:Ring:Restore", "1")
        engine.wait("State", "idle")
        return reason

    reasons = on_both(beamlines, interrupt)

    assert reasons == ["SIM:Ring:Current is 0, below 100; good again at 200"] * 2
    _are_whole(beamlines)


def test_a_shutter_opens_and_closes_on_both(beamlines) -> None:
    """A move is over when the status says so; with the shutter closed nothing is counted."""

    def close(beamline: Beamline) -> tuple[str, Documents]:
        engine = beamline.engine
        engine.run("mv", {"args": ["shutter", 0, "slit", 0.5]})
        status = beamline.hardware.value("SIM:Shutter:Status")
        engine.run("count", {"detectors": ["det1", "shutter"]})
        engine.run("mv", {"args": ["shutter", 1]})
        return status, beamline.documents()

    (status, simulated), (real_status, real) = on_both(beamlines, close)

    assert (status, real_status) == ("Closed", "Closed")
    assert shape(simulated) == shape(real)
    assert positions(simulated, "det1") == positions(real, "det1") == [(0,)]


def test_a_put_is_complete_when_the_move_is_on_both(beamlines) -> None:
    """For clients that wait for it, as EPICS Base's caput does."""

    def move(beamline: Beamline) -> tuple[float, str]:
        beamline.hardware.caput("-c", "-w", "10", "SIM:slit:Setpoint", "2.75")
        return float(beamline.hardware.value("SIM:slit:Readback")), beamline.hardware.value("SIM:slit:Done")

    assert on_both(beamlines, move) == [(pytest.approx(2.75, abs=0.001), "Done")] * 2


def _are_whole(beamlines: list[Beamline]) -> None:
    expected = [(round(-1 + 2 * index / (LINE["num"] - 1), 3),) for index in range(LINE["num"])]
    for beamline in beamlines:
        assert beamline.engine.ended("success")
        assert [doc["seq_num"] for doc in _events(beamline.documents())] == list(range(1, LINE["num"] + 1))
        assert positions(beamline.documents(), "slit") == expected
