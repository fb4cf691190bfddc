"""Records declared as rows of a table.

Rules of this file:
- A record's fields (DESC, EGU …) are made when somebody first asks for one: an area detector has 550 records, and
  their fields would add a second to every start.
- An array is as long as it was announced, always: Phoebus shows one that comes shorter as disconnected. The rest of a
  long text is NUL, of numbers 0.
"""

from collections.abc import Iterable, MutableMapping
from dataclasses import dataclass
from typing import Any

from caproto import ChannelType, native_type
from caproto.server.server import (
    PvpropertyChar,
    PvpropertyCharRO,
    PvpropertyData,
    PvpropertyDouble,
    PvpropertyDoubleRO,
    PvpropertyEnumRO,
    PvpropertyInteger,
    PvpropertyIntegerRO,
    PvpropertyString,
    PvpropertyStringRO,
    get_record_class,
)

from ..pvs.puts import DoublePut, EnumPut, RefusablePut, RefusedError, pv

PATH = 256
"""Bytes of the longest path that an area detector takes, its NUL included."""

_FIELDS_OF = {"busy": "bo", "scaler": "ao"}
"""Records that caproto does not know have the fields of one that it does."""


_INPUTS = {"ao": "ai", "bo": "bi", "mbbo": "mbbi", "longout": "longin", "stringout": "stringin"}
"""The record that shows what the other one is put to."""


