"""What the engine asks of devices.

These are bluesky's protocols by name and shape; a device of either kind satisfies both. The engine itself only looks
for the one method that a command calls (`runtime_checkable` tests cost more than most commands), the protocols are for
annotations: the catalogue reads them to know which devices a plan's parameter accepts.

Where a method may be a coroutine its result is said to be `SyncOrAsync`; the engine also waits for a Status there.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from typing import Any, Protocol, TypeAlias, TypeVar, runtime_checkable

__all__ = [
    "Asset",
    "Checkable",
    "Collectable",
    "Configurable",
    "EventCollectable",
    "EventPageCollectable",
    "Flyable",
    "HasHints",
    "HasName",
    "HasParent",
    "Locatable",
    "Movable",
    "NamedMovable",
    "Pausable",
    "Preparable",
    "Readable",
    "Reading",
    "Stageable",
    "Status",
    "Stoppable",
    "Subscribable",
    "SyncOrAsync",
    "SyncOrAsyncIterator",
    "Triggerable",
    "WritesExternalAssets",
    "WritesStreamAssets",
]

T = TypeVar("T")
V = TypeVar("V", covariant=True)
"""What a device gives."""
W = TypeVar("W", contravariant=True)
"""What a device is given."""

SyncOrAsync: TypeAlias = T | Awaitable[T]
"""A value, or an awaitable of it."""
SyncOrAsyncIterator: TypeAlias = Iterator[T] | AsyncIterator[T]
"""An iterator, or an asynchronous one."""

Reading: TypeAlias = Mapping[str, Any]
"""`{"value": …, "timestamp": seconds since the epoch}`; may have `alarm_severity` and `message` as well."""
Asset: TypeAlias = tuple[str, dict[str, Any]]
"""A document about external data by its name: `("resource", {…})`, `("stream_datum", {…})`."""


@runtime_checkable
class Status(Protocol):
    """What takes time: done or not, succeeded or not; `add_callback` calls back once, at once if already done."""

    def add_callback(self, callback: Callable[[Any], None]) -> None: ...
    def exception(self, timeout: float | None = 0.0) -> BaseException | None: ...
    @property
    def done(self) -> bool: ...
    @property
    def success(self) -> bool: ...


@runtime_checkable
class HasName(Protocol):
    """Has a name: what people call it, and what its keys in documents begin with."""

    @property
    def name(self) -> str: ...


@runtime_checkable
class HasParent(Protocol):
    """May be a part of another device, its parent; a part is staged with its parent."""

    @property
    def parent(self) -> Any: ...


@runtime_checkable
class HasHints(HasName, Protocol):
    """Says which of its keys are worth plotting: `{"fields": [key, …]}`."""

    @property
    def hints(self) -> Mapping[str, Any]: ...


@runtime_checkable
class Readable(HasName, Protocol[V]):
    """Can be read into an event: `read` gives `{key: Reading}`, `describe` says of the same keys what they are."""

    def read(self) -> SyncOrAsync[Mapping[str, Any]]: ...
    def describe(self) -> SyncOrAsync[Mapping[str, Any]]: ...


@runtime_checkable
class Configurable(Protocol[V]):
    """Has configuration that is read once per stream: as `read` and `describe`."""

    def read_configuration(self) -> SyncOrAsync[Mapping[str, Any]]: ...
    def describe_configuration(self) -> SyncOrAsync[Mapping[str, Any]]: ...


@runtime_checkable
class Triggerable(Protocol):
    """Acquires when told; the Status is done when the reading is fresh."""

    def trigger(self) -> Status: ...


@runtime_checkable
class Movable(Protocol[W]):
    """Can be set to a value, which takes a Status long."""

    def set(self, value: W, /) -> Status: ...


@runtime_checkable
class Locatable(Movable[W], Protocol):
    """A Movable that knows where it was sent and where it is: `{"setpoint": …, "readback": …}`."""

    def locate(self) -> SyncOrAsync[Mapping[str, Any]]: ...


@runtime_checkable
class NamedMovable(Movable[W], HasHints, Protocol):
    """A Movable with a name and hints, as those have that a plan writes into its start document."""


@runtime_checkable
class Checkable(Protocol[W]):
    """Can say, without moving, whether it could be set to a value: raises where it could not."""

    def check_value(self, value: W) -> SyncOrAsync[None]: ...


@runtime_checkable
class Preparable(Protocol):
    """Can be made ready for what `trigger` or `kickoff` will begin; the Status is done when it is."""

    def prepare(self, value: Any) -> Status: ...


@runtime_checkable
class Stageable(Protocol):
    """Can be made ready and put back; returns a list of devices, or a Status."""

    def stage(self) -> Status | list[Any]: ...
    def unstage(self) -> Status | list[Any]: ...


@runtime_checkable
class Pausable(Protocol):
    """Wants to know when the plan pauses and goes on. `pause` may raise NoReplayAllowed."""

    def pause(self) -> SyncOrAsync[None]: ...
    def resume(self) -> SyncOrAsync[None]: ...


@runtime_checkable
class Stoppable(Protocol):
    """Can be stopped on the way; `success` says whether that counts as a good end."""

    def stop(self, success: bool = True) -> SyncOrAsync[None]: ...


@runtime_checkable
class Subscribable(HasName, Protocol[V]):
    """Calls a function with its reading whenever that changes, until `clear_sub`; what `monitor` needs."""

    def subscribe(self, function: Callable[[Any], None]) -> None: ...
    def clear_sub(self, function: Callable[[Any], None]) -> None: ...


@runtime_checkable
class Flyable(HasName, Protocol):
    """Moves or acquires by itself: `kickoff` begins, `complete` tells it to come to an end."""

    def kickoff(self) -> Status: ...
    def complete(self) -> Status: ...


@runtime_checkable
class Collectable(HasName, Protocol):
    """Has data that are collected after the fact: what `describe` says, of one stream or by the name of each."""

    def describe_collect(self) -> SyncOrAsync[Mapping[str, Any]]: ...


@runtime_checkable
class EventCollectable(Collectable, Protocol):
    """Collected as events, each a dict of `time`, `data` and `timestamps`."""

    def collect(self) -> SyncOrAsyncIterator[Mapping[str, Any]]: ...


@runtime_checkable
class EventPageCollectable(Collectable, Protocol):
    """Collected as pages of events: dicts of `time`, `data` and `timestamps`, each of whose values is a list."""

    def collect_pages(self) -> SyncOrAsyncIterator[Mapping[str, Any]]: ...


@runtime_checkable
class WritesExternalAssets(Protocol):
    """Writes its data elsewhere, and tells where: `resource` and `datum` documents."""

    def collect_asset_docs(self) -> SyncOrAsyncIterator[Asset]: ...


@runtime_checkable
class WritesStreamAssets(Protocol):
    """Writes a stream of data elsewhere: `stream_resource` and `stream_datum` documents, up to frame number `index`."""

    def collect_asset_docs(self, index: int | None = None) -> SyncOrAsyncIterator[Asset]: ...
    def get_index(self) -> SyncOrAsync[int]: ...
