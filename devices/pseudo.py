"""Axes that are moved together, in terms of other positions.

Rules of this file:
- All real axes are asked, before the first one moves, whether they may go where they would have to, and whether they
  can.
- A move is a success if that of every real axis is. When one fails the others are stopped, and the Status fails with
  what has happened to that one.

ophyd's PseudoPositioner keeps tuples, single axes and readbacks right, and is used for them. Its moves are not: a real
axis that fails counts as one that has arrived, and the reason is lost; a single axis takes the others back to where
they were sent last, even if somebody has moved them since, and keeps a target that was refused.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any

from ophyd import PseudoPositioner
from ophyd.pseudopos import PseudoSingle, pseudo_position_argument
from ophyd.status import MoveStatus
from ophyd.utils import LimitError

from .hints import did_you_mean
from .parts.asking import in_background
from .parts.moves import VerifiedMoves, check_limits, within
from .trouble import Disconnected, is_connected

__all__ = ["CoupledAxes", "PseudoAxis", "check_axis", "check_axis_ready"]


class PseudoAxis(PseudoSingle):
    """One of the positions that coupled axes make. Moved alone, the others keep where they were sent."""

    @property
    def target(self) -> Any:
        """Where it was sent last; where it is, if somebody has moved the real axes elsewhere since."""
        axes: Any = self.parent
        return super().target if axes.keeps_targets() else self.position

    def move(self, pos: Any, **kwargs: Any) -> MoveStatus:
        """Move to a position while the others keep theirs; one that is refused is forgotten, unlike in ophyd."""
        axes: Any = self.parent
        return axes.move_single(self, pos, **kwargs)


class CoupledAxes(VerifiedMoves, PseudoPositioner):  # pyright: ignore[reportIncompatibleMethodOverride]
    """Several real axes that are moved together; `set` takes a tuple, or a dict of the positions that are to change.

    A subclass has components that are real axes, others that are PseudoAxis, and says how they belong together in
    `forward` (from a PseudoPosition to a RealPosition) and `inverse`. `optics.Slit` is one.
    """

    def __init__(self, prefix: str = "", *, name: str, **kwargs: Any) -> None:
        self._sent: tuple[float, ...] | None = None
        super().__init__(prefix, name=name, **kwargs)

    @property
    def _vital(self) -> tuple[Any, ...]:
        return tuple(self._real)

    def keeps_targets(self) -> bool:
        """Whether every real axis still has the setpoint that it got from here, as far as it tells."""
        if self._sent is None:
            return True
        return all(_is_sent_to(axis, place) for axis, place in zip(self._real, self._sent, strict=True))

    def check_value(self, pseudo_pos: Any, **kwargs: Any) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Raise LimitError if a pseudo or a real axis may not go there, or the geometry forbids it."""
        try:
            position = self.to_pseudo_tuple(pseudo_pos)[0]
            for axis, place in zip(self._pseudo, position, strict=True):
                check_limits(axis.name, place, axis.limits)
            real = self.forward(position)
        except LimitError:
            raise
        except (ArithmeticError, ValueError, TypeError) as error:
            raise LimitError(f"{self.name} cannot be sent to {pseudo_pos}: {error}") from error
        for axis, place in zip(self._real, real, strict=True):
            check_axis(self.name, axis, place)

    def check_ready(self) -> None:
        """Raise the DeviceTrouble that would keep one of the real axes from moving now."""
        for axis in self._real:
            check_axis_ready(axis)

    @pseudo_position_argument
    def move(  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        position: Any,
        wait: bool = True,
        *,
        moved_cb: Callable[..., Any] | None = None,
        timeout: float | None = None,
    ) -> MoveStatus:
        """Move all real axes; the Status is done when all are there, or fails with what befell the first that is not.

        Raises at once what forbids it: LimitError, a DeviceTrouble, PutFailed.
        """
        self.check_value(position)
        return self._begin(position, self._start, wait, moved_cb, timeout)

    @pseudo_position_argument
    def set(  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        position: Any,
        *,
        wait: bool = False,
        moved_cb: Callable[..., Any] | None = None,
        timeout: float | None = None,
        **unknown: Any,
    ) -> MoveStatus:
        """As `move`, without waiting. Raises LimitError for a position that there is not, too."""
        for name in unknown:
            known = self.PseudoPosition._fields
            near = did_you_mean(name, known)
            raise LimitError(f"{self.name} has no position {name!r}{near}: it has {', '.join(known)}")
        return self.move(position, wait=wait, moved_cb=moved_cb, timeout=timeout)

    def _start(self, status: MoveStatus) -> None:
        for axis, target in zip(self._pseudo, status.target, strict=True):
            axis._target = target  # noqa: SLF001  as PseudoPositioner does
        places = tuple(self.forward(status.target))
        self._sent = places
        moves: list[Any] = []
        try:
            for axis, place in zip(self._real, places, strict=True):
                moves.append(axis.set(place))
        except Exception:
            self._stop_axes(moves)
            raise
        _Together(moves, lambda error: self._together(status, moves, error))

    def _halt(self) -> None:
        PseudoPositioner.stop(self)

    def _together(self, status: MoveStatus, moves: Sequence[Any], error: BaseException | None) -> None:
        if error is not None and self._is_under_way(status):
            # Not on this thread: it may be the one that brings the axes' news.
            in_background(self._give_up, status, moves, error)
        else:
            self._end(status, error)

    def _give_up(self, status: MoveStatus, moves: Sequence[Any], error: BaseException) -> None:
        try:
            if self._is_under_way(status):
                self._stop_axes(moves)
        finally:
            self._end(status, error)

    def _stop_axes(self, moves: Sequence[Any]) -> None:
        for axis, move in zip(self._real, moves, strict=False):
            if not move.done:
                axis.stop(success=False)


class _Together:
    """Tells once: of the first Status that fails, or that all are done."""

    def __init__(self, statuses: Sequence[Any], tell: Callable[[BaseException | None], None]) -> None:
        self._lock = threading.Lock()
        self._left = len(statuses)
        self._tell: Callable[[BaseException | None], None] | None = tell
        for status in statuses:
            status.add_callback(self._ended)

    def _ended(self, status: Any) -> None:
        error = status.exception()
        with self._lock:
            self._left -= 1
            tell = self._tell
            if error is None and self._left > 0:
                return
            self._tell = None
        if tell is not None:
            tell(error)


def check_axis(name: str, axis: Any, place: float) -> None:
    """Raise LimitError if the axis, for which `name` asks, may not go there."""
    try:
        axis.check_value(place)
    except LimitError as error:
        raise LimitError(f"{name}: {error}") from error


def check_axis_ready(axis: Any) -> None:
    """Raise the DeviceTrouble that would keep an axis from moving now, as far as it tells."""
    if not axis.connected:
        raise Disconnected(getattr(axis, "prefix", "") or axis.name, "is not connected", over=is_connected(axis))
    check = getattr(axis, "check_ready", None)
    if check is not None:
        check()


def _is_sent_to(axis: Any, place: float) -> bool:
    """Whether the axis' setpoint is this one still; axes that do not tell are trusted."""
    setpoint = getattr(axis, "user_setpoint", None) or getattr(axis, "setpoint", None)
    if setpoint is None:
        return True
    return within(setpoint.get(), place, getattr(axis, "tolerance", 0.0) or 0.0)
