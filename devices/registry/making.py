"""Makes all devices of a beamline, from its tables and its sources; connects none.

Rules of this file:
- Everything that is wrong is found in one go.
- A name means one device: who has it second is told with the place of the first.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from .care import Care
from .happi_devices import devices_of_happi
from .loader import DeviceLoadError, load_device
from .module_devices import devices_of_module
from .source_spec import DeviceSource, SourceKind
from .spec import DeviceSpec, device_name

__all__ = ["Made", "make_devices"]

log = logging.getLogger("reioc.devices")

SLOW = 5.0
"""Seconds after which it is told what takes so long: until all devices are made, no PV is served."""

_FINDERS = {
    SourceKind.MODULE: lambda source: devices_of_module(source.module or ""),
    SourceKind.HAPPI: lambda source: devices_of_happi(source.database or "", source.filter),
}
"""Those of a TOML file are [[device]] tables like others: whoever reads the configuration has them."""


@dataclass(frozen=True, slots=True)
class Made:
    """A device, how it is looked after, where it comes from, and what it is, for people."""

    device: Any
    care: Care
    place: str
    what: str


def make_devices(
    specs: Iterable[DeviceSpec],
    sources: Iterable[DeviceSource] = (),
    care: Care | None = None,
    places: Mapping[str, str] | None = None,
) -> tuple[list[Made], list[DeviceLoadError]]:
    """Make every device; returns those that could be made, and what is wrong with the others.

    `care` is for those of which nothing else is said, `places` tells by name where the tables of the `specs` are.
    """
    default, where = care or Care(), places or {}
    made: list[Made] = []
    errors: list[DeviceLoadError] = []
    for spec in specs:
        what = spec.class_path if spec.prefix is None else f"{spec.class_path} {spec.prefix}"
        try:
            place = where.get(spec.name, "the configuration")
            with _told_if_slow(f"device {spec.name!r}, {what}"):
                made.append(Made(load_device(spec), spec.care(default), place, what))
        except DeviceLoadError as error:
            errors.append(error)
    for source in sources:
        found, wrong = _from_source(source, default)
        made += found
        errors += wrong
    return _with_own_names(made, errors)


def _from_source(source: DeviceSource, default: Care) -> tuple[list[Made], list[DeviceLoadError]]:
    find = _FINDERS.get(source.kind)
    if find is None:
        return [], []
    try:
        with _told_if_slow(f"device source {source.called!r}"):
            found, errors = find(source)
    except ValueError as error:
        return [], [DeviceLoadError(source.called, str(error), is_source=True)]
    care = source.care(default)
    return [Made(device, care, source.called, _kind_of(device)) for device in found], errors


@contextmanager
def _told_if_slow(what: str) -> Iterator[None]:
    """Say in the log what is being made, if that takes long: one that hangs would keep the service from starting."""
    timer = threading.Timer(SLOW, log.warning, ("%s: being made for %g s already", what, SLOW))
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _kind_of(device: Any) -> str:
    return f"{type(device).__module__}.{type(device).__qualname__}"


def _with_own_names(made: list[Made], errors: list[DeviceLoadError]) -> tuple[list[Made], list[DeviceLoadError]]:
    first: dict[str, Made] = {}
    for each in made:
        name = str(getattr(each.device, "name", ""))
        try:
            device_name(name)
        except ValueError as error:
            errors.append(DeviceLoadError(name, f"{each.place}: {error}"))
            continue
        if name in first:
            known = first[name].place
            errors.append(DeviceLoadError(name, f"{each.place} has a device of that name, and so has {known}"))
        first.setdefault(name, each)
    return list(first.values()), errors
