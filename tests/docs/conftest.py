"""What the tests of the documentation share."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from reioc.ioc.demo import with_ports

from ..system.conftest import ca_repeater as ca_repeater
from ..system.engine_client import serving
from ..system.support import Service, free_port
from .markdown import ROOT, files
from .transcript import Command, Terminal

PREFIX = "DEMO:RE:"
SCAN = {"detectors": ["det1"], "args": ["m1", -1, 1], "num": 11}


@pytest.fixture
def beamline(page: Path, tmp_path: Path) -> Path:
    """The beamline.toml that a page is about, with free ports: the page's own, or the demo's.

    In a folder of its own, with what else the page has its readers write: what is saved there is not for the next page.
    """
    written = files(page)
    text = written.setdefault("beamline.toml", (ROOT / "ioc" / "demo.toml").read_text(encoding="utf-8"))
    written["beamline.toml"] = with_ports(text, free_port(), free_port())
    for name, text in written.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path / "beamline.toml"


@pytest.fixture
def terminal(beamline: Path) -> Iterator[Terminal]:
    """A terminal where the simulated beamline and an engine are up; one per page, its time eight times faster.

    The demo's engine is as `make demo` leaves it behind.
    """
    from reioc.ioc.config.beamline import load

    config = load(beamline)
    assert config.epics is not None
    (simulation,) = config.epics.addr_list
    port = simulation.partition(":")[2]
    argv = [sys.executable, "-m", "reioc.sim_iocs", "--prefix", "DEMO:", "--port", port, "--speed", "8"]
    with Service(argv, "^ready"), serving(beamline):
        found = Terminal(f"127.0.0.1:{config.ioc.port} {simulation}", config.ioc.prefix)
        if config.ioc.prefix == PREFIX:
            _leave_the_demo(found)
        yield found


def _leave_the_demo(terminal: Terminal) -> None:
    for words in (
        f"caput -c {PREFIX}Plan:Name scan",
        f"caput -c -S {PREFIX}Plan:Params '{json.dumps(SCAN)}'",
        f"caput -c -w 20 {PREFIX}Plan:Run 1",
    ):
        terminal.enter(Command(words, ""))
