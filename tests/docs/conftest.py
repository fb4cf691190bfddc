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
from .markdown import ROOT
from .transcript import Command, Terminal

PREFIX = "DEMO:RE:"
SCAN = {"detectors": ["det1"], "args": ["m1", -1, 1], "num": 11}


@pytest.fixture
def demo_toml(tmp_path: Path) -> Path:
    """ioc/demo.toml with free ports, in a folder of its own: what is saved beside it is not for the next page."""
    text = (ROOT / "ioc" / "demo.toml").read_text(encoding="utf-8")
    path = tmp_path / "beamline.toml"
    path.write_text(with_ports(text, free_port(), free_port()))
    return path


@pytest.fixture
def terminal(demo_toml: Path) -> Iterator[Terminal]:
    """A terminal where a demo is up, as `make demo` leaves it behind; one per page, its time eight times faster."""
    from reioc.ioc.config.beamline import load

    config = load(demo_toml)
    assert config.epics is not None
    (simulation,) = config.epics.addr_list
    port = simulation.partition(":")[2]
    argv = [sys.executable, "-m", "reioc.sim_iocs", "--prefix", "DEMO:", "--port", port, "--speed", "8"]
    with Service(argv, "^ready"), serving(demo_toml):
        found = Terminal(f"127.0.0.1:{config.ioc.port} {simulation}", PREFIX)
        for words in (
            f"caput -c {PREFIX}Plan:Name scan",
            f"caput -c -S {PREFIX}Plan:Params '{json.dumps(SCAN)}'",
            f"caput -c -w 20 {PREFIX}Plan:Run 1",
        ):
            found.enter(Command(words, ""))
        yield found
