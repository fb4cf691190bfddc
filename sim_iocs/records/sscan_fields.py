"""Fields of the sscan record.

Rules of this file: nothing is decided here. A field is made when somebody first asks for it: there are 870, and most of
70 detectors are never named. Labels are those of the record's menus.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from caproto.server import PVGroup
from caproto.server.server import (
    PvpropertyData,
    PvpropertyDouble,
    PvpropertyDoubleRO,
    PvpropertyEnumRO,
    PvpropertyFloatRO,
    PvpropertyIntegerRO,
    PvpropertyShortRO,
    PvpropertyStringRO,
)

from ..pvs.puts import DoublePut, EnumPut, IntegerPut, RefusablePut, RefusedError, ShortPut, StringPut, pv

POSITIONERS = tuple("1234")
DETECTORS = tuple(f"{number:02d}" for number in range(1, 71))
MOST_POINTS = 1000
"""MPTS: the length of every array."""

NAME_VALID = ("PV OK", "No PV", "PV NoRead", "PV illegal1", "PV NoWrite", "PV illegal2", "PV BAD")
PHASES = (
    "IDLE",
    "INIT_SCAN",
    "DO:BEFORE_SCAN",
    "WAIT:BEFORE_SCAN",
    "MOVE_MOTORS",
    "WAIT:MOTORS",
    "TRIG_DETCTRS",
    "WAIT:DETCTRS",
    "RETRACE_MOVE",
    "WAIT:RETRACE",
    "DO:AFTER_SCAN",
    "WAIT:AFTER_SCAN",
    "SCAN_DONE",
    "WAIT:SAVE_DATA",
    "SCAN_PENDING",
)
"""FAZE; the record has four more, for arrays, of which an enum over Channel Access could take one."""
AFTER_SCAN = (
    "STAY",
    "START POS",
    "PRIOR POS",
    "PEAK POS",
    "VALLEY POS",
    "+EDGE POS",
    "-EDGE POS",
    "CNTR OF MASS",
)
COMMANDS = (
    "Clear msg",
    "Check limits",
    "Preview scan",
    "Clear all PV's",
    "Clear pos PV's, etc",
    "Clear pos PV's",
    "Clear pos&rdbk PV's, etc",
    "Clear pos&rdbk PV's",
)
_NO_YES, _FREEZE, _WAIT = ("NO", "YES"), ("NO", "FREEZE"), ("Wait", "NoWait")
_ARRAY_STATES = (
    "UNPACKED",
    "TRIG_ARRAY_READ",
    "ARRAY_READ_WAIT",
    "ARRAY_GET_CALLBACK_WAIT",
    "RECORD_ARRAY_DATA",
    "SAVE_DATA_WAIT",
    "PACKED",
    "POSTED",
)


class _Array(PvpropertyData):
    """Mixin for an array that grows without everybody being told each time."""

    def keep(self, value: np.ndarray) -> None:
        """Have this value for those who read it; monitors are not told."""
        self._data["value"] = value
        self._content.clear()


class DoublesShown(_Array, PvpropertyDoubleRO):
    """Positions."""


class FloatsShown(_Array, PvpropertyFloatRO):
    """Data."""


class ArrayPut(RefusablePut, PvpropertyDouble):
    """Numbers."""

    def sensible(self, value: Any) -> Any:
        """Refuses what is no position."""
        if not np.all(np.isfinite(value)):
            raise RefusedError(f"{self.pvname}: not every number of it is finite")
        return np.asarray(value, dtype=float)


@dataclass(frozen=True)
class Field:
    """What `pv` needs to make one."""

    dtype: type[Any]
    doc: str
    value: Any = 0
    labels: tuple[str, ...] = ()
    array: bool = False

    def make(self, name: str, group: PVGroup) -> Any:
        """The channel of this field for the record of a group."""
        options: dict[str, Any] = {"enum_strings": self.labels} if self.labels else {}
        value = self.labels[self.value] if self.labels else self.value
        if self.array:
            value = np.zeros(MOST_POINTS, np.float32 if self.dtype is FloatsShown else np.float64)
            options = {"max_length": MOST_POINTS, "max_subscription_backlog": 10}
        return pv(self.dtype, f".{name}", self.doc, value=value, **options).pvspec.create(group)


def _real(doc: str, value: float = 0.0) -> Field:
    return Field(DoublePut, doc, value)


def _menu(doc: str, labels: tuple[str, ...], value: int = 0) -> Field:
    return Field(EnumPut, doc, value, labels)


def _shown(doc: str, dtype: type[Any] = PvpropertyDoubleRO, value: Any = 0.0) -> Field:
    return Field(dtype, doc, value)


def _array(doc: str, dtype: type[Any]) -> Field:
    return Field(dtype, doc, array=True)


def _link(doc: str) -> dict[str, Field]:
    """A name, and whether it is good."""
    return {"PV": Field(StringPut, doc, ""), "NV": Field(PvpropertyEnumRO, f"{doc}: name valid", 1, NAME_VALID)}


_RANGE = {
    "EU": _shown("Engineering units", PvpropertyStringRO, ""),
    "HR": _shown("High range"),
    "LR": _shown("Low range"),
    "PR": _shown("Precision", PvpropertyShortRO, 0),
}
"""What is known of a PV once its name is given."""


_RECORD = {
    "EXSC": Field(ShortPut, "Execute the scan"),
    "CMND": _menu("Command", COMMANDS),
    "PAUS": _menu("Pause", ("GO", "PAUSE")),
    "NPTS": Field(IntegerPut, "Number of points", 100),
    "MPTS": _shown("Maximum number of points", PvpropertyIntegerRO, MOST_POINTS),
    "FPTS": _menu("Freeze NPTS", _FREEZE, 1),
    "FFO": _menu("Freeze flag override", ("USE F-FLAGS", "OVERRIDE")),
    "PASM": _menu("Positioners after the scan", AFTER_SCAN),
    "REFD": Field(ShortPut, "Reference detector", 1),
    "ACQM": _menu("Acquisition mode", ("NORMAL", "ACCUMULATE", "ADD TO PREV")),
    "ACQT": _menu("Acquisition type", ("SCALAR", "1D ARRAY")),
    "ATIME": _real("Period of array postings"),
    "COPYTO": Field(IntegerPut, "Copy last array point to here"),
    "PDLY": _real("Delay after the positioners"),
    "DDLY": _real("Delay after the triggers"),
    "WAIT": Field(ShortPut, "Wait for a client"),
    "AWCT": Field(ShortPut, "Waits at every trigger"),
    "AWAIT": Field(ShortPut, "Wait for data storage"),
    "AAWAIT": _menu("Wait for data storage always", _NO_YES),
    "WCNT": _shown("Clients waited for", PvpropertyShortRO, 0),
    "WTNG": _shown("Waiting for clients", PvpropertyShortRO, 0),
    "BUSY": _shown("Scan in progress", PvpropertyShortRO, 0),
    "DATA": _shown("Data ready", PvpropertyShortRO, 1),
    "ALRT": _shown("Alert", PvpropertyShortRO, 0),
    "CPT": _shown("Current point", PvpropertyIntegerRO, 0),
    "SMSG": _shown("State message", PvpropertyStringRO, ""),
    "FAZE": Field(PvpropertyEnumRO, "Phase of the scan", 0, PHASES),
    "DSTATE": Field(PvpropertyEnumRO, "State of the arrays", 7, _ARRAY_STATES),
    **{f"BS{key}": field for key, field in _link("Before-scan link").items()},
    "BSCD": _real("Before-scan command", 1.0),
    "BSWAIT": _menu("Wait for the before-scan link", _WAIT),
    **{f"AS{key}": field for key, field in _link("After-scan link").items()},
    "ASCD": _real("After-scan command", 1.0),
    "ASWAIT": _menu("Wait for the after-scan link", _WAIT),
    **{f"A1{key}": field for key, field in _link("Array trigger").items()},
    "A1CD": _real("Array-trigger command", 1.0),
}
_POSITIONER = {
    **_link("Positioner"),
    "SM": _menu("Step mode", ("LINEAR", "TABLE", "FLY")),
    "AR": _menu("Absolute or relative", ("ABSOLUTE", "RELATIVE")),
    "SP": _real("Start position"),
    "EP": _real("End position"),
    "CP": _real("Centre position"),
    "WD": _real("Width"),
    "SI": _real("Step increment"),
    "FS": _menu("Freeze the start", _FREEZE),
    "FE": _menu("Freeze the end", _FREEZE),
    "FC": _menu("Freeze the centre", _FREEZE),
    "FW": _menu("Freeze the width", _FREEZE),
    "FI": _menu("Freeze the increment", _FREEZE),
    "PA": _array("Table of positions", ArrayPut),
    "DV": _shown("Desired value"),
    "LV": _shown("Last value"),
    "PP": _shown("Position before the scan"),
    "RA": _array("Positions of the last scan", DoublesShown),
    "CA": _array("Positions of this scan", DoublesShown),
    **_RANGE,
}
_READBACK = {
    **_link("Readback"),
    "DL": _real("Difference limit"),
    "CV": _shown("Readback"),
    "LV": _shown("Last readback"),
}
_TRIGGER = {**_link("Detector trigger"), "CD": _real("Trigger command", 1.0)}
_DETECTOR = {
    **_link("Detector"),
    "CV": _shown("Current value", PvpropertyFloatRO),
    "LV": _shown("Last value", PvpropertyFloatRO),
    "DA": _array("Data of the last scan", FloatsShown),
    "CA": _array("Data of this scan", FloatsShown),
    **_RANGE,
}


@cache
def fields() -> dict[str, Field]:
    """Every field by its name: P1SP, D03CV and so on."""
    numbered = (
        ("P", POSITIONERS, _POSITIONER),
        ("R", POSITIONERS, _READBACK),
        ("T", POSITIONERS, _TRIGGER),
        ("D", DETECTORS, _DETECTOR),
    )
    return _RECORD | {
        f"{letter}{number}{key}": field
        for letter, numbers, each in numbered
        for number in numbers
        for key, field in each.items()
    }
