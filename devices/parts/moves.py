"""Moves that end once, and tell the truth.

Rules of this file:
1. A move is ended by whoever finds first that it is over: whoever comes later speaks of a move that nobody waits for.
2. No Status is ended with the lock held: who waits for it may begin the next move at once, in the same thread.
3. A failure stops nothing by itself, as ophyd's does: that would end what has begun since.
"""

from __future__ import annotations

import functools
import threading
import time
from collections.abc import Callable
from typing import Any

from ophyd import Device
from ophyd.positioner import PositionerBase
from ophyd.status import MoveStatus
from ophyd.status import wait as wait_for_status
from ophyd.utils import LimitError, StatusTimeoutError

from ..trouble import Disconnected, MotorStalled, is_connected
from .stall import StallWatch

__all__ = ["MoveGivenUp", "VerifiedMoves", "check_limits", "in_words", "pv_of", "within"]


class MoveGivenUp(Exception):
    """A move was ended by us, by `stop(success=False)` or by the next `set()`. Found in a Status.

    It is no DeviceTrouble: nothing is wrong with the device.
    """


class VerifiedMoves(Device, PositionerBase):  # pyright: ignore[reportIncompatibleMethodOverride]
    """What positioners share whose Status is a success only if they are where they were sent.

    A subclass says how a move begins (`_start`) and ends early (`_halt`), and calls `_end` when it is over; `_vital`
    are the signals without which it cannot move.
    """

    def __init__(self, *args: Any, stall_after: float | None = None, **kwargs: Any) -> None:
        """`stall_after`: seconds without progress after which a move has failed; None: never."""
        self._moves_lock = threading.Lock()
        self._under_way: MoveStatus | None = None
        self.stall_after = stall_after
        self._stall: StallWatch | None = None
        super().__init__(*args, **kwargs)

    @property
    def _vital(self) -> tuple[Any, ...]:
        raise NotImplementedError

    def _start(self, status: MoveStatus) -> None:
        raise NotImplementedError

    def _halt(self) -> None:
        raise NotImplementedError

    def _may_stand(self) -> float:
        """Seconds that it may stand still for a good reason, beside `stall_after`."""
        return 0.0

    def check_ready(self) -> None:
        """Raise the DeviceTrouble that would keep it from moving now; asks nobody, what monitors brought is enough."""
        for signal in self._vital:
            if not signal.connected:
                raise Disconnected(pv_of(signal), "is not connected", over=is_connected(self))
        missing = list(self._required_for_connection)  # without its limits it would have none
        if missing:
            what = f"is connected, and has told no {missing[0]} yet"
            raise Disconnected(pv_of(self._vital[0]), what, over=is_connected(self))

    def move(  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        position: Any,
        wait: bool = True,
        *,
        moved_cb: Callable[..., Any] | None = None,
        timeout: float | None = None,
    ) -> MoveStatus:
        """Move there; the Status is done when it is there, or fails with what went wrong, or after `timeout` s.

        Raises at once what forbids it: LimitError, a DeviceTrouble, PutFailed.
        """
        self.check_value(position)
        return self._begin(position, self._start, wait, moved_cb, timeout)

    def stop(self, *, success: bool = False) -> None:
        """Stop now; the Status of a move under way is done if `success`, else it fails with MoveGivenUp."""
        with self._moves_lock:
            status, self._under_way = self._under_way, None
        try:
            self._halt()
        finally:
            if status is not None:
                self._tell(status, None if success else MoveGivenUp(f"{self.name}: stopped before it was there"))

    def _begin(
        self,
        target: Any,
        start: Callable[[MoveStatus], None],
        wait: bool,
        moved_cb: Callable[..., Any] | None,
        timeout: float | None,
    ) -> MoveStatus:
        self.check_ready()
        timeout = self._timeout if timeout is None else timeout
        status = MoveStatus(self, target, timeout=timeout, settle_time=self._settle_time, call_stop_on_failure=False)
        if moved_cb is not None:
            status.add_callback(functools.partial(moved_cb, obj=self))
        self._replace(status)
        status.add_callback(self._look_for_timeout)
        try:
            start(status)
        except Exception as error:
            self._end(status, error)
            raise
        if wait:
            self._wait(status)
        return status

    def _wait(self, status: MoveStatus) -> None:
        try:
            wait_for_status(status)
        except KeyboardInterrupt:
            self.stop()
            raise

    def _replace(self, status: MoveStatus) -> None:
        with self._moves_lock:
            given_up, self._under_way = self._under_way, status
        if given_up is not None:
            self._tell(given_up, MoveGivenUp(f"{self.name}: sent to {status.target} before it was there"))
        self._watch_for_stall(status)

    def _is_under_way(self, status: MoveStatus) -> bool:
        return self._under_way is status

    def _end(self, status: MoveStatus, error: BaseException | None = None) -> None:
        """The move is over; nothing happens if somebody has ended it before."""
        with self._moves_lock:
            if self._under_way is not status:
                return
            self._under_way = None
        self._tell(status, error)

    def _end_current(self, error: BaseException) -> None:
        status = self._under_way
        if status is not None:
            self._end(status, error)

    def _tell(self, status: MoveStatus, error: BaseException | None) -> None:
        if self._stall is not None:
            self._stall.forget(status)
        if error is None:
            self._run_subs(sub_type=self.SUB_DONE, timestamp=time.time(), value=self._position)
            status.set_finished()
        else:
            status.set_exception(error)

    def _look_for_timeout(self, status: MoveStatus) -> None:
        with self._moves_lock:
            if self._under_way is not status or not isinstance(status.exception(0), StatusTimeoutError):
                return
            self._under_way = None
        if self._stall is not None:
            self._stall.forget(status)
        self._halt()

    def _wait_for_first(self, what: str) -> None:
        """Connected it is only when this has come; ophyd's own way is content with None, which comes before."""
        self._required_for_connection[what] = f"first value of {{device.name}}.{what}"

    def _has_come(self, what: str) -> None:
        self._required_for_connection.pop(what, None)

    def _watch_connections(self) -> None:
        """To be called once the signals are there: a move whose PVs are lost has failed."""
        for signal in self._vital:
            signal.subscribe(functools.partial(self._connection_changed, signal), event_type=signal.SUB_META, run=False)

    def _connection_changed(self, signal: Any, connected: bool = True, **kwargs: Any) -> None:
        if not connected:
            self._end_current(Disconnected(pv_of(signal), "was lost during the move", over=is_connected(self)))

    def _watch_for_stall(self, status: MoveStatus) -> None:
        if self.stall_after is not None:
            self._stall = StallWatch(status, self.stall_after + self._may_stand(), self._stalled)

    def _progress(self, position: Any, step: float = 0.0) -> None:
        """It is at `position` now; less than `step` is no progress."""
        if self._stall is not None:
            self._stall.seen(position, step)

    def _stalled(self, status: MoveStatus) -> None:
        stall = self._stall
        way = f"stands at {in_words(self._position)}, on its way to {in_words(status.target)}"
        what = f"{way}, without progress for {self.stall_after:g} s"
        with self._moves_lock:
            if self._under_way is not status or stall is None:
                return
            self._under_way = None
        try:
            self._halt()
        finally:
            self._tell(status, MotorStalled(pv_of(self._vital[0]), what))


