"""Puts from clients: who they come from, and how they are refused.

Rules of this file:
1. Every PV that clients may write is made of a class in this file. A put that is refused is a failed put for the
   client: no traceback, no alarm on the PV, and the PV keeps its value.
2. caproto treats an exception in a putter as an alarm of the PV and answers with an ErrorResponse, on which its own
   threading client hangs; so a `Refusal` is carried past it, and the put is answered with a failure status.
3. Who puts is known here only; what runs inside the put finds it in `current_put()`.
"""

from __future__ import annotations

import itertools
import logging
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from caproto import CaprotoError, CAStatus, ChannelType, SkipWrite
from caproto.server.server import PvpropertyBoolEnum, PvpropertyChar, PvpropertyDouble, PvpropertyEnum, PvpropertyString

__all__ = [
    "BoolSetting",
    "EnumSetting",
    "FloatSetting",
    "Put",
    "Refusal",
    "StringSetting",
    "TextSetting",
    "current_put",
]


log = logging.getLogger("reioc.ioc")


class Refusal(Exception):
    """What is asked for is not done, and why. Raised in a putter; the client gets a failed put."""


@dataclass(slots=True)
class Put:
    """One put of a client: the PV, who it comes from (user and host as the client tells them, and the address from
    which it has connected), and why it is refused, if it is.

    `malformed` is set where the value does not even fit the PV, so that no putter has seen it.
    """

    pvname: str
    user: str
    host: str
    address: str = ""
    refusal: str | None = None
    malformed: str | None = None

    @property
    def by(self) -> str:
        """user@host, as the client tells it."""
        return f"{self.user}@{self.host}"


_PUT: ContextVar[Put | None] = ContextVar("put", default=None)


def current_put() -> Put | None:
    """The put that is being carried out, or None where no client has put."""
    return _PUT.get()


class _Guarded:
    """Mixed into caproto's channel data: refusals become failed puts."""

    pvname: str
    group: Any

    async def auth_write(
        self,
        hostname: str,
        username: str,
        data: Any,
        data_type: ChannelType,
        metadata: Any,
        *,
        user_address: tuple[str, int] | None = None,
        **kwargs: Any,
    ) -> Any:
        """A client's put. The answer is a status: None is success."""
        put = Put(self.pvname, username, hostname, user_address[0] if user_address else "")
        token = _PUT.set(put)
        try:
            await super().auth_write(  # type: ignore[misc]
                hostname, username, _index_as_number(self, data, data_type), data_type, metadata, **kwargs
            )
        except Exception as error:  # a value that does not convert: caproto would log a traceback per put
            put.malformed = f"{_shown(data)} {str(error) or 'cannot be taken'}; wanted: {_wanted(self)}"
        try:
            await self._turn_away(put)
        finally:
            _PUT.reset(token)
        return None if put.refusal is None else CAStatus.ECA_PUTFAIL

    async def _turn_away(self, put: Put) -> None:
        """Acknowledge a value that no putter has seen, as any other refusal is."""
        if put.malformed is None:
            return
        put.refusal = f"not a value for {self.pvname}: {put.malformed}"
        desk = getattr(self.group, "desk", None)
        if desk is not None:
            await desk.turn_away(self.pvname, put.refusal)

    def preprocess_value(self, value: Any) -> Any:
        """caproto's; what it cannot make a value of is refused before it raises the PV's alarm over it."""
        put = _PUT.get()
        if put is None:
            return super().preprocess_value(value)  # type: ignore[misc]
        try:
            return super().preprocess_value(value)  # type: ignore[misc]
        except Exception as error:
            put.malformed = f"{_shown(value)} {str(error) or 'cannot be taken'}; wanted: {_wanted(self)}"
            raise SkipWrite from error

    async def verify_value(self, value: Any) -> Any:
        """The putter's word; a refusal is noted and the value is not written."""
        put = _PUT.get()
        if put is None:
            return await super().verify_value(value)  # type: ignore[misc]
        if not _fits(self, value):
            put.malformed = f"{_shown(value)} does not fit; wanted: {_wanted(self)}"
            raise SkipWrite
        try:
            taken = await super().verify_value(value)  # type: ignore[misc]
        except Refusal as refusal:
            put.refusal = str(refusal)
            raise SkipWrite from refusal
        except (SkipWrite, CaprotoError):
            raise
        except Exception as error:  # a fault of ours: the client's value has nothing to do with it
            log.exception("could not carry out a put to %s by %s", self.pvname, put.by)
            put.refusal = f"the IOC has failed over it, and its log says where: {type(error).__name__}: {error}"
            raise SkipWrite from error
        return _label(self, value) if taken is None else taken


