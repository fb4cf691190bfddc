"""A run: from RunStart to RunStop.

Rules of this file:
1. Every document of the run leaves through `Streams.emit`, in the order in which it was made.
2. Between `create` and `save` or `drop` a bundle is open; readings belong to it. Nothing else may begin meanwhile.
3. A method that may have to wait for a device returns a coroutine; the others are plain calls.
"""

from __future__ import annotations

from collections.abc import Coroutine, Mapping
from typing import Any

from ..attention import side_by_side
from ..errors import IllegalMessageSequence
from ..messages import Msg
from ..telling import log_failure
from . import documents
from .answers import refuse_late_answer
from .bundle import Bundle
from .flying import Flights
from .interruption_stream import InterruptionStream
from .monitors import Monitors, OnFailure
from .streams import Emit, Streams

__all__ = ["RunBundler"]


class RunBundler:
    """One open run: bundles readings into events, and makes documents of what flyers, monitors and detectors give.

    `emit(name, document)` takes the documents. With `strict_pre_declare` a bundle can only be opened in a stream that
    was declared. `on_failure(msg, error)` is told when an event of a monitor fails: nobody waits for that. What goes
    wrong without harm to the data is noted in `problems`, in sentences.
    """

    def __init__(
        self,
        metadata: dict[str, Any],
        emit: Emit,
        *,
        record_interruptions: bool = False,
        strict_pre_declare: bool = False,
        on_failure: OnFailure = log_failure,
        problems: list[str] | None = None,
    ) -> None:
        self.uid = documents.new_uid()
        self.run_is_open = False
        self.record_interruptions = record_interruptions
        self._metadata = metadata
        self._strict = strict_pre_declare
        self._streams = Streams(self.uid, emit)
        problems = problems if problems is not None else []
        self._flights = Flights(self._streams, problems)
        self._monitors = Monitors(self._streams, on_failure, problems)
        self._interruptions = InterruptionStream(self._streams)
        self._bundle: Bundle | None = None
        self._marked: Bundle | None = None

    @property
    def bundling(self) -> bool:
        """Whether a bundle is open."""
        return self._bundle is not None and not self._bundle.stale

    @property
    def plan_name(self) -> str:
        """What its RunStart calls the plan."""
        return str(self._metadata.get("plan_name", ""))

    @property
    def num_events(self) -> dict[str, int]:
        """Events so far, by stream."""
        return self._streams.num_events

    @property
    def kickoffs(self) -> Mapping[Any, Msg]:
        """The last message that kicked off each flyer."""
        return self._flights.kickoffs

    # The run

    def open_run(self, msg: Msg) -> Any:
        """Emit the RunStart. Returns its uid."""
        doc = documents.start(self.uid, self._metadata)
        self.run_is_open = True  # before anybody sees it: a subscriber that raises must not cost the others the RunStop
        self._streams.emit("start", doc)
        if self.record_interruptions:
            self._interruptions.open()
        return self.uid

    def close_run(self, msg: Msg) -> Any:
        """End the monitors and emit the RunStop. Returns the uid of the run."""
        if not self.run_is_open:
            raise IllegalMessageSequence(f"'close_run': the run {self.uid} is not open")
        waiting = self._monitors.stop_all() if self._monitors else None
        return self._close(msg) if waiting is None else self._close_later(msg, waiting)

    async def _close_later(self, msg: Msg, waiting: Coroutine[Any, Any, None]) -> str:
        await waiting
        return self._close(msg)

    def _close(self, msg: Msg) -> str:
        exit_status, reason = msg.kwargs.get("exit_status"), msg.kwargs.get("reason")
        own = {key: value for key in ("suspended", "operator") if (value := msg.kwargs.get(key))}
        doc = documents.stop(self.uid, exit_status or "success", reason or "", self.num_events, own)
        self.run_is_open = False  # before anybody sees it: a subscriber that raises must not make a second RunStop
        try:
            self._streams.emit("stop", doc)
        finally:
            self._streams.close()
        return self.uid

    # Events

    def declare_stream(self, msg: Msg) -> Coroutine[Any, Any, Any]:
        """Emit the descriptor of a stream in advance, for devices that are read, or with `collect=True` collected.

        Returns the descriptor, a function that composes an event of it, and the devices.
        """
        name = msg.kwargs.get("name")
        if name is None:
            raise ValueError("'declare_stream' needs the name of the stream: name=…")
        if msg.obj is not None:
            raise ValueError("'declare_stream' takes its devices as arguments: Msg('declare_stream', None, device, …)")
        return self._declare_stream(name, tuple(dict.fromkeys(msg.args)), bool(msg.kwargs.get("collect", False)))

    async def _declare_stream(self, name: str, devices: tuple[Any, ...], collect: bool) -> tuple[Any, ...]:
        stream = self._streams[name]
        describe = self._flights.describe if collect else self._streams.describe
        await side_by_side(describe(stream, device) for device in devices)
        refuse_late_answer()
        self._streams.declare(stream, devices)
        self._flights.declared(devices, name)
        return stream.descriptor, stream.compose, list(devices)

    def create(self, msg: Msg) -> Any:
        """Open a bundle for a stream."""
        name = msg.kwargs.get("name") or (msg.args[0] if msg.args else None)
        if name is None:
            raise ValueError("'create' needs the name of a stream: Msg('create', name='primary')")
        if self._bundle is not None and not self._bundle.stale:
            raise IllegalMessageSequence(
                f"create {name!r}: a bundle of stream {self._bundle.stream.name!r} is open; save or drop it first"
            )
        if self._strict and not self._streams.is_declared(name):
            raise IllegalMessageSequence(
                f"create {name!r}: where streams must be declared in advance, use 'declare_stream' first"
            )
        if self._bundle is not None:
            self._streams.assets.forget(self._bundle.readings)
        self._bundle = Bundle(self._streams[name])

    def read(self, msg: Msg, reading: dict[str, Any]) -> Any:
        """Put a device's reading in the open bundle, if there is one. Returns it, or a coroutine of it."""
        bundle = self._bundle
        if bundle is None:
            return reading
        description = bundle.stream.descriptions.get(msg.obj)
        if description is None:
            return self._read_first(bundle, msg.obj, reading)
        if description.writes_assets and (waiting := self._streams.assets.gather(msg.obj)) is not None:
            return self._read_later(bundle, msg.obj, reading, waiting)
        bundle.add(msg.obj, reading)
        return reading

    async def _read_first(self, bundle: Bundle, device: Any, reading: dict[str, Any]) -> dict[str, Any]:
        await self._streams.describe(bundle.stream, device)
        return await self._read_later(bundle, device, reading, self._streams.assets.gather(device))

    async def _read_later(self, bundle: Bundle, device: Any, reading: dict[str, Any], waiting: Any) -> dict[str, Any]:
        if waiting is not None:
            await waiting
        refuse_late_answer()
        bundle.add(device, reading)  # last: a read that is cut short before is repeated
        return reading

    def save(self, msg: Msg) -> Any:
        """Close the bundle and emit its event; before it external data, and before the first one the descriptor."""
        bundle = self._take("save")
        stream, streams = bundle.stream, self._streams
        if not bundle.readings:  # nothing was read: no event of nothing
            streams.forget_undeclared(stream)
            return
        if not stream.descriptor_uid:
            streams.declare(stream, bundle.readings)
        if streams.assets.pending:
            self._save_with_assets(bundle)
        else:
            streams.emit("event", stream.event(bundle.readings))

    def _save_with_assets(self, bundle: Bundle) -> None:
        packed, _ = self._streams.assets.pack(bundle.readings, bundle.stream, one=True)
        event = bundle.stream.event(bundle.readings)
        for name, doc in packed:
            self._streams.emit(name, doc)
        self._streams.emit("event", event)

    def drop(self, msg: Msg) -> Any:
        """Close the bundle without an event."""
        bundle = self._take("drop")
        self._streams.assets.forget(bundle.readings)
        self._streams.forget_undeclared(bundle.stream)

    def leave_bundle(self) -> None:
        """The plan is ended in the middle of a bundle: its clean-up may drop it, or begin another one."""
        if self._bundle is not None:
            self._bundle.stale = True

    def configure(self, msg: Msg) -> Coroutine[Any, Any, None]:
        """A device has been configured: emit a new descriptor of each stream that it belongs to."""
        return self._streams.reconfigure(msg.obj)

    def _take(self, command: str) -> Bundle:
        bundle, self._bundle = self._bundle, None
        if bundle is None:
            raise IllegalMessageSequence(f"{command} without create: no bundle is open")
        return bundle

    # Flyers

    def kickoff(self, msg: Msg) -> Any:
        """A flyer has been kicked off: it will be collected, by the plan or at its end."""
        self._flights.kicked_off(msg)

    def complete(self, msg: Msg) -> Any:
        """A flyer has been told to finish, or is still in flight: its data are still to be collected."""
        self._flights.still_to_collect(msg.obj)

    def collect(self, msg: Msg) -> Any:
        """Emit what flyers have so far. Returns a coroutine of their events or pages, or of None."""
        return self._flights.collect(msg)

    def backstop_collect(self) -> Any:
        """Collect what was kicked off and not collected. Returns a coroutine; what goes wrong is noted as a problem."""
        return self._flights.collect_left()

    # Monitors

    def monitor(self, msg: Msg) -> Any:
        """Emit an event whenever a signal changes, in a stream of its own."""
        return self._monitors.start(msg)

    def unmonitor(self, msg: Msg) -> Any:
        """End that. Returns None, or a coroutine where a reading is just being taken."""
        return self._monitors.stop(msg)

    def suspend_monitors(self) -> Any:
        """No events of monitors until `restore_monitors`."""
        self._monitors.suspend()

    def restore_monitors(self) -> Any:
        """Go on with the monitors that are suspended."""
        self._monitors.restore()

    def clear_monitors(self) -> Any:
        """End all monitors. Never raises: what goes wrong is noted as a problem."""
        self._monitors.clear()

    def abandon_monitors(self) -> None:
        """End all monitors without a call to a device, where it may block: the signals stay subscribed."""
        self._monitors.abandon()

    # Interruptions

    def reset_checkpoint_state(self) -> None:
        """A checkpoint is here; in an open bundle, if something that cannot be repeated makes one there."""
        self.keep_saved()
        self._marked = self._bundle and self._bundle.copy()

    def keep_saved(self) -> None:
        """A rewind leaves the events that there are; a bundle that has been begun since is begun anew."""
        self._marked = None
        for stream in self._streams.values():
            stream.mark()

    async def reset_checkpoint_state_coro(self) -> None:
        """A checkpoint is here: `reset_checkpoint_state` for those who await it."""
        self.reset_checkpoint_state()

    def clear_checkpoint(self, msg: Msg) -> Any:
        """From here on there is no way back behind this point."""
        self.reset_checkpoint_state()

    def rewind(self) -> None:
        """Back to the checkpoint: the bundle and the sequence numbers are those of the checkpoint."""
        if self._marked is not None:
            self._bundle = self._marked.copy()
        elif self._bundle is not None:
            self._bundle = self._bundle.left_behind()
        self._streams.assets.forget(but=self._bundle.readings if self._bundle is not None else ())
        for stream in self._streams.values():
            stream.rewind()

    def keep_events(self) -> None:
        """What a rewind would have had taken again is not taken again: the next event has a number of its own."""
        for stream in self._streams.values():
            stream.keep()

    def record_interruption(self, content: str) -> None:
        """An event in the stream `interruptions`, where that is recorded."""
        self._interruptions.record(content)
