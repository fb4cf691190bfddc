"""The service: everything that beamline.toml names, around one engine.

Rules of this file:
1. The PVs are served at once. Devices connect meanwhile; one that does not is reported, and the engine stays usable.
2. SIGTERM and SIGINT end it: the plan is stopped, its runs are closed, and only then the PVs go.
"""

from __future__ import annotations

import asyncio
import logging
import signal
import threading
from collections.abc import Callable
from pathlib import Path

from ..devices import ConnectionFailed, DevicesNotConnected, Registry, let_ophyd_rest
from ..engine import RunEngine
from ..suspenders import SuspenderBase
from .autosave import restore_saved
from .catalogue import Catalogue
from .config import BeamlineConfig
from .root import EngineIOC
from .suspending import SavedSuspenders, SuspenderMaker

__all__ = ["Service"]

log = logging.getLogger("reioc.ioc")

STOP_TIMEOUT = 20.0
"""Seconds that a plan may take to clean up when the service ends; then it is halted."""


class Service:
    """One beamline's engine with its devices, suspenders, plans and PVs."""

    def __init__(self, config: BeamlineConfig, autosave: Path | None = None) -> None:
        """Make everything that the configuration names, with the settings that are saved in the file `autosave`.

        Nothing is connected or served yet. Raises DevicesNotLoaded, CatalogueError, ValueError, each naming what is
        wrong.
        """
        self.config = config
        self._autosave = autosave
        self.registry = Registry.load(config.devices)
        self.catalogue = Catalogue.load(config.plans.modules, self.registry)
        self.engine = RunEngine(dict(config.metadata), call_returns_result=True)
        self.engine.record_interruptions = True  # a beamline's record is to say why a run took as long as it did
        self._maker = SuspenderMaker(self.catalogue, self.engine.commands)
        self._saved = SavedSuspenders(self.engine)
        self.suspenders = self._make_suspenders()
        self._ended = asyncio.Event()

    def _make_suspenders(self) -> list[SuspenderBase]:
        made = []
        for spec in self.config.suspenders:
            try:
                made.append(self._maker.make(spec))
            except ValueError as error:
                raise ValueError(f"suspender {spec.name!r}: {error}") from error
            self._saved.know(made[-1])
        if self._autosave is not None:
            made += restore_saved(self._autosave, lambda saved: self._saved.restore(saved, self._maker.make)) or []
        return made

    async def run(self, on_ready: Callable[[], None] = lambda: None) -> None:
        """Serve until SIGTERM or SIGINT. Raises PortUnavailable."""
        ended = self._ended
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, ended.set)
        for suspender in self.suspenders:
            self.engine.install_suspender(suspender)
        ioc = EngineIOC(
            self.engine,
            self.config.ioc.prefix,
            catalogue=self.catalogue,
            data_length=self.config.data.length,
            maker=self._maker,
            saved=self._saved,
            autosave=self._autosave,
        )
        server = asyncio.create_task(ioc.serve(self.config.ioc.interfaces, self.config.ioc.port, on_ready))
        # A daemon: a device that takes its time must not keep a service from ending.
        threading.Thread(target=self._connect, name="connect devices", daemon=True).start()
        stopping = asyncio.create_task(ended.wait())
        try:
            await asyncio.wait([server, stopping], return_when=asyncio.FIRST_COMPLETED)
            if server.done():
                server.result()
            await self._stop_plan(ioc)
        finally:
            ended.set()
            server.cancel()
            await asyncio.gather(server, stopping, return_exceptions=True)
            await loop.run_in_executor(None, self.engine.close)
            await loop.run_in_executor(None, let_ophyd_rest)

    def _connect(self) -> None:
        try:
            self.registry.connect(progress=self._tell, loop=self.engine.loop)
        except DevicesNotConnected as missing:  # each has been told of as it failed
            log.info("%s of %s devices are not connected", len(missing.failures), len(self.registry))
        except Exception:
            log.exception("could not connect the devices")

    def _tell(self, name: str, failure: ConnectionFailed | None) -> None:
        if self._ended.is_set():
            return  # what fails now, fails since the service ends
        if failure is None:
            log.info("%s is connected", name)
        else:
            log.warning("%s", failure)

    async def _stop_plan(self, ioc: EngineIOC) -> None:
        """Give a plan in progress the time to clean up; halt it if that takes too long."""
        if self.engine.state.is_idle:
            return
        try:
            async with asyncio.timeout(STOP_TIMEOUT):
                await ioc.bridge.stop("the service ends")
        except TimeoutError:
            log.error("the plan did not end within %s s and is halted", STOP_TIMEOUT)
            await ioc.bridge.halt("the service ends")
