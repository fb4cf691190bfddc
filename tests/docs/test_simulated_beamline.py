"""The page of the simulated beamline lists what is served."""

import re

from reioc.sim_iocs.listing import Served, listed, served

from .markdown import ROOT

PAGE = ROOT / "docs" / "reference" / "simulated-beamline.md"
ROW = re.compile(r"^\| `([^`]+)` \| (\w+) \| ([^|]*)\|", re.MULTILINE)
ONLY_MOST_USED = ("cam1:", "image1:", "HDF1:")


def _served() -> dict[str, Served]:
    return {pv.name: pv for pv in served("")}


def test_every_pv_is_listed_as_it_is_served() -> None:
    """Name, record type and unit of every PV; of the area detector's, of which there are 550, those of the page."""
    written = [(name, record, units.strip()) for name, record, units in ROW.findall(PAGE.read_text(encoding="utf-8"))]
    names = {name for name, *_ in written}
    there = _served()

    assert len(names) == len(written)
    assert set(written) == {
        (pv.name, pv.record, pv.units)
        for pv in there.values()
        if pv.name in names or not pv.name.startswith(ONLY_MOST_USED)
    }


def test_list_prints_a_line_for_each_pv() -> None:
    """`--list` prints prefix and name, type, unit and description in columns."""
    lines = list(listed("T:"))

    assert len(lines) == len(_served())
    assert re.search(r"^T:Temp:Ramp +ao +K/min +Rate of the ramp; 0: no ramp$", "\n".join(lines), re.MULTILINE)
