"""Flyers: kicked off, described, collected.

Rules of this file:
1. What a flyer has given is emitted, whatever happens to the rest: it gives each event once.
2. Several devices are collected together only if each can tell how far it has come (`get_index`): up to where all are.
3. A flyer that was kicked off and not collected is collected at the end of the plan.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from typing import Any

from ..attention import contained, side_by_side
from ..awaited import settled
from ..errors import IllegalMessageSequence, UnsupportedDevice
from ..messages import Msg
from ..telling import name_of, told_by
from .answers import refuse_late_answer
from .collectable import keys_by_stream, keys_of_stream
from .descriptions import described_as
from .pages import collect_events, collect_pages
from .stream import Stream
from .streams import Streams

__all__ = ["Flights"]

log = logging.getLogger("reioc.engine")


class Flights:
    """The flyers of one run."""

    def __init__(self, streams: Streams, problems: list[str]) -> None:
        self._streams = streams
        self._problems = problems
        self.kickoffs: dict[Any, Msg] = {}
        """The last message that kicked off each flyer."""
        self._uncollected: dict[Any, None] = {}
        self._declared: dict[frozenset[Any], tuple[tuple[Any, ...], set[str]]] = {}
        self._answers: dict[Any, Any] = {}

    def kicked_off(self, msg: Msg) -> None:
        """A flyer is under way."""
        self.kickoffs[msg.obj] = msg
        self._uncollected[msg.obj] = None

    def still_to_collect(self, device: Any) -> None:
        """A flyer that is in flight will have more to collect."""
        if device in self.kickoffs:
            self._uncollected[device] = None

    def declared(self, devices: tuple[Any, ...], name: str) -> None:
        """A stream has been declared for these devices together."""
        self._declared.setdefault(frozenset(devices), (devices, set()))[1].add(name)

    async def describe(self, stream: Stream, device: Any) -> None:
        """Ask a flyer what it will give into a stream that is declared in advance."""
        data_keys = keys_of_stream(device, await self._answer(device), stream.name)
        await self._describe_as(stream, device, data_keys)

    async def collect(self, msg: Msg) -> list[Any] | None:
        """Emit what these devices have so far. Returns their events or pages, unless that is not wanted."""
        if msg.kwargs.get("stream", False):
            raise ValueError("'collect' emits pages of events: stream=True (event by event) is not supported")
        devices = (msg.obj, *msg.args)
        for device in devices:
            _refuse_uncollectable(device, len(devices))
        stream, collector = self._stream_of(msg, devices), _collector(devices)
        targets = stream or await self._targets(devices[0], collector)
        number = await self._collect_assets(devices, stream)
        payload: list[Any] | None = [] if collector and msg.kwargs.get("return_payload", True) else None
        if collector is not None:
            await collector(devices[0], targets, self._streams, payload)
        elif stream is not None:
            stream.seq_num += number
        for device in devices:
            self._uncollected.pop(device, None)
        return payload

    async def collect_left(self) -> None:
        """Collect what was kicked off and not collected. What fails is noted among the problems; the rest is done."""

        async def collect(devices: tuple[Any, ...]) -> None:
            try:
                await contained(self.collect(Msg("collect", *devices, return_payload=False)))
            except Exception as error:
                names = ", ".join(name_of(device) for device in devices)
                log.exception("could not collect %s", names)
                self._problems.append(f"could not collect {names}: {told_by(error)}")

        collectable = [device for device in self._uncollected if hasattr(device, "describe_collect")]
        left = dict.fromkeys(self._declared_with(device) for device in collectable)
        tasks = [asyncio.ensure_future(collect(devices)) for devices in left]
        try:
            await asyncio.wait(tasks) if tasks else None
        except asyncio.CancelledError:  # given up: those that answer have been collected
            for task in tasks:
                task.cancel()
            late = ", ".join(name_of(device) for device in self._uncollected)
            raise asyncio.CancelledError(f"no answer from {late}") from None

    def _declared_with(self, device: Any) -> tuple[Any, ...]:
        """The devices that have to be collected together with this one."""
        if frozenset([device]) in self._declared:
            return (device,)
        return next((devices for devices, _ in self._declared.values() if device in devices), (device,))

    async def _answer(self, device: Any) -> Any:
        if device not in self._answers:
            _refuse_uncollectable(device, 1)
            self._answers[device] = await settled(device.describe_collect())
        return self._answers[device]

    async def _describe_as(self, stream: Stream, device: Any, data_keys: dict[str, Any]) -> None:
        known = stream.descriptions.get(device)
        if known is None or known.data_keys != data_keys:
            stream.descriptions[device] = await described_as(device, data_keys)

    def _stream_of(self, msg: Msg, devices: tuple[Any, ...]) -> Stream | None:
        """The stream that was declared for these devices, or None for a flyer that names its streams itself."""
        wanted = msg.kwargs.get("name")
        names = self._declared.get(frozenset(devices), ((), set()))[1]
        who = ", ".join(name_of(device) for device in devices)
        if wanted is not None and wanted not in names:
            raise IllegalMessageSequence(
                f"'collect' of {who} into {wanted!r}: that stream was not declared for them; declare it first, with "
                f"'declare_stream'. Declared are: {', '.join(sorted(names)) or 'none'}"
            )
        if wanted is None and len(names) > 1:
            raise IllegalMessageSequence(
                f"'collect' of {who} needs name=…: several streams are declared for them: {', '.join(sorted(names))}"
            )
        if wanted is None and not names:
            if len(devices) > 1:
                raise IllegalMessageSequence(
                    f"'collect' of {who}: a stream must be declared for all of them together first, with "
                    f"'declare_stream'"
                )
            return None
        return self._streams[wanted or next(iter(names))]

    async def _targets(self, device: Any, collector: Any) -> Mapping[frozenset[str], Stream]:
        """The streams that the flyer names itself, by the keys of their events."""
        data_keys_by_stream = keys_by_stream(device, await self._answer(device))
        if collector is None:
            raise IllegalMessageSequence(
                f"'collect' of {name_of(device)}: it gives no events (neither collect() nor collect_pages()), so a "
                f"stream must be declared for its external data first, with 'declare_stream'"
            )
        targets: dict[frozenset[str], Stream] = {}
        for name, data_keys in data_keys_by_stream.items():
            stream = self._streams[name]
            await self._describe_as(stream, device, data_keys)
            refuse_late_answer()
            if device not in stream.members:
                self._streams.declare(stream, [device])
            targets[stream.event_keys] = stream
        return targets

    async def _collect_assets(self, devices: tuple[Any, ...], stream: Stream | None) -> int:
        indices = await side_by_side(_index_of(device) for device in devices) if len(devices) > 1 else []
        for device in devices:
            waiting = self._streams.assets.gather(device, min(indices, default=None))
            if waiting is not None:
                await waiting
        refuse_late_answer()
        packed, number = self._streams.assets.pack(devices, stream)
        for name, doc in packed:
            self._streams.emit(name, doc)
        return number


def _refuse_uncollectable(device: Any, how_many: int) -> None:
    for method in ("describe_collect", "get_index") if how_many > 1 else ("describe_collect",):
        if not hasattr(device, method):
            together = " together with others" if method == "get_index" else ""
            raise UnsupportedDevice(f"{name_of(device)} cannot be collected{together}: it has no {method}()")


async def _index_of(device: Any) -> int:
    return await settled(device.get_index())


def _collector(devices: Sequence[Any]) -> Any:
    """How the events of these devices are collected; None where they give only external data."""
    device = devices[0]
    if len(devices) > 1 or hasattr(device, "get_index"):
        return None
    if hasattr(device, "collect_pages"):
        return collect_pages
    return collect_events if hasattr(device, "collect") else None
