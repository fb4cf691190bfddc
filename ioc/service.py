"""The service: everything that beamline.toml names, around one engine.

Rules of this file:
1. The PVs are served at once. Devices connect meanwhile; one that does not is reported, and the engine stays usable.
2. SIGTERM and SIGINT end it: the plan is stopped, its runs are closed, and only then the PVs go.
3. systemd is told when it serves, while it lives, and when it ends.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import signal
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from ..devices import Registry, let_ophyd_rest
from ..engine import RunEngine
from ..suspenders import SuspenderBase
from .access import AccessRules, load_rules
from .autosave import restore_saved
from .config.beamline import BeamlineConfig
from .engine_pvs import EnginePVs
from .gate import Gate, resolve
from .guarding import Guarding
from .metadata import RunMetadata, metadata_keys
from .plans.catalogue import Catalogue
from .plans.members import members_of
from .plans.rules_config import make_rules
from .pvs.puts import Refusal
from .root import EngineIOC
from .suspending import SavedSuspenders, SuspenderMaker
from .systemd import feed_the_watchdog, notify, watchdog_interval

__all__ = ["Service"]

log = logging.getLogger("reioc.ioc")

STOP_TIMEOUT = 20.0
"""Seconds that a plan may take to clean up when the service ends; then it is halted."""


def settle() -> None:
    """What is there now stays: Python's collector need not look through it again, which takes 0.1 s each time."""
    gc.collect()
    gc.freeze()


