"""`reioc check`: is this beamline.toml right, and is everything in it there?"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TextIO

from ..devices import Registry
from ..devices.registry.connect import ConnectionFailed, connect_all, search_environment
from ..devices.registry.loader import DeviceLoadError
from ..devices.registry.making import make_devices
from ..devices.rest import let_ophyd_rest
from ..engine.commands import COMMANDS
from ..suspenders import PVSource, Sample, SuspenderSpec, misfit_of
from ..suspenders.factory import condition_of
from .access import AcfError, load_rules
from .config.beamline import BeamlineConfig, ConfigError, apply_environment, load
from .config.toml_lines import TomlLines
from .gate import resolve
from .journal import JournalError
from .journal.place import journal_path
from .journal.schema import Found, look
from .plans.catalogue import Catalogue
from .plans.members import members_of
from .plans.rules_config import make_rules
from .sinks.checking import wrong_with_folder, wrongs_of
from .suspending import SuspenderMaker

__all__ = ["check"]

# For a suspender's PV to connect and to answer (s); devices bring a time-out of their own.
_TIMEOUT = 5.0


def check(path: str | os.PathLike[str], out: TextIO) -> int:
    """Check a configuration: the file, plan modules, journal, sinks, devices, the suspenders' PVs; tell each on `out`.

    Connects over Channel Access, and to the sinks' servers; moves and writes nothing. Returns 0 when everything is
    right, else 1.
    """
    try:
        config = load(path)
    except ConfigError as error:
        out.write(f"{error}\n")
        return 1
    apply_environment(config)
    report = _Report(path, out)
    report.good("file", f"{path} (prefix {config.ioc.prefix}, port {config.ioc.port})")
    uags = _check_access(config, Path(path).parent, report)
    plans_are_good = _check_plans(config, uags, report)
    _check_journal(config, path, report)
    _check_sinks(config, Path(path).parent, report)
    devices = _check_devices(config, report)
    catalogue = Catalogue.load(config.plans.modules, Registry(devices)) if plans_are_good else None
    _check_suspenders(config, catalogue, report)
    report.summary()
    let_ophyd_rest()
    return 1 if report.wrongs else 0


class _Report:
    """Lines on `out`, as soon as each is known: what is wrong comes with its place in the file."""

    def __init__(self, path: str | os.PathLike[str], out: TextIO) -> None:
        self._file = Path(path)
        self._lines = TomlLines(self._file.read_text(encoding="utf-8"))
        self._out = out
        self.wrongs = 0
        self.kept: list[Any] = []
        """What was connected. ophyd destroys a signal that nobody holds, and pyepics clears its channel for all others
        on the same PV: what is checked next would lose its connection."""

    def good(self, kind: str, what: str) -> None:
        self._write(f"OK     {kind} {what}")

    def wrong(self, kind: str, place: tuple[str | int, ...] | str, what: str) -> None:
        """`place` is a key of the file; or a text, where it is in another one."""
        self.wrongs += 1
        where = place if isinstance(place, str) else f"{self._file.name}:{self._lines.of(place)}"
        self._write(f"WRONG  {kind} {what} [{where}]")

    def summary(self) -> None:
        self._write("everything is right" if not self.wrongs else f"{self.wrongs} wrong")

    def _write(self, line: str) -> None:
        self._out.write(f"{line}\n")
        self._out.flush()


def _check_access(config: BeamlineConfig, folder: Path, report: _Report) -> Mapping[str, Collection[str]]:
    """Returns the users of the file's groups."""
    place = ("access", "file") if config.access.file else ("access",)
    try:
        rules = load_rules(config.access, folder=folder, prefix=config.ioc.prefix, resolve=resolve)
    except AcfError as error:
        for mistake in str(error).splitlines():
            report.wrong("access", place, mistake)
        return {}
    for host in rules.unresolved:
        report.wrong("access", place, f"host {host} has no address: nobody is there")
    if not rules.unresolved:
        report.good("access", config.access.file or "everybody on this host may write, nobody else")
    return rules.file.uags


def _check_plans(config: BeamlineConfig, uags: Mapping[str, Collection[str]], report: _Report) -> bool:
    """Whether all that is listed can be offered, to whom it is to be."""
    rules = make_rules(config.plans.allow, members_of(uags))
    problems = Catalogue.load(config.plans.modules, Registry([]), rules).problems
    for index, module in enumerate(config.plans.modules):
        if module in problems:
            report.wrong("plans", ("plans", "modules", index), f"{module}: {problems[module]}")
        else:
            report.good("plans", module)
    for index in range(len(config.plans.allow)):
        if why := problems.get(f"plans.allow[{index}]"):
            report.wrong("plans", ("plans", "allow", index), why)
    return not problems


