"""Attributes: values that are taken with every image.

They are declared as for areaDetector, in XML or a file of it:
`<Attributes><Attribute name="x" type="EPICS_PV" source="SIM:m1.RBV" dbrtype="DBR_DOUBLE"/></Attributes>`.
Only PVs of this IOC, and some parameters of the camera, can be told; the value of another is NaN, 0 or empty.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np

OK, NO_FILE, BAD_XML = "Attributes file OK", "File not found", "XML syntax error"
"""Of NDAttributesStatus."""

_TYPES = {
    "DBR_CHAR": "i1",
    "DBR_SHORT": "i2",
    "DBR_ENUM": "i2",
    "DBR_INT": "i4",
    "DBR_LONG": "i4",
    "DBR_FLOAT": "f4",
    "DBR_DOUBLE": "f8",
    "DBR_STRING": "S40",
    "INT": "i4",
    "INT64": "i8",
    "DOUBLE": "f8",
    "STRING": "S40",
}
"""How a value is stored, by `dbrtype` of a PV or `datatype` of a parameter."""

_PARAMETERS = {
    "ACQ_TIME": "AcquireTime_RBV",
    "ACQ_PERIOD": "AcquirePeriod_RBV",
    "ARRAY_COUNTER": "ArrayCounter_RBV",
    "NUM_IMAGES_COUNTER": "NumImagesCounter_RBV",
    "GAIN": "Gain_RBV",
    "MANUFACTURER": "Manufacturer_RBV",
    "MODEL": "Model_RBV",
    "TEMPERATURE": "Temperature_RBV",
}
"""The driver's parameters that can be told, and the records that show them."""


@dataclass(frozen=True)
class Attribute:
    """One declared attribute; `source` is a PV or a parameter, `dtype` how its value is stored ("" as it comes)."""

    name: str
    kind: str
    source: str
    dtype: str
    description: str


class AttributeList:
    """The attributes that are declared; `find` gives the PV of a name, or None."""

    def __init__(self, find: Callable[[str], Any], prefix: str) -> None:
        self._find = find
        self._prefix = prefix
        self._declared: tuple[Attribute, ...] = ()

    def load(self, text: str) -> str:
        """Declare what a text says: XML, or the path of a file. What went well or wrong, as NDAttributesStatus."""
        self._declared = ()
        if not text.strip():
            return OK
        try:
            # Text with this element is XML, anything else a path: ADCore decides so.
            xml = text if "<Attributes>" in text else Path(text).read_text(encoding="utf-8")
            self._declared = tuple(_attribute(element) for element in ElementTree.fromstring(xml))
        except OSError:
            return NO_FILE
        except (ElementTree.ParseError, KeyError, ValueError):
            return BAD_XML
        return OK

    def values(self) -> dict[Attribute, Any]:
        """What they are now, each as the numpy value that is stored."""
        return {attribute: self._value(attribute) for attribute in self._declared}

    def _value(self, attribute: Attribute) -> Any:
        name = attribute.source
        if attribute.kind == "PARAM":
            name = self._prefix + _PARAMETERS.get(name, name)
        dtype = attribute.dtype
        pv = self._find(name)
        if pv is None:
            return np.array(np.nan if dtype in ("f4", "f8", "") else 0).astype(dtype or "f8")
        value = pv.value
        if dtype not in ("", "S40") and isinstance(value, str):
            value = list(pv.enum_strings).index(value) if hasattr(pv, "enum_strings") else 0
        if dtype == "S40" or isinstance(value, str):
            return np.array(str(value).encode("utf-8"), dtype="S40")
        return np.array(value, dtype=dtype or None)


def _attribute(element: ElementTree.Element) -> Attribute:
    """Raises KeyError for one without a name or source, or of an unknown type."""
    kind = element.get("type", "EPICS_PV")
    stored = element.get("dbrtype", "DBR_NATIVE") if kind == "EPICS_PV" else element.get("datatype", "INT")
    return Attribute(
        name=element.attrib["name"],
        kind=kind,
        source=element.attrib["source"],
        dtype="" if stored == "DBR_NATIVE" else _TYPES[stored],
        description=element.get("description", ""),
    )
