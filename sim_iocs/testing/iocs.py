"""IOCs for tests, each in a process of its own."""

import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import pytest

from . import beamline_file
from .engine import MODULES, EngineIoc, Settings
from .environment import CaEnvironment
from .faulty import Faults
from .forking import Child, Nursery
from .ioc import Ioc, Program
from .processes import Process
from .soft_ioc import READY, Records, SoftIocMissing, records_as_text, soft_ioc_command

SIM = "reioc.sim_iocs"
GROUPS = f"{SIM}.testing.serve_group"
_IMPORTED = (f"{SIM}.beamline",)

IocT = TypeVar("IocT", bound=Ioc)


class FaultyIoc(Ioc):
    """An IOC that can be made to fail."""

    def __init__(self, program: Program, port: int, prefix: str) -> None:
        super().__init__(program, port, prefix)
        self.faults = Faults(self)
        """Injects faults."""


class Iocs:
    """Starts IOCs. Each method is a context manager: its IOC lives as long as the `with` lasts."""

    def __init__(self, environment: CaEnvironment, nursery: Nursery, folder: Callable[[str], Path]) -> None:
        """`folder` makes a folder of that name, or the like, for files of an IOC."""
        self.environment = environment
        self.running: list[Ioc] = []
        self._nursery = nursery
        self._folder = folder

    @contextmanager
    def pvgroup(self, group: Any, prefix: str, **macros: str) -> Iterator[FaultyIoc]:
        """Serve a caproto PVGroup, with `macros`.

        `group` is a class that can be imported, or a function of a prefix and macros that returns an instance, or the
        name of either as "package.module:Name".
        """
        with self.environment.pool.port() as port:
            settings = {**_place(group), "prefix": prefix, "port": port, "macros": macros}
            start = partial(self._python, GROUPS, json.dumps(settings))
            program = Program(start, f"{settings['name']} {prefix}", "^ready")
            with self._kept(FaultyIoc(program, port, prefix)) as ioc:
                yield ioc

    @contextmanager
    def simulated_beamline(
        self, prefix: str = "SIM:", *, speed: float = 10.0, seed: int = 0, scenarios: str | Path | None = None
    ) -> Iterator[FaultyIoc]:
        """The simulated beamline, whose time runs `speed` times faster; `scenarios` is a folder of more scenarios."""
        with self.environment.pool.port() as port:
            options = ["--prefix", prefix, "--port", str(port), "--speed", f"{speed:g}", "--seed", str(seed)]
            if scenarios is not None:
                options += ["--scenarios", str(scenarios)]
            program = Program(partial(self._python, SIM, *options), f"simulated beamline {prefix}", "^ready")
            with self._kept(FaultyIoc(program, port, prefix)) as ioc:
                yield ioc

    @contextmanager
    def soft_ioc(
        self,
        database: str | Path = "",
        *,
        records: Records | None = None,
        macros: Mapping[str, object] | None = None,
        prefix: str = "",
        executable: str = "",
    ) -> Iterator[Ioc]:
        """EPICS Base's softIoc with a database: a file, its text, or `records` as name → (type, fields); or both.

        Skips the test where there is no softIoc. `prefix` is only for the names that `get` and `put` take.
        """
        file = self._database(database, records or {})
        try:
            argv, needs = soft_ioc_command(file, macros or {}, executable)
        except SoftIocMissing as missing:
            pytest.skip(str(missing))
        with self.environment.pool.port() as port:
            env = self.environment.environment(EPICS_CAS_SERVER_PORT=str(port), **needs)
            program = Program(lambda: self._nursery.execute(*argv, env=env), f"softIoc with {file.name}", READY)
            with self._kept(Ioc(program, port, prefix)) as ioc:
                yield ioc

    @contextmanager
    def engine(self, beamline: str | Path | Mapping[str, Any]) -> Iterator[EngineIoc]:
        """The engine's service with a beamline.toml: a file, its text, or its tables.

        It serves 127.0.0.1 only, finds the PVs of the IOCs here only, records into a folder of its own, and has no
        sinks, whatever the file says. Its devices are connected, or given up.
        """
        tables, beside = beamline_file.tables_of(beamline)
        with self.environment.pool.port() as port:
            tables = beamline_file.for_a_test(tables, port)
            file = beamline_file.write(tables, self._folder("engine"), beside)
            start = partial(self._reioc, "serve", "--verbose", str(file))
            prefix = tables["ioc"]["prefix"]
            devices = len(tables.get("device", []))
            settings = Settings(file, prefix, port, devices, partial(self._export, file))
            with self._kept(EngineIoc(Program(start, f"engine {prefix}", "^ready"), settings)) as ioc:
                yield ioc

    @contextmanager
    def _kept(self, ioc: IocT) -> Iterator[IocT]:
        self.running.append(ioc)
        try:
            with ioc:
                yield ioc
        finally:
            self.running.remove(ioc)

    def _python(self, module: str, *argv: str) -> Child:
        return self._nursery.run(module, *argv, env=self._environment(), preload=_IMPORTED)

    def _reioc(self, *argv: str) -> Child:
        return self._nursery.run("reioc.ioc", *argv, env=self._environment(), preload=MODULES)

    def _environment(self) -> dict[str, str]:
        """That of the IOCs, which find the modules of the tests as the tests do."""
        path = os.pathsep.join(dict.fromkeys(str(Path(entry).resolve()) for entry in sys.path))
        return self.environment.environment(PYTHONPATH=path)

    def _export(self, file: Path, run: str, output: Path) -> None:
        argv = ["runs", "export", str(file), "--format", "jsonl", "--force", "-o", str(output), "--", run]
        with Process(lambda: self._reioc(*argv), "reioc runs export") as export:
            if export.wait():
                raise LookupError(f"run {run} cannot be had: {export.output}")

    def _database(self, database: str | Path, records: Records) -> Path:
        if isinstance(database, Path) and not records:
            return database.resolve()
        text = database.read_text() if isinstance(database, Path) else database
        if text and "\n" not in text and "(" not in text:
            return self._database(Path(text), records)
        file = self._folder("soft_ioc") / "test.db"
        file.write_text(text + "\n" + records_as_text(records))
        return file


def _place(group: Any) -> dict[str, str]:
    """Where a group is, for a process that is to import it. Raises ValueError if it cannot."""
    if isinstance(group, str):
        module, colon, name = group.partition(":")
        if not (module and colon and name):
            raise ValueError(f"{group!r} names no group: 'package.module:Name' does")
        return {"module": module, "file": "", "name": name}
    name = getattr(group, "__qualname__", "")
    if not name or "<" in name:
        raise ValueError(
            f"{group!r} cannot be imported by the process that is to serve it: give it a class or a function that "
            "stands at the outermost level of a module, or the name of one as 'package.module:Name'"
        )
    module = sys.modules[group.__module__]
    return {"module": group.__module__, "file": getattr(module, "__file__", None) or "", "name": name}