def pv_of(signal: Any) -> str:
    """The PV that an ophyd signal is written to, or read from."""
    return str(getattr(signal, "setpoint_pvname", None) or getattr(signal, "pvname", signal.name))


def in_words(position: Any) -> str:
    """A position in as many digits as people want to see."""
    return f"{position:g}" if isinstance(position, float) else str(position)


def within(position: Any, target: Any, tolerance: float) -> bool:
    """Whether `position` is at `target`; the tolerance is meant as it is written, whatever floats make of it."""
    if isinstance(position, str) or isinstance(target, str):
        return position == target
    return abs(position - target) <= tolerance * (1 + 1e-9) + 1e-12 * abs(target)


def check_limits(name: str, position: Any, limits: tuple[float, float]) -> None:
    """Raise LimitError if `position` is beyond the limits, low and high (equal ones limit nothing), or no number."""
    low, high = limits
    try:
        is_number = abs(position) < float("inf")
    except TypeError:
        raise LimitError(f"{name} cannot be sent to {position!r}: that is no number") from None
    if not is_number:
        raise LimitError(f"{name} cannot be sent to {position!r}: that is no finite number")
    if low < high and not low <= position <= high:
        raise LimitError(f"{name} cannot be sent to {position:g}: its limits are {low:g} to {high:g}")
