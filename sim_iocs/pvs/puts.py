"""PVs that can refuse a put.

Rules of this file:
- A refused put changes nothing: not the value, not the alarm. caproto calls putters inside a block that
  raises a MAJOR alarm on any exception, therefore `write` here decides *before* it enters caproto's `write`.
- A refused put is a failed put for the client (ECA_PUTFAIL). Raising instead would answer with an error
  response, on which some clients wait until they time out.
- An enum never holds anything but one of its labels: caproto stores an index beyond the last label, and from
  then on every read of that PV is an error that makes EPICS Base's tools abort.
- Every PV has an alarm of its own: caproto's default is one for the whole group.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar, cast

from caproto import CaprotoValueError, CAStatus, ChannelType, SkipWrite, native_type
from caproto.server import PVGroup, pvproperty
from caproto.server.server import (
    PvpropertyData,
    PvpropertyDouble,
    PvpropertyEnum,
    PvpropertyInteger,
    PvpropertyShort,
    PvpropertyString,
)

DataT = TypeVar("DataT", bound=PvpropertyData)


def pv(dtype: type[DataT], name: str, doc: str, **kwargs: Any) -> DataT:
    """A PV in the body of a group; typed as what it is in an instance of that group.

    `doc` (at most 40 characters) becomes DESC.
    """
    return cast("DataT", pvproperty(dtype=dtype, name=name, doc=doc, alarm_group=name, **kwargs))


class RefusedError(Exception):
    """A put that is not obeyed; its text says what was asked, and what would be accepted.

    Raised by putters; a client sees a failed put, somebody who calls `pv.write` sees this exception.
    """


class RefusablePut(PvpropertyData):
    """Mixin for a PV whose putter may raise `RefusedError`, or return `SkipWrite` if it has published."""

    async def auth_write(self, *args: Any, **kwargs: Any) -> Any:
        """A client's put."""
        try:
            return await super().auth_write(*args, **kwargs)
        except (RefusedError, CaprotoValueError) as refusal:
            self.log.info("put to %s refused: %s", self.pvname, refusal)
            return CAStatus.ECA_PUTFAIL

    async def write(self, value: Any, *, verify_value: bool = True, **kwargs: Any) -> None:
        """As caproto's, but refusing leaves no trace."""
        if verify_value:
            value = await self._decide(self.sensible(self.preprocess_value(value)))
        if value is not SkipWrite:
            await super().write(value, verify_value=False, **kwargs)

    async def publish_value(self, value: Any) -> None:
        """Show a value without asking the putter."""
        await self.write(value, verify_value=False)

    def keep_alarm(self) -> None:
        """To be called in a putter whose PV's alarm is not about its value: caproto ends it at any put in range."""
        self._clear_cached_alarms()

    def sensible(self, value: Any) -> Any:
        """The value in the form that the putter gets; raises RefusedError for one that means nothing."""
        return value

    async def _decide(self, value: Any) -> Any:
        try:
            decided = await self.verify_value(value)
        except CaprotoValueError as error:
            raise RefusedError(f"{self.pvname}: {error}") from error
        return value if decided is None else decided


class DoublePut(RefusablePut, PvpropertyDouble):
    """A number; its control limits are enforced."""

    def sensible(self, value: Any) -> Any:
        """Refuses NaN and infinities, which pass every comparison with a limit."""
        if not abs(value) < float("inf"):
            raise RefusedError(f"{self.pvname}: {value} is not a finite number")
        return float(value)


class ShortPut(RefusablePut, PvpropertyShort):
    """A small integer."""

    def sensible(self, value: Any) -> Any:
        """Python's: numpy's, in which clients' puts come, overflow and are infectious."""
        return int(value)


class IntegerPut(RefusablePut, PvpropertyInteger):
    """An integer."""

    def sensible(self, value: Any) -> Any:
        """As that of `ShortPut`."""
        return int(value)


class StringPut(RefusablePut, PvpropertyString):
    """A text of at most 40 characters."""


class EnumPut(RefusablePut, PvpropertyEnum):
    """A choice of labels, taken as label, as index, or as an index in a string (as EPICS Base does)."""

    async def write_from_dbr(self, data: Any, data_type: Any, metadata: Any, *, flags: int = 0) -> Any:
        """A client's put, in the type it came in."""
        if native_type(data_type) == ChannelType.STRING:
            data = [self.sensible(_text(item)) for item in data]
        return await super().write_from_dbr(data, data_type, metadata, flags=flags)

    def sensible(self, value: Any) -> Any:
        """The label that is meant."""
        labels: Sequence[str] = self.enum_strings
        if value in labels:
            return value
        try:
            index = int(value)
        except ValueError:
            index = -1
        if not 0 <= index < len(labels):
            raise RefusedError(f"{self.pvname}: {value!r} is none of {', '.join(labels)}, nor their index")
        return labels[index]


def _text(item: bytes | str) -> str:
    return item.decode("latin-1") if isinstance(item, bytes) else item


class Command(EnumPut):
    """A momentary choice of two labels: the second orders something and stays while it is being done."""

    async def obey(self, value: str, action: Callable[[], Awaitable[None]]) -> type[SkipWrite]:
        """Body of a putter: run `action` if the second label was put; after that the first one comes back."""
        idle, order = self.enum_strings
        if value == order:
            await self.publish_value(order)
            try:
                await action()
            finally:
                await self.publish_value(idle)
        return SkipWrite


class SimulationGroup(PVGroup):
    """A group of the simulation."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for channel in self.pvdb.values():
            egu = getattr(channel.field_inst, "engineering_units", None)
            if egu is not None:  # caproto leaves it empty, whatever the units are that it tells with the value
                egu._data["value"] = getattr(channel, "units", "")  # noqa: SLF001  # as caproto sets NAME and RTYP

    async def run(self) -> None:
        """Publish what is true at the start, then whatever changes by itself; may end when nothing does."""
