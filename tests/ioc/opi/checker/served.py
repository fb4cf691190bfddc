"""The PVs that an engine serves: a real one, made for the demo's configuration, in this process and without sockets."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

from caproto.server import server

from reioc.devices import Registry
from reioc.engine import RunEngine
from reioc.ioc.config.beamline import load
from reioc.ioc.engine_pvs import EnginePVs
from reioc.ioc.groups.places import declarations
from reioc.ioc.groups.sink import SinkGroup
from reioc.ioc.metadata import RunMetadata, metadata_keys
from reioc.ioc.plans.catalogue import Catalogue
from reioc.ioc.pvs.declaration import Declaration
from reioc.ioc.sinks.config import SinkConfig
from reioc.suspenders import ManualSource, SuspenderBase
from reioc.suspenders.factory import condition_of

__all__ = ["GIVEN", "PREFIX", "served"]

PREFIX = "DEMO:RE:"
GIVEN = {"P": "DEMO:", "R": "RE:"}
"""The macros with which the main screen is opened for this prefix."""
_DEMO = Path(__file__).parents[4] / "ioc" / "demo.toml"


class _NoFields:
    """In place of the fields of any record: no screen shows one, and they are 39 of 40 parts of making an IOC."""

    def __init__(self, *_: Any, **__: Any) -> None:
        self.pvdb: dict[str, Any] = {}


@functools.cache
def served() -> Mapping[str, Declaration]:
    """By name what is said of each PV, second names included."""
    return asyncio.run(_declared())


async def _declared() -> dict[str, Declaration]:
    config = load(_DEMO)
    with _engine(dict(config.metadata)) as engine, patch.object(server, "get_record_class", lambda *_: _NoFields):
        for spec in config.suspenders:
            source = ManualSource(spec.pv or "")
            engine.install_suspender(SuspenderBase(source, condition=condition_of(spec), name=spec.name))
        pvs = EnginePVs(
            engine,
            PREFIX,
            catalogue=Catalogue.load(["reioc.engine.plans"], Registry(())),
            metadata=RunMetadata(engine, metadata_keys(config.metadata, config.metadata_rules)),
        )
        try:
            return {**{name: pv.declared for name, pv in pvs.pvdb.items()}, **_of_sinks(config.sinks)}
        finally:
            pvs.close()


def _of_sinks(sinks: Iterable[SinkConfig]) -> dict[str, Declaration]:
    """Their PVs, without the sinks: these write files."""
    said = declarations(SinkGroup)
    return {f"{PREFIX}Sink:{sink.called}:{each.name}": each for sink in sinks for each in said}


@contextmanager
def _engine(metadata: dict[str, Any]) -> Iterator[RunEngine]:
    engine = RunEngine(metadata, call_returns_result=True)
    try:
        yield engine
    finally:
        engine.close()
