"""A shutter that is open or closed only when it says so.

Rules of this file:
- The status PV decides, whatever the commands' completion says.
- A shutter is not stopped on its way: `stop()` ends the waiting, not the shutter.
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Mapping
from typing import Any, Literal

from ophyd import Device, EpicsSignalRO, Kind
from ophyd.status import DeviceStatus
from ophyd.utils import LimitError

from .checked_signal import CheckedEpicsSignal
from .parts.chosen import optional, with_components
from .parts.moves import MoveGivenUp
from .parts.progress import call_after
from .trouble import DeviceTrouble, Disconnected, NoPermit, NotAtTarget, is_connected

__all__ = ["Shutter"]

Place = Literal["open", "closed"]

_WORDS: Mapping[Any, Place] = {"open": "open", 1: "open", "close": "closed", "closed": "closed", 0: "closed"}
"""What may be set; True and False are 1 and 0."""

TIMEOUT = 30.0
"""Seconds that a shutter has to move."""


class Shutter(Device):
    """Commands to open and close, a status, and perhaps a permit and a message that tells why not.

    `set("open")`, `set("close")`, or 1 and 0. The Status is done when the status PV says so; it fails with NoPermit,
    NotAtTarget, PutFailed, Disconnected, or MoveGivenUp. A read has the status as text and as a number, 1 for open.
    """

    status: Any
    to_open: Any
    to_close: Any
    permit: Any = None
    message: Any = None

    def __new__(
        cls,
        prefix: str = "",  # noqa: ARG004  it is for __init__
        *,
        status: str = "Status",
        open: str = "Open",  # noqa: A002  as the PV is called
        close: str = "Close",
        permit: str | None = "Permit",
        message: str | None = None,
        **kwargs: Any,  # noqa: ARG004
    ) -> Any:
        """Make a class that has these components."""
        chosen = {
            "status": optional(EpicsSignalRO, status, auto_monitor=True, kind=Kind.omitted),
            "to_open": optional(CheckedEpicsSignal, open, kind=Kind.omitted),
            "to_close": optional(CheckedEpicsSignal, close, kind=Kind.omitted),
            "permit": optional(EpicsSignalRO, permit, auto_monitor=True, kind=Kind.omitted),
            "message": optional(EpicsSignalRO, message, auto_monitor=True, kind=Kind.omitted, string=True),
        }
        return super().__new__(with_components(cls, chosen))

    def __init__(
        self,
        prefix: str = "",
        *,
        name: str,
        status: str = "Status",
        open: str = "Open",  # noqa: A002
        close: str = "Close",
        permit: str | None = "Permit",
        message: str | None = None,
        open_value: int | str = 1,
        closed_value: int | str = 0,
        permit_value: int | str = 1,
        command_value: Any = 1,
        timeout: float = TIMEOUT,
        **kwargs: Any,
    ) -> None:
        """What follows the prefix: `status`, `open`, `close`, `permit` (None: none) and `message` (None: none).

        `open_value`, `closed_value`, `permit_value`: what the PVs say, as a number or as an enum's label;
        `command_value`: what is put to open and to close; `timeout` (s): how long it may take.
        """
        self._values = {"open": open_value, "closed": closed_value}
        self._permit_value, self._command_value, self._timeout = permit_value, command_value, timeout
        self._lock = threading.Lock()
        self._wanted: Place | None = None
        self._under_way: DeviceStatus | None = None
        super().__init__(prefix, name=name, **kwargs)
        self.status.subscribe(self._something_changed)
        self.status.subscribe(self._connection_changed, event_type=self.status.SUB_META, run=False)
        if self.permit is not None:
            self.permit.subscribe(self._something_changed)

    @property
    def place(self) -> str:
        """ "open", "closed", or "unknown": on the way, or not connected."""
        if not self.status.connected:
            return "unknown"
        return next((place for place, value in self._values.items() if _says(self.status, value)), "unknown")

    def check_value(self, value: Any, **kwargs: Any) -> None:
        """Raise LimitError for what is neither open nor closed."""
        _place(self.name, value)

    def set(self, value: Any, *, timeout: float | None = None) -> DeviceStatus:
        """Open or close it; nothing is put if it is there. Raises at once what forbids it.

        That is NoPermit, LimitError or Disconnected.
        """
        wanted = _place(self.name, value)
        if not self.status.connected:
            raise Disconnected(self.status.pvname, "is not connected", over=is_connected(self))
        forbidden = self._forbidden(wanted)
        if forbidden is not None:
            raise forbidden
        status = DeviceStatus(self, call_stop_on_failure=False)
        self._replace(status, wanted, MoveGivenUp(f"{self.name}: told to be {wanted} before it was there"))
        if self.place == wanted:
            self._end(status)
        else:
            limit = self._timeout if timeout is None else timeout
            call_after(limit, status, self._overdue, status, limit)
            self._command(status, wanted)
        return status

    def stop(self, *, success: bool = False) -> None:
        """Wait no longer; the shutter itself goes on. The Status is done if `success`, else fails with MoveGivenUp."""
        under_way = self._under_way
        if under_way is not None:
            self._end(under_way, None if success else MoveGivenUp(f"{self.name}: stopped before it was there"))

    def locate(self) -> dict[str, str]:
        """Where it was sent, and where it is."""
        return {"setpoint": self._wanted or self.place, "readback": self.place}

    def read(self) -> Any:
        """The status as a text, and as a number: 1 open, 0 not open."""
        self.status.get()  # raises if it is not connected
        place, when = self.place, self.status.timestamp
        return {
            **super().read(),
            self.name: {"value": place, "timestamp": when},
            f"{self.name}_is_open": {"value": int(place == "open"), "timestamp": when},
        }

    def describe(self) -> Any:
        """What `read` gives."""
        source = f"PV:{self.status.pvname}"
        return {
            **super().describe(),
            self.name: {"source": source, "dtype": "string", "shape": []},
            f"{self.name}_is_open": {"source": source, "dtype": "integer", "shape": []},
        }

    @property
    def hints(self) -> dict[str, list[str]]:
        """What is worth a plot."""
        return {"fields": [f"{self.name}_is_open"]}

    def _command(self, status: DeviceStatus, wanted: Place) -> None:
        command = self.to_open if wanted == "open" else self.to_close
        try:
            put = command.set(self._command_value)
        except Exception as error:
            self._end(status, error)
            raise
        put.add_callback(functools.partial(self._put_done, status, wanted))

    def _put_done(self, status: DeviceStatus, wanted: Place, put: Any) -> None:
        error = put.exception()
        if error is not None:
            self._end(status, self._forbidden(wanted) or error)

    def _something_changed(self, **kwargs: Any) -> None:
        status, wanted = self._under_way, self._wanted
        if status is None or wanted is None:
            return
        forbidden = self._forbidden(wanted)
        if self.place == wanted:
            self._end(status)
        elif forbidden is not None:
            self._end(status, forbidden)

    def _connection_changed(self, connected: bool = True, **kwargs: Any) -> None:
        status = self._under_way
        if status is not None and not connected:
            self._end(status, Disconnected(self.status.pvname, "was lost on the way", over=is_connected(self)))

    def _forbidden(self, wanted: Place) -> DeviceTrouble | None:
        """Why it may not be there; a shutter may always be closed."""
        if wanted == "closed" or self.permit is None or not self.permit.connected or self._is_permitted():
            return None
        what = f"is {_text(self.permit)!r}{self._reason()}: {self.name} may not be opened"
        return NoPermit(self.permit.pvname, what, over=self._is_permitted)

    def _is_permitted(self) -> bool:
        return bool(self.permit.connected) and _says(self.permit, self._permit_value)

    def _reason(self) -> str:
        text = self.message.get() if self.message is not None and self.message.connected else ""
        return f" ({text})" if text else ""

    def _overdue(self, status: DeviceStatus, seconds: float) -> None:
        what = f"is {_text(self.status)!r}{self._reason()}, not {self._wanted}, {seconds:g} s after the command"
        self._end(status, NotAtTarget(self.status.pvname, what))

    def _replace(self, status: DeviceStatus, wanted: Place, why: Exception) -> None:
        with self._lock:
            given_up, self._under_way, self._wanted = self._under_way, status, wanted
        if given_up is not None:
            given_up.set_exception(why)

    def _end(self, status: DeviceStatus, error: BaseException | None = None) -> None:
        with self._lock:
            if self._under_way is not status:
                return  # whoever replaced it has ended its Status
            self._under_way = None
        if error is None:
            status.set_finished()
        else:
            status.set_exception(error)


def _place(name: str, value: Any) -> Place:
    key = value.lower() if isinstance(value, str) else value
    try:
        return _WORDS[key]
    except (KeyError, TypeError):
        raise LimitError(f"{name} cannot be set to {value!r}: say 'open' or 'close', or 1 or 0") from None


def _says(signal: Any, value: int | str) -> bool:
    """Whether a PV has this value, a number or the label of an enum's."""
    return _text(signal) == value if isinstance(value, str) else signal.get() == value


def _text(signal: Any) -> str:
    value, labels = signal.get(), signal.enum_strs
    return str(labels[value]) if labels and isinstance(value, int) and value < len(labels) else str(value)
