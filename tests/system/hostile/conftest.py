"""One engine's IOC without devices for all attacks; another one, when an attack has hurt it."""

import os
import resource
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from ..engine_client import beamline_toml, serving
from ..support import free_port
from .witness import Ioc

_DESCRIPTORS = 4096
"""Open files that we and the service may have: more than a thousand connections each."""


_TABLES = """
[plans]
modules = ["reioc.engine.plans", "hostile_plans"]
[[suspender]]
name = "beam"
kind = "floor"
pv = "NO:SUCH:CURRENT"
low = 100
on_bad_pv = "ignore"
"""
"""One suspender, so that there are settings of every kind; its PV is not there, and that does not matter."""


class _Spare:
    """Services, one after the other."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._running = ExitStack()
        self._ioc: Ioc | None = None

    def ioc(self) -> Ioc:
        if self._ioc is None:
            port = free_port()
            toml = beamline_toml(self._folder, tables=_TABLES, port=port)
            path = f"{Path(__file__).parent}{os.pathsep}{os.environ.get('PYTHONPATH', '')}"
            service = self._running.enter_context(serving(toml, PYTHONPATH=path)).service
            _allow_many_files(service.pid)
            self._ioc = Ioc(port, service)
        return self._ioc

    def discard(self) -> None:
        if self._ioc is not None:
            self._ioc.service.kill()
            self._ioc = None
        self._running.close()
        for saved in self._folder.glob("*.autosave.json"):
            saved.unlink()  # what an attack has set is not for the next one


def _allow_many_files(pid: int) -> None:
    soft, hard = resource.prlimit(pid, resource.RLIMIT_NOFILE)
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (min(max(soft, _DESCRIPTORS), hard), hard))


@pytest.fixture(scope="session")
def _spare(tmp_path_factory: pytest.TempPathFactory) -> Iterator[_Spare]:
    _allow_many_files(os.getpid())
    spare = _Spare(tmp_path_factory.mktemp("hostile"))
    yield spare
    spare.discard()


@pytest.fixture
def ioc(_spare: _Spare) -> Iterator[Ioc]:
    """The IOC, idle and well."""
    ioc = _spare.ioc()
    yield ioc
    if ioc.is_hurt or not ioc.is_well():
        _spare.discard()
