"""A journal of runs as plans of ours make them, and the command line on it."""

from __future__ import annotations

import argparse
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
from ophyd.sim import det, det4, motor, motor1, motor2

from reioc.engine import Msg, RunEngine, RunEngineInterrupted
from reioc.engine.plans import count, grid_scan, scan, spiral
from reioc.ioc.journal import Journal, JournalReader, add_history
from reioc.ioc.stored import add_arguments, runs

from .. import documents as docs

SCAN, GRID, ODD, BROKEN, SPIRAL, PAUSED, OPEN = range(1, 8)
"""Scan ids."""
OPEN_UID = "0penrun-it-goes-on"
ROWS, COLUMNS = 4, 5
"""Of the grid."""


class Odd:
    """A detector that reads a picture, spectra of different lengths, and whatever else a driver may think of."""

    name = "odd"
    parent = None
    hints: ClassVar[dict[str, Any]] = {"fields": ["odd_picture"]}

    def __init__(self) -> None:
        self._n = 0

    def describe(self) -> dict[str, Any]:
        array = {"source": "SIM:odd", "dtype": "array", "shape": [3, 4]}
        text, number = array | {"dtype": "string", "shape": []}, array | {"dtype": "number", "shape": []}
        return {
            "odd_picture": array,
            "odd_spectrum": array | {"shape": [2], "units": "counts"},
            "odd_views": array,
            "odd_labels": array | {"shape": [2]},
            "odd_text": text,
            "odd_mixed": text,
            "odd_gaps": number | {"units": "mA", "precision": 2},
            "odd_nothing": number,
            "time": number,
            "odd-elsewhere": array | {"external": "FILE:"},
        }

    def read(self) -> dict[str, Any]:
        self._n += 1
        n = self._n
        values = {
            "odd_picture": np.arange(12.0).reshape(3, 4) * n,
            "odd_spectrum": np.arange(n, dtype="i4"),
            "odd_views": np.full((n, 2), n),
            "odd_labels": ["a", "b"],
            "odd_text": f"n°{n}\0",
            "odd_mixed": [n, "two", {"three": 2**70}],
            "odd_gaps": None if n == 2 else n,
            "odd_nothing": None,
            "time": n * 10.0,
            "odd-elsewhere": f"datum/{n}",
        }
        return {field: {"value": value, "timestamp": 1000.0 + n} for field, value in values.items()}

    def describe_configuration(self) -> dict[str, Any]:
        return {key: {"source": "SIM:odd", "dtype": "number", "shape": []} for key in ("odd_gain", "odd_modes")}

    def read_configuration(self) -> dict[str, Any]:
        return {"odd_gain": {"value": 7, "timestamp": 0.0}, "odd_modes": {"value": ["x", 1], "timestamp": 0.0}}


def _broken() -> Iterator[Msg]:
    yield Msg("open_run", plan_name="broken")
    raise RuntimeError("the filter wheel is stuck")


def _paused() -> Iterator[Msg]:
    yield Msg("open_run", plan_name="paused")
    yield Msg("checkpoint")
    yield Msg("pause")
    yield Msg("close_run")


def make_journal(path: Path) -> None:
    """One run of each kind: see the scan ids."""
    RE = RunEngine({"operator": "ada", "sample": {"name": "Cu foil", "thickness": 0.1}})
    RE.record_interruptions = True
    RE.recorder = journal = Journal(path)
    RE(scan([det], motor, -1, 1, 5), purpose="alignment", proposal_id="p-42")
    RE(grid_scan([det4], motor1, -1, 1, ROWS, motor2, -2, 2, COLUMNS, True), sample="α-quartz")
    RE(count([Odd()], 3), users=[{"name": "Ada"}, "Bob"])
    with pytest.raises(RuntimeError):
        RE(_broken())
    RE(spiral([det4], motor1, motor2, 0.0, 0.0, 1.0, 1.0, 0.5, 4))
    with pytest.raises(RunEngineInterrupted):
        RE(_paused())
    RE.resume()
    RE.close()
    for document in (
        docs.start(OPEN_UID, scan_id=OPEN, plan_name="count"),
        docs.descriptor(run=OPEN_UID, data_keys={"det": {"source": "x", "dtype": "number", "shape": []}}),
        docs.event(1, {"det": 1.5}, run=OPEN_UID),
    ):
        journal.record(*document)
    with JournalReader(path) as reader:
        uid = reader.find(str(SCAN)).uid
    journal.store(add_history({"uid": "1", "plan": "scan", "run_uids": [uid], "by": "ada@desk"})).result(10)
    journal.close()


class Said:
    """What a command did: its exit status and what it wrote."""

    def __init__(self, status: int, out: str, err: str) -> None:
        self.status, self.out, self.err = status, out, err

    @property
    def lines(self) -> list[str]:
        return self.out.splitlines()


def reioc(*argv: str | Path, out: io.StringIO | None = None) -> Said:
    """Run `reioc` with these words, as far as `runs` goes."""
    out, err = out or io.StringIO(), io.StringIO()
    return Said(runs(parsed(*argv), out, err), out.getvalue(), err.getvalue())


def parsed(*argv: str | Path) -> argparse.Namespace:
    """The words as the command line has them."""
    parser = argparse.ArgumentParser()
    add_arguments(parser.add_subparsers(required=True))
    return parser.parse_args([str(word) for word in argv])


def written(*argv: str | Path) -> list[str]:
    """The lines that it writes when all is well."""
    said = reioc(*argv)
    assert (said.status, said.err) == (0, "")
    return said.lines
