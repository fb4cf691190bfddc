"""What each field of a record says, by record type."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from caproto.server import menus

from .declaration import LONGEST_DESCRIPTION, Kind, Limit

__all__ = ["Choice", "computation"]


@dataclass(frozen=True, slots=True)
class Choice:
    """The value of a field that is a menu."""

    index: int
    labels: Sequence[str]


Compute = Callable[[Any], Any]
"""From a PV to the value of one of its fields: a float, an int, a str or a Choice, always the same of them."""


def computation(record: str, field: str) -> Compute:
    """What a field of this record type says. Raises KeyError if there is none."""
    own = _TYPES[record]
    return own[field] if field in own else _COMMON[field]


_SEVERITIES = menus.menuAlarmSevr.get_string_tuple()
_STATUSES = menus.menuAlarmStat.get_string_tuple()
_SCANS = menus.menuScan.get_string_tuple()
_ELEMENTS = menus.menuFtype.get_string_tuple()
_NO_YES = menus.menuYesNo.get_string_tuple()
_SOFT = ("Soft Channel",)

_Table = dict[str, Compute]


def _always(**fields: Any) -> _Table:
    return {name: _constant(value) for name, value in fields.items()}


def _constant(value: Any) -> Compute:
    def constant(pv: Any) -> Any:
        return value

    return constant


def _severity(severity: int) -> Choice:
    return Choice(int(severity), _SEVERITIES)


def _index(pv: Any) -> int:
    return pv.raw_value if isinstance(pv.value, str) else int(pv.value)


_COMMON: _Table = {
    "NAME": lambda pv: pv.pvname,
    "RTYP": lambda pv: pv.declared.record,
    "DESC": lambda pv: pv.declared.description[:LONGEST_DESCRIPTION],
    "SEVR": lambda pv: _severity(pv.alarm.severity),
    "STAT": lambda pv: Choice(min(int(pv.alarm.status), len(_STATUSES) - 1), _STATUSES),
    "ACKS": lambda pv: _severity(pv.alarm.severity_to_acknowledge),
    "ACKT": lambda pv: Choice(int(bool(pv.alarm.must_acknowledge_transient)), _NO_YES),
    "AMSG": lambda pv: pv.alarm.alarm_string,
    # Displays are updated by the IOC when something happens, as a record is whose hardware interrupts.
    "SCAN": lambda pv: Choice(_SCANS.index("I/O Intr" if pv.declared.kind is Kind.DISPLAY else "Passive"), _SCANS),
    **_always(NSEV=_severity(0), NSTA=Choice(0, _STATUSES), DISS=_severity(0), UDFS=_severity(3)),
    **_always(DTYP=Choice(0, _SOFT), PINI=Choice(0, menus.menuPini.get_string_tuple())),
    **_always(PRIO=Choice(0, menus.menuPriority.get_string_tuple())),
    **_always(ASG="", EVNT="", FLNK="", SDIS="", TSEL="", SIOL="", SIML="", SIMM=Choice(0, _NO_YES)),
    **_always(DISA=0, DISP=0, DISV=1, LCNT=0, PACT=0, PHAS=0, PROC=0, PUTF=0, RPRO=0, TPRO=0, TSE=0, UDF=0),
}


def _limit(name: str, kind: type[float] | type[int]) -> Compute:
    def value(pv: Any) -> Any:
        limit: Limit | None = getattr(pv.declared, name)
        return kind(limit.value if limit else 0)

    return value


def _limit_severity(name: str) -> Callable[[Any], Choice]:
    def severity(pv: Any) -> Choice:
        limit: Limit | None = getattr(pv.declared, name)
        return _severity(limit.severity if limit else 0)

    return severity


def _end(name: str, number: int, kind: type[float] | type[int]) -> Compute:
    def value(pv: Any) -> Any:
        ends = getattr(pv.declared, name) or (0, 0)
        return kind(ends[number])

    return value


def _numeric(kind: type[float] | type[int]) -> _Table:
    return {
        "EGU": lambda pv: pv.declared.units,
        "LOPR": _end("shown", 0, kind),
        "HOPR": _end("shown", 1, kind),
        **{name.upper(): _limit(name, kind) for name in ("hihi", "high", "low", "lolo")},
        **{field: _limit_severity(name) for field, name in _LIMIT_SEVERITIES},
        **_always(HYST=kind(0), ADEL=kind(0), MDEL=kind(0)),
    }


_LIMIT_SEVERITIES = (("HHSV", "hihi"), ("HSV", "high"), ("LSV", "low"), ("LLSV", "lolo"))
_ANALOGUE: _Table = {**_numeric(float), "PREC": lambda pv: pv.declared.precision or 0}
_OUTPUT = _always(OMSL=Choice(0, menus.menuOmsl.get_string_tuple()), OUT="", DOL="")
_DRIVE: _Table = {"DRVL": _end("allowed", 0, float), "DRVH": _end("allowed", 1, float)}


def _label(index: int) -> Callable[[Any], str]:
    return lambda pv: pv.declared.labels[index] if index < len(pv.declared.labels) else ""


def _label_severity(index: int) -> Callable[[Any], Choice]:
    return lambda pv: _severity(pv.declared.severities.get(_label(index)(pv), 0))


_STATES = ("ZR", "ON", "TW", "TH", "FR", "FV", "SX", "SV", "EI", "NI", "TE", "EL", "TV", "TT", "FT", "FF")
_ENUM: _Table = {"RVAL": _index, **_always(COSV=_severity(0), MASK=0)}
_BINARY: _Table = {
    **_ENUM,
    "ZNAM": _label(0),
    "ONAM": _label(1),
    "ZSV": _label_severity(0),
    "OSV": _label_severity(1),
}
_MULTI: _Table = {
    **_ENUM,
    **{f"{state}ST": _label(number) for number, state in enumerate(_STATES)},
    **{f"{state}SV": _label_severity(number) for number, state in enumerate(_STATES)},
    **{f"{state}VL": _constant(number) for number, state in enumerate(_STATES)},
    **_always(UNSV=_severity(0), NOBT=4, SHFT=0),
}


def _used(pv: Any) -> int:
    return len(pv.value.encode(pv.string_encoding)) if isinstance(pv.value, str) else len(pv.value)


_WAVEFORM: _Table = {
    "EGU": lambda pv: pv.declared.units,
    "PREC": lambda pv: pv.declared.precision or 0,
    "LOPR": _end("shown", 0, float),
    "HOPR": _end("shown", 1, float),
    "NELM": lambda pv: pv.declared.length,
    "NORD": _used,
    "FTVL": lambda pv: Choice(_ELEMENTS.index(pv.declared.element), _ELEMENTS),
    **_always(BUSY=0, RARM=0),
}
_TYPES: dict[str, _Table] = {
    "ai": _ANALOGUE,
    "ao": {**_ANALOGUE, **_DRIVE, **_OUTPUT},
    "longin": _numeric(int),
    "bi": _BINARY,
    "bo": {**_BINARY, **_OUTPUT, **_always(HIGH=0.0)},
    "mbbi": _MULTI,
    "mbbo": {**_MULTI, **_OUTPUT},
    "stringin": {},
    "stringout": _OUTPUT,
    "waveform": _WAVEFORM,
}