def _check_journal(config: BeamlineConfig, path: str | os.PathLike[str], report: _Report) -> None:
    if not config.journal.enabled:
        return
    file, place = journal_path(path, config.journal.file), ("journal", "file")
    try:
        wrong = f"{file} is no journal: it would be set aside" if look(file) is Found.GARBAGE else ""
    except JournalError as error:
        wrong = str(error)
    except OSError as error:
        wrong = f"{file} cannot be read: {error.strerror}"
    if wrong := wrong or wrong_with_folder(file.parent):
        report.wrong("journal", place, wrong)
    else:
        report.good("journal", str(file))


def _check_sinks(config: BeamlineConfig, folder: Path, report: _Report) -> None:
    for index, sink in enumerate(config.sinks):
        wrongs = wrongs_of(sink, folder)
        for wrong in wrongs:
            report.wrong("sink", ("sink", index), f"{sink.called}: {wrong}")
        if not wrongs:
            report.good("sink", f"{sink.called} ({sink.kind})")


@dataclass(frozen=True)
class _Subject:
    """What is to be connected, where it is written, and what it is."""

    kind: str
    place: tuple[str | int, ...] | str
    device: Any
    timeout: float
    what: str


def _check_devices(config: BeamlineConfig, report: _Report) -> list[Any]:
    """Returns the devices that could be made, connected or not."""
    made, errors = make_devices(config.devices, config.device_sources, config.care, config.places)
    for error in errors:
        report.wrong("device", _place_of(error, config), str(error).removeprefix("device "))
    subjects = [_Subject("device", each.place, each.device, each.care.timeout, each.what) for each in made]
    _connect(subjects, report)
    return [subject.device for subject in subjects]


def _place_of(error: DeviceLoadError, config: BeamlineConfig) -> tuple[str | int, ...] | str:
    if not error.is_source:
        return config.places.get(error.name, ("device_source",))
    names = [source.called for source in config.device_sources]
    return ("device_source", names.index(error.name))


def _check_suspenders(config: BeamlineConfig, catalogue: Catalogue | None, report: _Report) -> None:
    watching = [_Watching(index, spec) for index, spec in enumerate(config.suspenders)]
    maker = SuspenderMaker(catalogue, COMMANDS) if catalogue is not None else None
    deadline = time.monotonic() + _TIMEOUT
    for each in watching:
        each.check(maker, deadline, report)


class _Watching:
    """The PVs of one suspender, being looked for."""

    def __init__(self, index: int, spec: SuspenderSpec) -> None:
        self._place, self._spec = ("suspender", index), spec
        self._parts = list(spec.of or (spec,))
        self._sources = [PVSource(part.pv or "") for part in self._parts]
        self._samples: list[Sample | None] = [None] * len(self._parts)
        self._news = threading.Condition()
        for number, source in enumerate(self._sources):
            source.start(partial(self._hear, number))

    def _hear(self, number: int, sample: Sample) -> None:
        with self._news:
            self._samples[number] = sample if sample.connected else None
            self._news.notify()

    def check(self, maker: SuspenderMaker | None, deadline: float, report: _Report) -> None:
        with self._news:
            self._news.wait_for(lambda: all(self._samples), max(0.0, deadline - time.monotonic()))
        for source in self._sources:
            source.stop()
        wrongs = [wrong for number in range(len(self._parts)) if (wrong := self._wrong_with(number))]
        try:
            if maker is not None:
                maker.make(self._spec)
        except ValueError as error:
            wrongs.append(str(error))
        for wrong in wrongs:
            report.wrong("suspender", self._place, f"{self._spec.name}: {wrong}")
        if not wrongs:
            found = ", ".join(map(self._describe, range(len(self._parts))))
            report.good("suspender", f"{self._spec.name} ({found})")

    def _wrong_with(self, number: int) -> str:
        part, sample = self._parts[number], self._samples[number]
        if sample is None:
            return f"not connected within {_TIMEOUT:g} s: {part.pv}; searched {search_environment()}"
        misfit = misfit_of(condition_of(part), sample)
        return f"{part.pv} {misfit}" if misfit else ""

    def _describe(self, number: int) -> str:
        part, sample = self._parts[number], self._samples[number]
        return f"{part.kind} {part.pv}, now {sample.value if sample else None}"


def _connect(subjects: list[_Subject], report: _Report) -> None:
    by_name = {subject.device.name: subject for subject in subjects}
    report.kept += subjects

    def tell(name: str, failure: ConnectionFailed | None) -> None:
        subject = by_name[name]
        if failure is None:
            report.good(subject.kind, f"{name} ({subject.what})")
        else:
            report.wrong(subject.kind, subject.place, str(failure))

    devices = {name: subject.device for name, subject in by_name.items()}
    connect_all(devices, {name: subject.timeout for name, subject in by_name.items()}, progress=tell)
