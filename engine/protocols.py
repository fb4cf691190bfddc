"""What the engine asks of devices.

These are bluesky's protocols by name and shape; a device of either kind satisfies both. The engine itself only looks
for the one method that a command calls (`runtime_checkable` tests cost more than most commands), the protocols are for
annotations: the catalogue reads them to know which devices a plan's parameter accepts.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, runtime_checkable

__all__ = [
    "Configurable",
    "HasName",
    "Locatable",
    "Movable",
    "Pausable",
    "Readable",
    "Stageable",
    "Status",
    "Stoppable",
    "Triggerable",
]


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
    """Has a name and perhaps a parent."""

    @property
    def name(self) -> str: ...
    @property
    def parent(self) -> Any: ...


@runtime_checkable
class Readable(Protocol):
    """Can be read into an event; `read` and `describe` may be coroutines."""

    @property
    def name(self) -> str: ...
    def read(self) -> Any: ...
    def describe(self) -> Any: ...


@runtime_checkable
class Movable(Protocol):
    """Can be set to a value, which takes a Status long."""

    def set(self, value: Any, *args: Any, **kwargs: Any) -> Status: ...


@runtime_checkable
class Locatable(Protocol):
    """Knows where it was sent and where it is: `{"setpoint": …, "readback": …}`."""

    def locate(self) -> Any: ...


@runtime_checkable
class Triggerable(Protocol):
    """Acquires when told; the Status is done when the reading is fresh."""

    def trigger(self) -> Status: ...


@runtime_checkable
class Stageable(Protocol):
    """Can be made ready and put back; returns a list of devices, or a Status."""

    def stage(self) -> Any: ...
    def unstage(self) -> Any: ...


@runtime_checkable
class Configurable(Protocol):
    """Has configuration that is read once per stream."""

    def read_configuration(self) -> Any: ...
    def describe_configuration(self) -> Any: ...


@runtime_checkable
class Pausable(Protocol):
    """Wants to know when the plan pauses and goes on."""

    def pause(self) -> Any: ...
    def resume(self) -> Any: ...


@runtime_checkable
class Stoppable(Protocol):
    """Can be stopped on the way; `success` says whether that counts as a good end."""

    def stop(self, success: bool = True) -> Any: ...