class Record(PvpropertyData):
    """Mixin: a record of a type that is told, `rtyp`."""

    def __init__(self, *, rtyp: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.reported_record_type = rtyp

    def get_field(self, field: str) -> Any:
        """A field by its name. Raises KeyError for one that the record type does not have."""
        if field not in ("", "VAL") and self.field_inst is None:
            rtyp = self.reported_record_type
            fields: Any = get_record_class(_FIELDS_OF.get(rtyp, rtyp))
            self.field_inst = fields(prefix="", parent=self, name=f"{self.name}.fields")
            self.fields = self.field_inst.pvdb
            # As caproto sets RTYP; EGU it leaves empty.
            for name, text in (("RTYP", rtyp), ("EGU", getattr(self, "units", ""))):
                if name in self.fields:
                    self.fields[name]._data["value"] = text  # noqa: SLF001
        return super().get_field(field)


class _Padded(PvpropertyData):
    """Mixin for a long text, told up to its last NUL, or several short ones, told with empty ones behind them."""

    async def _read(self, data_type: Any) -> Any:
        metadata, values = await super()._read(data_type)
        if data_type not in _NO_VALUES:
            told = native_type(data_type)
            if told is ChannelType.CHAR:
                values = bytes(values).ljust(_room(self), b"\0")[: _room(self)]
            elif self.data_type is told is ChannelType.STRING:
                values = [*values, *[b""] * (_room(self) - len(values))]
        return metadata, values


def _room(text: PvpropertyData) -> int:
    return text.max_length or 1


_NO_VALUES = (ChannelType.STSACK_STRING, ChannelType.CLASS_NAME)


class Double(Record, DoublePut):
    """A number that clients set."""


class DoubleShown(Record, PvpropertyDoubleRO):
    """A number."""


class Doubles(Record, RefusablePut, PvpropertyDouble):
    """Numbers that clients set."""


class Integer(Record, RefusablePut, PvpropertyInteger):
    """A whole number that clients set."""


class IntegerShown(Record, PvpropertyIntegerRO):
    """A whole number, or several."""


class Enum(Record, EnumPut):
    """A choice."""


class EnumShown(Record, PvpropertyEnumRO):
    """One of several states."""


class String(Record, RefusablePut, PvpropertyString):
    """A text of up to 39 bytes that clients set."""


class StringShown(Record, PvpropertyStringRO):
    """A text of up to 39 bytes."""


class TextsShown(_Padded, Record, PvpropertyStringRO):  # pyright: ignore[reportIncompatibleMethodOverride]
    """Several texts of up to 39 bytes."""


class TextShown(_Padded, Record, PvpropertyCharRO):  # pyright: ignore[reportIncompatibleMethodOverride]
    """A long text."""


class Text(_Padded, Record, RefusablePut, PvpropertyChar):
    """A long text that clients set: as one (`caput -S`), as a string, or as the numbers of its bytes (Phoebus)."""

    async def write_from_dbr(self, data: Any, data_type: Any, metadata: Any, *, flags: int = 0) -> Any:
        """A client's put, up to its first NUL; caproto alone fails on an empty one, and keeps the NUL of numbers."""
        is_string = native_type(data_type) is ChannelType.STRING
        raw = b"".join(data) if is_string else bytes(int(each) & 0xFF for each in data)
        return await self.write(raw.split(b"\0", 1)[0].decode(self.string_encoding, "replace"), flags=flags)

    def sensible(self, value: Any) -> Any:
        """Refuses one that is too long to be shown again."""
        if len(value.encode(self.string_encoding)) >= _room(self):
            raise RefusedError(f"{self.pvname}: the text is longer than {_room(self) - 1} bytes")
        return value


@dataclass(frozen=True)
class Row:
    """One record: what `pvproperty` needs to make it."""

    name: str
    value: Any
    doc: str
    """DESC."""
    labels: tuple[str, ...] = ()
    units: str = ""
    precision: int = 3
    limits: tuple[float, float] = (0, 0)
    """Of what may be put; (0, 0) are none."""
    length: int = 1
    """More than 1: an array of so many numbers, or instead of a string a text of so many bytes with its NUL."""
    writable: bool = True
    rtyp: str = ""
    """The record type, if it is not the usual one for such a value."""

    def pv(self) -> Any:
        """The attribute of a group that makes this record."""
        dtype, rtyp = self._kind()
        several = self.length > 1 and not isinstance(self.value, str)
        value = [self.value] * self.length if several else self.value
        return pv(dtype, self.name, self.doc, value=value, rtyp=self.rtyp or rtyp, **self._options())

    def _kind(self) -> tuple[type[Any], str]:
        """The class of PV, and the usual record type."""
        classes, rtyp = self._classes()
        if self.length > 1:
            rtyp = "waveform"
        return (classes[0], rtyp) if self.writable else (classes[1], _INPUTS.get(rtyp, rtyp))

    def _classes(self) -> tuple[tuple[type[Any], type[Any]], str]:
        """The class that is written and the one that is shown; the type of record that is written."""
        if self.labels:
            return (Enum, EnumShown), "bo" if len(self.labels) == 2 else "mbbo"
        if isinstance(self.value, str):
            return ((Text, TextShown) if self.length > 1 else (String, StringShown)), "stringout"
        if isinstance(self.value, int):
            return (Integer, IntegerShown), "longout"
        return (Double if self.length == 1 else Doubles, DoubleShown), "ao"

    def _options(self) -> dict[str, Any]:
        if self.labels:
            return {"enum_strings": self.labels}
        if isinstance(self.value, str):
            return {"max_length": self.length, "string_encoding": "utf-8"} if self.length > 1 else {}
        low, high = self.limits
        options: dict[str, Any] = {"units": self.units, "lower_ctrl_limit": low, "upper_ctrl_limit": high}
        if isinstance(self.value, float):
            options["precision"] = self.precision
        if self.length > 1:
            # caproto keeps what it has sent, per subscriber: 1000 updates of an array each. The latest are enough.
            options |= {"max_length": self.length, "max_subscription_backlog": 10}
        return options


def declare(namespace: MutableMapping[str, Any], rows: Iterable[Row]) -> None:
    """Give a class its records, in its body: `declare(locals(), ROWS)`. Each is an attribute of the record's name."""
    for row in rows:
        namespace[row.name] = row.pv()
