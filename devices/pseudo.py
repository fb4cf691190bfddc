"""Axes that are moved together, in terms of other positions.

Rules of this file:
- All real axes are asked, before the first one moves, whether they may go where they would have to, and whether they
  can.
- A move is a success if that of every real axis is. When one fails the others are stopped, and the Status fails with
  what has happened to that one.
- Positions that a move does not name are kept as they were sent, also when we end the move early and it is made again,
  after a pause for instance: what our own stops leave behind is nobody's wish.

ophyd's PseudoPositioner keeps tuples, single axes and readbacks right, and is used for them. Its moves are not: a real
axis that fails counts as one that has arrived, and the reason is lost; a single axis takes the others back to where
they were sent last, even if somebody has moved them since, and keeps a target that was refused.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ophyd import PseudoPositioner
from ophyd.pseudopos import PseudoSingle, pseudo_position_argument
from ophyd.status import MoveStatus
from ophyd.utils import LimitError

from .hints import did_you_mean
from .parts.asking import in_background
from .parts.moves import VerifiedMoves, check_limits, within
from .trouble import Disconnected, MoveStopped, is_connected

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


@dataclass(frozen=True, slots=True)
class _Sent:
    """The last move: where the real axes were sent, and the positions that it was to change."""

    status: MoveStatus
    places: tuple[float, ...]
    changed: tuple[PseudoAxis, ...]

    @property
    def arrived(self) -> bool:
        return self.status.done and self.status.success


class CoupledAxes(VerifiedMoves, PseudoPositioner):  # pyright: ignore[reportIncompatibleMethodOverride]
    """Several real axes that are moved together; `set` takes a tuple, or a dict of the positions that are to change.

    A subclass has components that are real axes, others that are PseudoAxis, and says how they belong together in
    `forward` (from a PseudoPosition to a RealPosition) and `inverse`. `optics.Slit` is one.
    """

    def __init__(self, prefix: str = "", *, name: str, **kwargs: Any) -> None:
        self._sent: _Sent | None = None
        super().__init__(prefix, name=name, **kwargs)

    @property
    def _vital(self) -> tuple[Any, ...]:
        return tuple(self._real)

    def keeps_targets(self) -> bool:
        """Whether every real axis still has the setpoint that it got from here, as far as it tells."""
        sent = self._sent
        return sent is None or all(map(_is_sent_to, self._real, sent.places))

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
            raise LimitError(f"{self.name} cannot be sent to {_words(pseudo_pos)}: {error}") from error
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
        changed: Collection[str] | None = None,
    ) -> MoveStatus:
        """Move all real axes; the Status is done when all are there, or fails with what befell the first that is not.

        `changed`: the positions that the move is about (None: all), the others being kept. Raises at once what forbids
        it: LimitError, a DeviceTrouble, PutFailed.
        """
        self.check_value(position)
        axes = tuple(axis for axis in self._pseudo if changed is None or axis.attr_name in changed)
        return self._begin(position, lambda status: self._send(status, axes), wait, moved_cb, timeout)

    def move_single(self, pseudo: PseudoAxis, position: float, **kwargs: Any) -> MoveStatus:
        """Move one position; the others keep theirs."""
        return self.set({pseudo.attr_name: position}, **{"wait": True, **kwargs})

    def set(  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *position: Any,
        wait: bool = False,
        moved_cb: Callable[..., Any] | None = None,
        timeout: float | None = None,
        **named: float,
    ) -> MoveStatus:
        """As `move`, without waiting; by a tuple, a dict or names. Raises LimitError for a position that there is not.

        Positions that a dict, or names, leave out are kept.
        """
        if position and isinstance(position[0], Mapping):
            position, named = (), {**position[0], **named}
        full, unknown = self.to_pseudo_tuple(*position, **named)
        for name in unknown:
            known = self.PseudoPosition._fields
            near = did_you_mean(name, known)
            raise LimitError(f"{self.name} has no position {name!r}{near}: it has {', '.join(known)}")
        return self.move(full, wait=wait, moved_cb=moved_cb, timeout=timeout, changed=named or None)

    def _send(self, status: MoveStatus, changed: tuple[PseudoAxis, ...]) -> None:
        for axis, target in zip(self._pseudo, status.target, strict=True):
            axis._target = target  # noqa: SLF001  as PseudoPositioner does
        places = tuple(self.forward(status.target))
        self._sent = _Sent(status, places, changed)
        moves: list[Any] = []
        try:
            for axis, place in zip(self._real, places, strict=True):
                moves.append(axis.set(place))
        except Exception:
            self._stop_axes(moves)
            raise
        _Together(moves, lambda error: self._together(status, moves, error))

    def _halt(self) -> None:
        self._keep_the_others()
        PseudoPositioner.stop(self)

    def _keep_the_others(self) -> None:
        """We end the last move: what it was to change is where it is, whatever setpoints the stop leaves behind."""
        sent = self._sent
        if sent is not None and not sent.arrived:
            self._sent = None
            for axis in sent.changed:
                axis.sync()

    def _together(self, status: MoveStatus, moves: Sequence[Any], error: BaseException | None) -> None:
        if error is not None and self._is_under_way(status):
            # Not on this thread: it may be the one that brings the axes' news.
            in_background(self._give_up, status, moves, error)
        else:
            self._end(status, error)

    def _give_up(self, status: MoveStatus, moves: Sequence[Any], error: BaseException) -> None:
        try:
            if self._is_under_way(status):
                if isinstance(error, MoveStopped):  # somebody wants the axes elsewhere
                    self._sent = None
                    self.sync()
                self._keep_the_others()
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


def _words(position: Any) -> str:
    """A position in words: a namedtuple shows its numbers as numpy writes them."""
    names = getattr(position, "_fields", None)
    if names is None:
        return str(position)
    return ", ".join(f"{name}={place:g}" for name, place in zip(names, position, strict=True))


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
