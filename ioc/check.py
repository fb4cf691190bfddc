"""`reioc check`: is this beamline.toml right, and is everything in it there?"""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from numbers import Real
from pathlib import Path
from typing import Any, TextIO

from ..devices.connect import ConnectionFailed, connect_all
from ..devices.loader import DeviceLoadError, load_device
from ..devices.rest import let_ophyd_rest
from ..devices.spec import DeviceSpec
from ..suspenders.spec import SuspenderKind, SuspenderSpec
from .config import BeamlineConfig, ConfigError, apply_environment, load
from .toml_lines import TomlLines

__all__ = ["check"]

# For a suspender's PV to connect and to answer (s); devices bring a time-out of their own.
_TIMEOUT = 5.0


def check(path: str | os.PathLike[str], out: TextIO) -> int:
    """Check a configuration: the file, the plan modules, the devices, the suspenders' PVs; tell each on `out`.

    Connects over Channel Access, moves and writes nothing. Returns 0 when everything is right, else 1.
    """
    try:
        config = load(path)
    except ConfigError as error:
        out.write(f"{error}\n")
        return 1
    apply_environment(config)
    report = _Report(path, out)
    report.good("file", f"{path} (prefix {config.ioc.prefix}, port {config.ioc.port})")
    _check_plans(config, report)
    _check_devices(config, report)
    _check_suspenders(config, report)
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

    def wrong(self, kind: str, place: tuple[str | int, ...], what: str) -> None:
        self.wrongs += 1
        self._write(f"WRONG  {kind} {what} [{self._file.name}:{self._lines.of(place)}]")

    def summary(self) -> None:
        self._write("everything is right" if not self.wrongs else f"{self.wrongs} wrong")

    def _write(self, line: str) -> None:
        self._out.write(f"{line}\n")
        self._out.flush()


def _check_plans(config: BeamlineConfig, report: _Report) -> None:
    for index, module in enumerate(config.plans.modules):
        try:
            importlib.import_module(module)
        except Exception as error:
            # Anything: it is the beamline's own code that runs here.
            why = f"{module}: cannot be imported: {type(error).__name__}: {error}"
            report.wrong("plans", ("plans", "modules", index), why)
        else:
            report.good("plans", module)


@dataclass(frozen=True)
class _Subject:
    """What is to be connected; `describe` says what it is once it is, or raises ValueError if it does not fit."""

    kind: str
    index: int
    device: Any
    timeout: float
    describe: Callable[[Any], str]


def _check_devices(config: BeamlineConfig, report: _Report) -> None:
    subjects = []
    for index, spec in enumerate(config.devices):
        try:
            device = load_device(spec)
        except DeviceLoadError as error:
            report.wrong("device", ("device", index), str(error).removeprefix("device "))
        else:
            subjects.append(_Subject("device", index, device, spec.timeout, partial(_describe_device, spec)))
    _connect(subjects, report)


def _check_suspenders(config: BeamlineConfig, report: _Report) -> None:
    if not config.suspenders:
        return
    # Here and not above: ophyd loads libca, which nobody should have to wait for whose file has a mistake.
    from ophyd import EpicsSignalRO

    subjects = [
        _Subject("suspender", index, EpicsSignalRO(spec.pv, name=spec.name), _TIMEOUT, partial(_describe_pv, spec))
        for index, spec in enumerate(config.suspenders)
    ]
    _connect(subjects, report)


def _connect(subjects: list[_Subject], report: _Report) -> None:
    by_name = {subject.device.name: subject for subject in subjects}
    report.kept += subjects

    def tell(name: str, failure: ConnectionFailed | None) -> None:
        subject = by_name[name]
        place = (subject.kind, subject.index)
        if failure is not None:
            report.wrong(subject.kind, place, str(failure))
            return
        try:
            report.good(subject.kind, f"{name} ({subject.describe(subject.device)})")
        except ValueError as error:
            report.wrong(subject.kind, place, f"{name}: {error}")

    devices = {name: subject.device for name, subject in by_name.items()}
    connect_all(devices, {name: subject.timeout for name, subject in by_name.items()}, progress=tell)


def _describe_device(spec: DeviceSpec, device: Any) -> str:
    return spec.class_path if spec.prefix is None else f"{spec.class_path} {spec.prefix}"


def _describe_pv(spec: SuspenderSpec, signal: Any) -> str:
    try:
        value = signal.get(timeout=_TIMEOUT)
    except TimeoutError:
        raise ValueError(f"{spec.pv} is connected but gives no value within {_TIMEOUT:g} s") from None
    if spec.kind is SuspenderKind.FLOOR and not isinstance(value, Real):
        raise ValueError(f"{spec.pv} is {value!r}, not one number: a floor cannot compare it")
    return f"{spec.kind} {spec.pv}, now {value}"
