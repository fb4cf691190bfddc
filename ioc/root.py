"""The IOC: an engine's PVs, served.

    ioc = EngineIOC(RE, prefix="BL:RE:").start()     in a script or an IPython session, whose engine it is
    await EngineIOC(RE, prefix="BL:RE:").serve()     on a loop of the caller's

engine_pvs    the PVs, and what writes them                   channel_access/  who is connected, and what they are told
gate          who may write, by the rules of access/          service          everything that a beamline.toml names
"""

from __future__ import annotations

import asyncio
import atexit
import logging
import os
import threading
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any, Self

from ..devices import Registry
from ..engine import RunEngine, TransitionError
from .channel_access import Client, Found, Server
from .engine_pvs import EnginePVs
from .gate import Gate, everybody_on_this_host
from .guarding import Guarding
from .journal import Journal
from .metadata import RunMetadata
from .plans.catalogue import Catalogue, CatalogueError
from .queue.face import QueueFace
from .sinks.config import SinkConfig
from .sinks.feeding import Sinks
from .suspending import SavedSuspenders, SuspenderMaker

__all__ = ["EngineIOC"]

log = logging.getLogger("reioc.ioc")

LOOPBACK = ("127.0.0.1",)
PORT = 5064
PLANS = "reioc.engine.plans"
FAREWELL = 0.05
"""Seconds in which what waits for a plan's end is told of it, before the IOC goes."""
LONGEST_END = 15.0
"""Seconds that ending may take in a thread of its own: the file with the settings is written, clients are told, and
sinks and journal each have 5 s for what is left. Before that is over the journal cannot be opened again."""


class EngineIOC:
    """Serves an engine: its state, its controls, its suspenders.

    `devices` can be given to plans, and `plans` are names of modules whose plans are offered; a `catalogue` takes the
    place of both, and may be made of functions. `gate` makes what decides who may write; without one, who is on this
    host may. The others are as those of EnginePVs.

    `journal` is the file in which documents, queue and history are kept; without one, queue and history end with the
    IOC. `sinks` are fed from it, and `folder` is where their files go that have no other place.
    """

    def __init__(
        self,
        RE: RunEngine,
        prefix: str,
        *,
        devices: Iterable[Any] = (),
        plans: Sequence[str] = (PLANS,),
        catalogue: Catalogue | None = None,
        data_length: int = 1000,
        maker: SuspenderMaker | None = None,
        saved: SavedSuspenders | None = None,
        autosave: Path | None = None,
        restored: Mapping[str, Mapping[str, Any]] | None = None,
        metadata: RunMetadata | None = None,
        journal: str | os.PathLike[str] | None = None,
        sinks: Sequence[SinkConfig] = (),
        folder: Path = Path(),
        gate: Callable[[EnginePVs], Gate] | None = None,
        guarding: Guarding | None = None,
    ) -> None:
        """Raises CatalogueError, ValueError for what cannot be offered. Nothing is served yet."""
        self.RE = RE
        self.prefix = prefix
        self._catalogue = catalogue or _catalogue(plans, Registry(devices))
        self._options: dict[str, Any] = {
            "data_length": data_length,
            "maker": maker,
            "saved": saved,
            "autosave": autosave,
            "restored": restored,
            "metadata": metadata,
            "guarding": guarding,
        }
        self._make_gate = gate or (lambda pvs: Gate(everybody_on_this_host(), prefix, pvs.pvdb))
        self._journal_file, self._sink_configs, self._folder = journal, tuple(sinks), folder
        self._thread: _Thread | None = None
        self._loop: asyncio.AbstractEventLoop
        self.pvs: EnginePVs | None = None
        """The PVs, while they are served; to be used on the loop that serves."""

    async def serve(
        self, interfaces: Sequence[str] = LOOPBACK, port: int = PORT, on_ready: Callable[[], None] = lambda: None
    ) -> None:
        """Serve until cancelled; `on_ready` is called once, when clients can connect.

        Raises PortUnavailable; JournalError if the journal cannot be opened; TransitionError if there is one while a
        plan is in progress.
        """
        with self._keeping() as kept:
            await self._serve(
                EnginePVs(self.RE, self.prefix, catalogue=self._catalogue, **self._options, **kept),
                interfaces,
                port,
                on_ready,
            )

    @contextmanager
    def _keeping(self) -> Iterator[dict[str, Any]]:
        """The journal and its sinks, while the PVs are served."""
        if self._journal_file is None:
            yield {}
            return
        if not self.RE.state.is_idle:  # asked before it is opened: what is open in it is then closed as failed
            raise TransitionError(
                f"{self.prefix} is served with a journal, which begins while no plan is in progress: the engine is "
                f"{self.RE.state}; wait for the end of the plan, or end it"
            )
        with (
            closing(Journal(self._journal_file)) as journal,
            closing(Sinks(self._sink_configs, self._folder, journal)) as sinks,
        ):
            sinks.start()
            yield {"journal": journal, "sinks": sinks}

    async def _serve(self, pvs: EnginePVs, interfaces: Sequence[str], port: int, on_ready: Callable[[], None]) -> None:
        self.pvs, self._loop = pvs, asyncio.get_running_loop()
        gate = self._make_gate(pvs)
        server = Server(pvs.pvdb, gate.may_write)
        _connect(pvs, server, gate)
        tasks: list[asyncio.Task[None]] = []
        try:
            gate.follow(server)
            await pvs.begin()
            work = (*pvs.work(), server.serve(interfaces, port, on_ready))
            tasks += [asyncio.create_task(each) for each in work]
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            await asyncio.sleep(FAREWELL)
            await pvs.engine.publish_offline()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            gate.close()
            self.pvs = None
            await pvs.end()

    @property
    def queue(self) -> QueueFace:
        """The queue, for any thread but the one that serves. Raises RuntimeError where nothing is served."""
        if self.pvs is None:
            raise RuntimeError(f"{self.prefix} is not served: start() comes first")
        return QueueFace(self.pvs.runner, self._loop)

    # In a thread of its own

    def start(self, interfaces: Sequence[str] = LOOPBACK, port: int = PORT) -> Self:
        """Serve in a thread of its own, from now on. Raises what `serve` does; RuntimeError if it serves already."""
        if self._thread is not None:
            raise RuntimeError(f"{self.prefix} is served already; stop() comes before another start()")
        thread = _Thread(lambda ready: self.serve(interfaces, port, ready))
        try:
            thread.start()
        except BaseException:  # Ctrl-C as well
            thread.stop()
            raise
        self._thread = thread
        atexit.register(self.stop)
        return self

    def stop(self) -> None:
        """Serve no more; clients see State go to offline, and disconnect. The engine is left as it is."""
        thread, self._thread = self._thread, None
        if thread is not None:
            atexit.unregister(self.stop)
            thread.stop()

    def __enter__(self) -> Self:
        return self.start() if self._thread is None else self

    def __exit__(self, *exc_info: object) -> None:
        self.stop()