class Service:
    """One beamline's engine with its devices, suspenders, plans and PVs."""

    def __init__(
        self,
        config: BeamlineConfig,
        autosave: Path | None = None,
        folder: Path = Path(),
        journal: Path | None = None,
    ) -> None:
        """Make everything that the configuration names, with the settings that are saved in the file `autosave`.

        `folder` is where files are that the configuration names; `journal` is the file in which documents, queue and
        history are kept. Nothing is connected or served yet. Raises AcfError, DevicesNotLoaded, ValueError, each naming
        what is wrong.
        """
        self.config = config
        self._folder, self._journal = folder, journal
        self._rules: AccessRules = load_rules(config.access, folder=folder, prefix=config.ioc.prefix, resolve=resolve)
        self._autosave = autosave
        self.registry = Registry.load(config.devices, config.device_sources, config.care, config.places)
        self.catalogue = self._load_plans()
        self.engine = RunEngine(dict(config.metadata), call_returns_result=True)
        self.engine.record_interruptions = True  # a beamline's record is to say why a run took as long as it did
        self.guarding = Guarding(self.engine, self.registry)
        self._maker = SuspenderMaker(self.catalogue, self.engine.commands)
        self._saved = SavedSuspenders(self.engine)
        self.metadata = RunMetadata(self.engine, metadata_keys(config.metadata, config.metadata_rules))
        self._restored: Mapping[str, Mapping[str, Any]] = {}
        self.suspenders = self._make_suspenders()
        self._ended = asyncio.Event()

    def _load_plans(self) -> Catalogue:
        """The plans that can be offered. One that cannot is no reason not to serve the others."""
        allowed = make_rules(self.config.plans.allow, members_of(self._rules.file.uags))
        catalogue = Catalogue.load(self.config.plans.modules, self.registry, allowed)
        for what, why in catalogue.problems.items():
            log.error("plans: %s: %s", what, why)
        return catalogue

    def _make_suspenders(self) -> list[SuspenderBase]:
        made = []
        for spec in self.config.suspenders:
            try:
                made.append(self._maker.make(spec))
            except ValueError as error:
                raise ValueError(f"suspender {spec.name!r}: {error}") from error
            self._saved.know(made[-1])
        if self._autosave is not None:
            made += restore_saved(self._autosave, self._restore) or []
        return made

    def _restore(self, saved: dict[str, Any]) -> list[SuspenderBase]:
        """Give back what was saved; returns the suspenders that had been added. Raises ValueError, TypeError."""
        chosen, drawn, metadata = (saved.pop(key, {}) for key in ("plan", "data", "metadata"))
        if not isinstance(chosen, dict) or (chosen and {*chosen} != {"name", "params"}):
            raise ValueError(f"of the plan, name and params are saved, not {chosen!r}")
        if not isinstance(drawn, dict):
            raise ValueError(f"of what is drawn, fields by axis are saved, not {drawn!r}")
        RunMetadata.check(metadata)
        made = self._saved.restore(saved, self._maker.make)
        self._restored = {"plan": _texts(chosen), "data": _texts(drawn), "metadata": metadata}
        return made

    async def run(self, on_ready: Callable[[], None] = lambda: None) -> None:
        """Serve until SIGTERM, SIGINT or SIGHUP.

        Raises PortUnavailable; JournalError if the journal cannot be opened; ValueError if systemd's environment makes
        no sense.
        """
        signs_of_life = watchdog_interval()
        ended = self._ended
        loop = asyncio.get_running_loop()
        for number in _ends():
            loop.add_signal_handler(number, ended.set)
        for suspender in self.suspenders:
            self.engine.install_suspender(suspender)
        ioc = self._make_ioc()

        def ready() -> None:
            on_ready()
            notify("READY=1")
            settle()

        server = asyncio.create_task(ioc.serve(self.config.ioc.interfaces, self.config.ioc.port, ready))
        watchdog = asyncio.create_task(feed_the_watchdog(signs_of_life))
        self.guarding.start(on_round=settle)
        stopping = asyncio.create_task(ended.wait())
        try:
            await asyncio.wait([server, stopping], return_when=asyncio.FIRST_COMPLETED)
            if server.done():
                server.result()
            notify("STOPPING=1")
            await self._stop_plan(ioc)
        finally:
            ended.set()
            self.guarding.close()
            for task in (server, watchdog):
                task.cancel()
            await asyncio.gather(server, watchdog, stopping, return_exceptions=True)
            await loop.run_in_executor(None, self.engine.close)
            await loop.run_in_executor(None, let_ophyd_rest)

    def _make_ioc(self) -> EngineIOC:
        return EngineIOC(
            self.engine,
            self.config.ioc.prefix,
            catalogue=self.catalogue,
            data_length=self.config.data.length,
            maker=self._maker,
            saved=self._saved,
            autosave=self._autosave,
            restored=self._restored,
            metadata=self.metadata,
            journal=self._journal,
            sinks=self.config.sinks,
            folder=self._folder,
            gate=self._make_gate,
            guarding=self.guarding,
        )

    def _make_gate(self, pvs: EnginePVs) -> Gate:
        return Gate(self._rules, self.config.ioc.prefix, pvs.pvdb, self.config.access.groups)

    async def _stop_plan(self, ioc: EngineIOC) -> None:
        """Give a plan in progress the time to clean up; halt it if that takes too long."""
        if ioc.pvs is None:
            return
        runner, bridge = ioc.pvs.runner, ioc.pvs.bridge
        runner.give_back("the service ends")
        try:
            async with asyncio.timeout(STOP_TIMEOUT):
                # Asked in any case: a plan may have been accepted that has not begun, or be over by now.
                with suppress(Refusal):
                    await bridge.stop("the service ends")
                await runner.rest()
        except TimeoutError:
            with suppress(Refusal):
                halted = bridge.halt("the service ends")
                log.error("the plan did not end within %s s and is halted", STOP_TIMEOUT)
                await halted


def _texts(saved: dict[Any, Any]) -> dict[str, str]:
    return {str(key): str(value) for key, value in saved.items()}


def _ends() -> list[signal.Signals]:
    """The signals that end a service.

    Some who start programs, procServ among them, have these blocked, and a blocked one would never come. SIGHUP comes
    from a terminal that is closed; whoever starts a program by nohup has it ignored, and means that.
    """
    ends = [signal.SIGTERM, signal.SIGINT]
    if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:
        ends.append(signal.SIGHUP)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, ends)
    return ends
