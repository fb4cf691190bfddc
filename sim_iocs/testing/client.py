"""A small Channel Access client for tests: get, put with completion, wait for a value."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Self

import caproto as ca
from caproto import ChannelType, field_types

from .wire import ChannelAccessError, Disconnected, NoAnswer, NoSuchPv, Wire

__all__ = ["ChannelAccessError", "Disconnected", "NoAnswer", "NoSuchPv", "PutFailed", "PvClient", "Reading"]

TIMEOUT = 10.0
_INT32 = range(-(2**31), 2**31)


class PutFailed(ChannelAccessError):
    """The server refused a put, or what was asked for did not come true."""


@dataclass(frozen=True)
class Reading:
    """What a PV has."""

    value: Any
    """A number or a text; a list of them. An enum is its label; an array of characters a text."""
    severity: str
    """`NO_ALARM`, `MINOR`, `MAJOR` or `INVALID`."""
    status: str
    """Why, such as `HIGH_LIMIT`."""
    timestamp: float
    """Seconds since 1970."""


class PvClient:
    """A client of one server on 127.0.0.1. Names are what comes after `prefix`. For one thread.

    Every method raises NoAnswer after `timeout` s, NoSuchPv for a name that is not served, and Disconnected when the
    server goes away meanwhile; what was lost is connected anew by the next call.
    """

    def __init__(self, port: int, prefix: str = "") -> None:
        self.prefix = prefix
        self._wire = Wire(port)

    def close(self) -> None:
        """End the connection."""
        self._wire.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def get(self, name: str, *, numeric: bool = False, timeout: float = TIMEOUT) -> Any:
        """The value; with `numeric` an enum is its index, and an array of characters a list of numbers."""
        return self.read(name, numeric=numeric, timeout=timeout).value

    def read(self, name: str, *, numeric: bool = False, timeout: float = TIMEOUT) -> Reading:
        """The value, its alarm and its time."""
        deadline = time.monotonic() + timeout
        channel = self._wire.channel(self.prefix + name, deadline)
        request = channel.read(data_type=_type_to_read(channel, numeric))

        def is_answer(answer: Any) -> bool:
            return isinstance(answer, ca.ReadNotifyResponse) and answer.ioid == request.ioid

        answer = self._wire.ask(channel.name, request, is_answer, deadline)
        if isinstance(answer, ca.ErrorResponse):
            raise ChannelAccessError(f"{channel.name} cannot be read: {_text(answer.error_message)}")
        return _reading(channel, answer, numeric)

    def put(self, name: str, value: Any, *, wait: bool = True, timeout: float = TIMEOUT) -> None:
        """Write, and with `wait` come back when what was asked for is true. Raises PutFailed when it is refused.

        `value` is a number, a text (for an enum its label), or a sequence of either.
        """
        deadline = time.monotonic() + timeout
        channel = self._wire.channel(self.prefix + name, deadline)
        data_type, data = _to_write(channel, value)
        request = channel.write(data, data_type=data_type, notify=wait)
        if not wait:
            self._wire.send(channel.name, request)
            return

        def is_answer(answer: Any) -> bool:
            return isinstance(answer, ca.WriteNotifyResponse) and answer.ioid == request.ioid

        answer = self._wire.ask(channel.name, request, is_answer, deadline)
        if isinstance(answer, ca.ErrorResponse):
            raise PutFailed(f"put of {value!r} to {channel.name}: {_text(answer.error_message)}")
        if answer.status.code != ca.CAStatus.ECA_NORMAL.value.code:
            raise PutFailed(f"put of {value!r} to {channel.name}: {answer.status.description}")

    def wait_for(
        self,
        name: str,
        expected: Any,
        *,
        within: float = 0.0,
        numeric: bool = False,
        timeout: float = TIMEOUT,
    ) -> Reading:
        """The first reading whose value is `expected`, or for which that, a function of the value, is true.

        A number may differ by `within`. Disconnections are waited out. Raises NoAnswer, which says what there was.
        """
        wanted = _condition(expected, within)
        last: list[str] = []
        deadline = time.monotonic() + timeout
        while True:
            try:
                return self._first(name, wanted, numeric, deadline, last)
            except NoAnswer:
                there = f"it was {last[-1]}" if last else "nothing came"
                what = "to fulfil the condition" if callable(expected) else f"to be {expected!r}"
                raise NoAnswer(f"{self.prefix}{name}: waited {timeout:g} s for it {what}; {there}") from None
            except (Disconnected, NoSuchPv) as error:
                last.append(f"away ({error})")
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.02)

    def _first(
        self, name: str, wanted: Callable[[Any], bool], numeric: bool, deadline: float, last: list[str]
    ) -> Reading:
        channel = self._wire.channel(self.prefix + name, deadline)
        request = channel.subscribe(data_type=_type_to_read(channel, numeric))
        self._wire.send(channel.name, request)
        try:
            while True:
                for answer in self._wire.receive(channel.name, deadline):
                    if not _is_update(answer, request):
                        continue
                    reading = _reading(channel, answer, numeric)
                    last.append(repr(reading.value))
                    if wanted(reading.value):
                        return reading
        finally:
            if self._wire.has(channel):
                self._wire.send(channel.name, channel.unsubscribe(request.subscriptionid))


def _is_update(answer: Any, request: ca.EventAddRequest) -> bool:
    if isinstance(answer, ca.ErrorResponse):
        raise ChannelAccessError(_text(answer.error_message))
    return isinstance(answer, ca.EventAddResponse) and answer.subscriptionid == request.subscriptionid


def _condition(expected: Any, within: float) -> Callable[[Any], bool]:
    if callable(expected):
        return lambda value: bool(expected(value))
    if within:
        return lambda value: abs(value - expected) <= within
    return lambda value: value == expected


def _type_to_read(channel: ca.ClientChannel, numeric: bool) -> ChannelType:
    native = ChannelType(channel.native_data_type)
    if native == ChannelType.ENUM and not numeric:
        native = ChannelType.STRING
    return field_types["time"][native]


def _reading(channel: ca.ClientChannel, answer: Any, numeric: bool) -> Reading:
    metadata = answer.metadata
    return Reading(
        _value(channel, answer.data, numeric),
        ca.AlarmSeverity(metadata.severity).name.removesuffix("_ALARM").replace("NO", "NO_ALARM"),
        ca.AlarmStatus(metadata.status).name,
        metadata.timestamp,
    )


def _value(channel: ca.ClientChannel, data: Sequence[Any], numeric: bool) -> Any:
    capacity = channel.native_data_count or 0
    if channel.native_data_type == ChannelType.CHAR and capacity > 1 and not numeric:
        return _text(bytes(int(each) & 0xFF for each in data))
    values = [_text(each) if isinstance(each, bytes) else _number(each) for each in data]
    return values[0] if capacity == 1 and values else values


def _number(each: Any) -> Any:
    return each.item() if hasattr(each, "item") else each


def _text(raw: bytes | bytearray | str) -> str:
    return raw if isinstance(raw, str) else bytes(raw).split(b"\0", 1)[0].decode(errors="replace")


def _to_write(channel: ca.ClientChannel, value: Any) -> tuple[ChannelType, Any]:
    if channel.native_data_type == ChannelType.CHAR and isinstance(value, str):
        return ChannelType.CHAR, value.encode() + b"\0"
    values = [value] if isinstance(value, str) or not isinstance(value, Sequence) else list(value)
    if any(isinstance(each, str) for each in values):
        return ChannelType.STRING, [_string(channel, each) for each in values]
    if all(isinstance(each, int) and each in _INT32 for each in values):
        return ChannelType.LONG, [int(each) for each in values]
    return ChannelType.DOUBLE, [float(each) for each in values]


def _string(channel: ca.ClientChannel, each: object) -> bytes:
    raw = str(each).encode()
    if len(raw) > 39:
        raise ValueError(f"{channel.name} takes texts of up to 39 bytes, not {len(raw)}: {each!r}")
    return raw