def _fits(pv: Any, value: Any) -> bool:
    """Whether a PV can hold a value. caproto would store an index beyond the states, on which every later read of
    the PV fails, for everybody; and a text that is longer than the PV."""
    labels = getattr(pv, "enum_strings", ())
    if labels:
        return value in labels or value in range(len(labels))
    return not isinstance(value, str) or pv.data_type is not ChannelType.CHAR or len(value.encode()) < pv.max_length


def _label(pv: Any, value: Any) -> str | None:
    """The label that an index stands for: caproto would keep the index, and `post` take the label for another value."""
    labels = getattr(pv, "enum_strings", ())
    return labels[int(value)] if labels and not isinstance(value, str) else None


def _wanted(pv: Any) -> str:
    """What a PV takes, for people."""
    labels = getattr(pv, "enum_strings", ())
    if labels:
        return f"{', '.join(labels)} (or 0 to {len(labels) - 1})"
    if pv.data_type in (ChannelType.CHAR, ChannelType.STRING):
        return f"a text of up to {pv.max_length - 1 if pv.data_type is ChannelType.CHAR else 39} bytes"
    return "a number"


def _shown(data: Any) -> str:
    """A put's data, for people; the beginning of it."""
    if isinstance(data, str | bytes):
        text = data if isinstance(data, str) else data.decode("latin-1")
        return repr(text if len(text) <= 40 else f"{text[:40]}…")
    first: Any = next(iter(data), None) if hasattr(data, "__iter__") else data
    if isinstance(first, bytes):
        return repr(first.decode("latin-1"))
    return repr(first.item() if hasattr(first, "item") else first)  # numpy's numbers tell their type


def _index_as_number(pv: Any, data: Any, data_type: ChannelType) -> Any:
    """The label for a text that is an enum's index, as EPICS Base takes it (a button in Phoebus writes text)."""
    strings = getattr(pv, "enum_strings", None)
    if not strings or data_type is not ChannelType.STRING or not data:
        return data
    text = bytes(data[0]).split(b"\0", 1)[0].decode("latin-1").strip()
    if text not in strings and text.isdigit() and int(text) < len(strings):
        return [strings[int(text)].encode("latin-1")]
    return data


class BoolSetting(_Guarded, PvpropertyBoolEnum):
    """A switch, or a command: two labels."""


class EnumSetting(_Guarded, PvpropertyEnum):
    """A choice."""


class FloatSetting(_Guarded, PvpropertyDouble):
    """A number."""


class StringSetting(_Guarded, PvpropertyString):
    """A text of up to 39 characters."""


class TextSetting(_Guarded, PvpropertyChar):
    """A long text (`caput -S`)."""

    async def write_from_dbr(self, data: Any, data_type: ChannelType, metadata: Any, *, flags: int = 0) -> None:
        """Take a text in whatever form clients send it.

        caproto fails on an empty one (a single NUL), keeps the NUL with which Phoebus ends its numbers, and wants
        digits in a plain string.
        """
        if data_type in _TEXT_FORMS:
            await self.write(_text(data, data_type, self.string_encoding), flags=flags)
        else:
            await super().write_from_dbr(data, data_type, metadata, flags=flags)


_TEXT_FORMS = (ChannelType.CHAR, ChannelType.STRING, ChannelType.INT, ChannelType.LONG)


def _text(data: Any, data_type: ChannelType, encoding: str) -> str:
    """The text in a put's data, up to the first NUL. Raises ValueError, OverflowError for numbers that are none.

    Phoebus, as Java does, has texts in units of UTF-16, and sends each as a number.
    """
    if data_type is ChannelType.STRING:
        raw = bytes(data[0]) if len(data) else b""
    elif data_type is ChannelType.CHAR:
        raw = data if isinstance(data, bytes) else bytes(int(number) for number in data)
    else:
        units = itertools.takewhile(bool, map(int, data))
        return b"".join(unit.to_bytes(2, "little") for unit in units).decode("utf-16-le")
    return raw.split(b"\0", 1)[0].decode(encoding)
