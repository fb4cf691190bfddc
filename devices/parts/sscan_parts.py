"""The parts of an sscan record, and what their data are called."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from ophyd import Device, DynamicDeviceComponent, EpicsSignalRO, FormattedComponent, Kind

from ..checked_signal import CheckedEpicsSignal

__all__ = ["Detector", "Positioner", "Trigger", "data_keys", "numbered"]


class _Part(Device):
    """Fields of a record that share a number."""

    def __init__(self, prefix: str, *, number: int, **kwargs: Any) -> None:
        self._number = number
        super().__init__(prefix, **kwargs)


class Positioner(_Part):
    """What is moved: P1 … P4."""

    pv = FormattedComponent(CheckedEpicsSignal, "{prefix}.P{_number}PV", string=True, kind=Kind.config)
    start = FormattedComponent(CheckedEpicsSignal, "{prefix}.P{_number}SP", kind=Kind.config)
    end = FormattedComponent(CheckedEpicsSignal, "{prefix}.P{_number}EP", kind=Kind.config)
    mode = FormattedComponent(CheckedEpicsSignal, "{prefix}.P{_number}SM", kind=Kind.omitted)
    relative = FormattedComponent(CheckedEpicsSignal, "{prefix}.P{_number}AR", kind=Kind.config)
    readback_pv = FormattedComponent(CheckedEpicsSignal, "{prefix}.R{_number}PV", string=True, kind=Kind.config)
    # Arrays are asked for when the scan is over; nobody needs each of their versions.
    data = FormattedComponent(EpicsSignalRO, "{prefix}.P{_number}RA", auto_monitor=False, kind=Kind.omitted)


class Detector(_Part):
    """What is read at each point: D01 … D70."""

    pv = FormattedComponent(CheckedEpicsSignal, "{prefix}.D{_number:02d}PV", string=True, kind=Kind.config)
    data = FormattedComponent(EpicsSignalRO, "{prefix}.D{_number:02d}DA", auto_monitor=False, kind=Kind.omitted)


class Trigger(_Part):
    """What is put, and waited for, at each point: T1 … T4."""

    pv = FormattedComponent(CheckedEpicsSignal, "{prefix}.T{_number}PV", string=True, kind=Kind.config)


def numbered(part: type[_Part], name: str, count: int) -> Any:
    """So many of these parts, as components: `p1` … `p4` with the name `p{}`."""
    parts = {name.format(number): (part, "", {"number": number}) for number in range(1, count + 1)}
    return DynamicDeviceComponent(parts, kind=Kind.config)


def data_keys(pvs: Iterable[str], names: Mapping[str, str]) -> list[str]:
    """What the data of these PVs are called: the given name, or else the PV's, `SIM_m1` for `SIM:m1.VAL`.

    Raises ValueError for two of the same name.
    """
    keys: dict[str, str] = {}
    for pv in pvs:
        key = names.get(pv) or re.sub(r"\W+", "_", pv.removesuffix(".VAL"))
        if key in keys:
            raise ValueError(f"{pv} and {keys[key]} would both be called {key!r}: give one of them another name")
        keys[key] = pv
    return list(keys)
