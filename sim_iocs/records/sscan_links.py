"""Links from a record to PVs of the same server, named at run time."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from caproto import AccessRights, ChannelType

_WHOLE = (ChannelType.INT, ChannelType.LONG, ChannelType.CHAR, ChannelType.ENUM)


class LinkError(Exception):
    """A PV that a link names cannot be used; `valid` is the label that the link's field PnNV, TnNV … gets."""

    def __init__(self, text: str, valid: str) -> None:
        super().__init__(text)
        self.valid = valid


@dataclass(frozen=True)
class Link:
    """A PV of this server, or a field of its record."""

    name: str
    channel: Any

    @property
    def units(self) -> str:
        """EGU, at most 15 characters."""
        return str(getattr(self.channel, "units", "") or "")[:15]

    @property
    def range(self) -> tuple[float, float]:
        """Control limits, low and high; equal ones are none."""
        low, high = (getattr(self.channel, f"{end}_ctrl_limit", 0) or 0 for end in ("lower", "upper"))
        return float(low), float(high)

    @property
    def precision(self) -> int:
        """PREC."""
        return int(getattr(self.channel, "precision", 0) or 0)

    async def read(self) -> float:
        """Its value as a number; the first one of an array. Raises LinkError when it is none."""
        try:
            _, values = await self.channel.read(ChannelType.DOUBLE)
            return float(values[0])
        except (TypeError, ValueError, IndexError) as error:
            raise LinkError(f"{self.name} is no number", "PV NoRead") from error

    async def write(self, value: float) -> None:
        """Put a number, and come back when the put has completed. Raises RefusedError."""
        whole = self.channel.data_type in _WHOLE
        await self.channel.write(int(value) if whole else value)


class Links:
    """Finds the PVs of a server by the names that clients use for them."""

    def __init__(self, pvdb: Mapping[str, Any]) -> None:
        self._pvdb = pvdb

    def find(self, name: str, writable: bool = False) -> Link:
        """The PV of that name. Raises LinkError when there is none, or when clients cannot write it."""
        record, _, field = name.strip().partition(".")
        try:
            channel = self._pvdb[record].get_field(field)
        except KeyError as error:
            raise LinkError(f"no PV {name} here", "PV BAD") from error
        if writable and AccessRights.WRITE not in channel.check_access("", ""):
            raise LinkError(f"{name} is read-only", "PV NoWrite")
        return Link(name, channel)