def _catalogue(plans: Sequence[str], registry: Registry) -> Catalogue:
    """Of a script, or a prompt: whoever wrote it is there to be told."""
    catalogue = Catalogue.load(plans, registry)
    if catalogue.problems:
        raise CatalogueError("; ".join(f"{module}: {why}" for module, why in catalogue.problems.items()))
    return catalogue


def _connect(pvs: EnginePVs, server: Server, gate: Gate) -> None:
    """PVs that come and go are served and looked at, who is denied is in the audit."""

    def serve(pvdb: Mapping[str, Any]) -> None:
        server.add(pvdb)
        gate.look_again()

    def withdraw(names: Collection[str]) -> None:
        server.withdraw(names)
        gate.look_again()

    def denied(found: Found, client: Client) -> None:
        name, why = found.name, "it is a display, which nobody writes"
        if found.is_put_to:
            name, why = found.record, gate.why_not(found.record, client)
        pvs.audit.denied(name, client, why)

    pvs.serve, pvs.withdraw, pvs.clients = serve, withdraw, lambda: server.clients
    server.on_denied = denied


class _Thread:
    """A thread with a loop that serves."""

    def __init__(self, serve: Callable[[Callable[[], None]], Any]) -> None:
        self._serve = serve
        self._ready: Future[None] = Future()
        self._is_wanted = True
        self._task: asyncio.Future[None] | None = None
        self._thread = threading.Thread(target=self._run, name="reioc-ioc", daemon=True)

    def start(self) -> None:
        """Come back when clients can connect; raise what kept it from serving."""
        self._thread.start()
        self._ready.result()

    def stop(self) -> None:
        """End it."""
        self._is_wanted = False
        if self._task is not None:
            with suppress(RuntimeError):  # it has ended by itself, and its loop with it
                self._task.get_loop().call_soon_threadsafe(self._task.cancel)
        self._thread.join(LONGEST_END)
        if self._thread.is_alive():
            log.error("the thread that serves has not ended within %s s", LONGEST_END)

    def _run(self) -> None:
        try:
            asyncio.run(self._main())
        except BaseException as error:
            if self._ready.done():
                raise
            self._ready.set_exception(error)

    async def _main(self) -> None:
        self._task = task = asyncio.ensure_future(self._serve(lambda: self._ready.set_result(None)))
        if not self._is_wanted:  # stopped before there was something to cancel
            task.cancel()
        with suppress(asyncio.CancelledError):  # by stop
            await task
