"""Serve a PVGroup: `python -m reioc.sim_iocs.testing.serve_group SETTINGS`, a JSON object, as `GroupToServe` has it."""

import asyncio
import importlib
import importlib.util
import json
import signal
import sys
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from caproto.server import PVGroup

from ..faults.group import FaultGroup
from ..faults.injector import FaultInjector
from ..server import serve_pvs
from .ports import HOST


@dataclass(frozen=True)
class GroupToServe:
    """What is served: `name` of `module`, which is in `file` if it cannot be imported by its name."""

    module: str
    file: str
    name: str
    prefix: str
    port: int
    macros: dict[str, str]


def make(settings: GroupToServe) -> PVGroup:
    """The group. Raises TypeError if what the name means makes none."""
    found: Any = _module(settings.module, settings.file)
    for part in settings.name.split("."):
        found = getattr(found, part)
    if isinstance(found, type) and issubclass(found, PVGroup):
        return found(settings.prefix, macros=settings.macros)
    group = found(settings.prefix, **settings.macros)
    if not isinstance(group, PVGroup):
        raise TypeError(f"{settings.module}:{settings.name} made {group!r}, which is no PVGroup")
    return group


def _module(name: str, file: str) -> ModuleType:
    try:
        module = importlib.import_module(name)
    except ModuleNotFoundError:
        if not file:
            raise
    else:
        if not file or not module.__file__ or Path(module.__file__).samefile(file):
            return module
    # Two test files of one name, or one that pytest has loaded in a way of its own.
    spec = importlib.util.spec_from_file_location(name, file)
    if spec is None or spec.loader is None:
        raise ImportError(f"{file} cannot be imported as {name}")
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


async def serve(settings: GroupToServe) -> None:
    """Serve it, with faults to be injected by `Fault:` PVs, until cancelled."""
    group = make(settings)
    injector = FaultInjector(group.pvdb, prefix=settings.prefix)
    faults = FaultGroup(f"{settings.prefix}Fault:")
    faults.link(injector)

    def ready() -> None:
        sys.stdout.write(f"ready: {settings.name} {settings.prefix} on port {settings.port}\n")
        sys.stdout.flush()

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(faults.run())
        tasks.create_task(serve_pvs({**faults.pvdb, **group.pvdb}, HOST, settings.port, ready, injector))


async def _serve_until_told(settings: GroupToServe) -> None:
    serving = asyncio.create_task(serve(settings))
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, serving.cancel)
    await asyncio.wait([serving])
    if not serving.cancelled():
        serving.result()


if __name__ == "__main__":
    asyncio.run(_serve_until_told(GroupToServe(**json.loads(sys.argv[1]))))
